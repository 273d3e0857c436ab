//! `merge`: proves that shards make a whole study and finishes them into the folder that one machine would have written.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::output::{Foreign, ResultFolder};
use crate::study::{Shard, Sheet, Store, StoreError, cut_into, missing, shards_with};

use super::claims;
use super::failure::Failure;
use super::options::{FormatOption, MachineOptions};
use super::sweep::{INCONSISTENT, numbers, of_store_in, tell_damage};
use super::sweep_finish::Finished;
use super::sweep_goal::Goal;

/// Cells that a message names at most.
const NAMED: usize = 5;

/// Join the stores of several machines into the result folder of the whole study
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Stores that `sweep --shard` has filled
    #[arg(value_name = "DIR", required = true)]
    stores: Vec<PathBuf>,
    /// Write records.csv beside records.parquet
    #[arg(long)]
    csv: bool,
    /// Write what the study expects, and what was found, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    machine: MachineOptions,
    #[command(flatten)]
    format: FormatOption,
}

/// Reads all stores, refuses what does not fit, writes.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { stores, csv, junit, machine, format } = arguments;
    claims::check_junit(junit.as_deref())?;
    let mut sheet = one_sheet(stores)?;
    if junit.is_some() && sheet.expectations.is_empty() {
        return Err(Failure::Input("--junit: the study expects nothing; add [[expect]] to it".to_owned()));
    }
    let failed = |error, sheet: &Sheet| of_store_in(error, &sheet.plan, sheet.stopping.as_ref());
    let store = Store::read_only(stores).map_err(|error| failed(error, &sheet))?;
    tell_damage(&store.damaged, "counts as missing");
    let goal = Goal::of(&sheet.plan, sheet.stopping.as_ref(), &store).map_err(|error| failed(error, &sheet))?;
    sheet.plan = sheet.plan.with_replicates(goal.replicates);
    let keys = sheet.plan.keys();
    let left = missing(&keys, &store, Shard::WHOLE);
    if !left.is_empty() {
        return Err(refused(&incomplete(&sheet, &store, &left)));
    }
    let out = machine.out.clone().unwrap_or_else(|| PathBuf::from("outputs").join(&sheet.name));
    let foreign = if machine.force { Foreign::WriteBeside } else { Foreign::Refuse };
    let folder = ResultFolder::prepare(&out, foreign)?;
    Finished {
        sheet: &sheet,
        keys: &keys,
        store: &store,
        met: goal.met,
        csv: *csv,
        junit: junit.as_ref(),
        out: &out,
        done: json!({ "cells": keys.len(), "stores": stores.len() }),
        format: format.format,
        quiet: machine.quiet,
    }
    .write(&folder)
}

fn refused(message: &str) -> Failure {
    Failure::Problems(format!("error: {message}"), INCONSISTENT)
}

/// The sheet that all stores have in common.
fn one_sheet(stores: &[PathBuf]) -> Result<Sheet, Failure> {
    let mut first: Option<(Sheet, serde_json::Value)> = None;
    for store in stores {
        let sheet = sheet_of(store)?;
        let json = sheet.to_json();
        match &first {
            None => first = Some((sheet, json)),
            Some((_, other)) if *other == json => {}
            Some((_, other)) => {
                let differing: Vec<&str> = ["behaviour", "name", "seed", "replicates", "resolution", "metrics"]
                    .into_iter()
                    .chain(["scenarios", "method", "paths", "points", "branch", "expect", "stop", "title", "inputs"])
                    .chain(["set", "copies"])
                    .filter(|key| other[key] != json[key])
                    .collect();
                return Err(refused(&format!(
                    "{}: is of another version of the study than {}: they differ in {}\n  \
                     sweep the missing shards with one and the same study and program",
                    store.display(),
                    stores[0].display(),
                    differing.join(", ")
                )));
            }
        }
    }
    first.map(|(sheet, _)| sheet).ok_or_else(|| Failure::Input("no store was named".to_owned()))
}

fn sheet_of(store: &Path) -> Result<Sheet, Failure> {
    let fix = "name folders that `trihelix sweep --store` has filled";
    let place = store.display();
    if !store.is_dir() {
        return Err(Failure::Input(format!("{place}: is not a folder\n  {fix}")));
    }
    match Sheet::load(store) {
        Ok(Some(Ok(sheet))) => Ok(sheet),
        Ok(Some(Err(message))) => Err(refused(&format!("{place}: {message}\n  sweep with one and the same program"))),
        Ok(None) => Err(Failure::Input(format!("{place}: is not the store of a sweep: it has no study.json\n  {fix}"))),
        Err(error @ (StoreError::Machine { .. } | StoreError::Differ { .. })) => {
            Err(Failure::Machine(error.to_string()))
        }
    }
}

/// What is missing, by shard where the segments say how the work was cut, and by cell.
fn incomplete(sheet: &Sheet, store: &Store, left: &[usize]) -> String {
    let plan = &sheet.plan;
    let mut text = format!("{} of {} cells are missing\n", left.len(), plan.len());
    if let Some(of) = cut_into(store) {
        text.push_str(&format!("  missing shards of {of}: {}\n", numbers(&shards_with(left, of))));
    }
    for index in left.iter().take(NAMED) {
        text.push_str(&format!("  {}\n", plan.describe(plan.cell(*index))));
    }
    if left.len() > NAMED {
        text.push_str(&format!("  and {} more\n", left.len() - NAMED));
    }
    if let Some(stopping) = &sheet.stopping {
        text.push_str(&format!(
            "  {} needs more replicates to be met: sweep with `--replicates {}` where the parts do not share a store\n",
            stopping.rule, plan.replicates
        ));
    }
    text.push_str("  sweep the missing shards, then merge again; nothing was written");
    text
}
