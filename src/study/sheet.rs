//! The sheet of a study in its store: which cells it has, so that shards can be merged without its files.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::record::METRICS;
use crate::scenario::spec::ClusterId;
use crate::simulate::BEHAVIOUR;

use super::claims::{Expectation, Stopping};
use super::file::{Overrides, Study};
use super::patch::patched;
use super::plan::{Clusters, Overlays, Plan, PlannedScenario, Recording, Resolution, Under};
use super::store::StoreError;
use super::trunk::Trunk;

/// A study without the files to compute it from.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Short name.
    pub name: String,
    /// Title.
    pub title: String,
    /// The same in Japanese.
    pub title_ja: Option<String>,
    /// Its cells.
    pub plan: Plan,
    /// How the points were chosen.
    pub method: String,
    /// Paths of the varied dimensions.
    pub paths: Vec<String>,
    /// For each point the value of each dimension, as TOML.
    pub points: Vec<Vec<String>>,
    /// What is expected of the results.
    pub expectations: Vec<Expectation>,
    /// When enough replicates are done.
    pub stopping: Option<Stopping>,
    /// Name and digest of every file read.
    pub inputs: Vec<(String, String)>,
    /// Copies of these files, the study first: name in the result folder, and what it says.
    pub copies: Vec<(String, String)>,
    /// What the command line set in place of the file.
    pub set: Overrides,
}

const FILE: &str = "study.json";

impl Sheet {
    /// The sheet of a study.
    #[must_use]
    pub fn of(study: &Study) -> Self {
        Self {
            name: study.name.clone(),
            title: study.title.clone(),
            title_ja: study.title_ja.clone(),
            plan: study.plan.clone(),
            method: study.design.method.to_owned(),
            paths: study.design.varies.iter().map(|vary| vary.path.clone()).collect(),
            points: study.design.points.clone(),
            expectations: study.expectations.clone(),
            stopping: study.stopping.clone(),
            inputs: study.inputs.clone(),
            copies: Vec::new(),
            set: study.set,
        }
    }

    /// As JSON: the same study, the same text.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let plan = &self.plan;
        let scenarios = plan.scenarios.iter().enumerate().map(|(row, scenario)| {
            let clusters = scenario.clusters.list.iter();
            let (written, resolved) = plan.resolved(row);
            json!({
                "base": scenario.under.as_ref().map(|under| under.base),
                "policy": scenario.under.as_ref().map(|under| &under.policy),
                (written): resolved,
                "name": scenario.name,
                "title": scenario.titles.0,
                "title_ja": scenario.titles.1,
                "digest": scenario.digest,
                "context": scenario.context,
                "start": scenario.start.to_string(),
                "months": scenario.months,
                "clusters": clusters.map(|(row, id, name, focus)| json!([row.0, id, name, focus])).collect::<Vec<_>>(),
            })
        });
        let metrics = plan.recorded.metrics.iter().map(|column| METRICS[*column].name);
        json!({
            "behaviour": BEHAVIOUR,
            "name": self.name,
            "title": self.title,
            "title_ja": self.title_ja,
            "seed": plan.seed,
            "replicates": plan.replicates,
            "resolution": plan.recorded.resolution.as_str(),
            "metrics": metrics.collect::<Vec<_>>(),
            "scenarios": scenarios.collect::<Vec<_>>(),
            "method": self.method,
            "paths": self.paths,
            "points": self.points,
            "expect": self.expectations.iter().map(Expectation::to_json).collect::<Vec<_>>(),
            "branch": plan.trunk.map(|Trunk { months, replicate }| json!({ "after": months, "replicate": replicate })),
            "stop": self.stopping.as_ref().map(Stopping::to_json),
            "inputs": self.inputs,
            "set": self.set.to_json(),
            "copies": self.copies,
        })
    }

    /// Reads JSON back; the error says what does not fit.
    ///
    /// # Errors
    /// A sentence: not a sheet, or of another behaviour or other metrics than this program's.
    pub fn from_json(json: &Value) -> Result<Self, String> {
        let behaviour = json["behaviour"].as_u64();
        if behaviour.is_some_and(|number| number != u64::from(BEHAVIOUR)) {
            return Err(format!(
                "was computed by a version with behaviour {}, and this program has {BEHAVIOUR}",
                behaviour.unwrap_or_default()
            ));
        }
        read(json).ok_or_else(|| "is not the sheet of a study".to_owned())
    }

    /// Puts the sheet into a store, over that of an earlier sweep; other processes see the old one or the new one.
    ///
    /// # Errors
    /// [`StoreError::Machine`] if the disk refuses.
    pub fn save(&self, store: &Path) -> Result<(), StoreError> {
        let place = store.join(FILE);
        let text = format!("{:#}\n", self.to_json());
        if fs::read_to_string(&place).is_ok_and(|there| there == text) {
            return Ok(());
        }
        let own = store.join(format!(".{:016x}.{FILE}", RandomState::new().build_hasher().finish()));
        fs::write(&own, text).and_then(|()| fs::rename(&own, &place)).map_err(|cause| {
            let _ = fs::remove_file(&own);
            StoreError::machine(&place, "write the sheet", &cause)
        })
    }

    /// The sheet of a store; `None` if it has none.
    ///
    /// # Errors
    /// [`StoreError::Machine`] if it cannot be read; the inner error is that of [`Sheet::from_json`].
    pub fn load(store: &Path) -> Result<Option<Result<Self, String>>, StoreError> {
        let place = store.join(FILE);
        match fs::read_to_string(&place) {
            Ok(text) => {
                let json = serde_json::from_str(&text).unwrap_or(Value::Null);
                Ok(Some(Self::from_json(&json)))
            }
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            // Not even text: damaged like any other sheet that does not say what a sheet says.
            Err(cause) if cause.kind() == ErrorKind::InvalidData => Ok(Some(Self::from_json(&Value::Null))),
            Err(cause) => Err(StoreError::machine(&place, "read the sheet", &cause)),
        }
    }
}

