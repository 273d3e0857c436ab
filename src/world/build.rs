//! The world of the first month, from the scenario's entities.
//!
//! Everything an entity gets is drawn at the address of its own key, so adding an entity gives nobody else other
//! people, other money or other luck. Longer than most files: one function for each kind of entity, in the order in
//! which they are added.

use std::collections::VecDeque;

use crate::rng::{Key, Purpose, Rng, Stream, Streams, sample};
use crate::scenario::Scenario;
use crate::scenario::spec::{self, Actor, ClusterId, CountryId, InstitutionId, Role, Spec, Stage, StartStage};
use crate::units::{Month, Yen};
use crate::world::calendar::Calendar;
use crate::world::coinvestment::Coinvestment;
use crate::world::ledger::{Category, Ledger, Outside};
use crate::world::lore::{Learning, Lore};
use crate::world::organisation::{FIELDS, Fund, Org, OrgId, Programme, ProgrammeId, Startup, StartupId};
use crate::world::pace::Pace;
use crate::world::people::{Newcomer, OCCUPATIONS, People, PersonId, Staff};
use crate::world::pipeline::{self, STAGES};
use crate::world::places::Places;
use crate::world::ring::Ring;
use crate::world::supply::Supply;
use crate::world::ties::Ties;
use crate::world::{Access, Headcount, World, labs, lineage, regulator};

pub(super) fn build(scenario: &Scenario, streams: &Streams) -> World {
    let spec = scenario.spec_at(Month(0));
    let clusters = spec.cluster.len();
    let mut world = World {
        month: Month(0),
        people: People::default(),
        jobless: vec![Vec::new(); clusters],
        pace: Pace::new(scenario),
        clocks: Calendar::new(scenario.months),
        retirements: Calendar::new(scenario.months),
        orgs: Vec::new(),
        open: Vec::new(),
        rings: vec![Ring::default(); clusters],
        ring: Ring::default(),
        startups: Vec::new(),
        funds: Vec::new(),
        coinvestment: Coinvestment::default(),
        programmes: Vec::new(),
        active: Vec::new(),
        marketed: Vec::new(),
        shelves: Vec::new(),
        ties: Ties::new(scenario.months),
        // Expertise of the first month is the scenario's; its people do not add to it.
        learning: Learning { carried: false, ..Learning::of(spec) },
        places: Places::new(clusters),
        ledger: Ledger::default(),
        access: Access::new(spec),
        hot: sample::chance(
            &mut streams.at(Purpose::Regime, Key::named("regime", "world"), u32::MAX),
            spec.finance.hot_duration / (spec.finance.hot_duration + spec.finance.cold_duration),
        ),
        offices: Vec::new(),
        supplies: spec.supplier.iter().map(Supply::new).collect(),
        slots_used: Vec::new(),
        trials_run: Vec::new(),
        labs_used: vec![0; clusters],
        facility_used: vec![0; spec.facility.len()],
        call_budget: vec![Yen::ZERO; spec.call.len()],
        recent_exits: vec![Vec::new(); clusters],
        operating: Vec::new(),
        shelved: VecDeque::new(),
        pools: Vec::new(),
        angels: vec![Yen::ZERO; clusters],
        headcount: vec![Headcount::default(); clusters],
    };
    for entry in 0..spec.institution.len() {
        add_institutions(&mut world, spec, streams, entry);
    }
    let there = |fund: &&spec::Fund| fund.kind != spec::FundKind::Megafund || spec.mechanisms.m22;
    for entry in (0..spec.fund.len()).filter(|entry| there(&&spec.fund[*entry])) {
        add_funds(&mut world, spec, entry);
    }
    world.offices = regulator::offices(spec, &world.orgs);
    world.coinvestment = Coinvestment::new(world.funds.len());
    for entry in 0..spec.startup.len() {
        add_startups(&mut world, spec, streams, entry);
    }
    world.learning = Learning::of(spec);
    for row in 0..world.people.rows() as u32 {
        world.start_clock(streams, PersonId(row));
    }
    // Room for those who will come: it takes no memory before they do, and later the rows would have to move.
    world.people.reserve(world.people.rows());
    world
}

