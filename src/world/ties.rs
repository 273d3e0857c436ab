//! Collaborations: who works with whom, now and before.

use serde::{Deserialize, Serialize};

use crate::units::Month;
use crate::world::organisation::OrgId;

/// One collaboration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tie {
    /// The side that proposed.
    pub a: OrgId,
    /// The side that accepted.
    pub b: OrgId,
    /// Since when.
    pub since: Month,
    /// When it ends unless renewed.
    pub until: Month,
    /// When it ended.
    pub ended: Option<Month>,
}

/// All collaborations, with each organisation's present and past partners.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ties {
    /// Every tie ever, in the order in which they began.
    pub all: Vec<Tie>,
    /// Present partners of each organisation: partner and row of the tie.
    present: Vec<Vec<(OrgId, u32)>>,
    /// Earlier and present partners of each organisation, with the number of ties.
    past: Vec<Vec<(OrgId, u16)>>,
    /// Rows of ties by the month in which they end.
    due: Vec<Vec<u32>>,
}

impl Ties {
    /// For a horizon of so many months.
    #[must_use]
    pub fn new(months: u16) -> Self {
        Self { due: vec![Vec::new(); usize::from(months)], ..Self::default() }
    }

    /// Makes room for the next organisation.
    pub fn open(&mut self) {
        self.present.push(Vec::new());
        self.past.push(Vec::new());
    }

    /// Begins a tie.
    pub fn form(&mut self, a: OrgId, b: OrgId, since: Month, until: Month) {
        let row = self.all.len() as u32;
        self.all.push(Tie { a, b, since, until, ended: None });
        for (one, other) in [(a, b), (b, a)] {
            self.present[one.ix()].push((other, row));
            match self.past[one.ix()].iter_mut().find(|(partner, _)| *partner == other) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => self.past[one.ix()].push((other, 1)),
            }
        }
        self.schedule(row, until);
    }

    fn schedule(&mut self, row: u32, until: Month) {
        if let Some(bucket) = self.due.get_mut(usize::from(until.0)) {
            bucket.push(row);
        }
    }

    /// Ties that end in this month unless renewed, in the order in which they began.
    pub fn take_due(&mut self, month: Month) -> Vec<u32> {
        let mut rows = self.due.get_mut(usize::from(month.0)).map(std::mem::take).unwrap_or_default();
        rows.retain(|row| self.all[*row as usize].ended.is_none());
        rows.sort_unstable();
        rows
    }

    /// Carries a tie on until a later month.
    pub fn renew(&mut self, row: u32, until: Month) {
        self.all[row as usize].until = until;
        self.schedule(row, until);
    }

    /// Ends a tie.
    pub fn end(&mut self, row: u32, month: Month) {
        let tie = &mut self.all[row as usize];
        if tie.ended.is_some() {
            return;
        }
        tie.ended = Some(month);
        let Tie { a, b, .. } = *tie;
        self.present[a.ix()].retain(|(_, tie)| *tie != row);
        self.present[b.ix()].retain(|(_, tie)| *tie != row);
    }

    /// Ends everything an organisation takes part in.
    pub fn end_all(&mut self, org: OrgId, month: Month) {
        for (_, row) in std::mem::take(&mut self.present[org.ix()]) {
            self.present[org.ix()].push((org, row));
            self.end(row, month);
        }
        self.present[org.ix()].clear();
    }

    /// Present partners, with the row of the tie.
    #[must_use]
    pub fn partners(&self, org: OrgId) -> &[(OrgId, u32)] {
        &self.present[org.ix()]
    }

    /// Partners of all times, with the number of ties.
    #[must_use]
    pub fn partners_ever(&self, org: OrgId) -> &[(OrgId, u16)] {
        &self.past[org.ix()]
    }

    /// Whether two work together now.
    #[must_use]
    pub fn are_partners(&self, a: OrgId, b: OrgId) -> bool {
        self.present[a.ix()].iter().any(|(partner, _)| *partner == b)
    }

    /// Ties of a pair so far.
    #[must_use]
    pub fn prior(&self, a: OrgId, b: OrgId) -> u16 {
        self.past[a.ix()].iter().find(|(partner, _)| *partner == b).map_or(0, |(_, count)| *count)
    }

    /// Present ties.
    pub fn active(&self) -> impl Iterator<Item = &Tie> + '_ {
        self.all.iter().filter(|tie| tie.ended.is_none())
    }
}
