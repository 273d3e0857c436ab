//! `calibrate`: fits declared parameters to the record, in waves whose cells are kept as those of a sweep.

use std::fmt::Write;
use std::path::PathBuf;

use anstyle::Style;
use clap::{Args, value_parser};
use serde_json::json;

use crate::calibrate::{Calibration, FitError, Request, RequestError, calibrate};
use crate::math::exp;
use crate::output::{Foreign, ResultFolder, calibration_json, write_calibration};
use crate::scenario::Problems;
use crate::study::{CellRecord, Execution, ExecutionError, Overrides, Plan, Shard, Store, execute, missing};

use super::failure::Failure;
use super::options::{Format, FormatOption, MachineOptions};
use super::sweep::{beside, of_store_in, provenance, tell_damage};
use super::sweep_progress::SweepProgress;
use super::table::{Align, Table};
use super::{interrupt, overview, terminal};

/// Fit the parameters of a study to series of the record, and say which of them the record identifies
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Study file with a `[calibrate]` table
    #[arg(value_name = "STUDY")]
    study: PathBuf,
    /// Folder that keeps the cells [default: the output folder's name with `-store`]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Master seed in place of the study's
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(0..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Replicates in place of the study's
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(2..=1_000_000))]
    replicates: Option<u32>,
    #[command(flatten)]
    machine: MachineOptions,
    #[command(flatten)]
    format: FormatOption,
}

/// Loads and checks everything, runs the waves, writes and prints.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { machine, format, .. } = arguments;
    let set = Overrides { seed: arguments.seed, replicates: arguments.replicates, months: None };
    let request = Request::load(&arguments.study, set).map_err(|error| match error {
        RequestError::Study(problems) => {
            Failure::Problems(problems.render(terminal::stderr_is_coloured()), problems.exit_code())
        }
        RequestError::Record(error) => Failure::Input(error.to_string()),
    })?;
    if !machine.quiet && !request.study.warnings.is_empty() {
        let warnings = Problems { list: request.study.warnings.clone(), machine_fault: false };
        terminal::note(&warnings.render(terminal::stderr_is_coloured()));
    }
    let out = machine.out.clone().unwrap_or_else(|| PathBuf::from("outputs").join(&request.study.name));
    let store_path = arguments.store.clone().unwrap_or_else(|| beside(&out));
    let foreign = if machine.force { Foreign::WriteBeside } else { Foreign::Refuse };
    let folder = ResultFolder::prepare(&out, foreign)?;
    machine.start_threads()?;
    let store = Store::open(&store_path, provenance(Shard::WHOLE))
        .map_err(|error| of_store_in(error, &request.study.plan, None))?;
    tell_damage(&store.damaged, "is computed again");
    let result = calibrate(&request, &mut |plan| compute(plan, &store, machine));
    let result = result.map_err(|error| match error {
        FitError::Simulator(failure) => failure,
        other @ FitError::TooFew(..) => {
            Failure::Machine(format!("{other}\n  see why with `trihelix sweep` of the study"))
        }
    })?;
    let (names, digest) = write_calibration(&folder, &request, &result)?;
    let out = out.display().to_string();
    match format.format {
        Format::Json => {
            let mut document = calibration_json(&request, &result);
            document["digest"] = json!(digest);
            document["out"] = json!(out);
            terminal::print_json(&document)
        }
        Format::Text if machine.quiet => Ok(()),
        Format::Text => {
            terminal::print(&(text_of(&request, &result, &digest) + &overview::of_files(&out, &names, &[]) + "\n"))
        }
    }
}