/// How `count` things are dealt into agents of at most `grain` each: their weights.
fn blocks(count: u32, grain: u32) -> impl Iterator<Item = u32> {
    let grain = grain.max(1);
    (0..count.div_ceil(grain)).map(move |block| grain.min(count - block * grain))
}

/// Rounds shares of a whole so that the parts add up to it.
fn apportion(whole: u32, shares: &[f64]) -> impl Iterator<Item = u32> + '_ {
    let total = crate::math::sum_in_order(shares);
    let mut reached = 0.0;
    let mut given = 0;
    shares.iter().map(move |share| {
        reached += share;
        let upto = if total > 0.0 { crate::math::round(f64::from(whole) * reached / total) as u32 } else { 0 };
        let part = upto.min(whole).saturating_sub(given);
        given += part;
        part
    })
}

/// The same of so many parts, without memory of their own: every organisation asks every month.
#[must_use]
pub fn apportion_by<const PARTS: usize>(whole: u32, shares: [f64; PARTS]) -> [u32; PARTS] {
    let mut parts = apportion(whole, &shares);
    [(); PARTS].map(|()| parts.next().unwrap_or(0))
}

/// Posts by occupation of an organisation of a kind.
#[must_use]
pub fn posts_of_kind(kind: &spec::Kind, employees: u32) -> Staff {
    let rest = (1.0 - kind.researchers - kind.clinicians - kind.managers).max(0.0);
    apportion_by(employees, [kind.researchers, kind.clinicians, kind.managers, rest])
}

/// Posts by occupation of so many startups with so many people together. Each of more than the founding team plans a post
/// for an experienced manager, however small its share.
#[must_use]
pub fn posts_of_startup(spec: &Spec, employees: u32, startups: u32) -> Staff {
    let op = &spec.operations;
    let rest = (1.0 - op.startup_researchers - op.startup_clinicians - op.startup_managers).max(0.0);
    let parts = apportion_by(employees, [op.startup_researchers, op.startup_managers, rest, op.startup_clinicians]);
    let managers = if employees > spec.founding.team * startups { parts[1].max(startups) } else { parts[1] };
    let moved = managers - parts[1];
    let from_staff = moved.min(parts[2]);
    [parts[0] - (moved - from_staff), parts[3], managers, parts[2] - from_staff]
}

fn actor_of(role: Role) -> Actor {
    match role {
        Role::University => Actor::University,
        Role::Institute => Actor::Institute,
        Role::Hospital => Actor::Hospital,
        Role::Pharma => Actor::Pharma,
        Role::Company => Actor::Company,
        Role::Regulator => Actor::Regulator,
        Role::Intermediary => Actor::Intermediary,
    }
}

/// Expertise of an organisation that names its fields, strongest first.
fn expertise_of(spec: &Spec, fields: &[spec::Domain], strongest: f64) -> [f64; FIELDS] {
    let mut expertise = [spec.knowledge.floor; FIELDS];
    let mut level = strongest;
    for field in fields {
        expertise[*field as usize] = level.min(10.0);
        level *= spec.knowledge.start_falloff;
    }
    expertise
}

/// Fields of one among several organisations of an entry: up to four of the list, by its own draw.
fn own_fields(fields: &[spec::Domain], several: bool, rng: &mut impl Rng) -> Vec<spec::Domain> {
    if !several || fields.len() <= 2 {
        return fields.to_vec();
    }
    let mut own = fields.to_vec();
    sample::shuffle(rng, &mut own);
    own.truncate(4);
    own
}

/// Opens one organisation of an entry of the scenario.
pub fn new_institution(spec: &Spec, streams: &Streams, entry: usize, number: u64, weight: u32, share: f64) -> Org {
    let institution = &spec.institution[entry];
    let named = Key::named("institution", &institution.id);
    let several = institution.count > 1 || institution.entry.get() > 0.0;
    let key = if several { named.child(lineage::ORGANISATION, number) } else { named };
    let name = if several { format!("{}-{}", institution.id, number + 1) } else { institution.id.clone() };
    let kind = &spec.kind[usize::from(institution.kind.0)];
    let fields = own_fields(&institution.domains, several, &mut streams.at(Purpose::Population, key, 1));
    Org {
        key,
        name: name.into(),
        actor: actor_of(kind.role),
        cluster: institution.cluster,
        country: spec.cluster[usize::from(institution.cluster.0)].country,
        institution: Some(InstitutionId(entry as u16)),
        facility: institution.facility,
        startup: None,
        weight,
        share,
        founded: if institution.open { Month(0) } else { Month::NEVER },
        closed: if institution.open { None } else { Some(Month(0)) },
        staff: [0; 4],
        posts: [0; 4],
        expertise: expertise_of(
            spec,
            &fields,
            spec.knowledge.start_level + f64::from(institution.prestige as f32) * spec.knowledge.start_prestige,
        ),
        lore: Lore::default(),
    }
}

