//! Risk-adjusted net present value of a programme, as an investor or buyer sees it.
//!
//! Backwards from the value at approval, as far as the size of the market is known by now: at each stage the value behind it counts with the believed probability of
//! passing, discounted over the stage's median time, less the stage's cost at its middle.
//! Source: M9; standard valuation practice.

use crate::math;
use crate::rules::{Context, incentives};
use crate::scenario::spec::{ClusterId, Stage};
use crate::units::Yen;
use crate::world::organisation::{Programme, ProgrammeStatus};
use crate::world::{STAGES, World, pipeline, stage_number, supply};

/// Value of one programme to its owner.
///
/// The present stage is discounted at the valuer's own rate, what lies behind the next gate at the rate of listed
/// companies: whoever comes in then prices it with the early risk gone.
///
/// # Units
/// `quality` is the believed latent quality (0 to 1); `discount` a rate per year; the result whole yen for all that
/// the row stands for, possibly negative.
#[must_use]
pub(super) fn value(world: &World, ctx: &Context, programme: &Programme, quality: f64, discount: f64) -> Yen {
    value_in(world, ctx, programme, quality, discount, world.orgs[programme.owner.ix()].cluster)
}

/// The same for an owner with its seat in a cluster: cost, review and market are those of its country.
#[must_use]
pub(super) fn value_in(
    world: &World,
    ctx: &Context,
    programme: &Programme,
    quality: f64,
    discount: f64,
    seat: ClusterId,
) -> Yen {
    Prospect::of(world, ctx, programme, discount, seat).value(ctx, quality)
}

/// What everybody who values a programme agrees on: all but its quality. For many valuers of one programme.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prospect {
    /// Behind the last gate: on the market already, what is left of it; otherwise what is there at approval.
    end: f64,
    /// Gates still ahead, the last first.
    gates: [Gate; STAGES.len() + pipeline::DISCOVERY as usize],
    ahead: usize,
    weight: f64,
}

/// A stage or step of discovery that is still to be passed.
#[derive(Debug, Clone, Copy, Default)]
struct Gate {
    /// Share that passes at mean quality, as log odds; infinite for all.
    odds: f64,
    /// What the value behind it counts for before it, for the time that it takes.
    later: f64,
    /// Its cost, seen from its beginning.
    cost: f64,
}

impl Prospect {
    /// For whoever discounts the present stage at this rate, and an owner with its seat in this cluster.
    #[must_use]
    pub(super) fn of(world: &World, ctx: &Context, programme: &Programme, discount: f64, seat: ClusterId) -> Self {
        let cluster = &ctx.spec.cluster[usize::from(seat.0)];
        let country = &ctx.spec.country[usize::from(cluster.country.0)];
        let modality = &ctx.spec.modality[usize::from(programme.modality.0)];
        let on_market = matches!(programme.status, ProgrammeStatus::Approved(..));
        let stage = if on_market { Stage::Review } else { programme.stage };
        let market =
            pipeline::expected_launch_value(ctx.spec, ctx.streams, programme.key, programme.modality, country, stage);
        let premium = incentives::lasting_premium(ctx, cluster.country, programme.modality);
        let margin = supply::margin(world, ctx.spec, programme) + premium;
        let end = market * margin;
        let weight = f64::from(programme.weight);
        let mut prospect = Self { end, gates: Default::default(), ahead: 0, weight };
        if let ProgrammeStatus::Approved(since, until) = programme.status {
            let left = 1.0 - f64::from(ctx.month.since(since)) / ctx.spec.regulation.market_life;
            let share = if until.is_some() { ctx.spec.regulation.conditional_market } else { 1.0 };
            prospect.end = end * left.max(0.0) * share;
            return prospect;
        }
        prospect.end += incentives::reward(ctx, cluster.country, programme.modality).0 as f64;
        let own_rate = math::ln_1p(discount) / 12.0;
        let later_rate = math::ln_1p(ctx.spec.finance.discount_industry) / 12.0;
        let kept = 1.0 - incentives::tax_credit(ctx, cluster.country, programme.modality);
        let burn = cluster.burn_per_head.0 as f64;
        let now = stage_number(programme.stage);
        for stage in STAGES.into_iter().skip(now).rev() {
            let rate = if stage == programme.stage { own_rate } else { later_rate };
            let left = if stage == programme.stage && programme.step == pipeline::DISCOVERY {
                (1.0 - programme.progress / programme.needed.max(1.0)).max(0.0)
            } else {
                1.0
            };
            let months = pipeline::median_months(modality, country, stage) * left;
            let people = f64::from(pipeline::headcount(country, stage)) * burn * months;
            let cost = supply::stage_cost(world, ctx.spec, programme, stage).0 as f64 * left * kept + people;
            prospect.add(pipeline::success(modality, stage), rate, months, cost);
        }
        // Steps of discovery that are still to be done, the present one included.
        for step in (programme.step..pipeline::DISCOVERY).rev() {
            let Some((success, median, cost)) = pipeline::discovery(modality, country, step) else { continue };
            let done = if step == programme.step { programme.progress / programme.needed.max(1.0) } else { 0.0 };
            let months = median * (1.0 - done).max(0.0);
            let people = f64::from(pipeline::headcount(country, Stage::Preclinical)) * burn * months;
            let cost = cost.0 as f64 * (1.0 - done).max(0.0) * kept + people;
            prospect.add(success, own_rate, months, cost);
        }
        prospect
    }

    /// One gate more, before those that are there.
    fn add(&mut self, success: f64, rate: f64, months: f64, cost: f64) {
        let odds = if success >= 1.0 { f64::INFINITY } else { math::logit(success) };
        let later = math::exp(-rate * months);
        self.gates[self.ahead] = Gate { odds, later, cost: cost * math::exp(-rate * months / 2.0) };
        self.ahead += 1;
    }

    /// Value to whoever believes in this quality.
    #[must_use]
    pub(super) fn value(&self, ctx: &Context, quality: f64) -> Yen {
        let shift = ctx.spec.development.quality_effect * (quality - ctx.spec.development.quality_mean);
        let mut value = self.end;
        for gate in &self.gates[..self.ahead] {
            let p = if gate.odds == f64::INFINITY { 1.0 } else { math::sigmoid(gate.odds + shift) };
            // Whoever owns it may stop after any gate: no stage is entered at a loss that is known.
            value = p * value.max(0.0) * gate.later - gate.cost;
        }
        Yen((value * self.weight) as i64)
    }
}
