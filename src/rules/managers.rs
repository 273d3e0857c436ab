//! Part of phase 10: what managers are to the rules, found once a month for all startups of a cluster.
//!
//! A score is a sum over rules of coefficient times feature. Of its features some are the same for all startups of a
//! cluster (distance, country), some are yes or no for what a programme is (field, stage), and the rest follow from who
//! holds shares or has invested beside whom. So the rules are asked once for each manager and cluster, and what they leave
//! for each startup is a short sum.

use crate::math;
use crate::rng::{Key, sample};
use crate::rules::Context;
use crate::rules::score::{self, Party, Scoring};
use crate::scenario::spec::{Actor, ClusterId, Decision, Feature, FundKind, Stage};
use crate::world::World;
use crate::world::organisation::FundId;

/// Everybody who may invest in the startups of a cluster, by decision and cluster; empty until asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Managers {
    sights: Vec<Option<Vec<Sight>>>,
    /// ln(1 + n) for small n.
    logs: Vec<f64>,
    /// The greatest taste of a word that begins with this byte, but for the last.
    tastes: Vec<f64>,
}

/// A manager as the startups of one cluster see it, for one decision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    pub fund: FundId,
    pub key: Key,
    pub weight: u32,
    /// What is the same for all startups of the cluster.
    pub base: f64,
    /// Coefficients of the features that are not.
    pub sector_fit: f64,
    pub stage_fit: f64,
    pub prior: f64,
    pub warm_path: f64,
    pub beside_lead: f64,
    pub coinvestors: f64,
    /// Fields and stages that it looks for, as bits.
    fields: u16,
    stages: u8,
}

impl Sight {
    /// Whether a field is among those that it looks for.
    pub(super) fn seeks(&self, field: u8) -> bool {
        self.fields >> field & 1 == 1
    }

    /// Score of a startup's programme, but for what depends on holders and co-investors.
    pub(super) fn fit(&self, field: u8, stage: Stage) -> f64 {
        let mut score = self.base;
        if self.seeks(field) {
            score += self.sector_fit;
        }
        if self.stages >> (stage as u8) & 1 == 1 {
            score += self.stage_fit;
        }
        score
    }
}

impl Managers {
    /// Forgets what held last month.
    pub(super) fn renew(&mut self, clusters: usize) {
        self.sights.clear();
        self.sights.resize(2 * clusters, None);
        if self.logs.is_empty() {
            self.logs = (0..256).map(|number| math::ln_1p(f64::from(number))).collect();
            // A billionth makes up for rounding.
            self.tastes = (1..256).map(|end: u64| sample::gumbel_of((end << 56) - 1) + 1e-9).collect();
        }
    }

    /// ln(1 + n).
    pub(super) fn log(&self, number: u32) -> f64 {
        self.logs.get(number as usize).copied().unwrap_or_else(|| math::ln_1p(f64::from(number)))
    }

    /// A number that the taste of a word does not exceed: most managers are out of the running before logarithms are taken.
    pub(super) fn most_taste(&self, word: u64) -> f64 {
        self.tastes.get((word >> 56) as usize).copied().unwrap_or_else(|| sample::gumbel_ceiling(word))
    }

    /// Looks at all managers with the eyes of a cluster's startups, if nobody has this month.
    pub(super) fn look(
        &mut self,
        world: &World,
        ctx: &Context,
        scoring: &Scoring,
        decision: Decision,
        from: ClusterId,
    ) {
        let place = self.place(decision, from);
        if self.sights[place].is_none() {
            self.sights[place] = Some(all(world, ctx, scoring, decision, from));
        }
    }

    /// What was seen; nobody if nobody looked.
    pub(super) fn seen(&self, decision: Decision, from: ClusterId) -> &[Sight] {
        self.sights[self.place(decision, from)].as_deref().unwrap_or_default()
    }

    fn place(&self, decision: Decision, from: ClusterId) -> usize {
        usize::from(decision == Decision::Syndication) * self.sights.len() / 2 + usize::from(from.0)
    }
}

fn all(world: &World, ctx: &Context, scoring: &Scoring, decision: Decision, from: ClusterId) -> Vec<Sight> {
    let country = ctx.spec.cluster[usize::from(from.0)].country;
    let about = Party { actor: Actor::Startup, cluster: from, country };
    let rules = scoring.about(decision, about, world.hot);
    let by_luck = decision == Decision::Funding && !ctx.spec.mechanisms.m8;
    let mut sights = Vec::new();
    for (row, fund) in world.funds.iter().enumerate() {
        let home = &world.orgs[fund.org.ix()];
        let entry = &ctx.spec.fund[fund.entry];
        if !entry.open || entry.kind == FundKind::Megafund || (!entry.foreign && home.country != country) {
            continue;
        }
        let bits = |named: Option<u32>| named.unwrap_or(u32::MAX);
        let fields =
            entry.domains.as_ref().map(|named| named.iter().fold(0, |bits, field| bits | 1 << (*field as u32)));
        let stages = entry.stages.as_ref().map(|named| named.iter().fold(0, |bits, stage| bits | 1 << (*stage as u32)));
        let mut sight = Sight {
            fund: FundId(row as u32),
            key: home.key,
            weight: home.weight,
            // A manager that stands for ten is ten to choose from.
            base: math::ln(f64::from(home.weight.max(1))),
            sector_fit: 0.0,
            stage_fit: 0.0,
            prior: 0.0,
            warm_path: 0.0,
            beside_lead: 0.0,
            coinvestors: 0.0,
            fields: bits(fields) as u16,
            stages: bits(stages) as u8,
        };
        let who = Party { actor: Actor::Fund, cluster: home.cluster, country: home.country };
        for (feature, coefficient) in score::terms(rules.iter().copied(), who).filter(|_| !by_luck) {
            let when = |holds: bool| if holds { coefficient } else { 0.0 };
            match feature {
                Feature::Constant => sight.base += coefficient,
                Feature::LogTravelHours => sight.base += coefficient * world.access.log_hours(home.cluster, from),
                Feature::SameCluster => sight.base += when(home.cluster == from),
                Feature::SameCountry => sight.base += when(home.country == country),
                Feature::HotRegime => sight.base += when(world.hot),
                Feature::SectorFit => sight.sector_fit += coefficient,
                Feature::StageFit => sight.stage_fit += coefficient,
                Feature::PriorCoinvestment => sight.prior += coefficient,
                Feature::WarmPath => sight.warm_path += coefficient,
                Feature::LogCoinvestments => sight.beside_lead += coefficient,
                Feature::LogCoinvestors => sight.coinvestors += coefficient,
                _ => {}
            }
        }
        sights.push(sight);
    }
    // Whoever has good chances comes first: the others then seldom reach those that are on the list already.
    sights.sort_by(|a: &Sight, b| b.base.total_cmp(&a.base).then(a.fund.cmp(&b.fund)));
    sights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_taste_exceeds_what_the_first_byte_allows() {
        let mut managers = Managers::default();
        managers.renew(1);
        let words = (0..20_000).map(|ix| Key(5).child(1, ix).0);
        let edges = (0..256_u64).flat_map(|byte| [byte << 56, (byte << 56).wrapping_sub(1), byte << 56 | 0xFF << 44]);
        for word in words.chain(edges) {
            let (taste, most) = (sample::gumbel_of(word), managers.most_taste(word));
            assert!(taste <= most, "{taste} of {word:x} is above {most}");
        }
    }
}
