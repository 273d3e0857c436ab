//! Phase 7: collaborations end, are renewed, and begin.
//!
//! Reads   partners, roofs, expertise, travel hours, where people came from, the collaboration rules, the country's
//!         friction
//! Writes  ties; on the agenda, which of them pass on knowledge this month
//! Draws   `Purpose::TieSearch`, keyed by the seeker and month (in which months it looks, and where candidates come
//!         from); `Purpose::TieAccept`, keyed by the pair and month (tastes and answers); `Purpose::TieDuration`, keyed
//!         by the pair and month (length, and who is shared); `Purpose::Introduction`, keyed by the facility and month
//! Source  M6 (candidates, weights, acceptance, duration), M2 (cognitive distance), M17 (cross-appointments), M21

use crate::math;
use crate::record::{EventKind, FlowKind, Journal, column};
use crate::rng::{Key, Purpose, sample};
use crate::rules::candidates::{Places, Proposal, Source, bring_together, candidate};
use crate::rules::partners::{appeal, can_partner, has_room, willingness};
use crate::rules::score::Scoring;
use crate::rules::{Agenda, Context};
use crate::units::{Month, Yen};
use crate::world::World;
use crate::world::lore::Lore;
use crate::world::organisation::{OrgId, ProgrammeId};
use crate::world::people::Occupation;
use crate::world::ties::{Secondee, Tie, TieKind};

/// Months between two visits to a tie, at which what one side knows is passed on for all of them in one step.
const VISIT: u16 = 6;
/// Occasions of one purpose that are not a month of the run: the search itself, rounds before the first month.
const SEARCHING: u32 = 1 << 31;
const BEFORE: u32 = 1 << 29;

/// A tie that passes on what has been learned over the last months.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchange {
    pub a: OrgId,
    pub b: OrgId,
    pub kind: TieKind,
    pub months: u16,
    /// Relative to a tie without a cross-appointment.
    pub strength: f64,
}

pub(super) fn meet(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) {
    if ctx.month == Month(0) && ctx.spec.mechanisms.m6 {
        look_back(world, ctx, &agenda.scoring);
    }
    visit(world, ctx, agenda, journal);
    let places = Places::now(world, ctx);
    let mut proposals = Vec::new();
    for seeker in seekers(world, ctx) {
        if has_room(world, ctx, seeker) {
            let occasion = u32::from(ctx.month.0) | SEARCHING;
            proposals.extend(search(world, ctx, &agenda.scoring, &places, seeker, occasion));
        }
    }
    bring_together(world, ctx, &agenda.scoring, &mut proposals);
    // Commit by key: room for ties may run out, and then the lower pair of keys comes first.
    proposals.sort_by_key(|pair| Key::pair(world.orgs[pair.a.ix()].key, world.orgs[pair.b.ix()].key));
    for Proposal { a, b, source } in proposals {
        if has_room(world, ctx, a) && has_room(world, ctx, b) && !world.ties.are_partners(a, b) {
            let score = appeal(world, ctx, &agenda.scoring, a, b);
            form(world, ctx, a, b);
            report_formed(world, ctx, journal, a, b, source, score);
        }
    }
}

/// Whether an organisation looks for a partner in a month, by its luck in [0, 1). A large one has more groups that may look.
///
/// Most luck is above whatever the power could give: for an exponent g of at most one, `x^g <= 1 + g (x - 1)` (Bernoulli).
fn looks(world: &World, ctx: &Context, id: OrgId, luck: f64) -> bool {
    let ties = &ctx.spec.ties;
    let org = &world.orgs[id.ix()];
    let size = f64::from(org.headcount()) / f64::from(org.weight.max(1)) / ties.search_staff;
    let chance = |size: f64| ties.search.get() * size / ctx.spec.country[usize::from(org.country.0)].friction;
    let most = 1.0 + ties.search_growth * (size - 1.0);
    // A billionth makes up for rounding.
    if ties.search_growth <= 1.0 && luck >= chance(most) * (1.0 + 1e-9) {
        return false;
    }
    luck < chance(math::pow(size, ties.search_growth)).min(1.0)
}

/// Who looks for a partner this month, in order of rows.
fn seekers(world: &World, ctx: &Context) -> Vec<OrgId> {
    if !ctx.spec.mechanisms.m6 {
        return Vec::new();
    }
    let seeks = |id: &OrgId| {
        let org = &world.orgs[id.ix()];
        let luck = || sample::unit(&mut ctx.streams.at(Purpose::TieSearch, org.key, u32::from(ctx.month.0)));
        can_partner(org) && looks(world, ctx, *id, luck())
    };
    world.open.iter().copied().filter(seeks).collect()
}

