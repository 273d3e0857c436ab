//! `sweep`: the cells of a study, computed once, kept in a store, finished into a result folder.

use std::path::{Path, PathBuf};

use clap::{Args, value_parser};
use serde_json::{Value, json};

use crate::output::{Foreign, ResultFolder, places};
use crate::scenario::Problems;
use crate::simulate::BEHAVIOUR;
use crate::study::{
    CellKey, Damage, Execution, ExecutionError, Overrides, Plan, Shard, Sheet, Stopping, Store, StoreError, Study,
    fill, missing, shards_with,
};

use super::failure::Failure;
use super::options::{Format, FormatOption, MachineOptions};
use super::sweep_finish::Finished;
use super::sweep_goal::Goal;
use super::sweep_progress::SweepProgress;
use super::{claims, estimate, interrupt, sweep_emit, sweep_submit, terminal};

/// Exit code: a merge or a store is incomplete or contradicts itself.
pub(super) const INCONSISTENT: u8 = 4;

/// Compute every cell of a study that is still missing, and write one result folder for all of them
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Study file
    #[arg(value_name = "STUDY")]
    study: PathBuf,
    /// Folder that keeps the cells [default: the output folder's name with `-store`]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Compute part K of N only, counted from 0; `merge` joins the parts
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// Say what there is to do, how long it takes and how much disk, and do nothing
    #[arg(long, conflicts_with = "status")]
    explain: bool,
    /// Say what is done and what is missing, and do nothing
    #[arg(long)]
    status: bool,
    /// Number of parts, for --status, --emit and --submit
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    shards: Option<u32>,
    /// Write records.csv beside records.parquet
    #[arg(long)]
    csv: bool,
    /// Write what the study expects, and what was found, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Print a file that runs the sweep on another engine, and do nothing
    #[arg(long, value_name = "ENGINE", value_enum)]
    emit: Option<sweep_emit::Engine>,
    /// Submit the sweep to a cluster's scheduler, in parts
    #[arg(long, value_name = "SCHEDULER", value_enum)]
    submit: Option<sweep_submit::Scheduler>,
    /// With --submit: print what would be submitted, and do nothing
    #[arg(long, requires = "submit")]
    dry_run: bool,
    /// With --submit: processors of each part
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = value_parser!(u16).range(1..=1024))]
    cpus: u16,
    /// With --submit: time limit of each part in minutes [default: from the estimate]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=100_000))]
    minutes: Option<u32>,
    /// Master seed in place of the study's
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(0..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Replicates in place of the study's
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    replicates: Option<u32>,
    /// Months in place of the study's or the scenarios' own
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=2400))]
    months: Option<u16>,
    #[command(flatten)]
    machine: MachineOptions,
    #[command(flatten)]
    format: FormatOption,
}

impl Arguments {
    /// The study and what changes its cells, as words of a shell.
    fn words(&self) -> String {
        let mut words = estimate::shell_word(&self.study);
        let options = [
            ("seed", self.seed.map(|n| n.to_string())),
            ("replicates", self.replicates.map(|n| n.to_string())),
            ("months", self.months.map(|n| n.to_string())),
        ];
        for (name, value) in options {
            words.extend(value.map(|value| format!(" --{name} {value}")));
        }
        words
    }
}

