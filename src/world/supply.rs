//! What a line of cells costs: learning, automation, lines run side by side.

use serde::{Deserialize, Serialize};

use crate::math;
use crate::scenario::spec::{Spec, Stage, Supplier};
use crate::units::Yen;
use crate::world::organisation::{Programme, ProgrammeStatus};
use crate::world::{World, pipeline};

/// A supplier's experience, and what it makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Supply {
    /// Lines made so far.
    pub made: f64,
    /// Cost of a line relative to one made by hand.
    pub cost: f64,
}

impl Supply {
    /// Before the first month.
    #[must_use]
    pub fn new(supplier: &Supplier) -> Self {
        Self { made: f64::from(supplier.made), cost: 1.0 }
    }
}

/// Cost of a line relative to one made by hand, after so many lines.
///
/// `(floor + (unit_cost - floor) x (made / before)^-b x A x B) / unit_cost`, where the cost falls by the learning rate with
/// each doubling, `A` is what automation leaves of the labour, and `B` what lines run side by side leave of the plant.
#[must_use]
pub fn relative_cost(supplier: &Supplier, made: f64) -> f64 {
    let by_hand = (supplier.unit_cost.0 as f64).max(1.0);
    let floor = (supplier.floor.0 as f64).min(by_hand);
    let exponent = math::ln_1p(-supplier.learning_rate) / math::ln(2.0);
    let learnt = math::pow((made / f64::from(supplier.made.max(1))).max(1.0), exponent);
    let labour = 1.0 - supplier.labour_share * supplier.automation;
    let plant = 1.0 - supplier.plant_share + supplier.plant_share / (supplier.batch * supplier.utilisation);
    (floor + (by_hand - floor) * learnt * labour * plant) / by_hand
}

/// The supplier whose cells a programme uses: a share of the country's programmes of its modality does, by their keys.
#[must_use]
pub fn supplier_of(world: &World, spec: &Spec, programme: &Programme) -> Option<usize> {
    let country = world.orgs[programme.owner.ix()].country;
    let place = programme.key.0 as f64 / u64::MAX as f64;
    spec.supplier.iter().position(|supplier| {
        supplier.modality == programme.modality && supplier.country == country && place < supplier.share
    })
}

/// Direct cost of one stage of a programme, people apart: the table's, with cells at what they cost its supplier now.
#[must_use]
pub fn stage_cost(world: &World, spec: &Spec, programme: &Programme, stage: Stage) -> Yen {
    let modality = &spec.modality[usize::from(programme.modality.0)];
    let country = &spec.country[usize::from(world.orgs[programme.owner.ix()].country.0)];
    let table = pipeline::cost(modality, country, stage);
    let cells = pipeline::cells(modality, stage);
    match supplier_of(world, spec, programme).filter(|_| cells > 0.0) {
        Some(row) => table.scaled(1.0 - cells * (1.0 - world.supplies[row].cost)),
        None => table,
    }
}

/// Direct cost of the stage, or step of discovery, that a programme is in.
#[must_use]
pub fn present_cost(world: &World, spec: &Spec, programme: &Programme) -> Yen {
    let modality = &spec.modality[usize::from(programme.modality.0)];
    let country = &spec.country[usize::from(world.orgs[programme.owner.ix()].country.0)];
    match (programme.stage, pipeline::discovery(modality, country, programme.step)) {
        (Stage::Preclinical, Some((_, _, cost))) => cost,
        _ => stage_cost(world, spec, programme, programme.stage),
    }
}

/// What a product earns over what it would with cells made by hand: cheaper cells are margin, as far as the price does not
/// follow.
#[must_use]
pub fn margin(world: &World, spec: &Spec, programme: &Programme) -> f64 {
    debug_assert!(programme.status != ProgrammeStatus::Stopped, "what is stopped earns nothing");
    let price = spec.modality[usize::from(programme.modality.0)].price.0 as f64;
    supplier_of(world, spec, programme).map_or(1.0, |row| {
        let supplier = &spec.supplier[row];
        let saved = supplier.unit_cost.0 as f64 * (1.0 - world.supplies[row].cost);
        1.0 + (1.0 - supplier.pass_on) * saved / price.max(1.0)
    })
}
