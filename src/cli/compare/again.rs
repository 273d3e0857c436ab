//! A comparison made again from the manifest of its folder.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::output::{NamedFile, comparison_files};
use crate::study::StoppingRule;

use super::super::engine;
use super::super::failure::Failure;
use super::super::options::{Format, FormatOption, MachineOptions};
use super::switching::Switch;
use super::{Arguments, plan, with_result};

/// Every file of the result folder, from the copies that the folder keeps.
///
/// # Errors
/// [`Failure::Input`] if the manifest lacks what the command was given; those of the comparison.
pub(in super::super) fn again(folder: &Path, manifest: &Value) -> Result<Vec<NamedFile>, Failure> {
    let arguments = arguments(folder, manifest)?;
    let plan = plan(&arguments)?;
    with_result(&arguments, &plan, &mut |result, _, _| Ok(comparison_files(result)?))
}

/// Digest of one of its runs: scenario 0 is the baseline, the others are the policies.
///
/// # Errors
/// Those of [`again`].
pub(in super::super) fn run_of(
    folder: &Path,
    manifest: &Value,
    scenario: usize,
    replicate: u32,
) -> Result<[u8; 32], Failure> {
    let arguments = arguments(folder, manifest)?;
    let plan = plan(&arguments)?;
    let Some(loaded) = plan.scenarios.get(scenario) else { return Err(incomplete()) };
    Ok(engine::simulate_replicate(loaded, arguments.seed, replicate, &mut |_| {})?.state_digest)
}

fn incomplete() -> Failure {
    Failure::Input("the manifest lacks what the comparison was given; compare the scenarios again".to_owned())
}

/// The command line that the manifest stands for.
fn arguments(folder: &Path, manifest: &Value) -> Result<Arguments, Failure> {
    read(folder, manifest).ok_or_else(incomplete)
}

fn read(folder: &Path, manifest: &Value) -> Option<Arguments> {
    let copies = |inputs: &Value, role: &str| -> Vec<PathBuf> {
        let of_role = inputs.as_array().into_iter().flatten().filter(|input| input["role"] == role);
        of_role.filter_map(|input| Some(folder.join(input["copy"].as_str()?))).collect()
    };
    let texts = |value: &Value| -> Option<Vec<String>> {
        value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let policies = manifest["policies"].as_array()?;
    let until = match manifest["until"].as_str() {
        Some(text) => Some(StoppingRule::parse(text).ok()?),
        None => None,
    };
    Some(Arguments {
        base: copies(&manifest["inputs"], "base").first()?.clone(),
        policies: policies.iter().flat_map(|policy| copies(&policy["inputs"], "policy")).collect(),
        replicates: Some(u32::try_from(manifest["replicates"].as_u64()?).ok()?),
        until,
        metrics: texts(&manifest["metrics"])?,
        switches: manifest["switching"].as_array()?.iter().map(Switch::of_json).collect::<Option<_>>()?,
        years: Vec::new(),
        expect: copies(&manifest["inputs"], "expectations").first().cloned(),
        junit: None,
        seed: manifest["seed"].as_u64()?,
        months: None,
        sets: texts(&manifest["overrides"])?,
        machine: MachineOptions { out: None, force: false, threads: None, quiet: true },
        format: FormatOption { format: Format::Text },
    })
}
