//! Docking with pooled finance (V36): a pipeline and one megafund, and nothing else.

use std::path::Path;

use trihelix::record::EventKind;
use trihelix::scenario::Scenario;
use trihelix::simulate::Run;
use trihelix::world::pool::{Pool, yearly_return};

const REPLICATES: u32 = 20;

/// A pool at the end of its life, and what the programmes of the run passed with: reason, probability.
fn pool_of(scenario: &Scenario, replicate: u32) -> (Pool, Vec<(&'static str, f64)>) {
    let mut run = Run::new(scenario, 11, replicate);
    run.advance_to_end().unwrap_or_else(|breach| panic!("{breach}"));
    let gates = run.state().journal.events.iter();
    let gates = gates.filter(|event| matches!(event.kind, EventKind::StagePassed | EventKind::StageFailed));
    let odds = gates.map(|event| (event.cause.reason, event.cause.value)).collect();
    (run.state().world.pools.first().expect("the scenario has one").clone(), odds)
}

#[test]
fn senior_bonds_are_safe_and_equity_earns_what_the_literature_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/megafund.toml");
    let scenario = Scenario::load(&path, &[], &[]).unwrap_or_else(|problems| panic!("{problems}")).0;
    let spec = scenario.spec_at(trihelix::units::Month(0));
    let entry = spec.fund.last().expect("a fund").clone();
    let (mut paid, mut invested, mut senior_lost) = (Vec::new(), trihelix::units::Yen::ZERO, 0.0);
    let mut gates: Vec<(&str, f64)> = Vec::new();
    for replicate in 0..REPLICATES {
        let (pool, odds) = pool_of(&scenario, replicate);
        assert!(pool.closed.is_some(), "its life ends within the run");
        invested += pool.equity;
        paid.extend(pool.paid.iter().map(|(month, amount)| (f64::from(month.since(pool.opened)) / 12.0, *amount)));
        senior_lost += pool.lost[0].0 as f64 / (entry.size.0 as f64 * entry.senior) / f64::from(REPLICATES);
        assert!(pool.owned.is_empty(), "everything is sold at the end");
        gates.extend(odds);
    }
    // The docking is about money, not about the clinic: what is bought passes as the tables say on which it is priced.
    let mut off = Vec::new();
    let modality = &spec.modality[0];
    for (stage, table) in [("preclinical", modality.success_preclinical), ("phase 1", modality.success_phase1)] {
        let odds: Vec<f64> = gates.iter().filter(|(reason, _)| reason.starts_with(stage)).map(|(_, p)| *p).collect();
        let found = odds.iter().sum::<f64>() / odds.len() as f64;
        println!("{stage}: {} gates pass with {found:.3}, the table says {table}", odds.len());
        off.push((found - table).abs());
    }
    // As if one had bought a share of every pool.
    let equity = yearly_return(invested, &paid);
    println!("equity earns {equity:.3} a year, {senior_lost:.4} of senior bonds are lost");
    assert!(off.iter().all(|off| *off < 0.03), "programmes do not pass as their table says: {off:?} off");
    assert!((0.08..=0.12).contains(&equity), "equity earns {equity} a year");
    assert!(senior_lost < 0.02, "{senior_lost} of senior bonds are lost");
}
