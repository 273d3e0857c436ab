//! What became of the files: one value per path, with where it came from.

use super::build::Ids;
use super::event::Unproven;
use super::problem::Place;
use super::range::Assumption;
use super::registry::registry;
use super::resolve::Settings;
use super::source::Source;
use super::value;
use super::value::Setting;
use serde_json::Map;
use serde_json::Value as Json;

/// The resolved scenario before its dated events: one setting per path.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// By path, in alphabetical order.
    pub settings: Settings,
    /// The files read, and `--set`, in the order of reading.
    pub sources: Vec<Source>,
    pub(super) ids: Ids,
    /// Path and place of the numbers in dated events that name no unit.
    pub(super) bare_in_events: Vec<(String, Place)>,
    pub(super) unproven_events: Vec<Unproven>,
    /// Every number with a range, in the values and in what the events do.
    pub assumptions: Vec<Assumption>,
}

impl Resolved {
    /// `file:line` of a place; `default` for those of the registry.
    #[must_use]
    pub fn name(&self, place: Place) -> String {
        match self.sources.get(usize::from(place.file)) {
            Some(source) => format!("{}:{}", source.name, source.line_column(place.start as usize).0),
            None => "default".to_owned(),
        }
    }

    /// Paths of the values that are declared uncertain, by a distribution, a plausible range or `deep`: what a sweep over
    /// everything uncertain varies.
    pub fn uncertain(&self) -> impl Iterator<Item = (&str, &Setting)> {
        let declared = |s: &Setting| s.evidence.uncertain.is_some() || s.evidence.range.is_some() || s.evidence.deep;
        self.settings
            .iter()
            .filter(move |(_, setting)| declared(setting))
            .map(|(path, setting)| (path.as_str(), setting))
    }

    /// Every value with its unit, evidence and place, for the manifest: no path of the user's machine is in it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut rows = Map::new();
        for (path, setting) in &self.settings {
            let mut row = Map::new();
            row.insert("value".to_owned(), setting.value.to_json());
            if let Some(parameter) = registry().find(path)
                && parameter.kind.is_numeric()
            {
                row.insert("unit".to_owned(), Json::from(value::working_unit(parameter)));
            }
            let evidence = &setting.evidence;
            for (key, text) in [("grade", &evidence.grade), ("source", &evidence.source)] {
                if let Some(text) = text {
                    row.insert(key.to_owned(), Json::from(text.as_str()));
                }
            }
            if let Some(range) = evidence.range {
                row.insert("range".to_owned(), Json::from(range.to_vec()));
            }
            if let Some(uncertain) = &evidence.uncertain {
                row.insert("uncertain".to_owned(), uncertain.clone());
            }
            if evidence.deep {
                row.insert("deep".to_owned(), Json::from(true));
            }
            row.insert("set".to_owned(), Json::from(self.name(setting.place)));
            if !setting.overrode.is_empty() {
                let chain: Vec<Json> = setting.overrode.iter().map(|place| Json::from(self.name(*place))).collect();
                row.insert("overrode".to_owned(), Json::from(chain));
            }
            rows.insert(path.clone(), Json::Object(row));
        }
        Json::Object(rows)
    }
}
