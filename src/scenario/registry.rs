//! The parameter registry as data: what may stand in a scenario file, and what each value means.

use super::quantity::Decimal;
use super::quantity::Unit;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What kind of value a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Probability per time, compounding.
    Probability,
    /// Events per time, additive.
    Rate,
    /// Part of a whole.
    Share,
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// A whole number of things.
    Count,
    /// An amount of money.
    Money,
    /// An amount of money per time.
    MoneyRate,
    /// A length of time in the calendar.
    Duration,
    /// A length of time on the clock.
    Hours,
    /// True or false.
    Flag,
    /// Words.
    Text,
    /// A month of the calendar.
    Date,
    /// One of a list of words.
    Choice,
    /// The id of an entity.
    Ref,
    /// Several words or ids.
    List,
    /// Read where it is used, because its type depends on something else.
    Any,
}

impl Kind {
    /// Whether the value is a number with a unit.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        !matches!(self, Self::Flag | Self::Text | Self::Date | Self::Choice | Self::Ref | Self::List | Self::Any)
    }

    /// Whether only whole numbers are legal.
    #[must_use]
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Integer | Self::Count)
    }

    /// In words, for messages.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Probability => "a probability",
            Self::Rate => "a rate",
            Self::Share => "a share",
            Self::Number => "a number",
            Self::Integer | Self::Count => "a whole number",
            Self::Money => "an amount of money",
            Self::MoneyRate => "an amount of money per month or year",
            Self::Duration => "a duration",
            Self::Hours => "a number of hours",
            Self::Flag => "true or false",
            Self::Text => "a text",
            Self::Date => "a month such as 2030-04-01",
            Self::Choice => "one of the choices",
            Self::Ref => "an id",
            Self::List => "a list of texts",
            Self::Any => "a value",
        }
    }
}

/// One declared parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Path with `*` in place of an id.
    pub path: String,
    /// What kind of value it takes.
    pub kind: Kind,
    /// Unit of a bare number.
    pub unit: String,
    /// Least and greatest value in `unit`, inclusive.
    pub range: Option<[f64; 2]>,
    /// Value if no file sets it, in `unit`.
    pub default: Option<toml::Value>,
    /// Whether it may be absent.
    pub optional: bool,
    /// M-number of the mechanism that reads it.
    pub mechanism: Option<String>,
    /// One sentence.
    pub meaning: String,
    /// Grade of the default's evidence.
    pub grade: Option<String>,
    /// Source of the default.
    pub source: Option<String>,
    /// Legal words of a choice or list.
    pub choices: Vec<String>,
    /// The table that a reference, or each of a list of references, points to.
    pub to: Option<String>,
    pub(super) parsed_unit: Unit,
    pub(super) low_high: Option<[Decimal; 2]>,
}

impl Parameter {
    /// A parameter that is read inside another form, such as the cost of an event.
    pub(super) fn plain(path: &str, kind: Kind, unit: &str, range: [f64; 2]) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            unit: unit.to_owned(),
            range: Some(range),
            default: None,
            optional: true,
            mechanism: None,
            meaning: String::new(),
            grade: None,
            source: None,
            choices: Vec::new(),
            to: None,
            parsed_unit: Unit::of_registry(unit),
            low_high: Some(range.map(Decimal::from_f64)),
        }
    }
}

/// A level of the tree of paths.
#[derive(Debug, Default)]
pub(super) struct Branch {
    pub children: BTreeMap<String, Branch>,
    /// Under any id.
    pub any: Option<Box<Branch>>,
    pub leaf: Option<Parameter>,
}

impl Branch {
    /// The branch under `key`, named or any.
    pub fn under(&self, key: &str) -> Option<&Branch> {
        self.children.get(key).or(self.any.as_deref())
    }

    /// Whether its children are named by ids: a table of entities.
    pub fn is_entities(&self) -> bool {
        self.any.as_ref().is_some_and(|any| any.leaf.is_none())
    }

    fn add(&mut self, parameter: Parameter) {
        let path = parameter.path.clone();
        let mut branch = self;
        for segment in path.split('.') {
            branch = match segment {
                "*" => branch.any.get_or_insert_default(),
                name => branch.children.entry(name.to_owned()).or_default(),
            };
        }
        branch.leaf = Some(parameter);
    }
}

/// All declared parameters and forms.
#[derive(Debug)]
pub struct Registry {
    /// In the order of the registry file, rules included.
    pub parameters: Vec<Parameter>,
    /// What a file holds besides parameters, in the order of the registry file.
    pub forms: Vec<Parameter>,
    /// What each section or table is about, in a few words.
    pub sections: BTreeMap<String, String>,
    pub(super) root: Branch,
}

