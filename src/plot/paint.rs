//! Drawing list to SVG and PNG: the only file that knows plotters.
//!
//! plotters takes whole pixels. So both backends are driven on a finer raster: ten units per pixel in the SVG, whose
//! view box is rewritten afterwards, and four in the PNG, averaged two by two into an image of twice the page's pixels.
//!
//! Three habits of plotters are worked round here: its SVG text is 1.24 times smaller than its bitmap text of the same
//! size; its bitmap text drops the side bearing of every letter (so letters are placed one by one); and its wide lines
//! are one polygon filled by parity, which has holes where a noisy line crosses itself (so each stretch is a polygon).

use super::PlotError;
use super::font::{FONT_BYTES, Font};
use super::layout::{Anchor, Drawn, Mark, Point};
use super::palette::{Color, DASHES, Dash};
use super::picture::PAGE_FONT;
use super::subset::{base64, subset_font};
use plotters::prelude::{BitMapBackend, DrawingBackend, FontFamily, FontStyle, IntoFont, RGBColor, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, RGBAColor, ShapeStyle, TextStyle, register_font};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::OnceLock;

const SVG_UNITS: f64 = 10.0;
const BITMAP_UNITS: f64 = 4.0;
/// Units averaged into one pixel of the PNG, in each direction.
const AVERAGED: usize = 2;
/// Name under which plotters finds the font for bitmaps.
const FAMILY: &str = "figure";

/// Where the letters of an SVG come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// The document carries a font with just the letters it needs.
    Carried,
    /// The page around it defines [`PAGE_FONT`].
    OfThePage,
}

/// Stands for the font family while plotters writes; it is then said once, on the outermost element.
const FAMILY_SLOT: &str = "F";

/// A complete SVG document.
pub(super) fn svg(drawn: &Drawn, letters: Letters) -> Result<String, PlotError> {
    let (family, style) = match letters {
        Letters::OfThePage => (PAGE_FONT.to_owned(), String::new()),
        Letters::Carried => {
            let used: BTreeSet<char> = drawn.marks.iter().flat_map(letters_of).collect();
            let file = subset_font(Font::embedded()?, &used);
            // Named after its content: two figures in one HTML page must not use each other's letters.
            let name = format!("figure-{}", &blake3::hash(&file).to_hex()[..10]);
            let style = format!("<style>{}</style>\n", face(&name, &file));
            (name, style)
        }
    };
    let size = ((drawn.width * SVG_UNITS) as u32, (drawn.height * SVG_UNITS) as u32);
    let mut body = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut body, size);
        for mark in &drawn.marks {
            svg_mark(&mut backend, mark, FAMILY_SLOT)?;
        }
        backend.present().map_err(draw_error)?;
    }
    let marks = without_defaults(body.split_once('\n').map_or("", |(_, marks)| marks));
    let marks = if letters == Letters::OfThePage { in_steps(&marks) } else { marks };
    let (title, description) = (escaped(&drawn.title), escaped(&drawn.description));
    let id = &blake3::hash(format!("{title}{description}{marks}").as_bytes()).to_hex()[..10];
    let (width, height) = (drawn.width, drawn.height);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" \
         role=\"img\" aria-labelledby=\"t-{id} d-{id}\" stroke-linejoin=\"round\" \
         font-family=\"{family}, BIZ UDPGothic, sans-serif\">\n\
         <title id=\"t-{id}\">{title}</title>\n<desc id=\"d-{id}\">{description}</desc>\n{style}{marks}",
        size.0, size.1,
    ))
}

/// Leaves out attributes that say what holds anyway, or that plotters hangs texts by where we stand them on their
/// baseline; written into every mark, they are a third of a document. Words of a text cannot be hit: in them, quotation
/// marks and brackets are escaped.
fn without_defaults(marks: &str) -> String {
    let family = format!(" font-family=\"{FAMILY_SLOT}\"");
    let idle = [" opacity=\"1\"", " stroke=\"none\"", " text-anchor=\"start\"", " dy=\"0.76em\"", family.as_str()];
    let marks = idle.into_iter().fold(marks.to_owned(), |marks, attribute| marks.replace(attribute, ""));
    let marks = marks.replace("\n</text>", "</text>").replace("\">\n", "\">").replace(" \"/>", "\"/>");
    DASHES.iter().enumerate().fold(marks, |marks, (at, dash)| {
        let lengths: Vec<String> = dash.iter().map(|length| format!("{}", length * SVG_UNITS)).collect();
        let pattern = format!(" stroke-dasharray=\"{}\"", lengths.join(" "));
        marks.replace(&format!(" opacity=\"{}\"", DASH_MARKS[at]), &pattern)
    })
}