fn add_institutions(world: &mut World, spec: &Spec, streams: &Streams, entry: usize) {
    let institution = &spec.institution[entry];
    let kind = &spec.kind[usize::from(institution.kind.0)];
    let cluster = &spec.cluster[usize::from(institution.cluster.0)];
    let weights: Vec<u32> = blocks(institution.count, if institution.count > 1 { cluster.grain } else { 1 }).collect();
    let named = Key::named("institution", &institution.id);
    let sizes: Vec<f64> = weights
        .iter()
        .enumerate()
        .map(|(number, weight)| {
            let key = named.child(lineage::ORGANISATION, number as u64);
            let spread = if weights.len() > 1 { institution.size_spread } else { 0.0 };
            f64::from(*weight) * sample::lognormal(&mut streams.at(Purpose::Population, key, 0), 1.0, spread)
        })
        .collect();
    let total = crate::math::sum_in_order(&sizes).max(f64::MIN_POSITIVE);
    let employees: Vec<u32> = apportion(institution.employees, &sizes).collect();
    let programmes: Vec<u32> = apportion(institution.programmes, &sizes).collect();
    for (number, weight) in weights.iter().enumerate() {
        let share = sizes[number] / total;
        let org = new_institution(spec, streams, entry, number as u64, *weight, share);
        let (key, country) = (org.key, org.country);
        let id = world.add_org(org);
        if !institution.open {
            continue;
        }
        if world.orgs[id.ix()].actor == Actor::Hospital {
            // What a hospital is known for it has had trials of.
            for field in &institution.domains {
                world.trials_run[id.ix()][*field as usize] = 1;
            }
        }
        let mixes = pipeline::mixes_of(spec, Some(InstitutionId(entry as u16)));
        let posts = posts_of_kind(kind, employees[number]);
        world.orgs[id.ix()].posts = posts;
        let mut rng = streams.stream(Purpose::Population, key);
        populate(world, spec, streams, id, posts, &mut rng);
        for nth in 0..u64::from(programmes[number].div_ceil(cluster.grain)) {
            let left = programmes[number] - nth as u32 * cluster.grain;
            add_running_programme(world, spec, streams, id, nth, left.min(cluster.grain), None, &mixes, &mut rng);
        }
        let wages = monthly_wages(spec, institution.cluster, posts);
        let months = if world.orgs[id.ix()].is_industry() { spec.operations.treasury / 2.0 } else { 2.0 };
        let float = wages.scaled((1.0 + spec.operations.overhead) * months);
        let from = if world.orgs[id.ix()].is_industry() { Outside::PublicMarkets } else { Outside::Taxpayers };
        world.ledger.post(from, id, Category::Opening, float);
        debug_assert_eq!(world.orgs[id.ix()].country, country);
    }
}

/// Wage bill of a month for people by occupation.
#[must_use]
pub fn monthly_wages(spec: &Spec, cluster: ClusterId, staff: Staff) -> Yen {
    let pay = wages_of(spec, cluster);
    Yen(staff.iter().zip(pay).map(|(people, wage)| i64::from(*people) * wage.0).sum())
}

/// Monthly pay by occupation.
#[must_use]
pub fn wages_of(spec: &Spec, cluster: ClusterId) -> [Yen; 4] {
    let cluster = &spec.cluster[usize::from(cluster.0)];
    [cluster.wage_researcher, cluster.wage_clinician, cluster.wage_manager, cluster.wage_staff]
}

