//! People: one row each, a slot for life.
//!
//! Nothing that changes every month is stored. Age and tenure are functions of a date and now; a person's next
//! candidate month and month of retirement are dates too. A slot is used again after its person has gone, so the
//! identity of a person is the key, never the row.

use serde::{Deserialize, Serialize};

use crate::rng::Key;
use crate::scenario::spec::{ClusterId, CountryId};
use crate::units::Month;
use crate::world::lore::Skill;
use crate::world::organisation::OrgId;

/// A row of [`People`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonId(pub u32);

impl PersonId {
    /// The row as an index.
    #[must_use]
    pub fn ix(self) -> usize {
        self.0 as usize
    }
}

/// What a person does for a living; also the order of [`Staff`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Occupation {
    /// Does research and development.
    Researcher = 0,
    /// Treats patients and runs trials.
    Clinician = 1,
    /// Has led a company or a department.
    Manager = 2,
    /// Everybody else.
    Staff = 3,
}

/// All occupations, in order.
pub const OCCUPATIONS: [Occupation; 4] =
    [Occupation::Researcher, Occupation::Clinician, Occupation::Manager, Occupation::Staff];

/// People by occupation.
pub type Staff = [u32; 4];

const ALIVE: u8 = 1;
const FOUNDED: u8 = 2;
const SUCCEEDED: u8 = 4;
const RESTLESS: u8 = 8;

/// End of a chain of colleagues.
const NOBODY: u32 = u32::MAX;

/// What a new person brings.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer {
    /// Lineage.
    pub key: Key,
    /// Month of birth, relative to the start of the scenario.
    pub born: i16,
    /// Occupation.
    pub occupation: Occupation,
    /// Field of expertise, 0 to 15.
    pub field: u8,
    /// Where the person lives.
    pub cluster: ClusterId,
    /// Where the person feels at home.
    pub home: CountryId,
    /// How many people the agent stands for.
    pub weight: u16,
}

/// All people, as columns.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct People {
    /// Lineage keys: what chance is addressed by.
    pub key: Vec<Key>,
    /// Employer, if any.
    pub employer: Vec<Option<OrgId>>,
    /// Next month in which something may happen to the person.
    pub candidate: Vec<Month>,
    /// Month of retirement.
    pub retires: Vec<Month>,
    /// Month of birth, relative to the start.
    pub born: Vec<i16>,
    /// Where the person lives.
    pub cluster: Vec<ClusterId>,
    /// Home country.
    pub home: Vec<CountryId>,
    /// How many people the row stands for.
    pub weight: Vec<u16>,
    /// Occupation.
    pub occupation: Vec<Occupation>,
    /// Field of expertise.
    pub field: Vec<u8>,
    /// What the person knew of the field at the last change of post; it grows or fades from there.
    pub skill: Vec<Skill>,
    /// The cluster lived in before the present one.
    pub former: Vec<Option<ClusterId>>,
    flags: Vec<u8>,
    /// Colleagues of each person, as a chain in both directions: the next and the one before.
    colleagues: Vec<[u32; 2]>,
    /// The first in each organisation's chain.
    first: Vec<u32>,
    free: Vec<PersonId>,
    /// Rows that changed this month, for the digest.
    pub touched: Vec<PersonId>,
}

