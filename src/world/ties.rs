//! Collaborations: who works with whom, now and before.
//!
//! Whatever is asked every month is kept ready: present partners of each organisation, the rows of present ties in
//! ascending order, and the month in which each tie comes up next. Nothing walks over the ties of all times.

use serde::{Deserialize, Serialize};

use crate::rng::Key;
use crate::units::Month;
use crate::world::calendar::Calendar;
use crate::world::organisation::{Org, OrgId};
use crate::world::people::PersonId;

/// What partners do together, by who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum TieKind {
    /// With a university or an institute.
    Research = 0,
    /// With a hospital, and no university or institute.
    Clinical = 1,
    /// Between companies.
    Industry = 2,
    /// With an intermediary or an office.
    Advisory = 3,
}

impl TieKind {
    /// The kind of tie that two organisations have.
    #[must_use]
    pub fn between(a: &Org, b: &Org) -> Self {
        use crate::scenario::spec::Actor::{Hospital, Institute, Intermediary, Regulator, University};
        let has = |actors: &[crate::scenario::spec::Actor]| actors.contains(&a.actor) || actors.contains(&b.actor);
        if has(&[Intermediary, Regulator]) {
            Self::Advisory
        } else if has(&[University, Institute]) {
            Self::Research
        } else if has(&[Hospital]) {
            Self::Clinical
        } else {
            Self::Industry
        }
    }
}

/// Somebody who belongs to one side and works half the time at the other: counted at home only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secondee {
    /// Who; the slot may hold somebody else later.
    pub person: PersonId,
    /// The person's key.
    pub key: Key,
    /// Who employs the person.
    pub home: OrgId,
}

/// One collaboration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tie {
    /// The side that proposed.
    pub a: OrgId,
    /// The side that accepted.
    pub b: OrgId,
    /// What it is about.
    pub kind: TieKind,
    /// Since when.
    pub since: Month,
    /// When it ends unless renewed.
    pub until: Month,
    /// When it ended.
    pub ended: Option<Month>,
    /// Until when what one side knows has been passed on to the other.
    pub exchanged: Month,
    /// Whether a programme of one side passed a stage with the help of the other.
    pub success: bool,
    /// Who is shared.
    pub secondee: Option<Secondee>,
}

/// All collaborations, with each organisation's present and past partners.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ties {
    /// Every tie ever, in the order in which they began.
    pub all: Vec<Tie>,
    /// Rows of present ties, ascending.
    active: Vec<u32>,
    /// Present partners of each organisation: partner and row of the tie.
    present: Vec<Vec<(OrgId, u32)>>,
    /// Earlier and present partners of each organisation, with the number of ties.
    past: Vec<Vec<(OrgId, u16)>>,
    /// Rows of ties by the month in which they come up: to pass on what is known, to end, or both.
    due: Calendar,
}

impl Ties {
    /// For a horizon of so many months.
    #[must_use]
    pub fn new(months: u16) -> Self {
        Self { due: Calendar::new(months), ..Self::default() }
    }

    /// Makes room for the next organisation.
    pub fn open(&mut self) {
        self.present.push(Vec::new());
        self.past.push(Vec::new());
    }

    /// Begins a tie that comes up first in the month `visit`; returns its row.
    pub fn form(&mut self, a: OrgId, b: OrgId, kind: TieKind, since: Month, until: Month, visit: Month) -> u32 {
        let row = self.all.len() as u32;
        let tie = Tie { a, b, kind, since, until, ended: None, exchanged: since, success: false, secondee: None };
        self.all.push(tie);
        self.active.push(row);
        for (one, other) in [(a, b), (b, a)] {
            self.present[one.ix()].push((other, row));
            match self.past[one.ix()].iter_mut().find(|(partner, _)| *partner == other) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => self.past[one.ix()].push((other, 1)),
            }
        }
        self.visit_again(row, visit);
        row
    }

    /// Lets a tie come up in a later month: then, or when it ends if that is sooner.
    pub fn visit_again(&mut self, row: u32, month: Month) {
        let until = self.all[row as usize].until;
        self.due.schedule(row, month.min(until));
    }

    /// Present ties that come up in this month, in the order in which they began.
    pub fn take_due(&mut self, month: Month) -> Vec<u32> {
        let mut rows = self.due.take(month);
        rows.retain(|row| self.all[*row as usize].ended.is_none());
        rows
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
        if let Ok(at) = self.active.binary_search(&row) {
            self.active.remove(at);
        }
    }

    /// Ends everything an organisation takes part in.
    pub fn end_all(&mut self, org: OrgId, month: Month) {
        for (_, row) in std::mem::take(&mut self.present[org.ix()]) {
            self.end(row, month);
        }
    }

    /// Present partners, with the row of the tie.
    #[inline]
    #[must_use]
    pub fn partners(&self, org: OrgId) -> &[(OrgId, u32)] {
        &self.present[org.ix()]
    }

    /// Partners of all times, with the number of ties.
    #[inline]
    #[must_use]
    pub fn partners_ever(&self, org: OrgId) -> &[(OrgId, u16)] {
        &self.past[org.ix()]
    }

    /// Whether two work together now.
    #[inline]
    #[must_use]
    pub fn are_partners(&self, a: OrgId, b: OrgId) -> bool {
        self.present[a.ix()].iter().any(|(partner, _)| *partner == b)
    }

    /// Ties of a pair so far.
    #[inline]
    #[must_use]
    pub fn prior(&self, a: OrgId, b: OrgId) -> u16 {
        self.past[a.ix()].iter().find(|(partner, _)| *partner == b).map_or(0, |(_, count)| *count)
    }

    /// Present ties, in the order in which they began.
    pub fn active(&self) -> impl Iterator<Item = &Tie> + '_ {
        self.active.iter().map(|row| &self.all[*row as usize])
    }
}
