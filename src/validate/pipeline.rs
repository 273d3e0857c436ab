//! V10 and V11: odds and time of clinical development.

use super::history::History;

/// V10: from phase 1 to approval, phase by phase as the record counts it, in per cent; and whether phase 2 is the lowest step.
pub(super) fn likelihood(history: &History) -> Vec<Option<f64>> {
    let steps = &history.notes.steps;
    if steps.iter().any(|(_, all)| *all < 20.0) {
        return vec![None, None];
    }
    let share = |stage: usize| steps[stage].0 / steps[stage].1;
    let lowest = (0..4).min_by(|a: &usize, b: &usize| f64::total_cmp(&share(*a), &share(*b)));
    let whole: f64 = (0..4).map(share).product();
    vec![Some(100.0 * whole), Some(f64::from(u8::from(lowest == Some(1))))]
}

/// V11: mean years from the start of phase 1 to approval, of programmes that began phase 1 in the first half of the run.
pub(super) fn clinical_years(history: &History) -> Vec<Option<f64>> {
    let half = history.scenario.months / 2;
    let times = history.notes.phase1.iter().zip(&history.notes.approved);
    let years: Vec<f64> = times
        .filter_map(|(began, approved)| {
            let (began, approved) = ((*began)?, (*approved)?);
            (began.0 <= half && approved > began).then(|| f64::from(approved.0 - began.0) / 12.0)
        })
        .collect();
    vec![(years.len() >= 10).then(|| years.iter().sum::<f64>() / years.len() as f64)]
}
