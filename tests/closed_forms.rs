//! Parts of the model against what can be computed by hand or was published.

use std::path::Path;

use trihelix::record::{Column, EventKind, METRICS, Records};
use trihelix::rng::{Key, Purpose, Streams, sample};
use trihelix::scenario::Scenario;
use trihelix::scenario::spec::{Modality, Spec};
use trihelix::simulate::{Outcome, Run, simulate};
use trihelix::units::Month;
use trihelix::world::organisation::StartupStatus;
use trihelix::world::regulator::{Waiting, admitted};
use trihelix::world::supply;

fn load(file: &str, sets: &[&str]) -> Scenario {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    Scenario::load(&path, &[], &sets).unwrap_or_else(|problems| panic!("{problems}")).0
}

/// A metric over all clusters, month by month.
fn series(records: &Records, name: &str) -> Vec<f64> {
    let column = METRICS.iter().position(|metric| metric.name == name).expect("a metric");
    let Column::Integer(values) = &records.columns[column] else { panic!("{name} is no count") };
    let all = records.clusters;
    (0..usize::from(records.months)).map(|month| values[month * (all + 1) + all] as f64).collect()
}

fn paul() -> Outcome {
    simulate(&load("studies/paul-2010.toml", &[]), 1, 0, &mut |_| {}).unwrap_or_else(|breach| panic!("{breach}"))
}

/// Paul et al. (2010): 873 million dollars out of pocket for each launch, 1,778 million capitalised at 11 % a year.
#[test]
fn a_launch_costs_what_paul_and_others_published() {
    let outcome = paul();
    let (cost, launches) =
        (series(&outcome.records, "development_cost_jpy"), series(&outcome.records, "approvals_full"));
    let active = series(&outcome.records, "programmes_active");
    assert_eq!(active.last(), Some(&0.0), "every programme has come to its end");
    // A dollar is 100 yen in this scenario.
    let million = |yen: f64| yen / 100.0 / 1e6;
    let spent = million(cost.iter().sum::<f64>()) / launches.iter().sum::<f64>();
    let present = |series: &[f64]| -> f64 {
        series.iter().enumerate().map(|(month, value)| value * trihelix::math::pow(1.11, -(month as f64) / 12.0)).sum()
    };
    // The value of all spending over the value of all launches, both at the first month, is what a launch costs at launch.
    let capitalised = million(present(&cost)) / present(&launches);
    println!("{} launches, {spent:.0} out of pocket, {capitalised:.0} capitalised", launches.iter().sum::<f64>());
    assert!((spent / 873.0 - 1.0).abs() < 0.02, "{spent} million dollars out of pocket");
    assert!((capitalised / 1778.0 - 1.0).abs() < 0.02, "{capitalised} million dollars capitalised");
}

/// Every stage passes as often as its table says, within four standard errors.
#[test]
fn stages_pass_as_their_tables_say() {
    let outcome = paul();
    let table = [
        ("preclinical work; probability of passing", 0.69),
        ("phase 1; probability of passing", 0.54),
        ("phase 2; probability of passing", 0.34),
        ("phase 3; probability of passing", 0.70),
        ("review; probability of passing", 0.91),
    ];
    let mut from_phase1 = 1.0;
    for (reason, p) in table {
        let gate = |kind| matches!(kind, EventKind::StagePassed | EventKind::StageFailed);
        let asked = outcome.events.iter().filter(|event| event.cause.reason == reason && gate(event.kind));
        let gates: Vec<EventKind> = asked.map(|event| event.kind).collect();
        let passed = gates.iter().filter(|kind| **kind == EventKind::StagePassed).count() as f64;
        let number = gates.len() as f64;
        let error = (p * (1.0 - p) / number).sqrt();
        assert!((passed / number - p).abs() < 4.0 * error, "{reason}: {} of {number}, table {p}", passed / number);
        from_phase1 *= if reason.starts_with("preclinical") { 1.0 } else { passed / number };
    }
    assert!((from_phase1 / 0.117 - 1.0).abs() < 0.05, "{from_phase1} from phase 1 to approval");
}

/// The shipped stage rows multiply to the published likelihood of approval from phase 1, by modality.
#[test]
fn shipped_stages_multiply_to_the_published_likelihood_by_modality() {
    let scenario = load("kansai-2024.toml", &["time.months=1"]);
    let spec: &Spec = &scenario.epochs[0].spec;
    let whole = |row: &Modality| row.success_phase1 * row.success_phase2 * row.success_phase3 * row.success_review;
    for (id, published) in [
        ("small_molecule", 0.068),
        ("biologic", 0.091),
        ("cell_gene", 0.079),
        ("vaccine", 0.167),
        ("device_diagnostic", 0.27 / 0.6),
    ] {
        let row = spec.modality.iter().find(|row| row.id == id).expect("a modality");
        assert!((whole(row) / published - 1.0).abs() < 0.01, "{id}: {} is not {published}", whole(row));
    }
}

/// Probability of having to wait for one of `servers` desks with an offered load (Erlang's C).
fn erlang_c(servers: u32, load: f64) -> f64 {
    let mut blocked = 1.0;
    for server in 1..=servers {
        blocked = load * blocked / (f64::from(server) + load * blocked);
    }
    let busy = load / f64::from(servers);
    blocked / (1.0 - busy * (1.0 - blocked))
}

