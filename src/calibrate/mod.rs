//! Calibration: which parameters agree with the record, and which of them the record says nothing about.
//!
//! `series` reads the record and which column answers which of its series; `request` a calibration study; `run` goes
//! from one to the result. `waves` runs the model where the record may be met and learns `emulator`s from it; `posterior`
//! samples what agrees. `matrix` is the little linear algebra that this needs. `study` computes and keeps the cells, as
//! for any sweep.

mod emulator;
mod matrix;
mod posterior;
mod request;
mod run;
mod series;
mod waves;

pub use emulator::{Emulator, leave_one_out};
pub use posterior::{Datum, Likelihood, sample_posterior};
pub use request::{Request, RequestError, Target};
pub use run::{Answered, Calibration, Without, calibrate};
pub use series::{Record, RecordError, Series};
pub use waves::{
    Fit, FitError, Knowledge, Marginal, Outputs, Settings, Simulator, Wave, deviation_of, fit, marginals, refit,
};
