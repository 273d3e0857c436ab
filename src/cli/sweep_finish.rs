//! The end of a sweep or a merge: the result folder, what was found, and whether expectations hold.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::output::{OutputError, ResultFolder, Sweep, SweepBand, SweepDifference, SweepWritten, write_sweep};
use crate::record::METRICS;
use crate::statistics::{Judged, Look, Swept, WantedMetric, judge_all, wanted_metrics};
use crate::study::{Cell, CellKey, CellRecord, Sheet, Store};

use super::failure::Failure;
use super::numbers::{label, plain, scale_of, signed};
use super::options::Format;
use super::table::{Align, Table};
use super::{claims, terminal};

const TITLE: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const UNSURE: Style = AnsiColor::Yellow.on_default();
/// Metrics of a scenario that are printed; the files have them all.
const PRINTED: usize = 12;

/// A study of which every cell is there.
pub(super) struct Finished<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) keys: &'a [CellKey],
    pub(super) store: &'a Store,
    /// Whether the stopping rule was met.
    pub(super) met: Option<bool>,
    pub(super) csv: bool,
    pub(super) junit: Option<&'a PathBuf>,
    pub(super) out: &'a Path,
    /// What the verb has to tell, such as the number of cells computed now.
    pub(super) done: Value,
    pub(super) format: Format,
    pub(super) quiet: bool,
}

