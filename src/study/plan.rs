//! Which cells a study has, in which order, and what is recorded of each.

use std::sync::Arc;

use serde_json::Value;
use thiserror::Error;

use crate::record::METRICS;
use crate::scenario::spec::{ClusterId, Spec};
use crate::scenario::{Prepared, Problem, Problems, Scenario, Severity};
use crate::simulate::BEHAVIOUR;
use crate::units::{CalendarMonth, Month};

use super::key::{CellKey, digest};
use super::patch::{merge_patch, patched};
use super::trunk::Trunk;

/// One run of a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Row of [`Plan::scenarios`].
    pub scenario: usize,
    /// Design point, from 0.
    pub point: usize,
    /// Replicate, from 0.
    pub replicate: u32,
}

/// How often a value is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Every month.
    Month,
    /// Once a calendar year: sums of flows, last values of levels and indices, under the date of the year's last month.
    Year,
    /// Once: sums of flows over the whole run, last values of levels and indices, under the date of the last month.
    End,
}

impl Resolution {
    /// The word in study files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
            Self::End => "end",
        }
    }

    /// Ranges of months that make one row each, for a run of `months` that begins at `start`.
    #[must_use]
    pub fn periods(self, start: CalendarMonth, months: u16) -> Vec<std::ops::Range<usize>> {
        let all = 0..usize::from(months);
        match self {
            Self::Month => all.map(|month| month..month + 1).collect(),
            Self::End if months == 0 => Vec::new(),
            Self::End => vec![all],
            Self::Year => {
                let mut periods: Vec<std::ops::Range<usize>> = Vec::new();
                for month in 0..months {
                    let (index, date) = (usize::from(month), start.plus(i32::from(month)));
                    match periods.last_mut() {
                        Some(last) if date.month() != 1 => last.end = index + 1,
                        _ => periods.push(index..index + 1),
                    }
                }
                periods
            }
        }
    }
}

/// What is kept of each cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Columns of [`METRICS`], ascending.
    pub metrics: Vec<usize>,
    /// How often.
    pub resolution: Resolution,
}

impl Recording {
    /// Every metric at this resolution.
    #[must_use]
    pub fn all(resolution: Resolution) -> Self {
        Self { metrics: (0..METRICS.len()).collect(), resolution }
    }

    /// Names and resolution: the numbers of columns may move from one version to the next.
    fn canonical(&self) -> String {
        let names: Vec<&str> = self.metrics.iter().map(|column| METRICS[*column].name).collect();
        format!("{} {}", self.resolution.as_str(), names.join(","))
    }
}

/// The clusters of a scenario in display order: the order of the rows of each date, after which `all` follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clusters {
    /// Row in the scenario, id, name, and whether the scenario is about it.
    pub list: Vec<(ClusterId, String, String, bool)>,
}

impl Clusters {
    /// The clusters of a specification.
    #[must_use]
    pub fn of(spec: &Spec) -> Self {
        let mut rows: Vec<(u32, u16)> = (0..).zip(&spec.cluster).map(|(row, cluster)| (cluster.order, row)).collect();
        rows.sort_unstable();
        let list = rows.into_iter().map(|(_, row)| {
            let cluster = &spec.cluster[usize::from(row)];
            (ClusterId(row), cluster.id.clone(), cluster.name.clone(), cluster.focus)
        });
        Self { list: list.collect() }
    }

    /// Ids in order, `all` last.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|(_, id, ..)| id.as_str()).chain(["all"])
    }
}

/// A title in English (the name if there is none) and in Japanese.
pub type Titles = (String, Option<String>);

/// A scenario of a plan at every design point.
#[derive(Debug, Clone)]
pub struct PlannedScenario {
    /// Name in the results; unique in the plan.
    pub name: String,
    /// Titles for people, in English and in Japanese.
    pub titles: Titles,
    /// First month.
    pub start: CalendarMonth,
    /// Number of months.
    pub months: u16,
    /// Clusters in display order.
    pub clusters: Clusters,
    /// Digest of the scenario before any design point.
    pub digest: String,
    /// The same with what the values of a design point are read with.
    pub(super) context: String,
    /// The scenario before any design point, every value of it.
    pub resolved: Arc<Value>,
    /// What it is a policy laid over, if it is one.
    pub under: Option<Under>,
    points: Points,
}

