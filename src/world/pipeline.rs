//! The stage tables of development, as the modality rows of the scenario hold them.

use crate::math;
use crate::rng::{Key, Purpose, Streams, sample};
use crate::scenario::spec::{ClusterId, Country, Development, InstitutionId, Mix, Modality, ModalityId, Spec, Stage};
use crate::units::Yen;

/// All stages in order.
pub const STAGES: [Stage; 5] = [Stage::Preclinical, Stage::Phase1, Stage::Phase2, Stage::Phase3, Stage::Review];

/// Place of a stage in [`STAGES`].
#[inline]
#[must_use]
pub fn stage_number(stage: Stage) -> usize {
    stage as usize
}

/// Steps of discovery before preclinical work; a modality without durations for them begins after them.
pub const DISCOVERY: u8 = 3;

/// A step of discovery: share that passes, median months, direct cost. `None` if the modality leaves it out.
#[inline]
#[must_use]
pub fn discovery(modality: &Modality, country: &Country, step: u8) -> Option<(f64, f64, Yen)> {
    let (success, months, cost) = match step {
        0 => (modality.success_hit, modality.duration_hit, modality.cost_hit),
        1 => (modality.success_lead, modality.duration_lead, modality.cost_lead),
        2 => (modality.success_optimisation, modality.duration_optimisation, modality.cost_optimisation),
        _ => return None,
    };
    (months > 0.0).then(|| (success, months, cost.scaled(country.development_cost)))
}

/// The first step from this one on that the modality has; [`DISCOVERY`] is preclinical work.
#[must_use]
pub fn step_from(modality: &Modality, country: &Country, step: u8) -> u8 {
    (step..DISCOVERY).find(|step| discovery(modality, country, *step).is_some()).unwrap_or(DISCOVERY)
}

/// Part of a stage's direct cost that is cells made by hand.
#[inline]
#[must_use]
pub fn cells(modality: &Modality, stage: Stage) -> f64 {
    match stage {
        Stage::Preclinical => modality.cells_preclinical,
        Stage::Phase1 => modality.cells_phase1,
        Stage::Phase2 => modality.cells_phase2,
        Stage::Phase3 => modality.cells_phase3,
        Stage::Review => 0.0,
    }
}

/// Share of programmes that pass a stage at mean quality and coverage.
#[inline]
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
#[inline]
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
#[inline]
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

/// Patients that a stage needs.
#[must_use]
pub fn patients(modality: &Modality, stage: Stage) -> u32 {
    match stage {
        Stage::Phase1 => modality.patients_phase1,
        Stage::Phase2 => modality.patients_phase2,
        Stage::Phase3 => modality.patients_phase3,
        Stage::Preclinical | Stage::Review => 0,
    }
}

/// What is added to everybody's log odds of passing a stage.
#[must_use]
pub fn intercept(development: &Development, stage: Stage) -> f64 {
    match stage {
        Stage::Preclinical => development.intercept_preclinical,
        Stage::Phase1 => development.intercept_phase1,
        Stage::Phase2 => development.intercept_phase2,
        Stage::Phase3 => development.intercept_phase3,
        Stage::Review => development.intercept_review,
    }
}

/// Planned people of a startup whose lead programme is in a stage.
#[inline]
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
    draw_around(spec, streams, key, median, stage_number(stage) as u32)
}

/// The step of discovery, or preclinical work, that a programme does first from this step on, and how many months of work
/// it needs.
#[must_use]
pub fn begin(spec: &Spec, streams: &Streams, key: Key, modality: ModalityId, country: &Country, step: u8) -> (u8, f64) {
    let row = &spec.modality[usize::from(modality.0)];
    let step = step_from(row, country, step);
    match discovery(row, country, step) {
        Some((_, median, _)) => (step, draw_around(spec, streams, key, median, discovery_occasion(step))),
        None => (step, draw_months(spec, streams, key, modality, country, Stage::Preclinical)),
    }
}