/// The cells of one wave, from the store or computed now.
fn compute(plan: &Plan, store: &Store, machine: &MachineOptions) -> Result<Vec<CellRecord>, Failure> {
    let keys = plan.keys();
    let todo = missing(&keys, store, Shard::WHOLE).len();
    let cancel = interrupt::ask_first();
    let progress = SweepProgress::start(todo, keys.len(), machine.quiet || todo == 0);
    let how = Execution {
        threads: usize::from(machine.threads.unwrap_or(0)),
        progress: &|done| progress.reach(done),
        cancel,
    };
    let records = execute(plan, Some(store), how);
    progress.finish();
    let synced = store.sync();
    interrupt::at_once();
    match records {
        Ok(records) => synced.map(|()| records).map_err(|error| of_store_in(error, plan, None)),
        Err(ExecutionError::Interrupted) => {
            let message = "interrupted; run the same command again, what is computed is kept".to_owned();
            Err(Failure::Problems(message, interrupt::INTERRUPTED))
        }
        Err(ExecutionError::Store(error)) => Err(of_store_in(error, plan, None)),
        Err(error @ ExecutionError::Threads(..)) => Err(Failure::Machine(error.to_string())),
    }
}

const HEAD: Style = Style::new().dimmed();

fn text_of(request: &Request, result: &Calibration, digest: &str) -> String {
    let document = calibration_json(request, result);
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "\n  {}  {HEAD}{} runs, calibration {}{HEAD:#}\n",
        request.study.title,
        result.runs,
        &digest[..12]
    );
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Left]);
    table.row(HEAD, ["parameter", "range tried", "best", "5 %", "95 %", ""].map(str::to_owned).into());
    for one in document["parameters"].as_array().into_iter().flatten() {
        let (prior, interval) = (&one["prior"], &one["interval"]);
        let range = format!("{} to {}", short(&word(&prior[0])), short(&word(&prior[1])));
        let cells = [
            word(&one["path"]),
            range,
            short(&word(&one["best"])),
            short(&word(&interval[0])),
            short(&word(&interval[1])),
        ];
        table.row(Style::new(), cells.into_iter().chain([word(&one["knowledge"])]).collect());
    }
    text.push_str(&table.render());
    text.push('\n');
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right]);
    let heads = ["typical error of", "fitted before", "after", "held out before", "after", "if not fitted"];
    table.row(HEAD, heads.map(str::to_owned).into());
    for (row, (series, _)) in request.series.iter().enumerate() {
        let percent =
            |error: Option<f64>| error.map_or("-".to_owned(), |error| format!("{:.0} %", 100.0 * (exp(error) - 1.0)));
        let error = |held, before| percent(result.error(request, row, held, before));
        let without = percent(result.without.iter().find(|one| one.series == row).map(|one| one.error));
        let cells = vec![
            series.name(),
            error(false, true),
            error(false, false),
            error(true, true),
            error(true, false),
            without,
        ];
        table.row(Style::new(), cells);
    }
    text.push_str(&table.render());
    let last = result.fit.waves.last();
    let _ = writeln!(
        text,
        "\n  {} waves; {:.1} % of the range tried is not ruled out; emulators leave {:.0} % of the spread unexplained",
        result.fit.waves.len(),
        100.0 * last.map_or(1.0, |wave| wave.not_ruled_out),
        100.0 * last.map_or(1.0, |wave| wave.unexplained),
    );
    if result.fit.inflation > 1.0 {
        let _ = writeln!(
            text,
            "  no parameters in these ranges meet the record within its tolerances; with tolerances {:.1} times as wide they do",
            result.fit.inflation
        );
    }
    text
}

/// A value with at most four digits that matter.
fn short(value: &str) -> String {
    let (number, unit) = value.split_once(' ').map_or((value, String::new()), |(n, unit)| (n, format!(" {unit}")));
    let Ok(parsed) = number.parse::<f64>() else { return value.to_owned() };
    let shown = match parsed.abs() {
        size if size >= 1000.0 => format!("{parsed:.0}"),
        size if size >= 1.0 => format!("{parsed:.2}"),
        size if size >= 0.01 => format!("{parsed:.4}"),
        _ => format!("{parsed:.6}"),
    };
    shown + &unit
}
