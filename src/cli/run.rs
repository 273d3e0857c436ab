//! `run`: one replicate of a scenario with policies laid over it.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::output::{Foreign, ResultFolder, RunResult, ScenarioFacts, Summary, write_run};
use crate::simulate::BEHAVIOUR;

use super::failure::Failure;
use super::options::{ChanceOptions, Format, FormatOption, MachineOptions};
use super::progress::Progress;
use super::{charts, engine, overview, terminal};

/// Simulate one replicate of a scenario and write records, events, flows and growth charts
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Policy files, laid over the scenario in this order
    #[arg(value_name = "POLICY")]
    policies: Vec<PathBuf>,
    #[command(flatten)]
    chance: ChanceOptions,
    #[command(flatten)]
    machine: MachineOptions,
    #[command(flatten)]
    format: FormatOption,
}

/// Loads, checks the folder, simulates, writes, prints: whatever can fail early fails before the first month.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { scenario, policies, chance, machine, format } = arguments;
    let loaded = engine::load(scenario, policies, chance)?;
    if !machine.quiet && !loaded.warnings.is_empty() {
        terminal::note(&loaded.warnings);
    }
    let out = machine.out.clone().unwrap_or_else(|| PathBuf::from("outputs").join(&loaded.name));
    let foreign = if machine.force { Foreign::WriteBeside } else { Foreign::Refuse };
    let folder = ResultFolder::prepare(&out, foreign)?;
    machine.start_threads()?;

    let mut progress = Progress::start(loaded.start, loaded.months, machine.quiet);
    let outcome = engine::simulate(&loaded, chance, &mut |month| progress.reach(month));
    progress.finish();
    let outcome = outcome?;

    let note = format!("{}, seed {}, replicate {}", loaded.title, chance.seed, chance.replicate);
    let figures = charts::draw(loaded.start, &loaded.clusters, &outcome.records, &note)?;
    let result = RunResult {
        scenario: ScenarioFacts {
            name: &loaded.name,
            title: &loaded.title,
            digest: &loaded.digest,
            resolved: &loaded.resolved,
        },
        verb: "run",
        behaviour: BEHAVIOUR,
        seed: chance.seed,
        replicate: chance.replicate,
        inputs: &loaded.inputs,
        overrides: &loaded.overrides,
        start: loaded.start,
        clusters: &loaded.clusters,
        records: &outcome.records,
        events: &outcome.events,
        flows: &outcome.flows,
        state_digest: outcome.state_digest,
        figures: &figures,
    };
    let names = write_run(&folder, &result)?;
    let summary = Summary::of(&result);
    let out = out.display().to_string();
    match format.format {
        Format::Json => terminal::print_json(&json!({
            "state_digest": result.state_digest_hex(),
            "out": out,
            "summary": summary.to_json(),
        })),
        Format::Text if machine.quiet => Ok(()),
        Format::Text => {
            terminal::print(&(overview::of_run(&summary) + &overview::of_files(&out, &names, &figures) + "\n"))
        }
    }
}
