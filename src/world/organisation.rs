//! Organisations, and what startups, funds and programmes have beyond being one or belonging to one.
//!
//! Rows are never removed: a closed organisation keeps its row with the month in which it closed, so that a record
//! can always explain itself. An id is a row; a key is the lineage that chance is addressed by.

use serde::{Deserialize, Serialize};

use crate::rng::Key;
use crate::scenario::spec::{Actor, ClusterId, CountryId, FacilityId, FundKind, InstitutionId, ModalityId, Stage};
use crate::units::{Month, Yen};
use crate::world::lore::Lore;
use crate::world::name::Name;
use crate::world::people::{PersonId, Staff};

/// Number of fields of expertise.
pub const FIELDS: usize = 16;
// Sets of fields are the bits of a `u16`, and what is not in a set its complement.
const _: () = assert!(FIELDS == u16::BITS as usize);
/// Levels of expertise by field, 0 to 10.
pub type Expertise = [f64; FIELDS];
/// The field of manufacturing, which every programme needs beside its own.
pub const MANUFACTURING: usize = 15;
/// The field of regenerative medicine.
pub const REGENERATIVE: u8 = 9;

/// A row of `World::orgs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrgId(pub u32);

impl OrgId {
    /// The row as an index.
    #[inline]
    #[must_use]
    pub fn ix(self) -> usize {
        self.0 as usize
    }
}

/// A row of `World::startups`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StartupId(pub u32);

impl StartupId {
    /// The row as an index.
    #[inline]
    #[must_use]
    pub fn ix(self) -> usize {
        self.0 as usize
    }
}

/// A row of `World::funds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FundId(pub u32);

impl FundId {
    /// The row as an index.
    #[inline]
    #[must_use]
    pub fn ix(self) -> usize {
        self.0 as usize
    }
}

/// A row of `World::programmes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProgrammeId(pub u32);

impl ProgrammeId {
    /// The row as an index.
    #[inline]
    #[must_use]
    pub fn ix(self) -> usize {
        self.0 as usize
    }
}

/// Anything that employs people, holds money or has partners.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Org {
    /// Lineage.
    pub key: Key,
    /// Stable name in the records.
    pub name: Name,
    /// What it is to the rules.
    pub actor: Actor,
    /// Where it is.
    pub cluster: ClusterId,
    /// Its country.
    pub country: CountryId,
    /// The entry of the scenario that describes it.
    pub institution: Option<InstitutionId>,
    /// The roof it is under.
    pub facility: Option<FacilityId>,
    /// Its row among the startups.
    pub startup: Option<StartupId>,
    /// How many organisations it stands for.
    pub weight: u32,
    /// Its share of the people of its entry (1 for a named institution).
    pub share: f64,
    /// When it began; organisations of the first month count as of month 0, those that wait for their date as never.
    pub founded: Month,
    /// When it closed.
    pub closed: Option<Month>,
    /// People employed, by occupation.
    pub staff: Staff,
    /// Planned posts, by occupation.
    pub posts: Staff,
    /// Expertise by field, 0 to 10.
    pub expertise: Expertise,
    /// The people and the memory behind it.
    pub lore: Lore,
}

impl Org {
    /// Everybody employed.
    #[inline]
    #[must_use]
    pub fn headcount(&self) -> u32 {
        self.staff.iter().sum()
    }

    /// Whether it operates.
    #[inline]
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether two are under one roof, open or not.
    #[must_use]
    pub fn shares_roof(&self, other: &Self) -> bool {
        self.facility.is_some() && self.facility == other.facility
    }

    /// What changes from month to month, as words for the digest: key, people and posts by occupation, expertise.
    #[must_use]
    pub fn state_words(&self) -> [u64; 5 + FIELDS] {
        let mut words = [0; 5 + FIELDS];
        words[0] = self.key.0;
        for (word, (staff, posts)) in words[1..5].iter_mut().zip(self.staff.iter().zip(&self.posts)) {
            *word = u64::from(*staff) | u64::from(*posts) << 32;
        }
        for (word, level) in words[5..].iter_mut().zip(&self.expertise) {
            *word = level.to_bits();
        }
        words
    }

    /// Researchers, hospitals and institutes whose findings become assets.
    #[inline]
    #[must_use]
    pub fn is_academic(&self) -> bool {
        matches!(self.actor, Actor::University | Actor::Institute | Actor::Hospital)
    }

