//! Phase 5: research yields assets.
//!
//! Reads   researchers, expertise, roof and partners of universities, institutes and hospitals; `research`
//! Writes  shelves (new assets; those past their shelf life go)
//! Draws   `Purpose::Asset`, keyed by institution and month: how many, and what each is
//! Source  M4: lambda = a S^0.9 (1 + b H) (1 + u F), the constant set for a group of 100 researchers; quality with a
//!         long tail, shifted by expertise in the field and by the distance of those whose knowledge is recombined

use crate::math;
use crate::rng::{Purpose, Rng, sample};
use crate::rules::Context;
use crate::rules::partners::cognitive_distance;
use crate::units::Month;
use crate::world::organisation::{Asset, FIELDS, Org, OrgId};
use crate::world::people::Occupation;
use crate::world::{World, build, lineage, pipeline};

pub(super) fn disclose(world: &mut World, ctx: &Context) {
    let research = &ctx.spec.research;
    let oldest = ctx.month.minus(research.shelf_life.round() as u16);
    for at in 0..world.open.len() {
        let id = world.open[at];
        let org = &world.orgs[id.ix()];
        if !org.is_academic() {
            continue;
        }
        let weight = org.weight.max(1);
        let each = f64::from(org.staff[Occupation::Researcher as usize]) / f64::from(weight);
        if each <= 0.0 {
            continue;
        }
        let rate = research.assets_per_researcher.get() * effort(ctx, org, each);
        let (key, expertise, cluster) = (org.key, org.expertise, org.cluster);
        let mixes = pipeline::mixes_of(ctx.spec, org.institution);
        let mut rng = ctx.streams.at(Purpose::Asset, key, u32::from(ctx.month.0));
        // Assets are single whatever the grain: a founder who stands for ten takes ten off the shelf.
        let found = sample::poisson(&mut rng, rate * f64::from(weight));
        let recombined = if found > 0 { recombination(world, ctx, id) } else { 0.0 };
        for number in 0..found {
            let field = build::draw_field(&expertise, &mut rng);
            let modality = pipeline::draw_modality(ctx.spec, cluster, &mixes, &mut rng);
            let quality = draw_quality(ctx, expertise[usize::from(field)], recombined, &mut rng);
            let key = key.child(lineage::ASSET, u64::from(ctx.month.0) << 32 | number);
            world.shelves[id.ix()].push(Asset { key, born: ctx.month, quality, field, modality, shelved: None });
        }
        clear_shelf(&mut world.shelves[id.ix()], oldest);
    }
}

fn clear_shelf(shelf: &mut Vec<Asset>, oldest: Month) {
    if shelf.first().is_some_and(|asset| asset.born < oldest) {
        shelf.retain(|asset| asset.born >= oldest);
    }
}

/// Researchers' worth of output of a group: less than in proportion to its size, more with expertise and equipment.
fn effort(ctx: &Context, org: &Org, researchers: f64) -> f64 {
    if !ctx.spec.mechanisms.m4 {
        return researchers;
    }
    let research = &ctx.spec.research;
    let mean = math::sum_in_order(&org.expertise) / FIELDS as f64 / 10.0;
    let equipment = org.facility.map_or(0.0, |roof| {
        let facility = &ctx.spec.facility[usize::from(roof.0)];
        if facility.open { facility.equipment } else { 0.0 }
    });
    100.0
        * math::pow(researchers / 100.0, research.scale_exponent)
        * (1.0 + research.expertise_effect * mean)
        * (1.0 + research.equipment_effect * equipment)
}

/// How far from the institution's own profile its partners are, on average, beyond the distance at which two gain
/// most: whose knowledge is recombined. Nothing without partners.
fn recombination(world: &World, ctx: &Context, id: OrgId) -> f64 {
    let partners = world.ties.partners(id);
    if partners.is_empty() || !ctx.spec.mechanisms.m4 {
        return 0.0;
    }
    let own = &world.orgs[id.ix()].expertise;
    let sum: f64 = partners.iter().map(|(other, _)| cognitive_distance(own, &world.orgs[other.ix()].expertise)).sum();
    sum / partners.len() as f64 - ctx.spec.ties.fit_best
}

/// Latent quality: most findings are modest, a few are breakthroughs. Expertise in the field and recombination shift
/// it, and recombination shifts the odds of a breakthrough too.
fn draw_quality(ctx: &Context, expertise: f64, recombined: f64, rng: &mut impl Rng) -> f64 {
    let research = &ctx.spec.research;
    if !ctx.spec.mechanisms.m4 {
        return sample::beta(rng, research.quality_alpha, research.quality_beta);
    }
    let far = research.quality_recombination * recombined;
    let (mut alpha, mut beta) = (research.quality_alpha, research.quality_beta);
    if research.long_tail > 0.0 && sample::chance(rng, pipeline::shifted(research.long_tail, far)) {
        std::mem::swap(&mut alpha, &mut beta);
    }
    let skilled = research.quality_expertise * (expertise / 10.0 - 0.5);
    pipeline::shifted(sample::beta(rng, alpha, beta), far + skilled)
}
