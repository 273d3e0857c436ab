//! From a path in the state to whom it belongs.

use crate::rng::Key;
use crate::scenario::Scenario;
use crate::units::Month;
use crate::world::World;
use crate::world::people::PersonId;

/// The entity of a path, in words, and the key that its chance is addressed by, if it has one.
#[must_use]
pub fn named(path: &str, world: &World, scenario: &Scenario) -> (String, Option<Key>) {
    let (table, rest) = path.split_once('[').unwrap_or((path, ""));
    let row: Option<usize> = rest.split_once(']').and_then(|(row, _)| row.parse().ok());
    let Some(row) = row else { return ("the world".to_owned(), None) };
    let org = |row: usize| world.orgs.get(row).map(|org| (org.name.to_string(), Some(org.key)));
    let found = match table {
        "orgs" | "ledger.orgs" | "ledger.class_of" | "shelves" | "slots_used" | "ties.present" | "ties.past" => {
            org(row)
        }
        "startups" => world.startups.get(row).and_then(|startup| org(startup.org.ix())),
        "funds" => world.funds.get(row).and_then(|fund| org(fund.org.ix())),
        "programmes" => world.programmes.get(row).and_then(|programme| {
            let (owner, _) = org(programme.owner.ix())?;
            Some((format!("programme {} of {owner}", programme.key), Some(programme.key)))
        }),
        "ties.all" => world.ties.all.get(row).and_then(|tie| {
            let (a, b) = (org(tie.a.ix())?, org(tie.b.ix())?);
            Some((format!("the tie of {} and {}", a.0, b.0), a.1))
        }),
        "jobless" | "labs_used" | "headcount" | "recent_exits" | "rings" => {
            let cluster = scenario.spec_at(Month(0)).cluster.get(row);
            cluster.map(|cluster| (format!("cluster {}", cluster.id), None))
        }
        "facility_used" => {
            let facility = scenario.spec_at(Month(0)).facility.get(row);
            facility.map(|facility| (format!("facility {}", facility.id), None))
        }
        "people.rows" if row < world.people.rows() => {
            let person = &world.people[PersonId(row as u32)];
            let employer = person.employer().and_then(|id| org(id.ix()));
            let of = employer.map_or_else(|| "without a post".to_owned(), |(name, _)| format!("at {name}"));
            Some((format!("person {} {of}", person.key), Some(person.key)))
        }
        _ => None,
    };
    found.unwrap_or_else(|| (format!("row {row} of {table}"), None))
}

/// Whose key it is: an organisation's or a programme's name, or the key itself.
#[must_use]
pub fn of_key(key: Key, world: &World) -> String {
    if let Some(org) = world.orgs.iter().find(|org| org.key == key) {
        return org.name.to_string();
    }
    if world.programmes.iter().any(|programme| programme.key == key) {
        return format!("programme {key}");
    }
    if world.people.alive().any(|id| world.people[id].key == key) {
        return format!("person {key}");
    }
    format!("key {key}")
}
