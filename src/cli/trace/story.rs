//! Events of the log as sentences about one of those who took part.

use std::fmt::Write;

use crate::record::{Event, EventKind};
use crate::scenario::spec::Stage;
use crate::units::{Month, Yen};
use crate::world::pipeline;

use super::super::table::{billions, grouped};

/// So many events of one kind in a month are told one by one; more are told together.
const EACH: usize = 3;

/// The events that name an organisation, as sentences with their causes.
pub(super) fn sentences(events: &[Event], name: &str) -> Vec<(Month, String)> {
    let mut told: Vec<(Month, String)> = Vec::new();
    let about: Vec<&Event> = events.iter().filter(|event| event.actor == name || event.partner == name).collect();
    let mut done: Vec<(Month, EventKind, bool)> = Vec::new();
    for event in &about {
        let acts = event.actor == name;
        let kind = (event.month, event.kind, acts);
        let alike: Vec<&&Event> =
            about.iter().filter(|other| (other.month, other.kind, other.actor == name) == kind).collect();
        if alike.len() <= EACH {
            told.push((event.month, sentence(event, acts)));
        } else if !done.contains(&kind) {
            done.push(kind);
            told.push((event.month, together(&alike, acts)));
        }
    }
    told
}

fn sentence(event: &Event, acts: bool) -> String {
    let other = if acts { &event.partner } else { &event.actor };
    let mut text = phrase(event.kind, acts).replace("{}", if other.is_empty() { "investors" } else { other });
    if event.amount != Yen::ZERO {
        let _ = write!(text, ", {}", yen(event.amount));
    }
    let _ = match (event.cause.reason, event.cause.value) {
        ("", _) => Ok(()),
        (reason, value) if value.is_nan() => write!(text, " ({reason})"),
        (reason, value) => write!(text, " ({reason}: {})", number(value)),
    };
    text
}

/// Several events of one kind: how many, the first of those concerned, the money in all.
fn together(alike: &[&&Event], acts: bool) -> String {
    let others: Vec<&str> =
        alike.iter().map(|event| if acts { event.partner.as_str() } else { event.actor.as_str() }).collect();
    let named: Vec<&str> = others.iter().filter(|name| !name.is_empty()).take(EACH).copied().collect();
    let who = match named.len() {
        0 => "others".to_owned(),
        shown => format!("{} and {} more", named.join(", "), others.len() - shown),
    };
    let mut text = phrase(alike[0].kind, acts).replace("{}", &who);
    if !phrase(alike[0].kind, acts).contains("{}") {
        let _ = write!(text, ", {} times", alike.len());
    }
    let amount: Yen = alike.iter().map(|event| event.amount).sum();
    if amount != Yen::ZERO {
        let _ = write!(text, ", {}", yen(amount));
    }
    text
}

/// What an event is to whoever acts in it, and to the other side, named where the braces stand.
fn phrase(kind: EventKind, acts: bool) -> &'static str {
    match (kind, acts) {
        (EventKind::Founded, true) => "is founded out of {}",
        (EventKind::Founded, false) => "{} is founded out of it",
        (EventKind::Round, true) => "raises a round from {}",
        (EventKind::Round, false) => "leads a round of {}",
        (EventKind::RoundFailed, _) => "finds no money",
        (EventKind::Bridge, _) => "gets a bridge from its investors",
        (EventKind::Grant, _) => "wins a grant",
        (EventKind::GrantRefused, _) => "is refused a grant",
        (EventKind::StagePassed, _) => "a programme passes",
        (EventKind::StageFailed, _) => "a programme fails",
        (EventKind::Approved, _) => "a product is approved",
        (EventKind::ApprovedConditionally, _) => "a product is approved for a term",
        (EventKind::Withdrawn, _) => "an approval is withdrawn",
        (EventKind::Listed, _) => "is listed",
        (EventKind::Acquired, true) => "is acquired by {}",
        (EventKind::Acquired, false) => "acquires {}",
        (EventKind::Licensed, true) => "licenses a programme to {}",
        (EventKind::Licensed, false) => "takes a licence from {}",
        (EventKind::Failed, _) => "fails",
        (EventKind::Auctioned, true) => "sells a programme to {}",
        (EventKind::Auctioned, false) => "buys a programme from what is left of {}",
        (EventKind::TieFormed, _) => "begins to work with {}",
        (EventKind::TieEnded, _) => "no longer works with {}",
        (EventKind::FundClosed, _) => "closes a fund",
        (EventKind::Arrived, _) => "arrives",
        (EventKind::Left, _) => "closes",
        (EventKind::Regime, _) => "the funding regime turns",
        (EventKind::Intervention, _) => "the scenario changes it",
        (EventKind::Moved, _) => "moves its seat",
        (EventKind::Shelved, true) => "a programme goes onto the shelf of {}",
        (EventKind::Shelved, false) => "a programme of {} comes onto its shelf",
        (EventKind::Building, _) => "laboratories are being built",
    }
}

pub(super) fn stage_words(stage: Stage, step: u8) -> String {
    match stage {
        Stage::Preclinical if step < pipeline::DISCOVERY => format!("step {} of discovery", step + 1),
        Stage::Preclinical => "preclinical work".to_owned(),
        Stage::Phase1 => "phase 1".to_owned(),
        Stage::Phase2 => "phase 2".to_owned(),
        Stage::Phase3 => "phase 3".to_owned(),
        Stage::Review => "review".to_owned(),
    }
}

pub(super) fn yen(amount: Yen) -> String {
    if amount.0.abs() >= 1_000_000_000 {
        format!("JPY {} bn", billions(amount.0.into()))
    } else {
        format!("JPY {} m", grouped(i128::from(amount.0) / 1_000_000))
    }
}

/// Two digits after the point are enough for a story, none for a whole or a large number.
pub(super) fn number(value: f64) -> String {
    if value.abs() >= 100.0 || value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Cause;

    fn event(actor: &str, partner: &str, reason: &'static str) -> Event {
        Event {
            month: Month(3),
            kind: EventKind::TieFormed,
            actor: actor.into(),
            partner: partner.into(),
            cluster: None,
            partner_cluster: None,
            amount: Yen::ZERO,
            cause: Cause { reason, value: 0.5 },
        }
    }

    #[test]
    fn both_sides_hear_of_it_and_of_its_cause() {
        let events = [event("a", "b", "score"), event("c", "d", "score")];
        assert_eq!(sentences(&events, "a"), [(Month(3), "begins to work with b (score: 0.50)".to_owned())]);
        assert_eq!(sentences(&events, "b"), [(Month(3), "begins to work with a (score: 0.50)".to_owned())]);
        assert!(sentences(&events, "e").is_empty());
    }

    #[test]
    fn many_of_one_kind_are_told_together() {
        let events: Vec<Event> = ["b", "c", "d", "e", "f"].iter().map(|other| event("a", other, "score")).collect();
        assert_eq!(sentences(&events, "a"), [(Month(3), "begins to work with b, c, d and 2 more".to_owned())]);
    }

    #[test]
    fn money_and_numbers_are_short() {
        assert_eq!(yen(Yen(12_345_678)), "JPY 12 m");
        assert_eq!(yen(Yen(2_340_000_000)), "JPY 2.3 bn");
        assert_eq!((number(0.1234), number(3.0), number(1234.5)), ("0.12".into(), "3".into(), "1234".into()));
    }
}
