//! Knowledge, ties and places: against closed forms, and with the signs of the table "Expected macro effect" of the
//! model. Coarse worlds, a few replicates, the same chance on both sides: every difference is the parameter's doing.

use std::path::Path;

use trihelix::math;
use trihelix::record::{EventKind, Journal};
use trihelix::rng::Streams;
use trihelix::rules::{self, Agenda, Context};
use trihelix::scenario::Scenario;
use trihelix::scenario::spec::{ClusterId, Spec};
use trihelix::simulate::{Outcome, simulate};
use trihelix::units::Month;
use trihelix::world::World;
use trihelix::world::organisation::{FIELDS, Org};
use trihelix::world::people::Occupation;
use trihelix::world::ties::Tie;

const REPLICATES: u32 = 3;
const SEED: u64 = 31;

/// The shipped world with one agent for ten everywhere.
fn coarse(months: u16, sets: &[&str]) -> Scenario {
    let clusters = ["osaka", "kobe", "boston"].map(|cluster| format!("cluster.{cluster}.grain=10"));
    let mut all = vec![format!("time.months={months}")];
    all.extend(clusters);
    all.extend(sets.iter().map(|set| (*set).to_owned()));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/kansai-2024.toml");
    Scenario::load(&path, &[], &all).unwrap_or_else(|problems| panic!("{problems}")).0
}

fn run(scenario: &Scenario, replicate: u32) -> Outcome {
    simulate(scenario, SEED, replicate, &mut |_| {}).unwrap_or_else(|breach| panic!("{breach}"))
}

/// The world after the last month.
fn world_at_the_end(scenario: &Scenario, replicate: u32) -> World {
    let streams = Streams::new(SEED, replicate);
    let mut world = World::new(scenario, &streams);
    let mut journal = Journal::new(scenario.spec_at(Month(0)).cluster.len());
    let mut agenda = Agenda::default();
    for number in 0..scenario.months {
        let month = Month(number);
        world.month = month;
        let date = scenario.start.plus(i32::from(number));
        let ctx = Context { scenario, spec: scenario.spec_at(month), streams: &streams, month, date };
        rules::step(&mut world, &ctx, &mut agenda, &mut journal).unwrap_or_else(|breach| panic!("{breach}"));
        journal.close(month);
        world.people.touched.clear();
        people_are_behind_what_is_known(&world);
    }
    world
}

/// Researchers by field add up to the researchers of each organisation, and are those who work there.
fn people_are_behind_what_is_known(world: &World) {
    let mut counted = vec![[0u32; FIELDS]; world.orgs.len()];
    for id in world.people.alive() {
        let person = &world.people[id];
        if let (Some(employer), Occupation::Researcher) = (person.employer(), person.occupation) {
            counted[employer.ix()][usize::from(person.field)] += u32::from(person.weight);
        }
    }
    for (org, counted) in world.orgs.iter().zip(&counted) {
        assert!(org.lore.experts == *counted, "month {}: experts of {}", world.month.0, org.name);
        assert!(org.expertise.iter().all(|level| (0.0..=10.0).contains(level)), "{}", org.name);
        let from_elsewhere: u32 = org.lore.roots.iter().map(|(_, heads)| heads).sum();
        assert!(from_elsewhere <= org.headcount(), "{}", org.name);
    }
}

/// Mean over replicates of what `measure` reads off the last month.
fn mean(months: u16, sets: &[&str], measure: &dyn Fn(&World, &Spec) -> f64) -> f64 {
    let scenario = coarse(months, sets);
    let of = |replicate| measure(&world_at_the_end(&scenario, replicate), scenario.spec_at(Month(0)));
    (0..REPLICATES).map(of).sum::<f64>() / f64::from(REPLICATES)
}

/// Checks that the measure rises when the first settings become the second.
fn rises(what: &str, months: u16, from: &[&str], to: &[&str], measure: impl Fn(&World, &Spec) -> f64) {
    let (low, high) = (mean(months, from, &measure), mean(months, to, &measure));
    println!("{what}: {low} -> {high}");
    assert!(high > low, "{what}: {low} -> {high}");
}