/// Fills an organisation's posts with people of all ages.
fn populate(world: &mut World, spec: &Spec, streams: &Streams, org: OrgId, posts: Staff, rng: &mut Stream) {
    let (key, cluster, country) = {
        let org = &world.orgs[org.ix()];
        (org.key, org.cluster, org.country)
    };
    let grain = spec.cluster[usize::from(cluster.0)].grain;
    let expertise = world.orgs[org.ix()].expertise;
    let ages = (spec.labour.start_youngest, spec.labour.start_oldest);
    let mut number = 0;
    for occupation in OCCUPATIONS {
        for weight in blocks(posts[occupation as usize], grain) {
            let age = ages.0 + (ages.1 - ages.0) * sample::unit(rng);
            let new = Newcomer {
                key: key.child(lineage::PERSON, number),
                born: (-age * 12.0) as i16,
                occupation,
                field: draw_field(&expertise, rng),
                cluster,
                home: country,
                weight: weight as u16,
            };
            number += 1;
            let id = world.add_person(spec, streams, new);
            world.employ(id, org);
        }
    }
}

/// A field, by expertise squared: an organisation's people mostly do what it is good at.
pub fn draw_field(expertise: &[f64; FIELDS], rng: &mut impl Rng) -> u8 {
    let weights = expertise.map(|level| level * level);
    sample::choose_weighted(rng, &weights).unwrap_or(0) as u8
}

/// Draws when somebody will retire and enters it in the calendar.
pub(super) fn set_retirement(world: &mut World, spec: &Spec, streams: &Streams, id: PersonId) {
    let person = &world.people[id];
    let mut rng = streams.at(Purpose::Retirement, person.key, 0);
    let age = spec.country[usize::from(person.home.0)].retirement_age
        + spec.labour.retirement_spread * sample::normal(&mut rng);
    let month = i64::from(person.born) + (age * 12.0) as i64;
    // Whoever is already past the drawn age goes within the next two years.
    let earliest = i64::from(world.month.0) + 1 + i64::from(sample::below(&mut rng, 24));
    let month = Month(month.max(earliest).clamp(0, i64::from(u16::MAX - 1)) as u16);
    world.people.set_retires(id, month);
    world.retirements.schedule(id.0, month);
}

fn add_funds(world: &mut World, spec: &Spec, entry: usize) {
    let fund = &spec.fund[entry];
    let cluster = &spec.cluster[usize::from(fund.cluster.0)];
    let named = Key::named("fund", &fund.id);
    let fields = fund.domains.clone().unwrap_or_default();
    for (number, weight) in blocks(fund.count, if fund.count > 1 { cluster.grain } else { 1 }).enumerate() {
        let key = if fund.count > 1 { named.child(lineage::ORGANISATION, number as u64) } else { named };
        let name = if fund.count > 1 { format!("{}-{}", fund.id, number + 1) } else { fund.id.clone() };
        let org = world.add_org(Org {
            key,
            name: name.into(),
            actor: Actor::Fund,
            cluster: fund.cluster,
            country: cluster.country,
            institution: None,
            facility: None,
            startup: None,
            weight,
            share: 1.0,
            founded: Month(0),
            closed: None,
            staff: [0; 4],
            posts: [0; 4],
            expertise: expertise_of(spec, &fields, spec.knowledge.start_fund),
            lore: Lore::default(),
        });
        // Managers are spread evenly over their cycle, so that new funds close in every year: by the place of their
        // key, which no other manager can change.
        let interval = spec.finance.fund_interval.max(1.0);
        let age = (key.0 as f64 / u64::MAX as f64) * interval;
        let size = fund.size.scaled(f64::from(weight));
        let pooled = fund.kind == spec::FundKind::Megafund;
        let uncalled = if fund.open && !pooled {
            size.scaled(1.0 - spec.finance.start_called * age / interval)
        } else {
            Yen::ZERO
        };
        let reserved = size.scaled(spec.finance.start_reserved * age / interval).min(uncalled);
        world.funds.push(Fund::begin(org, fund.kind, entry, size, uncalled, reserved));
    }
}

