//! Money: whole yen, double entry, audited every month.
//!
//! Every organisation has an account; the outside world has one for each kind of payer and payee. A posting moves an
//! amount from one account to another, so the sum of all balances stays zero by construction. The audit does not
//! trust that: it adds up every balance, and compares each class of accounts with the flows booked since the last
//! audit, kept apart from the balances.

use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::fault;
use crate::scenario::spec::Actor;
use crate::units::{Month, Yen};
use crate::world::organisation::OrgId;

/// Accounts outside the modelled organisations; their balances may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Outside {
    /// Public budgets.
    Taxpayers = 0,
    /// Investors in funds.
    LimitedPartners,
    /// Patients and payers everywhere.
    Payers,
    /// Suppliers, landlords and trial sites outside.
    Suppliers,
    /// People: wages, founders' stakes and proceeds.
    Households,
    /// Investors in listed companies.
    PublicMarkets,
}

const OUTSIDE: usize = 6;
/// Classes of accounts: the outside ones, then organisations by actor.
pub const CLASSES: usize = OUTSIDE + 10;

/// What a posting is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Category {
    /// Capital paid in before the first month.
    Opening = 0,
    /// Basic public funding of institutions.
    Appropriation,
    /// Public research grants.
    ResearchGrant,
    /// Public money for dated interventions.
    Intervention,
    /// Grants and matching money to startups.
    Grant,
    /// Wages.
    Wages,
    /// Running cost beside wages.
    Overhead,
    /// Rent of laboratory places.
    Rent,
    /// Direct cost of programmes.
    Development,
    /// Sales of goods and treatments.
    Sales,
    /// Founders' capital.
    Founding,
    /// Calls on commitments.
    CapitalCall,
    /// Equity bought from a startup.
    Equity,
    /// Management fees.
    Fee,
    /// Proceeds passed on to a fund's investors.
    Distribution,
    /// Shares bought by the public, and dividends.
    PublicEquity,
    /// Price of an acquisition.
    Acquisition,
    /// Payments for licences and auctioned programmes.
    Licence,
    /// What is left when a company is wound up.
    Liquidation,
    /// Bonds of a pool, sold and repaid.
    Debt,
    /// Coupons on them.
    Coupon,
}

/// Number of categories.
pub const CATEGORIES: usize = 21;

/// Names of the classes of accounts, in their order.
pub const CLASS_NAMES: [&str; CLASSES] = [
    "taxpayers",
    "limited partners",
    "payers",
    "suppliers",
    "households",
    "public markets",
    "universities",
    "institutes",
    "hospitals",
    "pharma",
    "companies",
    "regulators",
    "intermediaries",
    "startups",
    "funds",
    "persons",
];

/// Names of the categories, in their order.
pub const CATEGORY_NAMES: [&str; CATEGORIES] = [
    "opening",
    "appropriation",
    "research grant",
    "intervention",
    "grant",
    "wages",
    "overhead",
    "rent",
    "development",
    "sales",
    "founding",
    "capital call",
    "equity",
    "fee",
    "distribution",
    "public equity",
    "acquisition",
    "licence",
    "liquidation",
    "debt",
    "coupon",
];

/// One side of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Outside the model.
    Outside(Outside),
    /// An organisation.
    Org(OrgId),
}

impl From<Outside> for Account {
    fn from(outside: Outside) -> Self {
        Self::Outside(outside)
    }
}

impl From<OrgId> for Account {
    fn from(org: OrgId) -> Self {
        Self::Org(org)
    }
}

/// Why an audit failed: the accounts do not agree with the flows, or somebody spent what they did not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerBreach {
    /// The balances do not sum to zero.
    #[error("month {month}: all balances together are {residual} instead of 0 JPY")]
    Residual {
        /// When.
        month: u16,
        /// By how much.
        residual: Yen,
    },
    /// A class of accounts does not agree with its booked flows.
    #[error("month {month}: accounts of class {class} differ from their booked flows by {difference}")]
    Class {
        /// When.
        month: u16,
        /// Which class.
        class: usize,
        /// By how much.
        difference: Yen,
    },
    /// An organisation is overdrawn.
    #[error("month {month}: account of organisation row {account} is overdrawn: {balance}")]
    Overdrawn {
        /// When.
        month: u16,
        /// Whose account.
        account: u32,
        /// Its balance.
        balance: Yen,
    },
}

