//! Expectations that were judged: as a table, as JSON, as JUnit XML, and as an exit code. The same for every verb.

use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::output::{InputFile, Role, write_alone};
use crate::statistics::{Case, Judged, Statement, Verdict, junit_xml};

use super::failure::{Failure, UNMET};
use super::numbers::figure;
use super::table::{Align, Table};

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const UNSURE: Style = AnsiColor::Yellow.on_default();

/// What an expectation was judged for: the policy, the scenario, or `scenario+policy` where there are several scenarios.
fn subject(judged: &Judged, all: &[Judged]) -> String {
    let several = all.iter().any(|other| other.scenario != judged.scenario);
    match &judged.policy {
        None => judged.scenario.clone(),
        Some(policy) if several => format!("{}+{policy}", judged.scenario),
        Some(policy) => policy.clone(),
    }
}

/// What was found, in words: `mean 12 persons, one-sided 95 % bounds 8 and 16`.
fn found(judged: &Judged) -> String {
    let Statement { mean, low, high, .. } = judged.statement;
    if mean.is_nan() {
        return "no replicate to judge by".to_owned();
    }
    let (mean, unit) = (figure(mean), judged.unit);
    let percent = figure(judged.expectation.confidence * 100.0);
    if !(low.is_finite() && high.is_finite()) {
        format!("mean {mean} {unit}, too few replicates for {percent} % bounds")
    } else if low == high {
        format!("{mean} {unit} in every replicate")
    } else {
        format!("mean {mean} {unit}, one-sided {percent} % bounds {} and {}", figure(low), figure(high))
    }
}

fn title(judged: &Judged) -> String {
    judged.expectation.name.clone().unwrap_or_else(|| judged.expectation.text())
}

/// One in a line; nothing if there are none.
pub(super) fn text_of(all: &[Judged]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[Align::Left; 4]);
    for judged in all {
        let verdict = judged.statement.verdict;
        let style = match verdict {
            Verdict::Pass => GOOD,
            Verdict::Fail => BAD,
            Verdict::Inconclusive => UNSURE,
        };
        table.row(style, vec![verdict.as_str().to_owned(), subject(judged, all), title(judged), found(judged)]);
    }
    format!("\n  {TITLE}Expectations{TITLE:#}\n{}", table.render())
}

/// One document each.
pub(super) fn json_of(all: &[Judged]) -> Vec<Value> {
    let finite = |value: f64| if value.is_finite() { json!(value) } else { Value::Null };
    let one = |judged: &Judged| {
        json!({
            "name": title(judged),
            "scenario": judged.scenario,
            "policy": judged.policy,
            "claim": judged.expectation.text(),
            "confidence": judged.expectation.confidence,
            "mean": finite(judged.statement.mean),
            "low": finite(judged.statement.low),
            "high": finite(judged.statement.high),
            "verdict": judged.statement.verdict.as_str(),
        })
    };
    all.iter().map(one).collect()
}

/// Writes them as JUnit XML, an inconclusive one as skipped.
///
/// # Errors
/// [`Failure`] if the file cannot be written.
pub(super) fn write_junit(path: &Path, suite: &str, all: &[Judged]) -> Result<(), Failure> {
    let case = |judged: &Judged| Case {
        group: subject(judged, all),
        name: title(judged),
        verdict: judged.statement.verdict,
        message: format!("expected {}; found {}", judged.expectation.text(), found(judged)),
    };
    let cases: Vec<Case> = all.iter().map(case).collect();
    Ok(write_alone(path, junit_xml(suite, &cases).as_bytes())?)
}

/// The file of expectations among the inputs of a result.
///
/// # Errors
/// [`Failure::Input`] if it cannot be read.
pub(super) fn input_of(path: &Path) -> Result<InputFile, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Failure::Input(format!("{}: cannot be read: {cause}", path.display())))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let digest = blake3::hash(text.as_bytes()).to_hex().to_string();
    let copy = format!("inputs/expectations/{name}");
    Ok(InputFile { name, digest, role: Role::Expectations, copy, text })
}

/// Tells a `--junit` that cannot become a file, before anything runs.
///
/// # Errors
/// [`Failure::Input`] if it is a folder.
pub(super) fn check_junit(path: Option<&Path>) -> Result<(), Failure> {
    match path.filter(|path| path.is_dir()) {
        Some(path) => Err(Failure::Input(format!("--junit {}: is a folder; name a file", path.display()))),
        None => Ok(()),
    }
}

/// A failed expectation ends the command with its own exit code; an inconclusive one does not.
///
/// # Errors
/// [`Failure::Said`] if any failed.
pub(super) fn verdict(all: &[Judged]) -> Result<(), Failure> {
    let failed = all.iter().any(|judged| judged.statement.verdict == Verdict::Fail);
    if failed { Err(Failure::Said(UNMET)) } else { Ok(()) }
}
