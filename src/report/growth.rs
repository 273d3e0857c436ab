//! How each cluster grows: the record, what the hindcast makes of it, and the forecast of the baseline with its bands.

use maud::{Markup, html};

use crate::plot::{Caption, Fan, FanPanel, FanPoint, Interval, PlotError, Step, YearMonth, fan_chart};

use super::address::join;
use super::number::Style;
use super::view::{Family, Shown, View, chart_kind, kind_of};

impl View<'_> {
    pub(super) fn growth(&self) -> Result<Markup, PlotError> {
        let ev = self.ev;
        Ok(html! {
            section aria-labelledby=(self.id("growth")) {
                h2 id=(self.id("growth")) { (self.t("growth.heading")) }
                p { (self.t("growth.how")) }
                (self.hindcast_note())
                @for metric in 0..ev.wide.metrics.len() {
                    @for row in &ev.focus { @if self.has_fan(metric, *row) { (self.fan(metric, *row)?) } }
                }
                p.note data-none="growth" hidden { (self.t("growth.no_chart")) }
            }
        })
    }

    /// Metrics with a fan: what is compared, and the levels that a record is known of.
    pub(super) fn is_grown(&self, metric: usize) -> bool {
        let ev = self.ev;
        let wanted = &ev.wide.metrics[metric];
        metric < ev.layout.metrics.len() || ev.observed.iter().any(|value| value.metric == wanted.name)
    }

    /// Fans are drawn for the clusters of the study: of what is compared, and of levels that a record is known of there.
    fn has_fan(&self, metric: usize, row: usize) -> bool {
        let ev = self.ev;
        let wanted = &ev.wide.metrics[metric];
        let known = ev.observed.iter().any(|value| value.metric == wanted.name && value.row == row);
        metric < ev.layout.metrics.len() || known
    }

    fn fan(&self, metric: usize, row: usize) -> Result<Markup, PlotError> {
        let ev = self.ev;
        let wanted = &ev.wide.metrics[metric];
        let (first, last) = (ev.wide.years[0].0, ev.wide.years[ev.last_year()].0);
        let known = |year: i32| ev.observed_value(metric, row, year).filter(|_| !wanted.cumulated);
        let past = |year: i32| ev.past(metric, row, year);
        let start = (1900..first).find(|year| known(*year).is_some() || past(*year).is_some()).unwrap_or(first);
        let years: Vec<i32> = (start..=last).collect();
        let address =
            |year: i32, field: &str| join(&["band", &wanted.name, &ev.rows[row].id, &year.to_string(), field]);
        let panel = FanPanel {
            heading: self.row_plain(row),
            observed: years.iter().map(|year| known(*year).unwrap_or(f64::NAN)).collect(),
            hindcast: years
                .iter()
                .map(|year| {
                    past(*year).map_or(Interval::NONE, |row| Interval {
                        low: row.band.quantiles[0],
                        mid: row.band.median(),
                        high: row.band.quantiles[6],
                    })
                })
                .collect(),
            forecast: years.iter().map(|year| self.fan_point(*year, &address)).collect(),
        };
        let at_end =
            |field: &str| Style::level(kind_of(wanted)).write(self.value(&address(last, field)), self.language);
        let title = self
            .t("growth.title")
            .replace("{cluster}", &self.row_plain(row))
            .replace("{metric}", &self.metric(wanted))
            .replace("{year}", &last.to_string())
            .replace("{median}", &at_end("q500"))
            .replace("{low}", &at_end("q025"))
            .replace("{high}", &at_end("q975"));
        let chart = Fan {
            caption: Caption {
                title,
                subtitle: format!("{} {}", self.t("growth.bands"), self.counted(wanted)),
                note: self.footnote(),
                language: self.language,
            },
            start: YearMonth { year: start, month: 12 },
            step: Step::Year,
            kind: chart_kind(wanted),
            panels: vec![panel],
        };
        let name = format!("fan-{}-{}", wanted.name, ev.rows[row].id);
        let shown = (metric, row) == (ev.decision.metric, ev.decision.row);
        let beside = if shown { Shown::AtFirst } else { Shown::WhenChosen };
        let drawn = self.figure(&name, fan_chart(&chart), self.fan_table(metric, row, start), Some(start), beside)?;
        Ok(html! {
            div data-metric=(wanted.name) data-cluster=(ev.rows[row].id) hidden[!shown] { (drawn) }
        })
    }

    fn fan_point(&self, year: i32, address: &impl Fn(i32, &str) -> String) -> FanPoint {
        let at = |field: &str| self.value(&address(year, field));
        FanPoint {
            median: at("q500"),
            edges: [(at("q250"), at("q750")), (at("q100"), at("q900")), (at("q025"), at("q975"))],
        }
    }

    fn fan_table(&self, metric: usize, row: usize, start: i32) -> Markup {
        let ev = self.ev;
        let wanted = &ev.wide.metrics[metric];
        let style = Style::level(kind_of(wanted));
        let id = &ev.rows[row].id;
        let keys =
            ["word.year", "growth.record", "growth.median", "growth.middle50", "growth.middle80", "growth.middle95"];
        let head = keys.map(|key| self.t(key));
        let last = ev.wide.years[ev.last_year()].0;
        // Every fifth year, the ends, and every year of the record: all years would be half of the page.
        let told = |year: i32| {
            let end = year == last || year == ev.wide.years[0].0;
            end || year % 5 == 0 || ev.wide.years.len() <= 12 || ev.observed_value(metric, row, year).is_some()
        };
        let rows = (start..=last).filter(|year| told(*year)).filter_map(|year| {
            let year_text = year.to_string();
            let simulated = ev.wide.year(year).is_some();
            let family = if simulated { "band" } else { "past" };
            let family = Family { address: join(&[family, &wanted.name, id, &year_text]), style };
            let known = ev.observed_value(metric, row, year).filter(|_| !wanted.cumulated);
            let band = self.value(&format!("{}/q500", family.address)).is_finite();
            if known.is_none() && !band {
                return None;
            }
            let record = known.map(|_| self.n(&join(&["observed", &wanted.name, id, &year_text]), style));
            let interval = |low: &str, high: &str| {
                if band { self.interval_within(&family, low, high) } else { Markup::default() }
            };
            let cells = vec![
                record.unwrap_or_default(),
                if band {
                    html! { span data-in=(family.address) data-as=(style.code()) { (self.within(&family, "q500")) } }
                } else {
                    Markup::default()
                },
                interval("q250", "q750"),
                interval("q100", "q900"),
                interval("q025", "q975"),
            ];
            Some((html! { (year) @if !simulated && band { " " span.note { (self.t("growth.hindcast")) } } }, cells))
        });
        let caption = format!("{}, {} ({})", self.row_plain(row), self.metric(wanted), self.counted(wanted));
        self.table(&caption, &head, rows.collect())
    }

    /// How far the hindcast was off, or that there is none.
    fn hindcast_note(&self) -> Markup {
        let ev = self.ev;
        let misses: Vec<(usize, usize, i32)> = ev
            .observed
            .iter()
            .filter_map(|value| {
                let metric = ev.wide.metric(value.metric)?;
                ev.past(metric, value.row, value.year)?;
                Some((metric, value.row, value.year))
            })
            .collect();
        if misses.is_empty() {
            return html! { p.caveat { (self.t("growth.no_hindcast")) } };
        }
        let keys = ["growth.series", "growth.record", "growth.hindcast_median", "growth.middle95", "growth.miss"];
        let rows = misses.into_iter().map(|(metric, row, year)| {
            let wanted = &ev.wide.metrics[metric];
            let style = Style::level(kind_of(wanted));
            let year_text = year.to_string();
            let at = |field: &str| join(&["past", &wanted.name, &ev.rows[row].id, &year_text, field]);
            let cells = vec![
                self.n(&join(&["observed", &wanted.name, &ev.rows[row].id, &year_text]), style),
                self.n(&at("q500"), style),
                self.interval(&at("q025"), &at("q975"), style),
                self.n(&at("miss"), Style::change(super::number::Kind::Share)),
            ];
            (html! { (self.row(row)) ", " (self.metric(wanted)) ", " (year) }, cells)
        });
        html! {
            p { (self.t("growth.hindcast_how")) }
            (self.table(&self.t("growth.hindcast_table"), &keys.map(|key| self.t(key)), rows.collect()))
        }
    }
}
