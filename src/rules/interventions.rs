//! Phase 1: dated interventions.
//!
//! Reads   the scenario's changes and charges of this month
//! Writes  which institutions are open and under which roof, programmes of those that close; the ledger (policy cost); the rules in force
//! Draws   nothing
//! Source  policy events of the scenario; a change of any parameter is already in this month's `Spec`

use crate::record::{Cause, Event, EventKind, Journal, column};
use crate::rules::score::Scoring;
use crate::rules::{Agenda, Context};
use crate::scenario::Value;
use crate::units::Month;
use crate::world::World;
use crate::world::ledger::{Category, Outside};

/// Payers of a scenario whose money is public.
const PUBLIC_PAYERS: [&str; 3] = ["taxpayers", "prefecture", "city"];

pub(super) fn apply(world: &mut World, ctx: &Context, agenda: &mut Agenda, journal: &mut Journal) {
    let begins = ctx.scenario.epochs.iter().find(|epoch| epoch.from == ctx.month);
    if let Some(epoch) = begins {
        agenda.scoring = Scoring::new(ctx.spec);
        follow_institutions(world, ctx);
        for change in &epoch.changes {
            journal.log(|| Event {
                month: ctx.month,
                kind: EventKind::Intervention,
                actor: change.event.as_str().into(),
                partner: format!(
                    "{}: {} -> {}",
                    change.path,
                    written(change.before.as_ref()),
                    written(change.after.as_ref())
                )
                .into(),
                cluster: None,
                partner_cluster: None,
                amount: crate::units::Yen::ZERO,
                cause: Cause { reason: "date of the scenario", value: f64::NAN },
            });
        }
    }
    for charge in ctx.scenario.charges.iter().filter(|charge| charge.month == ctx.month) {
        let public = PUBLIC_PAYERS.contains(&charge.payer.as_str());
        let payer = if public { Outside::Taxpayers } else { Outside::Payers };
        world.ledger.post(payer, Outside::Suppliers, Category::Intervention, charge.amount);
        if public {
            match charge.cluster {
                Some(cluster) => journal.count(column!("public_cost_jpy"), cluster, charge.amount.0),
                None => journal.count_all(column!("public_cost_jpy"), charge.amount.0),
            }
        }
    }
}

fn written(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.to_json().to_string())
}

/// Institutions open, close and move as their entries say. People of a closed one look for other posts; its
/// programmes end.
fn follow_institutions(world: &mut World, ctx: &Context) {
    let mut closing = Vec::new();
    for row in 0..world.orgs.len() {
        let Some(entry) = world.orgs[row].institution else { continue };
        let institution = &ctx.spec.institution[usize::from(entry.0)];
        let id = crate::world::organisation::OrgId(row as u32);
        world.orgs[row].facility = institution.facility;
        // Not founded yet: waiting for its date. Who closed has left for good.
        let waits = world.orgs[row].founded == Month::NEVER;
        if waits && institution.open {
            world.set_open(id, None);
            world.orgs[row].founded = ctx.month;
        } else if !institution.open && world.orgs[row].is_open() {
            closing.push(id);
        }
    }
    for id in closing {
        super::distress::stop_programmes(world, id);
        super::distress::close(world, id, ctx.month);
    }
}