impl Finished<'_> {
    /// Judges, writes, prints; failed cells make the exit code 1, failed expectations 5.
    ///
    /// # Errors
    /// [`Failure`] if the disk refuses, a cell failed, or an expectation was not met.
    pub(super) fn write(self, folder: &ResultFolder) -> Result<(), Failure> {
        let (written, judged) = self.fill(folder)?;
        if let Some(path) = self.junit {
            claims::write_junit(path, &self.sheet.title, &judged)?;
        }
        let out = self.out.display().to_string();
        match self.format {
            Format::Json => terminal::print_json(&self.document(&written, &out, claims::json_of(&judged)))?,
            Format::Text if self.quiet => {}
            Format::Text => terminal::print(&self.text(&written, &out, &judged))?,
        }
        if written.failed > 0 {
            return Err(Failure::Machine(format!(
                "{} of {} cells failed; the column `error` of {out}/cells.parquet says why",
                written.failed,
                self.sheet.plan.len()
            )));
        }
        claims::verdict(&judged)
    }

    /// Judges and writes, and says nothing.
    ///
    /// # Errors
    /// [`Failure`] if the disk refuses or a cell cannot be read.
    pub(super) fn fill(&self, folder: &ResultFolder) -> Result<(SweepWritten, Vec<Judged>), Failure> {
        let judged = self.judge()?;
        let expectations = claims::json_of(&judged);
        let sweep = Sweep { sheet: self.sheet, csv: self.csv, met: self.met, expectations: &expectations };
        let written = write_sweep(folder, &sweep, &mut |index| self.record(index))?;
        Ok((written, judged))
    }

    fn record(&self, index: usize) -> Result<CellRecord, OutputError> {
        let unreadable = |cause: String, fix: &str| OutputError::Machine {
            place: self.store.folder().display().to_string(),
            action: "read a cell",
            cause,
            fix: fix.to_owned(),
        };
        let found = self.store.read(self.keys[index]);
        let found = found.map_err(|error| {
            unreadable(error.to_string(), "run the same command again; cells that are done are kept")
        })?;
        found.ok_or_else(|| {
            let cell = self.sheet.plan.describe(self.sheet.plan.cell(index));
            let cause = format!("{cell} was damaged since the store was opened");
            unreadable(cause, "run the same command again: it computes damaged cells anew")
        })
    }

    fn judge(&self) -> Result<Vec<Judged>, Failure> {
        let plan = &self.sheet.plan;
        let Some(mut swept) = Swept::of(plan, &self.sheet.expectations, None) else { return Ok(Vec::new()) };
        for replicate in 0..plan.replicates {
            swept.add(plan, replicate, &mut |cell: Cell| self.record(plan.index(cell)))?;
        }
        Ok(judge_all(&self.sheet.expectations, &swept.subjects, &swept.runs, self.look()))
    }

    fn look(&self) -> Look {
        if self.sheet.stopping.is_some() { Look::AfterEvery } else { Look::Once }
    }

    fn document(&self, written: &SweepWritten, out: &str, expectations: Vec<Value>) -> Value {
        let mut document = self.done.clone();
        document["out"] = json!(out);
        document["replicates"] = json!(self.sheet.plan.replicates);
        document["failed"] = json!(written.failed);
        document["rows"] = json!(written.rows);
        document["state_digest"] = json!(written.state_digest);
        document["until"] = match (&self.sheet.stopping, self.met) {
            (Some(stopping), Some(met)) => json!({ "rule": stopping.rule.to_string(), "met": met }),
            _ => Value::Null,
        };
        document["expectations"] = Value::Array(expectations);
        document["bands"] = written.summary.bands.iter().map(|found| self.band_json(found)).collect();
        document["differences"] = written.summary.differences.iter().map(|found| self.difference_json(found)).collect();
        document
    }

    // JSON has no infinity: what is not finite becomes `null`.
    fn band_json(&self, found: &SweepBand) -> Value {
        let band = &found.band;
        json!({
            "scenario": self.sheet.plan.scenarios[found.scenario].name,
            "metric": METRICS[found.metric].name,
            "cells": band.n,
            "mean": band.mean,
            "mean_error": band.mean_error,
            "quantiles": band.quantiles,
            "quantile_errors": band.errors,
            "parameter_share": found.split.map_or(Value::Null, |split| json!(split.share)),
        })
    }

    fn difference_json(&self, found: &SweepDifference) -> Value {
        let paired = &found.paired;
        json!({
            "scenario": self.sheet.plan.scenarios[found.scenario].name,
            "metric": METRICS[found.metric].name,
            "pairs": paired.n,
            "mean": paired.mean,
            "error": paired.error,
            "low": paired.low,
            "high": paired.high,
            "p_better": found.p_better,
            "variance_reduction": paired.variance_reduction,
        })
    }

    fn text(&self, written: &SweepWritten, out: &str, judged: &[Judged]) -> String {
        let plan = &self.sheet.plan;
        let computed = self.done["computed"].as_u64().map(|n| format!(", {n} computed now")).unwrap_or_default();
        let mut text = format!("{}: {} cells{computed}, {} rows\n", self.sheet.title, plan.len(), written.rows);
        for scenario in 0..plan.scenarios.len() {
            text.push_str(&self.bands_text(written, scenario));
            text.push_str(&self.differences_text(written, scenario));
        }
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\n  {QUIET}± is the Monte Carlo standard error. Of the variance between cells, \"by parameters\" is the share that the \
             design\n  points cause; the rest is chance. All dates and clusters: bands.parquet{}.{QUIET:#}",
            if written.summary.differences.is_empty() { "" } else { " and differences.parquet" }
        );
        if let (Some(stopping), Some(met)) = (&self.sheet.stopping, self.met) {
            let (style, said) = if met { (GOOD, "met") } else { (UNSURE, "NOT met") };
            let _ =
                writeln!(text, "\n  {style}{said}{style:#} after {} replicates: {}", plan.replicates, stopping.rule);
        }
        text.push_str(&claims::text_of(judged));
        let _ = writeln!(text, "\nstate digest {}\nwrote {out}: {}", written.state_digest, written.names.join(", "));
        text
    }

    fn bands_text(&self, written: &SweepWritten, scenario: usize) -> String {
        let found: Vec<&SweepBand> = written.summary.bands.iter().filter(|band| band.scenario == scenario).collect();
        let plan = &self.sheet.plan;
        let facts = &plan.scenarios[scenario];
        let Some(date) = facts.dates(plan.recorded.resolution).last().copied() else { return String::new() };
        let cells = found.first().map_or(0, |band| band.band.n);
        let mut text = format!(
            "\n  {TITLE}{}{TITLE:#}  {QUIET}all clusters, {date}, {cells} cells: {} points x {} replicates{QUIET:#}\n",
            facts.name, plan.points, plan.replicates
        );
        let mut table = Table::new(&[
            Align::Left,
            Align::Right,
            Align::Right,
            Align::Right,
            Align::Right,
            Align::Right,
            Align::Right,
        ]);
        let head = ["", "median", "middle 50 %", "80 %", "95 %", "mean", "by parameters"];
        table.row(QUIET, head.map(str::to_owned).into());
        for one in found.iter().take(PRINTED) {
            let Some(metric) = wanted(one.metric) else { continue };
            let (band, scale) = (&one.band, scale_of(&metric));
            let edges = |level: usize| {
                let (low, high) = band.edges(level);
                format!("{} to {}", plain(low / scale), plain(high / scale))
            };
            let share = one.split.map_or(String::new(), |split| {
                let percent = |share: f64| format!("{:.0}", 100.0 * share);
                if split.share.is_nan() {
                    String::new()
                } else {
                    format!("{} % ({}-{})", percent(split.share), percent(split.share_low), percent(split.share_high))
                }
            });
            let cells = vec![
                label(&metric),
                with_error(band.median() / scale, band.median_error() / scale),
                edges(0),
                edges(1),
                edges(2),
                with_error(band.mean / scale, band.mean_error / scale),
                share,
            ];
            table.row(Style::new(), cells);
        }
        text.push_str(&table.render());
        if found.len() > PRINTED {
            let _ = writeln!(text, "  {QUIET}and {} more metrics in bands.parquet{QUIET:#}", found.len() - PRINTED);
        }
        text
    }

    fn differences_text(&self, written: &SweepWritten, scenario: usize) -> String {
        let plan = &self.sheet.plan;
        let Some(under) = &plan.scenarios[scenario].under else { return String::new() };
        let found = written.summary.differences.iter().filter(|one| one.scenario == scenario);
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right]);
        let head = ["", "difference", "95 % interval", "better in", "pairs for independent ones"];
        table.row(QUIET, head.map(str::to_owned).into());
        for one in found.take(PRINTED) {
            let Some(metric) = wanted(one.metric) else { continue };
            let (paired, scale) = (&one.paired, scale_of(&metric));
            let interval = match (paired.low.is_finite(), paired.never_varies()) {
                (false, _) => "not yet".to_owned(),
                (_, true) => "in every replicate".to_owned(),
                _ => format!("{} to {}", signed(paired.low / scale), signed(paired.high / scale)),
            };
            let cells = vec![
                label(&metric),
                with_error_signed(paired.mean / scale, paired.error / scale),
                interval,
                format!("{:.0} %", 100.0 * one.p_better),
                if paired.variance_reduction.is_finite() { plain(paired.variance_reduction) } else { String::new() },
            ];
            table.row(Style::new(), cells);
        }
        let (base, policy) = (&plan.scenarios[under.base].name, &under.policy);
        format!(
            "\n  {TITLE}{policy} less {base}{TITLE:#}  {QUIET}pair by pair; flows are sums since the first month{QUIET:#}\n{}",
            table.render()
        )
    }
}

fn wanted(metric: usize) -> Option<WantedMetric> {
    wanted_metrics(&[METRICS[metric].name]).ok()?.into_iter().next()
}

fn with_error(value: f64, error: f64) -> String {
    if error.is_finite() { format!("{} ±{}", plain(value), plain(error)) } else { plain(value) }
}

fn with_error_signed(value: f64, error: f64) -> String {
    if error.is_finite() { format!("{} ±{}", signed(value), plain(error)) } else { signed(value) }
}