/// Lines and areas as paths whose points are steps from one to the next: a third shorter, for pages with many charts.
fn in_steps(marks: &str) -> String {
    let mut text = String::with_capacity(marks.len());
    for line in marks.split_inclusive('\n') {
        let (rest, close) = match (line.strip_prefix("<polygon "), line.strip_prefix("<polyline ")) {
            (Some(rest), _) => (rest, "z"),
            (_, Some(rest)) => (rest, ""),
            _ => {
                text.push_str(line);
                continue;
            }
        };
        match rest.split_once("points=\"").and_then(|(style, points)| Some((style, path(points.split_once('"')?.0)?))) {
            Some((style, path)) => text.push_str(&format!("<path {style}d=\"{path}{close}\"/>\n")),
            None => text.push_str(line),
        }
    }
    text
}

/// `12,34 15,30` as `M12 34l3-4`; `None` if these are no points.
fn path(points: &str) -> Option<String> {
    let mut text = String::new();
    let mut last: Option<(i64, i64)> = None;
    for point in points.split_whitespace() {
        let (x, y) = point.split_once(',')?;
        let (x, y): (i64, i64) = (x.parse().ok()?, y.parse().ok()?);
        let (dx, dy) = last.map_or((x, y), |(before, above)| (x - before, y - above));
        match text.len() {
            0 => text.push('M'),
            _ if !text.contains('l') => text.push('l'),
            _ if dx >= 0 => text.push(' '),
            _ => {}
        }
        text.push_str(&dx.to_string());
        if dy >= 0 {
            text.push(' ');
        }
        text.push_str(&dy.to_string());
        last = Some((x, y));
    }
    last.map(|_| text)
}

/// plotters knows no dashed lines. In a document a pattern is one attribute, so a dashed line is first written with an
/// opacity that no other mark has, and that is then replaced; in a bitmap it is cut into its pieces.
const DASH_MARKS: [f64; DASHES.len()] = [0.991, 0.992, 0.993, 0.994, 0.995, 0.996, 0.997];

fn dash_mark(dash: Dash) -> Option<f64> {
    DASHES.iter().position(|known| *known == dash).map(|at| DASH_MARKS[at])
}

/// A `@font-face` rule with the given characters of the embedded font.
pub(super) fn font_face(family: &str, characters: &BTreeSet<char>) -> Result<String, PlotError> {
    Ok(face(family, &subset_font(Font::embedded()?, characters)))
}

fn face(family: &str, file: &[u8]) -> String {
    format!("@font-face{{font-family:{family};src:url(data:font/ttf;base64,{})}}", base64(file))
}

fn svg_mark<DB: DrawingBackend>(backend: &mut DB, mark: &Mark, family: &str) -> Result<(), PlotError> {
    let unit = |point: &Point| ((point.0 * SVG_UNITS).round() as i32, (point.1 * SVG_UNITS).round() as i32);
    let stroke = |width: f64| (width * SVG_UNITS).round() as u32;
    match mark {
        Mark::Line { points, color, width, dash } => {
            let color = dash_mark(dash).map_or(opaque(*color), |mark| rgb(*color).mix(mark));
            let style = ShapeStyle { color, filled: false, stroke_width: stroke(*width) };
            match points[..] {
                [] => Ok(()),
                [from, to] => backend.draw_line(unit(&from), unit(&to), &style).map_err(draw_error),
                _ => backend.draw_path(points.iter().map(unit), &style).map_err(draw_error),
            }
        }
        Mark::Area { points, color, opacity } => {
            backend.fill_polygon(points.iter().map(unit), &rgb(*color).mix(*opacity)).map_err(draw_error)
        }
        Mark::Rectangle { from, to, color } => {
            backend.draw_rect(unit(from), unit(to), &opaque(*color), true).map_err(draw_error)
        }
        Mark::Disc { center, radius, color } => {
            backend.draw_circle(unit(center), stroke(*radius), &opaque(*color), true).map_err(draw_error)
        }
        Mark::Text { at, text, size, color, anchor } => {
            let horizontal = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let style = text_style(family, svg_text_size((size * SVG_UNITS).round()), *color);
            backend.draw_text(text, &style.pos(Pos::new(horizontal, VPos::Top)), unit(at)).map_err(draw_error)
        }
    }
}

/// The size that plotters writes as `em` into an SVG: it divides by 1.24 and prints every digit.
fn svg_text_size(em: f64) -> f64 {
    let size = em * 1.24;
    [size, size.next_up(), size.next_down()].into_iter().find(|size| size / 1.24 == em).unwrap_or(size)
}

