//! Validation: the stylised facts computed on runs, and runs of the past beside the record.
//!
//! `facts` says what is asked and judges the answers (`facts.toml`); `history` is a run as the facts see it (`watch` runs with
//! somebody beside it); `firms`, `money`, `public_money`, `people`, `pipeline`, `network` and `public_research` compute them;
//! `experiments` runs published natural experiments again; `docking` compares with other models; `hindcast` and `naive` compare
//! with the record.

mod docking;
mod experiments;
mod facts;
mod firms;
mod hindcast;
mod history;
mod money;
mod naive;
mod network;
mod people;
mod pipeline;
mod public_money;
mod public_research;
mod watch;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::rules::Breach;
use crate::scenario::Scenario;
use crate::simulate::simulate;

use history::History;

pub use docking::Dockings;
pub use facts::{Fact, Judged, Kind, Measure, Measured, On, Verdict, facts, judge};
pub use hindcast::{Hindcast, Moments, Year, compare};
pub use naive::{constant_growth, logistic};

/// The values of one replicate by the name of the computation.
type Values = BTreeMap<&'static str, Vec<Option<f64>>>;

/// Computes every fact on replicates of the scenario, and judges those of the past by `hindcasts`.
///
/// `done` hears of every finished replicate, from any thread.
///
/// # Errors
/// [`Breach`] if the books of a run do not add up.
pub fn validate(
    scenario: &Scenario,
    seed: u64,
    replicates: u32,
    hindcasts: &[Hindcast],
    dockings: &Dockings,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Judged>, Breach> {
    let values: Vec<Values> = (0..replicates)
        .into_par_iter()
        .with_max_len(1)
        .map(|replicate| {
            let mut values = replicate_values(scenario, seed, replicate)?;
            values.append(&mut docking::dock(dockings, seed, replicate)?);
            done();
            Ok(values)
        })
        .collect::<Result<_, Breach>>()?;
    let mut past =
        BTreeMap::from([("kbic", hindcast::kbic(hindcasts)), ("massachusetts", hindcast::massachusetts(hindcasts))]);
    let judged = facts().into_iter().map(|fact| {
        let name = fact.compute.clone().unwrap_or_default();
        let of = |values: &Values| values.get(name.as_str()).cloned().unwrap_or_default();
        let own: Vec<Vec<Option<f64>>> = if fact.on == On::Hindcast {
            past.remove(name.as_str()).unwrap_or_default()
        } else {
            values.iter().map(of).collect()
        };
        judge(fact, &own)
    });
    Ok(judged.collect())
}

fn replicate_values(scenario: &Scenario, seed: u64, replicate: u32) -> Result<Values, Breach> {
    let history = History::run(scenario, seed, replicate)?;
    // Replicates run beside each other; the first is run again, and any trace of the others in it would show.
    let again = if replicate == 0 { Some(simulate(scenario, seed, 0, &mut |_| {})?.state_digest) } else { None };
    let equal = again.map_or(1.0, |digest| f64::from(u8::from(digest == history.outcome.state_digest)));
    let mut values: Values = BTreeMap::from([
        ("size-tail", firms::size_tail(&history)),
        ("growth-shape", firms::growth_shape(&history)),
        ("size-variance", firms::size_variance(&history)),
        ("exit-by-age", firms::exit_by_age(&history)),
        ("multiples", money::multiples(&history)),
        ("looks-per-closing", money::looks_per_closing(&history)),
        ("distance-slope", money::distance_slope(&history)),
        ("reach-of-central", money::reach_of_central(&history)),
        ("likelihood", pipeline::likelihood(&history)),
        ("clinical-years", pipeline::clinical_years(&history)),
        ("second-rounds", money::second_rounds(&history)),
        ("concentration", money::concentration(&history)),
        ("years-to-listing", money::years_to_listing(&history)),
        ("exit-mix", money::exit_mix(&history)),
        ("degree-tail", network::degree_tail(&history)),
        ("small-world", network::small_world(&history)),
        ("endogenous", network::endogenous(&history)),
        ("length", network::length(&history)),
        ("knock-out", network::knock_out(&history)),
        ("public-clusters", public_research::public_clusters(&history)),
        ("anchors", public_research::anchors(&history)),
        ("serial-founders", people::serial_founders(&history)),
        ("who-moves", people::who_moves(&history)),
        ("public-equity", history.notes.public_money.ratios()),
        ("recruitment", history.notes.recruitment.rates()),
        ("grants", experiments::grants(&history)),
        ("valley", money::valley(&history)),
        ("tokyo-to-osaka", money::tokyo_to_osaka(&history)),
        ("world-shares", money::world_shares(&history)),
        ("ledger", vec![Some(history.notes.residual)]),
        ("digests", vec![Some(equal)]),
    ]);
    drop(history);
    let [roofs, movers] = experiments::by_lot(scenario, seed, replicate)?;
    values.insert("co-location", roofs);
    values.insert("movers", movers);
    let mut route = experiments::route(scenario, seed, replicate)?;
    values.insert("route-companies", route.split_off(1));
    values.insert("route-ties", route);
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_computation_of_the_facts_exists() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/small.toml");
        let (scenario, _) =
            Scenario::load(&path, &[], &["time.months=60".to_owned()]).unwrap_or_else(|p| panic!("{p}"));
        let values = replicate_values(&scenario, 1, 0).unwrap();
        for fact in facts() {
            let Some(name) = fact.compute else { continue };
            if matches!(fact.on, On::Hindcast | On::Docking) {
                continue;
            }
            let found = values.get(name.as_str()).unwrap_or_else(|| panic!("{}: no computation `{name}`", fact.id));
            assert_eq!(found.len(), fact.measure.len(), "{}", fact.id);
        }
        assert_eq!(values["digests"], [Some(1.0)]);
    }
}
