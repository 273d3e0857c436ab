//! The stage tables of development, as the modality rows of the scenario hold them.

use crate::math;
use crate::rng::{Key, Purpose, Streams, sample};
use crate::scenario::spec::{Country, Modality, ModalityId, Spec, Stage};
use crate::units::Yen;

/// All stages in order.
pub const STAGES: [Stage; 5] = [Stage::Preclinical, Stage::Phase1, Stage::Phase2, Stage::Phase3, Stage::Review];

/// Place of a stage in [`STAGES`].
#[must_use]
pub fn stage_number(stage: Stage) -> usize {
    stage as usize
}

/// Share of programmes that pass a stage at mean quality and coverage.
#[must_use]
pub fn success(modality: &Modality, stage: Stage) -> f64 {
    match stage {
        Stage::Preclinical => modality.success_preclinical,
        Stage::Phase1 => modality.success_phase1,
        Stage::Phase2 => modality.success_phase2,
        Stage::Phase3 => modality.success_phase3,
        Stage::Review => modality.success_review,
    }
}

/// Median months of work in a stage; late trials enrol at the country's pace, reviews take the country's time.
#[must_use]
pub fn median_months(modality: &Modality, country: &Country, stage: Stage) -> f64 {
    match stage {
        Stage::Preclinical => modality.duration_preclinical,
        Stage::Phase1 => modality.duration_phase1,
        Stage::Phase2 => modality.duration_phase2,
        Stage::Phase3 => modality.duration_phase3 * country.enrolment,
        Stage::Review => country.review,
    }
}

/// Direct cost of a stage, people apart, at the country's level of cost.
#[must_use]
pub fn cost(modality: &Modality, country: &Country, stage: Stage) -> Yen {
    let table = match stage {
        Stage::Preclinical => modality.cost_preclinical,
        Stage::Phase1 => modality.cost_phase1,
        Stage::Phase2 => modality.cost_phase2,
        Stage::Phase3 => modality.cost_phase3,
        Stage::Review => modality.cost_review,
    };
    table.scaled(country.development_cost)
}

/// Planned people of a startup whose lead programme is in a stage.
#[must_use]
pub fn headcount(country: &Country, stage: Stage) -> u32 {
    match stage {
        Stage::Preclinical => country.headcount_preclinical,
        Stage::Phase1 => country.headcount_phase1,
        Stage::Phase2 => country.headcount_phase2,
        Stage::Phase3 => country.headcount_phase3,
        Stage::Review => country.headcount_review,
    }
}

/// Months of work that a programme's stage needs: lognormal, its luck addressed by programme and stage, so that it
/// survives a policy that changes the date.
#[must_use]
pub fn draw_months(
    spec: &Spec,
    streams: &Streams,
    key: Key,
    modality: ModalityId,
    country: &Country,
    stage: Stage,
) -> f64 {
    let median = median_months(&spec.modality[usize::from(modality.0)], country, stage);
    let mut rng = streams.at(Purpose::StageDuration, key, stage_number(stage) as u32);
    sample::lognormal(&mut rng, median, spec.development.duration_spread)
}

/// Shares of the stages among programmes in steady state: what flows in times how long it stays.
#[must_use]
pub fn steady_mix(modality: &Modality, country: &Country) -> [f64; 5] {
    let mut flow = 1.0;
    STAGES.map(|stage| {
        let share = flow * median_months(modality, country, stage);
        flow *= success(modality, stage);
        share
    })
}

/// Value at approval, drawn once for each programme; the median times the country's share of it.
#[must_use]
pub fn launch_value(spec: &Spec, streams: &Streams, key: Key, modality: ModalityId, country: &Country) -> Yen {
    let modality = &spec.modality[usize::from(modality.0)];
    let mut rng = streams.at(Purpose::LaunchValue, key, 0);
    modality.launch_value.scaled(country.launch_value * sample::lognormal(&mut rng, 1.0, modality.launch_spread))
}

/// A modality for a new asset: cell and gene therapies by the cluster's share, the others by theirs.
#[must_use]
pub fn draw_modality(spec: &Spec, regenerative: f64, rng: &mut impl crate::rng::Rng) -> ModalityId {
    let wanted = sample::chance(rng, regenerative);
    let pick = |wanted: bool, rng: &mut _| {
        let weights: Vec<f64> = spec
            .modality
            .iter()
            .map(|modality| if modality.regenerative == wanted { modality.share.max(1e-9) } else { 0.0 })
            .collect();
        sample::choose_weighted(rng, &weights)
    };
    let row = pick(wanted, rng).or_else(|| pick(!wanted, rng)).unwrap_or(0);
    ModalityId(row as u16)
}

/// Probability of passing a stage with a shift of the log odds.
#[must_use]
pub fn shifted(p: f64, shift: f64) -> f64 {
    if p >= 1.0 { 1.0 } else { math::sigmoid(math::logit(p) + shift) }
}
