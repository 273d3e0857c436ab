//! The only writer of files: the result folder, its manifest, and the order in which files take their final names.
//!
//! Encoding is pure (a table goes in, bytes come out) and happens in memory; only [`ResultFolder`] touches the disk.
//! The same result gives the same bytes on every machine: no clock, no host, no path, no thread count goes into a file.

mod archive;
mod calibration;
mod cells;
mod comparison;
mod dictionary;
mod error;
mod folder;
mod history;
mod inputs;
mod manifest;
mod number;
mod parquet;
mod read;
mod run;
mod stream;
mod study;
mod summary;
mod sweep;
mod sweep_summary;
mod tables;
mod validation;
mod yearly;

pub use archive::{CHECKSUMS, Packed, pack, unpack};
pub use calibration::{calibration_json, write_calibration};
pub use cells::{CellParting, StoredCells, read_cells};
pub use comparison::{
    ComparisonResult, PolicyFacts, comparison_files, comparison_json, cost_json, paired_json, write_comparison,
};
pub use error::OutputError;
pub use folder::{Foreign, ResultFolder, abandon, write_alone};
pub use history::read_history;
pub use inputs::{InputFile, Role, copies, places};
pub use manifest::seal_holds;
pub use read::{StoredRun, read_run};
pub use run::{ALL, BRANCH, Branch, ClusterLabel, RunResult, ScenarioFacts};
pub use run::{in_display_order, rewrite_figures, run_files, write_run};
pub use study::{StoredStudy, read_study};
pub use summary::{ClusterSummary, HEADLINE, Number, Summary};
pub use sweep::{Sweep, Written as SweepWritten, write_sweep};
pub use sweep_summary::{SweepBand, SweepDifference, SweepSummary};
pub use validation::{Validation, three_digits, validation_json, validation_page, verdict_counts};
pub use yearly::YearlyRecords;

/// A file of a result folder: its name relative to the folder, with `/` between parts, and its bytes.
pub type NamedFile = (String, Vec<u8>);
