//! Phase 10, first part: which managers look at a startup, and what they come to believe.
//!
//! Reads   startups and their lead programmes, managers' fields, holdings and time, the funding rules, the regime
//! Writes  how often each manager was asked, and the share of those that it will have time for next month
//! Draws   `Purpose::Look`, keyed by startup and month, with a word of each draw for each manager (who comes on whose
//!         list, who has time, in what order a lead invites); `Purpose::Signal`, keyed by the pair of manager and programme and stage
//! Source  M8 (looks, warm paths, signals), M9 (value at the fund's own belief), M12 (prototypes reduce noise)

use crate::record::{Journal, column};
use crate::rng::{Key, Purpose, Rng, sample};
use crate::rules::managers::Sight;
use crate::rules::valuation::Prospect;
use crate::rules::{Agenda, Context, public_money};
use crate::scenario::spec::{Decision, Stage};
use crate::units::Yen;
use crate::world::World;
use crate::world::organisation::{FundId, ProgrammeId, StartupId};

/// What a startup brings before managers: who it is, with which programme, for how much.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pitch<'a> {
    pub startup: StartupId,
    pub lead: ProgrammeId,
    pub ask: Yen,
    pub worth: &'a Worth,
}

/// A manager in the order of somebody's list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub fund: FundId,
    /// The manager is busy if this exceeds its attention.
    pub busy: f64,
    /// Whether a lead invites it.
    pub invited: bool,
    score: f64,
    meetings: usize,
}

/// How a manager answers, from the worst answer to the best.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) enum Answer {
    /// No time.
    Busy,
    /// The first impression of quality was too low.
    Unconvinced(f64),
    /// The share of the company that would pay the ticket back is more than founders give.
    TooDear(f64),
    /// It would take part for this share of the company in exchange for the whole ask.
    Offer(f64),
}

/// The share of companies on its list that a manager has time to look at: by last month's demand, so that nobody's
/// place in this month's queue depends on who else is in it.
pub(super) fn renew_attention(world: &mut World, ctx: &Context) {
    for row in 0..world.funds.len() {
        let weight = world.orgs[world.funds[row].org.ix()].weight;
        let partners = f64::from(ctx.spec.fund[world.funds[row].entry].partners * weight);
        let fund = &mut world.funds[row];
        fund.attention = (partners * ctx.spec.finance.looks / f64::from(fund.asked.max(1))).min(1.0);
        fund.asked = 0;
    }
}

/// The first `most` of the managers who may invest, by the rules of a decision plus taste, best first, and before them
/// those who hold the company already. `lead` is who invites, if anybody.
pub(super) fn rank(
    world: &World,
    ctx: &Context,
    agenda: &mut Agenda,
    decision: Decision,
    pitch: Pitch,
    lead: Option<FundId>,
    most: usize,
) -> Vec<Place> {
    let org = world.startup_org(pitch.startup);
    agenda.managers.look(world, ctx, &agenda.scoring, decision, org.cluster);
    let managers = &agenda.managers;
    let programme = &world.programmes[pitch.lead.ix()];
    let holders: Vec<FundId> = world.startups[pitch.startup.ix()].investors().collect();
    let before = |a: &Place, b: &Place| {
        b.score.total_cmp(&a.score).then_with(|| world.fund_org(a.fund).key.cmp(&world.fund_org(b.fund).key))
    };
    let network = &world.coinvestment;
    // The first so far, in order, and behind them those that came later: put in order when they are as many again.
    let mut list: Vec<Place> = Vec::new();
    let mut later = 0;
    // Two tastes, of who looks for managers and of who invites them, and the managers' time between.
    let mut rng = ctx.streams.at(Purpose::Look, org.key, u32::from(ctx.month.0));
    let [looks, times, invitations] = [(); 3].map(|()| Key(rng.next_u64()));
    let tastes = if lead.is_none() { looks } else { invitations };
    // The score without which nobody is among the first any more.
    let mut least = f64::NEG_INFINITY;
    // Who looks for the field comes first: the others then seldom reach those that are on the list already.
    let sights = managers.seen(decision, org.cluster);
    let (fit, unfit) = (|sight: &&Sight| sight.seeks(programme.field), |sight: &&Sight| !sight.seeks(programme.field));
    for sight in sights.iter().filter(fit).chain(sights.iter().filter(unfit)).filter(|sight| Some(sight.fund) != lead) {
        let fund = sight.fund;
        let taste = tastes.word_for(sight.key);
        // Whoever holds the company already is asked first, knows it, and has kept money for it.
        let insider = lead.is_none() && holders.contains(&fund);
        let (mut score, most_taste) = (sight.fit(programme.field, programme.stage), managers.most_taste(taste));
        if let Some(lead) = lead {
            score += sight.beside_lead * managers.log(u32::from(network.together(lead, fund)));
        }
        if sight.coinvestors != 0.0 {
            score += sight.coinvestors * managers.log(network.degree(fund));
        }
        if !insider && score + sight.prior.max(0.0) + sight.warm_path.max(0.0) + most_taste < least {
            continue;
        }
        if sight.prior != 0.0 && holders.iter().any(|other| *other == fund || network.together(fund, *other) > 0) {
            score += sight.prior;
        }
        if sight.warm_path != 0.0 && has_warm_path(world, fund, pitch.startup, &holders) {
            score += sight.warm_path;
        }
        let score = if insider {
            f64::INFINITY
        } else if score + sample::gumbel_ceiling(taste) < least {
            continue;
        } else {
            score + sample::gumbel_of(taste)
        };
        // Meetings are of one company with one manager: a manager that stands for ten takes ten of them, unless the company
        // stands for as many.
        let meetings = (sight.weight / org.weight.max(1)).max(1) as usize;
        // Whoever is invited has time.
        let busy = if lead.is_none() { sample::unit_of(times.word_for(sight.key)) } else { 0.0 };
        let place = Place { fund, busy, invited: insider || lead.is_some(), score, meetings };
        list.push(place);
        later += meetings;
        if later >= most {
            list.sort_unstable_by(before);
            least = keep_first(&mut list, most);
            later = 0;
        }
    }
    list.sort_unstable_by(before);
    keep_first(&mut list, most);
    list
}