    /// Companies: startups, pharmaceutical and other.
    #[inline]
    #[must_use]
    pub fn is_industry(&self) -> bool {
        matches!(self.actor, Actor::Startup | Actor::Pharma | Actor::Company)
    }
}

/// Who owns shares of a startup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// Founders and staff.
    Founders,
    /// A fund.
    Fund(FundId),
    /// The public, after a listing.
    Public,
}

/// Where a startup stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartupStatus {
    /// Private and operating.
    Private,
    /// Listed and operating.
    Listed,
    /// Acquired.
    Acquired,
    /// Closed for want of money or programmes.
    Failed,
}

/// What an organisation that is a startup has besides.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Startup {
    /// Its row among the organisations.
    pub org: OrgId,
    /// The institution it sprang from.
    pub parent: Option<OrgId>,
    /// The founder, and the founder's key (the slot may hold somebody else later).
    pub founder: Option<(PersonId, Key)>,
    /// What became of the founder's companies before this one.
    pub record: Record,
    /// Where it stands.
    pub status: StartupStatus,
    /// Shares by holder; they sum to the whole by construction.
    pub shares: Vec<(Holder, u64)>,
    /// Its programmes, active and past.
    pub programmes: Vec<ProgrammeId>,
    /// Of these, in the same order, those that have not stopped: a month asks for no others.
    pub live: Vec<ProgrammeId>,
    /// Financing rounds closed.
    pub rounds: u32,
    /// Money of the last round still to come, by fund, when the next milestone is met.
    pub tranches: Vec<(FundId, Yen)>,
    /// Attempts of the present round that found no investor.
    pub refused: u32,
    /// No attempt to raise before this month.
    pub next_ask: Month,
    /// Whether the one bridge has been used.
    pub bridged: bool,
    /// Share of planned posts kept after cuts.
    pub kept: f64,
    /// Spending of the month, for the runway.
    pub burn: Yen,
    /// Post-money value of the last round.
    pub value: Yen,
    /// Equity raised so far, and the public part of it.
    pub raised: [Yen; 2],
    /// Public awards so far, by row of the call.
    pub awards: Vec<(u16, Yen)>,
    /// When it listed.
    pub listed: Month,
}

/// What a founder has behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// Nothing: the first company.
    First,
    /// A company that did not succeed, or not yet.
    Failed,
    /// A company that was listed or acquired.
    Succeeded,
}

/// Shares issued at founding; small enough that dilution over dozens of rounds stays far inside 64 bits.
const FOUNDERS_SHARES: u64 = 1_000_000;

impl Startup {
    /// Owned by its founders, without people, programmes or money yet; it asks for money from a month on.
    #[must_use]
    pub fn begin(org: OrgId, parent: Option<OrgId>, next_ask: Month) -> Self {
        Self {
            org,
            parent,
            founder: None,
            record: Record::First,
            status: StartupStatus::Private,
            shares: vec![(Holder::Founders, FOUNDERS_SHARES)],
            programmes: Vec::new(),
            live: Vec::new(),
            rounds: 0,
            tranches: Vec::new(),
            refused: 0,
            next_ask,
            bridged: false,
            kept: 1.0,
            burn: Yen::ZERO,
            value: Yen::ZERO,
            raised: [Yen::ZERO; 2],
            awards: Vec::new(),
            listed: Month::NEVER,
        }
    }

    /// Public share of the equity raised, 0 to 1.
    #[must_use]
    pub fn public_share(&self) -> f64 {
        self.raised[1].0 as f64 / self.raised[0].0.max(1) as f64
    }

    /// Funds among its holders, in the order in which they came, each as often as it bought.
    #[inline]
    pub fn investors(&self) -> impl Iterator<Item = FundId> + '_ {
        self.shares.iter().filter_map(|(holder, _)| if let Holder::Fund(fund) = holder { Some(*fund) } else { None })
    }
}

/// A manager of venture money, with its present fund.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fund {
    /// Its row among the organisations.
    pub org: OrgId,
    /// Who stands behind it.
    pub kind: FundKind,
    /// Row of the scenario's entry.
    pub entry: usize,
    /// Commitments to the present fund.
    pub size: Yen,
    /// Commitments not yet called.
    pub uncalled: Yen,
    /// Of these, set aside for follow-on.
    pub reserved: Yen,
    /// When the present fund closed.
    pub opened: Month,
    /// Funds closed so far.
    pub vintage: u32,
    /// Holdings: startup, cost, reserve left.
    pub holdings: Vec<(StartupId, Yen, Yen)>,
    /// Times that it came onto the list of a startup last month; this month's so far while rounds are made.
    pub asked: u32,
    /// Share of those on its list that it has time to look at.
    pub attention: f64,
    /// Companies ever held, by field.
    pub known: [u16; self::FIELDS],
    /// Institutions that companies ever held sprang from, in ascending order.
    pub alumni: Vec<OrgId>,
    /// Cost of the holdings that it is out of, and what it got for them.
    pub exited: [Yen; 2],
    /// Carried interest paid so far.
    pub carried: Yen,
}

