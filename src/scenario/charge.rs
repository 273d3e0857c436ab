//! What an event costs, and who pays: money at once, or month by month for as long as the event lasts.

use super::code;
use super::event::{Dates, Plan, Setup, bare};
use super::load::Charge;
use super::problem::Gathered;
use super::registry::{Kind, Parameter};
use super::spec::ClusterId;
use super::target::Target;
use super::tree::{Data, Table};
use super::value::{Context, Value};
use crate::units::{Month, Yen};

/// Reads the cost of one event and plans its payments.
pub(super) fn charges(
    id: &str,
    row: &Table,
    dates: &Dates,
    target: &Target,
    setup: &Setup<'_>,
    found: &mut Gathered,
    plan: &mut Plan,
) {
    let Some(node) = row.get("cost") else { return };
    let value = bare(node);
    let running = value.text().is_some_and(|text| text.contains('/') || text.contains(" per "));
    let parameter = match running {
        true => Parameter::plain("event.*.cost", Kind::MoneyRate, "MJPY/month", [0.0, 1e9]),
        false => Parameter::plain("event.*.cost", Kind::Money, "MJPY", [0.0, 1e9]),
    };
    let mut context = Context { rates: setup.rates, sources: setup.sources, found };
    let Some(setting) = context.read(&parameter, &format!("event.{id}.cost"), node) else { return };
    let Value::Number(amount) = setting.value else { return };
    if !setting.unit_given {
        plan.bare.push((format!("event.{id}.cost"), node.place));
    }
    // Money at once or for as long as it lasts: a bound without a unit would not say which.
    if let Data::Table(table) = &node.data
        && let Some(Data::List(bounds)) = table.get("range").map(|range| &range.data)
        && let Some(bound) = bounds.iter().find(|bound| bound.text().is_none())
    {
        found
            .error(code::UNCERTAIN, bound.place, format!("this bound of the cost of `{id}` has no unit"))
            .expected("money, as the cost itself")
            .fix("write it as in \"20 MJPY/year\"");
    }
    let text = |field: &str| match setup.settings.get(&format!("event.{id}.{field}")).map(|s| &s.value) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let payer = text("payer").unwrap_or_else(|| "taxpayers".to_owned());
    let home = text("cluster").or_else(|| target.cluster.clone());
    let cluster = home.and_then(|home| super::build::row(setup.ids, "cluster", &home)).map(ClusterId);
    let mut months: Vec<u16> = dates.starts.clone();
    if running {
        let first = dates.starts.first().copied().unwrap_or(0);
        months = (first..dates.end.min(setup.months)).collect();
    }
    for month in months {
        let (event, payer) = (id.to_owned(), payer.clone());
        plan.charges.push(Charge { month: Month(month), event, amount: Yen(amount.round() as i64), payer, cluster });
    }
}
