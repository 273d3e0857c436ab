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
    let cluster = &ctx.spec.cluster[usize::from(seat.0)];
    let country = &ctx.spec.country[usize::from(cluster.country.0)];
    let modality = &ctx.spec.modality[usize::from(programme.modality.0)];
    let own_rate = math::ln_1p(discount) / 12.0;
    let later_rate = math::ln_1p(ctx.spec.finance.discount_industry) / 12.0;
    let stage = if matches!(programme.status, ProgrammeStatus::Approved(..)) { Stage::Review } else { programme.stage };
    let market =
        pipeline::expected_launch_value(ctx.spec, ctx.streams, programme.key, programme.modality, country, stage);
    let premium = incentives::lasting_premium(ctx, cluster.country, programme.modality);
    let margin = supply::margin(world, ctx.spec, programme) + premium;
    let mut value = market * margin;
    if let ProgrammeStatus::Approved(since, until) = programme.status {
        let left = 1.0 - f64::from(ctx.month.since(since)) / ctx.spec.regulation.market_life;
        let share = if until.is_some() { ctx.spec.regulation.conditional_market } else { 1.0 };
        return Yen((value * left.max(0.0) * share * f64::from(programme.weight)) as i64);
    }
    value += incentives::reward(ctx, cluster.country, programme.modality).0 as f64;
    let kept = 1.0 - incentives::tax_credit(ctx, cluster.country, programme.modality);
    let shift = ctx.spec.development.quality_effect * (quality - ctx.spec.development.quality_mean);
    let now = stage_number(programme.stage);
    for stage in STAGES.into_iter().skip(now).rev() {
        let rate = if stage == programme.stage { own_rate } else { later_rate };
        let left = if stage == programme.stage && programme.step == pipeline::DISCOVERY {
            (1.0 - programme.progress / programme.needed.max(1.0)).max(0.0)
        } else {
            1.0
        };
        let months = pipeline::median_months(modality, country, stage) * left;
        let people = f64::from(pipeline::headcount(country, stage)) * cluster.burn_per_head.0 as f64 * months;
        let cost = supply::stage_cost(world, ctx.spec, programme, stage).0 as f64 * left * kept + people;
        let p = pipeline::shifted(pipeline::success(modality, stage), shift);
        // Whoever owns it may stop after any gate: no stage is entered at a loss that is known.
        value = p * value.max(0.0) * math::exp(-rate * months) - cost * math::exp(-rate * months / 2.0);
    }
    // Steps of discovery that are still to be done, the present one included.
    for step in (programme.step..pipeline::DISCOVERY).rev() {
        let Some((success, median, cost)) = pipeline::discovery(modality, country, step) else { continue };
        let done = if step == programme.step { programme.progress / programme.needed.max(1.0) } else { 0.0 };
        let months = median * (1.0 - done).max(0.0);
        let people =
            f64::from(pipeline::headcount(country, Stage::Preclinical)) * cluster.burn_per_head.0 as f64 * months;
        let cost = cost.0 as f64 * (1.0 - done).max(0.0) * kept + people;
        let p = pipeline::shifted(success, shift);
        value = p * value.max(0.0) * math::exp(-own_rate * months) - cost * math::exp(-own_rate * months / 2.0);
    }
    Yen((value * f64::from(programme.weight)) as i64)
}
