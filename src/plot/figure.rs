//! A figure as plain data: what is shown, never how it is drawn.

/// A calendar month, the finest step of time on an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearMonth {
    /// Calendar year, for example 2024.
    pub year: i32,
    /// Month of the year, 1 (January) to 12; a figure draws anything else as the nearest of these.
    pub month: u8,
}

/// How far apart two neighbouring values of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// One value per month.
    Month,
    /// One value per calendar year.
    Year,
}

/// What the values count; decides the units and number format of axes and labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// People, startups, programmes, approvals ...: ticks are whole numbers.
    Count,
    /// Japanese yen; written as JPY m, bn, tn or 万円, 億円, 兆円.
    Yen,
    /// A ratio or an index without unit.
    Index,
    /// Hours (travel time, waiting time).
    Hours,
    /// A part of a whole, 0 to 1; written in per cent.
    Share,
    /// US dollars; written as m, bn, tn or 万ドル, 億ドル, 兆ドル.
    UsDollars,
}

/// Language of everything a figure writes by itself (units, months, the remark on an empty panel).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English, with JPY bn and JPY tn.
    English,
    /// Japanese, with 億円 and 兆円.
    Japanese,
}

/// The vertical scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal distances are equal differences; starts at zero unless [`Figure::zero_baseline`] is off.
    Linear,
    /// Equal distances are equal ratios. Zero and negative values have no place and leave a gap.
    Log,
}

/// The marks that carry the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// One line per series, with its bands behind it.
    Lines,
    /// Series stacked on each other in the given order, first at the bottom. For values that are never negative.
    Areas,
    /// One bar per value; several series are stacked, negative values downwards from zero.
    Bars,
}

/// The role of a series, from which its colour, width and dash follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A cluster the figure is about: strong and solid. The number picks the colour, wrapping round.
    Focus(usize),
    /// A cluster shown for comparison: thin and grey. The number picks the dash, wrapping round.
    Context(usize),
    /// What was observed: dark points without a line, over everything else.
    Observed,
    /// What the model says of a past that is known (hindcast): dashed, with grey bands.
    Past,
    /// One of `of` ordered parts of a whole (stages): from dark (`index` 0) to light.
    Part {
        /// Position in the order, from 0.
        index: usize,
        /// How many parts there are.
        of: usize,
    },
}

/// An interval around a series, for example the middle 90 % of the replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Lower edge, in step with [`Series::values`].
    pub low: Vec<f64>,
    /// Upper edge, in step with [`Series::values`].
    pub high: Vec<f64>,
    /// How strongly the band is filled, 0 (not at all) to 1 (opaque); 0.15 to 0.3 reads well.
    pub opacity: f64,
}

/// One sequence of values from [`Figure::start`] on.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name shown beside the line or in the legend.
    pub label: String,
    /// The values; one that is not finite leaves a gap.
    pub values: Vec<f64>,
    /// Intervals drawn behind the line, widest first.
    pub bands: Vec<Band>,
    /// Colour, width and dash.
    pub look: Look,
}

impl Series {
    /// A series without bands.
    #[must_use]
    pub fn new(label: &str, values: Vec<f64>, look: Look) -> Self {
        Self { label: label.to_owned(), values, bands: Vec::new(), look }
    }
}

/// One coordinate system. A figure with several panels shows them as a grid of small multiples.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Name of the panel, above its left edge; may be empty if there is only one panel.
    pub heading: String,
    /// A few words or numbers above its right edge, for example `62 → 148`.
    pub remark: String,
    /// What is drawn, later series over earlier ones.
    pub series: Vec<Series>,
}

/// A vertical rule through every panel: where a policy starts, or where the forecast begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Steps from [`Figure::start`]; the rule stands before this step.
    pub step: usize,
    /// A few words at its upper end.
    pub label: String,
}