fn count(world: &World, suits: impl Fn(&Tie, &Org, &Org) -> bool) -> f64 {
    let ties = world.ties.active();
    ties.filter(|tie| suits(tie, &world.orgs[tie.a.ix()], &world.orgs[tie.b.ix()])).count() as f64
}

fn all_ties(world: &World) -> f64 {
    count(world, |_, _, _| true)
}

fn knowledge(world: &World) -> f64 {
    world.open_orgs().map(|org| f64::from(org.headcount()) * org.expertise.iter().sum::<f64>()).sum()
}

fn variety(world: &World) -> f64 {
    world.places.heterogeneity.iter().sum()
}

// --- Closed forms -------------------------------------------------------------------------------------------------

/// A tie ends each month with probability 1/24 and is then renewed once in four times, so what lasts is geometric
/// again, with a mean of 24 / (1 - 1/4) = 32 months. Estimated from all months lived, so that ties cut off by the end
/// of the run or a partner's closing do not shorten it.
#[test]
fn ties_last_geometrically() {
    let scenario = coarse(120, &["ties.renewal_success=1", "ties.search=0.4", "ties.base=20", "ties.history=0"]);
    let outcome = run(&scenario, 0);
    let ended = |event: &&trihelix::record::Event| event.kind == EventKind::TieEnded;
    let lengths: Vec<f64> = outcome.events.iter().filter(ended).map(|event| event.cause.value).collect();
    let world = world_at_the_end(&scenario, 0);
    let last = Month(scenario.months - 1);
    let lived: f64 = world.ties.all.iter().map(|tie| f64::from(tie.ended.unwrap_or(last).since(tie.since))).sum();
    let (ends, hazard) = (lengths.len() as f64, (1.0 / 24.0) * 0.75);
    let found = ends / lived;
    let error = found / ends.sqrt();
    println!("{ends} ended, hazard {found:.5} +- {error:.5}, expected {hazard:.5}");
    assert!(ends > 500.0, "too few ties to tell: {ends}");
    assert!((found - hazard).abs() < 4.0 * error, "{found} +- {error}, expected {hazard}");
    // Geometric and not only of that mean: among those that began early enough to be seen for four years, the share
    // still there after n months falls as (1 - h)^n.
    for months in [12u16, 24, 48] {
        let early: Vec<&Tie> = world.ties.all.iter().filter(|tie| last.since(tie.since) >= 48).collect();
        let over_by = |tie: &&&Tie| tie.ended.is_some_and(|ended| ended.since(tie.since) <= months);
        let closed = |tie: &&&Tie| [tie.a, tie.b].iter().any(|id| !world.orgs[id.ix()].is_open());
        let seen: Vec<&&Tie> = early.iter().filter(|tie| !closed(tie)).collect();
        let share = seen.iter().filter(|tie| over_by(tie)).count() as f64 / seen.len() as f64;
        let expected = 1.0 - math::pow(1.0 - hazard, f64::from(months));
        let error = (expected * (1.0 - expected) / seen.len() as f64).sqrt();
        println!("over within {months} months: {share:.3} +- {error:.3}, expected {expected:.3}");
        assert!((share - expected).abs() < 4.0 * error, "{months}: {share} +- {error}, expected {expected}");
    }
}

