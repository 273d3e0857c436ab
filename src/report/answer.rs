//! The question, and the answer in three sentences: what the best option does, whether it is surely the best, what it
//! costs. Each says "cannot tell" where the interval holds zero.

use maud::{Markup, html};

use crate::statistics::{Better, Place};

use super::address::join;
use super::number::{Kind, Style};
use super::view::{Family, View, kind_of};

impl View<'_> {
    pub(super) fn answer(&self) -> Markup {
        let ev = self.ev;
        let metric = &ev.layout.metrics[ev.decision.metric];
        html! {
            section aria-labelledby=(self.id("answer")) {
                h2 id=(self.id("answer")) { (self.t("answer.heading")) }
                p.question { (self.say("answer.question", &[
                    ("metric", html! { (self.metric(metric)) }),
                    ("cluster", self.row(ev.decision.row)),
                    ("date", self.date(ev.decision.year)),
                    ("policies", self.n("run/policies", Style::level(Kind::Plain))),
                ])) }
                p.answer id=(self.id("answer-text")) {
                    (self.effect()) " " (self.order()) " " (self.price())
                }
                (self.overview())
            }
        }
    }

    /// What the preferred policy does.
    fn effect(&self) -> Markup {
        let ev = self.ev;
        let (policy, place) = (ev.preferred, ev.decision);
        let metric = &ev.layout.metrics[place.metric];
        let style = Style::change(kind_of(metric));
        let at = |field: &str| self.difference(policy, place, field);
        let same = ["mean", "low", "high"].iter().all(|field| self.value(&at(field)) == 0.0);
        let better = if metric.better == Better::Higher { 1 } else { -1 };
        let key = match self.sign(policy, place) * better {
            _ if same => "answer.same",
            0 => "answer.cannot_tell",
            sign if sign < 0 => "answer.worse",
            _ if ev.p_holm(policy, place).is_some_and(|p| p > 0.05) => "answer.perhaps",
            _ => "answer.better",
        };
        self.say(
            key,
            &[
                ("policy", self.scenario(policy)),
                ("metric", html! { (self.metric(metric)) }),
                ("cluster", self.row(place.row)),
                ("date", self.date(place.year)),
                ("mean", self.n(&at("mean"), style)),
                ("interval", self.interval(&at("low"), &at("high"), style)),
                ("family", self.n("run/family", Style::level(Kind::Count))),
                ("policies", self.n("run/policies", Style::level(Kind::Plain))),
            ],
        )
    }

    /// Whether it is surely better than the second.
    fn order(&self) -> Markup {
        let ev = self.ev;
        let share = Style::level(Kind::Share);
        let rank = |scenario: usize, field: &str| join(&["rank", &ev.scenarios[scenario].id, field]);
        let best = |scenario: usize| self.n(&rank(scenario, "best"), share);
        let interval = self.interval(&rank(ev.preferred, "low"), &rank(ev.preferred, "high"), share);
        let Some(second) = ev.second else {
            let slots = [("best", best(ev.preferred)), ("interval", interval), ("baseline", best(0))];
            return self.say("answer.alone", &slots);
        };
        let (low, high) = (self.value("lead/low"), self.value("lead/high"));
        let key = if low > 0.0 || high < 0.0 { "answer.ahead" } else { "answer.order_cannot_tell" };
        let style = Style::change(kind_of(&ev.layout.metrics[ev.decision.metric]));
        self.say(
            key,
            &[
                ("policy", self.scenario(ev.preferred)),
                ("second", self.scenario(second)),
                ("best", best(ev.preferred)),
                ("interval", interval),
                ("second_best", best(second)),
                ("lead", self.n("lead/mean", style)),
                ("lead_interval", self.interval("lead/low", "lead/high", style)),
            ],
        )
    }

    /// What one more costs.
    fn price(&self) -> Markup {
        let ev = self.ev;
        let metric = &ev.layout.metrics[ev.decision.metric];
        let at = |field: &str| {
            join(&["cost", &ev.scenarios[ev.preferred].id, &metric.name, &ev.rows[ev.decision.row].id, field])
        };
        let slots = [
            ("metric", html! { (self.metric(metric)) }),
            ("cost", self.price_with_dollars(&at("value"), &at("value_usd"))),
            ("interval", self.interval(&at("low"), &at("high"), Style::level(Kind::Yen))),
        ];
        let money = ev.layout.metric("public_cost_jpy");
        let key = match money {
            None => "answer.no_money",
            Some(money) if money == ev.decision.metric => "answer.is_money",
            Some(_) if !self.value(&at("value")).is_finite() => "answer.price_cannot_tell",
            Some(_) if self.value(&at("low")) <= 0.0 && self.value(&at("high")) >= 0.0 => "answer.price_holds_zero",
            Some(_) => "answer.price",
        };
        self.say(key, &slots)
    }

    /// Yen, in English followed by dollars at the scenario's own rate.
    pub(super) fn price_with_dollars(&self, yen: &str, dollars: &str) -> Markup {
        let known = self.language == crate::plot::Language::English && self.value(dollars).is_finite();
        html! {
            (self.n(yen, Style::level(Kind::Yen)))
            @if known { " (" (self.n(dollars, Style::level(Kind::Dollar))) ")" }
        }
    }

    /// One row for each cluster that the study is about: the preferred policy in every metric.
    fn overview(&self) -> Markup {
        let ev = self.ev;
        let caption = self.t("answer.overview");
        let head: Vec<String> =
            std::iter::once(self.t("word.metric")).chain(ev.focus.iter().map(|row| self.row_plain(*row))).collect();
        let rows = ev.layout.metrics.iter().enumerate().map(|(at, metric)| {
            let cells = ev.focus.iter().map(|row| {
                let place = Place { metric: at, row: *row, year: ev.last_year() };
                self.change_cell(ev.preferred, place)
            });
            (html! { (self.metric(metric)) " " span.note { (self.counted(metric)) } }, cells.collect())
        });
        html! {
            p.note { (self.say("answer.overview_of", &[("policy", self.scenario(ev.preferred)), ("date", self.date(ev.last_year()))])) }
            (self.table(&caption, &head, rows.collect()))
        }
    }

    /// A difference, its interval and the verdict in one cell.
    pub(super) fn change_cell(&self, scenario: usize, place: Place) -> Markup {
        let style = Style::change(kind_of(&self.ev.wide.metrics[place.metric]));
        let family = Family { address: self.difference_family(scenario, place), style };
        let sign = self.sign(scenario, place);
        html! {
            span.change.told[sign != 0] data-in=(family.address) data-as=(style.code()) { (self.within(&family, "mean")) }
            span.range { (self.interval_within(&family, "low", "high")) }
            span.verdict { (self.verdict(scenario, place)) }
        }
    }
}
