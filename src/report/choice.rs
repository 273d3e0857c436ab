//! Which option to prefer: ranking, regret over futures, the parameters that matter, and where the preference ends.

use maud::{Markup, html};

use crate::plot::{
    Arm, Candidate, Caption, Interval, Lever, PlotError, Ranking, Regret, Tornado, ranking_chart, regret_chart,
    tornado_chart,
};

use super::address::join;
use super::evidence::Evidence;
use super::number::{Kind, Style};
use super::view::{Shown, View, chart_kind, kind_of};

impl View<'_> {
    fn decision_metric(&self) -> &crate::statistics::WantedMetric {
        &self.ev.layout.metrics[self.ev.decision.metric]
    }

    fn caption(&self, title: String, subtitle: String) -> Caption {
        Caption { title, subtitle, note: self.footnote(), language: self.language }
    }

    pub(super) fn ranking(&self) -> Result<Markup, PlotError> {
        let ev = self.ev;
        let at = |scenario: usize, field: &str| join(&["rank", &ev.scenarios[scenario].id, field]);
        let mut order: Vec<usize> = (0..ev.scenarios.len()).collect();
        order.sort_by(|a, b| self.value(&at(*b, "best")).total_cmp(&self.value(&at(*a, "best"))).then(a.cmp(b)));
        let candidates = order.iter().map(|scenario| Candidate {
            label: self.scenario_plain(*scenario),
            share: Interval {
                low: self.value(&at(*scenario, "low")),
                mid: self.value(&at(*scenario, "best")),
                high: self.value(&at(*scenario, "high")),
            },
            baseline: *scenario == 0,
        });
        let share = Style::level(Kind::Share);
        let title = self
            .t("ranking.title")
            .replace("{policy}", &self.scenario_plain(order[0]))
            .replace("{best}", &share.write(self.value(&at(order[0], "best")), self.language));
        let subtitle = self
            .t("ranking.subtitle")
            .replace("{metric}", &self.metric(self.decision_metric()))
            .replace("{cluster}", &self.row_plain(ev.decision.row))
            .replace("{year}", &ev.layout.years[ev.decision.year].0.to_string());
        let chart = Ranking { caption: self.caption(title, subtitle), candidates: candidates.collect() };
        let head = ["word.policy", "ranking.best", "word.interval95", "ranking.mean"].map(|key| self.t(key));
        let rows = order.iter().map(|scenario| {
            let cells = vec![
                self.n(&at(*scenario, "best"), share),
                self.interval(&at(*scenario, "low"), &at(*scenario, "high"), share),
                self.n(&at(*scenario, "mean"), Style::level(Kind::Index)),
            ];
            (self.scenario(*scenario), cells)
        });
        let table = self.table(&self.t("ranking.table"), &head, rows.collect());
        let key = if ev.study.points > 1 { "ranking.how_futures" } else { "ranking.how" };
        Ok(html! {
            section aria-labelledby=(self.id("ranking")) {
                h2 id=(self.id("ranking")) { (self.t("ranking.heading")) }
                p { (self.say(key, &[("pairs", self.n("run/pairs", Style::level(Kind::Plain)))])) }
                (self.figure("ranking", ranking_chart(&chart), table, None, Shown::AtFirst)?)
            }
        })
    }

    /// Regret and tornado, for studies that vary parameters.
    pub(super) fn futures(&self) -> Result<Markup, PlotError> {
        let ev = self.ev;
        let body = if ev.regrets.is_empty() {
            html! { p { (self.t("futures.one")) } }
        } else {
            html! { (self.regret()?) (self.tornado()?) }
        };
        Ok(html! {
            section aria-labelledby=(self.id("futures")) {
                h2 id=(self.id("futures")) { (self.t("futures.heading")) }
                (body)
            }
        })
    }

    fn regret(&self) -> Result<Markup, PlotError> {
        let ev = self.ev;
        let style = Style::level(kind_of(self.decision_metric()));
        let at = |scenario: usize, field: &str| join(&["regret", &ev.scenarios[scenario].id, field]);
        let mut order: Vec<usize> = (0..ev.scenarios.len()).collect();
        order.sort_by(|a, b| self.value(&at(*a, "most")).total_cmp(&self.value(&at(*b, "most"))).then(a.cmp(b)));
        let title = self
            .t("futures.regret_title")
            .replace("{policy}", &self.scenario_plain(order[0]))
            .replace("{most}", &style.write(self.value(&at(order[0], "most")), self.language));
        let futures = ev.regret_by_future.first().map_or(0, Vec::len);
        let chart = Regret {
            caption: self.caption(title, self.t("futures.regret_how")),
            kind: chart_kind(self.decision_metric()),
            futures: (1..=futures).map(|future| future.to_string()).collect(),
            policies: order
                .iter()
                .map(|scenario| {
                    let values = (0..futures).map(|future| {
                        self.value(&join(&["regret", &ev.scenarios[*scenario].id, "in", &future.to_string()]))
                    });
                    (self.scenario_plain(*scenario), values.collect())
                })
                .collect(),
        };
        let head = ["word.policy", "futures.mean", "futures.most", "word.interval95", "futures.in_future"]
            .map(|key| self.t(key));
        let rows = order.iter().map(|scenario| {
            let cells = vec![
                self.n(&at(*scenario, "mean"), style),
                self.n(&at(*scenario, "most"), style),
                self.interval(&at(*scenario, "low"), &at(*scenario, "high"), style),
                self.n(&at(*scenario, "future"), Style::level(Kind::Plain)),
            ];
            (self.scenario(*scenario), cells)
        });
        let table = self.table(&self.t("futures.regret_table"), &head, rows.collect());
        Ok(html! {
            h3 { (self.t("futures.regret")) }
            p { (self.say("futures.regret_text", &[("points", self.n("run/points", Style::level(Kind::Plain)))])) }
            (self.figure("regret", regret_chart(&chart), table, None, Shown::AtFirst)?)
        })
    }

    fn tornado(&self) -> Result<Markup, PlotError> {
        let ev = self.ev;
        let Some((first, _)) = ev.swings.first() else {
            return Ok(html! { h3 { (self.t("futures.tornado")) } p { (self.t("futures.no_tornado")) } });
        };
        let metric = self.decision_metric();
        let style = Style::change(kind_of(metric));
        let at = |path: &str, field: &str| join(&["swing", path, field]);
        let index = Style::level(Kind::Index);
        let arm = |path: &str, input: &str, outcome: &str| Arm {
            input: index.write(self.value(&at(path, input)), self.language),
            outcome: self.value(&at(path, outcome)),
        };
        let base = self.value(&self.difference(ev.preferred, ev.decision, "mean"));
        let chart = Tornado {
            caption: self.caption(
                self.t("futures.tornado_title")
                    .replace("{path}", first)
                    .replace("{policy}", &self.scenario_plain(ev.preferred)),
                self.t("futures.tornado_how").replace("{metric}", &self.metric(metric)),
            ),
            kind: chart_kind(metric),
            base,
            levers: ev
                .swings
                .iter()
                .map(|(path, _)| Lever {
                    label: path.clone(),
                    low: arm(path, "low_at", "low"),
                    high: arm(path, "high_at", "high"),
                })
                .collect(),
        };
        let keys = [
            "futures.parameter",
            "futures.low_at",
            "futures.high_at",
            "futures.low",
            "futures.high",
            "futures.swing",
            "word.interval95",
            "word.verdict",
        ];
        let rows = ev.swings.iter().map(|(path, swing)| {
            let told = swing.swing_low > 0.0 || swing.swing_high < 0.0;
            let cells = vec![
                self.n(&at(path, "low_at"), index),
                self.n(&at(path, "high_at"), index),
                self.n(&at(path, "low"), style),
                self.n(&at(path, "high"), style),
                self.n(&at(path, "swing"), style),
                self.interval(&at(path, "swing_low"), &at(path, "swing_high"), style),
                html! { (self.t(if told { "futures.matters" } else { "word.cannot_tell" })) },
            ];
            (html! { code { (path) } }, cells)
        });
        let table = self.table(&self.t("futures.tornado_table"), &keys.map(|key| self.t(key)), rows.collect());
        Ok(html! {
            h3 { (self.t("futures.tornado")) }
            (self.figure("tornado", tornado_chart(&chart), table, None, Shown::AtFirst)?)
        })
    }

    /// Where the preference for the preferred option ends, each value run again.
    pub(super) fn switching(&self) -> Markup {
        let ev = self.ev;
        let entries = ev.switching();
        let style = Style::change(kind_of(self.decision_metric()));
        let index = Style::level(Kind::Index);
        html! {
            section aria-labelledby=(self.id("switching")) {
                h2 id=(self.id("switching")) { (self.t("switching.heading")) }
                p { (self.t("switching.how")) }
                @if entries.is_empty() { p { (self.t("switching.none")) } }
                @for (at, entry) in entries.iter().enumerate() {
                    @let address = |field: &str| join(&["switch", &at.to_string(), field]);
                    @let path = entry["path"].as_str().unwrap_or_default();
                    @let found = self.value(&address("below")).is_finite();
                    h3 { code { (path) } }
                    p { (self.say(if found { "switching.found" } else { "switching.not_found" }, &[
                        ("path", html! { code { (path) } }),
                        ("policy", html! { (self.policy_named(entry["policy"].as_str().unwrap_or_default())) }),
                        ("below", self.n(&address("below"), index)),
                        ("above", self.n(&address("above"), index)),
                        ("low", self.n(&address("least"), index)),
                        ("high", self.n(&address("most"), index)),
                        ("unit", html! { (entry["unit"].as_str().unwrap_or_default()) }),
                    ])) }
                    @let head = ["switching.value", "word.difference", "word.interval95", "switching.pairs"].map(|key| self.t(key));
                    @let rows = (0..entry["probes"].as_array().map_or(0, Vec::len)).map(|probe| {
                        let field = |name: &str| address(&format!("{name}-{probe}"));
                        let cells = vec![
                            self.n(&field("mean"), style),
                            self.interval(&field("low"), &field("high"), style),
                            self.n(&field("pairs"), Style::level(Kind::Plain)),
                        ];
                        (self.n(&field("value"), index), cells)
                    });
                    (self.table(&self.t("switching.table").replace("{path}", path), &head, rows.collect()))
                }
            }
        }
    }

    fn policy_named(&self, id: &str) -> Markup {
        let found = self.ev.scenarios.iter().position(|scenario| scenario.id == id);
        found.map_or_else(|| html! { (id) }, |scenario| self.scenario(scenario))
    }
}

impl Evidence {
    /// What `compare --switch` found, as the manifest tells it.
    pub(super) fn switching(&self) -> &[serde_json::Value] {
        self.study.manifest["switching"].as_array().map_or(&[], Vec::as_slice)
    }

    /// A field of it: `least`, `most`, `below`, `above`, or `value`, `mean`, `low`, `high`, `pairs` of a probe, as
    /// `mean-3`.
    pub(super) fn switch_field(&self, number: usize, field: &str) -> Option<f64> {
        let entry = self.switching().get(number)?;
        match field.split_once('-') {
            Some((name, probe)) => entry["probes"].get(probe.parse::<usize>().ok()?)?[name].as_f64(),
            None => entry[field].as_f64(),
        }
    }
}
