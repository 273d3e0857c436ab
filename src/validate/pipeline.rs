//! V10, V11 and V35: odds and time of clinical development, and its patients.

use crate::scenario::spec::{Spec, Stage};
use crate::units::Month;
use crate::world::World;
use crate::world::organisation::ProgrammeStatus;
use crate::world::pipeline::patients;

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

/// Phase 3 trials as they enrol.
#[derive(Default)]
pub(super) struct Recruitment {
    /// For each programme, work done in phase 3 as last seen, months in which it went on with sites, and patients so far.
    trials: Vec<Option<Trial>>,
    /// Patients that sites enrolled, and months of sites.
    sites: [f64; 2],
    /// Months from the first patient to the last, of trials that got through.
    months: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Trial {
    progress: f64,
    since: Month,
}

impl Recruitment {
    /// Looks at every programme in phase 3 that has an active site. What hospitals outside the model enrol is left out.
    pub fn note(&mut self, month: Month, world: &World, spec: &Spec) {
        self.trials.resize(world.programmes.len(), None);
        for (programme, trial) in world.programmes.iter().zip(&mut self.trials) {
            let enrols = programme.status == ProgrammeStatus::Active && programme.stage == Stage::Phase3;
            let sites = programme.sites.iter().filter(|site| site.from < month).count() as f64;
            if !enrols {
                if let Some(trial) = trial.take()
                    && programme.status != ProgrammeStatus::Stopped
                {
                    self.months.push(f64::from(month.since(trial.since)));
                }
                continue;
            }
            if sites == 0.0 || programme.paused {
                continue;
            }
            if let Some(before) = trial {
                let all = f64::from(patients(&spec.modality[usize::from(programme.modality.0)], Stage::Phase3));
                let pace = programme.progress - before.progress;
                let inside = (pace - spec.development.elsewhere_pace * pace.min(1.0)).max(0.0);
                self.sites[0] += all * inside / programme.needed;
                self.sites[1] += sites;
                before.progress = programme.progress;
            } else {
                *trial = Some(Trial { progress: programme.progress, since: month });
            }
        }
    }

    /// V35: patients by site and month, and median months from the first patient to the last.
    pub fn rates(&self) -> Vec<Option<f64>> {
        let mut months = self.months.clone();
        months.sort_by(f64::total_cmp);
        let median = crate::math::quantile_sorted(&months, 0.5).filter(|_| months.len() >= 20);
        vec![(self.sites[1] >= 100.0).then(|| self.sites[0] / self.sites[1]), median]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patients_by_site_are_patients_over_months_of_sites() {
        let recruitment =
            Recruitment { sites: [60.0, 120.0], months: (0..21).map(f64::from).collect(), ..Recruitment::default() };
        assert_eq!(recruitment.rates(), [Some(0.5), Some(10.0)]);
        assert_eq!(Recruitment::default().rates(), [None, None]);
    }
}
