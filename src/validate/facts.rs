//! The stylised facts as data, and the verdict on each.

use serde::Deserialize;

use crate::math::quantile_sorted;

/// A stylised fact.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// `V1` to `V42`.
    pub id: String,
    /// A few words.
    pub name: String,
    /// What a user should leave alone if it does not hold.
    pub meaning: String,
    /// Whether it emerges or only shows that an input survives.
    pub kind: Kind,
    /// How it is computed.
    pub how: String,
    /// Where the accepted range comes from.
    pub source: String,
    /// Evidence for the range.
    pub grade: String,
    /// Whether validation fails without it.
    #[serde(default)]
    pub required: bool,
    /// Which computation; none if the model has no answer.
    #[serde(default)]
    pub compute: Option<String>,
    /// What it is computed on.
    #[serde(default)]
    pub on: On,
    /// Why there is no computation.
    #[serde(default)]
    pub why: Option<String>,
    /// Reservations.
    #[serde(default)]
    pub note: Option<String>,
    /// Its numbers.
    #[serde(default)]
    pub measure: Vec<Measure>,
}

/// One number of a fact.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What, with its unit.
    pub name: String,
    /// Least and greatest median that passes.
    pub accept: [f64; 2],
}

/// What a fact is evidence of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An input effect survives interaction with the rest.
    Verification,
    /// Nothing in the input says so.
    Emergence,
}

impl Kind {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Emergence => "emergence",
        }
    }
}

/// What a fact is computed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// Replicates of the validated scenario.
    #[default]
    Baseline,
    /// An intervention in it.
    Experiment,
    /// Runs of the past.
    Hindcast,
    /// A small scenario with no more in it than another model has.
    Docking,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "the file says its schema; there is one")]
    schema: u32,
    fact: Vec<Fact>,
}

/// All facts in their order.
///
/// # Panics
/// If the file that is part of the program is wrong, which a test rules out.
#[must_use]
pub fn facts() -> Vec<Fact> {
    match toml::from_str::<File>(include_str!("facts.toml")) {
        Ok(file) => file.fact,
        Err(error) => unreachable!("facts.toml: {error}"),
    }
}

/// What came of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every median lies in its range.
    Pass,
    /// A median lies outside, but its band reaches the range; or too few replicates have a value.
    Inconclusive,
    /// A band misses its range.
    Fail,
    /// The model has no answer.
    NotComputed,
}

impl Verdict {
    /// The words in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::NotComputed => "not computed",
        }
    }
}

/// One number of a fact over replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// 5 %, 50 % and 95 % quantiles; not numbers if no replicate has a value.
    pub quantiles: [f64; 3],
    /// Replicates with a value.
    pub values: usize,
}

/// A fact with its numbers and verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The fact.
    pub fact: Fact,
    /// In the order of [`Fact::measure`].
    pub measured: Vec<Measured>,
    /// What came of it.
    pub verdict: Verdict,
}

/// Judges a fact by its values: one list a replicate, in the order of its measures.
#[must_use]
pub fn judge(fact: Fact, replicates: &[Vec<Option<f64>>]) -> Judged {
    if fact.compute.is_none() {
        return Judged { fact, measured: Vec::new(), verdict: Verdict::NotComputed };
    }
    let measured: Vec<Measured> = (0..fact.measure.len())
        .map(|row| {
            let mut values: Vec<f64> =
                replicates.iter().filter_map(|values| values.get(row).copied().flatten()).collect();
            values.sort_by(f64::total_cmp);
            let quantiles = [0.05, 0.5, 0.95].map(|q| quantile_sorted(&values, q).unwrap_or(f64::NAN));
            Measured { quantiles, values: values.len() }
        })
        .collect();
    let verdicts = fact.measure.iter().zip(&measured).map(|(measure, measured)| {
        let ([low, high], [below, median, above]) = (measure.accept, measured.quantiles);
        if measured.values == 0 || 3 * measured.values < 2 * replicates.len() {
            Verdict::Inconclusive
        } else if (low..=high).contains(&median) {
            Verdict::Pass
        } else if above >= low && below <= high {
            Verdict::Inconclusive
        } else {
            Verdict::Fail
        }
    });
    let worst = |a: Verdict, b: Verdict| match (a, b) {
        (Verdict::Fail, _) | (_, Verdict::Fail) => Verdict::Fail,
        (Verdict::Inconclusive, _) | (_, Verdict::Inconclusive) => Verdict::Inconclusive,
        _ => Verdict::Pass,
    };
    let verdict = verdicts.fold(Verdict::Pass, worst);
    Judged { fact, measured, verdict }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_complete_and_every_fact_is_computed_or_says_why_not() {
        let all = facts();
        let ids: Vec<String> = (1..=42).map(|n| format!("V{n}")).collect();
        assert_eq!(all.iter().map(|fact| fact.id.clone()).collect::<Vec<_>>(), ids);
        for fact in &all {
            assert_eq!(fact.compute.is_some(), fact.why.is_none(), "{}", fact.id);
            assert_eq!(fact.compute.is_some(), !fact.measure.is_empty(), "{}", fact.id);
            assert!(fact.measure.iter().all(|measure| measure.accept[0] <= measure.accept[1]), "{}", fact.id);
        }
    }

    #[test]
    fn verdicts_follow_median_and_band() {
        let fact = |accept| {
            let mut fact = facts().remove(0);
            fact.measure[0].accept = accept;
            fact
        };
        let values: Vec<Vec<Option<f64>>> = (0..=20).map(|k| vec![Some(f64::from(k))]).collect();
        assert_eq!(judge(fact([9.0, 11.0]), &values).verdict, Verdict::Pass);
        assert_eq!(judge(fact([15.0, 16.0]), &values).verdict, Verdict::Inconclusive);
        assert_eq!(judge(fact([30.0, 40.0]), &values).verdict, Verdict::Fail);
        assert_eq!(
            judge(fact([9.0, 11.0]), &[vec![None], vec![None], vec![Some(10.0)]]).verdict,
            Verdict::Inconclusive
        );
    }
}
