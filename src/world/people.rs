//! People: one row each, a slot for life.
//!
//! Nothing that changes every month is stored. Age and tenure are functions of a date and now; a person's next
//! candidate month and month of retirement are dates too, kept apart from the rest: most dates that come up are looked at
//! only to see that another one holds by now. A slot is used again after its person has gone, so the
//! identity of a person is the key, never the row.

use std::ops::{Index, IndexMut};

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
    #[inline]
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

/// No employer.
const NOBODY: u32 = u32::MAX;
/// No cluster.
const NOWHERE: u16 = u16::MAX;

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

/// One person: half a line of the processor's cache, because whoever is looked at is looked at from several sides, and who
/// changes posts is changed on all of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[repr(align(32))]
pub struct Person {
    /// Lineage key: what chance is addressed by.
    pub key: Key,
    /// Row of the employer, or [`NOBODY`].
    employer: u32,
    /// What the person knew of the field at the last change of post; it grows or fades from there.
    level: f32,
    /// When that was.
    changed: Month,
    /// Month of birth, relative to the start.
    pub born: i16,
    /// Where the person lives.
    pub cluster: ClusterId,
    /// The cluster lived in before the present one, or [`NOWHERE`].
    former: u16,
    /// Home country.
    pub home: CountryId,
    /// How many people the row stands for; none, once they have gone.
    pub weight: u16,
    /// Occupation.
    pub occupation: Occupation,
    /// Field of expertise.
    pub field: u8,
    flags: u8,
}

/// What comes up in a calendar for a person. An entry of the calendar for any other month is void.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Dates {
    /// Next month in which something may happen to the person.
    candidate: Month,
    /// Month of retirement.
    retires: Month,
}

/// Nothing comes up.
const NO_DATES: Dates = Dates { candidate: Month::NEVER, retires: Month::NEVER };

impl Person {
    /// Somebody without a post and without dates.
    fn new(new: Newcomer) -> Self {
        Self {
            key: new.key,
            employer: NOBODY,
            level: 0.0,
            changed: Month(0),
            born: new.born,
            cluster: new.cluster,
            former: NOWHERE,
            home: new.home,
            weight: new.weight,
            occupation: new.occupation,
            field: new.field,
            flags: ALIVE,
        }
    }

    /// Employer, if any.
    #[inline]
    #[must_use]
    pub fn employer(&self) -> Option<OrgId> {
        (self.employer != NOBODY).then_some(OrgId(self.employer))
    }

    /// What the person knew of the field at the last change of post.
    #[inline]
    #[must_use]
    pub fn skill(&self) -> Skill {
        Skill { level: self.level, at: self.changed }
    }

    /// Notes what the person knows of the field.
    #[inline]
    pub fn set_skill(&mut self, skill: Skill) {
        (self.level, self.changed) = (skill.level, skill.at);
    }

    /// The cluster lived in before the present one, if any.
    #[inline]
    #[must_use]
    pub fn former(&self) -> Option<ClusterId> {
        (self.former != NOWHERE).then_some(ClusterId(self.former))
    }

    /// Notes the cluster that the person moves from; gives the one before.
    pub fn move_from(&mut self, from: ClusterId) -> Option<ClusterId> {
        let before = self.former();
        self.former = from.0;
        before
    }

    /// Whether the slot holds somebody.
    #[inline]
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.flags & ALIVE != 0
    }

    /// Whether the next candidate month was drawn by the clock of the restless.
    #[inline]
    #[must_use]
    pub fn is_restless(&self) -> bool {
        self.flags & RESTLESS != 0
    }

    /// Notes by which clock the next candidate month was drawn.
    #[inline]
    pub fn set_restless(&mut self, restless: bool) {
        self.flags = if restless { self.flags | RESTLESS } else { self.flags & !RESTLESS };
    }

    /// Age in years.
    #[inline]
    #[must_use]
    pub fn age(&self, now: Month) -> f64 {
        (f64::from(now.0) - f64::from(self.born)) / 12.0
    }

    /// Whether the person has founded a company.
    #[must_use]
    pub fn has_founded(&self) -> bool {
        self.flags & FOUNDED != 0
    }

    /// Whether a company of this founder was listed or acquired.
    #[must_use]
    pub fn has_succeeded(&self) -> bool {
        self.flags & SUCCEEDED != 0
    }
}

/// All people, by their slots.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct People {
    rows: Vec<Person>,
    dates: Vec<Dates>,
    rosters: Vec<Roster>,
    free: Vec<PersonId>,
    /// Rows that changed this month, for the digest.
    pub touched: Vec<PersonId>,
}

/// Who works for an organisation. People are asked for where they work far more often than organisations for their people,
/// so who quits is not looked up: the list is cleared of them when half of it is out of date.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Roster {
    /// Everybody who joined since the list was cleared.
    joined: Vec<PersonId>,
    /// How many of them are there.
    present: u32,
}

/// Joiners before a list is cleared for the first time.
const SHORT: usize = 16;

impl Index<PersonId> for People {
    type Output = Person;

    #[inline]
    fn index(&self, id: PersonId) -> &Person {
        &self.rows[id.ix()]
    }
}

impl IndexMut<PersonId> for People {
    #[inline]
    fn index_mut(&mut self, id: PersonId) -> &mut Person {
        &mut self.rows[id.ix()]
    }
}

