//! Phase 11, third part: startups that move their seat abroad.
//!
//! Reads   programmes' values here and there, foreign investors, `exits.flip`
//! Writes  seat, laboratory place and people of a startup; the ledger
//! Draws   nothing of its own: `exits` hands over the draws of the startup's month
//! Source  M17 (move if the value abroad exceeds that at home by more than the cost)

use crate::record::{EventKind, Journal, column};
use crate::rng::{Rng, sample};
use crate::rules::{Context, distress, operations, valuation};
use crate::scenario::spec::ClusterId;
use crate::units::Yen;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{Holder, ProgrammeId, ProgrammeStatus, StartupId};
use crate::world::people::PersonId;
use crate::world::{World, labs};

/// A startup with a foreign investor weighs a move to that hub. Returns whether it went.
pub(super) fn consider(
    world: &mut World,
    ctx: &Context,
    journal: &mut Journal,
    id: StartupId,
    lead: ProgrammeId,
    rng: &mut impl Rng,
) -> bool {
    if world.programmes[lead.ix()].status != ProgrammeStatus::Active {
        return false;
    }
    let Some(hub) = foreign_hub(world, id) else { return false };
    if sample::unit(rng) >= ctx.spec.exits.flip.get() {
        return false;
    }
    let org = world.startup_org(id);
    let cost = ctx.spec.exits.flip_cost.scaled(f64::from(org.weight));
    let gain = worth(world, ctx, id, hub) - worth(world, ctx, id, org.cluster);
    if gain <= cost || world.ledger.cash(world.startups[id.ix()].org) < cost {
        return false;
    }
    go(world, ctx, journal, id, hub, cost, gain);
    true
}

/// Seat of the foreign manager with the largest stake.
fn foreign_hub(world: &World, id: StartupId) -> Option<ClusterId> {
    let home = world.startup_org(id).country;
    let foreign = |(holder, shares): &(Holder, u64)| match holder {
        Holder::Fund(fund) if world.fund_org(*fund).country != home => Some((*shares, *fund)),
        _ => None,
    };
    let stakes = world.startups[id.ix()].shares.iter().filter_map(foreign);
    stakes
        .max_by_key(|(shares, fund)| (*shares, world.fund_org(*fund).key))
        .map(|(_, fund)| world.fund_org(fund).cluster)
}

/// What all programmes in development are worth to an owner with its seat in a cluster.
fn worth(world: &World, ctx: &Context, id: StartupId, seat: ClusterId) -> Yen {
    let programmes = world.startups[id.ix()].live.iter().map(|programme| &world.programmes[programme.ix()]);
    programmes
        .filter(|programme| programme.status == ProgrammeStatus::Active)
        .map(|programme| valuation::value_in(world, ctx, programme, programme.quality, ctx.spec.finance.discount, seat))
        .map(|value| value.max(Yen::ZERO))
        .sum()
}

/// The founder goes along; the others look for posts where they live.
fn go(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, hub: ClusterId, cost: Yen, gain: Yen) {
    let org = world.startups[id.ix()].org;
    let from = world.orgs[org.ix()].cluster;
    operations::pay_what_is_there(world, org, Outside::Suppliers, Category::Overhead, cost);
    let founder = world.startups[id.ix()].founder.map(|(_, key)| key);
    let members: Vec<PersonId> = world.people.staff_of(org);
    for member in members {
        if Some(world.people[member].key) == founder {
            let weight = i64::from(world.people[member].weight);
            world.relocate(member, hub);
            journal.count(column!("moves_out"), from, weight);
            journal.count(column!("moves_in"), hub, weight);
        } else {
            distress::dismiss(world, member);
        }
    }
    labs::leave_lab(world, org);
    world.move_seat(ctx.spec, org, hub);
    let weight = world.orgs[org.ix()].weight;
    world.orgs[org.ix()].facility = labs::take_lab(world, ctx.spec, hub, None, weight);
    let reason = "value gained by the move over its cost";
    let value = gain.0 as f64 / cost.0.max(1) as f64;
    journal.event(ctx.month, EventKind::Moved, &world.orgs[org.ix()], None, cost, reason, value);
    if let Some(event) = journal.events.last_mut() {
        event.partner_cluster = Some(from);
    }
}
