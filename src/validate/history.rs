//! A run as the stylised facts see it: what it left behind, and what a watcher noted on the way.

use crate::rules::Breach;
use crate::scenario::Scenario;
use crate::scenario::spec::{ClusterId, Spec, Stage};
use crate::simulate::Outcome;
use crate::units::Month;
use crate::world::captable::{Claim, claims};
use crate::world::organisation::{ProgrammeStatus, StartupId, StartupStatus};
use crate::world::{World, stage_number};

use super::people::Moves;
use super::pipeline::Recruitment;
use super::public_money::PublicMoney;
use super::public_research::{Place, Shelf, note_places, note_shelves};
use super::watch::{Watcher, simulate_watched};

/// One replicate, looked at closely.
pub(super) struct History<'a> {
    pub scenario: &'a Scenario,
    pub outcome: Outcome,
    /// At the end.
    pub world: World,
    pub notes: Notes,
}

/// What a watcher noted.
#[derive(Default)]
pub(super) struct Notes {
    /// For each December, the people of each company (row of `World::orgs`), 0 where it is none or closed.
    pub sizes: Vec<Vec<f64>>,
    /// For each programme, the month in which it was first seen in phase 1.
    pub phase1: Vec<Option<Month>>,
    /// For each programme, the month in which it was first seen approved.
    pub approved: Vec<Option<Month>>,
    /// For each clinical stage from phase 1 to review, medicines that passed it and that left it in any way.
    pub steps: [(f64, f64); 4],
    /// For each programme, the clinical stage in which it was last seen at work.
    clinical: Vec<Option<usize>>,
    /// For each startup, the claims on it while it was last private.
    pub claims: Vec<Vec<Claim>>,
    /// For each startup, the months in which its lead programme was first seen in a stage.
    pub stages: Vec<Vec<(Month, Stage)>>,
    /// For each month, whether money was easy.
    pub hot: Vec<bool>,
    /// Looks that managers took at companies.
    pub looks: f64,
    /// Ties at the end of the third year, by organisation.
    pub early: Vec<(u32, u32)>,
    /// Where startups stand in the network, every second December.
    pub places: Vec<Place>,
    /// What lies on the shelves, every second December.
    pub shelves: Vec<Shelf>,
    /// Who moved where.
    pub moves: Moves,
    /// Exits by the public share of the equity.
    pub public_money: PublicMoney,
    /// Patients of late trials.
    pub recruitment: Recruitment,
    /// The greatest residual of the accounts at the end of any month, in yen.
    pub residual: f64,
    first: Option<u8>,
}

/// The month at whose end the early network is noted.
pub(super) const EARLY: u16 = 35;

impl Watcher for Notes {
    fn after(&mut self, month: Month, world: &World, spec: &Spec) {
        self.hot.push(world.hot);
        self.residual = self.residual.max((world.ledger.residual().0 as f64).abs());
        let december = 12 - self.first.unwrap_or(1);
        if month.0 % 12 == u16::from(december) {
            let size = |org: &crate::world::organisation::Org| {
                if org.is_open() && org.is_industry() {
                    f64::from(org.headcount()) / f64::from(org.weight.max(1))
                } else {
                    0.0
                }
            };
            self.sizes.push(world.orgs.iter().map(size).collect());
            self.moves.note(month, world);
            if self.sizes.len().is_multiple_of(2) {
                note_places(month, world, &mut self.places);
                note_shelves(month, world, &mut self.shelves);
            }
        }
        self.public_money.note(month, world);
        self.recruitment.note(month, world, spec);
        self.phase1.resize(world.programmes.len(), None);
        self.approved.resize(world.programmes.len(), None);
        for (row, programme) in world.programmes.iter().enumerate() {
            if programme.status == ProgrammeStatus::Active && programme.stage == Stage::Phase1 && month.0 > 0 {
                self.phase1[row].get_or_insert(month);
            }
            if let ProgrammeStatus::Approved(since, _) = programme.status {
                self.approved[row].get_or_insert(since);
            }
        }
        self.note_steps(world, spec);
        self.note_startups(month, world);
        self.looks += world.funds.iter().map(|fund| f64::from(fund.asked) * fund.attention).sum::<f64>();
        if month.0 == EARLY {
            self.early = world.ties.active().map(|tie| (tie.a.0, tie.b.0)).collect();
        }
    }
}

