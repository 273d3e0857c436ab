//! Problems of scenario files: where, what was expected, what was found, how to fix it; all of them at once.

use super::code::Code;
use super::source::Source;
use annotate_snippets::AnnotationKind;
use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Renderer;
use annotate_snippets::Snippet;
use std::fmt;
use std::ops::Range;

/// Whether a problem stops the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot be used.
    Error,
    /// Legal, and probably not what was meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One problem, at one place of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Stable code; `trihelix explain TH012` describes it.
    pub code: Code,
    /// Whether it stops the program.
    pub severity: Severity,
    /// The file as the user named it, or `--set`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Bytes of the file that are at fault.
    pub span: Range<usize>,
    /// One sentence, lower case, no full stop.
    pub message: String,
    /// What should stand there.
    pub expected: Option<String>,
    /// What does stand there.
    pub found: Option<String>,
    /// What to write instead.
    pub fix: Option<String>,
    /// The line at fault, for the rendering.
    pub(super) excerpt: String,
    /// Bytes of `excerpt` under the caret.
    pub(super) caret: Range<usize>,
}

impl Problem {
    pub(super) fn expected(&mut self, text: impl Into<String>) -> &mut Self {
        self.expected = Some(text.into());
        self
    }

    pub(super) fn found(&mut self, text: impl Into<String>) -> &mut Self {
        self.found = Some(text.into());
        self
    }

    pub(super) fn fix(&mut self, text: impl Into<String>) -> &mut Self {
        self.fix = Some(text.into());
        self
    }

    /// Sets the fix to "did you mean" if there is a near name.
    pub(super) fn fix_or(&mut self, near: Option<String>, otherwise: impl Into<String>) -> &mut Self {
        self.fix = Some(match near {
            Some(name) => format!("did you mean `{name}`?"),
            None => otherwise.into(),
        });
        self
    }

    fn label(&self) -> String {
        match (&self.expected, &self.found) {
            (Some(expected), Some(found)) => format!("expected {expected}, found {found}"),
            (Some(expected), None) => format!("expected {expected}"),
            (None, Some(found)) => format!("found {found}"),
            (None, None) => String::new(),
        }
    }

    /// One row of `check --format json`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let message = match self.label() {
            label if label.is_empty() => self.message.clone(),
            label => format!("{}: {label}", self.message),
        };
        serde_json::json!({
            "code": self.code.to_string(),
            "severity": self.severity.as_str(),
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "message": message,
            "fix": self.fix,
        })
    }

    /// The problem with its source line and a caret. `colour` is for terminals.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let id = self.code.to_string();
        let label = self.label();
        let title = level.primary_title(self.message.as_str()).id(id.as_str());
        let annotation = AnnotationKind::Primary.span(self.caret.clone()).label(label.as_str());
        let snippet = Snippet::source(self.excerpt.as_str())
            .line_start(self.line.max(1) as usize)
            .path(self.file.as_str())
            .annotation(annotation);
        let mut groups: Vec<Group<'_>> = if self.line == 0 {
            vec![title.element(Level::NOTE.message(format!(
                "{}{}{label}",
                self.file,
                if label.is_empty() { "" } else { ": " }
            )))]
        } else {
            vec![title.element(snippet)]
        };
        if let Some(fix) = &self.fix {
            groups.push(Group::with_title(Level::HELP.secondary_title(fix.as_str())));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&groups)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// Every problem found in one pass over all files, errors and warnings, in the order of the files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Problems {
    /// In the order of the files and of the places in them.
    pub list: Vec<Problem>,
    /// The machine failed (a file that may not be read): exit code 1 rather than 2.
    pub machine_fault: bool,
}

impl Problems {
    /// Exit code for the command line: 1 if the machine failed, 2 if the input is wrong.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.machine_fault { 1 } else { 2 }
    }

    /// Number of errors, warnings apart.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|p| p.severity == Severity::Error).count()
    }

    /// The rows of `check --format json`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "problems": self.list.iter().map(Problem::to_json).collect::<Vec<_>>() })
    }

    /// All problems with source lines and carets, and a closing count.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let mut text = String::new();
        for problem in &self.list {
            text.push_str(&problem.render(colour));
            text.push_str("\n\n");
        }
        let errors = self.errors();
        let warnings = self.list.len() - errors;
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        text.push_str(&format!("{errors} error{}, {warnings} warning{}", plural(errors), plural(warnings)));
        text
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

/// Where problems are gathered while the files are read and resolved.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    pub sources: Vec<Source>,
    pub list: Vec<Problem>,
    pub machine_fault: bool,
}

/// A range of bytes in one of the files read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the file in the order of reading.
    pub file: u16,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Place {
    /// Of values that no file sets: the defaults of the registry.
    pub const REGISTRY: Place = Place { file: u16::MAX, start: 0, end: 0 };

    /// The bytes `span` of file number `file`.
    #[must_use]
    pub fn new(file: u16, span: Range<usize>) -> Self {
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { file, start: at(span.start), end: at(span.end) }
    }
}

impl Gathered {
    pub fn error(&mut self, code: Code, place: Place, message: impl Into<String>) -> &mut Problem {
        self.push(code, Severity::Error, place, message.into())
    }

    pub fn warning(&mut self, code: Code, place: Place, message: impl Into<String>) -> &mut Problem {
        self.push(code, Severity::Warning, place, message.into())
    }

    fn push(&mut self, code: Code, severity: Severity, place: Place, message: String) -> &mut Problem {
        let mut problem = Problem {
            code,
            severity,
            file: "registry".to_owned(),
            line: 0,
            column: 0,
            span: place.start as usize..place.end as usize,
            message,
            expected: None,
            found: None,
            fix: None,
            excerpt: String::new(),
            caret: 0..0,
        };
        if let Some(source) = self.sources.get(usize::from(place.file)) {
            source.locate(place, &mut problem);
        }
        let index = self.list.len();
        self.list.push(problem);
        &mut self.list[index]
    }

    /// A problem of a file that could not be read, hence without a line.
    pub fn unreadable(&mut self, code: Code, file: &str, message: impl Into<String>) -> &mut Problem {
        let problem = self.push(code, Severity::Error, Place::REGISTRY, message.into());
        problem.file = file.to_owned();
        problem
    }

    /// `file:line` of a place, for chains of overrides.
    pub fn name(&self, place: Place) -> String {
        match self.sources.get(usize::from(place.file)) {
            Some(source) => format!("{}:{}", source.name, source.line_column(place.start as usize).0),
            None => "default".to_owned(),
        }
    }

    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|p| p.severity == Severity::Error)
    }

    /// Everything gathered, in the order of the files and places.
    pub fn finish(&mut self) -> Problems {
        let order = |p: &Problem| self.sources.iter().position(|s| s.shown == p.file).unwrap_or(usize::MAX);
        let mut list: Vec<(usize, Problem)> = self.list.iter().map(|p| (order(p), p.clone())).collect();
        list.sort_by(|(fa, a), (fb, b)| (fa, a.span.start, a.code).cmp(&(fb, b.span.start, b.code)));
        let mut list: Vec<Problem> = list.into_iter().map(|(_, p)| p).collect();
        list.dedup();
        Problems { list, machine_fault: self.machine_fault }
    }
}