fn add_startups(world: &mut World, spec: &Spec, streams: &Streams, entry: usize) {
    let start = &spec.startup[entry];
    let cluster = &spec.cluster[usize::from(start.cluster.0)];
    let named = Key::named("startup", &start.id);
    let several = start.count > 1;
    for (number, weight) in blocks(start.count, if several { cluster.grain } else { 1 }).enumerate() {
        let key = if several { named.child(lineage::ORGANISATION, number as u64) } else { named };
        let name = if several { format!("{}-{}", start.id, number + 1) } else { start.id.clone() };
        let mut rng = streams.stream(Purpose::Population, key);
        let parent = start.parent.and_then(|entry| {
            world.orgs.iter().position(|org| org.institution == Some(entry)).map(|row| OrgId(row as u32))
        });
        let expertise = match (&start.domains, parent) {
            (Some(fields), _) => {
                expertise_of(spec, &own_fields(fields, several, &mut rng), spec.knowledge.start_startup)
            }
            (None, Some(parent)) => world.orgs[parent.ix()].expertise.map(|level| level * spec.founding.heritage),
            (None, None) => like_a_neighbour(world, spec, start.cluster, &mut rng),
        };
        let org = Org {
            key,
            name: name.into(),
            actor: Actor::Startup,
            cluster: start.cluster,
            country: cluster.country,
            institution: None,
            facility: start.facility,
            startup: Some(StartupId(world.startups.len() as u32)),
            weight,
            share: 1.0,
            founded: Month(0),
            closed: None,
            staff: [0; 4],
            posts: [0; 4],
            expertise,
            lore: Lore::default(),
        };
        open_startup(world, spec, streams, org, parent, entry, &mut rng);
    }
}

fn open_startup(
    world: &mut World,
    spec: &Spec,
    streams: &Streams,
    org: Org,
    parent: Option<OrgId>,
    entry: usize,
    rng: &mut Stream,
) {
    let start = &spec.startup[entry];
    let (key, weight, cluster) = (org.key, org.weight, org.cluster);
    let country = &spec.country[usize::from(org.country.0)];
    let id = world.add_org(org);
    let facility = labs::take_lab(world, spec, cluster, start.facility, weight);
    world.orgs[id.ix()].facility = facility;
    // Those who are short of money already are somewhere in the months that a round takes.
    let wait = sample::below(rng, (spec.finance.raise_runway / 2.0).round().max(1.0) as u32);
    world.add_startup(Startup { rounds: 1, ..Startup::begin(id, parent, Month(wait as u16)) });
    let stage = match start.stage {
        StartStage::Mixed => None,
        StartStage::Preclinical => Some(Stage::Preclinical),
        StartStage::Phase1 => Some(Stage::Phase1),
        StartStage::Phase2 => Some(Stage::Phase2),
        StartStage::Phase3 => Some(Stage::Phase3),
        StartStage::Review => Some(Stage::Review),
    };
    let programme = add_running_programme(world, spec, streams, id, 0, weight, stage, &[&start.mix], rng);
    if let Some(modality) = start.modality {
        let stage = world.programmes[programme.ix()].stage;
        world.programmes[programme.ix()].modality = modality;
        world.programmes[programme.ix()].needed =
            pipeline::draw_months(spec, streams, key.child(lineage::PROGRAMME, 0), modality, country, stage);
    }
    let programme = &world.programmes[programme.ix()];
    let heads = pipeline::headcount(country, programme.stage) * weight;
    let posts = posts_of_startup(spec, heads, weight);
    let direct = pipeline::cost(&spec.modality[usize::from(programme.modality.0)], country, programme.stage)
        .scaled(f64::from(weight) / programme.needed.max(1.0));
    let burn = spec.cluster[usize::from(cluster.0)].burn_per_head.scaled(f64::from(heads)) + direct;
    let row = world.orgs[id.ix()].startup;
    if let Some(row) = row {
        world.startups[row.ix()].burn = burn;
    }
    world.orgs[id.ix()].posts = posts;
    populate(world, spec, streams, id, posts, rng);
    let spread = spec.finance.start_runway_spread;
    let runway = start.runway * (1.0 - spread + 2.0 * spread * sample::unit(rng));
    world.ledger.post(Outside::LimitedPartners, id, Category::Opening, burn.scaled(runway));
}

/// Expertise like that of some established organisation nearby.
fn like_a_neighbour(world: &World, spec: &Spec, cluster: ClusterId, rng: &mut impl Rng) -> [f64; FIELDS] {
    let ring = &world.rings[usize::from(cluster.0)];
    ring.after(rng.next_u64())
        .map_or([1.0; FIELDS], |org| world.orgs[org.ix()].expertise.map(|level| level * spec.founding.heritage))
}

