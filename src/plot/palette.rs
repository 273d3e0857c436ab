//! Colours, widths and dashes: told apart by colour-blind eyes and in grey.
//!
//! Focus colours differ in lightness as much as in hue (CIE L* about 32, 62, 47), context lines are grey and differ
//! by dash, and parts of a whole run from dark to light within one hue. Every line is also named where it ends, so
//! colour is never the only carrier.

use super::figure::Look;

/// Red, green and blue.
pub(super) type Color = (u8, u8, u8);

/// Headline text.
pub(super) const INK: Color = (0x1A, 0x1F, 0x26);
/// Running text and tick labels.
pub(super) const TEXT: Color = (0x55, 0x5E, 0x69);
/// Grid lines.
pub(super) const GRID: Color = (0xE3, 0xE6, 0xEA);
/// The zero line and tick marks.
pub(super) const AXIS: Color = (0x8B, 0x93, 0x9C);
/// Leaders from a line end to its label.
pub(super) const LEADER: Color = (0xB4, 0xBA, 0xC1);
/// Paper.
pub(super) const PAPER: Color = (0xFF, 0xFF, 0xFF);

/// Lengths of ink and gap along a line, in pixels; empty is solid.
pub(super) type Dash = &'static [f64];

/// How a series is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) color: Color,
    pub(super) width: f64,
    pub(super) dash: Dash,
}

const FOCUS: [Color; 6] = [
    (0x0B, 0x4F, 0x9E), // deep blue
    (0xE6, 0x7F, 0x0D), // orange
    (0xB8, 0x2E, 0x5C), // crimson
    (0x1B, 0x9E, 0x8A), // teal
    (0x5B, 0x3A, 0x8C), // violet
    (0x7A, 0x5C, 0x1E), // umber
];
/// Every pattern that a line can have.
pub(super) const DASHES: [Dash; 7] =
    [&[7.0, 3.0], &[3.0, 2.5], &[9.0, 3.0, 2.0, 3.0], &[1.5, 2.5], &[12.0, 3.0], &[5.0, 3.0], &[3.0, 3.0]];
const CONTEXT: [(Color, Dash); 6] = [
    ((0x8A, 0x93, 0x9D), &[]),
    ((0x6C, 0x76, 0x82), &[7.0, 3.0]),
    ((0x8A, 0x93, 0x9D), &[3.0, 2.5]),
    ((0x6C, 0x76, 0x82), &[9.0, 3.0, 2.0, 3.0]),
    ((0x8A, 0x93, 0x9D), &[1.5, 2.5]),
    ((0x6C, 0x76, 0x82), &[12.0, 3.0]),
];
const PART_DARK: Color = (0x0A, 0x33, 0x66);
const PART_LIGHT: Color = (0xC4, 0xDD, 0xF0);

/// Colour, width and dash of a role.
pub(super) fn style(look: Look) -> Style {
    match look {
        Look::Focus(number) => Style { color: FOCUS[number % FOCUS.len()], width: 2.2, dash: &[] },
        Look::Context(number) => {
            let (color, dash) = CONTEXT[number % CONTEXT.len()];
            Style { color, width: 1.25, dash }
        }
        Look::Observed => Style { color: INK, width: 2.2, dash: &[] },
        Look::Past => Style { color: CONTEXT[1].0, width: 1.5, dash: &[5.0, 3.0] },
        Look::Part { index, of } => {
            let last = of.saturating_sub(1).max(1);
            Style { color: mix(PART_DARK, PART_LIGHT, index.min(last) as f64 / last as f64), width: 1.6, dash: &[] }
        }
    }
}

/// How a line is drawn where the data cannot tell it from nothing: thin and pale.
pub(super) fn cannot_tell(style: Style) -> Style {
    Style { color: mix(style.color, PAPER, 0.45), width: 1.1, dash: &[3.0, 2.5] }
}

/// The colour `share` of the way from one to another; `share` in [0, 1].
pub(super) fn mix(from: Color, to: Color, share: f64) -> Color {
    let channel = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    (channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(color: Color) -> f64 {
        0.299 * f64::from(color.0) + 0.587 * f64::from(color.1) + 0.114 * f64::from(color.2)
    }

    #[test]
    fn the_three_focus_colours_differ_in_grey() {
        let mut greys: Vec<f64> = (0..3).map(|number| grey(style(Look::Focus(number)).color)).collect();
        greys.sort_by(f64::total_cmp);
        assert!(greys[1] - greys[0] > 12.0 && greys[2] - greys[1] > 40.0, "{greys:?}");
    }

    #[test]
    fn parts_grow_lighter_in_even_steps() {
        let greys: Vec<f64> = (0..5).map(|index| grey(style(Look::Part { index, of: 5 }).color)).collect();
        assert!(greys.windows(2).all(|pair| pair[1] - pair[0] > 20.0), "{greys:?}");
    }
}