/// The occasion of chance that belongs to a step of discovery, beyond those of the stages.
#[must_use]
pub fn discovery_occasion(step: u8) -> u32 {
    16 + u32::from(step)
}

fn draw_around(spec: &Spec, streams: &Streams, key: Key, median: f64, occasion: u32) -> f64 {
    if !spec.mechanisms.m13 {
        return median;
    }
    let mut rng = streams.at(Purpose::StageDuration, key, occasion);
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
    let row = &spec.modality[usize::from(modality.0)];
    let known = market_news(spec, streams, key, STAGES.len() - 1).0;
    row.launch_value.scaled(country.launch_value * math::exp(row.launch_spread * known))
}

/// Mean value at approval as everybody sees it in a stage: what of the market's size is known by then, and the mean over
/// what is not. Its own mean over what the later stages bring to light is what it was, so nobody earns by waiting.
#[must_use]
pub fn expected_launch_value(
    spec: &Spec,
    streams: &Streams,
    key: Key,
    modality: ModalityId,
    country: &Country,
    stage: Stage,
) -> f64 {
    let row = &spec.modality[usize::from(modality.0)];
    let (known, open) = market_news(spec, streams, key, stage_number(stage));
    let spread = row.launch_spread;
    row.launch_value.0 as f64 * country.launch_value * math::exp(spread * known + spread * spread * open / 2.0)
}

/// What has come to light of the size of a programme's market by a stage, in standard deviations of its logarithm, and
/// the share of its variance that has not: a part is known before the clinic, each passed stage brings an equal part of the rest.
fn market_news(spec: &Spec, streams: &Streams, key: Key, stage: usize) -> (f64, f64) {
    let first = if spec.mechanisms.m9 { spec.finance.market_known } else { 0.0 };
    let step = (1.0 - first) / (STAGES.len() - 1) as f64;
    let news = |at: usize| {
        let share = if at == 0 { first } else { step };
        let mut rng = streams.at(Purpose::LaunchValue, key, at as u32);
        math::sqrt(share) * sample::normal(&mut rng)
    };
    ((0..=stage).map(news).sum(), 1.0 - first - step * stage as f64)
}

/// A modality for a new asset or programme: cell and gene therapies by the cluster's share of them, each group by its own
/// shares, all times the weights of the cluster and of those who do it.
#[must_use]
pub fn draw_modality(spec: &Spec, cluster: ClusterId, mixes: &[&Mix], rng: &mut impl crate::rng::Rng) -> ModalityId {
    let cluster = &spec.cluster[usize::from(cluster.0)];
    let group = |regenerative: bool| -> f64 {
        spec.modality.iter().filter(|row| row.regenerative == regenerative).map(|row| row.share).sum()
    };
    let whole = [group(false), group(true)];
    let weights: Vec<f64> = spec
        .modality
        .iter()
        .map(|row| {
            let of_group = if row.regenerative { cluster.regenerative } else { 1.0 - cluster.regenerative };
            let weight = of_group * row.share / whole[usize::from(row.regenerative)].max(f64::MIN_POSITIVE);
            let mixes = mixes.iter().copied().chain([&cluster.mix]);
            mixes.filter_map(|mix| mix.get(&row.id)).fold(weight, |weight, factor| weight * factor)
        })
        .collect();
    ModalityId(sample::choose_weighted(rng, &weights).unwrap_or(0) as u16)
}

/// The weights of modalities of an organisation of the scenario: those of its kind and its own.
#[must_use]
pub fn mixes_of(spec: &Spec, institution: Option<InstitutionId>) -> Vec<&Mix> {
    institution.map_or_else(Vec::new, |entry| {
        let institution = &spec.institution[usize::from(entry.0)];
        vec![&spec.kind[usize::from(institution.kind.0)].mix, &institution.mix]
    })
}

/// Probability of passing a stage with a shift of the log odds.
#[must_use]
pub fn shifted(p: f64, shift: f64) -> f64 {
    if p >= 1.0 { 1.0 } else { math::sigmoid(math::logit(p) + shift) }
}
