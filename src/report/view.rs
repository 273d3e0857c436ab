//! The evidence as one reader sees it: in one language, every number with its address.

use std::cell::RefCell;
use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};

use crate::plot::{Language, Picture, PlotError, ValueKind};
use crate::statistics::{Place, WantedMetric};

use super::address::join;
use super::evidence::{Evidence, Name, is_yen};
use super::number::{Kind, Style, six_digits};
use super::words;

/// Whether a picture is on view before anything is chosen; only these are also written beside the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    AtFirst,
    WhenChosen,
}

/// Evidence and language, and the pictures drawn on the way.
pub(super) struct View<'a> {
    pub(super) ev: &'a Evidence,
    pub(super) language: Language,
    /// Numbers looked up before: many stand on the page more than once, and each comparison takes its time.
    seen: RefCell<BTreeMap<String, f64>>,
    /// Pictures to be written beside the page, by name.
    pub(super) pictures: RefCell<Vec<(String, Picture)>>,
}

/// Numbers that share the start of their address and their style: these stand once, in `data-in` and `data-as` of an
/// element before them, and each number has its field alone. Tables are much shorter for that.
pub(super) struct Family {
    pub(super) address: String,
    pub(super) style: Style,
}

impl<'a> View<'a> {
    pub(super) fn new(ev: &'a Evidence, language: Language) -> Self {
        Self { ev, language, seen: RefCell::default(), pictures: RefCell::default() }
    }

