//! What `verify` found, for people and for programs.

use std::path::Path;

use serde_json::{Value, json};

use crate::trust::locate::Parting;

use super::super::failure::{DIFFERENT, Failure};
use super::super::options::Format;
use super::super::terminal;

/// A file that differs, and where.
pub(in super::super) struct Finding {
    pub(in super::super) file: String,
    pub(in super::super) parting: Parting,
}

/// All that was found, and how much was looked at.
#[derive(Default)]
pub(in super::super) struct Findings {
    pub(in super::super) list: Vec<Finding>,
    pub(in super::super) files: usize,
    /// Runs made again.
    pub(super) runs: usize,
    /// Runs that the result has.
    pub(super) of_runs: usize,
}

impl Findings {
    pub(in super::super) fn add(&mut self, file: &str, parting: Parting) {
        self.list.push(Finding { file: file.to_owned(), parting });
    }

    /// Prints all of it, unless there is nothing to tell to somebody who wants quiet; exit code 3 if anything differs.
    pub(in super::super) fn conclude(&self, place: &Path, quiet: bool, format: Format) -> Result<(), Failure> {
        if !quiet || !self.list.is_empty() {
            self.print(place, format)?;
        }
        if self.list.is_empty() { Ok(()) } else { Err(Failure::Said(DIFFERENT)) }
    }

    fn print(&self, folder: &Path, format: Format) -> Result<(), Failure> {
        if let Format::Json = format {
            return terminal::print_json(&json!({
                "verified": self.list.is_empty(),
                "files": self.files,
                "runs": self.runs,
                "of_runs": self.of_runs,
                "differences": self.list.iter().map(Finding::to_json).collect::<Vec<_>>(),
            }));
        }
        let folder = folder.display();
        if self.list.is_empty() {
            let runs = match (self.runs, self.of_runs) {
                (1, 1) => "the run".to_owned(),
                (some, all) if some == all => format!("all {all} runs"),
                (some, all) => format!("{some} of {all} runs"),
            };
            let files = self.files;
            return terminal::print(&format!("{folder}: {files} files verified, {runs} made again, no byte differs\n"));
        }
        let lines: String = self.list.iter().map(|finding| format!("  {}\n", finding.line())).collect();
        let count = self.list.len();
        let files = if count == 1 { "1 file differs" } else { &format!("{count} files differ") };
        terminal::print(&format!("{folder}: {files}\n{lines}"))
    }
}

impl Finding {
    fn line(&self) -> String {
        let Parting { run, month, cluster, field, values, remark } = &self.parting;
        let mut parts: Vec<String> = Vec::new();
        parts.extend(run.clone());
        parts.extend(month.as_ref().map(|month| format!("month {month}")));
        parts.extend(cluster.as_ref().map(|cluster| format!("cluster {cluster}")));
        parts.extend(field.as_ref().map(|field| format!("field {field}")));
        let mut line = self.file.clone();
        if !parts.is_empty() {
            line.push_str(&format!(": {}", parts.join(", ")));
        }
        if let Some((stored, made)) = values {
            line.push_str(&format!(": stored {stored}, made again {made}"));
        }
        if let Some(remark) = remark {
            line.push_str(&format!(" ({remark})"));
        }
        line
    }

    fn to_json(&self) -> Value {
        let Parting { run, month, cluster, field, values, remark } = &self.parting;
        json!({
            "file": self.file, "run": run, "month": month, "cluster": cluster, "field": field,
            "stored": values.as_ref().map(|(stored, _)| stored),
            "made": values.as_ref().map(|(_, made)| made),
            "remark": remark,
        })
    }
}
