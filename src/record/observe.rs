//! Stocks at the end of a month, read off the world.

use crate::math;
use crate::record::journal::{Journal, column};
use crate::scenario::spec::{ClusterId, Kind, Spec};
use crate::world::organisation::{FIELDS, Org};
use crate::world::people::Occupation;
use crate::world::{STAGES, World, stage_number};

/// Share of researchers from which a company counts as one of research: biotechnology companies, and neither the sites of drug
/// companies (0.35 and less) nor services and makers. Statistics of industry put a company wholly into the class of its main work.
const RESEARCH_COMPANY: f64 = 0.4;

/// Adds the month's stocks to the journal.
pub fn observe(world: &World, spec: &Spec, journal: &mut Journal) {
    organisations(world, spec, journal);
    startups(world, spec, journal);
    programmes(world, journal);
    ties(world, journal);
    sites(world, spec, journal);
    variety(world, journal);
    cells(world, spec, journal);
    for (row, headcount) in world.headcount.iter().enumerate() {
        journal.count(column!("people"), ClusterId(row as u16), headcount.alive());
    }
}

fn organisations(world: &World, spec: &Spec, journal: &mut Journal) {
    for org in world.open_orgs() {
        let cluster = org.cluster;
        journal.count(column!("organisations"), cluster, i64::from(org.weight));
        let heads = i64::from(org.headcount());
        let of = |occupation: Occupation| i64::from(org.staff[occupation as usize]);
        journal.count(column!("employees"), cluster, heads);
        journal.count(column!("researchers"), cluster, of(Occupation::Researcher));
        journal.count(column!("clinicians"), cluster, of(Occupation::Clinician));
        journal.count(column!("managers"), cluster, of(Occupation::Manager));
        if org.is_industry() {
            journal.count(column!("employees_industry"), cluster, heads);
            journal.count(column!("researchers_industry"), cluster, of(Occupation::Researcher));
            if org.startup.is_some() || kind_of(org, spec).is_some_and(|kind| kind.researchers >= RESEARCH_COMPANY) {
                journal.count(column!("employees_research"), cluster, heads);
            }
        }
        if org.startup.is_some() {
            journal.count(column!("employees_startups"), cluster, heads);
        }
        if org.facility.is_some_and(|roof| spec.facility[usize::from(roof.0)].open) {
            journal.count(column!("facility_tenants"), cluster, i64::from(org.weight));
        }
    }
}

/// The kind of an organisation that the scenario lists.
fn kind_of<'a>(org: &Org, spec: &'a Spec) -> Option<&'a Kind> {
    org.institution.map(|entry| &spec.kind[usize::from(spec.institution[usize::from(entry.0)].kind.0)])
}

fn startups(world: &World, spec: &Spec, journal: &mut Journal) {
    for id in world.private_startups() {
        let org = world.startup_org(id);
        journal.count(column!("startups_alive"), org.cluster, i64::from(org.weight));
    }
    for fund in &world.funds {
        let org = &world.orgs[fund.org.ix()];
        journal.count(column!("dry_powder_jpy"), org.cluster, fund.uncalled.0);
    }
    for (row, cluster) in spec.cluster.iter().enumerate() {
        let id = ClusterId(row as u16);
        journal.count(column!("lab_slots"), id, i64::from(cluster.lab_slots + world.places.built[row]));
        journal.count(column!("lab_slots_used"), id, i64::from(world.labs_used[row]));
    }
    for (row, facility) in spec.facility.iter().enumerate().filter(|(_, facility)| facility.open) {
        journal.count(column!("lab_slots"), facility.cluster, i64::from(facility.lab_slots));
        journal.count(column!("lab_slots_used"), facility.cluster, i64::from(world.facility_used[row]));
    }
}

fn programmes(world: &World, journal: &mut Journal) {
    // Thousands of programmes are added up here, and only the sums go into the journal.
    let mut by_stage = vec![[0; STAGES.len()]; world.headcount.len()];
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        let weight = i64::from(programme.weight);
        let cluster = world.orgs[programme.owner.ix()].cluster;
        by_stage[usize::from(cluster.0)][stage_number(programme.stage)] += weight;
        for site in programme.sites.iter().filter(|site| site.from <= world.month) {
            journal.count(column!("trial_slots_active"), world.orgs[site.hospital.ix()].cluster, weight);
        }
    }
    let columns = [
        column!("programmes_preclinical"),
        column!("programmes_phase1"),
        column!("programmes_phase2"),
        column!("programmes_phase3"),
        column!("programmes_review"),
    ];
    for (row, numbers) in by_stage.iter().enumerate() {
        for (column, number) in columns.iter().zip(numbers) {
            journal.count(*column, ClusterId(row as u16), *number);
            journal.count(column!("programmes_active"), ClusterId(row as u16), *number);
        }
    }
}

