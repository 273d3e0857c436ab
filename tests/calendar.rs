//! Event clocks against the plain monthly loop: the same law of events, at a fraction of the draws.
//!
//! Both simulate the same people over ten years, the loop with a draw for everybody in every month, the clock with
//! [`Clock`] and [`Calendar`]. Seeds are fixed; differences are stated in standard errors and must stay below 4.

use trihelix::rng::{Key, Purpose, Rng, Streams, sample};
use trihelix::units::{Month, MonthlyProbability};
use trihelix::world::calendar::{Calendar, Clock};

const PEOPLE: u32 = 40_000;
const MONTHS: u16 = 120;
const KINDS: usize = 3;

/// Hazards per month of the competing events, given the month and how many events the person has had.
type Hazards = fn(month: u16, events: u16) -> [f64; KINDS];

/// What is compared: per person the number of events and the month of the first (the horizon if none).
struct Outcome {
    counts: Vec<f64>,
    firsts: Vec<f64>,
    kinds: [u64; KINDS],
    draws: u64,
}

impl Outcome {
    fn new() -> Self {
        let people = PEOPLE as usize;
        Self { counts: vec![0.0; people], firsts: vec![f64::from(MONTHS); people], kinds: [0; KINDS], draws: 0 }
    }

    fn note(&mut self, person: u32, month: u16, kind: usize) {
        let person = person as usize;
        if self.counts[person] == 0.0 {
            self.firsts[person] = f64::from(month);
        }
        self.counts[person] += 1.0;
        self.kinds[kind] += 1;
    }
}

/// The kind of event a mark stands for; `None` above the total.
fn kind_of(mark: f64, hazards: [f64; KINDS]) -> Option<usize> {
    let mut cumulated = 0.0;
    hazards.iter().position(|hazard| {
        cumulated += hazard;
        mark < cumulated
    })
}

fn monthly_loop(hazards: Hazards) -> Outcome {
    let mut outcome = Outcome::new();
    let rng = &mut Streams::new(99, 0).stream(Purpose::Population, Key(0));
    for month in 1..MONTHS {
        for person in 0..PEOPLE {
            outcome.draws += 1;
            let events = outcome.counts[person as usize] as u16;
            if let Some(kind) = kind_of(sample::unit(rng), hazards(month, events)) {
                outcome.note(person, month, kind);
            }
        }
    }
    outcome
}

fn event_clocks(bound: f64, hazards: Hazards) -> Outcome {
    let mut outcome = Outcome::new();
    let streams = Streams::new(100, 0);
    let clock = Clock::new(MonthlyProbability::new(bound).unwrap());
    let mut calendar = Calendar::new(MONTHS);
    let root = Key::named("school", "osaka");
    let mut occasions = vec![0; PEOPLE as usize];
    for person in 0..PEOPLE {
        let rng = &mut streams.at(Purpose::Clock, root.child(1, u64::from(person)), 0);
        calendar.schedule(person, clock.next(Month(0), rng));
        outcome.draws += 1;
    }
    for month in 1..MONTHS {
        let candidates = calendar.take(Month(month));
        for &person in &candidates {
            let occasion = &mut occasions[person as usize];
            *occasion += 1;
            let rng = &mut streams.at(Purpose::Clock, root.child(1, u64::from(person)), *occasion);
            let hazards = hazards(month, outcome.counts[person as usize] as u16);
            let mark = clock.mark(rng);
            if clock.accepts(mark, hazards.iter().sum()).unwrap() {
                outcome.note(person, month, kind_of(mark, hazards).unwrap());
            }
            calendar.schedule(person, clock.next(Month(month), rng));
            outcome.draws += 2;
        }
        calendar.give_back(candidates);
    }
    outcome
}

/// Mean, variance, and the squared standard error of each.
fn moments(values: &[f64]) -> [(f64, f64); 2] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let central = |power: i32| {
        let powers = values.iter().map(|value| (0..power).fold(1.0, |product, _| product * (value - mean)));
        powers.sum::<f64>() / n
    };
    let variance = central(2);
    [(mean, variance / n), (variance, (central(4) - variance * variance) / n)]
}

fn assert_close(what: &str, ours: (f64, f64), theirs: (f64, f64)) {
    let errors = (ours.0 - theirs.0) / (ours.1 + theirs.1).sqrt();
    assert!(errors.abs() < 4.0, "{what}: {} against {}, {errors} standard errors apart", ours.0, theirs.0);
}

