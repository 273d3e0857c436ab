//! Phase 8, manufacturing: what cells cost this month, and what is learnt by making them.
//!
//! Reads   `supplier`; patients enrolled and treated
//! Writes  lines made by each supplier, and the cost of a line
//! Draws   nothing
//! Source  M16 (learning, automation, lines side by side: three levers)

use crate::rules::Context;
use crate::world::organisation::ProgrammeId;
use crate::world::{World, supply};

/// The cost of a line this month, from what was made until now.
pub(super) fn turn(world: &mut World, ctx: &Context) {
    for (supply, supplier) in world.supplies.iter_mut().zip(&ctx.spec.supplier) {
        supply.made += supplier.other_lines.get();
        supply.cost = if ctx.spec.mechanisms.m16 { supply::relative_cost(supplier, supply.made) } else { 1.0 };
    }
}

/// Counts the lines that a programme's patients need.
pub(super) fn make(world: &mut World, ctx: &Context, id: ProgrammeId, patients: f64) {
    if let Some(row) = supply::supplier_of(world, ctx.spec, &world.programmes[id.ix()]) {
        world.supplies[row].made += patients;
    }
}