/// Random arrivals, random service and several reviewers: the mean wait in the regulator's queue is that of M/M/c,
/// whatever the mix of classes.
#[test]
fn the_queue_of_the_regulator_waits_as_erlang_says() {
    const SERVERS: u32 = 5;
    // In ticks: so fine that it does not matter that things happen on them.
    let (arrivals, service) = (0.008, 500.0);
    let load = arrivals * service;
    let expected = erlang_c(SERVERS, load) * service / (f64::from(SERVERS) - load);
    let (mut waited, mut number) = ([0.0, 0.0], [0.0, 0.0]);
    for replicate in 0..40 {
        let streams = Streams::new(7, replicate);
        let mut rng = streams.stream(Purpose::Consultation, Key::named("test", "queue"));
        let mut queue: Vec<Waiting<u32>> = Vec::new();
        let mut ends: Vec<f64> = Vec::new();
        let mut next = 0;
        for tick in 0..60_000u16 {
            ends.retain(|end| *end > f64::from(tick));
            for _ in 0..sample::poisson(&mut rng, arrivals) {
                let class = u8::from(sample::chance(&mut rng, 0.7));
                let key = Key::named("programme", &next.to_string());
                queue.push(Waiting { class, since: Month(tick), key, who: next, weight: 1 });
                next += 1;
            }
            for who in admitted(&mut queue, SERVERS - ends.len() as u32) {
                let place = queue.iter().position(|waiting| waiting.who == who).expect("it was in the queue");
                let one = queue.remove(place);
                if tick > 10_000 {
                    waited[usize::from(one.class)] += f64::from(tick - one.since.0);
                    number[usize::from(one.class)] += 1.0;
                }
                ends.push(f64::from(tick) - service * trihelix::math::ln(1.0 - sample::unit(&mut rng)));
            }
        }
    }
    let mean = (waited[0] + waited[1]) / (number[0] + number[1]);
    println!("{} served: {mean:.0} ticks waited, {expected:.0} expected", number[0] + number[1]);
    assert!((mean / expected - 1.0).abs() < 0.1, "{mean} ticks waited, {expected} expected");
    assert!(waited[0] / number[0] < 0.5 * waited[1] / number[1], "priority waits less: {waited:?} over {number:?}");
}

/// Three levers of the cost of cells: each alone, and all together as the product of the three.
#[test]
fn a_line_of_cells_costs_what_its_levers_say() {
    let scenario = load("kansai-2024.toml", &["time.months=1", "supplier.my-ips.floor=0"]);
    let by_hand = scenario.epochs[0].spec.supplier.first().expect("my iPS").clone();
    let cost = |change: &dyn Fn(&mut trihelix::scenario::spec::Supplier), made: f64| {
        let mut supplier = by_hand.clone();
        change(&mut supplier);
        supply::relative_cost(&supplier, made)
    };
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    near(cost(&|_| {}, 5_000.0), 1.0);
    // Five doublings of the 20 lines at 20 %.
    let learning = cost(&|supplier| supplier.learning_rate = 0.2, 640.0);
    near(learning, trihelix::math::pow(0.8, 5.0));
    let automation = cost(&|supplier| supplier.automation = 1.0, 20.0);
    near(automation, 0.5);
    let batch = cost(&|supplier| supplier.batch = 20.0, 20.0);
    near(batch, 0.1 + 0.9 / 20.0);
    let all = |supplier: &mut trihelix::scenario::spec::Supplier| {
        (supplier.learning_rate, supplier.automation, supplier.batch) = (0.2, 1.0, 20.0);
    };
    near(cost(&all, 640.0), learning * automation * batch);
    // Learning alone would need seventeen doublings for a fortieth of the cost.
    assert!(cost(&|supplier| supplier.learning_rate = 0.2, 20.0 * 65_536.0) > 1.0 / 40.0);
}

/// Without new money, a startup that spends b a month out of C closes after C / b months, rounded up.
#[test]
fn survival_with_a_constant_burn_is_cash_over_burn() {
    let closed = ["mechanisms.M11=false", "finance.raise_runway=3", "time.months=40", "exits.licence=\"0 %/month\""];
    let scenario = load("kobe.toml", &closed);
    let mut run = Run::new(&scenario, 1, 0);
    // Cash and burn of every startup at the end of each month, for as long as it operates.
    let mut lives: Vec<Vec<(i64, i64)>> = Vec::new();
    let mut failed = 0;
    while run.month().is_some() {
        run.advance().expect("the books close");
        let world = &run.state().world;
        lives.resize(world.startups.len(), Vec::new());
        for id in &world.operating {
            let startup = &world.startups[id.ix()];
            lives[id.ix()].push((world.ledger.cash(startup.org).0, startup.burn.0));
        }
    }
    let world = &run.state().world;
    for (startup, life) in world.startups.iter().zip(&lives) {
        let spends = |at: &usize| {
            life[*at].1 > 0 && life[at - 1].0 - life[*at].0 == life[*at].1 && life[at - 1].1 == life[*at].1
        };
        let steady = (1..life.len()).rev().take_while(spends).count();
        if startup.status != StartupStatus::Failed || steady < 3 {
            continue;
        }
        let (cash, burn) = life[life.len() - steady];
        let months = cash.unsigned_abs().div_ceil(burn.unsigned_abs()) as usize;
        // A last month in which the burn rose, or a programme ended first, is another story.
        if life[life.len() - 1].0 <= burn {
            assert_eq!(months, steady, "{cash} at {burn} a month");
            failed += 1;
        }
    }
    assert!(failed >= 5, "{failed} startups ran dry at a constant burn");
}
