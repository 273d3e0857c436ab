//! A pool of programmes that is paid for by bonds and equity.

use serde::{Deserialize, Serialize};

use crate::units::{Month, Yen};
use crate::world::organisation::{FundId, ProgrammeId};

/// What a megafund owes and owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// The manager.
    pub fund: FundId,
    /// When its money came.
    pub opened: Month,
    /// When it was wound up.
    pub closed: Option<Month>,
    /// Equity paid in.
    pub equity: Yen,
    /// Senior bonds not yet repaid.
    pub senior: Yen,
    /// Junior bonds not yet repaid.
    pub junior: Yen,
    /// Programmes that it owns.
    pub owned: Vec<ProgrammeId>,
    /// At the end: bonds that were not repaid (senior, junior), and what equity got.
    pub result: [Yen; 3],
}
