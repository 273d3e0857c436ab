//! `run`: one replicate of a scenario with policies laid over it.

use std::path::PathBuf;

use clap::{Args, value_parser};
use serde_json::json;

use crate::output::{Foreign, ResultFolder, Summary, write_run};
use crate::units::Month;

use super::checkpoints::{From, Saver};
use super::failure::Failure;
use super::options::{ChanceOptions, Format, FormatOption, MachineOptions};
use super::produce::produce;
use super::progress::Progress;
use super::trace::{Subject, Tracer};
use super::{engine, overview, terminal};

/// Simulate one replicate of a scenario and write records, events, flows and charts
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Policy files, laid over the scenario in this order
    #[arg(value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// Write the state every N months into a folder beside the results, to go on from
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=2400))]
    checkpoint_every: Option<u16>,
    /// Go on from a checkpoint: the same command ends with the same bytes, another policy, value or seed makes a branch
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Tell one life: startup:NAME, fund:NAME, institution:NAME, programme:OWNER/N, person:STARTUP/founder or person:KEY
    #[arg(long, value_name = "KIND:NAME")]
    trace: Option<Subject>,
    #[command(flatten)]
    chance: ChanceOptions,
    #[command(flatten)]
    machine: MachineOptions,
    #[command(flatten)]
    format: FormatOption,
}

/// Loads, checks the folder, simulates, writes, prints: whatever can fail early fails before the first month.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { scenario, policies, chance, machine, format, .. } = arguments;
    let mut loaded = engine::load(scenario, policies, chance)?;
    if !machine.quiet && !loaded.warnings.is_empty() {
        terminal::note(&loaded.warnings);
    }
    let luck = (chance.seed, chance.replicate);
    let from = match &arguments.from {
        Some(path) => Some(From::read(path, &mut loaded, chance.seed, chance.replicate)?),
        None => None,
    };
    if let Some(from) = from.as_ref().filter(|_| !machine.quiet) {
        terminal::note(&from.note(&loaded, chance.seed, chance.replicate));
    }
    let out = machine.out.clone().unwrap_or_else(|| PathBuf::from("outputs").join(&loaded.name));
    let foreign = if machine.force { Foreign::WriteBeside } else { Foreign::Refuse };
    let folder = ResultFolder::prepare(&out, foreign)?;
    let saver = arguments.checkpoint_every.map(|every| Saver::beside(&out, every));
    machine.start_threads()?;

    let mut progress = Progress::start(loaded.start, loaded.months, machine.quiet);
    let mut tracer = arguments.trace.clone().map(|subject| Tracer::new(subject, &loaded));
    let mut story = None;
    let last = Month(loaded.months.saturating_sub(1));
    let produced = produce(&loaded, luck, from.as_ref(), &mut |run, month| {
        progress.reach(month);
        if let Some(tracer) = &mut tracer {
            tracer.look(run, month);
        }
        if month == last
            && let Some(tracer) = tracer.take()
        {
            story = Some(tracer.tell(&run.state().world)?);
        }
        saver.as_ref().map_or(Ok(()), |saver| saver.after(run, month, &loaded, luck))
    });
    progress.finish();
    let produced = produced?;
    let result = produced.result();
    let names = write_run(&folder, &result)?;
    let summary = Summary::of(&result);
    let out = out.display().to_string();
    match format.format {
        Format::Json => {
            let mut answer = json!({
                "state_digest": result.state_digest_hex(),
                "out": out,
                "summary": summary.to_json(),
            });
            if let Some(story) = &story {
                answer["trace"] = story.json();
            }
            terminal::print_json(&answer)
        }
        Format::Text if machine.quiet => Ok(()),
        Format::Text => {
            let files = overview::of_files(&out, &names, &produced.figures);
            let told = story.map_or_else(|| overview::of_run(&summary), |story| story.text());
            terminal::print(&(told + &files + "\n"))
        }
    }
}
