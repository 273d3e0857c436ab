//! The signs of the table "Expected macro effect" of the model: turn a parameter up, and the world moves that way.
//!
//! Small worlds, a few replicates, the same chance on both sides: every difference is the parameter's doing.

use std::path::Path;

use trihelix::record::{Column, EventKind, FlowKind, METRICS};
use trihelix::scenario::Scenario;
use trihelix::simulate::{Outcome, simulate};

const REPLICATES: u32 = 12;

fn world(sets: &[&str]) -> Scenario {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/venture.toml");
    Scenario::load(&path, &[], &sets).unwrap_or_else(|problems| panic!("{problems}")).0
}

/// Mean over replicates of what `measure` reads off a run.
fn mean(sets: &[&str], measure: &dyn Fn(&Outcome) -> f64) -> f64 {
    let scenario = world(sets);
    let runs = (0..REPLICATES).map(|replicate| {
        measure(&simulate(&scenario, 7, replicate, &mut |_| {}).unwrap_or_else(|breach| panic!("{breach}")))
    });
    runs.sum::<f64>() / f64::from(REPLICATES)
}

/// Sum of a metric over all months in the row of all clusters (a stock: months lived).
fn total(run: &Outcome, name: &str) -> f64 {
    let metric = METRICS.iter().position(|metric| metric.name == name).expect("a metric");
    let rows = run.records.clusters + 1;
    match &run.records.columns[metric] {
        Column::Integer(values) => values.iter().skip(rows - 1).step_by(rows).map(|value| *value as f64).sum(),
        Column::Float(values) => values.iter().skip(rows - 1).step_by(rows).sum(),
    }
}

fn events(run: &Outcome, kind: EventKind) -> f64 {
    run.events.iter().filter(|event| event.kind == kind).count() as f64
}

/// Share of a kind of event among two.
fn share(run: &Outcome, of: EventKind, and: EventKind) -> f64 {
    events(run, of) / (events(run, of) + events(run, and)).max(1.0)
}

/// Checks that the measure rises when the first settings become the second.
fn rises(what: &str, from: &[&str], to: &[&str], measure: impl Fn(&Outcome) -> f64) {
    let (low, high) = (mean(from, &measure), mean(to, &measure));
    assert!(high > low, "{what}: {low} -> {high}");
}

#[test]
fn m5_more_founders_and_more_contagion_found_more_companies() {
    let founded = |run: &Outcome| total(run, "startups_founded");
    rises("founder supply", &["country.jp.founder_supply=0.005"], &["country.jp.founder_supply=0.02"], founded);
    rises("role models", &["rule.found.score.role_models=0"], &["rule.found.score.role_models=1.5"], founded);
}

#[test]
fn m8_distance_keeps_capital_at_home() {
    let at_home = |run: &Outcome| {
        let capital = |home: bool| -> f64 {
            let entries = run.flows.entries.iter();
            let of = entries.filter(|(_, kind, from, to, _)| *kind == FlowKind::Capital && (from == to || !home));
            of.map(|(_, _, _, _, amount)| *amount as f64).sum()
        };
        capital(true) / capital(false).max(1.0)
    };
    let name = "rule.distance.score.log_travel_hours";
    rises("distance exponent", &[&format!("{name}=0")], &[&format!("{name}=-1.5")], at_home);
}

#[test]
fn m8_less_noise_funds_better_programmes() {
    // The odds with which startups' programmes come to the first gate in the clinic.
    let odds = |run: &Outcome| {
        let gates = run
            .events
            .iter()
            .filter(|event| event.cause.reason.starts_with("phase 1;") && !event.actor.starts_with("boston-pharma"));
        let odds: Vec<f64> = gates.map(|event| event.cause.value).collect();
        odds.iter().sum::<f64>() / odds.len().max(1) as f64
    };
    // Products that are worth it, so that belief decides and not the price.
    let rich = "modality.small-molecule.launch_value=4000 MUSD";
    let noisy = [rich, "finance.signal_screen=0.9", "finance.signal_diligence=0.9"];
    let clear = [rich, "finance.signal_screen=0.05", "finance.signal_diligence=0.05"];
    rises("clear signals", &noisy, &clear, odds);
}

#[test]
fn m9_a_higher_hurdle_closes_fewer_rounds() {
    rises("hurdle", &["finance.hurdle=4"], &["finance.hurdle=0.5"], |run| total(run, "rounds_closed"));
}

#[test]
fn m10_able_investors_and_syndicates_help() {
    let passed = |run: &Outcome| share(run, EventKind::StagePassed, EventKind::StageFailed);
    rises("value added", &["finance.value_add=0"], &["finance.value_add=1", "finance.value_add_mean=0"], passed);
    // A lead alone can often pay what is needed; together they pay more of what the company is worth.
    rises("syndicates", &["mechanisms.M10=false"], &["mechanisms.M10=true"], |run| total(run, "venture_raised_jpy"));
    // What is kept for companies held is not there for new ones.
    rises("reserves", &["finance.reserve=2"], &["finance.reserve=0"], |run| total(run, "venture_raised_jpy"));
}

#[test]
fn m11_cuts_and_bridges_keep_startups_alive() {
    rises("runway rules", &["mechanisms.M11=false"], &["mechanisms.M11=true"], |run| total(run, "startups_alive"));
}

#[test]
fn m12_matching_money_keeps_programmes_going_and_dominant_public_equity_hinders_exits() {
    let programmes = |run: &Outcome| total(run, "programmes_active");
    rises("match share", &["call.amed.share=0.3"], &["call.amed.share=0.9"], programmes);
    let exits = |run: &Outcome| total(run, "exits_ipo") + total(run, "exits_acquired");
    let dominant = "fund.kobe-funds.public_share=1";
    rises("public balance", &[dominant, "exits.public_balance=0.1"], &[dominant, "exits.public_balance=1"], exits);
}

#[test]
fn m18_thresholds_close_the_exchange_and_appetite_opens_the_market_for_companies() {
    let least = |value: &str| ["jp", "us"].map(|country| format!("country.{country}.ipo_least={value} MJPY"));
    let [high_jp, high_us] = least("150000");
    let [low_jp, low_us] = least("0");
    rises("listing threshold", &[&high_jp, &high_us], &[&low_jp, &low_us], |run| total(run, "exits_ipo"));
    rises("appetite", &["exits.pipeline=0"], &["exits.pipeline=0.2"], |run| total(run, "exits_acquired"));
}
