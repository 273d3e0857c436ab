//! The file as typed, checked and resolved into what the rules read.
//!
//! Files are parsed with the place of every key and value (`tree`), followed through `extends` (`files`) and laid over
//! one another (`merge`). The registry (`registry.toml`) says what may stand where; `resolve` checks everything against
//! it and gathers all problems of all files. `event` turns dated events into epochs, `build` makes the typed [`spec::Spec`].
//!
//! # Layers
//!
//! The files that `extends` names come first, in order, each file once; then the file itself; then the policies (files
//! with `policy = true`) in the order given; then `--set`. Tables merge by key, `[[cluster]]` tables by `id`, lists and
//! values are replaced whole, a value together with its evidence. A table without `value` (a range, a distribution, a
//! note) is added to the evidence of the value below. `remove = true` takes away an entity or a value.
//!
//! # Dated events
//!
//! `at` changes for good; `from` and `until` for a time, after which the value is as if the event had never been;
//! `every` makes the change again and again, on top of itself; `ramp` lets a number grow to its change in equal monthly
//! steps. Events apply in the order of their first month; within a month `set` (also `open`, `close`, `move`) before
//! `mul` before `add`, then by id. Two events that set one value differently in the same month are an error. Factors
//! and additions act on the value in the registry's unit: a yearly probability is multiplied before it is converted.

mod build;
mod charge;
mod check;
mod checks;
mod code;
mod diff;
mod digest;
mod epoch;
mod event;
mod evidence;
mod explain;
pub mod features;
mod files;
mod judge;
mod load;
mod merge;
mod near;
mod problem;
mod quantity;
mod range;
pub mod registry;
mod reference;
mod resolve;
mod resolved;
mod schema;
mod sets;
mod source;
pub mod spec;
mod starter;
mod target;
mod tree;
mod uncertain;
mod value;

pub use check::Checked;
pub use check::Strictness;
pub use check::check;
pub use check::is_policy;
pub use check::is_study;
pub use check::scenario_for;
pub use code::Code;
pub use code::CodeMeaning;
pub use code::codes;
pub use code::explain_code;
pub use diff::Difference;
pub use diff::diff;
pub use diff::diff_text;
pub use explain::Explanation;
pub use files::{FILE_LIMIT, confine, is_short_name};
pub use judge::{Judge, near_names, read_file};
pub use load::Change;
pub use load::Charge;
pub use load::Epoch;
pub use load::Prepared;
pub use load::Scenario;
pub use problem::Place;
pub use problem::Problem;
pub use problem::Problems;
pub use problem::Severity;
pub use range::Assumption;
pub use range::End;
pub use reference::code_table;
pub use reference::distribution_table;
pub use reference::feature_table;
pub use reference::parameter_page;
pub use resolve::Settings;
pub use resolved::Resolved;
pub use schema::json_schema;
pub use source::Source;
pub use starter::starter;
pub use uncertain::Uncertain;
pub use value::Evidence;
pub use value::Setting;
pub use value::Value;
pub use value::words;
pub use value::working_unit;