/// Collaborations of the first month: those that the rules of search would have begun in the months before it, and
/// that are not over. Nothing of it is logged; it happened before the records begin.
fn look_back(world: &mut World, ctx: &Context, scoring: &Scoring) {
    for ago in (1..=ctx.spec.ties.history.round() as u32).rev() {
        let occasion = ago | BEFORE;
        let mut pairs = Vec::new();
        let places = Places::now(world, ctx);
        for row in 0..world.open.len() {
            let seeker = world.open[row];
            let org = &world.orgs[seeker.ix()];
            let mut rng = ctx.streams.at(Purpose::TieSearch, org.key, occasion);
            if looks(world, ctx, seeker, sample::unit(&mut rng)) && can_partner(org) && has_room(world, ctx, seeker) {
                pairs.extend(search(world, ctx, scoring, &places, seeker, occasion | SEARCHING));
            }
        }
        pairs.sort_by_key(|pair| Key::pair(world.orgs[pair.a.ix()].key, world.orgs[pair.b.ix()].key));
        for Proposal { a, b, .. } in pairs {
            if !has_room(world, ctx, a) || !has_room(world, ctx, b) || world.ties.are_partners(a, b) {
                continue;
            }
            let kind = TieKind::between(&world.orgs[a.ix()], &world.orgs[b.ix()]);
            let lasts = draw_length(world, ctx, a, b, occasion);
            let left = Month(lasts.saturating_sub(u64::from(ago)).min(u64::from(u16::MAX)) as u16);
            // Staggered, so that the first months are not all visits.
            let visit = Month((lasts % u64::from(VISIT)) as u16 + 1);
            let row = world.ties.form(a, b, kind, Month(0), left, visit);
            if left == Month(0) {
                world.ties.end(row, Month(0));
            }
        }
    }
}

/// Months that a collaboration lasts before it ends or is renewed.
fn draw_length(world: &World, ctx: &Context, a: OrgId, b: OrgId, occasion: u32) -> u64 {
    let pair = Key::pair(world.orgs[a.ix()].key, world.orgs[b.ix()].key);
    let mut rng = ctx.streams.at(Purpose::TieDuration, pair, occasion);
    sample::geometric(&mut rng, 1.0 / ctx.spec.ties.duration.max(1.0))
}

fn form(world: &mut World, ctx: &Context, a: OrgId, b: OrgId) {
    let until = ctx.month.plus(draw_length(world, ctx, a, b, u32::from(ctx.month.0)));
    let kind = TieKind::between(&world.orgs[a.ix()], &world.orgs[b.ix()]);
    let row = world.ties.form(a, b, kind, ctx.month, until, ctx.month.plus(u64::from(VISIT)));
    let pair = Key::pair(world.orgs[a.ix()].key, world.orgs[b.ix()].key);
    let mut rng = ctx.streams.at(Purpose::TieDuration, pair, u32::from(ctx.month.0) | SEARCHING);
    if sample::chance(&mut rng, ctx.spec.ties.secondment) {
        share_somebody(world, row, pair);
    }
}

/// A researcher of one side, a startup, is appointed at the other as well: counted at home only, but half of what the
/// person knows is there too. Only startups lend somebody by name.
fn share_somebody(world: &mut World, row: u32, pair: Key) {
    let Tie { a, b, .. } = world.ties.all[row as usize];
    for (home, host) in [(a, b), (b, a)] {
        if world.orgs[home.ix()].startup.is_none() {
            continue;
        }
        let researchers =
            world.people.staff_of(home).into_iter().filter(|id| world.people[*id].occupation == Occupation::Researcher);
        let Some(person) = researchers.min_by_key(|id| Key::pair(pair, world.people[*id].key)) else { continue };
        let (key, field, skill) =
            (world.people[person].key, usize::from(world.people[person].field), world.skill(person));
        world.ties.all[row as usize].secondee = Some(Secondee { person, key, home });
        if world.learning.carried {
            let org = &mut world.orgs[host.ix()];
            let group = f64::from(org.staff[Occupation::Researcher as usize]) / f64::from(org.weight.max(1)) + 1.0;
            let level = org.expertise[field];
            org.expertise[field] = level + (Lore::joined(level, skill, group) - level) / 2.0;
        }
        return;
    }
}

/// How much more a tie passes on for the person who is shared, as long as that person stays.
fn strength(world: &World, ctx: &Context, tie: &Tie) -> f64 {
    let here = tie.secondee.is_some_and(|secondee| {
        let person = &world.people[secondee.person];
        person.key == secondee.key && person.employer() == Some(secondee.home)
    });
    if here { ctx.spec.ties.secondment_strength } else { 1.0 }
}

fn report_formed(world: &World, ctx: &Context, journal: &mut Journal, a: OrgId, b: OrgId, source: Source, score: f64) {
    let (one, other) = (&world.orgs[a.ix()], &world.orgs[b.ix()]);
    journal.count_pair(column!("ties_formed"), one.cluster, other.cluster, 1);
    journal.flow(FlowKind::Ties, one.cluster, other.cluster, 1);
    journal.event(ctx.month, EventKind::TieFormed, one, Some(other), Yen::ZERO, source.reason(), score);
}