fn compare(bound: f64, hazards: Hazards) -> (Outcome, Outcome) {
    let (plain, clock) = (monthly_loop(hazards), event_clocks(bound, hazards));
    for (what, ours, theirs) in [("count", &clock.counts, &plain.counts), ("first month", &clock.firsts, &plain.firsts)]
    {
        let (ours, theirs) = (moments(ours), moments(theirs));
        assert_close(&format!("mean {what}"), ours[0], theirs[0]);
        assert_close(&format!("variance of {what}"), ours[1], theirs[1]);
    }
    // Shares of the kinds, each a binomial proportion among the events.
    let totals = [&clock, &plain].map(|outcome| outcome.kinds.iter().sum::<u64>() as f64);
    for kind in 0..KINDS {
        let [ours, theirs] = [(&clock, totals[0]), (&plain, totals[1])].map(|(outcome, total)| {
            let share = outcome.kinds[kind] as f64 / total;
            (share, share * (1.0 - share) / total + 1e-30)
        });
        assert_close(&format!("share of kind {kind}"), ours, theirs);
    }
    (plain, clock)
}

#[test]
fn constant_hazard() {
    let (plain, clock) = compare(0.02, |_, _| [0.02, 0.0, 0.0]);
    // The closed form too: 119 months at 0.02.
    let [mean, variance] = moments(&clock.counts);
    assert_close("mean count", mean, (119.0 * 0.02, 0.0));
    assert_close("variance of count", variance, (119.0 * 0.02 * 0.98, 0.0));
    assert!(clock.draws * 10 < plain.draws, "{} draws against {}", clock.draws, plain.draws);
}

#[test]
fn constant_hazard_under_a_loose_bound() {
    compare(0.3, |_, _| [0.02, 0.0, 0.0]);
}

#[test]
fn bound_of_one_is_the_loop() {
    let (plain, clock) = compare(1.0, |_, _| [0.02, 0.01, 0.0]);
    assert_eq!(clock.draws, plain.draws * 2 + u64::from(PEOPLE));
}

#[test]
fn seasonal_hazard() {
    compare(0.08, |month, _| {
        // Japan's working year starts in April.
        let season = [0.005, 0.005, 0.02, 0.08, 0.02, 0.005, 0.005, 0.005, 0.02, 0.01, 0.005, 0.0];
        [season[usize::from(month % 12)], 0.0, 0.0]
    });
}

#[test]
fn declining_hazard() {
    compare(0.06, |month, _| [0.06 / (1.0 + f64::from(month) / 12.0), 0.0, 0.0]);
}

#[test]
fn hazard_that_depends_on_the_past() {
    compare(0.05, |_, events| [0.05 / (1.0 + f64::from(events)), 0.0, 0.0]);
}

#[test]
fn competing_hazards_that_change() {
    let (_, clock) = compare(0.05, |month, events| {
        let rising = 0.02 * f64::from(month) / f64::from(MONTHS);
        [0.01, rising, if events == 0 { 0.02 } else { 0.005 }]
    });
    assert!(clock.kinds.iter().all(|count| *count > 1000), "{:?}", clock.kinds);
}

#[test]
fn competing_hazards_in_proportion() {
    let (_, clock) = compare(0.04, |_, _| [0.02, 0.015, 0.005]);
    let total = clock.kinds.iter().sum::<u64>() as f64;
    for (count, share) in clock.kinds.iter().zip([0.5, 0.375, 0.125]) {
        let found = *count as f64 / total;
        assert_close("share", (found, share * (1.0 - share) / total), (share, 0.0));
    }
}

/// A tighter or looser hazard keeps the candidates and marks: only acceptances change.
#[test]
fn a_smaller_hazard_keeps_a_subset_of_the_events() {
    let events = |hazard: f64| {
        let streams = Streams::new(5, 0);
        let clock = Clock::new(MonthlyProbability::new(0.1).unwrap());
        let mut months = Vec::new();
        for person in 0..200 {
            let rng = &mut streams.at(Purpose::Clock, Key(person), 0);
            let mut month = clock.next(Month(0), rng);
            while month < Month(MONTHS) {
                let mark = clock.mark(rng);
                if clock.accepts(mark, hazard).unwrap() {
                    months.push((person, month));
                }
                month = clock.next(month, rng);
            }
            // The generator is used beyond a block here; it must still be at the same place in both.
            let _ = rng.next_u32();
        }
        months
    };
    let (few, many) = (events(0.02), events(0.03));
    assert!(few.len() > 300 && few.len() < many.len());
    assert!(few.iter().all(|event| many.contains(event)));
}
