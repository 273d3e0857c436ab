//! Records, events and flows as columns.

use crate::record::{Column, EventKind, FlowKind, METRICS};
use crate::scenario::spec::ClusterId;
use crate::units::{CalendarMonth, Month};

use super::number::text_of;
use super::parquet::{TableColumn, Values, encode};
use super::run::{ALL, RunResult};
use super::{NamedFile, OutputError};

/// The design point of a run: only sweeps have more than one.
pub(super) const POINT: i32 = 0;

/// Columns that say what a row of the records is about, in order; the metrics follow.
pub(super) const KEYS: [&str; 5] = ["scenario", "point", "replicate", "date", "cluster"];

/// `records.parquet`: one row per month and cluster, the row [`ALL`] last in each month.
pub(super) fn records_parquet(result: &RunResult) -> Result<NamedFile, OutputError> {
    let months = usize::from(result.records.months);
    let rows = months * (result.clusters.len() + 1);
    let replicate = i32::try_from(result.replicate)
        .map_err(|_| OutputError::encoding("records.parquet", "the replicate number is above 2147483647"))?;
    let mut dates = Vec::with_capacity(rows);
    let mut clusters = Vec::with_capacity(rows);
    for month in 0..result.records.months {
        let days = days_since_1970(result.date(Month(month)));
        for cluster in result.row_labels() {
            dates.push(days);
            clusters.push(cluster);
        }
    }
    let mut columns = vec![
        TableColumn { name: KEYS[0], values: Values::Text(vec![result.scenario.name; rows]) },
        TableColumn { name: KEYS[1], values: Values::Int32(vec![POINT; rows]) },
        TableColumn { name: KEYS[2], values: Values::Int32(vec![replicate; rows]) },
        TableColumn { name: KEYS[3], values: Values::Date(dates) },
        TableColumn { name: KEYS[4], values: Values::Text(clusters) },
    ];
    for (metric, column) in METRICS.iter().zip(&result.records.columns) {
        let values = match column {
            Column::Integer(values) => Values::Int64(values),
            Column::Float(values) => Values::Double(values),
        };
        columns.push(TableColumn { name: metric.name, values });
    }
    Ok(("records.parquet".to_owned(), encode("records.parquet", &columns)?))
}

/// `records.csv`: the same rows as text.
pub(super) fn records_csv(result: &RunResult) -> Result<NamedFile, OutputError> {
    let failed = |cause: csv::Error| OutputError::encoding("records.csv", cause);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let names = METRICS.iter().map(|metric| metric.name);
    writer.write_record(KEYS.into_iter().chain(names)).map_err(failed)?;
    let (point, replicate) = (POINT.to_string(), result.replicate.to_string());
    let mut row = 0;
    let mut fields: Vec<String> = Vec::with_capacity(KEYS.len() + METRICS.len());
    for month in 0..result.records.months {
        let date = result.date(Month(month)).to_string();
        for cluster in result.row_labels() {
            fields.clear();
            fields.extend([result.scenario.name, &point, &replicate, &date, cluster].map(str::to_owned));
            fields.extend(result.records.columns.iter().map(|column| match column {
                Column::Integer(values) => values[row].to_string(),
                Column::Float(values) => text_of(values[row]),
            }));
            writer.write_record(&fields).map_err(failed)?;
            row += 1;
        }
    }
    let bytes = writer.into_inner().map_err(|cause| OutputError::encoding("records.csv", cause))?;
    Ok(("records.csv".to_owned(), bytes))
}

/// `events.parquet`: one row per event, in the order in which they happened.
pub(super) fn events_parquet(result: &RunResult) -> Result<NamedFile, OutputError> {
    let events = result.events;
    let cluster_of = |cluster: Option<ClusterId>| cluster.map(|id| result.cluster_id(id));
    let amounts: Vec<i64> = events.iter().map(|event| event.amount.0).collect();
    let columns = [
        ("date", Values::Date(events.iter().map(|event| days_since_1970(result.date(event.month))).collect())),
        ("kind", Values::Text(events.iter().map(|event| event_kind_name(event.kind)).collect())),
        ("actor", Values::Text(events.iter().map(|event| event.actor.as_str()).collect())),
        (
            "partner",
            Values::TextOrNull(
                events.iter().map(|event| Some(event.partner.as_str()).filter(|name| !name.is_empty())).collect(),
            ),
        ),
        ("cluster", Values::TextOrNull(events.iter().map(|event| cluster_of(event.cluster)).collect())),
        ("partner_cluster", Values::TextOrNull(events.iter().map(|event| cluster_of(event.partner_cluster)).collect())),
        ("amount_jpy", Values::Int64(&amounts)),
        ("reason", Values::Text(events.iter().map(|event| event.cause.reason).collect())),
        ("value", Values::DoubleOrNull(events.iter().map(|event| event.cause.value).collect())),
    ]
    .map(|(name, values)| TableColumn { name, values });
    Ok(("events.parquet".to_owned(), encode("events.parquet", &columns)?))
}