/// A policy of a study, laid over one of its scenarios.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Under {
    /// Row of [`Plan::scenarios`].
    pub base: usize,
    /// Name of the policy.
    pub policy: String,
}

#[derive(Debug, Clone)]
enum Points {
    Fixed(Vec<Arc<Scenario>>),
    /// Files read once, and for each point what is laid over them: resolved only while it is computed.
    /// `None` for a plan read back from a store, which can be finished and not computed.
    Varied {
        files: Option<Arc<Prepared>>,
        sets: Vec<String>,
        overrides: Overlays,
    },
}

/// For each point, the values laid over the files: path and value.
pub type Overlays = Arc<Vec<Vec<(String, String)>>>;

/// Why a cell cannot be computed.
#[derive(Debug, Error)]
pub enum PlanError {
    /// The scenario of a design point is wrong.
    #[error("the design point gives no scenario: {}", reasons(.0))]
    Point(Problems),
    /// The plan was read back from a store.
    #[error("the plan comes from a store and has no files to compute from")]
    NoFiles,
}

/// The errors without the places of files: the record of a failed cell is the same on every machine.
fn reasons(problems: &Problems) -> String {
    let errors = problems.list.iter().filter(|problem| problem.severity == Severity::Error);
    let one = |problem: &Problem| {
        let part = |word: &str, text: &Option<String>| {
            text.as_ref().map(|text| format!(", {word} {text}")).unwrap_or_default()
        };
        problem.message.clone() + &part("expected", &problem.expected) + &part("found", &problem.found)
    };
    errors.map(one).collect::<Vec<_>>().join("; ")
}

impl PlannedScenario {
    /// A scenario given at each of its design points, at least one; the points differ in their values only.
    ///
    /// # Panics
    /// If `points` is empty.
    #[must_use]
    pub fn fixed(name: String, points: Vec<Arc<Scenario>>) -> Self {
        assert!(!points.is_empty(), "a scenario without a design point");
        let first = &points[0];
        Self {
            titles: (name.clone(), None),
            name,
            start: first.start,
            months: first.months,
            clusters: Clusters::of(first.spec_at(Month(0))),
            digest: first.digest.clone(),
            context: String::new(),
            resolved: Arc::new(first.resolved.to_json()),
            under: None,
            points: Points::Fixed(points),
        }
    }

    /// A scenario whose design points are overrides (`path`, `value`), laid over its files after `sets`.
    ///
    /// `base` is the scenario without any design point.
    #[must_use]
    pub fn varied(name: String, base: &Scenario, files: Arc<Prepared>, sets: Vec<String>, overrides: Overlays) -> Self {
        Self {
            titles: (name.clone(), None),
            name,
            start: base.start,
            months: base.months,
            clusters: Clusters::of(base.spec_at(Month(0))),
            digest: base.digest.clone(),
            context: context(base, &files, &sets),
            resolved: Arc::new(base.resolved.to_json()),
            under: None,
            points: Points::Varied { files: Some(files), sets, overrides },
        }
    }

    /// The same as a policy laid over another scenario of the plan.
    #[must_use]
    pub fn under(mut self, under: Option<Under>) -> Self {
        self.under = under;
        self
    }

    /// The same with titles for people.
    #[must_use]
    pub fn titled(mut self, titles: Titles) -> Self {
        self.titles = titles;
        self
    }

    /// The same scenario at other design points; one that was given at fixed points keeps them.
    #[must_use]
    pub fn at(&self, points_overrides: Overlays) -> Self {
        let mut other = self.clone();
        if let Points::Varied { overrides, .. } = &mut other.points {
            *overrides = points_overrides;
        }
        other
    }

