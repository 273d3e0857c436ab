//! The two maps: Osaka bay, and the links between the clusters of the world. Drawn from coordinates, without tiles.

use super::super::figure::{Language, ValueKind};
use super::super::layout::{Anchor, MARGIN, Mark, Page, Point, WIDTH};
use super::super::numbers::value_label;
use super::super::palette::{self, AXIS, Color, INK, PAPER, TEXT};
use super::super::picture::{Caption, Cell, Picture, Table};
use super::super::{Look, PlotError};
use super::ground::{BAY_SHORES, Frame, WORLD_SHORES};
use super::rows::TICK_TEXT;
use super::spots::{Spot, place_spots};

/// What a place on the map is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// A cluster the chart is about: a coloured disc as large as its value.
    Focus,
    /// Another cluster: a grey disc as large as its value.
    Context,
    /// An airport: a small square.
    Airport,
    /// Anything else worth naming: a small dot.
    Site,
}

/// A named point.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its name.
    pub label: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east, negative to the west.
    pub longitude: f64,
    /// What it is.
    pub kind: PlaceKind,
    /// What the disc of a cluster stands for; NaN for none.
    pub value: f64,
}

/// An amount between two places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapLink {
    /// Place in [`MapChart::places`].
    pub from: usize,
    /// Place in [`MapChart::places`].
    pub to: usize,
    /// How much; both directions are added up.
    pub amount: f64,
}

/// Places and links.
#[derive(Debug, Clone, PartialEq)]
pub struct MapChart {
    /// The words around.
    pub caption: Caption,
    /// What the values of the places count.
    pub values: ValueKind,
    /// What the links count.
    pub amounts: ValueKind,
    /// The places; those outside the map are only in the table.
    pub places: Vec<Place>,
    /// The links.
    pub links: Vec<MapLink>,
}

/// Landmarks of Osaka bay. Airports: `airportsdata` 20260905 (MIT), to three digits. Nakanoshima, Port Island and
/// Yumeshima: their articles in Wikipedia. Saito and the Suita campus of Osaka University: general geographic
/// knowledge, to 0.01 degree.
#[must_use]
pub fn bay_landmarks(language: Language) -> Vec<Place> {
    use PlaceKind::{Airport, Site};
    let known: [([&str; 2], f64, f64, PlaceKind); 8] = [
        (["Kansai Airport", "関西空港"], 34.427, 135.244, Airport),
        (["Kobe Airport", "神戸空港"], 34.633, 135.224, Airport),
        (["Osaka Airport (Itami)", "大阪空港(伊丹)"], 34.786, 135.438, Airport),
        (["Nakanoshima", "中之島"], 34.694, 135.497, Site),
        (["Port Island", "ポートアイランド"], 34.665, 135.213, Site),
        (["Yumeshima", "夢洲"], 34.652, 135.390, Site),
        (["Saito", "彩都"], 34.85, 135.51, Site),
        (["Suita campus", "吹田キャンパス"], 34.82, 135.53, Site),
    ];
    let place = |(names, latitude, longitude, kind): ([&str; 2], f64, f64, PlaceKind)| Place {
        label: names[usize::from(language == Language::Japanese)].to_owned(),
        latitude,
        longitude,
        kind,
        value: f64::NAN,
    };
    known.map(place).into()
}

/// West and east, south and north of the map of the bay, in degrees.
const BAY: [Point; 2] = [(134.78, 135.98), (34.38, 35.07)];

/// Whether [`bay_map`] shows a place.
#[must_use]
pub fn on_bay_map(place: &Place) -> bool {
    let [(west, east), (south, north)] = BAY;
    (west..=east).contains(&place.longitude) && (south..=north).contains(&place.latitude)
}

/// Radius of the largest disc.
const RADIUS_MAX: f64 = 26.0;