/// A complete PNG file.
pub(super) fn png(drawn: &Drawn) -> Result<Vec<u8>, PlotError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    if !REGISTERED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, FONT_BYTES).is_ok()) {
        return Err(PlotError::Font);
    }
    let font = Font::embedded()?;
    let size = ((drawn.width * BITMAP_UNITS) as u32, (drawn.height * BITMAP_UNITS) as u32);
    let mut raster = vec![255; size.0 as usize * size.1 as usize * 3];
    {
        let mut backend = BitMapBackend::with_buffer(&mut raster, size);
        for mark in &drawn.marks {
            bitmap_mark(&mut backend, mark, font)?;
        }
        backend.present().map_err(draw_error)?;
    }
    encode(&averaged(&raster, size.0 as usize), size.0 / AVERAGED as u32, size.1 / AVERAGED as u32)
}

fn bitmap_mark<DB: DrawingBackend>(backend: &mut DB, mark: &Mark, font: &Font) -> Result<(), PlotError> {
    let scaled = |point: &Point| (point.0 * BITMAP_UNITS, point.1 * BITMAP_UNITS);
    let unit = |point: &Point| ((point.0 * BITMAP_UNITS).round() as i32, (point.1 * BITMAP_UNITS).round() as i32);
    match mark {
        Mark::Line { points, color, width, dash } => {
            for piece in dashed(points, dash) {
                let piece: Vec<Point> = piece.iter().map(scaled).collect();
                stroke_polyline(backend, &piece, width * BITMAP_UNITS, *color)?;
            }
            Ok(())
        }
        Mark::Area { points, color, opacity } => {
            backend.fill_polygon(points.iter().map(unit), &rgb(*color).mix(*opacity)).map_err(draw_error)
        }
        Mark::Rectangle { from, to, color } => {
            backend.draw_rect(unit(from), unit(to), &opaque(*color), true).map_err(draw_error)
        }
        Mark::Disc { center, radius, color } => disc(backend, scaled(center), radius * BITMAP_UNITS, *color),
        Mark::Text { at, text, size, color, anchor } => {
            let start = match anchor {
                Anchor::Start => at.0,
                Anchor::Middle => at.0 - font.width(text, *size) / 2.0,
                Anchor::End => at.0 - font.width(text, *size),
            };
            letters(backend, font, text, scaled(&(start, at.1)), size * BITMAP_UNITS, *color)
        }
    }
}

/// Draws a text letter by letter from a baseline start; plotters drops the space left of a letter's ink, so it is
/// added here. The font's height equals its em, so that plotters' size is the em, and an even number of units keeps
/// plotters' own rounding of the baseline exact.
fn letters<DB: DrawingBackend>(
    backend: &mut DB,
    font: &Font,
    text: &str,
    start: Point,
    size: f64,
    color: Color,
) -> Result<(), PlotError> {
    let size = (size / 2.0).round() * 2.0;
    let style = text_style(FAMILY, size, color).pos(Pos::new(HPos::Left, VPos::Top));
    let top = (start.1 - size / 2.0).round() as i32;
    let mut pen = start.0;
    let mut buffer = [0; 4];
    for character in text.chars() {
        let left = pen.round() + (font.ink_left(character) * size).floor();
        backend.draw_text(character.encode_utf8(&mut buffer), &style, (left as i32, top)).map_err(draw_error)?;
        pen += font.advance(character) * size;
    }
    Ok(())
}

/// A line of some width as one rectangle per stretch and a disc at each bend.
fn stroke_polyline<DB: DrawingBackend>(
    backend: &mut DB,
    points: &[Point],
    width: f64,
    color: Color,
) -> Result<(), PlotError> {
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt();
        if length == 0.0 {
            continue;
        }
        let half = width / 2.0;
        if dx == 0.0 || dy == 0.0 {
            // Grid and axes: whole units, so that equal lines look equal.
            let (left, top) = (
                (from.0.min(to.0) - half * (dy / length).abs()).round(),
                (from.1.min(to.1) - half * (dx / length).abs()).round(),
            );
            let (wide, high) = (dx.abs() + width * (dy / length).abs(), dy.abs() + width * (dx / length).abs());
            let corner = ((left + wide.round()) as i32, (top + high.round()) as i32);
            backend.draw_rect((left as i32, top as i32), corner, &opaque(color), true).map_err(draw_error)?;
            continue;
        }
        let (across, along) = (-dy / length * half, dx / length * half);
        let corners = [
            (from.0 + across, from.1 + along),
            (to.0 + across, to.1 + along),
            (to.0 - across, to.1 - along),
            (from.0 - across, from.1 - along),
        ];
        backend
            .fill_polygon(corners.iter().map(|&(x, y)| (x.round() as i32, y.round() as i32)), &opaque(color))
            .map_err(draw_error)?;
    }
    for bend in points.get(1..points.len().saturating_sub(1)).unwrap_or(&[]) {
        disc(backend, *bend, width / 2.0, color)?;
    }
    Ok(())
}

