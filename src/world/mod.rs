//! State only: what there is. What happens to it is in `rules`, what is seen of it in `record`.
//!
//! A saved world is these tables and the month. Scratch memory lives beside the loop, never here.

pub mod access;
pub mod build;
pub mod calendar;
pub mod captable;
pub mod coinvestment;
pub mod labs;
pub mod ledger;
pub mod lore;
pub mod name;
pub mod organisation;
pub mod pace;
pub mod people;
pub mod pipeline;
pub mod places;
pub mod regulator;
pub mod pool;
pub mod ring;
pub mod sieve;
pub mod supply;
pub mod ties;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::fault;
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::scenario::spec::{Actor, ClusterId, Spec};
use crate::units::{Month, Yen};
use access::Access;
use calendar::Calendar;
use coinvestment::Coinvestment;
use ledger::Ledger;
use lore::{Learning, Lore, Skill};
use organisation::{
    Asset, Fund, FundId, Org, OrgId, Programme, ProgrammeId, ProgrammeStatus, Startup, StartupId, StartupStatus,
};
use pace::Pace;
use people::{Newcomer, Occupation, People, PersonId};
use places::Places;
use regulator::Office;
use ring::Ring;
use supply::Supply;
use ties::Ties;

pub use pipeline::{STAGES, stage_number};

/// Kinds of descent: the part of a lineage key that says how somebody came from its parent. Append only.
pub mod lineage {
    /// One of several organisations of an entry of the scenario, or one that arrives later.
    pub const ORGANISATION: u8 = 1;
    /// A person of the first month, from the employer.
    pub const PERSON: u8 = 2;
    /// A programme, from its owner.
    pub const PROGRAMME: u8 = 3;
    /// An asset, from its institution.
    pub const ASSET: u8 = 4;
    /// A startup, from its asset.
    pub const STARTUP: u8 = 5;
    /// A graduate, from the school and month.
    pub const GRADUATE: u8 = 6;
    /// Somebody hired from outside the sector, from the employer and month.
    pub const ENTRANT: u8 = 7;
    /// One of the people that a coarse agent stood for.
    pub const PART: u8 = 8;
}

/// Everything there is at one moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct World {
    /// Now.
    pub month: Month,
    /// Every person of the sector.
    pub people: People,
    /// Rows of people who live in each cluster and have no post.
    pub jobless: Vec<Vec<PersonId>>,
    /// The clocks that draw candidate months.
    pub pace: Pace,
    /// Candidate months of people's event clocks.
    pub clocks: Calendar,
    /// Months of retirement.
    pub retirements: Calendar,
    /// Every organisation, open and closed.
    pub orgs: Vec<Org>,
    /// Rows of the open ones, ascending: what a month loops over.
    pub open: Vec<OrgId>,
    /// Organisations that may have partners, by cluster and all together, on rings.
    pub rings: Vec<Ring<OrgId>>,
    /// The same for all clusters.
    pub ring: Ring<OrgId>,
    /// What startups have besides.
    pub startups: Vec<Startup>,
    /// Rows of those that operate, ascending.
    pub operating: Vec<StartupId>,
    /// What funds have besides.
    pub funds: Vec<Fund>,
    /// Which managers have held startups side by side.
    pub coinvestment: Coinvestment,
    /// Programmes of all times.
    pub programmes: Vec<Programme>,
    /// Rows of programmes in development.
    pub active: Vec<ProgrammeId>,
    /// Rows of programmes on the market.
    pub marketed: Vec<ProgrammeId>,
    /// Assets on each organisation's shelf, oldest first.
    pub shelves: Vec<Vec<Asset>>,
    /// Collaborations.
    pub ties: Ties,
    /// How people learn and forget now.
    pub learning: Learning,
    /// What the clusters are like.
    pub places: Places,
    /// Money.
    pub ledger: Ledger,
    /// Travel hours.
    pub access: Access,
    /// Whether money is easy.
    pub hot: bool,
    /// Where regulators give advice: a head office for each country, then branches.
    pub offices: Vec<Office>,
    /// Suppliers of cells, by their rows in the scenario.
    pub supplies: Vec<Supply>,
    /// Trial slots taken at each organisation.
    pub slots_used: Vec<u32>,
    /// Trials that each organisation has finished, by field; one in each of its fields for a hospital of the first month.
    pub trials_run: Vec<[u16; organisation::FIELDS]>,
    /// Laboratory places taken: on the market of each cluster, and in each facility.
    pub labs_used: Vec<u32>,
    /// The same in each facility.
    pub facility_used: Vec<u32>,
    /// Budget left in each call's present round.
    pub call_budget: Vec<Yen>,
    /// Listings and acquisitions of the last months, by cluster.
    pub recent_exits: Vec<Vec<RecentExit>>,
    /// Shelved programmes of insolvent startups, oldest first: since when, and on whose shelf.
    pub shelved: VecDeque<(Month, OrgId, ProgrammeId)>,
    /// Pooled finance: what megafunds owe and own.
    pub pools: Vec<pool::Pool>,
    /// What angels of each cluster have to invest.
    pub angels: Vec<Yen>,
    /// Headcount identity: people born into, arrived in, gone from each cluster since the start.
    pub headcount: Vec<Headcount>,
}

