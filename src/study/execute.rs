//! Computing cells: many at once, each alone, collected by index.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use thiserror::Error;

use crate::checkpoint::Checkpoint;
use crate::rules::Breach;
use crate::scenario::Scenario;
use crate::simulate::{Outcome, Run};

use super::key::CellKey;
use super::plan::{Cell, Plan};
use super::rows::{CellRecord, Rows, Success};
use super::store::{Store, StoreError};

/// How far an execution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Cells finished by this execution.
    pub done: usize,
    /// Cells it was given.
    pub total: usize,
    /// Of the finished, those that failed.
    pub failed: usize,
}

/// How to execute: none of it changes a result.
#[derive(Clone, Copy)]
pub struct Execution<'a> {
    /// Threads; 0 for one per core.
    pub threads: usize,
    /// Hears of every finished cell, from any thread.
    pub progress: &'a (dyn Fn(Done) + Sync),
    /// Once true, no further cell is begun; those in hand are finished.
    pub cancel: &'a AtomicBool,
}

/// Why an execution ended early.
#[derive(Debug, Error)]
pub enum ExecutionError {
    /// It was cancelled; what was finished is kept where a store was given.
    #[error("interrupted")]
    Interrupted,
    /// The threads could not be started.
    #[error("cannot start {0} threads: {1}")]
    Threads(usize, String),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Computes one cell. A run that stops on its own checks, or panics, is a record of why.
fn compute(plan: &Plan, scenario: &Scenario, cell: Cell, key: CellKey) -> CellRecord {
    record(plan, cell, key, || Run::new(scenario, plan.seed, cell.replicate))
}

/// Computes one cell from where the trunk of the plan has ended.
fn go_on(plan: &Plan, trunk: &Checkpoint, scenario: &Scenario, cell: Cell, key: CellKey) -> CellRecord {
    match trunk.scenario(scenario.clone()) {
        Ok(scenario) => record(plan, cell, key, || trunk.resume(&scenario, plan.seed, cell.replicate)),
        Err(refused) => CellRecord { key, result: Err(refused.to_string()) },
    }
}

/// The record of a run.
fn record<'a>(plan: &Plan, cell: Cell, key: CellKey, begin: impl FnOnce() -> Run<'a>) -> CellRecord {
    let run = || {
        let mut run = begin();
        // Of a cell the figures are kept: a log would be the largest part of its memory.
        run.state_mut().journal.keep_no_log();
        run.advance_to_end()?;
        Ok::<Outcome, Breach>(run.finish())
    };
    let result = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(outcome)) => Ok(Success {
            state_digest: outcome.state_digest,
            rows: Rows::of(&outcome.records, &plan.scenarios[cell.scenario], &plan.recorded),
        }),
        Ok(Err(breach)) => Err(format!("the books no longer add up: {breach}")),
        Err(panic) => {
            let said = panic.downcast_ref::<&str>().copied();
            let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            Err(format!("the program stopped on a fault of its own: {}", said.unwrap_or("no reason given")))
        }
    };
    CellRecord { key, result }
}