/// Loads and checks everything, opens the store, then does what was asked.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { machine, format, .. } = arguments;
    let set = Overrides { seed: arguments.seed, replicates: arguments.replicates, months: arguments.months };
    let mut study = Study::load(&arguments.study, set)
        .map_err(|problems| Failure::Problems(problems.render(terminal::stderr_is_coloured()), problems.exit_code()))?;
    if !machine.quiet && !study.warnings.is_empty() {
        let warnings = Problems { list: study.warnings.clone(), machine_fault: false };
        terminal::note(&warnings.render(terminal::stderr_is_coloured()));
    }
    let out = machine.out.clone().unwrap_or_else(|| PathBuf::from("outputs").join(&study.name));
    let store_path = arguments.store.clone().unwrap_or_else(|| beside(&out));
    if let Some(engine) = arguments.emit {
        let words = arguments.words();
        let job = sweep_emit::Job { words: &words, store: &store_path, out: &out, shards: arguments.shards };
        return terminal::print(&sweep_emit::file(engine, &job)?);
    }
    if arguments.explain || arguments.status || arguments.submit.is_some() {
        return look(arguments, study, &store_path, &out);
    }
    claims::check_junit(arguments.junit.as_deref())?;
    if arguments.junit.is_some() && (study.expectations.is_empty() || arguments.shard.is_some()) {
        let fix = if study.expectations.is_empty() { "add [[expect]] to the study" } else { "give it to `merge`" };
        return Err(Failure::Input(format!("--junit: there is no expectation to judge here; {fix}")));
    }
    let shard = arguments.shard.unwrap_or(Shard::WHOLE);
    let foreign = if machine.force { Foreign::WriteBeside } else { Foreign::Refuse };
    let folder = if shard.of == 1 { Some(ResultFolder::prepare(&out, foreign)?) } else { None };
    let store = Store::open(&store_path, provenance(shard)).map_err(|error| of_store(error, &study))?;
    tell_damage(&store.damaged, "is computed again");
    let mut sheet = sheet_of(&study);
    sheet.save(&store_path).map_err(|error| of_store(error, &study))?;

    let mut computed = 0;
    let (goal, keys) = loop {
        let goal = Goal::of(&sheet.plan, study.stopping.as_ref(), &store).map_err(|error| of_store(error, &study))?;
        study.plan = sheet.plan.with_replicates(goal.replicates);
        let keys = study.plan.keys();
        let todo = missing(&keys, &store, shard);
        compute(&study, &keys, &todo, &store, machine)?;
        computed += todo.len();
        // A part sees its own cells only: whether the rule is met is for those to say who see all of them.
        if !goal.open || shard.of > 1 {
            break (goal, keys);
        }
    };
    let cells = (0..keys.len()).filter(|index| shard.has(*index)).count();
    let done = json!({ "cells": cells, "computed": computed, "store": store_path.display().to_string() });
    let Some(folder) = folder else { return say_shard(shard, &done, format.format, machine.quiet) };
    sheet.plan = study.plan;
    Finished {
        sheet: &sheet,
        keys: &keys,
        store: &store,
        met: goal.met,
        csv: arguments.csv,
        junit: arguments.junit.as_ref(),
        out: &out,
        done,
        format: format.format,
        quiet: machine.quiet,
    }
    .write(&folder)
}

/// `--explain`, `--status`, `--submit`: what there is to do now.
fn look(arguments: &Arguments, mut study: Study, store_path: &Path, out: &Path) -> Result<(), Failure> {
    // Looking must not leave a trace: a store that is not there is an empty one.
    let store = if store_path.is_dir() { Some(store_path.to_path_buf()) } else { None };
    let store = Store::read_only(store.as_slice()).map_err(|error| of_store(error, &study))?;
    tell_damage(&store.damaged, "is computed again by the next sweep");
    let goal = Goal::of(&study.plan, study.stopping.as_ref(), &store).map_err(|error| of_store(error, &study))?;
    study.plan = study.plan.with_replicates(goal.replicates);
    let keys = study.plan.keys();
    let format = arguments.format.format;
    if arguments.submit.is_some() {
        return sweep_submit::submit(&sweep_submit::Submission {
            study: &study,
            keys: &keys,
            store: &store,
            words: arguments.words(),
            store_path,
            out,
            shards: arguments.shards,
            cpus: arguments.cpus,
            minutes: arguments.minutes,
            dry_run: arguments.dry_run,
        });
    }
    if arguments.explain {
        estimate::explain(&study, &keys, &store, arguments.machine.threads, format)
    } else {
        status(&study, &keys, &store, arguments.shards, goal, format)
    }
}

/// The sheet of a study with copies of its files, so that whatever is finished from it can be made again.
pub(super) fn sheet_of(study: &Study) -> Sheet {
    let files = study.sources.iter().map(|(path, _)| path.clone()).collect();
    let places = places(&[(study.name.clone(), files)]);
    let texts = study.sources.iter().map(|(_, text)| text.clone());
    Sheet { copies: places.into_iter().flatten().zip(texts).collect(), ..Sheet::of(study) }
}

/// Where the cells of a result folder are kept: beside it, so that they survive it.
pub(super) fn beside(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push("-store");
    out.with_file_name(name)
}

/// Where and by what the records of this attempt are made: beside them, never in their keys.
pub(super) fn provenance(shard: Shard) -> Value {
    let processor = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    json!({
        "program": "trihelix",
        "version": env!("CARGO_PKG_VERSION"),
        "behaviour": BEHAVIOUR,
        "commit": option_env!("TRIHELIX_COMMIT"),
        "compiler": option_env!("TRIHELIX_COMPILER"),
        "target": format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        "processor": processor,
        "shard": shard.to_string(),
    })
}