/// Coefficients of the rules of choice that are not about distance.
fn only_distance() -> Vec<String> {
    let features =
        ["prior_ties", "common_partners", "degree", "coverage_gain", "cognitive_fit", "same_roof", "former_city"];
    let kinds = ["academic_partner", "hospital_partner", "pharma_partner"];
    let mut sets: Vec<String> =
        features.iter().map(|feature| format!("rule.partner-choice.score.{feature}=0")).collect();
    sets.extend(kinds.iter().map(|feature| format!("rule.partner-kinds.score.{feature}=0")));
    sets.extend(["us", "uk", "jp"].map(|country| format!("country.{country}.friction=1")));
    for set in [
        "ties.share_past=0",
        "ties.share_partners_of_partners=0",
        "ties.share_roof=0",
        "ties.share_introduced=0",
        "ties.load=0",
        "ties.history=0",
        "mechanisms.M21=false",
        "ties.base=20",
        "ties.most=200",
        "ties.staff_per_tie=1",
        "ties.search=0.5",
    ] {
        sets.push(set.to_owned());
    }
    sets
}

/// With strangers as candidates, few of whom accept, ties between two clusters are in proportion to those who look
/// here, those who are found there, and (1 + h / 0.5) to the power of the coefficient: a Poisson regression on the
/// ties of the event log finds it again.
#[test]
fn the_distance_exponent_comes_back_from_the_event_log() {
    let coefficient = -0.9;
    let mut sets = only_distance();
    sets.push(format!("rule.partner-choice.score.log_travel_hours={coefficient}"));
    // All candidates are asked, and hardly any accept: then acceptance alone decides.
    sets.extend(["ties.candidates=6", "ties.refusals=6", "ties.threshold=3.5"].map(str::to_owned));
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let scenario = coarse(60, &sets);
    let spec = scenario.spec_at(Month(0));
    let clusters = spec.cluster.len();
    let world = world_at_the_end(&scenario, 0);
    let size = |row: usize| world.rings[row].len() as f64;
    let mut ties = vec![vec![0.0; clusters]; clusters];
    for event in run(&scenario, 0).events.iter().filter(|event| event.kind == EventKind::TieFormed) {
        if let (Some(from), Some(to)) = (event.cluster, event.partner_cluster) {
            ties[usize::from(from.0)][usize::from(to.0)] += 1.0;
        }
    }
    // Cells: ties, exposure, log hours. Newton's steps on the two coefficients of the Poisson likelihood.
    let mut cells = Vec::new();
    for (from, row) in ties.iter().enumerate() {
        for (to, number) in row.iter().enumerate() {
            let hours = world.access.log_hours(ClusterId(from as u16), ClusterId(to as u16));
            cells.push((*number, size(from) * size(to), hours));
        }
    }
    let total: f64 = cells.iter().map(|(number, _, _)| number).sum();
    let exposure: f64 = cells.iter().map(|(_, exposure, _)| exposure).sum();
    let (mut level, mut slope) = (math::ln(total / exposure), 0.0);
    let mut information = 0.0;
    for _ in 0..50 {
        let (mut gradient, mut curve) = ([0.0; 2], [0.0; 3]);
        for (number, exposure, hours) in &cells {
            let expected = exposure * math::exp(level + slope * hours);
            gradient = [gradient[0] + number - expected, gradient[1] + (number - expected) * hours];
            curve = [curve[0] + expected, curve[1] + expected * hours, curve[2] + expected * hours * hours];
        }
        let determinant = curve[0] * curve[2] - curve[1] * curve[1];
        level += (curve[2] * gradient[0] - curve[1] * gradient[1]) / determinant;
        slope += (curve[0] * gradient[1] - curve[1] * gradient[0]) / determinant;
        information = determinant / curve[0];
    }
    let error = 1.0 / information.sqrt();
    println!("{total} ties, exponent {slope:.3} +- {error:.3}");
    assert!(total > 500.0, "too few ties to tell: {total}");
    // Places on the ring are drawn once: the share of arcs that a cluster has is off its share of members by a few per cent.
    assert!((slope - coefficient).abs() < 3.0 * error + 0.1, "{slope} +- {error}, put in {coefficient}");
}

// --- Signs --------------------------------------------------------------------------------------------------------

