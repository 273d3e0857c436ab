//! `validate`: the scoreboard of stylised facts, and runs of the past beside the record.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anstyle::{AnsiColor, Style};
use clap::{Args, value_parser};

use crate::calibrate::Record;
use crate::output::{Validation, three_digits, validation_json, validation_page, verdict_counts, write_alone};
use crate::plot::{Band, Figure, Look, Series, Step, ValueKind, YearMonth, render_svg};
use crate::scenario::Scenario;
use crate::study::{Done, Execution, Plan, PlannedScenario, execute};
use crate::validate::{Dockings, Hindcast, Judged, Verdict, compare, validate};

use super::failure::Failure;
use super::options::{Format, FormatOption, assignment};
use super::sweep_progress::SweepProgress;
use super::table::{Align, Table};
use super::{estimate, terminal};

/// Exit code: a required fact fails.
const UNMET: u8 = 5;
/// Share of each series' last years that fits leave out.
const HOLDOUT: f64 = 0.3;
/// Replicates of a run of the past for each of the scenario's: it costs a tenth, and growth over six years is a noisy thing.
const PAST: u32 = 4;

/// Compute the stylised facts on a scenario, and compare runs of the past with the record
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO", default_value = "scenarios/kansai-2024.toml")]
    scenario: PathBuf,
    /// The record: its series, the columns that answer them, the scenarios to run
    #[arg(long, value_name = "FILE", default_value = "scenarios/record/metrics.toml")]
    record: PathBuf,
    /// Write the scoreboard as a page, with its drawings in `figures/` beside it
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Replicates of the scenario; of every run of the past, which is a smaller world, four times as many
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = value_parser!(u32).range(1..=100_000))]
    replicates: u32,
    /// Master seed: the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u64).range(0..=i64::MAX as u64))]
    seed: u64,
    /// Set one parameter in the scenario and in every run of the past; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    sets: Vec<String>,
    /// Use this many threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    format: FormatOption,
}

/// Loads everything first, runs the past, then the scenario, then judges.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let record = Record::read(&arguments.record).map_err(|error| Failure::Input(error.to_string()))?;
    let scenario = load(&arguments.scenario, &arguments.sets)?;
    let mut scenarios = Vec::new();
    for (name, file) in &record.scenarios {
        scenarios.push(PlannedScenario::fixed(name.clone(), vec![Arc::new(load(file, &arguments.sets)?)]));
    }
    // Overrides are meant for the world, not for the small scenarios that other models are compared on.
    let mut dockings = Dockings::new();
    for (name, file) in &record.dockings {
        dockings.insert(name.clone(), load(file, &[])?);
    }
    let plan = Plan {
        scenarios,
        points: 1,
        replicates: arguments.replicates * PAST,
        seed: arguments.seed,
        recorded: Record::recording(&record.series),
        trunk: None,
    };
    let threads = usize::from(arguments.threads.unwrap_or(0));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|cause| Failure::Machine(format!("cannot start {threads} threads: {cause}")))?;
    let total = plan.len() + arguments.replicates as usize;
    let progress = SweepProgress::start(total, total, arguments.quiet);
    let cancel = AtomicBool::new(false);
    let how = Execution { threads, progress: &|done| progress.reach(Done { total, ..done }), cancel: &cancel };
    let cells = execute(&plan, None, how).map_err(|error| Failure::Machine(error.to_string()))?;
    if let Some(message) = cells.iter().find_map(|cell| cell.result.as_ref().err()) {
        return Err(Failure::Machine(format!("a run of the past failed: {message}")));
    }
    let hindcasts = compare(&record, &plan, &cells, HOLDOUT);
    let finished = AtomicUsize::new(plan.len());
    let done = || {
        let done = finished.fetch_add(1, Ordering::Relaxed) + 1;
        progress.reach(Done { done, total, failed: 0 });
    };
    let facts =
        pool.install(|| validate(&scenario, arguments.seed, arguments.replicates, &hindcasts, &dockings, &done));
    let facts = facts.map_err(|breach| Failure::Machine(breach.to_string()))?;
    progress.finish();
    let command = command_of(arguments);
    let result = Validation {
        scenario: &scenario.name,
        digest: &scenario.digest,
        seed: arguments.seed,
        replicates: arguments.replicates,
        command: &command,
        facts: &facts,
        hindcasts: &hindcasts,
    };
    if let Some(page) = &arguments.page {
        write_page(page, &result)?;
    }
    match arguments.format.format {
        Format::Json => terminal::print_json(&validation_json(&result))?,
        Format::Text if arguments.quiet => {}
        Format::Text => terminal::print(&text_of(&facts, &hindcasts))?,
    }
    let unmet = facts.iter().any(|judged| judged.fact.required && judged.verdict != Verdict::Pass);
    if unmet { Err(Failure::Said(UNMET)) } else { Ok(()) }
}

fn load(path: &Path, sets: &[String]) -> Result<Scenario, Failure> {
    let loaded = Scenario::load(path, &[], sets);
    loaded
        .map(|(scenario, _)| scenario)
        .map_err(|problems| Failure::Problems(problems.render(terminal::stderr_is_coloured()), problems.exit_code()))
}

/// The command that makes the same numbers again.
fn command_of(arguments: &Arguments) -> String {
    let mut words = format!("trihelix validate {}", estimate::shell_word(&arguments.scenario));
    for set in &arguments.sets {
        words.push_str(&format!(" --set '{set}'"));
    }
    words.push_str(&format!(" --replicates {} --seed {}", arguments.replicates, arguments.seed));
    if let Some(page) = &arguments.page {
        words.push_str(&format!(" --page {}", estimate::shell_word(page)));
    }
    words
}

