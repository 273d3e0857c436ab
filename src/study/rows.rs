//! What is kept of a computed cell, and its canonical bytes.

use crate::record::{Column, METRICS, MetricKind, Records};

use super::key::CellKey;
use super::plan::{PlannedScenario, Recording};

/// Values of a cell: for each recorded metric one per date and cluster, the clusters in display order with `all` last.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// In the order of [`Recording::metrics`].
    pub columns: Vec<Column>,
}

/// A cell that was computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Success {
    /// Chain of the digests of every month's state.
    pub state_digest: [u8; 32],
    /// What was recorded.
    pub rows: Rows,
}

/// A cell and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CellRecord {
    /// Which cell.
    pub key: CellKey,
    /// Its values, or why it has none.
    pub result: Result<Success, String>,
}

impl Rows {
    /// Takes the recorded metrics out of the records of a run, in display order and at the recorded resolution.
    #[must_use]
    pub fn of(records: &Records, scenario: &PlannedScenario, recorded: &Recording) -> Self {
        let width = records.clusters + 1;
        let order: Vec<usize> =
            scenario.clusters.list.iter().map(|(row, ..)| usize::from(row.0)).chain([records.clusters]).collect();
        let periods = recorded.resolution.periods(scenario.start, records.months);
        let columns = recorded.metrics.iter().map(|column| {
            let flow = METRICS[*column].kind == MetricKind::Flow;
            match &records.columns[*column] {
                Column::Integer(values) => {
                    Column::Integer(gathered(&periods, &order, |months, cluster| {
                        let of = |month: usize| values[month * width + cluster];
                        // A sum of yen that outgrows 64 bits stays at the greatest value rather than turn negative.
                        if flow {
                            months.fold(0_i64, |sum, month| sum.saturating_add(of(month)))
                        } else {
                            of(months.end - 1)
                        }
                    }))
                }
                Column::Float(values) => Column::Float(gathered(&periods, &order, |months, cluster| {
                    let of = |month: usize| values[month * width + cluster];
                    if flow { months.fold(0.0, |sum, month| sum + of(month)) } else { of(months.end - 1) }
                })),
            }
        });
        Self { columns: columns.collect() }
    }
}

fn gathered<T>(
    periods: &[std::ops::Range<usize>],
    order: &[usize],
    value: impl Fn(std::ops::Range<usize>, usize) -> T,
) -> Vec<T> {
    periods.iter().flat_map(|months| order.iter().map(|cluster| value(months.clone(), *cluster))).collect()
}

const OK: u8 = 1;
const FAILED: u8 = 2;
const INTEGERS: u8 = 1;
const FLOATS: u8 = 2;

impl CellRecord {
    /// The canonical bytes: equal records, equal bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1024);
        bytes.extend_from_slice(&self.key.0);
        match &self.result {
            Err(message) => {
                bytes.push(FAILED);
                bytes.extend_from_slice(message.as_bytes());
            }
            Ok(success) => {
                bytes.push(OK);
                bytes.extend_from_slice(&success.state_digest);
                put_unsigned(&mut bytes, success.rows.columns.len() as u64);
                for column in &success.rows.columns {
                    put_column(&mut bytes, column);
                }
            }
        }
        bytes
    }

    /// Reads canonical bytes back; `None` if they are not such bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (key, rest) = bytes.split_first_chunk::<32>()?;
        let (kind, mut rest) = rest.split_first()?;
        let result = match *kind {
            FAILED => Err(String::from_utf8(rest.to_vec()).ok()?),
            OK => {
                let (state_digest, after) = rest.split_first_chunk::<32>()?;
                rest = after;
                let count = take_unsigned(&mut rest)?;
                let columns = (0..count).map(|_| take_column(&mut rest)).collect::<Option<Vec<_>>>()?;
                if !rest.is_empty() {
                    return None;
                }
                Ok(Success { state_digest: *state_digest, rows: Rows { columns } })
            }
            _ => return None,
        };
        Some(Self { key: CellKey(*key), result })
    }
}

fn put_column(bytes: &mut Vec<u8>, column: &Column) {
    match column {
        Column::Integer(values) => {
            bytes.push(INTEGERS);
            put_unsigned(bytes, values.len() as u64);
            // Most counts are small: zigzag keeps the sign in the last bit, seven bits go into a byte.
            values.iter().for_each(|value| put_unsigned(bytes, ((value << 1) ^ (value >> 63)) as u64));
        }
        Column::Float(values) => {
            bytes.push(FLOATS);
            put_unsigned(bytes, values.len() as u64);
            values.iter().for_each(|value| bytes.extend_from_slice(&value.to_bits().to_le_bytes()));
        }
    }
}

fn take_column(bytes: &mut &[u8]) -> Option<Column> {
    let (kind, rest) = bytes.split_first()?;
    *bytes = rest;
    let count = usize::try_from(take_unsigned(bytes)?).ok()?;
    if count > bytes.len() {
        return None;
    }
    match *kind {
        INTEGERS => {
            let values = (0..count).map(|_| {
                let code = take_unsigned(bytes)?;
                Some((code >> 1) as i64 ^ -((code & 1) as i64))
            });
            Some(Column::Integer(values.collect::<Option<_>>()?))
        }
        FLOATS => {
            let values = (0..count).map(|_| {
                let (bits, rest) = bytes.split_first_chunk::<8>()?;
                *bytes = rest;
                Some(f64::from_bits(u64::from_le_bytes(*bits)))
            });
            Some(Column::Float(values.collect::<Option<_>>()?))
        }
        _ => None,
    }
}

fn put_unsigned(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take_unsigned(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if shift == 63 && part > 1 {
            return None;
        }
        value |= part << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_survive_their_bytes() {
        let columns = vec![
            Column::Integer(vec![0, 1, -1, i64::MAX, i64::MIN, 300]),
            Column::Float(vec![0.0, -0.0, f64::MAX, 1.0 / 3.0]),
            Column::Integer(Vec::new()),
        ];
        let success = Success { state_digest: [7; 32], rows: Rows { columns } };
        for result in [Ok(success), Err("the books of Kōbe".to_owned())] {
            let record = CellRecord { key: CellKey([3; 32]), result };
            let bytes = record.to_bytes();
            let read = CellRecord::from_bytes(&bytes).unwrap();
            assert_eq!(read.to_bytes(), bytes);
            assert_eq!(read, record);
            for cut in 33..bytes.len() {
                // A cut failure is a shorter message; a cut success is nothing.
                assert!(record.result.is_err() || CellRecord::from_bytes(&bytes[..cut]).is_none(), "{cut}");
            }
        }
    }
}