#[test]
fn m1_faster_decay_leaves_less_knowledge_and_others_make_up_for_some() {
    let stock = |world: &World, _: &Spec| knowledge(world);
    rises("slower decay", 60, &["knowledge.decay=0.03"], &["knowledge.decay=0.003"], stock);
    // What learning from others adds, relative to what there is without it.
    let added = |decay: &str| {
        let with = mean(60, &[decay, "knowledge.transfer=0.05"], &stock);
        let without = mean(60, &[decay, "knowledge.transfer=0"], &stock);
        with / without - 1.0
    };
    let (slow, fast) = (added("knowledge.decay=0.003"), added("knowledge.decay=0.03"));
    println!("learning from others adds {slow} at slow decay, {fast} at fast decay");
    assert!(slow > 0.0 && fast > 0.0, "{slow} {fast}");
}

#[test]
fn m2_a_wider_fit_makes_more_ties() {
    rises("width of the fit", 48, &["ties.fit_width=0.12"], &["ties.fit_width=0.35"], |world, _| all_ties(world));
}

#[test]
fn m3_transfer_makes_knowledge_converge() {
    let alike = |world: &World, _: &Spec| -variety(world);
    rises("rate of transfer", 60, &["knowledge.transfer=0.003"], &["knowledge.transfer=0.05"], alike);
}

#[test]
fn m4_breakthroughs_and_recombination_raise_the_quality_of_findings() {
    let best = |world: &World, _: &Spec| {
        let assets: Vec<f64> = world.shelves.iter().flatten().map(|asset| asset.quality).collect();
        assets.iter().sum::<f64>() / assets.len().max(1) as f64
    };
    rises("long tail", 24, &["research.long_tail=0"], &["research.long_tail=0.2"], best);
    rises("expertise", 24, &["research.quality_expertise=0"], &["research.quality_expertise=2"], best);
    let number = |world: &World, _: &Spec| world.shelves.iter().map(Vec::len).sum::<usize>() as f64;
    rises("output", 24, &["research.expertise_effect=0"], &["research.expertise_effect=2"], number);
}

/// Ties between tenants of one roof.
fn roof_ties(world: &World, spec: &Spec) -> f64 {
    let open = |org: &Org| org.facility.filter(|roof| spec.facility[usize::from(roof.0)].open);
    count(world, |_, a, b| open(a).is_some() && open(a) == open(b))
}

#[test]
fn m6_a_roof_makes_ties_denser_and_tenants_alike() {
    let roof = "rule.partner-choice.score.same_roof";
    rises("one roof", 48, &[&format!("{roof}=0")], &[&format!("{roof}=1.79")], roof_ties);
    let alike = |world: &World, spec: &Spec| -tenants_distance(world, spec);
    rises("convergence", 60, &["ties.roof_convergence=0"], &["ties.roof_convergence=0.02"], alike);
}

/// Mean cognitive distance between tenants of the same open facility.
fn tenants_distance(world: &World, spec: &Spec) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    let tenants: Vec<&Org> = world.open_orgs().filter(|org| org.facility.is_some() && org.headcount() > 0).collect();
    for (row, a) in tenants.iter().enumerate() {
        for b in &tenants[row + 1..] {
            if a.facility == b.facility && a.facility.is_some_and(|roof| spec.facility[usize::from(roof.0)].open) {
                let dot: f64 = a.expertise.iter().zip(&b.expertise).map(|(x, y)| x * y).sum();
                let length = |org: &Org| org.expertise.iter().map(|x| x * x).sum::<f64>().sqrt();
                sum += 1.0 - dot / (length(a) * length(b));
                pairs += 1.0;
            }
        }
    }
    sum / f64::max(pairs, 1.0)
}

