//! Figures: data in, SVG and PNG out, the same bytes every time.
//!
//! ```text
//! growth    recorded metrics  -> figures, one per question
//! figure    a figure as plain data
//! layout    figure -> drawing list: frame, grid of panels, legend (panel, marks, labels, scale, numbers, palette)
//! paint     drawing list -> SVG or PNG; the only file that knows plotters
//! font      widths and outlines of the embedded font; subset makes the part of it that an SVG carries
//! ```
//!
//! plotters could be replaced by rewriting `paint`. Bytes are stable because positions follow from `+ - * /`, square
//! roots and rounding, the logarithm of log axes comes from [`crate::math`], and no system font is looked at.

mod chart;
mod figure;
mod font;
mod growth;
mod labels;
mod layout;
mod marks;
mod numbers;
mod paint;
mod palette;
mod panel;
mod picture;
mod scale;
mod subset;
mod told;

pub use chart::*;
pub use figure::{
    Band, Drawing, Figure, Language, Look, Moment, Panel, Scale, Series, Step, ValueKind, YearMonth, YearlySums,
    yearly_sums,
};
pub use growth::{GrowthCluster, GrowthInput, comparison_figure, growth_figures};
pub use picture::{Caption, Cell, PAGE_FONT, Picture, Table, TimeAxis, has_glyph, page_font};
pub use subset::base64;

/// Why a figure could not be drawn. None of these depends on the values in the figure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlotError {
    /// The font inside the program could not be read: the build is damaged.
    #[error("the embedded font cannot be read; rebuild the program from a clean checkout")]
    Font,
    /// The drawing library refused a mark.
    #[error("the figure cannot be drawn: {0}")]
    Draw(String),
    /// The pixels could not be written as PNG.
    #[error("the figure cannot be written as PNG: {0}")]
    Png(String),
}

/// Draws a figure as a complete SVG document, 1,000 pixels wide, that carries the letters it needs.
///
/// Text stays text (searchable, read aloud; `title` and `desc` sum the figure up), and is escaped. The document has no
/// XML declaration, so it can also be placed inside an HTML page; ids and font names differ between figures.
///
/// # Errors
///
/// [`PlotError`]; odd values (empty, not finite, huge) are not errors but gaps or an empty panel.
pub fn render_svg(figure: &Figure) -> Result<String, PlotError> {
    figure.picture()?.svg()
}

/// Draws a figure as PNG, 2,000 pixels wide (144 dpi), with the content and proportions of [`render_svg`].
///
/// # Errors
///
/// As [`render_svg`], and [`PlotError::Png`].
pub fn render_png(figure: &Figure) -> Result<Vec<u8>, PlotError> {
    figure.picture()?.png()
}

impl Figure {
    /// The figure laid out, with its words and its table.
    ///
    /// # Errors
    ///
    /// As [`render_svg`].
    pub fn picture(&self) -> Result<Picture, PlotError> {
        layout::lay_out(self)
    }
}
