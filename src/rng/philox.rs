//! Philox4x32-10: a block of four words as a function of a counter and a key, with nothing in between.
//!
//! # Source
//! Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC '11.
//! The known answers in the tests are those published with the authors' Random123 library.

const MULTIPLIER_0: u32 = 0xD251_1F53;
const MULTIPLIER_1: u32 = 0xCD9E_8D57;
const KEY_STEP_0: u32 = 0x9E37_79B9;
const KEY_STEP_1: u32 = 0xBB67_AE85;
const ROUNDS: u32 = 10;

/// The 128 random bits at `counter` under `key`.
#[inline]
#[must_use]
pub fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    let [mut key_0, mut key_1] = key;
    for _ in 0..ROUNDS {
        let (high_0, low_0) = halves(MULTIPLIER_0, a);
        let (high_1, low_1) = halves(MULTIPLIER_1, c);
        (a, b, c, d) = (high_1 ^ b ^ key_0, low_1, high_0 ^ d ^ key_1, low_0);
        key_0 = key_0.wrapping_add(KEY_STEP_0);
        key_1 = key_1.wrapping_add(KEY_STEP_1);
    }
    [a, b, c, d]
}

/// High and low word of a product.
#[inline]
fn halves(x: u32, y: u32) -> (u32, u32) {
    let product = u64::from(x) * u64::from(y);
    ((product >> 32) as u32, product as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_random123() {
        assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32_10([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        // The digits of pi.
        assert_eq!(
            philox4x32_10([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }
}
