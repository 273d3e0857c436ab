//! A file as a tree in which every key and value knows its place.

use super::code;
use super::problem::Gathered;
use super::problem::Place;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;
use toml::value::Datetime;

/// One value and the places that it overrode, oldest first.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub place: Place,
    pub data: Data,
    pub overrode: Vec<Place>,
}

#[derive(Debug, Clone)]
pub(super) enum Data {
    Flag(bool),
    /// The decimal digits as written, so that units of ten shift them exactly.
    Number {
        text: String,
        whole: bool,
    },
    Text(String),
    Date(Datetime),
    List(Vec<Node>),
    Table(Table),
}

/// Keys in alphabetical order, each with the place of the key.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub key: Place,
    pub node: Node,
}

impl Table {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.get(key).map(|e| &e.node)
    }

    pub fn take(&mut self, key: &str) -> Option<Entry> {
        self.entries.remove(key)
    }

    pub fn insert(&mut self, key: &str, place: Place, node: Node) {
        self.entries.insert(key.to_owned(), Entry { key: place, node });
    }

    /// The table under `key`, if there is one.
    pub fn table(&self, key: &str) -> Option<&Table> {
        match &self.get(key)?.data {
            Data::Table(table) => Some(table),
            _ => None,
        }
    }
}

impl Node {
    pub fn new(place: Place, data: Data) -> Self {
        Self { place, data, overrode: Vec::new() }
    }

    /// What it is, for messages.
    pub fn describe(&self) -> String {
        match &self.data {
            Data::Flag(flag) => format!("`{flag}`"),
            Data::Number { text, .. } => format!("`{text}`"),
            Data::Text(text) => format!("\"{}\"", shorten(text)),
            Data::Date(date) => format!("the date {date}"),
            Data::List(_) => "a list".to_owned(),
            Data::Table(_) => "a table".to_owned(),
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is `{ remove = true }`.
    pub fn removes(&self) -> bool {
        match &self.data {
            Data::Table(table) => matches!(table.get("remove").map(|n| &n.data), Some(Data::Flag(true))),
            _ => false,
        }
    }
}

/// At most 40 characters of a text that a user wrote.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.to_owned();
    }
    let start: String = text.chars().take(39).collect();
    format!("{start}…")
}

/// Parses source number `file`; every syntax error becomes a problem, and what could be read is returned.
/// The flag says whether there was none.
pub(super) fn parse(file: u16, found: &mut Gathered) -> (Table, bool) {
    let text = found.sources[usize::from(file)].text().to_owned();
    let (root, errors) = DeTable::parse_recoverable(&text);
    let sound = errors.is_empty();
    let mut seen_line = u32::MAX;
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let place = Place::new(file, span.clone());
        let line = found.sources[usize::from(file)].line_column(span.start).0;
        let message = error.message().trim().to_owned();
        // One slip on a line makes the parser complain several times about that line.
        if line == seen_line {
            continue;
        }
        seen_line = line;
        if message.contains("duplicate key") {
            found.error(code::DUPLICATE, place, message).fix("keep one of the two");
        } else if message.contains("recurs") {
            found
                .error(code::TOO_DEEP, place, "nested too deeply")
                .expected("at most 80 levels")
                .fix("close the brackets, or take levels away");
        } else {
            found.error(code::SYNTAX, place, first_line(&message)).fix("correct the TOML on this line");
        }
    }
    (table(file, root.get_ref()), sound)
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or("the file is not TOML").to_owned()
}

/// A single TOML value standing alone, as after `--set PATH=`; `None` if it is not TOML.
pub(super) fn parse_value(file: u16, text: &str, offset: usize) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    let mut node = node(file, &value);
    shift(&mut node, offset);
    Some(node)
}

fn shift(node: &mut Node, offset: usize) {
    let offset32 = u32::try_from(offset).unwrap_or(u32::MAX);
    node.place.start = node.place.start.saturating_add(offset32);
    node.place.end = node.place.end.saturating_add(offset32);
    match &mut node.data {
        Data::List(items) => items.iter_mut().for_each(|item| shift(item, offset)),
        Data::Table(table) => table.entries.values_mut().for_each(|entry| shift(&mut entry.node, offset)),
        _ => {}
    }
}

fn table(file: u16, source: &DeTable<'_>) -> Table {
    let mut entries = BTreeMap::new();
    for (key, value) in source {
        let entry = Entry { key: Place::new(file, key.span()), node: node(file, value) };
        entries.insert(key.get_ref().to_string(), entry);
    }
    Table { entries }
}

fn node(file: u16, value: &Spanned<DeValue<'_>>) -> Node {
    let data = match value.get_ref() {
        DeValue::String(text) => Data::Text(text.to_string()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => Data::Number { text: number.to_string(), whole: true },
            Err(_) => Data::Number { text: integer.as_str().to_owned(), whole: true },
        },
        DeValue::Float(float) => Data::Number { text: float.as_str().to_owned(), whole: false },
        DeValue::Boolean(flag) => Data::Flag(*flag),
        DeValue::Datetime(date) => Data::Date(*date),
        DeValue::Array(items) => Data::List(items.iter().map(|item| node(file, item)).collect()),
        DeValue::Table(inner) => Data::Table(table(file, inner)),
    };
    Node::new(Place::new(file, value.span()), data)
}