/// A filled circle as a polygon of 16 corners, or of 64 where the eye would count them: smooth at these sizes, and free
/// of trigonometry at run time.
fn disc<DB: DrawingBackend>(backend: &mut DB, center: Point, radius: f64, color: Color) -> Result<(), PlotError> {
    // Cosines and sines of a sixteenth and of a sixty-fourth of a turn.
    const COARSE: Point = (0.923_879_532_511_286_7, 0.382_683_432_365_089_8);
    const FINE: Point = (0.995_184_726_672_196_9, 0.098_017_140_329_560_6);
    let (corners, turn) = if radius > 24.0 { (64, FINE) } else { (16, COARSE) };
    let mut arm = (radius, 0.0);
    let corner = |_| {
        let at = ((center.0 + arm.0).round() as i32, (center.1 + arm.1).round() as i32);
        arm = (arm.0 * turn.0 - arm.1 * turn.1, arm.0 * turn.1 + arm.1 * turn.0);
        at
    };
    backend.fill_polygon((0..corners).map(corner), &opaque(color)).map_err(draw_error)
}

/// Cuts a line into its inked pieces; an empty pattern leaves it whole.
fn dashed(points: &[Point], dash: Dash) -> Vec<Vec<Point>> {
    if dash.is_empty() {
        return vec![points.to_vec()];
    }
    let mut pieces = Vec::new();
    let (mut phase, mut left_over) = (0, dash[0]);
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = (dx * dx + dy * dy).sqrt();
            if length <= left_over {
                left_over -= length;
                piece.push(to);
                break;
            }
            let share = left_over / length;
            from = (from.0 + dx * share, from.1 + dy * share);
            piece.push(from);
            if phase % 2 == 0 {
                pieces.push(std::mem::take(&mut piece));
            }
            piece = vec![from];
            phase = (phase + 1) % dash.len();
            left_over = dash[phase];
        }
    }
    if phase % 2 == 0 && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

/// Averages squares of units into pixels, in whole numbers. Row by row: this is the innermost loop of a chart.
fn averaged(raster: &[u8], width: usize) -> Vec<u8> {
    const PIXEL: usize = 3 * AVERAGED;
    let row = width * 3;
    let square = (AVERAGED * AVERAGED) as u32;
    let mut pixels = Vec::with_capacity(raster.len() / (AVERAGED * AVERAGED));
    let mut sums = vec![0u32; row / AVERAGED];
    for rows in raster.chunks_exact(row * AVERAGED) {
        sums.fill(square / 2);
        for units in rows.chunks_exact(row) {
            for (sum, units) in sums.chunks_exact_mut(3).zip(units.chunks_exact(PIXEL)) {
                for unit in units.chunks_exact(3) {
                    sum[0] += u32::from(unit[0]);
                    sum[1] += u32::from(unit[1]);
                    sum[2] += u32::from(unit[2]);
                }
            }
        }
        pixels.extend(sums.iter().map(|sum| (sum / square) as u8));
    }
    pixels
}

fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, PlotError> {
    let png_error = |error: png::EncodingError| PlotError::Png(error.to_string());
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours are found again as they are: without a filter, files are a fifth smaller and need a third of the work.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::Level(3));
    // 144 dpi, so that the image is as large on paper as the SVG.
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: 5669, yppu: 5669, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header().map_err(png_error)?;
    writer.write_image_data(pixels).map_err(png_error)?;
    writer.finish().map_err(png_error)?;
    Ok(file)
}

fn draw_error(error: impl Display) -> PlotError {
    PlotError::Draw(error.to_string())
}

fn letters_of(mark: &Mark) -> impl Iterator<Item = char> {
    let text = if let Mark::Text { text, .. } = mark { text.as_str() } else { "" };
    text.chars()
}

fn rgb(color: Color) -> RGBColor {
    RGBColor(color.0, color.1, color.2)
}

fn opaque(color: Color) -> RGBAColor {
    rgb(color).to_rgba()
}

fn text_style(family: &str, size: f64, color: Color) -> TextStyle<'_> {
    (FontFamily::Name(family), size, FontStyle::Normal).into_font().color(&rgb(color))
}

/// The text with the five characters that mean something to XML replaced.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_as_steps_lead_to_the_same_places() {
        let marks = "<polygon fill=\"#FFFFFF\" points=\"12,34 15,30 15,41\"/>\n<rect x=\"1\"/>\n<polyline fill=\"none\" points=\"5,5 1,9\"/>\n";
        let paths =
            "<path fill=\"#FFFFFF\" d=\"M12 34l3-4 0 11z\"/>\n<rect x=\"1\"/>\n<path fill=\"none\" d=\"M5 5l-4 4\"/>\n";
        assert_eq!(in_steps(marks), paths);
    }
}