/// A listing or acquisition that people may take as a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentExit {
    /// When.
    pub month: Month,
    /// How many it stands for.
    pub number: u32,
    /// Whose.
    pub org: OrgId,
    /// The institution it sprang from.
    pub parent: Option<OrgId>,
}

/// The balance of people of a cluster since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headcount {
    /// There at the start, graduated, or hired from outside the sector.
    pub born: i64,
    /// Came from another cluster.
    pub arrived: i64,
    /// Went to another cluster or left the sector.
    pub left: i64,
    /// Retired.
    pub retired: i64,
}

impl Headcount {
    /// Who must be there.
    #[must_use]
    pub fn alive(self) -> i64 {
        self.born + self.arrived - self.left - self.retired
    }
}

impl World {
    /// The world of the scenario's first month.
    #[must_use]
    pub fn new(scenario: &Scenario, streams: &Streams) -> Self {
        build::build(scenario, streams)
    }

    /// The open organisations, in order of their rows.
    pub fn open_orgs(&self) -> impl Iterator<Item = &Org> + '_ {
        self.open.iter().map(|id| &self.orgs[id.ix()])
    }

    /// An organisation that is a startup.
    #[inline]
    #[must_use]
    pub fn startup_org(&self, id: StartupId) -> &Org {
        &self.orgs[self.startups[id.ix()].org.ix()]
    }

    /// Startups that operate and may raise money, in order of their rows.
    pub fn private_startups(&self) -> impl Iterator<Item = StartupId> + '_ {
        let private = |id: &StartupId| self.startups[id.ix()].status == StartupStatus::Private;
        self.operating.iter().copied().filter(private)
    }

    /// Enters a startup that begins to operate.
    pub fn add_startup(&mut self, startup: Startup) -> StartupId {
        let id = StartupId(self.startups.len() as u32);
        self.startups.push(startup);
        self.operating.push(id);
        id
    }

    /// Notes how a startup ended. Its organisation is the caller's to close.
    pub fn end_startup(&mut self, id: StartupId, status: StartupStatus) {
        self.startups[id.ix()].status = status;
        if let Ok(at) = self.operating.binary_search(&id) {
            self.operating.remove(at);
        }
    }

    /// The programme furthest along, if the startup has one in development or on the market.
    #[must_use]
    pub fn lead_programme(&self, id: StartupId) -> Option<ProgrammeId> {
        let rank = |programme: &Programme| match programme.status {
            ProgrammeStatus::Active => Some(stage_number(programme.stage)),
            ProgrammeStatus::Approved(..) => Some(STAGES.len()),
            ProgrammeStatus::Stopped => None,
        };
        let mut lead: Option<(usize, ProgrammeId)> = None;
        for programme in &self.startups[id.ix()].live {
            let Some(rank) = rank(&self.programmes[programme.ix()]) else { continue };
            if lead.is_none_or(|(best, _)| rank > best) {
                lead = Some((rank, *programme));
            }
        }
        lead.map(|(_, programme)| programme)
    }

    /// Adds an organisation with its account, shelf and place on the rings.
    pub fn add_org(&mut self, org: Org) -> OrgId {
        let id = OrgId(self.orgs.len() as u32);
        self.ledger.open(org.actor);
        self.ties.open();
        self.people.open_organisation();
        self.shelves.push(Vec::new());
        self.slots_used.push(0);
        self.trials_run.push([0; organisation::FIELDS]);
        if org.is_open() {
            self.open.push(id);
        }
        if org.is_open() && org.actor != Actor::Fund {
            self.rings[usize::from(org.cluster.0)].insert(org.key, id);
            self.ring.insert(org.key, id);
        }
        self.orgs.push(org);
        id
    }

    /// Opens or closes an organisation's place on the rings.
    pub fn set_open(&mut self, id: OrgId, closed: Option<Month>) {
        let (key, cluster) = (self.orgs[id.ix()].key, self.orgs[id.ix()].cluster);
        let was_open = self.orgs[id.ix()].is_open();
        self.orgs[id.ix()].closed = closed;
        if was_open && closed.is_some() {
            self.open.retain(|open| *open != id);
            self.rings[usize::from(cluster.0)].remove(key, id);
            self.ring.remove(key, id);
        } else if !was_open && closed.is_none() {
            let at = self.open.partition_point(|open| *open < id);
            self.open.insert(at, id);
            self.rings[usize::from(cluster.0)].insert(key, id);
            self.ring.insert(key, id);
        }
    }

    /// Moves an organisation's seat; people, laboratory place and programmes are the caller's business.
    pub fn move_seat(&mut self, spec: &Spec, id: OrgId, to: ClusterId) {
        let (key, from) = (self.orgs[id.ix()].key, self.orgs[id.ix()].cluster);
        self.rings[usize::from(from.0)].remove(key, id);
        self.rings[usize::from(to.0)].insert(key, id);
        self.orgs[id.ix()].cluster = to;
        self.orgs[id.ix()].country = build::country_of(spec, to);
    }

    /// Gives a newcomer a slot, a retirement date and the skill of their years, and counts the birth.
    pub fn add_person(&mut self, spec: &Spec, streams: &Streams, new: Newcomer) -> PersonId {
        let id = self.people.add(new);
        if new.occupation == Occupation::Researcher {
            let years = self.people[id].age(self.month) - spec.labour.entry_age;
            let level = Learning::practised(spec, years) as f32;
            self.people[id].set_skill(Skill { level, at: self.month });
        }
        build::set_retirement(self, spec, streams, id);
        self.headcount[usize::from(new.cluster.0)].born += i64::from(new.weight);
        id
    }

    /// What a researcher knows of the own field now: practised in a post, fading without.
    #[inline]
    #[must_use]
    pub fn skill(&self, id: PersonId) -> f64 {
        self.people[id].skill().now(&self.learning, self.month, self.people[id].employer().is_some())
    }

    /// Puts a person without a post into one. A researcher brings what they know.
    pub fn employ(&mut self, id: PersonId, employer: OrgId) {
        let researcher = self.people[id].occupation == Occupation::Researcher;
        let skill = if researcher { self.skill(id) } else { 0.0 };
        self.people.join(id, employer);
        let heads = u32::from(self.people[id].weight);
        let org = &mut self.orgs[employer.ix()];
        org.staff[self.people[id].occupation as usize] += heads;
        if fault::planted("double-hire") && self.month.0 == 1 {
            org.staff[self.people[id].occupation as usize] += heads;
        }
        org.lore.count_root(self.people[id].former(), heads, true);
        if researcher {
            self.people[id].set_skill(Skill { level: skill as f32, at: self.month });
            let field = usize::from(self.people[id].field);
            org.lore.experts[field] += heads;
            if self.learning.carried {
                let group = f64::from(org.staff[Occupation::Researcher as usize]) / f64::from(heads.max(org.weight));
                org.expertise[field] = Lore::joined(org.expertise[field], skill, group);
            }
        }
    }

    /// Takes a person out of their post. What only a researcher knew goes along.
    pub fn release(&mut self, id: PersonId) {
        let researcher = self.people[id].occupation == Occupation::Researcher;
        let skill = if researcher { self.skill(id) } else { 0.0 };
        let Some(employer) = self.people.quit(id) else { return };
        let heads = u32::from(self.people[id].weight);
        let org = &mut self.orgs[employer.ix()];
        org.staff[self.people[id].occupation as usize] -= heads;
        org.lore.count_root(self.people[id].former(), heads, false);
        if researcher {
            self.people[id].set_skill(Skill { level: skill as f32, at: self.month });
            let field = usize::from(self.people[id].field);
            if self.learning.carried {
                let agents = f64::from(org.lore.experts[field]) / f64::from(heads.max(org.weight));
                org.expertise[field] = Lore::left(org.expertise[field], org.lore.memory[field], agents);
            }
            org.lore.experts[field] -= heads;
        }
    }

    /// Moves a person to another cluster, keeping the headcount identity.
    pub fn relocate(&mut self, id: PersonId, to: ClusterId) {
        let from = std::mem::replace(&mut self.people[id].cluster, to);
        let before = self.people[id].move_from(from);
        let heads = u32::from(self.people[id].weight);
        if let Some(employer) = self.people[id].employer() {
            let lore = &mut self.orgs[employer.ix()].lore;
            lore.count_root(before, heads, false);
            lore.count_root(Some(from), heads, true);
        }
        self.headcount[usize::from(from.0)].left += i64::from(heads);
        self.headcount[usize::from(to.0)].arrived += i64::from(heads);
        self.people.touched.push(id);
    }

    /// A fund's row from its organisation's, for the few places that go that way.
    #[inline]
    #[must_use]
    pub fn fund_org(&self, id: FundId) -> &Org {
        &self.orgs[self.funds[id.ix()].org.ix()]
    }

    /// Enters a programme, among those in development and with its owner if that is a startup.
    pub fn add_programme(&mut self, programme: Programme) -> ProgrammeId {
        let id = ProgrammeId(self.programmes.len() as u32);
        let owner = programme.owner;
        self.programmes.push(programme);
        self.active.push(id);
        self.give_programme(id, owner);
        id
    }

    /// Notes who owns a programme, with the owner too if that is a startup. The owner before is the caller's business.
    pub fn give_programme(&mut self, id: ProgrammeId, owner: OrgId) {
        self.programmes[id.ix()].owner = owner;
        if let Some(startup) = self.orgs[owner.ix()].startup {
            let startup = &mut self.startups[startup.ix()];
            startup.programmes.push(id);
            if self.programmes[id.ix()].status != ProgrammeStatus::Stopped {
                startup.live.push(id);
            }
        }
    }

    /// Notes that a programme has stopped, with its owner too.
    pub fn stop_programme(&mut self, id: ProgrammeId) {
        let programme = &mut self.programmes[id.ix()];
        programme.status = ProgrammeStatus::Stopped;
        if let Some(startup) = self.orgs[programme.owner.ix()].startup {
            self.startups[startup.ix()].live.retain(|other| *other != id);
        }
    }
}