/// All accounts, and the flows of the month between their classes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ledger {
    outside: [Yen; OUTSIDE],
    orgs: Vec<Yen>,
    class_of: Vec<u8>,
    /// Payer class x payee class x category, since the last audit.
    flows: Vec<i64>,
    /// The same of the month that the last audit closed.
    closed: Vec<i64>,
    /// Class totals at the last audit.
    opening: [i64; CLASSES],
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            outside: [Yen::ZERO; OUTSIDE],
            orgs: Vec::new(),
            class_of: Vec::new(),
            flows: vec![0; CLASSES * CLASSES * CATEGORIES],
            closed: vec![0; CLASSES * CLASSES * CATEGORIES],
            opening: [0; CLASSES],
        }
    }
}

impl Ledger {
    /// Opens the account of the next organisation.
    pub fn open(&mut self, actor: Actor) {
        self.orgs.push(Yen::ZERO);
        self.class_of.push((OUTSIDE + actor as usize) as u8);
    }

    /// What an organisation has.
    #[inline]
    #[must_use]
    pub fn cash(&self, org: OrgId) -> Yen {
        self.orgs[org.ix()]
    }

    /// Balance of an outside account.
    #[must_use]
    pub fn outside(&self, outside: Outside) -> Yen {
        self.outside[outside as usize]
    }

    /// Moves an amount. A negative amount would be a payment the other way under the wrong name: it is refused.
    ///
    /// # Panics
    /// If `amount` is negative.
    #[inline]
    pub fn post(&mut self, payer: impl Into<Account>, payee: impl Into<Account>, what: Category, amount: Yen) {
        assert!(amount >= Yen::ZERO, "a posting of {amount} for {what:?} has the wrong sign");
        if amount == Yen::ZERO {
            return;
        }
        let (payer, payee) = (payer.into(), payee.into());
        *self.balance(payer) -= amount;
        let lost = if fault::planted("lost-yen") && amount > Yen(1_000_000) { Yen(1) } else { Yen::ZERO };
        *self.balance(payee) += amount - lost;
        let flow = (self.class(payer) * CLASSES + self.class(payee)) * CATEGORIES + what as usize;
        self.flows[flow] += amount.0;
    }

    #[inline]
    fn balance(&mut self, account: Account) -> &mut Yen {
        match account {
            Account::Outside(outside) => &mut self.outside[outside as usize],
            Account::Org(org) => &mut self.orgs[org.ix()],
        }
    }

    #[inline]
    fn class(&self, account: Account) -> usize {
        match account {
            Account::Outside(outside) => outside as usize,
            Account::Org(org) => usize::from(self.class_of[org.ix()]),
        }
    }

