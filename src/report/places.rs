//! Where the clusters lie: a map of the bay and one of the world, from the coordinates of the scenario.

use maud::{Markup, html};

use crate::plot::{
    Caption, MapChart, MapLink, Place as Spot, PlaceKind, PlotError, ValueKind, bay_landmarks, bay_map, on_bay_map,
    world_map,
};

use super::address::join;
use super::evidence::Evidence;
use super::number::{Kind, Style};
use super::view::{Shown, View};

/// What the discs stand for.
const METRIC: &str = "startups_alive";

impl View<'_> {
    /// Maps of the baseline in the last year; nothing if a cluster has no coordinates.
    pub(super) fn places(&self) -> Result<Markup, PlotError> {
        let ev = self.ev;
        let (Some(metric), true) =
            (ev.wide.metric(METRIC), (0..ev.study.clusters.len()).all(|row| at(ev, row).is_some()))
        else {
            return Ok(Markup::default());
        };
        let year = ev.wide.years[ev.last_year()].0.to_string();
        let field = |row: usize, field: &str| join(&["band", METRIC, &ev.rows[row].id, &year, field]);
        let style = Style::level(Kind::Count);
        let spots: Vec<Spot> = (0..ev.study.clusters.len())
            .filter_map(|row| {
                let (latitude, longitude) = at(ev, row)?;
                let kind = if ev.study.clusters[row].focus { PlaceKind::Focus } else { PlaceKind::Context };
                let value = self.value(&field(row, "q500"));
                Some(Spot { label: self.row_plain(row), latitude, longitude, kind, value })
            })
            .collect();
        let head = ["word.cluster", "places.north", "places.east", "places.startups", "growth.middle95"];
        let rows = (0..ev.study.clusters.len()).map(|row| {
            let degrees = |value: f64| html! { (format!("{value:.3}").replace('-', "−")) };
            let (north, east) = at(ev, row).unwrap_or((f64::NAN, f64::NAN));
            let cells = vec![
                degrees(north),
                degrees(east),
                self.n(&field(row, "q500"), style),
                self.interval(&field(row, "q025"), &field(row, "q975"), style),
            ];
            (self.row(row), cells)
        });
        let table = self.table(&self.t("places.table"), &head.map(|key| self.t(key)), rows.collect());
        let named =
            |text: &str| text.replace("{year}", &year).replace("{metric}", &self.metric(&ev.wide.metrics[metric]));
        let caption = |title: String, how: &str| Caption {
            title,
            subtitle: named(&self.t(how)),
            note: format!("{} {}", self.footnote(), self.t("places.shores")),
            language: self.language,
        };
        let count = |value: f64| style.write(value, self.language);
        let mut drawn = Vec::new();
        let near: Vec<String> = spots
            .iter()
            .filter(|spot| spot.kind == PlaceKind::Focus && on_bay_map(spot))
            .map(|spot| format!("{} {}", spot.label, count(spot.value)))
            .collect();
        if !near.is_empty() {
            let title = named(&self.t("places.bay_title")).replace("{found}", &near.join(&self.t("places.and")));
            let places = spots.iter().cloned().chain(bay_landmarks(self.language)).collect();
            let (values, amounts) = (ValueKind::Count, ValueKind::Count);
            let map =
                MapChart { caption: caption(title, "places.bay_how"), values, amounts, places, links: Vec::new() };
            drawn.push(self.figure("map-bay", bay_map(&map), table.clone(), None, Shown::AtFirst)?);
        }
        if let Some((title, links)) = self.world_links() {
            let (values, amounts) = (ValueKind::Count, ValueKind::Count);
            let map = MapChart { caption: caption(title, "places.world_how"), values, amounts, places: spots, links };
            drawn.push(self.figure("map-world", world_map(&map), table, None, Shown::AtFirst)?);
        }
        Ok(html! { h3 { (self.t("places.heading")) } @for figure in drawn { (figure) } })
    }

    /// People who move in a year of the baseline, pair by pair, and the pair with most; `None` without flows.
    fn world_links(&self) -> Option<(String, Vec<MapLink>)> {
        let ev = self.ev;
        let kind = Evidence::flow_kind("people")?;
        let clusters = ev.study.clusters.len();
        let mut links = Vec::new();
        for from in 0..clusters {
            for to in (0..clusters).filter(|to| *to != from) {
                let amount = ev.flow(ev.preferred, kind, from, to)?.baseline;
                if amount > 0.0 {
                    links.push(MapLink { from, to, amount });
                }
            }
        }
        let most = links.iter().max_by(|a, b| a.amount.total_cmp(&b.amount))?;
        let title = self.t("places.world_title").replace("{from}", &self.row_plain(most.from));
        let title = title.replace("{to}", &self.row_plain(most.to));
        let amount = Style::level(Kind::Count).write(most.amount, self.language);
        Some((title.replace("{amount}", &amount), links))
    }
}

/// Degrees north and east of a cluster.
fn at(ev: &Evidence, row: usize) -> Option<(f64, f64)> {
    let id = &ev.study.clusters.get(row)?.id;
    let degrees = |which: &str| {
        ev.study.manifest["scenario"]["resolved"][format!("cluster.{id}.{which}").as_str()]["value"].as_f64()
    };
    Some((degrees("latitude")?, degrees("longitude")?))
}
