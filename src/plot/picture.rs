//! A chart that is laid out: drawn as SVG or PNG, told in words, and listed as a table.

use super::figure::{Language, ValueKind};
use super::layout::{Drawn, Mark};
use super::numbers::{signed_label, value_label};
use super::{PlotError, paint};
use std::collections::BTreeSet;

/// The words around a chart, and the language of what the chart writes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    /// States the finding.
    pub title: String,
    /// Unit, period and anything needed to read the chart; may be empty.
    pub subtitle: String,
    /// Source and reservations, small, at the foot; may be empty.
    pub note: String,
    /// Language of units, months and of words such as "cannot tell".
    pub language: Language,
}

impl Caption {
    /// A caption with a title only.
    #[must_use]
    pub fn titled(title: &str, language: Language) -> Self {
        Self { title: title.to_owned(), subtitle: String::new(), note: String::new(), language }
    }

    /// One of two texts.
    pub(super) fn word(&self, words: [&'static str; 2]) -> &'static str {
        words[usize::from(self.language == Language::Japanese)]
    }
}

/// One cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A name.
    Text(String),
    /// A number: as it was given, and as a reader sees it. One that is not finite is shown as a dash.
    Number {
        /// The value at full precision.
        value: f64,
        /// The value with its unit, for example `45.2 bn`.
        shown: String,
    },
}

impl Cell {
    /// A name.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A number in the unit of its kind.
    #[must_use]
    pub fn number(value: f64, kind: ValueKind, language: Language) -> Self {
        Self::Number { value, shown: value_label(value, kind, language) }
    }

    /// As [`Self::number`], with a plus sign before a gain.
    #[must_use]
    pub fn difference(value: f64, kind: ValueKind, language: Language) -> Self {
        Self::Number { value, shown: signed_label(value, kind, language) }
    }

    /// What a reader sees.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number { shown, .. } => shown,
        }
    }
}

/// Everything that a chart shows, in rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Headers, one for each column.
    pub columns: Vec<String>,
    /// Rows in reading order, each with as many cells as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table with these headers.
    #[must_use]
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|&header| header.to_owned()).collect(), rows: Vec::new() }
    }
}

/// A chart that is laid out.
///
/// # Examples
///
/// ```
/// use trihelix::plot::{Figure, Look, Series, ValueKind, YearMonth};
/// let osaka = Series::new("Osaka", vec![62.0, 63.0, 65.0], Look::Focus(0));
/// let figure = Figure::lines("Startups alive", YearMonth { year: 2024, month: 1 }, ValueKind::Count, vec![osaka]);
/// let picture = figure.picture()?;
/// assert_eq!(picture.title(), "Startups alive");
/// assert_eq!(picture.table().rows.len(), 3);
/// assert!(picture.svg()?.contains("@font-face") && !picture.svg_for_page()?.contains("@font-face"));
/// # Ok::<(), trihelix::plot::PlotError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub(super) drawn: Drawn,
    pub(super) table: Table,
    pub(super) time_axis: Option<TimeAxis>,
}

/// Where the steps of time lie in a picture, in its pixels, so that a page can tell what stands below a pointer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeAxis {
    /// Left edge of the first step.
    pub left: f64,
    /// Right edge of the last step.
    pub right: f64,
    /// Number of steps.
    pub steps: usize,
}

impl Picture {
    /// The title in one line.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.drawn.title
    }

    /// The chart in words, for those who do not see it. The SVG carries it as `desc`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.drawn.description
    }

    /// What the chart shows, in rows.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The time axis of a figure with one panel; `None` of other pictures.
    #[must_use]
    pub fn time_axis(&self) -> Option<TimeAxis> {
        self.time_axis
    }

    /// Width and height in pixels.
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        (self.drawn.width, self.drawn.height)
    }

    /// A complete SVG document that carries the letters it needs.
    ///
    /// # Errors
    ///
    /// [`PlotError`], which never depends on the values.
    pub fn svg(&self) -> Result<String, PlotError> {
        paint::svg(&self.drawn, paint::Letters::Carried)
    }

    /// The SVG without letters, for a page that defines [`PAGE_FONT`] once with [`page_font`].
    ///
    /// # Errors
    ///
    /// As [`Self::svg`].
    pub fn svg_for_page(&self) -> Result<String, PlotError> {
        paint::svg(&self.drawn, paint::Letters::OfThePage)
    }

    /// A PNG of twice the pixels of the SVG (144 dpi).
    ///
    /// # Errors
    ///
    /// As [`Self::svg`], and [`PlotError::Png`].
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        paint::png(&self.drawn)
    }

    /// The characters that the chart writes, for [`page_font`].
    #[must_use]
    pub fn letters(&self) -> BTreeSet<char> {
        let texts = self.drawn.marks.iter().filter_map(|mark| match mark {
            Mark::Text { text, .. } => Some(text),
            _ => None,
        });
        texts.flat_map(|text| text.chars()).collect()
    }
}

/// Font family that [`Picture::svg_for_page`] names.
pub const PAGE_FONT: &str = "Trihelix";

/// A `@font-face` rule that holds the given characters of the embedded font as [`PAGE_FONT`]. Characters that the
/// font lacks are left out; [`has_glyph`] tells.
///
/// # Errors
///
/// [`PlotError::Font`] if the build is damaged.
pub fn page_font(characters: &BTreeSet<char>) -> Result<String, PlotError> {
    paint::font_face(PAGE_FONT, characters)
}

/// Whether the embedded font can draw a character.
///
/// # Errors
///
/// [`PlotError::Font`] if the build is damaged.
pub fn has_glyph(character: char) -> Result<bool, PlotError> {
    Ok(super::font::Font::embedded()?.glyph(character).is_some())
}