/// A figure: words, axes, and panels that share the time axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// States what is shown or found.
    pub title: String,
    /// Unit, period and anything needed to read the axes; may be empty.
    pub subtitle: String,
    /// Source and reservations, small, at the foot; may be empty.
    pub note: String,
    /// Language of units and months.
    pub language: Language,
    /// Month (or year) of the first value of every series.
    pub start: YearMonth,
    /// Distance between values.
    pub step: Step,
    /// What the values count.
    pub kind: ValueKind,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Whether a linear axis must reach zero; on for stocks and flows, off for an index around 1.
    pub zero_baseline: bool,
    /// Whether all panels have the same vertical axis; if off, each is scaled to its own values.
    pub shared_scale: bool,
    /// Lines, stacked areas or bars.
    pub drawing: Drawing,
    /// Rules at points of time.
    pub moments: Vec<Moment>,
    /// Names of the bands of each series, widest first, for the legend; empty if the subtitle says what they are.
    pub band_names: Vec<String>,
    /// Whether the values are differences, of which only those whose widest band leaves zero out are drawn strong.
    pub differences: bool,
    /// The panels in reading order.
    pub panels: Vec<Panel>,
}

impl Figure {
    /// A figure with one panel of lines on a linear axis from zero, labelled directly at the line ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use trihelix::plot::{Figure, Look, Series, ValueKind, YearMonth, render_svg};
    /// let osaka = Series::new("Osaka", vec![62.0, 63.0, 65.0], Look::Focus(0));
    /// let figure = Figure::lines("Startups alive", YearMonth { year: 2024, month: 1 }, ValueKind::Count, vec![osaka]);
    /// assert!(render_svg(&figure)?.contains("Osaka"));
    /// # Ok::<(), trihelix::plot::PlotError>(())
    /// ```
    #[must_use]
    pub fn lines(title: &str, start: YearMonth, kind: ValueKind, series: Vec<Series>) -> Self {
        let panel = Panel { heading: String::new(), remark: String::new(), series };
        Self::multiples(title, start, kind, Drawing::Lines, vec![panel])
    }

    /// A figure of several panels on linear axes from zero, each scaled to its own values.
    #[must_use]
    pub fn multiples(title: &str, start: YearMonth, kind: ValueKind, drawing: Drawing, panels: Vec<Panel>) -> Self {
        Self {
            title: title.to_owned(),
            subtitle: String::new(),
            note: String::new(),
            language: Language::English,
            start,
            step: Step::Month,
            kind,
            scale: Scale::Linear,
            zero_baseline: true,
            shared_scale: false,
            drawing,
            moments: Vec::new(),
            band_names: Vec::new(),
            differences: false,
            panels,
        }
    }

    /// Number of steps of the time axis: the length of the longest series.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.panels.iter().flat_map(|panel| &panel.series).map(|series| series.values.len()).max().unwrap_or(0)
    }
}

/// Sums of a monthly flow over calendar years.
#[derive(Debug, Clone, PartialEq)]
pub struct YearlySums {
    /// Calendar year of the first sum.
    pub first_year: i32,
    /// One sum per calendar year.
    pub sums: Vec<f64>,
    /// Whether months before the first or after the last whole year were left out.
    pub partial_left_out: bool,
}

/// Adds a monthly flow up by calendar year, so that the noise of single months does not hide the course.
///
/// A year of which only some months are given is left out: beside whole years it would look like a fall. If no
/// year is whole, the result is empty. Months are added in their order; a month that is not finite makes its year NaN.
#[must_use]
pub fn yearly_sums(start: YearMonth, monthly: &[f64]) -> YearlySums {
    let month = start.month.clamp(1, 12);
    let skipped = if month == 1 { 0 } else { 13 - usize::from(month) };
    let whole = monthly.get(skipped..).unwrap_or(&[]).chunks_exact(12);
    let partial_left_out = skipped > 0 || !whole.remainder().is_empty();
    let sums = whole.map(|year| year.iter().fold(0.0, |sum, value| sum + value)).collect();
    YearlySums { first_year: start.year.saturating_add(i32::from(skipped > 0)), sums, partial_left_out }
}
