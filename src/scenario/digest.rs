//! The digest of a scenario: of everything in it that can change a result, in one order and one spelling.

use super::load::Scenario;
use super::value::Value;

/// BLAKE3, in hexadecimal. Evidence, notes, titles and the places of values are left out.
pub(super) fn digest(scenario: &Scenario) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut line = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    line("trihelix scenario 1");
    line(&scenario.name);
    line(&scenario.start.to_string());
    line(&scenario.months.to_string());
    for (path, setting) in &scenario.resolved.settings {
        let form = ["rate.", "source.", "event.", "currency.", "time."].iter().any(|form| path.starts_with(form));
        if !form {
            line(path);
            line(&canonical(&setting.value));
        }
    }
    for epoch in &scenario.epochs {
        for change in &epoch.changes {
            line(&epoch.from.0.to_string());
            line(&change.event);
            line(&change.path);
            line(&change.after.as_ref().map_or_else(|| "none".to_owned(), canonical));
        }
    }
    for charge in &scenario.charges {
        let cluster = charge.cluster.map_or(-1, |cluster| i64::from(cluster.0));
        line(&format!("{} {} {cluster}", charge.month.0, charge.amount.0));
        line(&charge.event);
        line(&charge.payer);
    }
    hasher.finalize().to_hex().to_string()
}

/// The shortest digits that read back as the same number.
fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => format!("number {number:?}"),
        Value::Flag(flag) => format!("flag {flag}"),
        Value::Text(text) => format!("text {text}"),
        Value::List(items) => format!("list {}", serde_json::Value::from(items.clone())),
        Value::Date(date) => format!("date {date}"),
    }
}
