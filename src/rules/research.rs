//! Phase 5: research yields assets.
//!
//! Reads   researchers and expertise of universities, institutes and hospitals; `research`
//! Writes  shelves (new assets; those past their shelf life go)
//! Draws   `Purpose::Asset`, keyed by institution and month: how many, and what each is
//! Source  M4: lambda = a S^0.9 (1 + b H), the constant set for a group of 100 researchers

use crate::math;
use crate::rng::{Purpose, sample};
use crate::rules::Context;
use crate::world::organisation::{Asset, FIELDS};
use crate::world::people::Occupation;
use crate::world::{World, build, lineage, pipeline};

pub(super) fn disclose(world: &mut World, ctx: &Context) {
    let research = &ctx.spec.research;
    let oldest = ctx.month.minus(research.shelf_life.round() as u16);
    for row in 0..world.orgs.len() {
        let org = &world.orgs[row];
        if !org.is_open() || !org.is_academic() {
            continue;
        }
        let weight = org.weight.max(1);
        let each = f64::from(org.staff[Occupation::Researcher as usize]) / f64::from(weight);
        if each <= 0.0 {
            continue;
        }
        let mean = math::sum_in_order(&org.expertise) / FIELDS as f64 / 10.0;
        let scale = 100.0 * math::pow(each / 100.0, research.scale_exponent);
        let rate = research.assets_per_researcher.get() * scale * (1.0 + research.expertise_effect * mean);
        let (key, expertise, cluster) = (org.key, org.expertise, org.cluster);
        let mixes = pipeline::mixes_of(ctx.spec, org.institution);
        let mut rng = ctx.streams.at(Purpose::Asset, key, u32::from(ctx.month.0));
        // Assets are single whatever the grain: a founder who stands for ten takes ten off the shelf.
        let found = sample::poisson(&mut rng, rate * f64::from(weight));
        for number in 0..found {
            let (mut alpha, mut beta) = (research.quality_alpha, research.quality_beta);
            if sample::chance(&mut rng, research.long_tail) {
                std::mem::swap(&mut alpha, &mut beta);
            }
            let asset = Asset {
                key: key.child(lineage::ASSET, u64::from(ctx.month.0) << 32 | number),
                born: ctx.month,
                quality: sample::beta(&mut rng, alpha, beta),
                field: build::draw_field(&expertise, &mut rng),
                modality: pipeline::draw_modality(ctx.spec, cluster, &mixes, &mut rng),
                shelved: None,
            };
            world.shelves[row].push(asset);
        }
        if world.shelves[row].first().is_some_and(|asset| asset.born < oldest) {
            world.shelves[row].retain(|asset| asset.born >= oldest);
        }
    }
}
