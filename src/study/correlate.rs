//! `[[correlate]]`: rank correlations between dimensions of a design, by a normal copula.
//!
//! Each point is transformed on its own, so a nested design stays nested. The margins keep their distributions; the layers
//! of a Latin hypercube are exact only in dimensions that nothing is correlated with and in the first of those that are.

use std::ops::Range;

use crate::math::{normal_cdf, normal_quantile, sin, sqrt};
use crate::scenario::{Judge, near_names};

use super::fields::Fields;
use super::vary::Vary;

/// One rank correlation, with its place in the study file.
pub(super) struct Correlation {
    a: String,
    b: String,
    rank: f64,
    span: Range<usize>,
}

impl Correlation {
    pub fn read(mut fields: Fields<'_>, judge: &mut Judge) -> Option<Self> {
        let a = fields.needed_text("a", judge);
        let b = fields.needed_text("b", judge);
        let rank = fields.number("rank", judge);
        let span = fields.place.clone();
        fields.finish(judge);
        let Some(rank) = rank.filter(|rank| rank.abs() < 1.0) else {
            let fix = "write `rank = 0.6`";
            judge.error(span, "this `[[correlate]]` has no `rank`", "a number between -1 and 1", fix);
            return None;
        };
        Some(Self { a: a?.0, b: b?.0, rank, span })
    }
}

/// Makes independent columns of coordinates correlated.
pub(super) fn correlate(
    columns: &mut [Vec<f64>],
    varies: &[Vary],
    correlations: &[Correlation],
    judge: &mut Judge,
) -> Option<()> {
    let Some(last) = correlations.last() else { return Some(()) };
    let paths: Vec<&str> = varies.iter().map(|vary| vary.path.as_str()).collect();
    let mut matrix: Vec<Vec<f64>> =
        (0..paths.len()).map(|i| (0..paths.len()).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for one in correlations {
        let mut at = [0; 2];
        for (index, path) in [&one.a, &one.b].into_iter().enumerate() {
            let Some(dimension) = paths.iter().position(|other| other == path) else {
                judge.error(one.span.clone(), format!("`{path}` is not varied"), "", near_names(path, &paths));
                return None;
            };
            at[index] = dimension;
        }
        if at[0] == at[1] {
            judge.error(one.span.clone(), format!("`{}` is correlated with itself", one.a), "", "name two paths");
            return None;
        }
        // The normal copula with this correlation has the wanted rank correlation (Pearson 1907).
        let pearson = 2.0 * sin(std::f64::consts::PI * one.rank / 6.0);
        matrix[at[0]][at[1]] = pearson;
        matrix[at[1]][at[0]] = pearson;
    }
    let Some(factor) = cholesky(&matrix) else {
        let fix = "weaken one of them: if a goes with b and b with c, a cannot go against c";
        judge.error(last.span.clone(), "these correlations contradict one another", "", fix);
        return None;
    };
    let points = columns.first().map_or(0, Vec::len);
    for point in 0..points {
        let normal: Vec<f64> = columns.iter().map(|column| normal_quantile(column[point])).collect();
        for (dimension, row) in factor.iter().enumerate() {
            // Untouched dimensions keep their bits.
            if row[..dimension].iter().any(|weight| *weight != 0.0) {
                let mixed = row[..=dimension].iter().zip(&normal).fold(0.0, |sum, (weight, z)| sum + weight * z);
                columns[dimension][point] = normal_cdf(mixed).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0);
            }
        }
    }
    Some(())
}

/// The lower triangular factor; `None` if the matrix is not positive definite.
fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let mut factor = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let known = (0..j).fold(0.0, |sum, k| sum + factor[i][k] * factor[j][k]);
            let rest: f64 = matrix[i][j] - known;
            if i == j && rest <= 1e-12 {
                return None;
            }
            factor[i][j] = if i == j { sqrt(rest) } else { rest / factor[j][j] };
        }
    }
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_gives_the_matrix_back() {
        let matrix = vec![vec![1.0, 0.5, 0.2], vec![0.5, 1.0, -0.3], vec![0.2, -0.3, 1.0]];
        let factor = cholesky(&matrix).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                let product: f64 = (0..3).map(|k| factor[i][k] * factor[j][k]).sum();
                assert!((product - matrix[i][j]).abs() < 1e-12);
            }
        }
        assert!(cholesky(&[vec![1.0, 1.0], vec![1.0, 1.0]]).is_none());
    }
}
