//! Whether a page still says what the results say.
//!
//! Every number with an address is looked up again in the results, whatever the page says elsewhere. Then the page is
//! made anew and compared piece by piece: text, attributes, the lines of the charts, the numbers for the script. So an
//! edit anywhere is found; where it hits a number, the address names it.

use std::collections::BTreeMap;

use html5gum::{DefaultEmitter, Token, Tokenizer};
use serde_json::Value;

use crate::output::StoredStudy;
use crate::plot::Language;

use super::ReportError;
use super::evidence::Evidence;
use super::number::{Style, six_digits};
use super::page;
use super::story::Story;

/// Faults told one by one; more are counted.
const TOLD: usize = 50;

/// Something on the page that the results do not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Address of the number, or a place on the page.
    pub place: String,
    /// What the page shows.
    pub shown: String,
    /// What it should show.
    pub should: String,
}

/// With which options a page was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// In the order of the page.
    pub languages: Vec<Language>,
    /// Metric and cluster that decide.
    pub decide: String,
    /// Digest of the hindcast's records, if there is one.
    pub hindcast: Option<String>,
    /// Digest of the events of the run that it tells of, if there is one.
    pub run: Option<String>,
}

/// A piece of a page, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Open(String, BTreeMap<String, String>),
    Close(String),
    Text(String),
}

impl Evidence {
    /// What [`options_of`] must find on the page to make it anew.
    pub(super) fn options(&self) -> String {
        let decide = format!("{}@{}", self.layout.metrics[self.decision.metric].name, self.rows[self.decision.row].id);
        let hindcast = self.hindcast.as_ref().and_then(|past| past.manifest["files"]["records.parquet"].as_str());
        let run = self.story.as_ref().map_or("none", |story| story.digest.as_str());
        format!("{decide} {} {run}", hindcast.unwrap_or("none"))
    }
}

/// How a page was made; `None` if it is not a report of ours.
#[must_use]
pub fn options_of(html: &str) -> Option<Options> {
    let mut options = Options { languages: Vec::new(), decide: String::new(), hindcast: None, run: None };
    for piece in pieces(html) {
        let Piece::Open(tag, attributes) = piece else { continue };
        let attribute = |name: &str| attributes.get(name).map(String::as_str);
        match tag.as_str() {
            "meta" if attribute("name") == Some("trihelix-options") => {
                let [decide, hindcast, run]: [&str; 3] =
                    attribute("content")?.split(' ').collect::<Vec<_>>().try_into().ok()?;
                options.decide = String::from(decide);
                let given = |digest: &str| (digest != "none").then(|| digest.to_owned());
                (options.hindcast, options.run) = (given(hindcast), given(run));
            }
            "body" => {
                options.languages = attribute("data-languages")?
                    .split(',')
                    .map(|code| match code {
                        "en" => Some(Language::English),
                        "ja" => Some(Language::Japanese),
                        _ => None,
                    })
                    .collect::<Option<Vec<_>>>()?;
            }
            _ => {}
        }
    }
    (!options.languages.is_empty() && !options.decide.is_empty()).then_some(options)
}

/// What the page says and the results do not, at most fifty faults one by one, and the number of addressed numbers that
/// were looked up.
///
/// # Errors
/// Those of [`super::report`].
pub fn lint(
    html: &str,
    options: &Options,
    study: StoredStudy,
    hindcast: Option<StoredStudy>,
    story: Option<Story>,
) -> Result<(Vec<Fault>, usize), ReportError> {
    let evidence = Evidence::of(study, hindcast, story, Some(&options.decide))?;
    let shown = pieces(html);
    let (mut faults, looked_up) = numbers(&evidence, &shown);
    let (anew, _) = page::of(&evidence, &options.languages)?;
    let should = pieces(&anew);
    faults.extend(differences(&shown, &should));
    let mut seen = Vec::new();
    faults.retain(|fault| {
        let new = !seen.contains(fault);
        seen.push(fault.clone());
        new
    });
    faults.truncate(TOLD);
    Ok((faults, looked_up))
}

fn pieces(html: &str) -> Vec<Piece> {
    let mut emitter = DefaultEmitter::default();
    // Scripts and styles end at their end tag only.
    emitter.naively_switch_states(true);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut pieces = Vec::new();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => {
                let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value)));
                pieces.push(Piece::Open(text(&tag.name), attributes.collect()));
            }
            Token::EndTag(tag) => pieces.push(Piece::Close(text(&tag.name))),
            Token::String(string) => pieces.push(Piece::Text(text(&string))),
            Token::Comment(comment) => pieces.push(Piece::Text(text(&comment))),
            _ => {}
        }
    }
    pieces
}

