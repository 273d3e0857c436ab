//! Choices over named features: the rules of the scenario, evaluated.

use crate::scenario::spec::{Actor, ClusterId, CountryId, Decision, Feature, Filter, Rule, Spec};

/// The rules in force, by decision.
#[derive(Debug, Clone, Default)]
pub struct Scoring {
    rules: [Vec<Rule>; 6],
}

/// Who decides, or about whom.
#[derive(Debug, Clone, Copy)]
pub struct Party {
    /// What it is.
    pub actor: Actor,
    /// Where it is.
    pub cluster: ClusterId,
    /// Its country.
    pub country: CountryId,
}

impl Scoring {
    /// Sorts the rules of a scenario by decision.
    #[must_use]
    pub fn new(spec: &Spec) -> Self {
        let mut rules: [Vec<Rule>; 6] = Default::default();
        for rule in &spec.rule {
            rules[rule.decision as usize].push(rule.clone());
        }
        Self { rules }
    }

    /// The rules of a decision about `whom`: what is common to many who decide, for [`terms`].
    pub fn about(&self, decision: Decision, whom: Party, hot: bool) -> Vec<&Rule> {
        self.rules[decision as usize].iter().filter(|rule| holds(rule, whom, hot)).collect()
    }

    /// Sum over the rules that apply of coefficient times feature. `value` is asked only for features that some
    /// rule uses.
    pub fn score(
        &self,
        decision: Decision,
        who: Party,
        whom: Party,
        hot: bool,
        mut value: impl FnMut(Feature) -> f64,
    ) -> f64 {
        let mut total = 0.0;
        for rule in &self.rules[decision as usize] {
            if holds(rule, whom, hot) && admits(&rule.who, who) {
                for (feature, coefficient) in &rule.score {
                    total += coefficient * value(*feature);
                }
            }
        }
        total
    }
}

/// Features and their coefficients in those of the rules that apply to `who`.
pub fn terms<'a>(rules: impl IntoIterator<Item = &'a Rule>, who: Party) -> impl Iterator<Item = (Feature, f64)> {
    rules.into_iter().filter(move |rule| admits(&rule.who, who)).flat_map(|rule| rule.score.iter().copied())
}

#[inline]
fn holds(rule: &Rule, whom: Party, hot: bool) -> bool {
    admits(&rule.whom, whom) && rule.when.hot.is_none_or(|wanted| wanted == hot)
}

#[inline]
fn admits(filter: &Filter, party: Party) -> bool {
    (filter.actor.is_empty() || filter.actor.contains(&party.actor))
        && (filter.country.is_empty() || filter.country.contains(&party.country))
        && (filter.cluster.is_empty() || filter.cluster.contains(&party.cluster))
}
