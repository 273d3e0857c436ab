//! The file as typed, checked and resolved into what the rules read.
//!
//! Files are parsed with the place of every key and value (`tree`), followed through `extends` (`files`) and laid over
//! one another (`merge`). The registry (`registry.toml`) says what may stand where; `resolve` checks everything against
//! it and gathers all problems of all files. `event` turns dated events into epochs, `build` makes the typed [`spec::Spec`].

mod build;
mod checks;
mod code;
mod digest;
mod epoch;
mod event;
mod evidence;
pub mod features;
mod files;
mod judge;
mod load;
mod merge;
mod near;
mod problem;
mod quantity;
pub mod registry;
mod resolve;
mod resolved;
mod sets;
mod source;
pub mod spec;
mod target;
mod tree;
mod uncertain;
mod value;

pub use code::Code;
pub use files::FILE_LIMIT;
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
pub use resolve::Settings;
pub use resolved::Resolved;
pub use source::Source;
pub use uncertain::Uncertain;
pub use value::Evidence;
pub use value::Setting;
pub use value::Value;
pub use value::working_unit;
