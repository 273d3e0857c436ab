//! The decision report: one HTML page that answers a question from the runs of a study, and the check of such a page.
//!
//! ```text
//! evidence   stored runs -> comparisons, ranking, regret, tornado (history: the record beside them)
//! address    address of a number -> the number; the page can show no other
//! number     number -> text in the units of the reader's language; words: every sentence in two languages
//! view       evidence in one language; answer, effects, places, story, growth, choice, trust: the sections
//! page       sections -> page with style, script, font and the numbers that the script needs (data)
//! export     the differences and costs of every recorded metric as JSON, without a page
//! lint       a page and the results it was made from -> what does not agree
//! ```
//!
//! The same results give the same bytes. Whatever comes from a scenario is text and never markup.

mod address;
mod answer;
mod choice;
mod data;
mod effects;
mod evidence;
mod export;
mod growth;
mod history;
mod lint;
mod number;
mod page;
mod places;
mod story;
mod trust;
mod view;
mod words;

use crate::output::StoredStudy;
use crate::plot::{Language, Picture, PlotError};

pub use export::numbers;
pub use lint::{Fault, Options, lint, options_of};
pub use story::{Story, cluster_name};

/// A sentence of the report's own, `story.network_title`, in the reader's language; empty if there is none.
#[must_use]
pub fn sentence(key: &str, language: Language) -> &'static str {
    words::find(key).map_or("", |text| match language {
        Language::English => text.en.as_str(),
        Language::Japanese => text.ja.as_str(),
    })
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// The study cannot be reported on.
    #[error("no report can be made of this study: {0}")]
    Study(String),
    /// What decides was named wrongly.
    #[error("--decide {0}")]
    Decision(String),
    /// A chart cannot be drawn: a damaged build.
    #[error("cannot draw the charts: {0}")]
    Plot(#[from] PlotError),
}

/// A finished report.
pub struct Report {
    /// The page: complete, and without any reference to the outside.
    pub html: String,
    /// Its pictures by name, `fan-employees-kobe.en`, for use elsewhere.
    pub pictures: Vec<(String, Picture)>,
}

/// Makes the report of a study. `hindcast` holds runs of the same clusters from an earlier start,
/// `story` the charts of one run; `decide` names the
/// metric and cluster by which options are ranked, `employees@kobe` (the first metric of all clusters if `None`).
///
/// # Errors
/// [`ReportError`] if there is nothing to compare or `decide` names what the study does not have.
pub fn report(
    study: StoredStudy,
    hindcast: Option<StoredStudy>,
    story: Option<Story>,
    decide: Option<&str>,
    languages: &[Language],
) -> Result<Report, ReportError> {
    let evidence = evidence::Evidence::of(study, hindcast, story, decide)?;
    let (html, pictures) = page::of(&evidence, languages)?;
    Ok(Report { html, pictures })
}