/// Looks up every addressed number.
fn numbers(evidence: &Evidence, pieces: &[Piece]) -> (Vec<Fault>, usize) {
    let (mut faults, mut looked_up) = (Vec::new(), 0);
    let (mut language, mut family, mut family_style) = (Language::English, String::new(), None);
    let mut known: BTreeMap<String, f64> = BTreeMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        let Piece::Open(tag, attributes) = piece else { continue };
        if tag == "div" && attributes.get("class").is_some_and(|class| class == "edition") {
            let japanese = attributes.get("lang").is_some_and(|code| code == "ja");
            language = if japanese { Language::Japanese } else { Language::English };
        }
        if let Some(inside) = attributes.get("data-in") {
            family.clone_from(inside);
        }
        let Some(address) = attributes.get("data-at") else {
            family_style = attributes.get("data-as").and_then(|code| Style::of_code(code)).or(family_style);
            continue;
        };
        // A short address is that of a field of the family around it.
        let address = if address.contains('/') { address.clone() } else { format!("{family}/{address}") };
        looked_up += 1;
        let value =
            *known.entry(address.clone()).or_insert_with(|| evidence.number(&address).map_or(f64::NAN, six_digits));
        let style = attributes.get("data-as").map_or(family_style, |code| Style::of_code(code));
        let text: String = match pieces.get(at + 1) {
            Some(Piece::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let should = style.map_or_else(|| "a number in a known style".to_owned(), |style| style.write(value, language));
        let raw_should = if value.is_finite() { format!("{value}") } else { String::new() };
        // Numbers of a family have none.
        let raw = attributes.get("value").map_or(raw_should.as_str(), String::as_str);
        if text != should {
            faults.push(Fault { place: address.clone(), shown: text, should });
        } else if raw != raw_should {
            faults.push(Fault {
                place: format!("{address} (attribute value)"),
                shown: raw.to_owned(),
                should: raw_should,
            });
        }
    }
    (faults, looked_up)
}

/// What differs between the page and the page made anew.
fn differences(shown: &[Piece], should: &[Piece]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut place = Vec::new();
    let mut in_data = false;
    for (shown, should) in shown.iter().zip(should) {
        if let Piece::Open(tag, attributes) = should {
            in_data = tag == "script" && attributes.get("id").is_some_and(|id| id == "data");
            let name =
                ["data-at", "data-in", "data-figure", "id", "data-metric"].iter().find_map(|key| attributes.get(*key));
            if let Some(name) = name {
                place.clear();
                place.push(name.clone());
            }
        }
        if shown == should {
            continue;
        }
        let here = place.first().cloned().unwrap_or_else(|| "the head of the page".to_owned());
        match (shown, should) {
            (Piece::Text(a), Piece::Text(b)) if in_data => faults.extend(in_json(a, b)),
            (Piece::Text(a), Piece::Text(b)) => {
                let (shown, should) = around(a, b);
                faults.push(Fault { place: here, shown, should });
            }
            (Piece::Open(a, mine), Piece::Open(b, theirs)) if a == b => {
                let keys: std::collections::BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
                for key in keys {
                    let of = |attributes: &BTreeMap<String, String>| attributes.get(key).cloned().unwrap_or_default();
                    let (a, b) = (of(mine), of(theirs));
                    if a != b {
                        let (shown, should) = around(&a, &b);
                        faults.push(Fault { place: format!("{here} (attribute {key})"), shown, should });
                    }
                }
            }
            _ => {
                // From here on the pieces no longer stand beside each other.
                faults.push(Fault { place: here, shown: kind(shown), should: kind(should) });
                return faults;
            }
        }
        if faults.len() >= TOLD {
            return faults;
        }
    }
    if shown.len() != should.len() {
        let text = |count: usize| format!("{count} pieces of markup");
        faults.push(Fault {
            place: "the end of the page".to_owned(),
            shown: text(shown.len()),
            should: text(should.len()),
        });
    }
    faults
}

/// The part of two texts where they differ, with a few characters around.
fn around(a: &str, b: &str) -> (String, String) {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let rest = (a.len() - same).min(b.len() - same);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count().min(rest);
    let cut = |text: &[char]| {
        let (from, to) = (same.saturating_sub(20), (text.len() - tail + 20).min(text.len()));
        let text: String = text[from..to.max(from)].iter().take(80).collect();
        text.trim().to_owned()
    };
    (cut(&a), cut(&b))
}

fn kind(piece: &Piece) -> String {
    match piece {
        Piece::Open(tag, _) => format!("<{tag}>"),
        Piece::Close(tag) => format!("</{tag}>"),
        Piece::Text(text) => text.chars().take(60).collect(),
    }
}

/// Compares what the page carries for its script; the numbers in it are one deflated text.
fn in_json(shown: &str, should: &str) -> Vec<Fault> {
    let (Ok(shown), Ok(should)) = (serde_json::from_str::<Value>(shown), serde_json::from_str::<Value>(should)) else {
        return vec![Fault { place: "data".to_owned(), shown: "no JSON".to_owned(), should: "JSON".to_owned() }];
    };
    let mut faults = Vec::new();
    walk(&shown, &should, &mut vec!["data".to_owned()], &mut faults);
    for fault in faults.iter_mut().filter(|fault| fault.place == "data/packed") {
        fault.place = "data/packed (the numbers for the script)".to_owned();
    }
    faults
}

fn walk(shown: &Value, should: &Value, path: &mut Vec<String>, faults: &mut Vec<Fault>) {
    match (shown, should) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            for (key, value) in b {
                path.push(key.clone());
                walk(&a[key], value, path, faults);
                path.pop();
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                path.push(at.to_string());
                walk(a, b, path, faults);
                path.pop();
            }
        }
        (a, b) if a == b => {}
        (a, b) => {
            let (shown, should) = around(&a.to_string(), &b.to_string());
            faults.push(Fault { place: path.join("/"), shown, should });
        }
    }
}
