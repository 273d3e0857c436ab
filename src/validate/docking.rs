//! V12 and V36 to V38: the model with no more in it than another model has, beside what that one found.
//!
//! Each has a small scenario of its own, which the record names (`[[docking]]`).

use std::collections::BTreeMap;

use crate::record::{Records, column};
use crate::rng::{Key, Purpose, Streams, sample};
use crate::rules::Breach;
use crate::scenario::Scenario;
use crate::scenario::spec::Actor;
use crate::simulate::{Run, simulate};
use crate::units::{Month, Yen};
use crate::world::World;
use crate::world::organisation::{FIELDS, OrgId};
use crate::world::pool::yearly_return;
use crate::world::ties::TieKind;

use super::Values;
use super::watch::{Watcher, simulate_watched};

/// Scenarios of the dockings by name.
pub type Dockings = BTreeMap<String, Scenario>;

/// Yen in a dollar of `paul-2010`.
const DOLLAR: f64 = 100.0;
/// Runs whose pools are taken together as one value: a single pool of a few dozen programmes is one lottery ticket.
const POOLS: u32 = 20;

/// Computes all dockings of one replicate; one whose scenario is not there has no values.
pub(super) fn dock(dockings: &Dockings, seed: u64, replicate: u32) -> Result<Values, Breach> {
    let mut values = Values::new();
    if let Some(scenario) = dockings.get("paul-2010") {
        values.insert("launch-cost", launch_cost(scenario, seed, replicate)?);
    }
    if let Some(scenario) = dockings.get("megafund") {
        values.insert("megafund", megafund(scenario, seed, replicate)?);
    }
    if let (Some(with), Some(without)) = (dockings.get("skin-universities"), dockings.get("skin-companies")) {
        values.insert("universities", universities(with, without, seed, replicate)?);
    }
    if let Some(scenario) = dockings.get("gatekeepers") {
        values.insert("gatekeepers", gatekeepers(scenario, seed, replicate)?);
    }
    Ok(values)
}

/// A whole-number metric of all clusters, added up over the run.
fn total(records: &Records, metric: usize) -> f64 {
    let crate::record::Column::Integer(values) = &records.columns[metric] else { return f64::NAN };
    let width = records.clusters + 1;
    values.chunks_exact(width).map(|month| month[width - 1] as f64).sum()
}

/// V12: out-of-pocket cost of development over launches, in million dollars.
fn launch_cost(scenario: &Scenario, seed: u64, replicate: u32) -> Result<Vec<Option<f64>>, Breach> {
    let records = simulate(scenario, seed, replicate, &mut |_| {})?.records;
    let launches = total(&records, column!("approvals_full"));
    let cost = total(&records, column!("development_cost_jpy")) / DOLLAR / 1e6;
    Ok(vec![(launches >= 100.0).then(|| cost / launches)])
}

/// V36: what the equity of pools earns a year, as if one had bought a share of each, and the part of their senior
/// bonds that was not repaid; both in per cent.
fn megafund(scenario: &Scenario, seed: u64, replicate: u32) -> Result<Vec<Option<f64>>, Breach> {
    let (mut invested, mut paid, mut owed, mut lost) = (Yen::ZERO, Vec::new(), 0.0, 0.0);
    for nth in 0..POOLS {
        let mut run = Run::new(scenario, seed, replicate * POOLS + nth);
        run.advance_to_end()?;
        let world = &run.state().world;
        for pool in world.pools.iter().filter(|pool| pool.closed.is_some()) {
            let entry = &scenario.spec_at(Month(0)).fund[world.funds[pool.fund.ix()].entry];
            invested += pool.equity;
            let years = |month: Month| f64::from(month.since(pool.opened)) / 12.0;
            paid.extend(pool.paid.iter().map(|(month, amount)| (years(*month), *amount)));
            owed += entry.size.0 as f64 * entry.senior;
            lost += pool.lost[0].0 as f64;
        }
    }
    let some = owed > 0.0 && invested > Yen::ZERO;
    Ok(vec![some.then(|| 100.0 * yearly_return(invested, &paid)), some.then(|| 100.0 * lost / owed)])
}

/// What companies know: the effective number of fields of their stock of expertise, and the mean number of fields in
/// which one of them knows more than everybody does.
fn known_by_companies(world: &World, floor: f64) -> (f64, f64) {
    let mut stock = [0.0; FIELDS];
    let (mut companies, mut fields) = (0.0, 0.0);
    for org in world.open_orgs().filter(|org| org.actor == Actor::Company) {
        companies += 1.0;
        for (sum, level) in stock.iter_mut().zip(&org.expertise) {
            *sum += level;
            fields += f64::from(u8::from(*level > floor));
        }
    }
    (effective_number(&stock), fields / companies)
}

/// exp(- sum s ln s) over the shares.
fn effective_number(stock: &[f64]) -> f64 {
    let total: f64 = stock.iter().sum();
    let entropy: f64 =
        stock.iter().filter(|part| **part > 0.0).map(|part| -(part / total) * crate::math::ln(part / total)).sum();
    crate::math::exp(entropy)
}

