//! `sweep --explain`: what there is to do, how long it takes and how much disk it needs.

use std::path::Path;

use serde_json::json;

use crate::study::{CellKey, Shard, Store, Study, missing};

use super::failure::Failure;
use super::options::Format;
use super::sweep_progress::{duration, now};
use super::terminal;

/// Months that are simulated to learn how long a cell takes.
const PROBE_MONTHS: u16 = 12;
/// Bytes that a recorded value takes in a segment, from sweeps of the shipped scenarios; the Parquet file is smaller.
const BYTES_PER_VALUE: f64 = 2.5;

/// What a cell of a scenario costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// Seconds on one thread.
    pub(super) seconds: f64,
    /// Bytes in the store.
    pub(super) bytes: f64,
}

/// Simulates the first year of each scenario with missing cells, and scales it to the whole run.
pub(super) fn costs(study: &Study, left: &[usize]) -> Result<Vec<(usize, Cost)>, Failure> {
    let plan = &study.plan;
    let shared = plan.trunk.map_or(0, |trunk| trunk.months);
    let per_scenario = plan.points * plan.replicates as usize;
    let mut all: Vec<(usize, Cost)> = plan.scenarios.iter().map(|_| (0, Cost { seconds: 0.0, bytes: 0.0 })).collect();
    left.iter().for_each(|index| all[index / per_scenario].0 += 1);
    for (row, scenario) in plan.scenarios.iter().enumerate().filter(|(row, _)| all[*row].0 > 0).collect::<Vec<_>>() {
        let files = scenario.scenario(0).map_err(|error| Failure::Input(error.to_string()))?;
        let short = (*files).clone().with_months(PROBE_MONTHS);
        let began = now();
        // A breach in the probe will be a failed cell of the sweep.
        let _ = crate::simulate::simulate(&short, plan.seed, 0, &mut |_| {});
        let seconds = began.elapsed().as_secs_f64();
        let values = scenario.dates(plan.recorded.resolution).len()
            * (scenario.clusters.list.len() + 1)
            * plan.recorded.metrics.len();
        all[row].1 = Cost {
            seconds: seconds * f64::from(scenario.months.saturating_sub(shared)) / f64::from(short.months.max(1)),
            bytes: 120.0 + values as f64 * BYTES_PER_VALUE,
        };
    }
    Ok(all)
}

/// Prints the dry run.
pub(super) fn explain(
    study: &Study,
    keys: &[CellKey],
    store: &Store,
    threads: Option<u16>,
    format: Format,
) -> Result<(), Failure> {
    let plan = &study.plan;
    let left = missing(keys, store, Shard::WHOLE);
    let costs = costs(study, &left)?;
    let total = |of: fn(&Cost) -> f64| costs.iter().map(|(count, cost)| *count as f64 * of(cost)).sum::<f64>();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.map_or(cores, usize::from);
    let seconds = total(|cost| cost.seconds) / threads.min(cores) as f64;
    let bytes = total(|cost| cost.bytes);
    if let Format::Json = format {
        return terminal::print_json(&json!({
            "cells": keys.len(),
            "done": keys.len() - left.len(),
            "todo": left.len(),
            "scenarios": plan.scenarios.len(),
            "points": plan.points,
            "replicates": plan.replicates,
            "seconds": seconds,
            "threads": threads,
            "bytes": bytes,
        }));
    }
    let mut text = format!(
        "{}\n  {} scenarios x {} points x {} replicates = {} cells\n  {} done, {} to do\n",
        study.title,
        plan.scenarios.len(),
        plan.points,
        plan.replicates,
        keys.len(),
        keys.len() - left.len(),
        left.len()
    );
    if !study.design.varies.is_empty() {
        text.push_str(&format!("  {} design over {} dimensions:\n", study.design.method, study.design.varies.len()));
        for (dimension, vary) in study.design.varies.iter().enumerate().take(12) {
            let first = &study.design.points[0][dimension];
            text.push_str(&format!("    {} = {first}, ...\n", vary.path));
        }
    }
    if !left.is_empty() {
        let megabytes = bytes / 1e6;
        let time = duration(seconds);
        text.push_str(&format!("  about {time} on {threads} threads, about {megabytes:.1} MB in the store\n"));
    }
    terminal::print(&text)
}

/// Whether a path is worth printing in a script as it is.
pub(super) fn shell_word(path: &Path) -> String {
    shell_text(&path.display().to_string())
}

/// Text as one word of a shell.
pub(super) fn shell_text(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=,:@+%".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
