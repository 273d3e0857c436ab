//! The text of one file, and lines and columns in it.

use super::problem::Place;
use super::problem::Problem;

/// One file that was read, or the command line's `--set` options.
#[derive(Debug, Clone)]
pub struct Source {
    /// As the user named it: what problems print.
    pub shown: String,
    /// Name without the user's folders: what results record.
    pub name: String,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub digest: String,
    text: String,
    line_starts: Vec<usize>,
}

/// Longest part of a line that a problem quotes.
const EXCERPT: usize = 240;

impl Source {
    pub(super) fn new(shown: String, name: String, text: String) -> Self {
        let digest = blake3::hash(text.as_bytes()).to_hex().to_string();
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1));
        Self { shown, name, digest, text, line_starts }
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    #[must_use]
    pub fn line_column(&self, byte: usize) -> (u32, u32) {
        let byte = self.boundary(byte);
        let line = self.line_starts.partition_point(|start| *start <= byte);
        let start = self.line_starts[line.saturating_sub(1)];
        let column = self.text[start..byte].chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    fn boundary(&self, byte: usize) -> usize {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    }

    /// Fills the file, line, column, source line and caret of a problem at `place`.
    pub(super) fn locate(&self, place: Place, problem: &mut Problem) {
        let from = self.boundary(place.start as usize);
        let to = self.boundary(place.end as usize).max(from);
        (problem.line, problem.column) = self.line_column(from);
        problem.file.clone_from(&self.shown);
        let line_start = self.line_starts[problem.line as usize - 1];
        let rest = &self.text[line_start..];
        let line = rest.split('\n').next().unwrap_or("").trim_end_matches('\r');
        // A line of a megabyte is quoted around the caret only.
        let mut begin = 0;
        if from - line_start > EXCERPT / 2 && line.len() > EXCERPT {
            begin = self.boundary(from - EXCERPT / 2) - line_start;
        }
        let end = self.boundary((line_start + begin + EXCERPT).min(line_start + line.len())) - line_start;
        problem.excerpt = line[begin.min(line.len())..end.max(begin.min(line.len()))].to_owned();
        let within = |byte: usize| byte.saturating_sub(line_start + begin).min(problem.excerpt.len());
        problem.caret = within(from)..within(to).max(within(from));
    }
}
