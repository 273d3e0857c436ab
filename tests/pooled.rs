//! Docking with pooled finance (V36): a pipeline and one megafund, and nothing else.

use std::path::Path;

use trihelix::scenario::Scenario;
use trihelix::simulate::Run;
use trihelix::world::pool::Pool;

const REPLICATES: u32 = 20;

fn pool_of(scenario: &Scenario, replicate: u32) -> Pool {
    let mut run = Run::new(scenario, 11, replicate);
    while run.month().is_some() {
        run.advance().unwrap_or_else(|breach| panic!("{breach}"));
    }
    run.state().world.pools.first().expect("the scenario has one").clone()
}

#[test]
fn senior_bonds_are_safe_and_equity_earns_more_than_junior_capital_costs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/megafund.toml");
    let scenario = Scenario::load(&path, &[], &[]).unwrap_or_else(|problems| panic!("{problems}")).0;
    let entry = scenario.spec_at(trihelix::units::Month(0)).fund.last().expect("a fund").clone();
    let (mut multiple, mut senior_lost, mut years) = (0.0, 0.0, 0.0);
    for replicate in 0..REPLICATES {
        let pool = pool_of(&scenario, replicate);
        let closed = pool.closed.expect("its life ends within the run");
        years = f64::from(closed.since(pool.opened)) / 12.0;
        multiple += pool.result[2].0 as f64 / pool.equity.0 as f64 / f64::from(REPLICATES);
        senior_lost += pool.result[0].0 as f64 / (entry.size.0 as f64 * entry.senior) / f64::from(REPLICATES);
        assert!(pool.owned.is_empty(), "everything is sold at the end");
    }
    let equity = trihelix::math::pow(multiple, 1.0 / years) - 1.0;
    // The literature has 8 to 12 %; with sites, patients and managers in the clinic it is higher here (the changelog says so).
    assert!((0.06..=0.30).contains(&equity), "equity earns {equity} a year");
    assert!(senior_lost < 0.02, "{senior_lost} of senior bonds are lost");
}
