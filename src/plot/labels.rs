//! Labels that would lie on each other are nudged apart, in their order, by as little as possible.

/// Positions at least `spacing` apart, in the order of `wanted` (ties keep their index order), within `low..=high`.
///
/// Least squares under the order: labels that touch form a block, placed at the mean of what its members want. If
/// they cannot all fit, the spacing shrinks evenly. Values that are not finite are placed at `low`.
pub(super) fn spread(wanted: &[f64], spacing: f64, low: f64, high: f64) -> Vec<f64> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let gaps = wanted.len().saturating_sub(1).max(1) as f64;
    let spacing = spacing.min((high - low).max(0.0) / gaps);
    let wanted: Vec<f64> =
        wanted.iter().map(|at| if at.is_finite() { at.clamp(low, high.max(low)) } else { low }).collect();
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]).then(a.cmp(&b)));

    // A block: sum of what its members want (each minus its offset in the block), and how many they are.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (placed, &label) in order.iter().enumerate() {
        let mut block = (wanted[label] - spacing * placed as f64, 1);
        while let Some(&(sum, members)) = blocks.last() {
            if sum / members as f64 <= block.0 / block.1 as f64 {
                break;
            }
            blocks.pop();
            block = (sum + block.0, members + block.1);
        }
        blocks.push(block);
    }
    let mut positions = vec![low; wanted.len()];
    let mut rank = 0;
    let last = (wanted.len() - 1) as f64;
    for (sum, members) in blocks {
        for _ in 0..members {
            // Each position keeps room for those below and above it.
            let floor = low + spacing * rank as f64;
            let ceiling = high - spacing * (last - rank as f64);
            positions[order[rank]] = (sum / members as f64 + spacing * rank as f64).min(ceiling).max(floor);
            rank += 1;
        }
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_with_room_stay_and_others_part_evenly() {
        assert_eq!(spread(&[10.0, 50.0], 12.0, 0.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread(&[50.0, 50.0], 12.0, 0.0, 100.0), [44.0, 56.0]);
        assert_eq!(spread(&[0.0, 0.0], 12.0, 0.0, 100.0), [0.0, 12.0]);
        assert_eq!(spread(&[], 12.0, 0.0, 100.0), [0.0; 0]);
    }

    #[test]
    fn order_and_spacing_hold_for_many_sets() {
        let mut state = 7u64;
        for case in 0..500 {
            let labels = case % 9 + 1;
            let wanted: Vec<f64> = (0..labels)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (state >> 33) as f64 / (1u64 << 31) as f64 * 200.0 - 20.0
                })
                .collect();
            let placed = spread(&wanted, 14.0, 0.0, 160.0);
            let mut order: Vec<usize> = (0..labels).collect();
            order.sort_by(|&a, &b| wanted[a].clamp(0.0, 160.0).total_cmp(&wanted[b].clamp(0.0, 160.0)).then(a.cmp(&b)));
            for pair in order.windows(2) {
                assert!(placed[pair[1]] - placed[pair[0]] > 14.0 - 1e-9, "{wanted:?} {placed:?}");
            }
            assert!(placed.iter().all(|at| (-1e-9..=160.0 + 1e-9).contains(at)), "{placed:?}");
        }
    }
}
