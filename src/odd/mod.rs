//! The description of the model after ODD, made from what the model is made of.
//!
//! The prose stands in `page.md`. State variables are read from the tables of `world`, the schedule and the contracts of
//! the phases from `rules`, parameters from the registry; so the page cannot say what the sources do not.

use crate::scenario::registry::registry;
use crate::simulate::BEHAVIOUR;

const PAGE: &str = include_str!("page.md");
const SCHEDULE: &str = include_str!("../rules/mod.rs");

/// Tables of state: title, source, name of the structure.
const STATE: [(&str, &str, &str); 9] = [
    ("People", include_str!("../world/people.rs"), "Person"),
    ("Organisations", include_str!("../world/organisation.rs"), "Org"),
    ("Startups, beside being an organisation", include_str!("../world/organisation.rs"), "Startup"),
    ("Funds, beside being an organisation", include_str!("../world/organisation.rs"), "Fund"),
    ("Programmes", include_str!("../world/organisation.rs"), "Programme"),
    ("Assets", include_str!("../world/organisation.rs"), "Asset"),
    ("Collaborations", include_str!("../world/ties.rs"), "Tie"),
    ("Knowledge of an organisation, beside its expertise", include_str!("../world/lore.rs"), "Lore"),
    ("Clusters", include_str!("../world/places.rs"), "Places"),
];

macro_rules! rules {
    ($($name:literal),* $(,)?) => { [$(($name, include_str!(concat!("../rules/", $name, ".rs")))),*] };
}

/// The files of the rules, in the order of the page.
const RULES: &[(&str, &str)] = &rules![
    "interventions",
    "environment",
    "places",
    "public_money",
    "people",
    "research",
    "founding",
    "collaboration",
    "candidates",
    "partners",
    "development",
    "clinic",
    "regulator",
    "manufacturing",
    "incentives",
    "operations",
    "finance",
    "deal_flow",
    "managers",
    "syndicate",
    "rounds",
    "pooled",
    "valuation",
    "grants",
    "exits",
    "acquirers",
    "proceeds",
    "headquarters",
    "distress",
    "auction",
    "demand",
    "labour",
    "mobility",
    "knowledge",
    "score",
];

/// Names of the rule files that the page describes.
#[must_use]
pub fn rule_files() -> Vec<&'static str> {
    RULES.iter().map(|(name, _)| *name).collect()
}

/// The page, in Markdown.
#[must_use]
pub fn page() -> String {
    PAGE.replace("{{behaviour}}", &BEHAVIOUR.to_string())
        .replace("{{state}}", state().trim_end())
        .replace("{{phases}}", phases().trim_end())
        .replace("{{submodels}}", submodels().trim_end())
}

/// Tables of state variables, from the fields and their documentation.
fn state() -> String {
    let mut text = String::new();
    for (title, source, structure) in STATE {
        text += &format!("### {title}\n\n| variable | meaning |\n|---|---|\n");
        for (field, meaning) in fields(source, structure) {
            text += &format!("| `{field}` | {meaning} |\n");
        }
        text += "\n";
    }
    text
}

/// Public fields of a structure with their documentation.
fn fields(source: &str, structure: &str) -> Vec<(String, String)> {
    let head = format!("pub struct {structure} {{");
    let body = source.split_once(&head).and_then(|(_, rest)| rest.split_once("\n}")).map_or("", |(body, _)| body);
    let mut fields = Vec::new();
    let mut meaning: Vec<&str> = Vec::new();
    for line in body.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("/// ") {
            meaning.push(words);
        } else if let Some((field, _)) = line.strip_prefix("pub ").and_then(|line| line.split_once(':')) {
            fields.push((field.to_owned(), meaning.join(" ")));
            meaning.clear();
        } else {
            meaning.clear();
        }
    }
    fields
}

/// The schedule: each numbered remark of the month with the phase that it stands above.
fn phases() -> String {
    let mut text = String::new();
    let mut lines = SCHEDULE.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some((number, mut remark)) = numbered(line) else { continue };
        while let Some(more) = lines.peek().and_then(|line| line.strip_prefix("// ")) {
            remark = format!("{remark} {more}");
            lines.next();
        }
        let call = lines.peek().and_then(|line| line.split_once('(')).map_or("", |(call, _)| call);
        text += &format!("{number}. `{call}`: {remark}\n");
    }
    text
}

/// The number and the words of a remark such as `// 3. Public money ...`.
fn numbered(line: &str) -> Option<(&str, String)> {
    let (number, words) = line.strip_prefix("// ")?.split_once(". ")?;
    number.parse::<u8>().ok()?;
    Some((number, words.to_owned()))
}

/// Every rule file: its contract, the parameters of its mechanisms, its digest.
fn submodels() -> String {
    let mut text = String::new();
    for (name, source) in RULES {
        let digest = blake3::hash(source.as_bytes()).to_hex();
        text += &format!("### `{name}`\n\n{}\n\n", contract(source));
        let mechanisms = mechanisms(source);
        let parameters: Vec<String> = registry()
            .parameters
            .iter()
            .filter(|parameter| parameter.mechanism.as_ref().is_some_and(|own| mechanisms.contains(own)))
            .map(|parameter| format!("`{}`", parameter.path))
            .collect();
        if !parameters.is_empty() {
            text += &format!("Parameters of {}: {}.\n\n", mechanisms.join(", "), parameters.join(", "));
        }
        text += &format!("Digest `{}`.\n\n", &digest[..16]);
    }
    text
}

/// The remarks at the head of a file: the contract lines (`Reads`, `Writes`, `Draws`, `Source`) as a list.
fn contract(source: &str) -> String {
    let head = source.lines().map_while(|line| line.strip_prefix("//!"));
    let mut text = String::new();
    for line in head {
        let words = line.trim();
        let key = ["Reads", "Writes", "Draws", "Source"].iter().find(|key| words.starts_with(&format!("{key} ")));
        if let Some(key) = key {
            text += &format!("\n- **{key}** {}", words[key.len()..].trim());
        } else if line.starts_with("         ") {
            text += &format!(" {words}");
        } else if words.is_empty() {
            text += "\n\n";
        } else {
            text += if text.is_empty() || text.ends_with('\n') { "" } else { " " };
            text += words;
        }
    }
    // Lists begin after one empty line.
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    text.trim().to_owned()
}

/// The mechanisms that the file names as its source.
fn mechanisms(source: &str) -> Vec<String> {
    let head: Vec<&str> = source.lines().map_while(|line| line.strip_prefix("//!")).collect();
    let from = head.iter().position(|line| line.trim().starts_with("Source")).unwrap_or(head.len());
    let mut found = Vec::new();
    for word in head[from..].iter().flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric())) {
        let number = word.strip_prefix('M').and_then(|number| number.parse::<u8>().ok());
        if number.is_some() && !found.contains(&word.to_owned()) {
            found.push(word.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_becomes_a_list() {
        let source = "//! Phase 3: money.\n//!\n//! Reads   a,\n//!         b\n//! Draws   nothing\n//! Source  M2 (x), M11\n\nuse x;\n";
        assert_eq!(
            contract(source),
            "Phase 3: money.\n\n- **Reads** a, b\n- **Draws** nothing\n- **Source** M2 (x), M11"
        );
        assert_eq!(mechanisms(source), ["M2", "M11"]);
    }

    #[test]
    fn every_table_of_state_has_variables() {
        for (title, source, structure) in STATE {
            let fields = fields(source, structure);
            assert!(fields.len() >= 3 && fields.iter().all(|(_, meaning)| !meaning.is_empty()), "{title}: {fields:?}");
        }
    }
}
