//! Every sentence of the report, in English and in Japanese, from `assets/report/words.toml`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::plot::Language;

const FILE: &str = include_str!("../../assets/report/words.toml");

/// One text in two languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) en: String,
    pub(super) ja: String,
}

/// The text of a key such as `answer.rises`; `None` if there is none.
pub(super) fn find(key: &str) -> Option<&'static Text> {
    static TEXTS: OnceLock<BTreeMap<String, Text>> = OnceLock::new();
    TEXTS.get_or_init(read).get(key)
}

/// The same in one language; the key itself stands for a text that is missing, which a test makes impossible.
pub(super) fn text(key: &str, language: Language) -> &str {
    find(key).map_or(key, |text| match language {
        Language::English => &text.en,
        Language::Japanese => &text.ja,
    })
}

fn read() -> BTreeMap<String, Text> {
    let table: toml::Table = FILE.parse().unwrap_or_default();
    let mut texts = BTreeMap::new();
    for (section, entries) in &table {
        for (key, pair) in entries.as_table().into_iter().flatten() {
            if let Some([en, ja]) = pair.as_array().map(Vec::as_slice)
                && let (Some(en), Some(ja)) = (en.as_str(), ja.as_str())
            {
                texts.insert(format!("{section}.{key}"), Text { en: en.to_owned(), ja: ja.to_owned() });
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::record::METRICS;

    /// Names in braces.
    fn slots(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
    }

    #[test]
    fn both_languages_say_the_same_slots_and_japanese_is_japanese() {
        let texts = read();
        let entries: usize = FILE.parse::<toml::Table>().unwrap().values().map(|t| t.as_table().unwrap().len()).sum();
        assert_eq!(texts.len(), entries, "an entry is not a pair of texts");
        for (key, text) in &texts {
            assert_eq!(slots(&text.en), slots(&text.ja), "{key}");
            let japanese = text.ja.chars().any(|letter| letter >= '\u{3000}');
            assert!(japanese || text.en == text.ja, "{key}: `{}` is not Japanese", text.ja);
        }
    }

    #[test]
    fn every_metric_has_a_name() {
        for metric in METRICS.iter().map(|metric| metric.name).chain(["approvals"]) {
            assert!(find(&format!("metric.{metric}")).is_some(), "metric.{metric} is missing in words.toml");
        }
    }
}
