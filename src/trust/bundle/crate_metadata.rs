//! `ro-crate-metadata.json`: the files of a bundle and the run that made them, after Workflow Run RO-Crate 0.5.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{DOCUMENTS, RESULTS};

/// Its name, which the standard gives.
pub const METADATA: &str = "ro-crate-metadata.json";

/// What whoever bundles says about the results; nothing of it can be read from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Day of publication, `2026-11-23`.
    pub date: String,
    /// Licence of the results: an SPDX identifier, or nothing.
    pub licence: Option<String>,
    /// Who is to be named, or nobody.
    pub author: Option<String>,
}

const LICENCE_PAGES: &str = "https://spdx.org/licenses/";
const NOT_STATED: &str = "#licence-not-stated";

/// The statement that a crate was made with; `None` if it is none of ours.
#[must_use]
pub fn statement(metadata: &Value) -> Option<Statement> {
    let graph = metadata["@graph"].as_array()?;
    let of_id = |id: &str| graph.iter().find(|entity| entity["@id"] == id);
    let root = of_id("./")?;
    let licence = root["license"]["@id"].as_str()?;
    Some(Statement {
        date: root["datePublished"].as_str()?.to_owned(),
        licence: licence.strip_prefix(LICENCE_PAGES).map(str::to_owned),
        author: of_id("#author").and_then(|author| author["name"].as_str()).map(str::to_owned),
    })
}

/// What the results are of: the title of the scenario or study, or its name.
pub(super) fn title(manifest: &Value) -> String {
    let (scenario, study) = (&manifest["scenario"], &manifest["study"]);
    let said = [&scenario["title"], &study["title"], &scenario["name"], &study["name"]];
    let title = said.iter().find_map(|title| title.as_str().filter(|title| !title.trim().is_empty()));
    title.unwrap_or("A study").to_owned()
}

/// A name as a part of an address: what has a meaning in addresses is written as its bytes.
fn address(name: &str) -> String {
    let mut address = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

fn encoding(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "json" => "application/json",
        "toml" => "application/toml",
        "csv" => "text/csv",
        "parquet" => "application/vnd.apache.parquet",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "html" => "text/html",
        "md" => "text/markdown",
        "cff" => "application/yaml",
        "checkpoint" => "application/octet-stream",
        _ => "text/plain",
    }
}

fn reference(id: &str) -> Value {
    json!({ "@id": id })
}

/// What a result file is, by its name.
fn description(name: &str) -> &'static str {
    match name {
        "manifest.json" => "What made the results, and the digest of every file",
        "records.parquet" | "records.csv" => "The metrics by date and cluster",
        "events.parquet" => "What happened, one row per event",
        "flows.parquet" => "People, capital and ties between clusters",
        "metrics.toml" => "Meaning and unit of every column",
        "summary.json" => "Figures at the end and by year",
        "report.html" => "The decision report",
        "digests.csv" => "Digest of the state of every month",
        _ if name.starts_with("inputs/") => "What the results were made from",
        _ if name.starts_with("figures/") || name.starts_with("report-figures/") => "A chart",
        _ => "A table of results",
    }
}

/// A value that the run was given: the parameter of the workflow, and the value.
fn given(name: &str, kind: &str, value: &str) -> [Value; 2] {
    let (parameter, value_id) = (format!("#parameter-{name}"), format!("#value-{name}"));
    [
        json!({
            "@id": parameter, "@type": "FormalParameter", "additionalType": kind, "name": name,
            "description": format!("The option of the command that stands for {name}"), "valueRequired": true,
            "conformsTo": reference("https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"),
            "workExample": reference(&value_id),
        }),
        json!({ "@id": value_id, "@type": "PropertyValue", "name": name, "value": value, "exampleOfWork": reference(&parameter) }),
    ]
}

