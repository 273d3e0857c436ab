//! Charts beyond growth curves: plain data in, a [`Picture`](super::Picture) out.
//!
//! ```text
//! fan         history, hindcast and a forecast with its 50, 80 and 95 % bands
//! difference  policy less baseline over time; what cannot be told from nothing is pale
//! forest      policies by outcome: intervals, with "cannot tell" in grey
//! best        the probability that a policy is the best
//! regret      what a policy costs against the best choice, in each future
//! tornado     which parameters move the outcome
//! flows       what moves between clusters, as bands or as a matrix
//! network     who works with whom, year by year
//! survival    the share of startups that still live, by age
//! ladder      how many startups climb each rung of funding, and what they raise there
//! map         Osaka bay, and the links between the clusters of the world (ground: their seas and shores; spots: names
//!             that keep clear of each other)
//! ```
//!
//! Each chart says everything three times: drawn, in words, and as a table with the numbers at full precision. Odd
//! input (nothing, one row, values that are not finite, names too long) gives a smaller chart, never an error.

mod best;
mod difference;
mod fan;
mod flows;
mod forest;
mod ground;
mod ladder;
mod map;
mod network;
mod regret;
mod rows;
mod spots;
mod survival;
mod tornado;

pub use best::{Candidate, Ranking, ranking_chart};
pub use difference::{DifferencePanel, Differences, PolicyCourse, difference_chart};
pub use fan::{Fan, FanPanel, FanPoint, fan_chart};
pub use flows::{FlowNode, Flows, flow_matrix_chart, sankey_chart};
pub use forest::{Forest, ForestColumn, forest_chart};
pub use ladder::{Climb, Ladder, ladder_chart};
pub use map::{MapChart, MapLink, Place, PlaceKind, bay_landmarks, bay_map, on_bay_map, world_map};
pub use network::{Network, NetworkNode, NetworkSnapshot, network_chart};
pub use regret::{Regret, regret_chart};
pub use survival::{LifeLine, Survival, survival_chart};
pub use tornado::{Arm, Lever, Tornado, tornado_chart};

/// An estimate between the edges of its interval; NaN where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower edge.
    pub low: f64,
    /// The estimate itself.
    pub mid: f64,
    /// Upper edge.
    pub high: f64,
}

impl Interval {
    /// No estimate.
    pub const NONE: Self = Self { low: f64::NAN, mid: f64::NAN, high: f64::NAN };

    /// Whether the interval leaves zero out, so that the data can tell the effect from none. False if an edge is
    /// missing.
    #[must_use]
    pub fn tells(&self) -> bool {
        self.low <= self.high && (self.low > 0.0 || self.high < 0.0)
    }
}
