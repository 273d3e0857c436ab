//! Cholesky factors of small dense matrices.
//!
//! Linear-algebra crates choose their kernels by the processor they find, so the last digits, and with them a sampled
//! posterior, would depend on the machine. These loops add in one order everywhere.

use crate::math::{ln, sqrt};

/// The lower factor of a symmetric positive definite matrix, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    n: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Of `n` rows of `n` numbers; `None` if the matrix is not positive definite.
    #[must_use]
    pub fn of(matrix: &[f64], n: usize) -> Option<Self> {
        let mut lower = vec![0.0; n * n];
        for row in 0..n {
            for column in 0..=row {
                let (a, b) = (&lower[row * n..row * n + column], &lower[column * n..column * n + column]);
                let left = matrix[row * n + column] - dot(a, b);
                lower[row * n + column] = if row == column {
                    if left.is_nan() || left <= 0.0 {
                        return None;
                    }
                    sqrt(left)
                } else {
                    left / lower[column * n + column]
                };
            }
        }
        Some(Self { n, lower })
    }

    /// Solves `L x = b` in place.
    pub fn solve_lower(&self, b: &mut [f64]) {
        for row in 0..self.n {
            let known = dot(&self.lower[row * self.n..row * self.n + row], &b[..row]);
            b[row] = (b[row] - known) / self.lower[row * self.n + row];
        }
    }

    /// Solves `L L' x = b` in place.
    pub fn solve(&self, b: &mut [f64]) {
        self.solve_lower(b);
        for row in (0..self.n).rev() {
            b[row] /= self.lower[row * self.n + row];
            let value = b[row];
            for (column, entry) in b[..row].iter_mut().enumerate() {
                *entry -= self.lower[row * self.n + column] * value;
            }
        }
    }

    /// The lower factor times a vector.
    #[must_use]
    pub fn times(&self, b: &[f64]) -> Vec<f64> {
        (0..self.n).map(|row| dot(&self.lower[row * self.n..=row * self.n + row], &b[..=row])).collect()
    }

    /// Logarithm of the determinant of the matrix.
    #[must_use]
    pub fn ln_determinant(&self) -> f64 {
        (0..self.n).map(|row| 2.0 * ln(self.lower[row * self.n + row])).sum()
    }
}

/// Sum of products, in order.
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_solves_and_tells_its_determinant() {
        let matrix = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let factor = Cholesky::of(&matrix, 3).unwrap();
        let mut x = [1.0, -2.0, 0.5];
        factor.solve(&mut x);
        for row in 0..3 {
            assert!((dot(&matrix[row * 3..row * 3 + 3], &x) - [1.0, -2.0, 0.5][row]).abs() < 1e-12);
        }
        // 4 (15 - 1) - 2 (6 - 0.6) + 0.6 (2 - 3)
        assert!((factor.ln_determinant() - ln(44.6)).abs() < 1e-12);
        assert_eq!(Cholesky::of(&[1.0, 2.0, 2.0, 1.0], 2), None);
    }
}
