//! What the policies do: differences by policy and cluster, where they come from, what flows between clusters, and what
//! each outcome costs.

use maud::{Markup, PreEscaped, html};

use crate::plot::{
    Caption, DifferencePanel, Differences, FlowNode, Flows, Forest, ForestColumn, Interval, PlotError, PolicyCourse,
    Step, ValueKind, YearMonth, difference_chart, forest_chart, sankey_chart,
};
use crate::record::FLOW_KINDS;
use crate::statistics::Place;

use super::address::join;
use super::evidence::CHANNELS;
use super::number::{Kind, Style};
use super::view::{Family, Shown, View, chart_kind, kind_of};

/// Policies whose course is drawn beside that of the preferred one.
const COURSES: usize = 4;

impl View<'_> {
    /// Differences: a table that the switch re-fills, the forest behind it, and the course over the years.
    pub(super) fn differences(&self) -> Result<Markup, PlotError> {
        let ev = self.ev;
        Ok(html! {
            section aria-labelledby=(self.id("differences")) {
                h2 id=(self.id("differences")) { (self.t("differences.heading")) }
                p { (self.say("differences.how", &[("pairs", self.n("run/pairs", Style::level(Kind::Plain))), ("family", self.n("run/family", Style::level(Kind::Count)))])) }
                (self.switch_table())
                (self.forest()?)
                @for metric in 0..ev.layout.metrics.len() { (self.course(metric)?) }
                details {
                    summary { (self.t("differences.all")) }
                    @for metric in 0..ev.layout.metrics.len() { (self.by_cluster(metric)) }
                }
            }
        })
    }

    /// Every policy in one metric, cluster and year, as the switch finds it at first.
    fn switch_table(&self) -> Markup {
        let ev = self.ev;
        let place = ev.decision;
        let reach = self.reach(place);
        html! {
            div.wide tabindex="0" role="region" aria-label=(self.t("differences.table")) {
                table.switched data-switched="differences" {
                    caption { (self.t("differences.table")) ": "
                        span data-shown="metric" { (self.metric(&ev.layout.metrics[place.metric])) } ", "
                        span data-shown="cluster" { (self.row(place.row)) } ", "
                        span data-shown="year" { (ev.layout.years[place.year].0) } }
                    thead { tr {
                        th scope="col" { (self.t("word.policy")) } th.num scope="col" { (self.t("word.difference")) }
                        th.num scope="col" { (self.t("word.interval95")) } th scope="col" { (self.t("word.drawn")) }
                        th.num scope="col" { (self.t("word.better_in")) } th scope="col" { (self.t("word.verdict")) }
                    } }
                    tbody { @for policy in 1..ev.scenarios.len() {
                        @let style = Style::change(kind_of(&ev.layout.metrics[place.metric]));
                        @let at = |field: &str| self.difference(policy, place, field);
                        tr data-policy=(policy - 1) {
                            th scope="row" { (self.scenario(policy)) }
                            td data-cell="mean" { (self.n(&at("mean"), style)) }
                            td data-cell="interval" { (self.interval(&at("low"), &at("high"), style)) }
                            td.drawn data-cell="bar" { (self.bar(policy, place, reach)) }
                            td data-cell="better" { (self.n(&at("better"), Style::level(Kind::Share))) }
                            td data-cell="verdict" { (self.verdict(policy, place)) }
                        }
                    } }
                }
            }
        }
    }

    /// How far the widest finite interval of a place reaches from zero.
    fn reach(&self, place: Place) -> f64 {
        let ends = (1..self.ev.scenarios.len())
            .flat_map(|policy| ["low", "high"].map(|field| self.value(&self.difference(policy, place, field)).abs()));
        ends.filter(|end| end.is_finite()).fold(0.0, f64::max)
    }

    /// An interval as a line around zero; decoration beside the numbers, so it is hidden from readers of the page.
    fn bar(&self, policy: usize, place: Place, reach: f64) -> Markup {
        let at = |field: &str| self.value(&self.difference(policy, place, field));
        let told = self.sign(policy, place) != 0;
        PreEscaped(bar(at("low"), at("mean"), at("high"), reach, told))
    }

    /// Every metric of the preferred row at once.
    fn forest(&self) -> Result<Markup, PlotError> {
        let ev = self.ev;
        let row = ev.decision.row;
        let rows: Vec<String> = (1..ev.scenarios.len()).map(|policy| self.scenario_plain(policy)).collect();
        let columns = ev.layout.metrics.iter().enumerate().take(4).map(|(at, metric)| ForestColumn {
            heading: self.metric(metric),
            kind: chart_kind(metric),
            intervals: (1..ev.scenarios.len())
                .map(|policy| self.mid(policy, Place { metric: at, row, year: ev.last_year() }))
                .collect(),
        });
        let told = (1..ev.scenarios.len()).filter(|policy| self.sign(*policy, ev.decision) != 0).count();
        let key = if told == 0 { "differences.forest_none" } else { "differences.forest_some" };
        let title = self.t(key).replace("{told}", &told.to_string()).replace("{all}", &rows.len().to_string());
        let title = title.replace("{metric}", &self.metric(&ev.layout.metrics[ev.decision.metric]));
        let caption = Caption {
            title: title.replace("{cluster}", &self.row_plain(row)),
            subtitle: self.t("differences.forest_how"),
            note: self.footnote(),
            language: self.language,
        };
        let table = self.policies_by_metric(row);
        self.figure(
            "forest",
            forest_chart(&Forest { caption, rows, columns: columns.collect() }),
            table,
            None,
            Shown::AtFirst,
        )
    }

    fn mid(&self, policy: usize, place: Place) -> Interval {
        let at = |field: &str| self.value(&self.difference(policy, place, field));
        Interval { low: at("low"), mid: at("mean"), high: at("high") }
    }

    fn policies_by_metric(&self, row: usize) -> Markup {
        let ev = self.ev;
        let head: Vec<String> = std::iter::once(self.t("word.policy"))
            .chain(ev.layout.metrics.iter().map(|metric| self.metric(metric)))
            .collect();
        let rows = (1..ev.scenarios.len()).map(|policy| {
            let cells = (0..ev.layout.metrics.len())
                .map(|metric| self.change_cell(policy, Place { metric, row, year: ev.last_year() }));
            (self.scenario(policy), cells.collect())
        });
        let caption = format!("{}: {}", self.t("differences.table"), self.row_plain(row));
        self.table(&caption, &head, rows.collect())
    }

    /// Policies with the widest intervals first: what one knows least of comes first.
    fn by_uncertainty(&self, place: Place) -> Vec<usize> {
        let width = |policy: usize| {
            let interval = self.mid(policy, place);
            interval.high - interval.low
        };
        let mut order: Vec<usize> = (1..self.ev.scenarios.len()).collect();
        order.sort_by(|a, b| width(*b).total_cmp(&width(*a)).then(a.cmp(b)));
        order
    }

    fn by_cluster(&self, metric: usize) -> Markup {
        let ev = self.ev;
        let place = Place { metric, row: ev.decision.row, year: ev.last_year() };
        let head: Vec<String> =
            std::iter::once(self.t("word.policy")).chain(ev.focus.iter().map(|row| self.row_plain(*row))).collect();
        let rows = self.by_uncertainty(place).into_iter().map(|policy| {
            let cells = ev.focus.iter().map(|row| self.change_cell(policy, Place { row: *row, ..place }));
            (self.scenario(policy), cells.collect())
        });
        let metric = &ev.layout.metrics[metric];
        self.table(&format!("{} ({})", self.metric(metric), self.counted(metric)), &head, rows.collect())
    }

    /// The course of a metric's difference over the years, a panel for each cluster of the focus.
    fn course(&self, metric: usize) -> Result<Markup, PlotError> {
        let ev = self.ev;
        let wanted = &ev.layout.metrics[metric];
        let mut policies: Vec<usize> = vec![ev.preferred];
        let strength = |policy: &usize| {
            let interval = self.mid(*policy, Place { metric, row: ev.rows.len() - 1, year: ev.last_year() });
            interval.mid.abs()
        };
        let mut others: Vec<usize> = (1..ev.scenarios.len()).filter(|policy| *policy != ev.preferred).collect();
        others.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then(a.cmp(b)));
        policies.extend(others.into_iter().take(COURSES - 1));
        let panels = ev.focus.iter().map(|row| DifferencePanel {
            heading: self.row_plain(*row),
            policies: policies
                .iter()
                .map(|policy| PolicyCourse {
                    label: self.scenario_plain(*policy),
                    steps: (0..ev.layout.years.len())
                        .map(|year| self.mid(*policy, Place { metric, row: *row, year }))
                        .collect(),
                })
                .collect(),
        });
        let sign = self.sign(ev.preferred, Place { metric, row: ev.rows.len() - 1, year: ev.last_year() });
        let key = ["differences.course_fewer", "differences.course_none", "differences.course_more"]
            [usize::from((sign + 1).unsigned_abs())];
        let title = self.t(key).replace("{metric}", &self.metric(wanted));
        let chart = Differences {
            caption: Caption {
                title: title.replace("{policy}", &self.scenario_plain(ev.preferred)),
                subtitle: format!("{} {}", self.t("differences.course_how"), self.counted(wanted)),
                note: self.footnote(),
                language: self.language,
            },
            start: YearMonth { year: ev.layout.years[0].0, month: 12 },
            step: Step::Year,
            kind: chart_kind(wanted),
            interval: self.t("word.interval95"),
            shared_scale: false,
            panels: panels.collect(),
        };
        let shown = if metric == ev.decision.metric { Shown::AtFirst } else { Shown::WhenChosen };
        let drawn = self.figure(
            &format!("difference-{}", wanted.name),
            difference_chart(&chart),
            self.course_table(metric, &policies),
            None,
            shown,
        )?;
        Ok(html! { div data-metric=(wanted.name) hidden[metric != ev.decision.metric] { (drawn) } })
    }

    fn course_table(&self, metric: usize, policies: &[usize]) -> Markup {
        let ev = self.ev;
        // Every fifth year and the ends, if there are many.
        let last = ev.last_year();
        let told: Vec<usize> = (0..=last)
            .filter(|year| last < 8 || *year == 0 || *year == last || ev.layout.years[*year].0 % 5 == 0)
            .collect();
        let head: Vec<String> = [self.t("word.policy_cluster")]
            .into_iter()
            .chain(told.iter().map(|year| ev.layout.years[*year].0.to_string()))
            .collect();
        let rows = policies.iter().flat_map(|policy| {
            ev.focus.iter().map(|row| {
                let name = html! { (self.scenario(*policy)) ", " (self.row(*row)) };
                let cells = told.iter().map(|year| self.change_cell(*policy, Place { metric, row: *row, year: *year }));
                (name, cells.collect())
            })
        });
        self.table(&self.metric(&ev.layout.metrics[metric]), &head, rows.collect())
    }

    /// What was run, at the foot of every chart.
    pub(super) fn footnote(&self) -> String {
        let ev = self.ev;
        let title = self.plain(&ev.scenarios[0]);
        let pairs = ev.units.to_string();
        let seed = ev.study.manifest["seed"].to_string();
        self.t("word.footnote").replace("{title}", &title).replace("{pairs}", &pairs).replace("{seed}", &seed)
    }

    /// By which ways the effect came.
    pub(super) fn channels(&self) -> Markup {
        let ev = self.ev;
        let head: Vec<String> =
            std::iter::once(self.t("channels.way")).chain(ev.focus.iter().map(|row| self.row_plain(*row))).collect();
        let mut told = 0;
        let mut rows = Vec::new();
        for name in CHANNELS {
            let Some(metric) = ev.wide.metric(name) else { continue };
            let place = |row: usize| Place { metric, row, year: ev.last_year() };
            told += usize::from(ev.focus.iter().any(|row| self.sign(ev.preferred, place(*row)) != 0));
            let cells = ev.focus.iter().map(|row| self.change_cell(ev.preferred, place(*row))).collect();
            let wanted = &ev.wide.metrics[metric];
            rows.push((html! { (self.metric(wanted)) " " span.note { (self.counted(wanted)) } }, cells));
        }
        let key = if told == 0 { "channels.none" } else { "channels.some" };
        html! {
            section aria-labelledby=(self.id("channels")) {
                h2 id=(self.id("channels")) { (self.t("channels.heading")) }
                p { (self.say(key, &[("policy", self.scenario(ev.preferred))])) " " (self.t("channels.caution")) }
                (self.table(&self.t("channels.table"), &head, rows))
            }
        }
    }

    /// Flows between clusters in the baseline, and what the preferred policy changes in them.
    pub(super) fn flows(&self) -> Result<Markup, PlotError> {
        let ev = self.ev;
        let heading = html! { h2 id=(self.id("flows")) { (self.t("flows.heading")) } };
        if ev.study.flows.is_empty() {
            return Ok(html! {
                section aria-labelledby=(self.id("flows")) {
                    (heading) p { (self.t("flows.none")) } (self.places()?) (self.story()?)
                }
            });
        }
        Ok(html! {
            section aria-labelledby=(self.id("flows")) {
                (heading)
                p { (self.say("flows.how", &[("policy", self.scenario(ev.preferred))])) }
                @for (at, kind) in FLOW_KINDS.iter().enumerate() { div data-flow=(kind) { (self.flow_kind(at, kind)?) } }
                (self.places()?)
                (self.story()?)
            }
        })
    }

    fn flow_kind(&self, at: usize, kind: &str) -> Result<Markup, PlotError> {
        let ev = self.ev;
        let clusters = ev.study.clusters.len();
        let id = &ev.scenarios[ev.preferred].id;
        let address =
            |from: usize, to: usize, field: &str| join(&["flow", id, kind, &ev.rows[from].id, &ev.rows[to].id, field]);
        let level = Style::level(if kind == "capital" { Kind::Yen } else { Kind::Count });
        let change = Style { signed: true, ..level };
        let mut pairs: Vec<(usize, usize)> = (0..clusters)
            .flat_map(|from| (0..clusters).map(move |to| (from, to)))
            .filter(|(from, to)| {
                from != to && ev.flow(ev.preferred, at, *from, *to).is_some_and(|flow| flow.baseline > 0.0)
            })
            .collect();
        let flow = |(from, to): (usize, usize), field: &str| self.value(&address(from, to, field));
        pairs.sort_by(|a, b| flow(*b, "baseline").total_cmp(&flow(*a, "baseline")).then(a.cmp(b)));
        let title = self.t(&format!("flows.{kind}"));
        let Some(&(from, to)) = pairs.first() else {
            return Ok(html! { h3 { (title) } p { (self.t("flows.nothing")) } });
        };
        let finding = self.t("flows.finding").replace("{kind}", &title).replace("{from}", &self.row_plain(from));
        let chart = Flows {
            caption: Caption {
                title: finding.replace("{to}", &self.row_plain(to)),
                subtitle: self.t(&format!("flows.{kind}_how")),
                note: self.footnote(),
                language: self.language,
            },
            kind: if kind == "capital" { ValueKind::Yen } else { ValueKind::Count },
            nodes: (0..clusters)
                .map(|row| FlowNode { label: self.row_plain(row), focus: ev.study.clusters[row].focus })
                .collect(),
            amounts: (0..clusters)
                .map(|from| {
                    let amount = |to: usize| if from == to { 0.0 } else { flow((from, to), "baseline").max(0.0) };
                    (0..clusters).map(amount).collect()
                })
                .collect(),
        };
        let head = ["flows.from_to", "flows.baseline", "word.difference", "word.interval95"].map(|key| self.t(key));
        let rows = pairs.iter().map(|(from, to)| {
            let name = html! { (self.row(*from)) " → " (self.row(*to)) };
            let address = address(*from, *to, "mean").trim_end_matches("/mean").to_owned();
            let of = |style: Style| Family { address: address.clone(), style };
            let cells = vec![
                html! { span data-in=(address) data-as=(level.code()) { (self.within(&of(level), "baseline")) } },
                html! { span data-as=(change.code()) { (self.within(&of(change), "mean")) } },
                self.interval_within(&of(change), "low", "high"),
            ];
            (name, cells)
        });
        let table = self.table(&title, &head, rows.collect());
        let drawn = self.figure(&format!("flows-{kind}"), sankey_chart(&chart), table, None, Shown::AtFirst)?;
        Ok(html! { h3 { (title) } (drawn) })
    }

    /// Public money per additional unit of every outcome that is welcome.
    pub(super) fn costs(&self) -> Markup {
        let ev = self.ev;
        let section = |body: Markup| {
            html! { section aria-labelledby=(self.id("costs")) { h2 id=(self.id("costs")) { (self.t("costs.heading")) } (body) } }
        };
        if ev.wide.metric("public_cost_jpy").is_none() {
            return section(html! { p { (self.t("costs.no_money")) } });
        }
        let bought: Vec<&crate::statistics::WantedMetric> =
            ev.layout.metrics.iter().filter(|metric| !super::evidence::is_yen(metric)).collect();
        let head: Vec<String> = [self.t("word.policy"), self.t("costs.spent")]
            .into_iter()
            .chain(bought.iter().map(|metric| self.metric(metric)))
            .collect();
        let (all, year) = (ev.rows.len() - 1, ev.last_year());
        let rows = (1..ev.scenarios.len()).map(|policy| {
            let id = &ev.scenarios[policy].id;
            let spent = ev.wide.metric("public_cost_jpy").map(|metric| Place { metric, row: all, year });
            let spent = spent.map_or_else(Markup::default, |place| self.change_cell(policy, place));
            let priced = bought.iter().map(|metric| {
                let at = |field: &str| join(&["cost", id, &metric.name, &ev.rows[ev.decision.row].id, field]);
                if !self.value(&at("value")).is_finite() {
                    return html! { span.verdict { (self.t("word.cannot_tell")) } };
                }
                html! {
                    span.change { (self.price_with_dollars(&at("value"), &at("value_usd"))) }
                    span.range { (self.interval(&at("low"), &at("high"), Style::level(Kind::Yen))) }
                }
            });
            (self.scenario(policy), std::iter::once(spent).chain(priced).collect())
        });
        section(html! {
            p { (self.say("costs.how", &[("cluster", self.row(ev.decision.row)), ("date", self.date(year))])) }
            (self.table(&self.t("costs.table"), &head, rows.collect()))
        })
    }
}

/// An interval as a small drawing, `reach` to each side of zero. The script draws the same.
pub(super) fn bar(low: f64, mean: f64, high: f64, reach: f64, told: bool) -> String {
    let x = |value: f64| {
        let share = if reach > 0.0 { (value / reach).clamp(-1.0, 1.0) } else { 0.0 };
        format!("{:.1}", 60.0 + 56.0 * share)
    };
    if !(low.is_finite() && mean.is_finite() && high.is_finite()) {
        return String::new();
    }
    let class = if told { "told" } else { "untold" };
    format!(
        "<svg class=\"bar {class}\" viewBox=\"0 0 120 16\" aria-hidden=\"true\" focusable=\"false\">\
         <path class=\"zero\" d=\"M60 1V15\"/><path d=\"M{} 8H{}\"/><circle cx=\"{}\" cy=\"8\" r=\"3\"/></svg>",
        x(low),
        x(high),
        x(mean)
    )
}