    /// Flows of the month that was closed last: payer class, payee class, category, amount; only what is not zero.
    pub fn closed_flows(&self) -> impl Iterator<Item = (usize, usize, usize, Yen)> + '_ {
        Self::listed(&self.closed)
    }

    /// Balances of the classes when the last month was closed.
    #[must_use]
    pub fn closed_balances(&self) -> [Yen; CLASSES] {
        self.opening.map(Yen)
    }

    fn listed(flows: &[i64]) -> impl Iterator<Item = (usize, usize, usize, Yen)> + '_ {
        flows
            .iter()
            .enumerate()
            .filter(|(_, amount)| **amount != 0)
            .map(|(ix, amount)| (ix / CATEGORIES / CLASSES, ix / CATEGORIES % CLASSES, ix % CATEGORIES, Yen(*amount)))
    }

    /// All balances together: zero, or something was created or lost.
    #[must_use]
    pub fn residual(&self) -> Yen {
        self.outside.iter().chain(&self.orgs).copied().sum()
    }

    /// Closes the month: the residual is zero, every class agrees with its flows, nobody is overdrawn.
    ///
    /// # Errors
    /// The first [`LedgerBreach`] found, with the month, the account and the amount.
    pub fn audit(&mut self, month: Month) -> Result<(), LedgerBreach> {
        let mut totals = [0i64; CLASSES];
        for (total, balance) in totals.iter_mut().zip(&self.outside) {
            *total += balance.0;
        }
        for (ix, balance) in self.orgs.iter().enumerate() {
            if *balance < Yen::ZERO {
                return Err(LedgerBreach::Overdrawn { month: month.0, account: ix as u32, balance: *balance });
            }
            totals[usize::from(self.class_of[ix])] += balance.0;
        }
        let residual: i64 = totals.iter().sum();
        if residual != 0 {
            return Err(LedgerBreach::Residual { month: month.0, residual: Yen(residual) });
        }
        let mut expected = self.opening;
        for (payer, payee, _, amount) in Self::listed(&self.flows) {
            expected[payer] -= amount.0;
            expected[payee] += amount.0;
        }
        for class in 0..CLASSES {
            if expected[class] != totals[class] {
                let difference = Yen(totals[class] - expected[class]);
                return Err(LedgerBreach::Class { month: month.0, class, difference });
            }
        }
        self.opening = totals;
        std::mem::swap(&mut self.flows, &mut self.closed);
        self.flows.fill(0);
        Ok(())
    }

    /// Balances as bytes, for the digest.
    pub fn bytes_into(&self, bytes: &mut Vec<u8>) {
        canonical::words_into(self.outside.iter().map(|balance| balance.0 as u64), bytes);
        canonical::words_into(self.orgs.iter().map(|balance| balance.0 as u64), bytes);
    }

    /// Loses a yen, to show that the audit finds it.
    #[cfg(test)]
    fn lose_one(&mut self, org: OrgId) {
        self.orgs[org.ix()] -= Yen(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_startups() -> Ledger {
        let mut ledger = Ledger::default();
        ledger.open(Actor::Startup);
        ledger.open(Actor::Startup);
        ledger.post(Outside::LimitedPartners, OrgId(0), Category::Opening, Yen(1_000));
        ledger.post(Outside::LimitedPartners, OrgId(1), Category::Opening, Yen(1_000));
        ledger
    }

    #[test]
    fn a_month_of_postings_closes_with_nothing_left_over() {
        let mut ledger = two_startups();
        ledger.post(OrgId(0), Outside::Households, Category::Wages, Yen(400));
        assert_eq!(ledger.audit(Month(0)), Ok(()));
        assert_eq!(ledger.cash(OrgId(0)), Yen(600));
        ledger.post(OrgId(1), OrgId(0), Category::Licence, Yen(1_000));
        assert_eq!(ledger.audit(Month(1)), Ok(()));
    }

    #[test]
    fn a_lost_yen_is_found() {
        let mut ledger = two_startups();
        ledger.audit(Month(0)).expect("nothing is wrong yet");
        ledger.lose_one(OrgId(1));
        assert_eq!(ledger.audit(Month(7)), Err(LedgerBreach::Residual { month: 7, residual: Yen(-1) }));
    }

    #[test]
    fn a_yen_that_moved_without_a_posting_is_found() {
        let mut ledger = two_startups();
        ledger.audit(Month(0)).expect("nothing is wrong yet");
        ledger.lose_one(OrgId(1));
        ledger.outside[Outside::Households as usize] += Yen(1);
        assert!(matches!(ledger.audit(Month(1)), Err(LedgerBreach::Class { month: 1, .. })));
    }

    #[test]
    fn an_overdraft_is_found() {
        let mut ledger = two_startups();
        ledger.post(OrgId(0), Outside::Suppliers, Category::Overhead, Yen(1_001));
        assert_eq!(ledger.audit(Month(3)), Err(LedgerBreach::Overdrawn { month: 3, account: 0, balance: Yen(-1) }));
    }
}
