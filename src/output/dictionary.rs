//! `metrics.toml`: what each column of the records means.

use std::fmt::Write;

use crate::record::{METRICS, Metric, MetricKind};

/// Key columns: name, type in the Parquet file, meaning.
const KEYS: [(&str, &str, &str); 5] = [
    ("scenario", "string", "Name of the scenario."),
    ("point", "int32", "Design point of a sweep; 0 in a single run."),
    ("replicate", "int32", "Replicate, from 0."),
    ("date", "date", "First day of the month."),
    ("cluster", "string", "Id of the cluster, or `all` for every cluster together."),
];

/// The whole file.
pub(super) fn text() -> String {
    text_of(METRICS)
}

/// The same for tables with these metrics only.
pub(super) fn text_of<'a>(metrics: impl IntoIterator<Item = &'a Metric>) -> String {
    let mut text = String::from(
        "# Columns of records.parquet and records.csv, in their order.\n\
         # stock: level at the end of the month; flow: what happened during the month; index: a number without a sum.\n",
    );
    for (name, kind, meaning) in KEYS {
        put(&mut text, "key", name, &[("type", kind), ("meaning", meaning)]);
    }
    for metric in metrics {
        let (kind, value) = match metric.kind {
            MetricKind::Stock => ("stock", "int64"),
            MetricKind::Flow => ("flow", "int64"),
            MetricKind::Index => ("index", "double"),
        };
        let fields = [("type", value), ("kind", kind), ("unit", metric.unit), ("meaning", metric.meaning)];
        put(&mut text, "metric", metric.name, &fields);
    }
    text
}

fn put(text: &mut String, group: &str, name: &str, fields: &[(&str, &str)]) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n[{group}.{name}]");
    for (key, value) in fields {
        let _ = writeln!(text, "{key} = {}", toml::Value::String((*value).to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_reads_back_and_names_every_column() {
        let table: toml::Table = text().parse().unwrap();
        for metric in METRICS {
            let entry = &table["metric"][metric.name];
            assert_eq!(entry["unit"].as_str(), Some(metric.unit));
            assert_eq!(entry["meaning"].as_str(), Some(metric.meaning));
        }
        for name in super::super::tables::KEYS {
            assert!(table["key"].get(name).is_some(), "{name}");
        }
    }
}