/// A programme that is already under way when the scenario starts.
#[expect(clippy::too_many_arguments, reason = "the description of one row; a struct for one call would hide it")]
fn add_running_programme(
    world: &mut World,
    spec: &Spec,
    streams: &Streams,
    owner: OrgId,
    nth: u64,
    weight: u32,
    stage: Option<Stage>,
    mixes: &[&spec::Mix],
    rng: &mut Stream,
) -> ProgrammeId {
    let org = &world.orgs[owner.ix()];
    let country = &spec.country[usize::from(org.country.0)];
    let modality = pipeline::draw_modality(spec, org.cluster, mixes, rng);
    let mix = pipeline::steady_mix(&spec.modality[usize::from(modality.0)], country);
    let drawn = STAGES[sample::choose_weighted(rng, &mix).unwrap_or(0)];
    let key = org.key.child(lineage::PROGRAMME, nth);
    let field = draw_field(&org.expertise, rng);
    let done = sample::unit(rng);
    let stage = stage.unwrap_or(drawn);
    let quality = survivors_quality(spec, &spec.modality[usize::from(modality.0)], stage, org.startup.is_some(), rng);
    let needed = pipeline::draw_months(spec, streams, key, modality, country, stage);
    // Startups that came this far asked for advice before every gate as others do now.
    let gates = if org.startup.is_some() { pipeline::stage_number(stage) } else { 0 };
    let consultations = (0..gates).filter(|_| sample::chance(rng, spec.regulation.consult_uptake)).count() as u8;
    world.add_programme(Programme {
        progress: done * needed,
        consultations,
        ..Programme::begin(key, owner, weight, modality, field, quality, stage, needed, Month(0))
    })
}

/// Latent quality of a programme that has come as far as this stage: drawn like any asset's, and kept with the
/// probability that it passed the gates behind it and, for a startup, that funds' first impressions let it through as
/// often. Without this selection the first years would wash out a stock that could never have come to be.
fn survivors_quality(spec: &Spec, modality: &spec::Modality, stage: Stage, funded: bool, rng: &mut impl Rng) -> f64 {
    let (research, finance) = (&spec.research, &spec.finance);
    let passed = |quality: f64| {
        let shift = spec.development.quality_effect * (quality - spec.development.quality_mean);
        let gates: f64 = STAGES
            .into_iter()
            .take_while(|gate| *gate != stage)
            .map(|gate| pipeline::shifted(pipeline::success(modality, gate), shift))
            .product();
        let seen = (quality - finance.screen_cut) / finance.signal_screen.max(1e-6);
        // The logistic curve of this slope stays within 1 % of the normal distribution's.
        let screened = crate::math::sigmoid(1.702 * seen);
        let rounds = if funded { 1 + pipeline::stage_number(stage) } else { 0 };
        gates * (0..rounds).map(|_| screened).product::<f64>()
    };
    let surest = passed(1.0);
    let mut quality = 0.0;
    // The chance of never being kept in 64 tries is far below that of any event of interest; the last draw stands then.
    for _ in 0..64 {
        quality = sample::beta(rng, research.quality_alpha, research.quality_beta);
        if sample::unit(rng) * surest < passed(quality) {
            break;
        }
    }
    quality
}

/// Country of a cluster.
#[must_use]
pub fn country_of(spec: &Spec, cluster: ClusterId) -> CountryId {
    spec.cluster[usize::from(cluster.0)].country
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole() {
        for whole in [0, 1, 7, 12_700] {
            for shares in [vec![1.0], vec![0.2, 0.3, 0.5], vec![1e-9, 1.0, 3.0, 0.0], vec![0.0; 3]] {
                let parts: Vec<u32> = apportion(whole, &shares).collect();
                let expected = if shares.iter().any(|share| *share > 0.0) { whole } else { 0 };
                assert_eq!(parts.iter().sum::<u32>(), expected, "{whole} over {shares:?}");
            }
        }
    }

    #[test]
    fn blocks_hold_everything_once() {
        assert_eq!(blocks(25, 10).collect::<Vec<_>>(), [10, 10, 5]);
        assert_eq!(blocks(3, 10).collect::<Vec<_>>(), [3]);
        assert_eq!(blocks(0, 10).count(), 0);
        assert_eq!(blocks(4, 1).sum::<u32>(), 4);
    }
}