impl Registry {
    /// The parameter at a path such as `cluster.osaka.turnover` or `cluster.*.turnover`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Parameter> {
        let mut branch = &self.root;
        for segment in path.split('.') {
            branch = match segment {
                "*" => branch.any.as_deref()?,
                name => branch.under(name)?,
            };
        }
        branch.leaf.as_ref()
    }

    /// Names of the tables of entities: `cluster`, `institution` and so on, events, sources and rates included.
    pub fn entity_tables(&self) -> impl Iterator<Item = &str> {
        self.root.children.iter().filter(|(_, branch)| branch.is_entities()).map(|(name, _)| name.as_str())
    }
}

#[derive(Deserialize)]
struct File {
    choices: BTreeMap<String, Vec<String>>,
    sections: BTreeMap<String, String>,
    parameters: toml::Table,
    forms: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    r#type: Kind,
    unit: Option<String>,
    range: Option<[f64; 2]>,
    default: Option<toml::Value>,
    #[serde(default)]
    optional: bool,
    mechanism: Option<String>,
    meaning: String,
    grade: Option<String>,
    source: Option<String>,
    of: Option<Of>,
    to: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Of {
    Named(String),
    Listed(Vec<String>),
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the program; a test reads it")]
    load(include_str!("registry.toml")).expect("the registry in the program is well formed")
});

/// The registry of this program.
#[must_use]
pub fn registry() -> &'static Registry {
    &REGISTRY
}

fn load(text: &str) -> Result<Registry, toml::de::Error> {
    let file: File = toml::from_str(text)?;
    let (parameters, forms, sections) = (Vec::new(), Vec::new(), file.sections.clone());
    let mut registry = Registry { parameters, forms, sections, root: Branch::default() };
    for (path, row) in &file.parameters {
        let parameter = parameter(path, row, &file.choices)?;
        registry.parameters.push(parameter.clone());
        registry.root.add(parameter);
    }
    for (path, row) in &file.forms {
        let form = parameter(path, row, &file.choices)?;
        registry.forms.push(form.clone());
        registry.root.add(form);
    }
    Ok(registry)
}

fn parameter(
    path: &str,
    row: &toml::Value,
    choices: &BTreeMap<String, Vec<String>>,
) -> Result<Parameter, toml::de::Error> {
    let row: Row = row.clone().try_into()?;
    let unit = row.unit.unwrap_or_default();
    let listed = match row.of {
        Some(Of::Named(name)) => choices.get(&name).cloned().unwrap_or_default(),
        Some(Of::Listed(words)) => words,
        None => Vec::new(),
    };
    Ok(Parameter {
        path: path.to_owned(),
        kind: row.r#type,
        parsed_unit: Unit::of_registry(&unit),
        low_high: row.range.map(|[low, high]| [Decimal::from_f64(low), Decimal::from_f64(high)]),
        unit,
        range: row.range,
        default: row.default,
        optional: row.optional,
        mechanism: row.mechanism,
        meaning: row.meaning,
        grade: row.grade,
        source: row.source,
        choices: listed,
        to: row.to,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::features::features;
    use crate::scenario::spec::Feature;
    use serde::Deserialize;

    /// Defaults lie in their ranges; numbers have units; references point to tables.
    #[test]
    fn the_registry_is_sound() {
        let sections: Vec<&String> = registry().root.children.keys().collect();
        assert_eq!(sections, registry().sections.keys().collect::<Vec<_>>());
        for p in &registry().parameters {
            assert!(p.meaning.ends_with('.'), "{}", p.path);
            assert_eq!(p.kind.is_numeric(), p.range.is_some() && !p.unit.is_empty(), "{}", p.path);
            assert_eq!(matches!(p.kind, Kind::Choice), !p.choices.is_empty() && p.kind != Kind::List, "{}", p.path);
            assert!(!(p.default.is_some() && p.optional), "{}", p.path);
            assert_eq!(p.default.is_some(), p.grade.is_some() && p.source.is_some(), "{}", p.path);
            if let (Some(default), Some([low, high])) = (&p.default, p.range) {
                let number = default.as_float().or(default.as_integer().map(|n| n as f64));
                assert!(number.is_some_and(|n| (low..=high).contains(&n)), "{}", p.path);
            }
            if let Some(to) = &p.to {
                assert!(registry().entity_tables().any(|table| table == to), "{}", p.path);
            }
        }
    }

    /// Coefficients are sorted in the order of the file, and the rules rely on the order of the type.
    #[test]
    fn features_stand_in_the_order_of_their_type() {
        let read = |name: &str| {
            let name = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name);
            Feature::deserialize(name).expect("every feature of the file is one of the type")
        };
        let typed: Vec<Feature> = features().iter().map(|f| read(&f.name)).collect();
        assert!(typed.is_sorted(), "{typed:?}");
        assert_eq!(typed.last(), Some(&Feature::RiskAversion));
        let decisions = registry().find("rule.*.decision").map(|p| p.choices.clone()).unwrap_or_default();
        assert!(features().iter().all(|f| f.decisions.iter().all(|d| decisions.contains(d))));
    }
}