/// `flows.parquet`: the entries of the monthly matrices that are not zero.
pub(super) fn flows_parquet(result: &RunResult) -> Result<NamedFile, OutputError> {
    let entries = &result.flows.entries;
    let amounts: Vec<i64> = entries.iter().map(|(.., amount)| *amount).collect();
    let columns = [
        ("date", Values::Date(entries.iter().map(|(month, ..)| days_since_1970(result.date(*month))).collect())),
        ("kind", Values::Text(entries.iter().map(|(_, kind, ..)| flow_kind_name(*kind)).collect())),
        ("from", Values::Text(entries.iter().map(|(_, _, from, ..)| result.cluster_id(*from)).collect())),
        ("to", Values::Text(entries.iter().map(|(_, _, _, to, _)| result.cluster_id(*to)).collect())),
        ("amount", Values::Int64(&amounts)),
    ]
    .map(|(name, values)| TableColumn { name, values });
    Ok(("flows.parquet".to_owned(), encode("flows.parquet", &columns)?))
}

/// `digests.csv`: the first sixteen bytes of the digest of every month, each chained to the one before: enough to find the
/// first month in which two runs differ. 44 bytes a month.
pub(super) fn digests_csv(result: &RunResult) -> NamedFile {
    let mut text = String::from("date,digest\n");
    for (month, digest) in (0..).zip(result.chain) {
        let digest = blake3::Hash::from_bytes(*digest).to_hex();
        text.push_str(&format!("{},{}\n", result.date(Month(month)), &digest[..32]));
    }
    ("digests.csv".to_owned(), text.into_bytes())
}

/// Labels of the rows of one month, in the order of the records.
impl<'a> RunResult<'a> {
    fn row_labels(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.clusters.iter().map(|cluster| cluster.id.as_str()).chain([ALL])
    }
}

/// The name of an event's kind in the files.
pub(super) fn event_kind_name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Founded => "founded",
        EventKind::Round => "round",
        EventKind::RoundFailed => "round_failed",
        EventKind::Bridge => "bridge",
        EventKind::Grant => "grant",
        EventKind::GrantRefused => "grant_refused",
        EventKind::StagePassed => "stage_passed",
        EventKind::StageFailed => "stage_failed",
        EventKind::Approved => "approved",
        EventKind::ApprovedConditionally => "approved_conditionally",
        EventKind::Withdrawn => "withdrawn",
        EventKind::Listed => "listed",
        EventKind::Acquired => "acquired",
        EventKind::Licensed => "licensed",
        EventKind::Failed => "failed",
        EventKind::Auctioned => "auctioned",
        EventKind::TieFormed => "tie_formed",
        EventKind::TieEnded => "tie_ended",
        EventKind::FundClosed => "fund_closed",
        EventKind::Arrived => "arrived",
        EventKind::Left => "left",
        EventKind::Regime => "regime",
        EventKind::Building => "building",
        EventKind::Intervention => "intervention",
        EventKind::Moved => "moved",
        EventKind::Shelved => "shelved",
    }
}

/// The name of a flow's kind in the files.
pub(super) fn flow_kind_name(kind: FlowKind) -> &'static str {
    match kind {
        FlowKind::People => "people",
        FlowKind::Capital => "capital",
        FlowKind::Ties => "ties",
        FlowKind::Licences => "licences",
        FlowKind::Trials => "trials",
    }
}

/// Days from 1970-01-01 to the first of the month, negative before: a Parquet `DATE`.
pub(super) fn days_since_1970(month: CalendarMonth) -> i32 {
    // Years begin in March here, so that the leap day is the last day of its year and needs no special case.
    let year = i64::from(month.year()) - i64::from(month.month() < 3);
    let month_from_march = (i64::from(month.month()) + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days_from_march = (153 * month_from_march + 2) / 5;
    // 719,468 days lie between 1 March of year 0 and 1 January 1970.
    let days = year * 365 + leap_days + days_from_march - 719_468;
    i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_days_from_1970() {
        let known = [
            ("1970-01", 0),
            ("1970-02", 31),
            ("1969-12", -31),
            ("2000-03", 11017),
            ("2024-01", 19723),
            ("2024-03", 19783),
        ];
        for (month, days) in known {
            assert_eq!(days_since_1970(month.parse().unwrap()), days, "{month}");
        }
    }

    #[test]
    fn every_month_of_eight_centuries_has_its_length() {
        let start: CalendarMonth = "1600-01".parse().unwrap();
        for index in 0..9600 {
            let month = start.plus(index);
            let leap = month.year() % 4 == 0 && (month.year() % 100 != 0 || month.year() % 400 == 0);
            let length = match month.month() {
                2 => 28 + i32::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            assert_eq!(days_since_1970(month.plus(1)) - days_since_1970(month), length, "{month}");
        }
    }
}
