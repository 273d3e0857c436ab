//! How many replicates a sweep has to do: those of the study, or as many as its stopping rule asks for.
//!
//! The rule looks after every replicate, in order, at what the store holds. How many are enough therefore depends on
//! nothing but the study: not on threads, shards, interruptions, or on how many were computed at a time.

use crate::statistics::{FIRST_LOOK, Swept};
use crate::study::{Plan, Stopping, Store, StoreError};

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Goal {
    /// Replicates that are needed, or, while it is open, that are computed before the rule looks again.
    pub(super) replicates: u32,
    /// Whether the rule was met; `None` without a rule, and while it is open.
    pub(super) met: Option<bool>,
    /// Whether cells are missing before the rule can say more.
    pub(super) open: bool,
}

impl Goal {
    /// Looks at what is there.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(super) fn of(plan: &Plan, stopping: Option<&Stopping>, store: &Store) -> Result<Self, StoreError> {
        let rule = stopping.and_then(|stopping| Some((stopping, Swept::of(plan, &[], Some(stopping))?)));
        let Some((stopping, mut swept)) = rule else {
            return Ok(Self { replicates: plan.replicates, met: None, open: false });
        };
        let most = stopping.most;
        let wide = plan.with_replicates(most);
        let keys = wide.keys();
        let mut round = plan.replicates.max(FIRST_LOOK as u32).min(most);
        for replicate in 0..most {
            if replicate == round {
                // Rounds grow by half: few enough that no machine waits long, small enough that little is in vain.
                round = round.saturating_add(round / 2).min(most);
            }
            let added = swept.add(&wide, replicate, &mut |cell| match store.read(keys[wide.index(cell)]) {
                Ok(Some(record)) => Ok(record),
                Ok(None) => Err(None),
                Err(error) => Err(Some(error)),
            });
            match added {
                Ok(()) => {}
                Err(None) => return Ok(Self { replicates: round, met: None, open: true }),
                Err(Some(error)) => return Err(error),
            }
            if swept.meets(&stopping.rule) {
                return Ok(Self { replicates: replicate + 1, met: Some(true), open: false });
            }
        }
        Ok(Self { replicates: most, met: Some(false), open: false })
    }
}
