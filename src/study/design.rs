//! `[design]`: the points at which the varied dimensions are taken.

use crate::scenario::{Judge, Prepared, near_names};

use super::correlate::{Correlation, correlate};
use super::fields::Fields;
use super::points::Method;
use super::vary::Vary;

/// Points of a full grid at most.
const GRID_MOST: usize = 1_000_000;

const METHODS: [&str; 5] = ["list", "grid", "latin-hypercube", "sobol", "halton"];

/// The varied dimensions and the points.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// The dimensions.
    pub varies: Vec<Vary>,
    /// How the points were chosen: a word of the study file, or `none`.
    pub method: &'static str,
    /// For each point the value of each dimension, as TOML; one point without values if nothing varies.
    pub points: Vec<Vec<String>>,
}

impl Design {
    /// For each point its overrides, path and value.
    #[must_use]
    pub fn overrides(&self) -> Vec<Vec<(String, String)>> {
        let paths = || self.varies.iter().map(|vary| vary.path.clone());
        self.points.iter().map(|point| paths().zip(point.iter().cloned()).collect()).collect()
    }
}

/// Reads `[design]` and makes the points; what the scenario declares uncertain is added to `varies` if it asks for that.
pub(super) fn read(
    fields: Option<Fields<'_>>,
    varies: &mut Vec<Vary>,
    correlations: &[Correlation],
    scenario: &Prepared,
    seed: u64,
    judge: &mut Judge,
) -> Option<Design> {
    let Some(mut fields) = fields else { return by_rows(varies, "list", judge, 0..0) };
    let method = fields.text("method", judge);
    let points = fields.whole("points", [1, 10_000_000], judge);
    let uncertain = fields.flag("uncertain", judge);
    let design_seed = fields.whole("seed", [0, i64::MAX as u64], judge);
    let place = fields.place.clone();
    fields.finish(judge);
    if uncertain {
        add_declared(varies, scenario, &place, judge);
    }
    for (number, vary) in varies.iter().enumerate() {
        if varies[..number].iter().any(|other| other.path == vary.path) {
            let fix = "keep one of the two";
            judge.error(vary.span.clone(), format!("`{}` is varied twice", vary.path), "", fix);
            return None;
        }
    }
    let listed = method.as_ref().filter(|(word, _)| matches!(word.as_str(), "list" | "grid"));
    if let (false, Some((_, span))) = (correlations.is_empty(), listed) {
        judge.error(
            span.clone(),
            "listed points cannot be correlated",
            "",
            "choose `sobol`, or take `[[correlate]]` away",
        );
        return None;
    }
    let (word, span) = method.unwrap_or_else(|| ("list".to_owned(), place.clone()));
    let method = match word.as_str() {
        "list" => return by_rows(varies, "list", judge, span),
        "grid" => return by_rows(varies, "grid", judge, span),
        "latin-hypercube" => Method::LatinHypercube,
        "sobol" => Method::Sobol,
        "halton" => Method::Halton,
        _ => {
            judge.error(span, format!("unknown method \"{word}\""), "", near_names(&word, &METHODS));
            return None;
        }
    };
    let Some(n) = points else {
        judge.error(place, "the design does not say how many points", "", "add `points = 64`");
        return None;
    };
    if varies.is_empty() {
        let fix = "add `[[vary]]` tables, or `uncertain = true` for what the scenario declares uncertain";
        judge.error(place, "the design varies nothing", "", fix);
        return None;
    }
    if varies.len() > method.dimensions_most() {
        let message = format!("the design has {} dimensions", varies.len());
        let most = format!("at most {}", method.dimensions_most());
        judge.error(place, message, &most, "vary less, or choose `latin-hypercube`");
        return None;
    }
    let mut columns: Vec<Vec<f64>> = varies
        .iter()
        .enumerate()
        .map(|(dimension, vary)| method.column(n as u32, dimension, &vary.path, design_seed.unwrap_or(seed)))
        .collect();
    correlate(&mut columns, varies, correlations, judge)?;
    let points = (0..n as usize).map(|i| varies.iter().zip(&columns).map(|(vary, us)| vary.at(us[i])).collect());
    let name = METHODS.into_iter().find(|name| *name == word).unwrap_or("list");
    Some(Design { points: points.collect(), varies: std::mem::take(varies), method: name })
}

fn add_declared(varies: &mut Vec<Vary>, scenario: &Prepared, place: &std::ops::Range<usize>, judge: &mut Judge) {
    let declared = scenario.uncertain();
    if declared.is_empty() {
        let fix = "write `uncertain = { dist = ... }` beside values of the scenario, or vary parameters here";
        judge.error(place.clone(), "the first scenario declares nothing uncertain", "", fix);
    }
    for one in declared.iter().filter(|one| varies.iter().all(|vary| vary.path != one.path)).collect::<Vec<_>>() {
        match Vary::declared(one) {
            Ok(vary) => varies.push(vary),
            Err(message) => {
                let fix = "correct it where the scenario declares it";
                judge.error(place.clone(), format!("`{}`: {message}", one.path), "", fix);
            }
        }
    }
}

/// Points from listed values: all combinations (`grid`, the last dimension fastest), or row by row (`list`).
fn by_rows(
    varies: &mut Vec<Vary>,
    method: &'static str,
    judge: &mut Judge,
    span: std::ops::Range<usize>,
) -> Option<Design> {
    let varies = std::mem::take(varies);
    if varies.is_empty() {
        return Some(Design { varies, method: "none", points: vec![Vec::new()] });
    }
    let mut columns = Vec::new();
    for vary in &varies {
        let Some(values) = vary.grid() else {
            let fix = "add `levels = 5`, or list `values`, or choose another `method` under `[design]`";
            judge.error(vary.span.clone(), format!("`{}` has no values for a {method}", vary.path), "", fix);
            return None;
        };
        columns.push(values);
    }
    let count = match method {
        "grid" => columns.iter().try_fold(1_usize, |n, values| n.checked_mul(values.len()).filter(|n| *n <= GRID_MOST)),
        _ => Some(columns[0].len()).filter(|n| columns.iter().all(|values| values.len() == *n)),
    };
    let Some(count) = count else {
        let (message, fix) = if method == "grid" {
            (format!("the grid has more than {GRID_MOST} points"), "take fewer levels, or `method = \"sobol\"`")
        } else {
            let fix = "give all the same number, or write `method = \"grid\"` under `[design]` for all combinations";
            ("the dimensions list different numbers of values".to_owned(), fix)
        };
        judge.error(if span.is_empty() { varies[0].span.clone() } else { span }, message, "", fix);
        return None;
    };
    let point = |index: usize| {
        let mut rest = index;
        let mut values: Vec<String> = Vec::with_capacity(columns.len());
        for column in columns.iter().rev() {
            let at = if method == "grid" { rest % column.len() } else { index };
            rest /= column.len();
            values.push(column[at].clone());
        }
        values.reverse();
        values
    };
    Some(Design { points: (0..count).map(point).collect(), varies, method })
}
