//! What a bundle holds beside the results: how to cite and describe the program, what it is built from, and a Workflow Run
//! RO-Crate that says which file is what.

mod crate_metadata;

use serde_json::Value;

use crate::odd;

pub use crate_metadata::{METADATA, Statement, statement};

/// The folder of the results in a bundle.
pub const RESULTS: &str = "results";

const CITATION: &str = include_str!("../../../CITATION.cff");
const CODEMETA: &str = include_str!("../../../codemeta.json");
const LICENCES: [(&str, &str); 2] = [
    ("LICENSE-APACHE", include_str!("../../../LICENSE-APACHE")),
    ("LICENSE-MIT", include_str!("../../../LICENSE-MIT")),
];
const BILL: &str = include_str!("../dependencies/bom.cdx.json");
const DEPENDENCIES: &str = include_str!("../dependencies/licences.txt");

/// Every file of a bundle that is not a result, with what it is; all but the checksums, which are written with the bundle.
pub const DOCUMENTS: [(&str, &str); 9] = [
    ("README.md", "What this bundle is, and how to make its results again"),
    ("CITATION.cff", "How to cite the program"),
    ("LICENSE-APACHE", "Licence of the program"),
    ("LICENSE-MIT", "Licence of the program"),
    ("codemeta.json", "Description of the program after CodeMeta"),
    ("dependencies/bom.cdx.json", "What the program is built from: a bill of materials after CycloneDX"),
    ("dependencies/licences.txt", "Licences of what the program is built from"),
    ("odd.md", "Description of the model after the ODD protocol"),
    (METADATA, "What each file is: a Workflow Run RO-Crate"),
];

/// The day on which this version of the program was released, from its citation.
#[must_use]
pub fn released() -> &'static str {
    CITATION.lines().find_map(|line| line.strip_prefix("date-released: ")).unwrap_or("1970-01-01")
}

/// The documents of a bundle of these results. `files` are the results with their sizes, by their names in the result
/// folder; the same manifest, files and statement give the same bytes.
#[must_use]
pub fn documents(manifest: &Value, files: &[(String, u64)], statement: &Statement) -> Vec<(String, Vec<u8>)> {
    let text = |name: &str| -> String {
        match name {
            "README.md" => readme(manifest),
            "CITATION.cff" => CITATION.to_owned(),
            "codemeta.json" => CODEMETA.to_owned(),
            "dependencies/bom.cdx.json" => BILL.to_owned(),
            "dependencies/licences.txt" => DEPENDENCIES.to_owned(),
            "odd.md" => odd::page(),
            METADATA => format!("{:#}\n", crate_metadata::of(manifest, files, statement)),
            licence => LICENCES
                .iter()
                .find(|(name, _)| *name == licence)
                .map(|(_, text)| (*text).to_owned())
                .unwrap_or_default(),
        }
    };
    DOCUMENTS.iter().map(|(name, _)| ((*name).to_owned(), text(name).into_bytes())).collect()
}

/// Text of a scenario, where Markdown would take some of it for its own.
fn plain(text: &str) -> String {
    let odd = |c: char| if c.is_control() { ' ' } else { c };
    let mut plain = String::new();
    for c in text.chars().map(odd) {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | ':' | ';' | '-' | '/' | '(' | ')' | '\'' | '%') {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

fn readme(manifest: &Value) -> String {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let (verb, version) = (text(&manifest["verb"]), text(&manifest["version"]));
    let title = crate_metadata::title(manifest);
    format!(
        "# {}\n\nThe results of `trihelix {verb}`, version {version}, behaviour {}, with everything they were made from.\n\n\
         ```console\ntrihelix reproduce BUNDLE.zip\n```\n\nmakes them again and compares every byte. Without the program, \
         `b3sum --check checksums.blake3` says whether every file is as it was packed.\n\n\
         | file | what it is |\n|---|---|\n| `{RESULTS}/` | the result folder; its `manifest.json` says what made it, \
         its `inputs/` what it was made from |\n{}",
        plain(&title),
        manifest["behaviour"],
        DOCUMENTS.iter().map(|(name, what)| format!("| `{name}` | {what} |\n")).collect::<String>(),
    )
}