fn compute(
    study: &Study,
    keys: &[CellKey],
    todo: &[usize],
    store: &Store,
    machine: &MachineOptions,
) -> Result<(), Failure> {
    if todo.is_empty() {
        return Ok(());
    }
    let cancel = interrupt::ask_first();
    let progress = SweepProgress::start(todo.len(), keys.len(), machine.quiet);
    let how = Execution {
        threads: usize::from(machine.threads.unwrap_or(0)),
        progress: &|done| progress.reach(done),
        cancel,
    };
    let filled = fill(&study.plan, keys, todo, how, &|_, record| store.append(&record));
    progress.finish();
    // What was finished is kept, whatever ended the sweep.
    let synced = store.sync();
    interrupt::at_once();
    match filled {
        Ok(_) => synced.map_err(|error| of_store(error, study)),
        Err(ExecutionError::Interrupted) => {
            let left = missing(keys, store, Shard::WHOLE).len();
            let message =
                format!("interrupted with {left} of {} cells missing; run the same command again", keys.len());
            Err(Failure::Problems(message, interrupt::INTERRUPTED))
        }
        Err(ExecutionError::Store(error)) => Err(of_store(error, study)),
        Err(error @ ExecutionError::Threads(..)) => Err(Failure::Machine(error.to_string())),
    }
}

fn say_shard(shard: Shard, done: &Value, format: Format, quiet: bool) -> Result<(), Failure> {
    match format {
        Format::Json => {
            let mut document = done.clone();
            document["shard"] = json!(shard.to_string());
            terminal::print_json(&document)
        }
        Format::Text if quiet => Ok(()),
        Format::Text => terminal::print(&format!(
            "shard {shard}: {} cells, {} computed now, kept in {}\n",
            done["cells"],
            done["computed"],
            done["store"].as_str().unwrap_or_default()
        )),
    }
}

fn status(
    study: &Study,
    keys: &[CellKey],
    store: &Store,
    shards: Option<u32>,
    goal: Goal,
    format: Format,
) -> Result<(), Failure> {
    let plan = &study.plan;
    let left = missing(keys, store, Shard::WHOLE);
    let cut = shards.or_else(|| crate::study::cut_into(store));
    let missing_shards = cut.map(|of| shards_with(&left, of));
    let per_scenario = plan.points * plan.replicates as usize;
    let mut of_scenario = vec![0_usize; plan.scenarios.len()];
    left.iter().for_each(|index| of_scenario[index / per_scenario] += 1);
    if let Format::Json = format {
        let scenarios = plan.scenarios.iter().zip(&of_scenario);
        return terminal::print_json(&json!({
            "cells": keys.len(),
            "done": keys.len() - left.len(),
            "missing": left.len(),
            "damaged": store.damaged.len(),
            "replicates": plan.replicates,
            "until": study.stopping.as_ref().map(|stopping| json!({ "rule": stopping.rule.to_string(), "met": goal.met })),
            "scenarios": scenarios.map(|(s, n)| json!({ "name": s.name, "missing": n })).collect::<Vec<_>>(),
            "shards": cut,
            "missing_shards": missing_shards,
        }));
    }
    let mut text = format!("{}: {} of {} cells done\n", study.title, keys.len() - left.len(), keys.len());
    for (scenario, count) in plan.scenarios.iter().zip(&of_scenario).filter(|(_, count)| **count > 0) {
        text.push_str(&format!("  {}: {count} of {per_scenario} missing\n", scenario.name));
    }
    if let Some(stopping) = &study.stopping {
        let said = match goal.met {
            Some(true) => format!("met after {} replicates", goal.replicates),
            Some(false) => format!("not met by {} replicates, the most allowed", goal.replicates),
            None => format!("open; the rule looks again when {} replicates are done", goal.replicates),
        };
        text.push_str(&format!("  {}: {said}\n", stopping.rule));
    }
    if let (Some(of), Some(list)) = (cut, missing_shards.filter(|list| !list.is_empty())) {
        text.push_str(&format!("missing shards of {of}: {}\n", numbers(&list)));
    }
    terminal::print(&text)
}

/// Numbers as Slurm takes them: `0,3,7`.
pub(super) fn numbers(list: &[u32]) -> String {
    list.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

pub(super) fn tell_damage(damaged: &[Damage], what: &str) {
    for damage in damaged {
        terminal::note(&format!(
            "warning: {}: the record at byte {} is damaged; its cell {what}",
            damage.segment, damage.at
        ));
    }
}

/// An error of the store; two records that differ are named by their cell.
fn of_store(error: StoreError, study: &Study) -> Failure {
    of_store_in(error, &study.plan, study.stopping.as_ref())
}

/// The same for a plan without its study.
pub(super) fn of_store_in(error: StoreError, plan: &Plan, stopping: Option<&Stopping>) -> Failure {
    match error {
        StoreError::Differ { key, .. } => {
            let plan = plan.with_replicates(stopping.map_or(plan.replicates, |stopping| stopping.most));
            let index = plan.keys().iter().position(|own| *own == key);
            let cell = index.map(|index| format!("\n  it is {}", plan.describe(plan.cell(index)))).unwrap_or_default();
            Failure::Problems(format!("error: {error}{cell}"), INCONSISTENT)
        }
        StoreError::Machine { .. } => Failure::Machine(error.to_string()),
    }
}
