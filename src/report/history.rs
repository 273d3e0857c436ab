//! What was observed before the first simulated month, from `scenarios/history.csv`.
//!
//! Only series that count what a metric counts: for Kobe everybody and every organisation of the biomedical cluster,
//! for Boston the industry of Massachusetts.

use crate::output::StoredStudy;
use crate::record::METRICS;

const FILE: &str = include_str!("../../scenarios/history.csv");

/// A value of the record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Observed {
    /// Row of the study.
    pub(super) row: usize,
    /// Name of the metric.
    pub(super) metric: &'static str,
    pub(super) year: i32,
    pub(super) value: f64,
    /// Id of the source.
    pub(super) source: String,
    /// Its title.
    pub(super) title: String,
}

/// What is known of the clusters of a study, by year.
pub(super) fn observed(study: &StoredStudy) -> Vec<Observed> {
    let mut reader = csv::Reader::from_reader(FILE.as_bytes());
    let mut found: Vec<Observed> = reader
        .records()
        .filter_map(|record| {
            let record = record.ok()?;
            let id = record.get(0)?;
            Some(Observed {
                row: study.clusters.iter().position(|cluster| cluster.id == id)?,
                metric: METRICS.iter().find(|metric| Some(metric.name) == record.get(1))?.name,
                year: record.get(2)?.parse().ok()?,
                value: record.get(3)?.parse().ok()?,
                source: record.get(4)?.to_owned(),
                title: record.get(5)?.to_owned(),
            })
        })
        .collect();
    found.sort_by_key(|value| (value.row, value.metric, value.year));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_history_can_be_read() {
        let mut reader = csv::Reader::from_reader(FILE.as_bytes());
        let mut rows = 0;
        for record in reader.records() {
            let record = record.unwrap();
            assert!(METRICS.iter().any(|metric| metric.name == &record[1]), "{record:?}");
            assert!(record[2].parse::<i32>().is_ok() && record[3].parse::<f64>().is_ok(), "{record:?}");
            assert!(record[4].starts_with("fact:"), "{record:?}");
            rows += 1;
        }
        assert!(rows > 20, "{rows}");
    }
}