    /// A scenario as a store tells it: its cells have keys, rows and dates, and cannot be computed.
    #[must_use]
    pub(super) fn told(
        name: String,
        (start, months): (CalendarMonth, u16),
        clusters: Clusters,
        [digest, context]: [String; 2],
        resolved: Arc<Value>,
        overrides: Overlays,
    ) -> Self {
        Self {
            titles: (name.clone(), None),
            name,
            start,
            months,
            clusters,
            digest,
            context,
            resolved,
            under: None,
            points: Points::Varied { files: None, sets: Vec::new(), overrides },
        }
    }

    /// The scenario at a design point; resolving one takes milliseconds.
    ///
    /// # Errors
    /// [`PlanError::Point`] if the values of the point do not make a scenario.
    pub fn scenario(&self, point: usize) -> Result<Arc<Scenario>, PlanError> {
        match &self.points {
            Points::Fixed(points) => Ok(Arc::clone(&points[point])),
            Points::Varied { files, sets, overrides } => {
                let Some(files) = files else { return Err(PlanError::NoFiles) };
                let mut all = sets.clone();
                all.extend(overrides[point].iter().map(|(path, value)| format!("{path}={value}")));
                let (scenario, _) = files.scenario(&all).map_err(PlanError::Point)?;
                Ok(Arc::new(scenario))
            }
        }
    }

    /// The scenario before any design point.
    ///
    /// # Errors
    /// [`PlanError`] as of [`PlannedScenario::scenario`].
    pub fn plain(&self) -> Result<Arc<Scenario>, PlanError> {
        match &self.points {
            Points::Fixed(points) => Ok(Arc::clone(&points[0])),
            Points::Varied { files, sets, .. } => {
                let files = files.as_ref().ok_or(PlanError::NoFiles)?;
                files.scenario(sets).map(|(scenario, _)| Arc::new(scenario)).map_err(PlanError::Point)
            }
        }
    }

    /// Digest of the scenario at a design point.
    ///
    /// At a varied point it is that of the scenario before the point together with the point's values as written,
    /// which determine the resolved scenario; resolving a hundred thousand points to name their cells would take
    /// longer than many of the cells.
    #[must_use]
    pub fn point_digest(&self, point: usize) -> String {
        match &self.points {
            Points::Fixed(points) => points[point].digest.clone(),
            Points::Varied { overrides, .. } if overrides[point].is_empty() => self.digest.clone(),
            Points::Varied { overrides, .. } => {
                let mut parts: Vec<&[u8]> = vec![self.context.as_bytes()];
                for (path, value) in &overrides[point] {
                    parts.extend([path.as_bytes(), value.as_bytes()]);
                }
                blake3::Hash::from_bytes(digest("trihelix 2026 design point v1", &parts)).to_hex().to_string()
            }
        }
    }

    /// Dates of the rows of a cell: the last month of each period.
    #[must_use]
    pub fn dates(&self, resolution: Resolution) -> Vec<CalendarMonth> {
        let last = |period: &std::ops::Range<usize>| i32::try_from(period.end - 1).unwrap_or(i32::MAX);
        resolution.periods(self.start, self.months).iter().map(|period| self.start.plus(last(period))).collect()
    }
}

/// Digest of a scenario together with what a value laid over it is read with: exchange rates, the calendar, events as
/// written, what was laid over it before. The scenario's own digest leaves these out, since without further values only
/// what they led to counts.
fn context(scenario: &Scenario, files: &Prepared, sets: &[String]) -> String {
    let mut parts: Vec<String> = vec![scenario.digest.clone(), files.events()];
    for (path, setting) in &scenario.resolved.settings {
        if ["rate.", "currency.", "time."].iter().any(|form| path.starts_with(form)) {
            parts.push(format!("{path}={}", setting.value.to_json()));
        }
    }
    parts.extend(sets.iter().cloned());
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    blake3::Hash::from_bytes(digest("trihelix 2026 scenario before its design points v1", &parts)).to_hex().to_string()
}