fn values(manifest: &Value) -> Vec<[Value; 2]> {
    let mut values = vec![given("seed", "Integer", &manifest["seed"].to_string())];
    for name in ["replicate", "replicates"] {
        if manifest[name].is_u64() {
            values.push(given(name, "Integer", &manifest[name].to_string()));
        }
    }
    let sets: Vec<&str> = manifest["overrides"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !sets.is_empty() {
        values.push(given("set", "Text", &sets.join("\n")));
    }
    values
}

/// The file that was run: the scenario, or the study.
fn workflow(manifest: &Value) -> Option<&str> {
    let base = manifest["inputs"].as_array().into_iter().flatten().find(|input| input["role"] == "base");
    base.and_then(|base| base["copy"].as_str()).or_else(|| manifest["copies"].as_array()?.first()?.as_str())
}

/// The whole document.
pub(super) fn of(manifest: &Value, files: &[(String, u64)], statement: &Statement) -> Value {
    let title = title(manifest);
    let place = |name: &str| address(&format!("{RESULTS}/{name}"));
    let workflow = workflow(manifest).unwrap_or("manifest.json");
    let values = values(manifest);
    let ids = |at: usize| -> Vec<Value> { values.iter().map(|pair| json!({ "@id": pair[at]["@id"] })).collect() };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let results: Vec<&(String, u64)> = files.iter().filter(|(name, _)| !name.starts_with("inputs/")).collect();
    let inputs = files.iter().filter(|(name, _)| name.starts_with("inputs/") && name != workflow);
    let mut objects: Vec<Value> = inputs.map(|(name, _)| reference(&place(name))).collect();
    objects.extend(ids(1));
    let documents = || DOCUMENTS.iter().filter(|(name, _)| *name != METADATA);
    let parts = files.iter().map(|(name, _)| reference(&place(name)));
    let parts = parts.chain(documents().map(|(name, _)| reference(&address(name))));
    let licence = match &statement.licence {
        Some(licence) => format!("{LICENCE_PAGES}{}", address(licence)),
        None => NOT_STATED.to_owned(),
    };
    let profiles = [
        ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
        ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
        ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
    ];
    let conforms: Vec<Value> = profiles.iter().map(|(id, ..)| reference(id)).collect();
    let (verb, version) = (text(&manifest["verb"]), text(&manifest["version"]));
    let behaviour = &manifest["behaviour"];
    let mut root = json!({
        "@id": "./", "@type": "Dataset", "name": title,
        "description": format!("Results of `trihelix {verb}`, with everything they were made from; the same program makes the same bytes again"),
        "datePublished": statement.date, "license": reference(&licence), "conformsTo": conforms,
        "mainEntity": reference(&place(workflow)), "mentions": [reference("#run")], "hasPart": parts.collect::<Vec<Value>>(),
    });
    let mut graph = vec![json!({
        "@id": METADATA, "@type": "CreativeWork", "about": reference("./"),
        "conformsTo": [reference("https://w3id.org/ro/crate/1.1"), conforms[2]],
    })];
    let mut action = json!({
        "@id": "#run", "@type": "CreateAction", "name": format!("trihelix {verb}"),
        "description": "The run that made the results. It carries no time: the same inputs make the same bytes whenever they are run",
        "instrument": reference(&place(workflow)), "object": objects,
        "result": results.iter().map(|(name, _)| reference(&place(name))).collect::<Vec<Value>>(),
        "actionStatus": "http://schema.org/CompletedActionStatus",
    });
    if let Some(author) = &statement.author {
        root["author"] = reference("#author");
        action["agent"] = reference("#author");
        graph.push(json!({ "@id": "#author", "@type": "Person", "name": author }));
    }
    graph.extend([root, action]);
    graph.extend(
        profiles
            .iter()
            .map(|(id, name, version)| json!({ "@id": id, "@type": "CreativeWork", "name": name, "version": version })),
    );
    graph.push(match &statement.licence {
        Some(name) => json!({ "@id": licence, "@type": "CreativeWork", "name": name, "description": "Licence of the results", "url": licence }),
        None => json!({
            "@id": licence, "@type": "CreativeWork", "name": "No licence stated",
            "description": "Whoever made these results has not said under which terms others may use them",
        }),
    });
    let software = json!({
        "@id": "#trihelix", "@type": "SoftwareApplication", "name": "Trihelix", "softwareVersion": version,
        "version": version, "description": format!("Deterministic simulator of life-science ecosystems; behaviour {behaviour}"),
        "license": [reference("https://spdx.org/licenses/MIT"), reference("https://spdx.org/licenses/Apache-2.0")],
    });
    let language = json!({
        "@id": "#scenario-language", "@type": "ComputerLanguage", "name": "Scenario and study files of Trihelix",
        "version": manifest["version"], "identifier": reference("https://toml.io/en/v1.1.0"),
        "url": reference("https://toml.io/"),
    });
    graph.extend([software, language]);
    graph.extend(values.iter().flatten().cloned());
    graph.extend(files.iter().map(|(name, size)| {
        let mut file = json!({
            "@id": place(name), "@type": "File", "name": name, "description": description(name),
            "encodingFormat": encoding(name), "contentSize": size.to_string(),
        });
        if name == workflow {
            file["@type"] = json!(["File", "SoftwareSourceCode", "ComputationalWorkflow"]);
            file["name"] = json!(title);
            file["programmingLanguage"] = reference("#scenario-language");
            file["runtimePlatform"] = reference("#trihelix");
            file["input"] = ids(0).into();
        }
        file
    }));
    graph.extend(documents().map(|(name, what)| {
        json!({ "@id": address(name), "@type": "File", "name": name, "description": what, "encodingFormat": encoding(name) })
    }));
    json!({ "@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_addresses_and_statements_are_read_back() {
        assert_eq!(address("results/a b/é<.toml"), "results/a%20b/%C3%A9%3C.toml");
        let manifest = json!({ "verb": "run", "seed": 1, "replicate": 0, "inputs": [{ "role": "base", "copy": "inputs/a/a.toml" }] });
        for licence in [None, Some("CC-BY-4.0".to_owned())] {
            let said = Statement { date: "2026-11-23".to_owned(), licence, author: Some("A".to_owned()) };
            let metadata = of(&manifest, &[("inputs/a/a.toml".to_owned(), 3)], &said);
            assert_eq!(statement(&metadata), Some(said));
        }
    }
}
