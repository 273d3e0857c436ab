//! Problems of other files than scenarios, such as studies, in the same form: place, expectation, finding, fix.

use super::code;
use super::files::Reader;
use super::near;
use super::problem::Gathered;
use super::problem::Place;
use super::problem::Problem;
use super::problem::Problems;
use super::source::Source;
use std::ops::Range;
use std::path::Path;

/// Gathers the problems of one file.
#[derive(Debug)]
pub struct Judge {
    found: Gathered,
}

/// Reads a text file under the limits of scenario files (size, UTF-8, no folder), and a judge for what it says.
///
/// # Errors
/// The one problem why it cannot be read.
pub fn read_file(path: &Path) -> Result<(String, Judge), Problems> {
    let mut found = Gathered::default();
    let Some(text) = Reader::new(&mut found).text(path, None) else { return Err(found.finish()) };
    let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    found.sources.push(Source::new(path.display().to_string(), name, text.clone()));
    Ok((text, Judge { found }))
}

/// "did you mean" if a known name is near to `word`, else the known names.
#[must_use]
pub fn near_names(word: &str, known: &[&str]) -> String {
    match near::nearest(word, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known here: {}", near::listed(known.iter().copied(), 60)),
    }
}

impl Judge {
    /// An error at bytes `span` of the file; empty texts are left away.
    pub fn error(&mut self, span: Range<usize>, message: impl Into<String>, expected: &str, fix: impl Into<String>) {
        self.push(code::WRONG_TYPE, span, message, expected, fix);
    }

    /// The file is not TOML at bytes `span`.
    pub fn syntax(&mut self, span: Range<usize>, message: &str) {
        let line = message.trim().lines().next().unwrap_or("the file is not TOML");
        self.push(code::SYNTAX, span, line, "", "correct the TOML on this line");
    }

    /// A key that is not known.
    pub fn unknown_key(&mut self, span: Range<usize>, key: &str, known: &[&str]) {
        let message = format!("unknown key `{}`", super::tree::shorten(key));
        self.push(code::UNKNOWN_KEY, span, message, "", near_names(key, known));
    }

    /// A problem of a scenario that the file asked for, told at the place that asked.
    pub fn adopt(&mut self, span: Range<usize>, about: &str, problem: &Problem) {
        let mut message = format!("{about}: {}", problem.message);
        if problem.line > 0 && problem.file != "--set" {
            message.push_str(&format!(" ({}:{}:{})", problem.file, problem.line, problem.column));
        }
        let own = self.found.error(problem.code, Place::new(0, span), message);
        own.expected.clone_from(&problem.expected);
        own.found.clone_from(&problem.found);
        own.fix.clone_from(&problem.fix);
    }

    /// Adds the problems of another file as they are.
    pub fn adopt_all(&mut self, problems: Problems) {
        self.found.machine_fault |= problems.machine_fault;
        self.found.list.extend(problems.list);
    }

    /// Whether anything was wrong.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.found.has_errors()
    }

    /// Everything gathered.
    #[must_use]
    pub fn finish(mut self) -> Problems {
        self.found.finish()
    }

    fn push(
        &mut self,
        code: code::Code,
        span: Range<usize>,
        message: impl Into<String>,
        expected: &str,
        fix: impl Into<String>,
    ) {
        let problem = self.found.error(code, Place::new(0, span), message);
        if !expected.is_empty() {
            problem.expected(expected);
        }
        problem.fix(fix);
    }
}