/// All cells of a study.
#[derive(Debug, Clone)]
pub struct Plan {
    /// In the order of the study.
    pub scenarios: Vec<PlannedScenario>,
    /// Design points of every scenario, at least 1.
    pub points: usize,
    /// Replicates of every point.
    pub replicates: u32,
    /// Master seed: replicate `k` of every scenario and point draws from the same streams.
    pub seed: u64,
    /// What is kept.
    pub recorded: Recording,
    /// What all cells go on from, if they do not begin with the first month.
    pub trunk: Option<Trunk>,
}

impl Plan {
    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scenarios.len() * self.points * self.replicates as usize
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cell number `index` of the canonical order: scenario, point, replicate.
    #[must_use]
    pub fn cell(&self, index: usize) -> Cell {
        let replicates = self.replicates as usize;
        let point = index / replicates;
        Cell {
            scenario: point / self.points,
            point: point % self.points,
            replicate: u32::try_from(index % replicates).unwrap_or(u32::MAX),
        }
    }

    /// The place of a cell in the canonical order.
    #[must_use]
    pub fn index(&self, cell: Cell) -> usize {
        (cell.scenario * self.points + cell.point) * self.replicates as usize + cell.replicate as usize
    }

    /// The same study with another number of replicates.
    #[must_use]
    pub fn with_replicates(&self, replicates: u32) -> Self {
        Self { replicates, ..self.clone() }
    }

    /// The scenarios without a policy, each with the policies laid over it, as rows of [`Plan::scenarios`].
    #[must_use]
    pub fn families(&self) -> Vec<(usize, Vec<usize>)> {
        let over = |base: usize| {
            let all = self.scenarios.iter().enumerate();
            all.filter(|(_, one)| one.under.as_ref().is_some_and(|under| under.base == base))
                .map(|(row, _)| row)
                .collect()
        };
        let plain = self.scenarios.iter().enumerate().filter(|(_, scenario)| scenario.under.is_none());
        plain.map(|(row, _)| (row, over(row))).collect()
    }

    /// How the values of a scenario before its design points are written down: in full for the first, for the others
    /// as what differs from the first. Returns the word for it, and the document.
    #[must_use]
    pub fn resolved(&self, scenario: usize) -> (&'static str, Value) {
        let (first, own) = (&self.scenarios[0].resolved, &self.scenarios[scenario].resolved);
        if scenario > 0 {
            let patch = merge_patch(first, own);
            if patched(first, &patch) == **own {
                return ("resolved_merge_patch", patch);
            }
        }
        ("resolved", (**own).clone())
    }

    /// The cell in words, for messages.
    #[must_use]
    pub fn describe(&self, cell: Cell) -> String {
        format!("scenario `{}`, point {}, replicate {}", self.scenarios[cell.scenario].name, cell.point, cell.replicate)
    }

    /// The keys of all cells in canonical order: 32 bytes each.
    #[must_use]
    pub fn keys(&self) -> Vec<CellKey> {
        let recording = self.recorded.canonical();
        let trunk = self.trunk.map(|Trunk { months, replicate }| {
            format!("branch of {} after {months} months of replicate {replicate}", self.scenarios[0].digest)
        });
        let mut keys = Vec::with_capacity(self.len());
        for scenario in &self.scenarios {
            for point in 0..self.points {
                let digest = scenario.point_digest(point);
                let key = |replicate| cell_key(&digest, &trunk, self.seed, replicate, &recording);
                keys.extend((0..self.replicates).map(key));
            }
        }
        keys
    }
}

/// The key of one cell.
fn cell_key(point_digest: &str, trunk: &Option<String>, seed: u64, replicate: u32, recording: &str) -> CellKey {
    let (behaviour, seed, replicate) = (BEHAVIOUR.to_le_bytes(), seed.to_le_bytes(), replicate.to_le_bytes());
    let mut parts: Vec<&[u8]> = vec![&behaviour, point_digest.as_bytes(), &seed, &replicate, recording.as_bytes()];
    parts.extend(trunk.as_ref().map(String::as_bytes));
    CellKey::of(&parts)
}
