//! The two programs of the reference model simulate the same chain: the yardstick of `benches/reference.rs` may be
//! quick, but not at another model.

#[path = "../benches/reference/mod.rs"]
mod reference;

use reference::definition::{ACCEPTED, Row};
use reference::{keyed, plain, skipping};

const TALENTS: u32 = 2_000;
const MONTHS: u32 = 240;
const SERIES: usize = 42;

fn series(row: &Row) -> [f64; SERIES] {
    let stocks = [row.talents, row.unemployed, row.startups, row.openings];
    let flows = [
        row.exits,
        row.entries,
        row.moves,
        row.released,
        row.founded,
        row.stage_ups,
        row.successes,
        row.closed,
        row.asked,
        row.funded,
    ];
    let mut values = stocks.into_iter().flatten().chain(flows).map(f64::from);
    std::array::from_fn(|_| values.next().unwrap_or(f64::NAN))
}

/// Of the last hundred months of a run: the mean of each series, and its standard deviation from month to month.
fn summary(mut month: impl FnMut() -> Row) -> Vec<f64> {
    let rows: Vec<[f64; SERIES]> = (0..MONTHS).map(|_| series(&month())).collect();
    let late = &rows[MONTHS as usize - 100..];
    let mean = |of: usize| late.iter().map(|row| row[of]).sum::<f64>() / late.len() as f64;
    let spread = |of: usize| {
        let mean = mean(of);
        let squares = late.iter().map(|row| (row[of] - mean) * (row[of] - mean)).sum::<f64>();
        (squares / late.len() as f64).sqrt()
    };
    (0..SERIES).map(mean).chain((0..SERIES).map(spread)).collect()
}

/// Mean and squared standard error of each number, over runs.
fn moments(runs: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let n = runs.len() as f64;
    let of = |nth: usize| {
        let mean = runs.iter().map(|run| run[nth]).sum::<f64>() / n;
        let squares = runs.iter().map(|run| (run[nth] - mean) * (run[nth] - mean)).sum::<f64>();
        (mean, squares / (n - 1.0) / n)
    };
    (0..2 * SERIES).map(of).collect()
}

/// Differences in standard errors; entries, which hardly vary, count as equal when their means are.
fn differences(ours: &[Vec<f64>], theirs: &[Vec<f64>]) -> Vec<f64> {
    let pair = moments(ours).into_iter().zip(moments(theirs));
    pair.map(|((a, error_a), (b, error_b))| (a - b) / (error_a + error_b + 1e-12).sqrt()).collect()
}

fn largest(z: &[f64]) -> f64 {
    z.iter().fold(0.0, |most, z| z.abs().max(most))
}

fn runs_of_skipping(number: u64, factor: f64) -> Vec<Vec<f64>> {
    let run = |seed| {
        let mut model = skipping::Model::new(TALENTS, MONTHS, seed);
        model.accepted = ACCEPTED.map(|share| keyed::threshold(share * factor));
        summary(move || {
            model.step();
            model.row
        })
    };
    (0..number).map(|number| run(1000 + number)).collect()
}

#[test]
fn the_yardstick_and_the_oracle_agree_in_distribution_and_a_small_error_would_show() {
    let oracle = |seed| {
        let mut model = plain::Model::new(TALENTS, seed);
        summary(move || {
            model.step();
            model.row
        })
    };
    let oracle: Vec<Vec<f64>> = (0..60).map(oracle).collect();
    let z = differences(&runs_of_skipping(240, 1.0), &oracle);
    let mean_square = z.iter().map(|z| z * z).sum::<f64>() / z.len() as f64;
    // The largest of 84 differences passes 3.9 once in a hundred tries.
    assert!(largest(&z) < 3.9, "{:?} standard errors", z.iter().position(|z| z.abs() >= 3.9).map(|of| (of, z[of])));
    assert!(mean_square < 1.6, "mean square of the differences: {mean_square}");
    let control = differences(&runs_of_skipping(240, 1.2), &oracle);
    assert!(largest(&control) > 6.0, "investors who accept a fifth more are seen at {} only", largest(&control));
}

#[test]
fn a_run_of_the_yardstick_is_a_function_of_its_seed() {
    let last = |seed| {
        let mut model = skipping::Model::new(TALENTS, 60, seed);
        (0..60).for_each(|_| model.step());
        model.row
    };
    assert_eq!(last(3), last(3));
    assert_ne!(last(3), last(4));
}