fn read(json: &Value) -> Option<Sheet> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let texts = |value: &Value| value.as_array()?.iter().map(text).collect::<Option<Vec<String>>>();
    let paths = texts(&json["paths"])?;
    let points: Vec<Vec<String>> = json["points"].as_array()?.iter().map(texts).collect::<Option<_>>()?;
    if points.is_empty() || points.iter().any(|point| point.len() != paths.len()) {
        return None;
    }
    let overlay = |point: &Vec<String>| paths.iter().cloned().zip(point.iter().cloned()).collect();
    let overlays: Overlays = Arc::new(points.iter().map(overlay).collect());
    let first = Arc::new(json["scenarios"][0]["resolved"].clone());
    let scenarios = json["scenarios"].as_array()?.iter();
    let scenarios = scenarios.map(|scenario| scenario_of(scenario, &first, &overlays)).collect::<Option<Vec<_>>>()?;
    if scenarios.iter().any(|one| one.under.as_ref().is_some_and(|under| under.base >= scenarios.len())) {
        return None;
    }
    let words = [Resolution::Month, Resolution::Year, Resolution::End];
    let resolution = words.into_iter().find(|word| json["resolution"] == word.as_str())?;
    let column = |name: &Value| METRICS.iter().position(|metric| *name == metric.name);
    let metrics = json["metrics"].as_array()?.iter().map(column).collect::<Option<Vec<usize>>>()?;
    let plan = Plan {
        scenarios,
        points: points.len(),
        replicates: u32::try_from(json["replicates"].as_u64()?).ok().filter(|n| *n > 0)?,
        seed: json["seed"].as_u64()?,
        recorded: Recording { metrics, resolution },
        trunk: match &json["branch"] {
            Value::Null => None,
            branch => Some(Trunk {
                months: u16::try_from(branch["after"].as_u64()?).ok()?,
                replicate: u32::try_from(branch["replicate"].as_u64()?).ok()?,
            }),
        },
    };
    let inputs = json["inputs"].as_array()?.iter().map(|pair| Some((text(&pair[0])?, text(&pair[1])?)));
    let copies = json["copies"].as_array()?.iter().map(|pair| Some((text(&pair[0])?, text(&pair[1])?)));
    let expectations = json["expect"].as_array()?.iter().map(Expectation::from_json).collect::<Option<_>>()?;
    let stopping = match &json["stop"] {
        Value::Null => None,
        stop => Some(Stopping::from_json(stop)?),
    };
    Some(Sheet {
        expectations,
        stopping,
        name: text(&json["name"])?,
        title: text(&json["title"])?,
        title_ja: text(&json["title_ja"]),
        plan,
        method: text(&json["method"])?,
        paths,
        points,
        inputs: inputs.collect::<Option<_>>()?,
        copies: copies.collect::<Option<_>>()?,
        set: Overrides::from_json(&json["set"]),
    })
}

fn scenario_of(json: &Value, first: &Arc<Value>, overlays: &Overlays) -> Option<PlannedScenario> {
    let clusters = json["clusters"].as_array()?.iter().map(|row| {
        let number = u16::try_from(row[0].as_u64()?).ok()?;
        Some((ClusterId(number), row[1].as_str()?.to_owned(), row[2].as_str()?.to_owned(), row[3].as_bool()?))
    });
    let clusters = Clusters { list: clusters.collect::<Option<_>>()? };
    let months = u16::try_from(json["months"].as_u64()?).ok()?;
    let calendar = (json["start"].as_str()?.parse().ok()?, months);
    let word = |key: &str| json[key].as_str().map(str::to_owned);
    let digests = [word("digest")?, word("context")?];
    let resolved = match (json.get("resolved"), json.get("resolved_merge_patch")) {
        (Some(own), _) if *own == **first => Arc::clone(first),
        (Some(own), _) => Arc::new(own.clone()),
        (None, Some(patch)) => Arc::new(patched(first, patch)),
        (None, None) => return None,
    };
    let under = match &json["base"] {
        Value::Null => None,
        base => Some(Under { base: usize::try_from(base.as_u64()?).ok()?, policy: word("policy")? }),
    };
    let name = word("name")?;
    let titles = (word("title").unwrap_or_else(|| name.clone()), word("title_ja"));
    let told = PlannedScenario::told(name, calendar, clusters, digests, resolved, Arc::clone(overlays));
    Some(told.under(under).titled(titles))
}