/// Leaves the first of a list with so many meetings, and present investors, who come on top of the others. Gives the score
/// without which nobody is among them any more.
fn keep_first(list: &mut Vec<Place>, most: usize) -> f64 {
    let mut met = 0_usize;
    let after = list.iter().position(|place| {
        let full = met >= most && place.score < f64::INFINITY;
        met = met.saturating_add(if place.score < f64::INFINITY { place.meetings } else { 0 });
        full
    });
    if let Some(after) = after {
        list.truncate(after);
    }
    if met < most { f64::NEG_INFINITY } else { list.last().map_or(f64::INFINITY, |last| last.score) }
}

/// Whether a manager is at most two steps from a present holder, or has held another company of the same parent.
fn has_warm_path(world: &World, fund: FundId, id: StartupId, holders: &[FundId]) -> bool {
    let parent = world.startups[id.ix()].parent;
    holders.iter().any(|other| world.coinvestment.within_two_steps(fund, *other))
        || parent.is_some_and(|parent| world.funds[fund.ix()].alumni.binary_search(&parent).is_ok())
}

/// Expert ties of a manager in a field, as many as count: one for a field that it names, one for each company held.
#[must_use]
pub(super) fn experts(world: &World, ctx: &Context, fund: FundId, field: u8) -> u32 {
    let manager = &world.funds[fund.ix()];
    let domains = &ctx.spec.fund[manager.entry].domains;
    let named = domains.as_ref().is_some_and(|known| known.iter().any(|known| *known as u8 == field));
    (u32::from(named) + u32::from(manager.known[usize::from(field)])).min(ctx.spec.finance.expert_ties)
}

/// Noise of a signal: the base, less what experts and a prototype take away, and never less than what remains anyway.
#[must_use]
pub(super) fn noise(ctx: &Context, base: f64, experts: u32, prototype: bool) -> f64 {
    let finance = &ctx.spec.finance;
    let known = finance.expert_tie * f64::from(experts) + if prototype { finance.prototype } else { 0.0 };
    (base - known).max(finance.signal_least.min(base))
}

/// First impression of a programme's quality, and belief after diligence if the first is good enough. What is seen is the
/// truth and noise that belongs to the pair and the stage, so that a manager does not see another truth next month.
fn beliefs(world: &World, ctx: &Context, fund: FundId, lead: ProgrammeId) -> (f64, Option<f64>) {
    let programme = &world.programmes[lead.ix()];
    let pair = super::development::key_with(world, lead, world.funds[fund.ix()].org);
    let mut rng = ctx.streams.at(Purpose::Signal, pair, programme.stage as u32);
    let experts = experts(world, ctx, fund, programme.field);
    // A prototype shows what early work is worth; later there is clinical evidence for everybody.
    let prototype = programme.prototype && programme.stage <= Stage::Phase1;
    let mut see = |noise: f64| programme.quality + noise * sample::normal(&mut rng);
    let screen = see(noise(ctx, ctx.spec.finance.signal_screen, experts, prototype));
    let diligence = || {
        let noise = noise(ctx, ctx.spec.finance.signal_diligence, experts, prototype);
        belief(ctx, see(noise), noise)
    };
    (screen, (screen >= ctx.spec.finance.screen_cut).then(diligence))
}

/// What a manager believes who saw this: it knows how programmes spread around the one with the table's odds, and how far its
/// own look can be off, and counts the difference for less the further it can be (Bayes' rule for the mean, linear in what
/// was seen). So whoever knows the field, or has a prototype to look at, sees the best and the worst as what they are, and a
/// company is not sold to whoever errs most.
fn belief(ctx: &Context, seen: f64, noise: f64) -> f64 {
    let (research, mean) = (&ctx.spec.research, ctx.spec.development.quality_mean);
    let all = research.quality_alpha + research.quality_beta;
    let spread = research.quality_alpha * research.quality_beta / (all * all * (all + 1.0));
    mean + (seen - mean) * spread / (spread + noise * noise)
}