/// Ties that come up: their partners learn from each other for the months since the last time; those that are over
/// end or are renewed, with better odds after a joint success.
fn visit(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) {
    agenda.exchanges.clear();
    for row in world.ties.take_due(ctx.month) {
        let tie = world.ties.all[row as usize];
        let months = ctx.month.since(tie.exchanged);
        let strength = strength(world, ctx, &tie);
        agenda.exchanges.push(Exchange { a: tie.a, b: tie.b, kind: tie.kind, months, strength });
        world.ties.all[row as usize].exchanged = ctx.month;
        if tie.until <= ctx.month && !renewed(world, ctx, row) {
            end(world, ctx, journal, row);
        } else {
            world.ties.visit_again(row, ctx.month.plus(u64::from(VISIT)));
        }
    }
}

fn renewed(world: &mut World, ctx: &Context, row: u32) -> bool {
    let Tie { a, b, success, .. } = world.ties.all[row as usize];
    let pair = Key::pair(world.orgs[a.ix()].key, world.orgs[b.ix()].key);
    let mut rng = ctx.streams.at(Purpose::TieAccept, pair, u32::from(ctx.month.0) | SEARCHING);
    let usual = ctx.spec.ties.renewal;
    let odds = if success { ctx.spec.ties.renewal_success } else { 1.0 };
    if !ctx.spec.mechanisms.m6 || !sample::chance(&mut rng, odds * usual / (1.0 - usual + odds * usual)) {
        return false;
    }
    let until = ctx.month.plus(draw_length(world, ctx, a, b, u32::from(ctx.month.0)));
    let tie = &mut world.ties.all[row as usize];
    (tie.until, tie.success) = (until, false);
    true
}

fn end(world: &mut World, ctx: &Context, journal: &mut Journal, row: u32) {
    let Tie { a, b, since, success, .. } = world.ties.all[row as usize];
    world.ties.end(row, ctx.month);
    let reason = if success { "months together, with a joint success" } else { "months together" };
    let (a, b) = (&world.orgs[a.ix()], &world.orgs[b.ix()]);
    let length = f64::from(ctx.month.since(since));
    journal.event(ctx.month, EventKind::TieEnded, a, Some(b), Yen::ZERO, reason, length);
}

/// A programme has passed a stage: partners who helped (the hospitals of its trials, whoever knows more of its field
/// than the owner does) share the success.
pub(super) fn credit(world: &mut World, id: ProgrammeId, sites: &[OrgId]) {
    let programme = &world.programmes[id.ix()];
    let (owner, field) = (programme.owner, usize::from(programme.field));
    let own = world.orgs[owner.ix()].expertise[field];
    let helped = |partner: OrgId| sites.contains(&partner) || world.orgs[partner.ix()].expertise[field] > own;
    let rows: Vec<u32> =
        world.ties.partners(owner).iter().filter(|(partner, _)| helped(*partner)).map(|(_, row)| *row).collect();
    for row in rows {
        world.ties.all[row as usize].success = true;
    }
}

/// Candidates, then proposals in the order of score plus taste, until one accepts or enough refuse.
fn search(
    world: &World,
    ctx: &Context,
    scoring: &Scoring,
    places: &Places,
    seeker: OrgId,
    occasion: u32,
) -> Option<Proposal> {
    let key = world.orgs[seeker.ix()].key;
    let mut rng = ctx.streams.at(Purpose::TieSearch, key, occasion);
    let mut found: Vec<(OrgId, Source)> = Vec::with_capacity(ctx.spec.ties.candidates as usize);
    for _ in 0..ctx.spec.ties.candidates {
        let Some((id, source)) = candidate(world, ctx, places, seeker, &mut rng) else { continue };
        let suits = id != seeker && can_partner(&world.orgs[id.ix()]) && !world.ties.are_partners(seeker, id);
        if suits && found.iter().all(|(other, _)| *other != id) {
            found.push((id, source));
        }
    }
    let mut ranked: Vec<(f64, f64, OrgId, Source)> = found
        .into_iter()
        .map(|(id, source)| {
            let score = appeal(world, ctx, scoring, seeker, id);
            let pair = Key::pair(key, world.orgs[id.ix()].key);
            let mut rng = ctx.streams.at(Purpose::TieAccept, pair, occasion & !SEARCHING);
            (score + sample::gumbel(&mut rng), sample::unit(&mut rng), id, source)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| world.orgs[a.2.ix()].key.cmp(&world.orgs[b.2.ix()].key)));
    ranked
        .into_iter()
        .take(ctx.spec.ties.refusals as usize)
        .find(|(_, answer, id, _)| *answer < willingness(world, ctx, scoring, *id, seeker))
        .map(|(_, _, b, source)| Proposal { a: seeker, b, source })
}
