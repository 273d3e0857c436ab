//! Push and pull: rewards, premiums, tax credits, free advice and remitted rent, as the scenario has them.
//!
//! Reads   `incentive`
//! Writes  the ledger (what is paid at approval and with the month's bills)
//! Draws   nothing
//! Source  M23

use crate::record::{Journal, column};
use crate::rules::Context;
use crate::scenario::spec::{CountryId, Incentive, IncentiveKind, ModalityId};
use crate::units::{Month, Yen};
use crate::world::World;
use crate::world::ledger::{Category, Outside};
use crate::world::organisation::{OrgId, ProgrammeId};

/// Most of the rent that can be remitted: of a rent of nothing nobody could say what was spared.
const MOST_REMITTED: f64 = 0.99;

/// Incentives of a kind that hold in a country, for a modality if they are for one.
fn holding<'a>(
    ctx: &Context<'a>,
    country: CountryId,
    modality: Option<ModalityId>,
    kind: IncentiveKind,
) -> impl Iterator<Item = &'a Incentive> {
    let rows = if ctx.spec.mechanisms.m23 { ctx.spec.incentive.as_slice() } else { &[] };
    rows.iter().filter(move |row| {
        row.open && row.kind == kind && row.country == country && (row.modality.is_none() || row.modality == modality)
    })
}

/// Money for an approved product.
pub(super) fn reward(ctx: &Context, country: CountryId, modality: ModalityId) -> Yen {
    holding(ctx, country, Some(modality), IncentiveKind::Reward).map(|row| row.amount).sum()
}

/// Pays the rewards for an approval.
pub(super) fn pay_reward(world: &mut World, ctx: &Context, journal: &mut Journal, id: ProgrammeId) {
    let programme = &world.programmes[id.ix()];
    let owner = &world.orgs[programme.owner.ix()];
    let amount = reward(ctx, owner.country, programme.modality).scaled(f64::from(programme.weight));
    pay(world, journal, programme.owner, amount);
}

/// Public money to a company, counted as such.
fn pay(world: &mut World, journal: &mut Journal, to: OrgId, amount: Yen) {
    journal.count(column!("public_cost_jpy"), world.orgs[to.ix()].cluster, amount.0);
    world.ledger.post(Outside::Taxpayers, to, Category::Intervention, amount);
}

/// Premium over the sales of a product approved so many months ago.
pub(super) fn premium(ctx: &Context, country: CountryId, modality: ModalityId, age: f64) -> f64 {
    let rows = holding(ctx, country, Some(modality), IncentiveKind::Premium);
    rows.filter(|row| age < row.years).map(|row| row.share).sum()
}

/// The mean of the premium over the life of a product on the market.
pub(super) fn lasting_premium(ctx: &Context, country: CountryId, modality: ModalityId) -> f64 {
    let life = ctx.spec.regulation.market_life;
    let rows = holding(ctx, country, Some(modality), IncentiveKind::Premium);
    rows.map(|row| row.share * (row.years / life).min(1.0)).sum()
}

/// Part of the direct cost of development that is given back, at most all of it.
pub(super) fn tax_credit(ctx: &Context, country: CountryId, modality: ModalityId) -> f64 {
    holding(ctx, country, Some(modality), IncentiveKind::TaxCredit).map(|row| row.share).sum::<f64>().min(1.0)
}

/// Gives back part of a company's direct cost.
pub(super) fn pay_tax_credit(world: &mut World, journal: &mut Journal, to: OrgId, amount: Yen) {
    pay(world, journal, to, amount);
}

/// Whether the regulator's advice is free.
pub(super) fn free_advice(ctx: &Context, country: CountryId) -> bool {
    holding(ctx, country, None, IncentiveKind::Advice).next().is_some()
}

/// Pays the landlord what a startup is spared of its rent, of which it has paid the rest.
pub(super) fn pay_rent(world: &mut World, ctx: &Context, journal: &mut Journal, startup: OrgId, rest: Yen) {
    let org = &world.orgs[startup.ix()];
    let remitted = rent_remitted(ctx, org.country, org.founded);
    let amount = rest.scaled(remitted / (1.0 - remitted));
    journal.count(column!("public_cost_jpy"), org.cluster, amount.0);
    world.ledger.post(Outside::Taxpayers, Outside::Suppliers, Category::Intervention, amount);
}

/// Part of the rent that a startup of this age is spared, at most nearly all of it.
pub(super) fn rent_remitted(ctx: &Context, country: CountryId, founded: Month) -> f64 {
    let age = f64::from(ctx.month.since(founded));
    let rows = holding(ctx, country, None, IncentiveKind::Rent);
    rows.filter(|row| age < row.years).map(|row| row.share).sum::<f64>().min(MOST_REMITTED)
}