fn write_page(page: &Path, result: &Validation) -> Result<(), Failure> {
    let folder = page.parent().unwrap_or_else(|| Path::new("")).join("figures");
    let mut names = Vec::new();
    for one in result.hindcasts {
        let name = format!("hindcast-{}-{}.svg", one.series.cluster, one.series.metric);
        let drawn =
            render_svg(&figure_of(one)).map_err(|cause| Failure::Machine(format!("cannot draw {name}: {cause}")))?;
        write_alone(&folder.join(&name), drawn.as_bytes())?;
        names.push(name);
    }
    write_alone(page, validation_page(result, &names).as_bytes())?;
    Ok(())
}

/// The model with its band, the record joined from year to year, and the two forecasts.
fn figure_of(one: &Hindcast) -> Figure {
    let first = one.course.first().map_or(2000, |(year, _)| *year);
    let years: Vec<i32> = one.course.iter().map(|(year, _)| *year).collect();
    let joined = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
        years
            .iter()
            .map(|year| {
                let after = one.years.iter().position(|known| known.year >= *year);
                match after {
                    Some(at) if one.years[at].year == *year => value(at),
                    Some(at) if at > 0 => {
                        let (from, to) = (&one.years[at - 1], &one.years[at]);
                        let share = f64::from(year - from.year) / f64::from(to.year - from.year);
                        value(at - 1) * (1.0 - share) + value(at) * share
                    }
                    _ => f64::NAN,
                }
            })
            .collect()
    };
    let of = |quantile: usize| -> Vec<f64> { one.course.iter().map(|(_, model)| model[quantile]).collect() };
    let mut model = Series::new("model", of(1), Look::Focus(0));
    model.bands.push(Band { low: of(0), high: of(2), opacity: 0.25 });
    let record = Series::new("record", joined(&|at| one.years[at].record), Look::Focus(1));
    let logistic = joined(&|at| one.years[at].logistic.unwrap_or(f64::NAN));
    let growth = joined(&|at| one.years[at].growth);
    let whole = one.years.iter().all(|year| year.record >= 20.0);
    let series = vec![
        Series::new("logistic", logistic, Look::Context(0)),
        Series::new("constant growth", growth, Look::Context(1)),
        model,
        record,
    ];
    let title = format!("{}: model and record", one.series.name());
    let kind = if whole { ValueKind::Count } else { ValueKind::Index };
    let mut figure = Figure::lines(&title, YearMonth { year: first, month: 12 }, kind, series);
    figure.step = Step::Year;
    let when = if one.series.is_flow() { "in the year" } else { "end of year" };
    figure.subtitle = format!("{}, {when}; band: 90 % of the replicates", one.series.unit);
    figure.note = "The record is joined from year to year; the two forecasts know its fitted years only.".to_owned();
    figure
}

const HEAD: Style = Style::new().dimmed();

fn text_of(facts: &[Judged], hindcasts: &[Hindcast]) -> String {
    let mut text = String::from("\n");
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Right, Align::Left, Align::Left, Align::Left]);
    table.row(HEAD, ["", "fact", "median", "90 % band", "accepted", "verdict"].map(str::to_owned).into());
    for judged in facts {
        let style = match judged.verdict {
            Verdict::Pass => Style::new(),
            Verdict::Fail => AnsiColor::Red.on_default(),
            Verdict::Inconclusive => AnsiColor::Yellow.on_default(),
            Verdict::NotComputed => HEAD,
        };
        let verdict = judged.verdict.as_str().to_owned() + if judged.fact.required { ", required" } else { "" };
        if judged.measured.is_empty() {
            let empty = String::new;
            table
                .row(style, vec![judged.fact.id.clone(), judged.fact.name.clone(), empty(), empty(), empty(), verdict]);
            continue;
        }
        for (row, (measure, measured)) in judged.fact.measure.iter().zip(&judged.measured).enumerate() {
            let [low, median, high] = measured.quantiles.map(three_digits);
            let name = if judged.fact.measure.len() == 1 {
                judged.fact.name.clone()
            } else {
                format!("{}: {}", judged.fact.name, measure.name)
            };
            table.row(
                style,
                vec![
                    if row == 0 { judged.fact.id.clone() } else { String::new() },
                    name,
                    median,
                    format!("{low} to {high}"),
                    format!("{} to {}", three_digits(measure.accept[0]), three_digits(measure.accept[1])),
                    if row == 0 { verdict.clone() } else { String::new() },
                ],
            );
        }
    }
    text.push_str(&table.render());
    let [pass, unclear, fail, missing] = verdict_counts(facts);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n  {pass} pass, {unclear} inconclusive, {fail} fail, {missing} not computed\n");
    let mut table =
        Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right]);
    let heads = ["mean error of", "fitted: model", "logistic", "growth", "held out: model", "logistic", "growth"];
    table.row(HEAD, heads.map(str::to_owned).into());
    for one in hindcasts {
        let shown = |error: Option<f64>| error.map_or("-".to_owned(), |error| format!("{:.0} %", 100.0 * error));
        let errors = one.errors(false).into_iter().chain(one.errors(true)).map(shown);
        table.row(Style::new(), std::iter::once(one.series.name()).chain(errors).collect());
    }
    text + &table.render() + "\n"
}
