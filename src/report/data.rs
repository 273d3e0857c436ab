//! The numbers that the page carries for its script: differences of every policy in every place, and the baseline's
//! bands, each with six digits. They would be a third of a large page, so they are deflated.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Map, Value, json};

use crate::plot::{Language, base64};
use crate::statistics::Place;

use super::evidence::Evidence;
use super::number::six_digits;
use super::view::{View, kind_of};
use super::words;

/// Texts that the script puts on the page.
const WORDS: [&str; 7] = [
    "word.interval",
    "word.cannot_tell",
    "word.same",
    "word.more",
    "word.fewer",
    "word.not_after_correction",
    "growth.middle95",
];

/// The data of a page in these languages.
pub(super) fn of(ev: &Evidence, languages: &[Language]) -> Value {
    let english = View::new(ev, Language::English);
    let metrics: Vec<usize> = (0..ev.wide.metrics.len()).filter(|metric| english.is_grown(*metric)).collect();
    let number = short;
    let (mut low, mut mean, mut high) = (Vec::new(), Vec::new(), Vec::new());
    // `luck` lists the places of differences that leave zero out but do not stand the correction for many comparisons.
    let (mut better, mut luck) = (Vec::new(), Vec::new());
    let (mut median, mut least, mut most) = (Vec::new(), Vec::new(), Vec::new());
    for &metric in &metrics {
        for row in 0..ev.rows.len() {
            for year in 0..ev.wide.years.len() {
                let place = Place { metric, year, row };
                for policy in 1..ev.scenarios.len() {
                    let found = ev.difference(policy, place);
                    mean.push(number(found.mean));
                    low.push(number(found.low));
                    high.push(number(found.high));
                    let above = found.above.share;
                    let higher = ev.wide.metrics[metric].better == crate::statistics::Better::Higher;
                    better.push(number(if higher { above } else { 1.0 - above }));
                    if !found.holds_zero() && ev.p_holm(policy, place).is_some_and(|p| p > 0.05) {
                        luck.push(json!(mean.len() - 1));
                    }
                }
                let band = ev.band(place).map(|row| row.band);
                median.push(band.map_or(Value::Null, |band| number(band.median())));
                least.push(band.map_or(Value::Null, |band| number(band.quantiles[0])));
                most.push(band.map_or(Value::Null, |band| number(band.quantiles[6])));
            }
        }
    }
    let views: Vec<View> = languages.iter().map(|language| View::new(ev, *language)).collect();
    let in_each = |of: &dyn Fn(&View) -> String| -> Value {
        Value::Object(views.iter().map(|view| (view.code().to_owned(), json!(of(view)))).collect::<Map<_, _>>())
    };
    json!({
        "years": ev.wide.years.iter().map(|year| year.0).collect::<Vec<_>>(),
        "policies": ev.scenarios[1..].iter().map(|policy| policy.id.clone()).collect::<Vec<_>>(),
        "clusters": ev.rows.iter().enumerate().map(|(row, name)| json!({
            "id": name.id, "name": in_each(&|view| view.row_plain(row)),
        })).collect::<Vec<_>>(),
        "metrics": metrics.iter().map(|metric| {
            let wanted = &ev.wide.metrics[*metric];
            json!({
                "id": wanted.name,
                "kind": super::number::Style::level(kind_of(wanted)).code(),
                "name": in_each(&|view| view.metric(wanted)),
            })
        }).collect::<Vec<_>>(),
        "words": WORDS.iter().map(|key| ((*key).to_owned(), json!({
            "en": words::text(key, Language::English), "ja": words::text(key, Language::Japanese),
        }))).collect::<Map<_, _>>(),
        // By metric, cluster, year and policy; the bands without policy.
        "packed": packed(&json!({
            "difference": { "mean": mean, "low": low, "high": high, "better": better, "luck": luck },
            "band": { "median": median, "low": least, "high": most },
        })),
    })
}

/// JSON as a zlib stream in base64, which browsers unpack by themselves.
fn packed(value: &Value) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing into memory cannot fail.
    let _ = encoder.write_all(value.to_string().as_bytes());
    base64(&encoder.finish().unwrap_or_default())
}

/// A number as JSON, short: a whole one without a fraction.
fn short(value: f64) -> Value {
    let digits = six_digits(value);
    match digits {
        digits if !digits.is_finite() => Value::Null,
        digits if digits.fract() == 0.0 && digits.abs() < 9e15 => json!(digits as i64),
        digits => json!(digits),
    }
}