/// V37: variety of what companies know, and how many fields one of them knows, with universities over without.
fn universities(with: &Scenario, without: &Scenario, seed: u64, replicate: u32) -> Result<Vec<Option<f64>>, Breach> {
    let known = |scenario: &Scenario| -> Result<(f64, f64), Breach> {
        let mut run = Run::new(scenario, seed, replicate);
        run.advance_to_end()?;
        Ok(known_by_companies(&run.state().world, 1.5 * scenario.spec_at(Month(0)).knowledge.floor))
    };
    let ((variety, spread), (variety_alone, spread_alone)) = (known(with)?, known(without)?);
    let ratio = |a: f64, b: f64| Some(a / b).filter(|ratio| ratio.is_finite());
    Ok(vec![ratio(variety, variety_alone), ratio(spread, spread_alone)])
}

/// How companies of two regions are tied together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topology {
    /// A few of each region hold all pipelines to the other; every other company is tied to one of them.
    Gatekeepers,
    /// As many ties within the regions and between them, but between companies by lot.
    Spread,
    /// As many ties, all within the regions.
    Local,
}

/// Gatekeepers of a region.
const KEEPERS: usize = 4;

/// Pairs of a topology over two regions; as many for all of them, none twice.
fn pairs(topology: Topology, regions: [&[OrgId]; 2], streams: &Streams) -> Vec<(OrgId, OrgId)> {
    let mut found: Vec<(OrgId, OrgId)> = Vec::new();
    for region in regions {
        for (at, org) in region.iter().enumerate().skip(KEEPERS) {
            found.push((region[at % KEEPERS], *org));
        }
    }
    let within = found.len();
    for a in &regions[0][..KEEPERS] {
        found.extend(regions[1][..KEEPERS].iter().map(|b| (*a, *b)));
    }
    if topology == Topology::Gatekeepers {
        return found;
    }
    let whole = found.len();
    let between = if topology == Topology::Local { 0 } else { whole - within };
    let mut rng = streams.at(Purpose::Calibration, Key::named("topology", "pairs"), topology as u32);
    let mut drawn: Vec<(OrgId, OrgId)> = Vec::new();
    while drawn.len() < whole {
        let own = regions[drawn.len() % 2];
        let other = if drawn.len() < between { regions[(drawn.len() + 1) % 2] } else { own };
        let a = own[sample::below(&mut rng, own.len() as u32) as usize];
        let b = other[sample::below(&mut rng, other.len() as u32) as usize];
        let pair = (a.min(b), a.max(b));
        if a != b && !drawn.contains(&pair) {
            drawn.push(pair);
        }
    }
    drawn
}

/// Ties everybody together at the beginning, for good.
struct Tied {
    topology: Topology,
    streams: Streams,
    months: u16,
    /// Expertise of all companies, all fields added up, at the beginning.
    before: f64,
}

fn expertise(world: &World) -> f64 {
    world.open_orgs().filter(|org| org.actor == Actor::Company).flat_map(|org| org.expertise).sum()
}

impl Watcher for Tied {
    fn before(&mut self, month: Month, world: &mut World) {
        if month != Month(0) {
            return;
        }
        self.before = expertise(world);
        let mut regions: [Vec<OrgId>; 2] = Default::default();
        for id in &world.open {
            let org = &world.orgs[id.ix()];
            if org.actor == Actor::Company {
                regions[usize::from(org.cluster.0).min(1)].push(*id);
            }
        }
        if regions.iter().any(|region| region.len() <= 2 * KEEPERS) {
            return;
        }
        for (at, (a, b)) in pairs(self.topology, [&regions[0], &regions[1]], &self.streams).into_iter().enumerate() {
            let first = Month(at as u16 % 6 + 1);
            world.ties.form(a, b, TieKind::Industry, Month(0), Month(self.months + 1), first);
        }
    }
}

/// V38: growth of what companies know with gatekeepers, over that of the better of the other topologies.
fn gatekeepers(scenario: &Scenario, seed: u64, replicate: u32) -> Result<Vec<Option<f64>>, Breach> {
    let growth = |topology: Topology| -> Result<f64, Breach> {
        let streams = Streams::new(seed, replicate);
        let mut hand = Tied { topology, streams, months: scenario.months, before: 0.0 };
        let (_, world) = simulate_watched(scenario, seed, replicate, &mut hand)?;
        Ok(expertise(&world) / hand.before)
    };
    let keepers = growth(Topology::Gatekeepers)?;
    let best = growth(Topology::Spread)?.max(growth(Topology::Local)?);
    Ok(vec![Some(keepers / best).filter(|ratio| ratio.is_finite())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topologies_have_as_many_ties_in_their_places() {
        let all: Vec<OrgId> = (0..40).map(OrgId).collect();
        let regions = [&all[..20], &all[20..]];
        let of = |topology| pairs(topology, regions, &Streams::new(1, 0));
        let between = |pairs: &[(OrgId, OrgId)]| pairs.iter().filter(|(a, b)| (a.0 < 20) != (b.0 < 20)).count();
        let keepers = of(Topology::Gatekeepers);
        assert_eq!((keepers.len(), between(&keepers)), (48, 16));
        for (topology, expected) in [(Topology::Spread, 16), (Topology::Local, 0)] {
            let mut drawn = of(topology);
            assert_eq!((drawn.len(), between(&drawn)), (48, expected), "{topology:?}");
            drawn.sort();
            drawn.dedup();
            assert_eq!(drawn.len(), 48, "{topology:?}: no pair twice");
        }
    }

    #[test]
    fn as_many_fields_as_there_are_equal_parts() {
        assert!((effective_number(&[2.0, 2.0, 0.0, 2.0]) - 3.0).abs() < 1e-12);
        assert!((effective_number(&[5.0, 0.0]) - 1.0).abs() < 1e-12);
    }
}
