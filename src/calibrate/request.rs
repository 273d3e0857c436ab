//! A calibration study: a study whose `[design]` is the first wave, with a `[calibrate]` table that says what to fit.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::scenario::Problems;
use crate::study::{CellRecord, Overlays, Overrides, Plan, Study};

use super::series::{Record, RecordError, Series};
use super::waves::{Outputs, Settings};

/// One number of the record that the model answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Row of [`Request::series`].
    pub series: usize,
    /// Year.
    pub year: i32,
    /// The record, in its own unit.
    pub record: f64,
    /// The fact it comes from.
    pub fact: String,
    /// Whether it is kept out of the fit.
    pub held: bool,
    /// Row of the plan's scenarios.
    pub scenario: usize,
}

/// Everything that a calibration needs, checked.
#[derive(Debug, Clone)]
pub struct Request {
    /// Scenarios, parameters and their priors.
    pub study: Study,
    /// The series that are fitted, with the half-width of the 90 % interval of the record's error, as a share.
    pub series: Vec<(Series, f64)>,
    /// Every number of these series that the runs reach.
    pub targets: Vec<Target>,
    /// How the fit goes about it.
    pub settings: Settings,
    /// Share of each series' last years that is kept out.
    pub holdout: f64,
    /// Digest of the record.
    pub record: String,
}

/// Why a calibration cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The study or its scenarios are wrong.
    #[error("{0}")]
    Study(Problems),
    /// What the study adds for a calibration, or the record, is wrong.
    #[error(transparent)]
    Record(#[from] RecordError),
}

#[derive(Deserialize)]
struct File {
    calibrate: Option<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    metrics: PathBuf,
    #[serde(default = "waves")]
    waves: u32,
    then: u32,
    #[serde(default = "particles")]
    particles: u32,
    #[serde(default = "holdout")]
    holdout: f64,
    #[serde(default = "correlation")]
    correlation: f64,
    #[serde(default)]
    fit: Vec<Fitted>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fitted {
    cluster: String,
    metric: String,
    tolerance: f64,
}

fn waves() -> u32 {
    3
}
fn particles() -> u32 {
    512
}
fn holdout() -> f64 {
    0.3
}
fn correlation() -> f64 {
    0.8
}

impl Request {
    /// Reads the study, the record and what is to be fitted.
    ///
    /// # Errors
    /// [`RequestError`]: every problem of the study, or the first of the rest.
    pub fn load(path: &Path, set: Overrides) -> Result<Self, RequestError> {
        let mut study = Study::load(path, set).map_err(RequestError::Study)?;
        let wrong = |what: String| RecordError(format!("{}: {what}", path.display()));
        let text = fs::read_to_string(path).map_err(|cause| wrong(format!("cannot be read: {cause}")))?;
        let file: File = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let table = file.calibrate.ok_or_else(|| {
            wrong(
                "this study has nothing to fit; add `[calibrate]` with `metrics`, `then` and `[[calibrate.fit]]`"
                    .into(),
            )
        })?;
        let record = Record::read(&path.parent().unwrap_or_else(|| Path::new("")).join(&table.metrics))?;
        check(&study, &table).map_err(wrong)?;
        let (mut series, mut targets) = (Vec::new(), Vec::new());
        for fitted in &table.fit {
            let name = format!("{} {}", fitted.cluster, fitted.metric);
            let Some(found) = record.find(&fitted.cluster, &fitted.metric) else {
                let known: Vec<String> = record.series.iter().map(Series::name).collect();
                return Err(wrong(format!("no series `{name}`; `metrics` has {}", known.join(", "))).into());
            };
            let one = record.series[found].clone();
            let Some(scenario) = study.plan.scenarios.iter().position(|known| known.name == one.scenario) else {
                let what =
                    format!("`{name}` is answered by scenario `{}`, which the study does not have", one.scenario);
                return Err(wrong(what).into());
            };
            let years = reached(&study.plan, scenario, &one).map_err(wrong)?;
            let fit = one.points.len() - one.held_out(table.holdout);
            for (at, (year, value, fact)) in
                one.points.iter().enumerate().filter(|(_, (year, ..))| years.contains(year))
            {
                let (series, held) = (series.len(), at >= fit);
                targets.push(Target { series, year: *year, record: *value, fact: fact.clone(), held, scenario });
            }
            series.push((one, fitted.tolerance));
        }
        if targets.iter().all(|target| target.held) {
            return Err(wrong("the runs reach no year that is fitted; give them more months".into()).into());
        }
        study.plan.recorded = Record::recording(series.iter().map(|(series, _)| series));
        let settings = Settings {
            first: study.plan.points as u32,
            then: table.then,
            waves: table.waves,
            particles: table.particles,
            seed: study.plan.seed,
            correlation: table.correlation,
        };
        Ok(Self { study, series, targets, settings, holdout: table.holdout, record: record.digest })
    }

