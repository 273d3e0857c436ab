//! Phase 11, second part: which established company buys a company or licenses a programme, and what it bids.
//!
//! Reads   established companies' programmes, researchers and cash, the acquisition rules
//! Writes  nothing
//! Draws   `Purpose::Acquirer`, keyed by the pair and month (taste, and what the programme is worth to this buyer)
//! Source  M18 (pipeline gap, strategic fit), 3.4 (pharma: value = rNPV x strategic fit)

use crate::math;
use crate::rng::{Key, Purpose, sample};
use crate::rules::score::Party;
use crate::rules::{Agenda, Context};
use crate::scenario::spec::{Actor, Decision, Feature};
use crate::units::Yen;
use crate::world::World;
use crate::world::organisation::{OrgId, ProgrammeStatus};
use crate::world::people::Occupation;

/// A buyer and its bid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bid {
    pub buyer: OrgId,
    pub price: Yen,
    /// Programmes that the buyer misses for its researchers: why it buys.
    pub gap: f64,
}

/// Programmes that an established company misses for its researchers; at most zero for one that has enough.
#[must_use]
pub(super) fn pipeline_gap(world: &World, ctx: &Context, id: OrgId, owned: u32) -> f64 {
    let researchers = f64::from(world.orgs[id.ix()].staff[Occupation::Researcher as usize]);
    researchers * ctx.spec.exits.pipeline - f64::from(owned)
}

/// Programmes in development and licences held, by organisation.
#[must_use]
pub(super) fn pipelines(world: &World) -> Vec<u32> {
    let mut owned = vec![0; world.orgs.len()];
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        if programme.status == ProgrammeStatus::Active {
            owned[programme.owner.ix()] += programme.weight;
            if let Some(licensee) = programme.licensee {
                owned[licensee.ix()] += programme.weight;
            }
        }
    }
    owned
}

/// The established company with the best mixture of fit, taste and means: one with a gap in its pipeline that can pay
/// what the thing is worth to it. `owned` is what [`pipelines`] counts.
pub(super) fn best_bid(
    world: &World,
    ctx: &Context,
    agenda: &Agenda,
    seller: OrgId,
    worth: Yen,
    field: u8,
    owned: &[u32],
) -> Option<Bid> {
    let home = &world.orgs[seller.ix()];
    let about = Party { actor: home.actor, cluster: home.cluster, country: home.country };
    let mut best: Option<(f64, Bid)> = None;
    for id in world.open.iter().copied() {
        let org = &world.orgs[id.ix()];
        if org.actor != Actor::Pharma || id == seller {
            continue;
        }
        let gap = pipeline_gap(world, ctx, id, owned[id.ix()]);
        if gap <= 0.0 {
            continue;
        }
        let pair = Key::pair(org.key, home.key);
        let mut rng = ctx.streams.at(Purpose::Acquirer, pair, u32::from(ctx.month.0));
        let taste = sample::gumbel(&mut rng);
        let price = worth.scaled(sample::lognormal(&mut rng, 1.0, ctx.spec.exits.strategic_spread));
        if price <= Yen::ZERO || world.ledger.cash(id) < price {
            continue;
        }
        let value = |feature: Feature| match feature {
            Feature::Constant => 1.0,
            Feature::LogTravelHours => world.access.log_hours(org.cluster, home.cluster),
            Feature::SameCluster => f64::from(u8::from(org.cluster == home.cluster)),
            Feature::SameCountry => f64::from(u8::from(org.country == home.country)),
            Feature::PriorTies => math::ln_1p(f64::from(world.ties.prior(id, seller))),
            Feature::SectorFit => org.expertise[usize::from(field)] / 10.0,
            Feature::HotRegime => f64::from(u8::from(world.hot)),
            Feature::PipelineGap => math::ln_1p(gap / (1.0 + f64::from(owned[id.ix()]))),
            _ => 0.0,
        };
        let who = Party { actor: org.actor, cluster: org.cluster, country: org.country };
        let score = taste + agenda.scoring.score(Decision::Acquisition, who, about, world.hot, value);
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, Bid { buyer: id, price, gap }));
        }
    }
    best.map(|(_, bid)| bid)
}
