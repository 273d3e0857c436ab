//! Phase 14: knowledge is used, forgotten, and passed on along ties; movers carry it at once.
//!
//! Reads   ties, expertise, researchers, fields of active programmes
//! Writes  expertise of organisations
//! Draws   nothing
//! Source  M1 (learning, decay), M2 (absorptive capacity, cognitive distance), M3 (transfer)

use crate::math;
use crate::rules::Context;
use crate::rules::collaboration::{cognitive_distance, log_fit};
use crate::world::World;
use crate::world::organisation::{FIELDS, Org, OrgId};
use crate::world::people::{Occupation, PersonId};

/// Expertise under which an institution's memory does not let a field fall.
const MEMORY: f64 = 0.3;

pub(super) fn exchange(world: &mut World, ctx: &Context) {
    let knowledge = &ctx.spec.knowledge;
    let mut gain = vec![[0.0; FIELDS]; world.orgs.len()];
    for tie in world.ties.active() {
        let (a, b) = (&world.orgs[tie.a.ix()], &world.orgs[tie.b.ix()]);
        let fit = math::exp(log_fit(ctx, cognitive_distance(&a.expertise, &b.expertise)));
        for (learner, teacher, row) in [(a, b, tie.a), (b, a, tie.b)] {
            let rate = knowledge.transfer * fit * absorption(ctx, learner);
            for (field, gained) in gain[row.ix()].iter_mut().enumerate() {
                *gained += rate * (teacher.expertise[field] - learner.expertise[field]).max(0.0);
            }
        }
    }
    let mut used = vec![0u16; world.orgs.len()];
    for id in &world.active {
        let programme = &world.programmes[id.ix()];
        used[programme.owner.ix()] |= 1 << programme.field;
    }
    for (row, org) in world.orgs.iter_mut().enumerate().filter(|(_, org)| org.is_open()) {
        let academic = org.is_academic();
        for (field, level) in org.expertise.iter_mut().enumerate() {
            // Academic institutions use what they are good at; companies what their programmes are in.
            let in_use = used[row] & (1 << field) != 0 || (academic && *level > 4.0);
            if in_use {
                *level += knowledge.learning * (1.0 - *level / 10.0) * if academic { 0.1 } else { 1.0 };
            } else {
                *level = (*level * (1.0 - knowledge.decay)).max(MEMORY);
            }
            *level = (*level + gain[row][field]).clamp(0.0, 10.0);
        }
    }
}

/// Share of what a partner shows that an organisation can take in: grows with its researchers.
fn absorption(ctx: &Context, org: &Org) -> f64 {
    let knowledge = &ctx.spec.knowledge;
    let researchers = f64::from(org.staff[Occupation::Researcher as usize]) / f64::from(org.weight.max(1));
    let learned = 1.0 - math::exp(-researchers / knowledge.absorption_staff);
    knowledge.absorption_base + (1.0 - knowledge.absorption_base) * learned
}

/// A researcher who takes a post brings the field along: an organisation of n researchers moves a share 1/n of the
/// way to what an expert knows.
pub(super) fn carry(world: &mut World, ctx: &Context, id: PersonId, to: OrgId) {
    if world.people.occupation[id.ix()] != Occupation::Researcher {
        return;
    }
    let field = usize::from(world.people.field[id.ix()]);
    let experience = (world.people.age(id, ctx.month) - ctx.spec.labour.entry_age).max(0.0);
    let known = 10.0 * (1.0 - math::exp(-experience / 10.0));
    let org = &mut world.orgs[to.ix()];
    let researchers = f64::from(org.staff[Occupation::Researcher as usize]).max(1.0);
    let share = f64::from(world.people.weight[id.ix()]) / researchers;
    org.expertise[field] += (known - org.expertise[field]).max(0.0) * share;
}