    /// Paths of the parameters.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.study.design.varies.iter().map(|vary| vary.path.clone()).collect()
    }

    /// The cells of these points, given as shares of the priors; no point at all is the scenarios' own values.
    #[must_use]
    pub fn plan(&self, points: &[Vec<f64>]) -> Plan {
        let varies = &self.study.design.varies;
        let overlay = |point: &Vec<f64>| {
            varies.iter().zip(point).map(|(vary, u)| (vary.path.clone(), vary.at(*u))).collect::<Vec<_>>()
        };
        let mut overlays: Vec<Vec<(String, String)>> = points.iter().map(overlay).collect();
        if overlays.is_empty() {
            overlays.push(Vec::new());
        }
        let count = overlays.len();
        let overlays: Overlays = Arc::new(overlays);
        let plan = &self.study.plan;
        let scenarios = plan.scenarios.iter().map(|scenario| scenario.at(Arc::clone(&overlays))).collect();
        Plan { scenarios, points: count, recorded: plan.recorded.clone(), ..*plan }
    }

    /// The answers of finished cells: for each point, for each replicate, one value per target in the record's unit.
    #[must_use]
    pub fn answers(&self, plan: &Plan, records: &[CellRecord]) -> Outputs {
        let replicates = plan.replicates as usize;
        let per_scenario = plan.points * replicates;
        let history = |point: usize, replicate: usize| -> Option<Vec<f64>> {
            let answers = self.targets.iter().map(|target| {
                let cell = target.scenario * per_scenario + point * replicates + replicate;
                let rows = &records[cell].result.as_ref().ok()?.rows;
                self.series[target.series].0.answer(rows, &plan.scenarios[target.scenario], &plan.recorded, target.year)
            });
            answers.collect()
        };
        (0..plan.points).map(|point| (0..replicates).map(|replicate| history(point, replicate)).collect()).collect()
    }
}

fn check(study: &Study, table: &Table) -> Result<(), String> {
    let n = study.design.varies.len();
    if n == 0 || study.design.method != "sobol" {
        return Err(
            "a calibration needs `[design]` with `method = \"sobol\"` and the `points` of its first wave, and \
                    `[[vary]]` for every parameter"
                .into(),
        );
    }
    if study.plan.points < n + 4 {
        return Err(format!(
            "{} points are too few for {n} parameters; `points` of {} or more",
            study.plan.points,
            4 * n
        ));
    }
    if study.plan.replicates < 2 {
        return Err("one replicate does not tell luck from parameters; `replicates = 2` or more".into());
    }
    let inside = |name: &str, value: f64, low: f64, high: f64| {
        if (low..high).contains(&value) {
            Ok(())
        } else {
            Err(format!("`{name}` of {value} is not from {low} to below {high}"))
        }
    };
    inside("holdout", table.holdout, 0.0, 0.9)?;
    inside("correlation", table.correlation, 0.0, 1.0)?;
    for fitted in &table.fit {
        inside("tolerance", fitted.tolerance, 0.001, 5.0)?;
    }
    if table.fit.is_empty() || table.waves == 0 || table.then == 0 || table.particles < 32 {
        return Err(
            "needs at least one `[[calibrate.fit]]`, `waves` and `then` of 1 or more, `particles` of 32 or more".into(),
        );
    }
    Ok(())
}

/// The years of a series that the runs reach; the names of its row and scenario are checked on the way.
fn reached(plan: &Plan, scenario: usize, series: &Series) -> Result<Vec<i32>, String> {
    let planned = &plan.scenarios[scenario];
    if !planned.clusters.labels().any(|label| label == series.row) {
        return Err(format!("`{}`: scenario `{}` has no cluster `{}`", series.name(), planned.name, series.row));
    }
    // A year counts once its last month is simulated.
    let dates = planned.dates(crate::study::Resolution::Year);
    Ok(dates.iter().filter(|date| date.month() == 12).map(|date| date.year()).collect())
}