/// Draws the surroundings of Osaka bay, from Himeji's plain to Kyoto.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn bay_map(map: &MapChart) -> Result<Picture, PlotError> {
    let mut page = Page::open(&map.caption)?;
    // A degree of latitude is 1 / cos(34.7°) times as long as one of longitude.
    let frame = Frame::new(BAY[0], BAY[1], 1.216, page.y + 12.0);
    frame.ground(&mut page, BAY_SHORES, 0.25, 2);
    for link in &map.links {
        let end = |at: usize| {
            map.places
                .get(at)
                .and_then(|place| frame.inside(place.longitude, place.latitude).map(|east| (east, place.latitude)))
        };
        if let (Some(from), Some(to)) = (end(link.from), end(link.to)) {
            let width = link_width(link.amount, largest(map.links.iter().map(|link| link.amount)));
            page.line(frame.at(from.0, from.1), frame.at(to.0, to.1), palette::mix(INK, PAPER, 0.55), width);
        }
    }
    let spots: Vec<(Spot, Point)> = map
        .places
        .iter()
        .enumerate()
        .filter_map(|(at, place)| Some((at, place.latitude, frame.inside(place.longitude, place.latitude)?)))
        .map(|(at, north, east)| (spot(map, at, &frame), frame.at(east, north)))
        .collect();
    place_spots(&mut page, &frame, &spots, Vec::new());
    scale_bar(&mut page, &frame);
    page.y = frame.bottom() + 26.0;
    Ok(finished(page, map))
}

/// 20 km, at the lower right; a degree of latitude is 110.9 km here.
fn scale_bar(page: &mut Page, frame: &Frame) {
    let length = frame.scale.1 / 110.9 * 20.0;
    let (right, y) = (WIDTH - MARGIN - 14.0, frame.bottom() - 14.0);
    page.line((right - length, y), (right, y), INK, 1.6);
    page.text((right - length / 2.0, y - 6.0), "20 km", TICK_TEXT, INK, Anchor::Middle);
}

/// The colour of a place: that of its rank among the clusters that the chart is about.
fn color_of(map: &MapChart, at: usize) -> Color {
    let rank = map.places[..at].iter().filter(|place| place.kind == PlaceKind::Focus).count();
    match map.places[at].kind {
        PlaceKind::Focus => palette::style(Look::Focus(rank)).color,
        PlaceKind::Context => AXIS,
        PlaceKind::Airport | PlaceKind::Site => INK,
    }
}

/// A place's name, and its value if it has one.
fn named(map: &MapChart, at: usize) -> String {
    let place = &map.places[at];
    if !place.value.is_finite() {
        return place.label.clone();
    }
    format!("{} {}", place.label, value_label(place.value, map.values, map.caption.language))
}

/// How a place is drawn on the map of the bay.
fn spot(map: &MapChart, at: usize, frame: &Frame) -> Spot {
    let place = &map.places[at];
    let cluster = |place: &&Place| matches!(place.kind, PlaceKind::Focus | PlaceKind::Context);
    let near = map.places.iter().filter(|place| frame.inside(place.longitude, place.latitude).is_some());
    let radius = match place.kind {
        PlaceKind::Site => 2.6,
        PlaceKind::Airport => 4.0,
        _ => disc_radius(place.value, largest(near.filter(cluster).map(|place| place.value))),
    };
    let color = color_of(map, at);
    Spot { lines: vec![(named(map, at), color)], kind: place.kind, radius, color }
}

/// A disc whose area stands for the value.
fn disc_radius(value: f64, most: f64) -> f64 {
    let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
    if share > 0.0 { (RADIUS_MAX * share.sqrt()).max(4.0) } else { 4.0 }
}

fn link_width(amount: f64, most: f64) -> f64 {
    let share = if most > 0.0 { (amount / most).clamp(0.0, 1.0) } else { 0.0 };
    if share > 0.0 { 0.8 + 6.0 * share.sqrt() } else { 0.0 }
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.filter(|value| value.is_finite()).fold(0.0, f64::max)
}

/// Clusters too close to be told apart on a map of the world, as one.
struct Hub {
    members: Vec<usize>,
    longitude: f64,
    latitude: f64,
}

