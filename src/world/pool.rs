//! A pool of programmes that is paid for by bonds and equity.

use serde::{Deserialize, Serialize};

use crate::math;
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
    /// What the equity has got so far, and when.
    pub paid: Vec<(Month, Yen)>,
    /// Bonds, senior and junior, that were not repaid at the end.
    pub lost: [Yen; 2],
}

/// The rate a year at which payments after so many years are worth what was paid in at the beginning; -1 if nothing
/// came back. Found by halving, because a sum of falling powers crosses a line once.
#[must_use]
pub fn yearly_return(invested: Yen, paid: &[(f64, Yen)]) -> f64 {
    let worth =
        |rate: f64| paid.iter().map(|(years, amount)| amount.0 as f64 * math::pow(1.0 + rate, -years)).sum::<f64>();
    let (mut low, mut high) = (-1.0, 10.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if worth(middle) > invested.0 as f64 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_are_those_of_a_savings_account() {
        assert!((yearly_return(Yen(100), &[(2.0, Yen(121))]) - 0.1).abs() < 1e-9);
        assert!((yearly_return(Yen(1_000_000), &[(1.0, Yen(50_000)), (2.0, Yen(1_050_000))]) - 0.05).abs() < 1e-9);
        assert!((yearly_return(Yen(100), &[(1.0, Yen(50))]) + 0.5).abs() < 1e-9);
        assert_eq!(yearly_return(Yen(100), &[]), -1.0);
    }
}
