//! From replicates to statements: bands, paired differences, sequential intervals, claims.
//!
//! ```text
//! distributions   Student's t, F and the incomplete beta function, through the pinned elementary functions
//! sample          mean, spread and Monte Carlo error of one sample
//! bands           medians and 50/80/95 % bands, each with its error
//! sequential      an interval that stays valid when it is looked at after every replicate
//! paired          policy less baseline on common random numbers; the share of pairs in which the policy wins
//! multiple        Holm's correction for many comparisons
//! ratio           cost per additional job: a ratio of two means, or "cannot tell"
//! ranking         which option is best how often, and the regret of having chosen another
//! tornado         outcomes where a parameter is low against where it is high
//! components      variance between parameters and variance by chance
//! yearly          the values of a run that a comparison keeps
//! survival        Kaplan and Meier's share that still lives, by age
//! alignment       how many startups lived the same history in two runs
//! comparison      all of these over policies, clusters, metrics and years
//! rule            `half_width(employees@2040, kobe) <= 2%`: whether it is time to stop
//! swept           the replicates of a sweep, as expectations and the rule see them
//! claims          `[[expect]]`: pass, fail or inconclusive; junit writes them for a build server
//! ```
//!
//! Nothing here reads a file or draws a random number. Sums run in index order, so results do not depend on threads.

mod alignment;
mod bands;
mod claims;
mod comparison;
mod components;
mod distributions;
mod junit;
mod multiple;
mod paired;
mod ranking;
mod ratio;
mod rule;
mod sample;
mod sequential;
mod survival;
mod swept;
mod tornado;
mod yearly;

pub use alignment::{Alignment, Histories};
pub use bands::{Band, Bands, LEVELS};
pub use claims::{Judged, Statement, Subject, Verdict, judge, judge_all};
pub use comparison::{BandRow, Comparison, CostPer, Difference, Runs, costs};
pub use components::{Components, components};
pub use distributions::{f_cdf, f_quantile, incomplete_beta, student_t_cdf, student_t_quantile};
pub use junit::{Case, junit_xml};
pub use multiple::holm;
pub use paired::{Look, Paired, Share, wilson};
pub use ranking::{Rank, Regret, best_first, ranks, regrets};
pub use ratio::{Ratio, ratio_of_means};
pub use sample::Sample;
pub use sequential::{FIRST_LOOK, GUARD, anytime_interval, anytime_multiplier, anytime_p_value, likelihood_p_value};
pub use survival::{KaplanMeier, Life, kaplan_meier};
pub use swept::Swept;
pub use tornado::{Swing, swing};
pub use yearly::{Better, DEFAULT_METRICS, Layout, Place, WantedMetric, YearlyValues, wanted_metrics};