/// How near, in degrees, clusters must be to share a hub.
const NEAR: f64 = 5.0;

fn hubs(map: &MapChart, frame: &Frame) -> Vec<Hub> {
    let mut hubs: Vec<Hub> = Vec::new();
    for (at, place) in map.places.iter().enumerate() {
        let Some(east) = frame.inside(place.longitude, place.latitude) else { continue };
        let near = |hub: &&mut Hub| (hub.longitude - east).abs() < NEAR && (hub.latitude - place.latitude).abs() < NEAR;
        match hubs.iter_mut().find(near) {
            Some(hub) => hub.members.push(at),
            None => hubs.push(Hub { members: vec![at], longitude: east, latitude: place.latitude }),
        }
    }
    hubs
}

/// Draws the links between clusters over a map of the world with the Pacific in the middle. Clusters of one region are
/// one hub; what moves inside a hub is only in the table. The numbers are those of both directions together.
///
/// # Errors
///
/// [`PlotError`], which never depends on the values.
pub fn world_map(map: &MapChart) -> Result<Picture, PlotError> {
    let mut page = Page::open(&map.caption)?;
    // Equal at 35 degrees, where most of the clusters lie.
    let frame = Frame::new((-25.0, 335.0), (-42.0, 78.0), 1.221, page.y + 12.0);
    frame.ground(&mut page, WORLD_SHORES, 30.0, 0);
    let hubs = hubs(map, &frame);
    let hub_of = |place: usize| hubs.iter().position(|hub| hub.members.contains(&place));
    let mut sums = vec![0.0; hubs.len() * hubs.len()];
    for link in map.links.iter().filter(|link| link.amount > 0.0 && link.amount <= 1e300) {
        if let (Some(a), Some(b)) = (hub_of(link.from), hub_of(link.to))
            && a != b
        {
            sums[a.min(b) * hubs.len() + a.max(b)] += link.amount;
        }
    }
    let most = largest(sums.iter().copied());
    let focus = |hub: &Hub| hub.members.iter().any(|&member| map.places[member].kind == PlaceKind::Focus);
    let (mut numbers, mut taken) = (Vec::new(), Vec::new());
    for (at, &amount) in sums.iter().enumerate().filter(|(_, amount)| **amount > 0.0) {
        let (a, b) = (&hubs[at / hubs.len()], &hubs[at % hubs.len()]);
        let strong = focus(a) && focus(b);
        let color = palette::mix(if strong { INK } else { TEXT }, PAPER, if strong { 0.15 } else { 0.45 });
        let (pieces, middle) = arc(a, b, &frame);
        for points in pieces {
            taken.extend(points.iter().map(|&(x, y)| (x - 9.0, y - 5.0, x + 9.0, y + 5.0)));
            page.marks.push(Mark::Line { points, color, width: link_width(amount, most), dash: &[] });
        }
        numbers.push((middle, value_label(amount, map.amounts, map.caption.language)));
    }
    let spots: Vec<(Spot, Point)> =
        hubs.iter().map(|hub| (hub_spot(map, hub), frame.at(hub.longitude, hub.latitude))).collect();
    for (at, text) in numbers {
        let half = page.font.width(&text, 12.0) / 2.0 + 4.0;
        page.bar((at.0 - half, at.1 - 9.0), (at.0 + half, at.1 + 8.0), PAPER);
        page.text((at.0, at.1 + 4.2), &text, 12.0, INK, Anchor::Middle);
        taken.push((at.0 - half, at.1 - 9.0, at.0 + half, at.1 + 8.0));
    }
    place_spots(&mut page, &frame, &spots, taken);
    page.y = frame.bottom() + 26.0;
    Ok(finished(page, map))
}