    /// `en` or `ja`.
    pub(super) fn code(&self) -> &'static str {
        code(self.language)
    }

    /// A text of `words.toml`.
    pub(super) fn t(&self, key: &str) -> String {
        words::text(key, self.language).to_owned()
    }

    /// An id that is unique although both languages stand on one page.
    pub(super) fn id(&self, name: &str) -> String {
        format!("{}-{name}", self.code())
    }

    /// A text with its slots filled.
    pub(super) fn say(&self, key: &str, slots: &[(&str, Markup)]) -> Markup {
        let mut filled = String::new();
        let mut rest = words::text(key, self.language);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((slot, behind)) = after.split_once('}') else { break };
            filled.push_str(&html! { (before) }.into_string());
            if let Some((_, markup)) = slots.iter().find(|(name, _)| *name == slot) {
                filled.push_str(&markup.0);
            }
            rest = behind;
        }
        filled.push_str(&html! { (rest) }.into_string());
        PreEscaped(filled)
    }

    /// The number of an address, with six digits; NaN if there is none.
    pub(super) fn value(&self, address: &str) -> f64 {
        if let Some(value) = self.seen.borrow().get(address) {
            return *value;
        }
        let value = self.ev.number(address).map_or(f64::NAN, six_digits);
        self.seen.borrow_mut().insert(address.to_owned(), value);
        value
    }

    /// A number with its address. The only way by which a number that was computed reaches the page.
    pub(super) fn n(&self, address: &str, style: Style) -> Markup {
        let value = self.value(address);
        let raw = if value.is_finite() { format!("{value}") } else { String::new() };
        html! { data value=(raw) data-at=(address) data-as=(style.code()) { (style.write(value, self.language)) } }
    }

    /// A number of a [`Family`] that stands around it.
    pub(super) fn within(&self, family: &Family, field: &str) -> Markup {
        let value = self.value(&format!("{}/{field}", family.address));
        html! { span data-at=(field) { (family.style.write(value, self.language)) } }
    }

    /// Both ends of an interval of such a family.
    pub(super) fn interval_within(&self, family: &Family, low: &str, high: &str) -> Markup {
        self.say("word.interval", &[("low", self.within(family, low)), ("high", self.within(family, high))])
    }

    /// Both ends of an interval: `12 to 15`, `12~15`.
    pub(super) fn interval(&self, low: &str, high: &str, style: Style) -> Markup {
        self.say("word.interval", &[("low", self.n(low, style)), ("high", self.n(high, style))])
    }

    /// A name in the reader's language, marked where it is in the other.
    pub(super) fn name(&self, name: &Name) -> Markup {
        match (self.language, &name.ja) {
            (Language::Japanese, Some(ja)) => html! { (ja) },
            (Language::Japanese, None) => html! { span lang="en" { (name.en) } },
            (Language::English, _) => html! { (name.en) },
        }
    }

    /// The same as plain text.
    pub(super) fn plain(&self, name: &Name) -> String {
        match (self.language, &name.ja) {
            (Language::Japanese, Some(ja)) => ja.clone(),
            _ => name.en.clone(),
        }
    }

    pub(super) fn scenario(&self, scenario: usize) -> Markup {
        if scenario == 0 {
            html! { (self.t("word.baseline")) }
        } else {
            self.name(&self.ev.scenarios[scenario])
        }
    }

    pub(super) fn scenario_plain(&self, scenario: usize) -> String {
        if scenario == 0 { self.t("word.baseline") } else { self.plain(&self.ev.scenarios[scenario]) }
    }

    pub(super) fn row(&self, row: usize) -> Markup {
        self.name(&self.ev.rows[row])
    }

    pub(super) fn row_plain(&self, row: usize) -> String {
        self.plain(&self.ev.rows[row])
    }

    pub(super) fn metric(&self, metric: &WantedMetric) -> String {
        self.t(&format!("metric.{}", metric.name))
    }

    /// How a metric is counted: at the end of the year, or since the first month.
    pub(super) fn counted(&self, metric: &WantedMetric) -> String {
        self.t(if metric.cumulated { "word.since_start" } else { "word.at_end" })
    }

    /// The end of a year: `December 2040`, `2040年12月`.
    pub(super) fn date(&self, year: usize) -> Markup {
        let last = self.ev.study.start.plus(i32::from(self.ev.layout.years[year].1));
        html! { (month_name(last.year(), last.month(), self.language)) }
    }

    /// Address of a field of a difference.
    pub(super) fn difference(&self, scenario: usize, place: Place, field: &str) -> String {
        let ev = self.ev;
        let metric = &ev.wide.metrics[place.metric].name;
        let year = ev.wide.years[place.year].0.to_string();
        join(&["difference", &ev.scenarios[scenario].id, metric, &ev.rows[place.row].id, &year, field])
    }

    /// Address of the fields of a difference.
    pub(super) fn difference_family(&self, scenario: usize, place: Place) -> String {
        let mean = self.difference(scenario, place, "mean");
        mean.trim_end_matches("/mean").to_owned()
    }

    /// Whether a difference can be told from none, and which way: 1, −1 or 0.
    pub(super) fn sign(&self, scenario: usize, place: Place) -> i8 {
        let (low, high) = (
            self.value(&self.difference(scenario, place, "low")),
            self.value(&self.difference(scenario, place, "high")),
        );
        match (low > 0.0, high < 0.0) {
            (true, _) => 1,
            (_, true) => -1,
            _ => 0,
        }
    }

    /// A verdict in a word or two, with Holm's correction where the difference belongs to the comparison.
    pub(super) fn verdict(&self, scenario: usize, place: Place) -> String {
        let same =
            ["mean", "low", "high"].iter().all(|field| self.value(&self.difference(scenario, place, field)) == 0.0);
        let key = match self.sign(scenario, place) {
            _ if same => "word.same",
            0 => "word.cannot_tell",
            sign => match self.ev.p_holm(scenario, place) {
                Some(p) if p > 0.05 => "word.not_after_correction",
                _ if sign > 0 => "word.more",
                _ => "word.fewer",
            },
        };
        self.t(key)
    }

    /// A picture with its words and numbers: drawing, caption, and the same as a table that can be unfolded.
    /// `first_year` lets the script tell the year below the pointer.
    pub(super) fn figure(
        &self,
        name: &str,
        picture: Result<Picture, PlotError>,
        table: Markup,
        first_year: Option<i32>,
        shown: Shown,
    ) -> Result<Markup, PlotError> {
        let picture = picture?;
        let svg = picture.svg_for_page()?;
        let title = picture.title().to_owned();
        let axis = picture.time_axis().filter(|_| first_year.is_some());
        let width = picture.size().0;
        let part = |pixels: f64| format!("{:.4}", pixels / width);
        if shown == Shown::AtFirst {
            self.pictures.borrow_mut().push((name.to_owned(), picture));
        }
        Ok(html! {
            figure id=(self.id(name)) data-figure=(name) {
                div.drawing tabindex="0" role="group" aria-label=(title) data-left=[axis.map(|axis| part(axis.left))] data-right=[axis.map(|axis| part(axis.right))]
                    data-steps=[axis.map(|axis| axis.steps)] data-first=[axis.and(first_year)] { (PreEscaped(svg)) }
                details { summary { (self.t("word.as_table")) } (table) }
            }
        })
    }

    /// A table under a heading of its own; `wide` ones scroll by keyboard.
    pub(super) fn table(&self, caption: &str, head: &[String], rows: Vec<(Markup, Vec<Markup>)>) -> Markup {
        html! {
            div.wide tabindex="0" role="region" aria-label=(caption) {
                table {
                    caption { (caption) }
                    thead { tr { @for (at, cell) in head.iter().enumerate() { th scope="col" .num[at > 0] { (cell) } } } }
                    tbody { @for (name, cells) in &rows { tr { th scope="row" { (name) } @for cell in cells { td { (cell) } } } } }
                }
            }
        }
    }
}

pub(super) fn code(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Japanese => "ja",
    }
}

/// How a metric's values are written.
pub(super) fn kind_of(metric: &WantedMetric) -> Kind {
    match metric.unit {
        _ if is_yen(metric) => Kind::Yen,
        "persons" | "count" => Kind::Count,
        _ => Kind::Index,
    }
}

pub(super) fn chart_kind(metric: &WantedMetric) -> ValueKind {
    match kind_of(metric) {
        Kind::Yen => ValueKind::Yen,
        Kind::Count => ValueKind::Count,
        _ => ValueKind::Index,
    }
}

pub(super) fn month_name(year: i32, month: u8, language: Language) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    match language {
        Language::English => {
            format!("{} {year}", NAMES.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or_default())
        }
        Language::Japanese => format!("{year}年{month}月"),
    }
}
