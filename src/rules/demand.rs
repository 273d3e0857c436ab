//! Phase 13, first part: what established companies sell varies, and their posts with it.
//!
//! Reads   established companies, how many people each plans, `labour.demand_spread` and `labour.demand_exponent`
//! Writes  each company's share of the people of its entry; people that a fall leaves without a post are let go
//! Draws   `Purpose::Demand`, keyed by organisation and month
//! Source  M17; growth in proportion to size (Gibrat), the spread falling with size as Matia et al. (2004) measured
//!
//! A large company sells more products, and theirs do not fall all at once. A year's factor has the mean one: what is expected
//! of a company stays what its entry says, and the sum of many stays near it.

use crate::math;
use crate::rng::{Key, Purpose, sample};
use crate::rules::{Context, distress, labour};
use crate::world::World;
use crate::world::organisation::{Org, OrgId};
use crate::world::people::PersonId;

/// People of the company for which `labour.demand_spread` is said.
const OF_PEOPLE: f64 = 100.0;

/// A year's change of demand, for every company in the month of its own year. Gives the factors of those that sell less.
pub(super) fn vary(world: &mut World, ctx: &Context) -> Vec<(OrgId, f64)> {
    let mut fallen = Vec::new();
    if !ctx.spec.mechanisms.m17 || ctx.spec.labour.demand_spread <= 0.0 {
        return fallen;
    }
    for at in 0..world.open.len() {
        let id = world.open[at];
        if is_due(&world.orgs[id.ix()], ctx) {
            let factor = factor(ctx, &world.orgs[id.ix()]);
            world.orgs[id.ix()].share *= factor;
            if factor < 1.0 {
                fallen.push((id, factor));
            }
        }
    }
    fallen
}

/// Companies that sell less let go whom they have no post for any more, as many as demand has fallen by at most: what else has become
/// too many, with the end of a product for one, leaves in time and is not replaced.
pub(super) fn let_go(world: &mut World, fallen: &[(OrgId, f64)]) {
    for (id, factor) in fallen {
        shrink(world, *id, 1.0 - factor);
    }
}

/// Whether a company's year ends now: twelve months are as good as one another, and each company has its own.
fn is_due(org: &Org, ctx: &Context) -> bool {
    let established = org.startup.is_none() && org.institution.is_some() && org.is_industry();
    established && (u64::from(ctx.month.0) + org.key.0 % 12).is_multiple_of(12) && ctx.month > org.founded
}

fn factor(ctx: &Context, org: &Org) -> f64 {
    let people = f64::from(labour::planned_posts(ctx, org).iter().sum::<u32>()) / f64::from(org.weight.max(1));
    let spread = spread(ctx.spec.labour.demand_spread, ctx.spec.labour.demand_exponent, people);
    let luck = sample::normal(&mut ctx.streams.at(Purpose::Demand, org.key, u32::from(ctx.month.0)));
    math::exp(spread * luck - spread * spread / 2.0)
}

/// Standard deviation of a year's logarithm of demand for a company of so many people.
fn spread(at_hundred: f64, exponent: f64, people: f64) -> f64 {
    at_hundred * math::pow(people.max(1.0) / OF_PEOPLE, -exponent)
}

/// Lets go whoever is beyond the posts of an occupation, up to a share of its people; the highest keys go first.
fn shrink(world: &mut World, id: OrgId, most: f64) {
    let org = &world.orgs[id.ix()];
    if org.staff.iter().zip(&org.posts).all(|(staff, posts)| staff <= posts) {
        return;
    }
    let least = org.staff.map(|staff| math::round(f64::from(staff) * (1.0 - most)) as u32);
    let kept: Vec<u32> = org.posts.iter().zip(least).map(|(posts, least)| (*posts).max(least)).collect();
    let mut members: Vec<(Key, PersonId)> =
        world.people.staff_of(id).into_iter().map(|member| (world.people[member].key, member)).collect();
    members.sort_unstable_by_key(|(key, _)| std::cmp::Reverse(*key));
    for (_, member) in members {
        let (occupation, weight) = (world.people[member].occupation as usize, u32::from(world.people[member].weight));
        if world.orgs[id.ix()].staff[occupation] >= kept[occupation] + weight {
            distress::dismiss(world, member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_two_times_the_people_vary_half_as_much() {
        assert!((spread(0.2, 0.2, 100.0) - 0.2).abs() < 1e-12);
        assert!((spread(0.2, 0.2, 3200.0) - 0.1).abs() < 1e-12);
        assert!(spread(0.2, 0.2, 0.0) < 0.51);
    }
}
