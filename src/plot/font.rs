//! The embedded font: which characters it has and how wide they are.
//!
//! A reader of four tables of one known TrueType file. plotters draws the letters; this module places them, because
//! plotters rounds widths and drops the side bearing of each letter, which spaces small text unevenly.

use super::PlotError;
use std::sync::OnceLock;

/// BIZ UDPGothic Regular, reduced by `assets/fonts/subset.py`; licence in `assets/fonts/OFL.txt`.
pub(super) const FONT_BYTES: &[u8] = include_bytes!("../../assets/fonts/BIZUDPGothic-subset.ttf");

/// Stands for a character the font lacks: the geta mark, with which Japanese printers mark a missing type.
const GETA: char = '〓';

/// The parts of the font file needed to measure and copy glyphs. Offsets are checked on every read.
#[derive(Debug)]
pub(super) struct Font {
    bytes: &'static [u8],
    /// Character code and glyph number, ascending by code.
    characters: Vec<(u32, u16)>,
    glyf: usize,
    hmtx: usize,
    loca: usize,
    metrics: u16,
    units_per_em: f64,
}

impl Font {
    /// The font of all figures, read once.
    pub(super) fn embedded() -> Result<&'static Self, PlotError> {
        static FONT: OnceLock<Option<Font>> = OnceLock::new();
        FONT.get_or_init(|| Self::parse(FONT_BYTES)).as_ref().ok_or(PlotError::Font)
    }

    fn parse(bytes: &'static [u8]) -> Option<Self> {
        let cmap = table(bytes, b"cmap")?.0;
        let head = table(bytes, b"head")?.0;
        let hhea = table(bytes, b"hhea")?.0;
        // `subset.py` leaves only format 4 subtables with equal content, so the first will do.
        let subtable = cmap + read_u32(bytes, cmap + 8)? as usize;
        (read_u16(bytes, subtable)? == 4).then_some(())?;
        Some(Self {
            bytes,
            characters: read_cmap_format_4(bytes, subtable)?,
            glyf: table(bytes, b"glyf")?.0,
            hmtx: table(bytes, b"hmtx")?.0,
            loca: table(bytes, b"loca")?.0,
            metrics: read_u16(bytes, hhea + 34)?,
            units_per_em: f64::from(read_u16(bytes, head + 18)?),
        })
    }

    /// Glyph number of a character, or `None` if the font lacks it.
    pub(super) fn glyph(&self, character: char) -> Option<u16> {
        let found = self.characters.binary_search_by_key(&u32::from(character), |entry| entry.0).ok()?;
        Some(self.characters[found].1)
    }

    /// Advance width of a glyph in font units.
    pub(super) fn advance_units(&self, glyph: u16) -> u16 {
        let row = usize::from(glyph.min(self.metrics.saturating_sub(1)));
        read_u16(self.bytes, self.hmtx + 4 * row).unwrap_or(0)
    }

    /// Width of a character as a fraction of the text size.
    pub(super) fn advance(&self, character: char) -> f64 {
        f64::from(self.advance_units(self.glyph(character).unwrap_or(0))) / self.units_per_em
    }

    /// Left edge of the ink, measured from the pen, as a fraction of the text size.
    pub(super) fn ink_left(&self, character: char) -> f64 {
        let outline = self.outline(self.glyph(character).unwrap_or(0));
        read_u16(outline, 2).map_or(0.0, |x_min| f64::from(x_min.cast_signed()) / self.units_per_em)
    }

    /// The outline bytes of a glyph; empty for a space.
    pub(super) fn outline(&self, glyph: u16) -> &'static [u8] {
        let at = |row: usize| read_u32(self.bytes, self.loca + 4 * row).map(|offset| self.glyf + offset as usize);
        let row = usize::from(glyph);
        match (at(row), at(row + 1)) {
            (Some(start), Some(end)) => self.bytes.get(start..end).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// Width of a text at a size, in the unit of `size`.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        text.chars().fold(0.0, |width, character| width + self.advance(character)) * size
    }

    /// The text with only characters that can be drawn: control characters become spaces, and characters the font
    /// lacks become the geta mark, so that nothing disappears silently.
    pub(super) fn drawable(&self, text: &str) -> String {
        text.chars()
            .map(|character| match character {
                _ if character.is_control() || character.is_whitespace() => ' ',
                _ if self.glyph(character).is_some() => character,
                _ => GETA,
            })
            .collect()
    }
}

/// Offset and length of a table.
pub(super) fn table(bytes: &[u8], tag: &[u8; 4]) -> Option<(usize, usize)> {
    let tables = usize::from(read_u16(bytes, 4)?);
    let record = (0..tables).map(|row| 12 + 16 * row).find(|&record| bytes.get(record..record + 4) == Some(tag))?;
    Some((read_u32(bytes, record + 8)? as usize, read_u32(bytes, record + 12)? as usize))
}

/// All characters of a format 4 character map (segments of code ranges with a shift or an array of glyphs each).
fn read_cmap_format_4(bytes: &[u8], subtable: usize) -> Option<Vec<(u32, u16)>> {
    let doubled = usize::from(read_u16(bytes, subtable + 6)?);
    let ends = subtable + 14;
    let starts = ends + doubled + 2;
    let (deltas, offsets) = (starts + doubled, starts + 2 * doubled);
    let mut characters = Vec::new();
    for segment in (0..doubled).step_by(2) {
        let (start, end) = (read_u16(bytes, starts + segment)?, read_u16(bytes, ends + segment)?);
        let delta = read_u16(bytes, deltas + segment)?;
        let offset = usize::from(read_u16(bytes, offsets + segment)?);
        for code in start..=end {
            let glyph = if offset == 0 {
                code.wrapping_add(delta)
            } else {
                let listed = read_u16(bytes, offsets + segment + offset + 2 * usize::from(code - start))?;
                if listed == 0 { 0 } else { listed.wrapping_add(delta) }
            };
            if glyph != 0 {
                characters.push((u32::from(code), glyph));
            }
        }
    }
    Some(characters)
}

/// A big-endian 16-bit number, or `None` past the end.
pub(super) fn read_u16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// A big-endian 32-bit number, or `None` past the end.
pub(super) fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_every_character_a_japanese_title_needs() {
        let font = Font::embedded().unwrap();
        let title =
            "大阪・神戸・ボストンの創薬スタートアップ数と資金調達額(億円、兆円、万人)の推移:2024年1月〜2053年12月";
        for character in title.chars().chain("Ångström naïve — “quoted” → ≥ ± μ € £ ¥ 〓 … − –".chars())
        {
            assert!(
                character == ' ' || font.glyph(character).is_some_and(|glyph| glyph != 0),
                "{character} is missing"
            );
        }
    }

    #[test]
    fn covers_level_1_of_jis_x_0208_and_marks_what_it_lacks() {
        let font = Font::embedded().unwrap();
        assert!(font.characters.len() > 3900, "{}", font.characters.len());
        assert!(font.glyph('亜').is_some() && font.glyph('腕').is_some());
        assert_eq!(font.drawable("a\u{7}b\u{1F600}\u{202E}c"), "a b〓〓c");
    }

    #[test]
    fn measures_in_fractions_of_the_size() {
        let font = Font::embedded().unwrap();
        assert_eq!(font.advance('大'), 1.0);
        assert_eq!(font.width("大阪", 12.0), 24.0);
        assert_eq!(font.width("", 12.0), 0.0);
        assert!(font.ink_left('H') > 0.0);
    }
}
