//! V10 and V11: odds and time of clinical development.

use crate::record::EventKind;

use super::history::History;

/// The clinical stages as the log names them.
const STAGES: [&str; 4] = ["phase 1", "phase 2", "phase 3", "review"];

/// V10: from phase 1 to approval, phase by phase as the record counts it, in per cent; and whether phase 2 is the lowest step.
pub(super) fn likelihood(history: &History) -> Vec<Option<f64>> {
    let (mut passed, mut all) = ([0.0; 4], [0.0; 4]);
    for event in &history.outcome.events {
        let pass = match event.kind {
            EventKind::StagePassed => 1.0,
            EventKind::StageFailed => 0.0,
            _ => continue,
        };
        let Some(stage) = STAGES.iter().position(|stage| event.cause.reason.starts_with(stage)) else { continue };
        passed[stage] += pass;
        all[stage] += 1.0;
    }
    if all.iter().any(|all| *all < 20.0) {
        return vec![None, None];
    }
    let share = |stage: usize| passed[stage] / all[stage];
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
