//! A font that holds just the letters of one figure, to be carried inside its SVG.
//!
//! An SVG names its font but does not hold it, so without this each reader would see another one, with other widths
//! and, for Japanese, perhaps boxes. Copying the glyphs in use costs 10 to 25 kB per figure; a fixed Latin and kana
//! subset as WOFF2 would cost 56 kB and still lack kanji.

use super::font::{FONT_BYTES, Font, table};
use std::collections::BTreeSet;

/// The bytes of a TrueType font with the given characters of the embedded font, glyph 0 being the missing-glyph box.
pub(super) fn subset_font(font: &Font, characters: &BTreeSet<char>) -> Vec<u8> {
    let mapped: Vec<(char, u16)> = characters.iter().filter_map(|&c| Some((c, font.glyph(c)?))).collect();
    let glyphs: Vec<u16> = std::iter::once(0).chain(mapped.iter().map(|entry| entry.1)).collect();
    let count = u16::try_from(glyphs.len()).unwrap_or(u16::MAX);
    let (mut glyf, mut loca, mut hmtx) = (Vec::new(), Vec::new(), Vec::new());
    for &glyph in &glyphs {
        let outline = font.outline(glyph);
        loca.extend((glyf.len() as u32).to_be_bytes());
        glyf.extend(outline);
        pad_to_four(&mut glyf);
        hmtx.extend(font.advance_units(glyph).to_be_bytes());
        hmtx.extend(outline.get(2..4).unwrap_or(&[0, 0]));
    }
    loca.extend((glyf.len() as u32).to_be_bytes());

    let mut head = copied(b"head");
    overwrite(&mut head, 8, &[0; 4]);
    let mut hhea = copied(b"hhea");
    overwrite(&mut hhea, 34, &count.to_be_bytes());
    let mut maxp = copied(b"maxp");
    overwrite(&mut maxp, 4, &count.to_be_bytes());
    assemble(&[
        (b"OS/2", copied(b"OS/2")),
        (b"cmap", character_map(&mapped)),
        (b"glyf", glyf),
        (b"head", head),
        (b"hhea", hhea),
        (b"hmtx", hmtx),
        (b"loca", loca),
        (b"maxp", maxp),
        (b"name", copied(b"name")),
        (b"post", copied(b"post")),
    ])
}

/// A character map of format 12 with one group per character; glyph numbers follow the order of `mapped` from 1.
fn character_map(mapped: &[(char, u16)]) -> Vec<u8> {
    let groups = mapped.len() as u32;
    let mut bytes = Vec::new();
    // Version 0, one subtable: platform 3 (Windows), encoding 10 (all of Unicode), at offset 12.
    for half in [0u16, 1, 3, 10, 0, 12, 12, 0] {
        bytes.extend(half.to_be_bytes());
    }
    for word in [16 + 12 * groups, 0, groups] {
        bytes.extend(word.to_be_bytes());
    }
    for (glyph, &(character, _)) in (1u32..).zip(mapped) {
        for word in [u32::from(character), u32::from(character), glyph] {
            bytes.extend(word.to_be_bytes());
        }
    }
    bytes
}

/// Joins tables (ascending by tag) to a font file with directory and checksums.
fn assemble(tables: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let count = tables.len() as u16;
    let power = 15 - count.leading_zeros() as u16;
    let mut file = Vec::new();
    file.extend(0x0001_0000u32.to_be_bytes());
    for half in [count, 16 << power, power, 16 * count - (16 << power)] {
        file.extend(half.to_be_bytes());
    }
    let mut offset = 12 + 16 * tables.len();
    let mut head_at = None;
    for (tag, content) in tables {
        if *tag == b"head" {
            head_at = Some(offset);
        }
        file.extend(*tag);
        for word in [checksum(content), offset as u32, content.len() as u32] {
            file.extend(word.to_be_bytes());
        }
        offset += content.len().next_multiple_of(4);
    }
    for (_, content) in tables {
        file.extend(content);
        pad_to_four(&mut file);
    }
    // The adjustment that makes the sum over the whole file a constant named by the format.
    let adjustment = 0xB1B0_AFBAu32.wrapping_sub(checksum(&file));
    if let Some(head) = head_at {
        overwrite(&mut file, head + 8, &adjustment.to_be_bytes());
    }
    file
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.chunks(4).fold(0, |sum: u32, chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

fn copied(tag: &[u8; 4]) -> Vec<u8> {
    let (start, length) = table(FONT_BYTES, tag).unwrap_or((0, 0));
    FONT_BYTES.get(start..start + length).unwrap_or(&[]).to_vec()
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + with.len()) {
        place.copy_from_slice(with);
    }
}

fn pad_to_four(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// Base 64 with padding (RFC 4648, section 4).
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (word >> (18 - 6 * digit)) & 63;
            text.push(if digit <= chunk.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_matches_the_standard() {
        // Test vectors of RFC 4648, section 10.
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn subset_is_small_and_its_checksum_is_the_constant_of_the_format() {
        let font = Font::embedded().unwrap();
        let characters: BTreeSet<char> = "Osaka 大阪 0123456789".chars().collect();
        let bytes = subset_font(font, &characters);
        assert!(bytes.len() < 8_000, "{}", bytes.len());
        assert_eq!(checksum(&bytes), 0xB1B0_AFBA);
        assert_eq!(bytes, subset_font(font, &characters));
    }
}
