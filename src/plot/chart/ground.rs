//! The ground of a map: sea, land, and a net of meridians and parallels.
//!
//! The shores are Natural Earth 4.1 (public domain), cut and simplified by `assets/maps/coast.py`.

use super::super::layout::{Anchor, MARGIN, Mark, Page, Point, WIDTH};
use super::super::palette::{AXIS, Color};

/// Where a map begins and ends, in degrees, and how it is stretched.
pub(super) struct Frame {
    pub(super) west: f64,
    pub(super) east: f64,
    pub(super) south: f64,
    pub(super) north: f64,
    pub(super) top: f64,
    /// Pixels per degree of longitude and of latitude.
    pub(super) scale: Point,
}

const SEA: Color = (0xEC, 0xF2, 0xF6);
const LAND: Color = (0xF8, 0xF7, 0xF3);
const SHORE: Color = (0xB9, 0xC4, 0xCC);
const NET: Color = (0xDD, 0xE6, 0xEC);
pub(super) const BAY_SHORES: &str = include_str!("../../../assets/maps/bay.txt");
pub(super) const WORLD_SHORES: &str = include_str!("../../../assets/maps/world.txt");

impl Frame {
    /// As wide as the page; `stretch` is the length of a degree of latitude over one of longitude.
    pub(super) fn new((west, east): Point, (south, north): Point, stretch: f64, top: f64) -> Self {
        let across = (WIDTH - 2.0 * MARGIN) / (east - west);
        Self { west, east, south, north, top, scale: (across, across * stretch) }
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + (self.north - self.south) * self.scale.1
    }

    /// On the page, clamped to the frame.
    pub(super) fn at(&self, longitude: f64, latitude: f64) -> Point {
        let x = (longitude.clamp(self.west, self.east) - self.west) * self.scale.0;
        let y = (self.north - latitude.clamp(self.south, self.north)) * self.scale.1;
        (MARGIN + x, self.top + y)
    }

    /// Longitude inside the frame, turned by whole circles if need be; `None` if the point lies outside.
    pub(super) fn inside(&self, longitude: f64, latitude: f64) -> Option<f64> {
        let turned = [longitude, longitude + 360.0, longitude - 360.0];
        let longitude = turned.into_iter().find(|east| (self.west..=self.east).contains(east))?;
        (self.south..=self.north).contains(&latitude).then_some(longitude)
    }

    /// Sea, land, and a net of meridians and parallels every `net` degrees.
    pub(super) fn ground(&self, page: &mut Page, shores: &str, net: f64, decimals: usize) {
        let (upper, lower) = (self.at(self.west, self.north), self.at(self.east, self.south));
        page.bar(upper, lower, SEA);
        for shore in shores.lines() {
            let points: Vec<Point> = degrees(shore).iter().map(|&(east, north)| self.at(east, north)).collect();
            if points.len() > 2 {
                page.marks.push(Mark::Area { points, color: LAND, opacity: 1.0 });
            }
        }
        let lines = |low: f64, high: f64| {
            let first = (low / net).ceil() as i64;
            let last = (high / net).floor() as i64;
            (first..=last).map(move |line| line as f64 * net)
        };
        for east in lines(self.west, self.east) {
            let (from, to) = (self.at(east, self.north), self.at(east, self.south));
            page.line(from, to, NET, 0.7);
            let turned = if east > 180.0 { east - 360.0 } else { east };
            let side = if turned < 0.0 { "W" } else { "E" };
            let side = if turned == 0.0 { "" } else { side };
            let text = format!("{:.decimals$}°{side}", turned.abs());
            if to.0 > MARGIN + 24.0 && to.0 < WIDTH - MARGIN - 24.0 {
                page.text((to.0, to.1 + 14.0), &text, 10.0, AXIS, Anchor::Middle);
            }
        }
        for north in lines(self.south, self.north) {
            let (from, to) = (self.at(self.west, north), self.at(self.east, north));
            page.line(from, to, NET, 0.7);
            let side = if north < 0.0 { "S" } else { "N" };
            let side = if north == 0.0 { "" } else { side };
            let text = format!("{:.decimals$}°{side}", north.abs());
            if from.1 > self.top + 12.0 && from.1 < self.bottom() - 4.0 {
                page.text((from.0 + 4.0, from.1 - 3.0), &text, 10.0, AXIS, Anchor::Start);
            }
        }
        for shore in shores.lines() {
            self.shore_line(page, &degrees(shore));
        }
    }

    /// The shore as a line, without the stretches along the frame where land was cut.
    fn shore_line(&self, page: &mut Page, shore: &[Point]) {
        let on_edge = |a: Point, b: Point| {
            let both =
                |pick: fn(Point) -> f64, edge: f64| (pick(a) - edge).abs() < 1e-6 && (pick(b) - edge).abs() < 1e-6;
            both(|p| p.0, self.west)
                || both(|p| p.0, self.east)
                || both(|p| p.1, self.south)
                || both(|p| p.1, self.north)
        };
        let mut run: Vec<Point> = Vec::new();
        let mut flush = |run: &mut Vec<Point>| {
            let points = std::mem::take(run);
            if points.len() > 1 {
                page.marks.push(Mark::Line { points, color: SHORE, width: 0.9, dash: &[] });
            }
        };
        for (at, &from) in shore.iter().enumerate() {
            let to = shore[(at + 1) % shore.len()];
            if on_edge(from, to) {
                flush(&mut run);
                continue;
            }
            if run.is_empty() {
                run.push(self.at(from.0, from.1));
            }
            run.push(self.at(to.0, to.1));
        }
        flush(&mut run);
    }
}

/// A line of the shore files in degrees; see `assets/maps/coast.py`.
fn degrees(line: &str) -> Vec<Point> {
    let numbers: Vec<i32> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
    let steps = numbers.chunks_exact(2).map(|pair| (pair[0], pair[1]));
    let run = steps.scan((0, 0), |place, step| {
        *place = (place.0 + step.0, place.1 + step.1);
        Some((f64::from(place.0) / 1000.0, f64::from(place.1) / 1000.0))
    });
    run.collect()
}
