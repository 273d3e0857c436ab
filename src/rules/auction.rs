//! Phase 12, second part: what becomes of the programmes of an insolvent startup.
//!
//! Reads   established companies, peers, the parent institution; `distress`
//! Writes  owners of programmes, parents' shelves; the ledger
//! Draws   `Purpose::Exit`, keyed by programme and month (whether a company wants it, whether a peer does)
//! Source  M11 (assets auctioned to pharma, peers, parent; the rest shelved, to be revived within 36 months)

use crate::record::{EventKind, FlowKind, Journal};
use crate::rng::{Key, Purpose, sample};
use crate::rules::{Context, development, finance, valuation};
use crate::scenario::spec::Actor;
use crate::units::Yen;
use crate::world::World;
use crate::world::ledger::Category;
use crate::world::lineage;
use crate::world::organisation::{Asset, OrgId, ProgrammeId, ProgrammeStatus, StartupId, StartupStatus};

/// Programmes go to an established company that wants them, else to a peer of the cluster, else onto the parent's shelf.
pub(super) fn sell(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId) {
    for programme in world.startups[id.ix()].live.clone() {
        world.programmes[programme.ix()].paused = false;
        match find_buyer(world, ctx, id, programme) {
            Some((buyer, price)) => hand_over(world, ctx, journal, id, programme, buyer, price),
            None => shelve(world, ctx, journal, id, programme),
        }
    }
}

fn find_buyer(world: &World, ctx: &Context, id: StartupId, programme: ProgrammeId) -> Option<(OrgId, Yen)> {
    if !ctx.spec.mechanisms.m11 {
        return None;
    }
    let row = &world.programmes[programme.ix()];
    let key = row.key;
    let worth = valuation::value(world, ctx, row, row.quality, ctx.spec.finance.discount_industry);
    let price = worth.max(Yen::ZERO).scaled(ctx.spec.distress.auction_price);
    let mut rng = ctx.streams.at(Purpose::Exit, key, u32::from(ctx.month.0));
    let (company, peer) =
        (sample::chance(&mut rng, ctx.spec.distress.auction), sample::chance(&mut rng, ctx.spec.distress.auction));
    let seller = world.startups[id.ix()].org;
    let able = |org: OrgId| world.orgs[org.ix()].actor == Actor::Pharma && world.ledger.cash(org) >= price;
    let local = &world.rings[usize::from(world.orgs[seller.ix()].cluster.0)];
    let established =
        if company { local.find_after(key.0, able).or_else(|| world.ring.find_after(key.0, able)) } else { None };
    let willing = |org: OrgId| is_able_peer(world, ctx, org, seller, row.field, price);
    let peer = || if peer { local.find_after(key.0, willing) } else { None };
    established.or_else(peer).map(|buyer| (buyer, price))
}

fn is_able_peer(world: &World, ctx: &Context, org: OrgId, seller: OrgId, field: u8, price: Yen) -> bool {
    let Some(startup) = world.orgs[org.ix()].startup.filter(|_| org != seller) else { return false };
    world.startups[startup.ix()].status == StartupStatus::Private
        && world.orgs[org.ix()].expertise[usize::from(field)] >= ctx.spec.knowledge.strong
        && finance::runway(world, startup) > ctx.spec.finance.raise_runway
        && price <= world.ledger.cash(org).scaled(ctx.spec.distress.peer_cash)
}

fn hand_over(
    world: &mut World,
    ctx: &Context,
    journal: &mut Journal,
    id: StartupId,
    programme: ProgrammeId,
    buyer: OrgId,
    price: Yen,
) {
    let seller = world.startups[id.ix()].org;
    let means = world.ledger.cash(buyer).0 as f64 / price.0.max(1) as f64;
    world.ledger.post(buyer, seller, Category::Licence, price);
    if let (Some(_), weight) = (world.orgs[buyer.ix()].startup, world.orgs[buyer.ix()].weight) {
        super::clinic::leave_sites(world, programme);
        world.programmes[programme.ix()].weight = weight;
    }
    development::hand_over(world, programme, buyer);
    let (from, to) = (&world.orgs[seller.ix()], &world.orgs[buyer.ix()]);
    journal.flow(FlowKind::Licences, from.cluster, to.cluster, i64::from(from.weight));
    let reason = "in the market for it; buyer's cash over the price";
    journal.event(ctx.month, EventKind::Auctioned, from, Some(to), price, reason, means);
}

/// Nobody bought: the institution that the startup sprang from keeps it, for whoever wants to take it up in time.
fn shelve(world: &mut World, ctx: &Context, journal: &mut Journal, id: StartupId, programme: ProgrammeId) {
    let marketed = matches!(world.programmes[programme.ix()].status, ProgrammeStatus::Approved(..));
    development::stop(world, programme);
    let open = |parent: &OrgId| world.orgs[parent.ix()].is_open();
    let Some(parent) = world.startups[id.ix()].parent.filter(open).filter(|_| ctx.spec.mechanisms.m11 && !marketed)
    else {
        return;
    };
    let row = &world.programmes[programme.ix()];
    let key: Key = row.key.child(lineage::ASSET, u64::from(ctx.month.0));
    let (quality, field, modality) = (row.quality, row.field, row.modality);
    let asset = Asset { key, born: ctx.month, quality, field, modality, shelved: Some(programme) };
    world.shelves[parent.ix()].push(asset);
    world.shelved.push_back((ctx.month, parent, programme));
    let seller = &world.orgs[world.startups[id.ix()].org.ix()];
    let holder = &world.orgs[parent.ix()];
    journal.event(ctx.month, EventKind::Shelved, seller, Some(holder), Yen::ZERO, "no buyer; latent quality", quality);
}

/// Shelved programmes that nobody took up in time are gone.
pub(super) fn forget(world: &mut World, ctx: &Context) {
    let term = ctx.spec.distress.revival.round() as u64;
    while let Some((since, parent, programme)) = world.shelved.front().copied() {
        if since.plus(term) >= ctx.month {
            break;
        }
        world.shelved.pop_front();
        world.shelves[parent.ix()].retain(|asset| asset.shelved != Some(programme));
    }
}
