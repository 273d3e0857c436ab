//! V30: exits by the public share of a company's equity.

use crate::units::Month;
use crate::world::organisation::{Startup, StartupStatus};
use crate::world::{World, stage_number};

use super::public_research::rate_ratio;

/// Stages of the lead programme.
const STAGES: usize = 5;
/// Public share of the equity from which on it is most of it.
const MOST: f64 = 0.5;

/// Exits and company-months of private companies with venture money, by stage of the lead programme and by public share of
/// the equity: none, some, most.
#[derive(Default)]
pub(super) struct PublicMoney {
    cells: [[[f64; 2]; 3]; STAGES],
    /// For each startup, its cell while it was last private.
    last: Vec<Option<(usize, usize)>>,
}

impl PublicMoney {
    /// Looks at every startup.
    pub fn note(&mut self, month: Month, world: &World) {
        self.last.resize(world.startups.len(), None);
        for (row, startup) in world.startups.iter().enumerate() {
            if startup.status == StartupStatus::Private {
                self.last[row] = class(startup).and_then(|class| {
                    let lead = world.lead_programme(crate::world::organisation::StartupId(row as u32))?;
                    Some((stage_number(world.programmes[lead.ix()].stage), class))
                });
                if let Some((stage, class)) = self.last[row] {
                    self.cells[stage][class][1] += 1.0;
                }
            } else if let Some((stage, class)) = self.last[row].take() {
                let listed = startup.status == StartupStatus::Listed && startup.listed == month;
                if listed || startup.status == StartupStatus::Acquired {
                    self.cells[stage][class][0] += 1.0;
                }
            }
        }
    }

    /// Exits a company-month with some public equity over those with none, and with most over some; stage by stage.
    pub fn ratios(&self) -> Vec<Option<f64>> {
        let of = |above: usize, below: usize| {
            let exits = |class: usize| self.cells.iter().map(|stage| stage[class][0]).sum::<f64>();
            let enough = exits(above) + exits(below) >= 20.0 && exits(above) >= 5.0;
            if enough { rate_ratio(self.cells.iter().map(|stage| [stage[below], stage[above]])) } else { None }
        };
        vec![of(1, 0), of(2, 1)]
    }
}

fn class(startup: &Startup) -> Option<usize> {
    let share = startup.public_share();
    (startup.rounds > 0).then_some(match share {
        share if share <= 0.0 => 0,
        share if share < MOST => 1,
        _ => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverted_u_comes_back_stage_by_stage() {
        let mut money = PublicMoney::default();
        // Half as many exits again with some public money as with none, and as few with most of it; ten times as many late.
        for (stage, base) in [(0, 0.01), (3, 0.1)] {
            for (class, months) in [1000.0, 400.0, 200.0].into_iter().enumerate() {
                let rate = [base, 1.5 * base, 0.5 * base][class];
                money.cells[stage][class] = [rate * months, months];
            }
        }
        let [some, most] = money.ratios()[..] else { panic!("two values") };
        assert!((some.unwrap() - 1.5).abs() < 1e-9 && (most.unwrap() - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(PublicMoney::default().ratios(), [None, None]);
    }
}