impl People {
    /// Rows, used or not.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.key.len()
    }

    /// Gives a newcomer a slot, without a post and without dates.
    pub fn add(&mut self, new: Newcomer) -> PersonId {
        let id = if let Some(id) = self.free.pop() {
            let ix = id.ix();
            self.key[ix] = new.key;
            self.employer[ix] = None;
            self.candidate[ix] = Month::NEVER;
            self.retires[ix] = Month::NEVER;
            self.born[ix] = new.born;
            self.cluster[ix] = new.cluster;
            self.home[ix] = new.home;
            self.weight[ix] = new.weight;
            self.occupation[ix] = new.occupation;
            self.field[ix] = new.field;
            self.skill[ix] = Skill { level: 0.0, at: Month(0) };
            self.former[ix] = None;
            self.flags[ix] = ALIVE;
            self.colleagues[ix] = [NOBODY; 2];
            id
        } else {
            self.key.push(new.key);
            self.employer.push(None);
            self.candidate.push(Month::NEVER);
            self.retires.push(Month::NEVER);
            self.born.push(new.born);
            self.cluster.push(new.cluster);
            self.home.push(new.home);
            self.weight.push(new.weight);
            self.occupation.push(new.occupation);
            self.field.push(new.field);
            self.skill.push(Skill { level: 0.0, at: Month(0) });
            self.former.push(None);
            self.flags.push(ALIVE);
            self.colleagues.push([NOBODY; 2]);
            // A world of 4 billion agents does not fit the memory of any machine this runs on.
            PersonId((self.key.len() - 1) as u32)
        };
        self.touched.push(id);
        id
    }

    /// Frees the slot of somebody who has gone.
    pub fn remove(&mut self, id: PersonId) {
        debug_assert!(self.employer[id.ix()].is_none(), "whoever goes has left the post before");
        self.flags[id.ix()] = 0;
        // Who is not there counts for nobody: the audit adds up whole columns.
        self.weight[id.ix()] = 0;
        self.free.push(id);
        self.touched.push(id);
    }

    /// Opens an empty chain for an organisation's people.
    pub fn open_organisation(&mut self) {
        self.first.push(NOBODY);
    }

    /// Enters a person without a post into an organisation.
    pub fn join(&mut self, id: PersonId, employer: OrgId) {
        debug_assert!(self.employer[id.ix()].is_none(), "nobody works full time twice");
        self.employer[id.ix()] = Some(employer);
        let head = std::mem::replace(&mut self.first[employer.ix()], id.0);
        self.colleagues[id.ix()] = [head, NOBODY];
        if head != NOBODY {
            self.colleagues[head as usize][1] = id.0;
        }
        self.touched.push(id);
    }

    /// Takes a person out of their organisation, if they are in one.
    pub fn quit(&mut self, id: PersonId) -> Option<OrgId> {
        let employer = self.employer[id.ix()].take()?;
        let [next, before] = self.colleagues[id.ix()];
        if next != NOBODY {
            self.colleagues[next as usize][1] = before;
        }
        if before == NOBODY {
            self.first[employer.ix()] = next;
        } else {
            self.colleagues[before as usize][0] = next;
        }
        self.touched.push(id);
        Some(employer)
    }

    /// Everybody who works for an organisation, in order of their rows.
    #[must_use]
    pub fn staff_of(&self, employer: OrgId) -> Vec<PersonId> {
        let mut staff = Vec::new();
        let mut row = self.first[employer.ix()];
        while row != NOBODY {
            staff.push(PersonId(row));
            row = self.colleagues[row as usize][0];
        }
        staff.sort_unstable();
        staff
    }

    /// How many people live in each of so many clusters, counted one by one.
    #[must_use]
    pub fn count_by_cluster(&self, clusters: usize) -> Vec<i64> {
        // Four tallies side by side, so that neighbours in one cluster do not wait for each other.
        let mut tallies = vec![[0_i64; 4]; clusters];
        for (ix, (cluster, weight)) in self.cluster.iter().zip(&self.weight).enumerate() {
            tallies[usize::from(cluster.0)][ix & 3] += i64::from(*weight);
        }
        tallies.iter().map(|tally| tally.iter().sum()).collect()
    }

    /// Whether the person's next candidate month was drawn by the clock of the restless.
    #[must_use]
    pub fn is_restless(&self, id: PersonId) -> bool {
        self.flags[id.ix()] & RESTLESS != 0
    }

    /// Notes by which clock the next candidate month was drawn.
    pub fn set_restless(&mut self, id: PersonId, restless: bool) {
        let flags = &mut self.flags[id.ix()];
        *flags = if restless { *flags | RESTLESS } else { *flags & !RESTLESS };
    }

    /// Whether the slot holds somebody.
    #[must_use]
    pub fn is_alive(&self, id: PersonId) -> bool {
        self.flags[id.ix()] & ALIVE != 0
    }

    /// Age in years.
    #[must_use]
    pub fn age(&self, id: PersonId, now: Month) -> f64 {
        (f64::from(now.0) - f64::from(self.born[id.ix()])) / 12.0
    }

    /// Whether the person has founded a company.
    #[must_use]
    pub fn has_founded(&self, id: PersonId) -> bool {
        self.flags[id.ix()] & FOUNDED != 0
    }

    /// Whether a company of this founder was listed or acquired.
    #[must_use]
    pub fn has_succeeded(&self, id: PersonId) -> bool {
        self.flags[id.ix()] & SUCCEEDED != 0
    }

    /// Marks a founder.
    pub fn mark_founder(&mut self, id: PersonId) {
        self.flags[id.ix()] |= FOUNDED;
        self.touched.push(id);
    }

    /// Marks a founder's success.
    pub fn mark_success(&mut self, id: PersonId) {
        self.flags[id.ix()] |= SUCCEEDED;
        self.touched.push(id);
    }

    /// Everybody who is here, in row order.
    pub fn alive(&self) -> impl Iterator<Item = PersonId> + '_ {
        (0..self.rows() as u32).map(PersonId).filter(|id| self.is_alive(*id))
    }

    /// The bytes of a row, for the digest. The next candidate month is left out: it changes without anything
    /// happening, and follows from the key.
    #[must_use]
    pub fn row_bytes(&self, id: PersonId) -> [u8; 40] {
        let ix = id.ix();
        let mut bytes = [0; 40];
        bytes[0..8].copy_from_slice(&self.key[ix].0.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.employer[ix].map_or(u32::MAX, |org| org.0).to_le_bytes());
        bytes[14..16].copy_from_slice(&self.retires[ix].0.to_le_bytes());
        bytes[16..18].copy_from_slice(&self.born[ix].to_le_bytes());
        bytes[18..20].copy_from_slice(&self.cluster[ix].0.to_le_bytes());
        bytes[20..22].copy_from_slice(&self.home[ix].0.to_le_bytes());
        bytes[22..24].copy_from_slice(&self.weight[ix].to_le_bytes());
        bytes[24] = self.occupation[ix] as u8;
        bytes[25] = self.field[ix];
        bytes[26] = self.flags[ix] & !RESTLESS;
        bytes[28..32].copy_from_slice(&id.0.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.skill[ix].level.to_bits().to_le_bytes());
        bytes[36..38].copy_from_slice(&self.skill[ix].at.0.to_le_bytes());
        bytes[38..40].copy_from_slice(&self.former[ix].map_or(u16::MAX, |cluster| cluster.0).to_le_bytes());
        bytes
    }
}