fn hub_spot(map: &MapChart, hub: &Hub) -> Spot {
    let members = &hub.members;
    let mut focus = members.iter().filter(|&&member| map.places[member].kind == PlaceKind::Focus);
    let (kind, color) = match (focus.next(), focus.next()) {
        (Some(&only), None) => (PlaceKind::Focus, color_of(map, only)),
        (Some(_), Some(_)) => (PlaceKind::Focus, INK),
        (None, _) => (PlaceKind::Context, AXIS),
    };
    let mut lines: Vec<(String, Color)> =
        members.iter().map(|&member| (named(map, member), color_of(map, member))).collect();
    if lines.len() > 6 {
        let more = lines.len() - 5;
        lines.truncate(5);
        lines.push((map.caption.word(["and {} more", "ほか{}"]).replace("{}", &more.to_string()), AXIS));
    }
    Spot { lines, kind, radius: 5.0, color }
}

/// The shorter way round from one hub to another, bent towards the pole, in the pieces that lie in the frame; and where
/// its number stands.
fn arc(a: &Hub, b: &Hub, frame: &Frame) -> (Vec<Vec<Point>>, Point) {
    const STEPS: usize = 32;
    let mut far = b.longitude - a.longitude;
    if far > 180.0 {
        far -= 360.0;
    } else if far < -180.0 {
        far += 360.0;
    }
    let bulge = far.abs() * 0.16;
    let on_arc = |t: f64| {
        let latitude = a.latitude + (b.latitude - a.latitude) * t + bulge * 4.0 * t * (1.0 - t);
        (a.longitude + far * t, latitude.min(frame.north - 2.0))
    };
    let mut pieces = Vec::new();
    for turn in [0.0, 360.0, -360.0] {
        let mut run: Vec<Point> = Vec::new();
        for step in 0..=STEPS {
            let (east, north) = on_arc(step as f64 / STEPS as f64);
            let east = east + turn;
            if (frame.west..=frame.east).contains(&east) {
                // The stretch that crosses the edge begins on it.
                if run.is_empty() && step > 0 {
                    run.push(
                        frame.at(
                            if far * (east - frame.west) < 0.0 || far < 0.0 { frame.east } else { frame.west },
                            north,
                        ),
                    );
                }
                run.push(frame.at(east, north));
            } else if !run.is_empty() {
                run.push(frame.at(east, north));
                pieces.push(std::mem::take(&mut run));
            }
        }
        if run.len() > 1 {
            pieces.push(run);
        }
    }
    let (east, north) = on_arc(0.5);
    let east = frame.inside(east, north).unwrap_or(east);
    let (x, y) = frame.at(east, north);
    (pieces, (x.clamp(MARGIN + 30.0, WIDTH - MARGIN - 30.0), y))
}

fn finished(page: Page, map: &MapChart) -> Picture {
    let word = |words| map.caption.word(words);
    let language = map.caption.language;
    let mut table = Table::new(&[
        word(["Place", "場所"]),
        word(["Degrees north", "北緯(度)"]),
        word(["Degrees east", "東経(度)"]),
        word(["Value", "値"]),
        word(["Linked with", "相手"]),
        word(["Amount", "量"]),
    ]);
    let degrees = |value: f64| Cell::Number { value, shown: format!("{value:.3}").replace('-', "−") };
    let none = || Cell::text("–");
    let mut told = Vec::new();
    for place in &map.places {
        let value = Cell::number(place.value, map.values, language);
        if place.value.is_finite() {
            told.push(format!("{} {}.", place.label, value.shown()));
        }
        table.rows.push(vec![
            Cell::text(&place.label),
            degrees(place.latitude),
            degrees(place.longitude),
            value,
            none(),
            none(),
        ]);
    }
    let mut links: Vec<&MapLink> = map.links.iter().collect();
    links.sort_by(|a, b| b.amount.total_cmp(&a.amount));
    for link in links {
        let (Some(from), Some(to)) = (map.places.get(link.from), map.places.get(link.to)) else { continue };
        let amount = Cell::number(link.amount, map.amounts, language);
        if told.len() < 24 {
            told.push(format!("{} → {} {}.", from.label, to.label, amount.shown()));
        }
        table.rows.push(vec![Cell::text(&from.label), none(), none(), none(), Cell::text(&to.label), amount]);
    }
    page.close(table, &told.join(" "))
}
