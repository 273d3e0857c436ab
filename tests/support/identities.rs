//! What must hold at the end of every month of every scenario, whatever the rules do.

use std::collections::BTreeMap;

use trihelix::scenario::spec::{Actor, Spec, Stage};
use trihelix::units::Yen;
use trihelix::world::World;
use trihelix::world::organisation::{OrgId, ProgrammeStatus, StartupStatus};

/// All of it; the ledger and the headcount identity are audited by the month itself.
pub fn hold(world: &World, spec: &Spec) {
    heads_add_up(world);
    colleagues_are_staff(world);
    slots_add_up(world, spec);
    firms_and_funds_are_sound(world);
}

/// Heads by employer and occupation, counted one by one, are what the organisations say.
fn heads_add_up(world: &World) {
    let mut counted = vec![[0u32; 4]; world.orgs.len()];
    for id in world.people.alive() {
        if let Some(employer) = world.people[id].employer() {
            counted[employer.ix()][world.people[id].occupation as usize] += u32::from(world.people[id].weight);
            let org = &world.orgs[employer.ix()];
            assert!(org.is_open(), "month {}: somebody works for {}, which is closed", world.month.0, org.name);
            assert_eq!(org.cluster, world.people[id].cluster, "people live where they work");
        }
    }
    for (org, counted) in world.orgs.iter().zip(&counted) {
        assert_eq!(org.staff, *counted, "month {}: staff of {}", world.month.0, org.name);
    }
}

/// The chain of an organisation's people holds exactly its people, each once.
fn colleagues_are_staff(world: &World) {
    for (row, org) in world.orgs.iter().enumerate() {
        let id = OrgId(row as u32);
        let mut members = world.people.staff_of(id);
        let before = members.len();
        members.dedup();
        assert_eq!(members.len(), before, "nobody is a member twice");
        for member in &members {
            assert_eq!(world.people[*member].employer(), Some(id));
        }
        let heads: u32 = members.iter().map(|member| u32::from(world.people[*member].weight)).sum();
        assert_eq!(heads, org.headcount());
    }
}

/// Slots are never over capacity, and are held by the programmes that say so; laboratory places likewise.
fn slots_add_up(world: &World, spec: &Spec) {
    let mut used: BTreeMap<OrgId, u32> = BTreeMap::new();
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        for site in &programme.sites {
            assert!(matches!(programme.stage, Stage::Phase1 | Stage::Phase2 | Stage::Phase3));
            *used.entry(site.hospital).or_default() += programme.weight;
        }
        let mut hospitals: Vec<OrgId> = programme.sites.iter().map(|site| site.hospital).collect();
        hospitals.sort_unstable();
        hospitals.dedup();
        assert_eq!(hospitals.len(), programme.sites.len(), "one slot at a hospital");
    }
    for (row, org) in world.orgs.iter().enumerate() {
        let id = OrgId(row as u32);
        assert_eq!(world.slots_used[row], used.get(&id).copied().unwrap_or(0), "slots of {}", org.name);
        if org.actor == Actor::Hospital {
            let entry = org.institution.expect("hospitals come from the scenario");
            let slots = f64::from(spec.institution[usize::from(entry.0)].trial_slots) * org.share;
            assert!(f64::from(world.slots_used[row]) <= slots.round(), "{} is over capacity", org.name);
        }
    }
    for (row, facility) in spec.facility.iter().enumerate() {
        assert!(world.facility_used[row] <= facility.lab_slots, "{} is over capacity", facility.id);
    }
}

/// Cap tables hold a whole; closed startups employ nobody and have no money; reserves are covered by commitments.
fn firms_and_funds_are_sound(world: &World) {
    for startup in &world.startups {
        let org = &world.orgs[startup.org.ix()];
        let whole: u64 = startup.shares.iter().map(|(_, shares)| shares).sum();
        assert!(whole > 0, "{} belongs to nobody", org.name);
        let operating = matches!(startup.status, StartupStatus::Private | StartupStatus::Listed);
        assert_eq!(operating, org.is_open(), "{}", org.name);
        if !operating {
            assert_eq!(org.headcount(), 0);
            assert_eq!(world.ledger.cash(startup.org), Yen::ZERO);
            assert!(world.ties.partners(startup.org).is_empty());
        }
    }
    for fund in &world.funds {
        assert!(fund.uncalled >= Yen::ZERO && fund.reserved >= Yen::ZERO && fund.reserved <= fund.uncalled);
    }
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        assert_eq!(programme.status, ProgrammeStatus::Active);
        let owner = &world.orgs[programme.owner.ix()];
        assert!(owner.is_open(), "month {}: {} owns a programme and is closed", world.month.0, owner.name);
        assert!((0.0..=1.0).contains(&programme.quality));
    }
    for org in &world.orgs {
        let out = org.expertise.iter().position(|level| !(0.0..=10.0).contains(level));
        assert!(out.is_none(), "{}: field {out:?} of {:?}", org.name, org.expertise);
    }
}