#[test]
fn m6_friction_makes_fewer_and_more_local_ties() {
    let friction = |value: f64| ["us", "uk", "jp"].map(|country| format!("country.{country}.friction={value}"));
    let (low, high) = (friction(0.6), friction(2.0));
    let (low, high) = (low.each_ref().map(String::as_str), high.each_ref().map(String::as_str));
    rises("less friction", 48, &high, &low, |world, _| all_ties(world));
    let held = |world: &World, _: &Spec| {
        let partners: Vec<usize> =
            world.open.iter().map(|id| world.ties.partners(*id).len()).filter(|held| *held > 0).collect();
        partners.iter().sum::<usize>() as f64 / partners.len().max(1) as f64
    };
    rises("less friction, larger circles", 48, &high, &low, held);
    let outside = |world: &World, _: &Spec| count(world, |_, a, b| a.cluster != b.cluster) / all_ties(world);
    rises("less friction, less local", 48, &high, &low, outside);
}

#[test]
fn m7_capacity_and_routes_make_distant_ties() {
    let between = |world: &World, spec: &Spec| {
        let row = |id: &str| ClusterId(spec.cluster.iter().position(|cluster| cluster.id == id).unwrap() as u16);
        let pair = [row("osaka"), row("tokyo")];
        world
            .ties
            .all
            .iter()
            .filter(|tie| {
                let (a, b) = (world.orgs[tie.a.ix()].cluster, world.orgs[tie.b.ix()].cluster);
                a != b && pair.contains(&a) && pair.contains(&b)
            })
            .count() as f64
    };
    // Strangers as candidates, so that there are enough ties across clusters to see it.
    let strangers = ["ties.search=0.5", "ties.share_past=0", "ties.share_partners_of_partners=0", "ties.share_roof=0"];
    let with = |set: &'static str| [&strangers[..], &["access.osaka-tokyo.capacity=10", set]].concat();
    let (none, strong) = (with("travel.capacity_elasticity=0"), with("travel.capacity_elasticity=0.6"));
    rises("capacity", 48, &none, &strong, between);
    let (without, route) = (with("access.osaka-tokyo.route=false"), with("access.osaka-tokyo.route=true"));
    rises("a new route", 48, &without, &route, between);
}

#[test]
fn m19_an_anchor_tenant_takes_up_findings() {
    let founded =
        |world: &World, _: &Spec| world.startups.iter().filter(|startup| startup.founder.is_some()).count() as f64;
    rises("anchor", 48, &["founding.anchor=0"], &["founding.anchor=1.2"], founded);
    // Without a company large enough, there is nobody to take anything up.
    let anchors = |world: &World, _: &Spec| world.places.anchors.iter().flatten().sum::<f64>();
    rises("large enough", 2, &["places.anchor_staff=5000"], &["places.anchor_staff=20"], anchors);
}

#[test]
fn m20_scarcity_builds_laboratories_after_years_and_crowding_costs() {
    let built = |world: &World, _: &Spec| world.places.built.iter().sum::<u32>() as f64;
    let scarce = "places.build_from=0.5";
    rises("building", 60, &["places.build_share=0"], &["places.build_share=0.3", scarce], built);
    let soon = mean(24, &["places.build_share=0.3", scarce], &built);
    assert_eq!(soon, 0.0, "nothing is ready before it is built");
    let spread = |world: &World, _: &Spec| world.places.crowding.iter().map(|factor| (factor - 1.0).abs()).sum::<f64>();
    rises("congestion", 36, &["places.congestion=0"], &["places.congestion=2"], spread);
}

#[test]
fn m21_gatekeepers_and_events_bring_ties_from_elsewhere() {
    let outside = |world: &World, _: &Spec| count(world, |_, a, b| a.cluster != b.cluster);
    // Enough suggestions, and enough strangers for intermediaries to have partners elsewhere to pass on.
    let search = ["ties.search=0.5", "ties.share_past=0.1", "ties.share_partners_of_partners=0.1"];
    let with = |set: &'static str| [&search[..], &["ties.share_roof=0", "ties.share_introduced=0.5", set]].concat();
    rises("gatekeepers", 60, &with("ties.gatekeeper=0"), &with("ties.gatekeeper=0.9"), outside);
    rises("meetings", 60, &["facility.clik.meetings=0"], &["facility.clik.meetings=60"], outside);
}