impl Fund {
    /// A manager with its first fund, a part of which is called and set aside already.
    #[must_use]
    pub fn begin(org: OrgId, kind: FundKind, entry: usize, size: Yen, uncalled: Yen, reserved: Yen) -> Self {
        Self {
            org,
            kind,
            entry,
            size,
            uncalled,
            reserved,
            opened: Month(0),
            vintage: 1,
            holdings: Vec::new(),
            asked: 0,
            attention: 1.0,
            known: [0; FIELDS],
            alumni: Vec::new(),
            exited: [Yen::ZERO; 2],
            carried: Yen::ZERO,
        }
    }

    /// What it holds of a startup: its cost, and the reserve that is left for it.
    #[must_use]
    pub fn holding(&self, id: StartupId) -> Option<(Yen, Yen)> {
        self.holdings.iter().find(|(startup, ..)| *startup == id).map(|(_, cost, reserve)| (*cost, *reserve))
    }
}

/// Where a programme stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProgrammeStatus {
    /// In one of the stages.
    Active,
    /// On the market since then; conditional approvals until the second month.
    Approved(Month, Option<Month>),
    /// Stopped: failed, dropped, or shelved.
    Stopped,
}

/// A hospital where a programme runs its trial; it holds one trial slot for each programme that the row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The hospital.
    pub hospital: OrgId,
    /// From when on it enrols: before, it is being activated.
    pub from: Month,
}

/// A treatment in development.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Programme {
    /// Lineage.
    pub key: Key,
    /// Owner.
    pub owner: OrgId,
    /// How many programmes it stands for.
    pub weight: u32,
    /// Modality.
    pub modality: ModalityId,
    /// Field.
    pub field: u8,
    /// Latent quality, 0 to 1.
    pub quality: f64,
    /// Stage.
    pub stage: Stage,
    /// Step of discovery that a preclinical programme is in; preclinical work itself after the last of them.
    pub step: u8,
    /// Where it stands.
    pub status: ProgrammeStatus,
    /// Months of work done in this stage.
    pub progress: f64,
    /// Months of work that this stage needs.
    pub needed: f64,
    /// Hospitals whose trial slots it holds.
    pub sites: Vec<Site>,
    /// Regulator consultations had.
    pub consultations: u8,
    /// Whether it is under review on the conditional route.
    pub conditional: bool,
    /// Whether its filing is reviewed with priority.
    pub priority: bool,
    /// Whether the regulator has begun the review.
    pub review_begun: bool,
    /// Established company with a licence.
    pub licensee: Option<OrgId>,
    /// Since when it is in this stage.
    pub since: Month,
    /// Whether a public grant paid for a prototype that investors can look at.
    pub prototype: bool,
    /// Whether its owner has put it aside to save money.
    pub paused: bool,
}

impl Programme {
    /// At the beginning of a stage that needs so many months of work.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "what a programme is at its beginning, field by field")]
    pub fn begin(
        key: Key,
        owner: OrgId,
        weight: u32,
        modality: ModalityId,
        field: u8,
        quality: f64,
        stage: Stage,
        needed: f64,
        since: Month,
    ) -> Self {
        Self {
            key,
            owner,
            weight,
            modality,
            field,
            quality,
            stage,
            step: crate::world::pipeline::DISCOVERY,
            status: ProgrammeStatus::Active,
            progress: 0.0,
            needed,
            sites: Vec::new(),
            consultations: 0,
            conditional: false,
            priority: false,
            review_begun: false,
            licensee: None,
            since,
            prototype: false,
            paused: false,
        }
    }
}

/// A finding worth developing, on an institution's shelf.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Asset {
    /// Lineage.
    pub key: Key,
    /// When it was disclosed.
    pub born: Month,
    /// Latent quality.
    pub quality: f64,
    /// Field.
    pub field: u8,
    /// Modality.
    pub modality: ModalityId,
    /// The programme that it is, if it is one that an insolvent startup left behind.
    pub shelved: Option<ProgrammeId>,
}
