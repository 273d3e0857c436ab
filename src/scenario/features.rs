//! The features that rules may score, as data.

use serde::Deserialize;
use std::sync::LazyLock;

/// One feature: what it says, and the decisions in which it exists.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMeaning {
    /// Name as written in a rule's `score`.
    pub name: String,
    /// Decisions in which it exists.
    pub decisions: Vec<String>,
    /// One sentence.
    pub meaning: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    decisions: Vec<String>,
    meaning: String,
}

static FEATURES: LazyLock<Vec<FeatureMeaning>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the program; a test reads it")]
    load(include_str!("features.toml")).expect("the features in the program are well formed")
});

/// All features, in the order of [`super::spec::Feature`].
#[must_use]
pub fn features() -> &'static [FeatureMeaning] {
    &FEATURES
}

fn load(text: &str) -> Result<Vec<FeatureMeaning>, toml::de::Error> {
    let table: toml::Table = toml::from_str(text)?;
    let mut features = Vec::new();
    for (name, row) in table {
        let row: Row = row.try_into()?;
        features.push(FeatureMeaning { name, decisions: row.decisions, meaning: row.meaning });
    }
    Ok(features)
}

/// Place of a feature in the order of [`super::spec::Feature`]; after all others if there is no such feature.
pub(super) fn order(name: &str) -> usize {
    features().iter().position(|f| f.name == name).unwrap_or(usize::MAX)
}
