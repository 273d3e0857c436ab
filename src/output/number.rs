//! One way to write a float, for every text file.

/// The shortest text that reads back as the same number; nothing for NaN, and never a minus before zero.
///
/// Always shows a point or an exponent, so that readers which guess types see a float.
pub(super) fn text_of(value: f64) -> String {
    if value.is_nan() { String::new() } else { format!("{:?}", without_minus_zero(value)) }
}

/// The same number, with zero always positive: −0 and 0 are equal but have different bytes.
pub(super) fn without_minus_zero(value: f64) -> f64 {
    value + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_short_exact_and_without_minus_zero() {
        let expected = [(0.1, "0.1"), (-0.0, "0.0"), (3.0, "3.0"), (1e21, "1e21"), (-2.5e-9, "-2.5e-9")];
        for (value, text) in expected {
            assert_eq!(text_of(value), text);
            assert_eq!(text.parse::<f64>().unwrap(), value);
        }
        assert_eq!(text_of(f64::NAN), "");
    }
}