/// Computes every cell of a plan, or takes it from the store, and returns the records in canonical order.
///
/// For plans whose records fit in memory; [`fill`] is for all others.
///
/// # Errors
/// [`ExecutionError::Interrupted`] if cancelled, else those of the store and of the threads.
pub fn execute(plan: &Plan, store: Option<&Store>, how: Execution<'_>) -> Result<Vec<CellRecord>, ExecutionError> {
    let keys = plan.keys();
    let missing: Vec<usize> = match store {
        Some(store) => (0..keys.len()).filter(|index| !store.holds(keys[*index])).collect(),
        None => (0..keys.len()).collect(),
    };
    let slots: Vec<Mutex<Option<CellRecord>>> = missing.iter().map(|_| Mutex::new(None)).collect();
    fill(plan, &keys, &missing, how, &|nth, record| {
        if let Some(store) = store {
            store.append(&record)?;
        }
        *slots[nth].lock().unwrap_or_else(PoisonError::into_inner) = Some(record);
        Ok(())
    })?;
    let mut computed = missing.iter().zip(slots).peekable();
    let mut records = Vec::with_capacity(keys.len());
    for (index, key) in keys.iter().enumerate() {
        let fresh = computed.next_if(|(at, _)| **at == index);
        let fresh = fresh.and_then(|(_, slot)| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
        let record = match (fresh, store) {
            (Some(record), _) => Some(record),
            (None, Some(store)) => store.read(*key)?,
            (None, None) => None,
        };
        records.push(record.ok_or(ExecutionError::Interrupted)?);
    }
    Ok(records)
}

/// Where records go as they are finished: the position in the list of cells to do, and the record.
pub type Sink<'a> = &'a (dyn Fn(usize, CellRecord) -> Result<(), StoreError> + Sync);

/// Computes the cells with these indices of the canonical order; each record goes to `sink` at once and is forgotten.
/// Returns the number of failed cells.
///
/// # Errors
/// [`ExecutionError::Interrupted`] if cancelled, the sink's error if it has one: then no further cell is begun.
pub fn fill(
    plan: &Plan,
    keys: &[CellKey],
    todo: &[usize],
    how: Execution<'_>,
    sink: Sink<'_>,
) -> Result<usize, ExecutionError> {
    let resolved = Resolved::default();
    let first = || plan.scenarios[0].plain().map_err(|error| error.to_string());
    let trunk = match plan.trunk {
        Some(trunk) if !todo.is_empty() => Some(first().and_then(|first| trunk.simulate(&first, plan.seed))),
        _ => None,
    };
    fill_with(keys, todo, how, sink, &|index, key| {
        let cell = plan.cell(index);
        match (resolved.get(plan, cell), &trunk) {
            (Ok(scenario), None) => compute(plan, &scenario, cell, key),
            (Ok(scenario), Some(Ok(trunk))) => go_on(plan, trunk, &scenario, cell, key),
            (_, Some(Err(message))) => CellRecord { key, result: Err(message.clone()) },
            (Err(message), _) => CellRecord { key, result: Err(message) },
        }
    })
}

/// [`fill`] with another model: for measuring what the engine itself costs.
///
/// # Errors
/// Those of [`fill`].
pub fn fill_with(
    keys: &[CellKey],
    todo: &[usize],
    how: Execution<'_>,
    sink: Sink<'_>,
    model: &(dyn Fn(usize, CellKey) -> CellRecord + Sync),
) -> Result<usize, ExecutionError> {
    let (done, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let broken: Mutex<Option<StoreError>> = Mutex::new(None);
    let stopped = AtomicBool::new(false);
    let one = |(nth, index): (usize, &usize)| {
        if how.cancel.load(Ordering::Relaxed) || stopped.load(Ordering::Relaxed) {
            return;
        }
        let from = if crate::fault::planted("shard-counts-from-its-own-start") { nth } else { *index };
        let record = model(from, keys[*index]);
        let bad = record.result.is_err();
        if let Err(error) = sink(nth, record) {
            stopped.store(true, Ordering::Relaxed);
            broken.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            return;
        }
        let failed = failed.fetch_add(usize::from(bad), Ordering::Relaxed) + usize::from(bad);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        (how.progress)(Done { done, total: todo.len(), failed });
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(how.threads)
        .build()
        .map_err(|cause| ExecutionError::Threads(how.threads, cause.to_string()))?;
    // One cell at a time: a cell is long beside the cost of handing it out, and cells differ much in length.
    pool.install(|| todo.par_iter().enumerate().with_max_len(1).for_each(one));
    if let Some(error) = broken.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error.into());
    }
    if done.load(Ordering::Relaxed) < todo.len() {
        return Err(ExecutionError::Interrupted);
    }
    Ok(failed.load(Ordering::Relaxed))
}

/// The scenarios of the points in hand: neighbouring cells are replicates of one point.
#[derive(Default)]
struct Resolved {
    recent: Mutex<Vec<((usize, usize), Kept)>>,
}

type Kept = Result<Arc<Scenario>, String>;

impl Resolved {
    fn get(&self, plan: &Plan, cell: Cell) -> Kept {
        let at = (cell.scenario, cell.point);
        let lock = || self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, kept)) = lock().iter().find(|(other, _)| *other == at) {
            return kept.clone();
        }
        let made = plan.scenarios[cell.scenario].scenario(cell.point).map_err(|error| error.to_string());
        let mut recent = lock();
        // Twice as many as there are threads: each works its way through the replicates of one point after another.
        if recent.len() >= 2 * rayon::current_num_threads().max(4) {
            drop(recent.remove(0));
        }
        recent.push((at, made.clone()));
        made
    }
}
