//! Phase 2, second half: what the clusters are like this month.
//!
//! Reads   organisations and their expertise, researchers by field, laboratory places taken, `places`
//! Writes  variety, anchors, appeal and crowding of each cluster; laboratories begun and delivered; how people learn
//! Draws   nothing
//! Source  M19 (anchor tenant), M20 (critical mass, heterogeneity, congestion; laboratory space as a stock)
//!
//! Crowding and appeal are relative to the first month: the wages, rents and entries of the scenario are those
//! observed then, with the crowding and appeal of then inside.

use crate::math;
use crate::record::{Cause, Event, EventKind, Journal};
use crate::rules::Context;
use crate::scenario::spec::{Actor, ClusterId};
use crate::units::{Month, Yen};
use crate::world::World;
use crate::world::lore::Learning;
use crate::world::organisation::FIELDS;
use crate::world::places::{Building, congestion, laboratories};

/// Months between two looks at variety, anchors and appeal, which change slowly.
const LOOK: u16 = 6;
/// Rents and wages are agreed once a year, in steps of two per cent: one tenant more or less moves nobody's bill.
const STEP: f64 = 0.02;

pub(super) fn settle(world: &mut World, ctx: &Context, journal: &mut Journal) {
    world.learning = Learning::of(ctx.spec);
    if ctx.month.0.is_multiple_of(LOOK) {
        world.places.heterogeneity = heterogeneity(world);
        find_anchors(world, ctx);
        weigh(world, ctx);
    }
    deliver(world, ctx);
    for row in 0..ctx.spec.cluster.len() {
        let cluster = ClusterId(row as u16);
        let (there, taken) = laboratories(world, ctx.spec, cluster);
        if ctx.spec.mechanisms.m20 {
            if ctx.month.0 % 12 == 11 {
                build(world, ctx, journal, cluster, there, taken);
            }
            if ctx.month.0.is_multiple_of(12) {
                let now = congestion(ctx.spec, there, taken);
                if ctx.month == Month(0) {
                    world.places.crowding_at_start[row] = now;
                }
                let relative = now / world.places.crowding_at_start[row];
                world.places.crowding[row] = (relative / STEP).round() * STEP;
            }
        } else {
            world.places.crowding[row] = 1.0;
        }
    }
}

/// Mean cognitive distance between two organisations of each cluster. The mean cosine over all pairs of n unit vectors
/// is (|sum|^2 - n) / (n (n - 1)), so nobody is compared with everybody.
fn heterogeneity(world: &World) -> Vec<f64> {
    let mut sums = vec![([0.0; FIELDS], 0.0); world.places.heterogeneity.len()];
    for org in world.open_orgs().filter(|org| org.actor != Actor::Fund) {
        let length = math::sqrt(org.expertise.iter().map(|level| level * level).sum());
        if length > 0.0 {
            let (sum, number) = &mut sums[usize::from(org.cluster.0)];
            for (sum, level) in sum.iter_mut().zip(&org.expertise) {
                *sum += level / length;
            }
            *number += 1.0;
        }
    }
    let distance = |(sum, n): &([f64; FIELDS], f64)| {
        let square: f64 = sum.iter().map(|x| x * x).sum();
        if *n > 1.0 { 1.0 - (square - n) / (n * (n - 1.0)) } else { 0.0 }
    };
    sums.iter().map(distance).collect()
}

/// The largest research group at a company, by cluster and field, over the size of a full anchor.
fn find_anchors(world: &mut World, ctx: &Context) {
    let mut anchors = vec![[0.0f64; FIELDS]; world.places.anchors.len()];
    if ctx.spec.mechanisms.m19 {
        let large = |actor| matches!(actor, Actor::Pharma | Actor::Company);
        for org in world.open_orgs().filter(|org| large(org.actor)) {
            let each = f64::from(org.weight.max(1)) * ctx.spec.places.anchor_staff;
            for (anchor, experts) in anchors[usize::from(org.cluster.0)].iter_mut().zip(org.lore.experts) {
                *anchor = anchor.max((f64::from(experts) / each).min(1.0));
            }
        }
    }
    world.places.anchors = anchors;
}

/// Appeal of each cluster to organisations from elsewhere: critical mass, and variety.
fn weigh(world: &mut World, ctx: &Context) {
    let places = &ctx.spec.places;
    let mut mass = vec![0.0; ctx.spec.cluster.len()];
    for org in world.open_orgs().filter(|org| org.actor != Actor::Fund) {
        mass[usize::from(org.cluster.0)] += f64::from(org.weight);
    }
    for (row, mass) in mass.into_iter().enumerate() {
        let grown = math::pow(mass / places.critical_mass, places.mass_exponent);
        let varied = math::pow(world.places.heterogeneity[row].max(0.0), places.variety_effect);
        let now = grown / (1.0 + grown) * varied;
        if ctx.month == Month(0) {
            world.places.appeal_at_start[row] = now;
        }
        let start = world.places.appeal_at_start[row];
        let relative = if ctx.spec.mechanisms.m20 && start > 0.0 { now / start } else { 1.0 };
        world.places.appeal[row] = relative.min(places.appeal_most);
    }
}

/// Laboratories begun years ago can be let.
fn deliver(world: &mut World, ctx: &Context) {
    let mut building = std::mem::take(&mut world.places.building);
    building.retain(|site| {
        let ready = site.ready <= ctx.month;
        if ready {
            world.places.built[usize::from(site.cluster.0)] += site.places;
        }
        !ready
    });
    world.places.building = building;
}

/// Once a year owners look at how much is let; if hardly anything is free, and not enough is being built already, they
/// begin to build.
fn build(world: &mut World, ctx: &Context, journal: &mut Journal, cluster: ClusterId, there: u32, taken: u32) {
    let places = &ctx.spec.places;
    let coming: u32 = world.places.building.iter().filter(|site| site.cluster == cluster).map(|site| site.places).sum();
    let let_out = f64::from(taken) / f64::from((there + coming).max(1));
    if there == 0 || let_out < places.build_from {
        return;
    }
    let row = usize::from(cluster.0);
    let market = f64::from(ctx.spec.cluster[row].lab_slots + world.places.built[row]);
    let more = (market * places.build_share).ceil() as u32;
    if more == 0 {
        return;
    }
    let ready = ctx.month.plus(places.build_lag.round() as u64);
    world.places.building.push(Building { cluster, places: more, ready });
    journal.log(|| Event {
        month: ctx.month,
        kind: EventKind::Building,
        actor: ctx.spec.cluster[row].id.as_str().into(),
        partner: format!("{more} laboratory places").into(),
        cluster: Some(cluster),
        partner_cluster: None,
        amount: Yen::ZERO,
        cause: Cause { reason: "share of laboratory places let, those being built counted in", value: let_out },
    });
}
