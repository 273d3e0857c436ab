//! The month.
//!
//! [`step`] is the whole of it, in order. A phase reads the world as it stands at its start, decides, and commits
//! its decisions in an order that nobody's presence changes: by key, or by a draw at the decider's own address.

mod candidates;
mod clinic;
mod acquirers;
mod auction;
mod collaboration;
mod deal_flow;
mod demand;
mod development;
mod distress;
mod environment;
mod exits;
mod finance;
mod founding;
mod grants;
mod incentives;
mod headquarters;
mod interventions;
mod knowledge;
mod labour;
mod managers;
mod manufacturing;
mod mobility;
mod operations;
mod partners;
mod people;
mod places;
mod pooled;
mod proceeds;
mod public_money;
mod regulator;
mod research;
mod rounds;
mod score;
mod syndicate;
mod valuation;

use crate::record::Journal;
use crate::rng::Streams;
use crate::scenario::Scenario;
use crate::scenario::spec::Spec;
use crate::units::{CalendarMonth, Month};
use crate::world::World;
use crate::world::calendar::HazardOutOfBound;
use crate::world::ledger::LedgerBreach;
use collaboration::Exchange;
use development::Bill;
use labour::Market;
use managers::Managers;
use mobility::Searcher;
use people::FounderToBe;
use score::Scoring;

/// What every phase is given beside the world.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The whole scenario, for dates and policy cost.
    pub scenario: &'a Scenario,
    /// The parameters in force this month.
    pub spec: &'a Spec,
    /// The only source of chance.
    pub streams: &'a Streams,
    /// Now.
    pub month: Month,
    /// Now, on the calendar.
    pub date: CalendarMonth,
}

/// Scratch of one run: what one phase of a month leaves for a later one. Nothing in it outlives the month but memory
/// to be used again.
#[derive(Debug, Clone, Default)]
pub struct Agenda {
    founders: Vec<FounderToBe>,
    searchers: Vec<Searcher>,
    /// Buffers of the labour market, by cluster and occupation.
    markets: Vec<Market>,
    bills: Vec<Bill>,
    /// Pace that a startup's people allow its programmes, as far as it was asked for.
    paces: Vec<Option<f64>>,
    exchanges: Vec<Exchange>,
    scoring: Scoring,
    managers: Managers,
}

impl Agenda {
    /// For going on in the middle of a run: the rules in force, and nothing else.
    #[must_use]
    pub fn with_rules(spec: &Spec) -> Self {
        Self { scoring: Scoring::new(spec), ..Self::default() }
    }
}

/// A month that cannot be believed: the run stops.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Breach {
    /// The accounts do not close.
    #[error(transparent)]
    Ledger(#[from] LedgerBreach),
    /// People are missing or too many.
    #[error("month {month}: {counted} people live in {cluster}, but born + arrived - left - retired gives {expected}")]
    Headcount {
        /// When.
        month: u16,
        /// Where.
        cluster: String,
        /// People there.
        counted: i64,
        /// People who should be there.
        expected: i64,
    },
    /// A person's hazards add up to more than the clock can deliver.
    #[error(
        "month {month}: the probabilities of what a person may do add up to {hazard}, above what their clock can deliver, {bound}; raise labour.clock_bound and labour.clock_bound_restless"
    )]
    Hazard {
        /// When.
        month: u16,
        /// The total hazard.
        hazard: f64,
        /// The bound.
        bound: f64,
    },
}

impl Breach {
    fn hazard(month: Month, error: &HazardOutOfBound) -> Self {
        Self::Hazard { month: month.0, hazard: error.hazard, bound: error.bound }
    }
}

/// Hears of every phase when it is done: its name, and the world as it left it.
pub type Watch<'a> = &'a mut dyn FnMut(&'static str, &World);

/// One month.
///
/// # Errors
/// [`Breach`] if the books or the heads do not add up at the end of it; the world is then of no use.
pub fn step(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) -> Result<(), Breach> {
    step_watched(world, ctx, agenda, journal, &mut |_, _| {})
}

/// The same, while `watch` hears of every phase.
///
/// # Errors
/// Those of [`step`].
pub fn step_watched(
    world: &mut World,
    ctx: &Context,
    agenda: &mut Agenda,
    journal: &mut Journal,
    watch: Watch,
) -> Result<(), Breach> {
    // 1. Dated interventions come first: whatever they change holds for the whole month.
    interventions::apply(world, ctx, agenda, journal);
    watch("interventions", world);
    // 2. The funding regime and the travel hours that everybody then faces.
    environment::turn(world, ctx, journal);
    watch("environment", world);
    //    Then the state of the places: variety, anchors, crowding, laboratories delivered.
    places::settle(world, ctx, journal);
    watch("places", world);
    // 3. Public money and new funds arrive before anybody spends.
    public_money::arrive(world, ctx, journal);
    watch("public_money", world);
    // 4. People age, graduate, retire; clocks ring for those who may leave, look around or found.
    people::live(world, ctx, agenda, journal)?;
    watch("people", world);
    // 5. Research fills the shelves from which this month's founders choose.
    research::disclose(world, ctx);
    watch("research", world);
    // 6. Founders take assets and laboratory places.
    founding::found(world, ctx, agenda, journal);
    watch("founding", world);
    // 7. Ties before programmes: a partner found this month helps this month.
    collaboration::meet(world, ctx, agenda, journal);
    watch("collaboration", world);
    // 8. Programmes take trial slots, advance, and meet their stage gates.
    development::advance(world, ctx, agenda, journal);
    watch("development", world);
    // 9. Everybody pays for the month, on what was really done in it.
    operations::pay(world, ctx, agenda, journal);
    watch("operations", world);
    // 10. Funds after the gates and the bills: they see what happened and who runs short.
    finance::raise(world, ctx, agenda, journal);
    watch("finance", world);
    // 11. Exits need the prices that the rounds have just set.
    exits::leave(world, ctx, agenda, journal);
    watch("exits", world);
    // 12. Whoever found no money and no buyer cuts or closes; their people are free for the labour market.
    distress::resolve(world, ctx, journal);
    watch("distress", world);
    // 13. Posts and people meet, once a month, after all lay-offs.
    labour::meet(world, ctx, agenda, journal);
    watch("labour", world);
    // 14. Knowledge moves along the ties and with the people of this month.
    knowledge::exchange(world, ctx, agenda);
    watch("knowledge", world);
    // 15. The books and the heads must close.
    audit(world, ctx)
}

fn audit(world: &mut World, ctx: &Context) -> Result<(), Breach> {
    world.ledger.audit(ctx.month)?;
    // Counting everybody costs as much as all that happens to them: once in five years and in the last month will do, and every
    // month in tests.
    let due = ctx.month.0.is_multiple_of(60) || ctx.month.0 + 1 == ctx.scenario.months;
    if !cfg!(debug_assertions) && !due {
        return Ok(());
    }
    let counted = world.people.count_by_cluster(world.headcount.len());
    for (row, headcount) in world.headcount.iter().enumerate() {
        if headcount.alive() != counted[row] {
            return Err(Breach::Headcount {
                month: ctx.month.0,
                cluster: ctx.spec.cluster[row].id.clone(),
                counted: counted[row],
                expected: headcount.alive(),
            });
        }
    }
    Ok(())
}