/// A manager that is shown a company: time, first impression, diligence, price.
pub(super) fn appraise(world: &mut World, ctx: &Context, journal: &mut Journal, place: Place, pitch: Pitch) -> Answer {
    let finance = &ctx.spec.finance;
    let manager = &mut world.funds[place.fund.ix()];
    // A lead's call is answered; everybody else waits in line.
    manager.asked += u32::from(!place.invited);
    if ctx.spec.mechanisms.m8 && !place.invited && place.busy >= manager.attention {
        return Answer::Busy;
    }
    let home = world.funds[place.fund.ix()].org;
    let (cluster, weight) = (world.orgs[home.ix()].cluster, i64::from(world.orgs[home.ix()].weight));
    journal.count(column!("deals_considered"), cluster, weight);
    let (screen, diligence) = if ctx.spec.mechanisms.m8 {
        beliefs(world, ctx, place.fund, pitch.lead)
    } else {
        let truth = world.programmes[pitch.lead.ix()].quality;
        (truth, (truth >= finance.screen_cut).then_some(truth))
    };
    let Some(diligence) = diligence else { return Answer::Unconvinced(screen) };
    journal.count(column!("deals_examined"), cluster, weight);
    if !ctx.spec.mechanisms.m9 {
        return Answer::Offer(finance.ownership);
    }
    let worth = pitch.worth.believed(ctx, diligence).max(Yen::ZERO);
    let share = share_asked(hurdle(world, ctx, place.fund, pitch.startup), worth, pitch.ask);
    if share > finance.ownership { Answer::TooDear(share) } else { Answer::Offer(share) }
}

/// Value over price that a manager asks for: more of a company that it must travel to, which it can help and watch less; less when
/// it has more money left than time, as in a boom: then money chases deals.
fn hurdle(world: &World, ctx: &Context, fund: FundId, id: StartupId) -> f64 {
    let finance = &ctx.spec.finance;
    let (home, there) = (world.fund_org(fund).cluster, world.startup_org(id).cluster);
    let further = world.access.log_hours(home, there) - world.access.log_hours(home, home);
    let manager = &world.funds[fund.ix()];
    let money = (manager.uncalled - manager.reserved).0 as f64 / manager.size.0.max(1) as f64;
    let pressure = pressure(money, 1.0 - public_money::funds_closed(world, ctx, fund).fract());
    finance.hurdle
        * crate::math::exp(finance.hurdle_distance * further.max(0.0))
        * crate::math::pow(pressure, -finance.hurdle_pressure)
}

/// How much more of its money than of its time a manager has left, between a third and three.
fn pressure(money: f64, time: f64) -> f64 {
    (money.max(0.0) / time.max(0.1)).clamp(1.0 / 3.0, 3.0)
}

/// The share of the company, after the money, that would pay the ask back at the hurdle.
#[must_use]
pub(super) fn share_asked(hurdle: f64, worth: Yen, ask: Yen) -> f64 {
    hurdle * ask.0 as f64 / (worth + ask).0.max(1) as f64
}

/// What a startup's programme is worth to those who may invest, by what they believe of its quality.
#[derive(Debug)]
pub(super) struct Worth {
    prospect: Prospect,
    /// What funds pay in this climate for one yen of value.
    climate: f64,
}

impl Worth {
    pub(super) fn of(world: &World, ctx: &Context, id: StartupId, lead: ProgrammeId) -> Self {
        let org = world.startup_org(id);
        let (programme, finance) = (&world.programmes[lead.ix()], &ctx.spec.finance);
        let seat = world.orgs[programme.owner.ix()].cluster;
        let prospect = Prospect::of(world, ctx, programme, finance.discount, seat);
        Self { prospect, climate: public_money::climate(world, ctx, org.country, finance.cold_markdown) }
    }

    /// To whoever believes in this quality.
    #[must_use]
    pub(super) fn believed(&self, ctx: &Context, quality: f64) -> Yen {
        self.prospect.value(ctx, quality).scaled(self.climate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_left_late_presses_and_money_spent_early_makes_choosy() {
        assert!((pressure(1.0, 1.0) - 1.0).abs() < 1e-12 && (pressure(0.5, 0.5) - 1.0).abs() < 1e-12);
        assert!((pressure(0.6, 0.3) - 2.0).abs() < 1e-12 && (pressure(0.4, 0.8) - 0.5).abs() < 1e-12);
        assert!((pressure(0.9, -1.0) - 3.0).abs() < 1e-12 && (pressure(0.0, 0.5) - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_share_that_pays_back_is_ask_over_post_money() {
        assert!((share_asked(1.0, Yen(300), Yen(100)) - 0.25).abs() < 1e-12);
        assert!((share_asked(2.0, Yen(300), Yen(100)) - 0.5).abs() < 1e-12);
        assert!((share_asked(1.0, Yen::ZERO, Yen(100)) - 1.0).abs() < 1e-12);
    }
}