impl People {
    /// Rows, used or not.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Gives a newcomer a slot, without a post and without dates.
    pub fn add(&mut self, new: Newcomer) -> PersonId {
        let id = if let Some(id) = self.free.pop() {
            self[id] = Person::new(new);
            self.dates[id.ix()] = NO_DATES;
            id
        } else {
            if self.rows.len() == self.rows.capacity() {
                // Room that is not used yet takes no memory; while the rows move they take it twice. So it is much, and seldom.
                self.reserve(self.rows.len() + 1024);
            }
            self.rows.push(Person::new(new));
            self.dates.push(NO_DATES);
            // A world of 4 billion agents does not fit the memory of any machine this runs on.
            PersonId((self.rows.len() - 1) as u32)
        };
        self.touched.push(id);
        id
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, more: usize) {
        self.rows.reserve_exact(more);
        self.dates.reserve_exact(more);
    }

    /// Next month in which something may happen to somebody.
    #[inline]
    #[must_use]
    pub fn candidate(&self, id: PersonId) -> Month {
        self.dates[id.ix()].candidate
    }

    /// Sets that month. The calendar is the caller's business.
    #[inline]
    pub fn set_candidate(&mut self, id: PersonId, month: Month) {
        self.dates[id.ix()].candidate = month;
    }

    /// Month of somebody's retirement.
    #[inline]
    #[must_use]
    pub fn retires(&self, id: PersonId) -> Month {
        self.dates[id.ix()].retires
    }

    /// Sets that month. The calendar is the caller's business.
    pub fn set_retires(&mut self, id: PersonId, month: Month) {
        self.dates[id.ix()].retires = month;
    }

    /// Gives somebody the past of the agent that they were a part of.
    pub fn share_past(&mut self, part: PersonId, whole: PersonId) {
        let skill = self[whole].skill();
        self[part].set_skill(skill);
        self[part].former = self[whole].former;
    }

    /// Frees the slot of somebody who has gone.
    pub fn remove(&mut self, id: PersonId) {
        debug_assert!(self[id].employer == NOBODY, "whoever goes has left the post before");
        self[id].flags = 0;
        // Who is not there counts for nobody: the audit adds up all rows.
        self[id].weight = 0;
        self.dates[id.ix()].candidate = Month::NEVER;
        self.free.push(id);
        self.touched.push(id);
    }

    /// Opens an empty list for an organisation's people.
    pub fn open_organisation(&mut self) {
        self.rosters.push(Roster::default());
    }

    /// Enters a person without a post into an organisation.
    #[inline]
    pub fn join(&mut self, id: PersonId, employer: OrgId) {
        debug_assert!(self[id].employer == NOBODY, "nobody works full time twice");
        self[id].employer = employer.0;
        let Roster { joined, present } = &mut self.rosters[employer.ix()];
        joined.push(id);
        *present += 1;
        if joined.len() > 2 * *present as usize + SHORT {
            self.rosters[employer.ix()].joined = self.staff_of(employer);
        }
        self.touched.push(id);
    }

    /// Takes a person out of their organisation, if they are in one.
    #[inline]
    pub fn quit(&mut self, id: PersonId) -> Option<OrgId> {
        let employer = self[id].employer()?;
        self[id].employer = NOBODY;
        self.rosters[employer.ix()].present -= 1;
        self.touched.push(id);
        Some(employer)
    }

    /// Everybody who works for an organisation, in order of their rows.
    #[must_use]
    pub fn staff_of(&self, employer: OrgId) -> Vec<PersonId> {
        let joined = self.rosters[employer.ix()].joined.iter().copied();
        let mut staff: Vec<PersonId> = joined.filter(|id| self[*id].employer == employer.0).collect();
        staff.sort_unstable();
        // Whoever came back is on the list twice.
        staff.dedup();
        staff
    }

    /// How many people live in each of so many clusters, counted one by one.
    #[must_use]
    pub fn count_by_cluster(&self, clusters: usize) -> Vec<i64> {
        let mut counted = vec![0; clusters];
        // Neighbours mostly live in one cluster: their sum is kept at hand until one lives elsewhere.
        let (mut here, mut sum) = (ClusterId(0), 0);
        for person in &self.rows {
            if person.cluster != here {
                counted[usize::from(here.0)] += sum;
                (here, sum) = (person.cluster, 0);
            }
            sum += i64::from(person.weight);
        }
        if let Some(last) = counted.get_mut(usize::from(here.0)) {
            *last += sum;
        }
        counted
    }

    /// Marks a founder.
    pub fn mark_founder(&mut self, id: PersonId) {
        self[id].flags |= FOUNDED;
        self.touched.push(id);
    }

    /// Marks a founder's success.
    pub fn mark_success(&mut self, id: PersonId) {
        self[id].flags |= SUCCEEDED;
        self.touched.push(id);
    }

    /// Everybody who is here, in row order.
    pub fn alive(&self) -> impl Iterator<Item = PersonId> + '_ {
        (0..self.rows() as u32).map(PersonId).filter(|id| self[*id].is_alive())
    }

    /// A row as words, for the digest. The next candidate month is left out: it changes without anything
    /// happening, and follows from the key.
    #[must_use]
    pub fn row_words(&self, id: PersonId) -> [u64; 5] {
        let person = &self[id];
        // Fields side by side, the first in the lowest bits.
        let sixteens = |a: u16, b: u16, c: u16, d: u16| {
            u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48
        };
        let what = [person.occupation as u8, person.field, person.flags & !RESTLESS, 0].map(u64::from);
        [
            person.key.0,
            u64::from(person.employer) | u64::from(self.retires(id).0) << 48,
            sixteens(person.born as u16, person.cluster.0, person.home.0, person.weight),
            what[0] | what[1] << 8 | what[2] << 16 | u64::from(id.0) << 32,
            u64::from(person.level.to_bits()) | u64::from(person.changed.0) << 32 | u64::from(person.former) << 48,
        ]
    }
}