fn ties(world: &World, journal: &mut Journal) {
    // By the clusters of the two: the four kinds, and those with a shared person.
    let clusters = world.headcount.len();
    let mut between = vec![[0; 5]; clusters * clusters];
    for tie in world.ties.active() {
        let (a, b) = (world.orgs[tie.a.ix()].cluster, world.orgs[tie.b.ix()].cluster);
        let counts = &mut between[usize::from(a.0) * clusters + usize::from(b.0)];
        counts[tie.kind as usize] += 1;
        counts[4] += i64::from(tie.secondee.is_some());
    }
    for (at, [research, clinical, industry, advisory, shared]) in between.into_iter().enumerate() {
        let (a, b) = (ClusterId((at / clusters) as u16), ClusterId((at % clusters) as u16));
        let all = research + clinical + industry + advisory;
        let mut count = |metric: usize, number: i64| journal.count_pair(metric, a, b, number);
        count(column!("ties_active"), all);
        count(column!("ties_research"), research);
        count(column!("ties_clinical"), clinical);
        count(column!("ties_industry"), industry);
        count(column!("ties_outside"), if a == b { 0 } else { all });
        count(column!("ties_shared_people"), shared);
    }
}

fn sites(world: &World, spec: &Spec, journal: &mut Journal) {
    for id in &world.open {
        let org = &world.orgs[id.ix()];
        let Some(entry) = org.institution else { continue };
        let slots = f64::from(spec.institution[usize::from(entry.0)].trial_slots) * org.share;
        journal.count(column!("trial_slots"), org.cluster, slots.round() as i64);
        journal.count(column!("trial_slots_used"), org.cluster, i64::from(world.slots_used[id.ix()]));
    }
}

/// What a line of cells costs in each cluster; over all clusters, at the first supplier of any.
fn cells(world: &World, spec: &Spec, journal: &mut Journal) {
    let cost = |row: usize| spec.supplier[row].unit_cost.0 as f64 * world.supplies[row].cost;
    for (row, cluster) in spec.cluster.iter().enumerate() {
        let supplier = spec.supplier.iter().position(|supplier| supplier.country == cluster.country);
        journal.set_index(column!("cost_per_line_jpy"), row, supplier.map_or(0.0, cost));
    }
    if !spec.supplier.is_empty() {
        journal.set_index(column!("cost_per_line_jpy"), spec.cluster.len(), cost(0));
    }
}

/// Stock of expertise, weighted by people, and its effective number of fields: exp(-sum s ln s) over the shares.
fn variety(world: &World, journal: &mut Journal) {
    let clusters = world.headcount.len();
    let mut stock = vec![[0.0; FIELDS]; clusters + 1];
    for org in world.open_orgs() {
        let people = f64::from(org.headcount());
        for (sum, level) in stock[usize::from(org.cluster.0)].iter_mut().zip(&org.expertise) {
            *sum += people * level;
        }
    }
    let mut all = [0.0; FIELDS];
    for fields in &stock[..clusters] {
        for (sum, level) in all.iter_mut().zip(fields) {
            *sum += level;
        }
    }
    stock[clusters] = all;
    for (row, fields) in stock.iter().enumerate() {
        let total = math::sum_in_order(fields);
        let entropy: f64 = fields
            .iter()
            .filter(|level| **level > 0.0 && total > 0.0)
            .map(|level| -(level / total) * math::ln(level / total))
            .sum();
        journal.set_index(column!("knowledge_variety"), row, if total > 0.0 { math::exp(entropy) } else { 0.0 });
        journal.set_index(column!("knowledge_stock"), row, total);
    }
    for row in 0..clusters {
        journal.set_index(column!("cognitive_heterogeneity"), row, world.places.heterogeneity[row]);
        journal.set_index(column!("crowding"), row, world.places.crowding[row]);
    }
}