/// Modalities that the record of success does not count: it is one of medicines.
const NO_MEDICINES: [&str; 2] = ["device", "diagnostic"];

impl Notes {
    /// Whoever is in a later stage, or approved, has passed; whoever is stopped has not.
    fn note_steps(&mut self, world: &World, spec: &Spec) {
        self.clinical.resize(world.programmes.len(), None);
        for (programme, last) in world.programmes.iter().zip(&mut self.clinical) {
            let modality = &spec.modality[usize::from(programme.modality.0)];
            if NO_MEDICINES.iter().any(|other| modality.id.starts_with(other)) {
                continue;
            }
            let (at_work, approved) = match programme.status {
                ProgrammeStatus::Active => (true, false),
                ProgrammeStatus::Approved(..) => (false, true),
                ProgrammeStatus::Stopped => (false, false),
            };
            let now = (stage_number(programme.stage)).checked_sub(1).filter(|_| at_work);
            if let Some(before) = *last
                && now != Some(before)
            {
                let passed = approved || now.is_some_and(|now| now > before);
                self.steps[before].0 += f64::from(u8::from(passed));
                self.steps[before].1 += 1.0;
            }
            *last = now;
        }
    }

    fn note_startups(&mut self, month: Month, world: &World) {
        self.claims.resize(world.startups.len(), Vec::new());
        self.stages.resize(world.startups.len(), Vec::new());
        for (row, startup) in world.startups.iter().enumerate() {
            if startup.status != StartupStatus::Private {
                continue;
            }
            let id = StartupId(row as u32);
            self.claims[row] = claims(world, id);
            let lead = world.lead_programme(id);
            if let Some(lead) = lead {
                let stage = world.programmes[lead.ix()].stage;
                if self.stages[row].last().is_none_or(|(_, last)| *last != stage) {
                    self.stages[row].push((month, stage));
                }
            }
        }
    }
}

impl<'a> History<'a> {
    /// Runs one replicate.
    pub fn run(scenario: &'a Scenario, seed: u64, replicate: u32) -> Result<Self, Breach> {
        let mut notes = Notes { first: Some(scenario.start.month()), ..Notes::default() };
        let (outcome, world) = simulate_watched(scenario, seed, replicate, &mut notes)?;
        Ok(Self { scenario, outcome, world, notes })
    }

    /// The specification of the first month.
    pub fn spec(&self) -> &Spec {
        self.scenario.spec_at(Month(0))
    }

    /// The row of a cluster.
    pub fn cluster(&self, id: &str) -> Option<ClusterId> {
        self.spec().cluster.iter().position(|cluster| cluster.id == id).map(|row| ClusterId(row as u16))
    }

    /// Clusters of a country.
    pub fn clusters_of(&self, countries: &[&str]) -> Vec<ClusterId> {
        let spec = self.spec();
        let rows = spec.cluster.iter().enumerate();
        rows.filter(|(_, cluster)| countries.contains(&spec.country[usize::from(cluster.country.0)].id.as_str()))
            .map(|(row, _)| ClusterId(row as u16))
            .collect()
    }

    /// A metric of a cluster added up over months.
    pub fn total(&self, metric: usize, cluster: ClusterId, months: std::ops::Range<u16>) -> f64 {
        let records = &self.outcome.records;
        let crate::record::Column::Integer(values) = &records.columns[metric] else { return f64::NAN };
        let at = |month: u16| usize::from(month) * (records.clusters + 1) + usize::from(cluster.0);
        months.filter(|month| *month < records.months).map(|month| values[at(month)] as f64).sum()
    }

    /// The row of a startup by its stable name.
    pub fn startups_by_name(&self) -> std::collections::BTreeMap<&str, usize> {
        let rows = self.world.startups.iter().enumerate();
        rows.map(|(row, startup)| (self.world.orgs[startup.org.ix()].name.as_str(), row)).collect()
    }
}
