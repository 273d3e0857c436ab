#!/usr/bin/env python3
"""Makes BIZUDPGothic-subset.ttf, the font of every figure, from the published font.

    npm pack @expo-google-fonts/biz-udpgothic@0.4.2 && tar xzf expo-google-fonts-biz-udpgothic-0.4.2.tgz
    pip install fonttools==4.68.0
    python3 subset.py package/400Regular/BIZUDPGothic_400Regular.ttf BIZUDPGothic-subset.ttf

The output is the same bytes each time: the dates inside the font are kept as published.

Kept: Latin with accents, Greek, punctuation, currency, arrows, mathematical signs, kana, full-width forms, every
non-kanji sign of JIS X 0208 and its level 1 kanji, so that a title typed by a Japanese user is drawn. Dropped: hints
(figures are drawn large and averaged), vertical metrics, substitution rules, device tables. Accented letters are
flattened to plain outlines, so that `src/plot/subset.rs` can copy a glyph without following references.
The licence (OFL.txt) reserves no font name, so the subset may keep it.
"""

import sys

from fontTools import subset
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x017F), (0x0391, 0x03C9), (0x2010, 0x2027), (0x2030, 0x203A),
    (0x2070, 0x209C), (0x20A0, 0x20BF), (0x2190, 0x2193), (0x2200, 0x22FF), (0x25A0, 0x25CF),
    (0x3000, 0x30FF), (0xFF01, 0xFFEF),
]


def jis_x_0208(first_row, last_row):
    """Characters of the rows (ku) of JIS X 0208, through Python's own EUC-JP codec."""
    for row in range(first_row, last_row + 1):
        for cell in range(1, 95):
            try:
                yield ord(bytes([row + 0xA0, cell + 0xA0]).decode("euc_jp"))
            except UnicodeDecodeError:
                continue


def characters():
    chosen = {code for low, high in RANGES for code in range(low, high + 1)}
    chosen.update(jis_x_0208(1, 8))
    chosen.update(jis_x_0208(16, 47))
    return sorted(chosen)


def flatten_composites(font):
    glyphs, outlines = font["glyf"], font.getGlyphSet()
    for name in font.getGlyphOrder():
        if glyphs[name].isComposite():
            recording, pen = DecomposingRecordingPen(outlines), TTGlyphPen(None)
            outlines[name].draw(recording)
            recording.replay(pen)
            glyphs[name] = pen.glyph()


def main(source, target):
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(
        hinting=False, layout_features=[], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True,
        glyph_names=False, recalc_timestamp=False, drop_tables=["GSUB", "vhea", "vmtx", "gasp", "meta"],
    )
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=characters())
    chosen.subset(font)
    flatten_composites(font)
    font.save(target, reorderTables=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
