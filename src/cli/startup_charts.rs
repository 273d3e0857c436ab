//! Charts of a run of what becomes of its startups: how long they live, and how far they climb.

use std::collections::BTreeMap;

use crate::plot::{Climb, Interval, Ladder, Language, LifeLine, Survival, ValueKind, ladder_chart, survival_chart};
use crate::record::EventKind;
use crate::statistics::{Life, kaplan_meier};
use crate::units::Month;

use super::charts::Material;
use super::movement::{Named, caption, place_of};

/// Groups smaller than this say nothing about the share that lives.
const LEAST_FOUNDED: usize = 10;
const RUNGS: [&str; 6] = ["founded", "first", "second", "third", "later", "listed"];

/// A startup founded in the run.
#[derive(Debug, Clone, Copy)]
struct Story {
    cluster: usize,
    founded: Month,
    rounds: usize,
    raised: [f64; RUNGS.len()],
    listed: bool,
    /// When it failed, or was listed, acquired or left; and whether it failed.
    end: Option<(Month, bool)>,
}

/// Life lines and funding ladder, each left out if no startup was founded.
pub(super) fn charts(material: &Material) -> Vec<Named> {
    let stories = stories(material);
    let mut charts = Vec::new();
    if let Some(survival) = survival(material, &stories) {
        charts.push(("startup-survival", survival_chart(&survival)));
    }
    if let Some(ladder) = ladder(material, &stories) {
        charts.push(("funding-ladder", ladder_chart(&ladder)));
    }
    charts
}

/// What happened to every startup that was founded in the run, in the order of their names.
fn stories(material: &Material) -> Vec<Story> {
    let mut stories: BTreeMap<&str, Story> = BTreeMap::new();
    for event in material.events {
        if event.kind == EventKind::Founded
            && let Some(cluster) = event.cluster.and_then(|row| place_of(material, row))
        {
            let raised = [0.0; RUNGS.len()];
            let story = Story { cluster, founded: event.month, rounds: 0, raised, listed: false, end: None };
            stories.insert(&event.actor, story);
            continue;
        }
        let Some(story) = stories.get_mut(event.actor.as_str()) else { continue };
        match event.kind {
            EventKind::Round => {
                story.rounds += 1;
                story.raised[story.rounds.min(4)] += event.amount.0 as f64;
            }
            EventKind::Listed => {
                story.listed = true;
                story.raised[5] += event.amount.0 as f64;
                story.end.get_or_insert((event.month, false));
            }
            EventKind::Failed => {
                story.end.get_or_insert((event.month, true));
            }
            EventKind::Acquired | EventKind::Left => {
                story.end.get_or_insert((event.month, false));
            }
            _ => {}
        }
    }
    stories.into_values().collect()
}

fn survival(material: &Material, stories: &[Story]) -> Option<Survival> {
    let last = Month(material.records.months - 1);
    let mut lines = Vec::new();
    for (at, cluster) in material.clusters.iter().enumerate() {
        let life = |story: &Story| {
            let (end, ended) = story.end.unwrap_or((last, false));
            Life { months: end.since(story.founded), ended }
        };
        let lives: Vec<Life> = stories.iter().filter(|story| story.cluster == at).map(life).collect();
        if lives.len() < LEAST_FOUNDED {
            continue;
        }
        let estimate = kaplan_meier(&lives);
        let steps = estimate.alive.iter().zip(&estimate.interval);
        let alive = steps.map(|(&mid, &(low, high))| Interval { low, mid, high }).collect();
        let label = cluster.name.clone();
        lines.push(LifeLine { label, focus: cluster.focus, alive, at_risk: estimate.at_risk });
    }
    let five = |line: &LifeLine| Some((line.label.clone(), line.alive.get(60)?.mid));
    let after: Vec<(String, f64)> = lines.iter().filter(|line| line.focus).filter_map(five).collect();
    let named: Vec<String> = after.iter().map(|(name, share)| format!("{name} {:.0} %", 100.0 * share)).collect();
    let title = if named.is_empty() {
        material.say("survival_plain", &[])
    } else {
        material.say("survival_title", &[("found", &material.listed(&named))])
    };
    let subtitle = material.say("survival_how", &[("years", &material.years())]);
    let mut caption = caption(material, title, subtitle);
    if lines.iter().any(|line| !line.focus) {
        let dot = if material.language == Language::Japanese { "。" } else { ". " };
        caption.note = format!("{}{dot}{}", caption.note, material.say("survival_note", &[]));
    }
    (!lines.is_empty()).then_some(Survival { caption, lines })
}

fn ladder(material: &Material, stories: &[Story]) -> Option<Ladder> {
    let mut climbs = Vec::new();
    let mut found = Vec::new();
    // A scenario that is about no cluster in particular is about all.
    let any = material.clusters.iter().any(|cluster| cluster.focus);
    for (at, cluster) in material.clusters.iter().enumerate().filter(|(_, cluster)| cluster.focus || !any) {
        let mut climb =
            Climb { heading: cluster.name.clone(), counts: vec![0.0; RUNGS.len()], money: vec![0.0; RUNGS.len()] };
        for story in stories.iter().filter(|story| story.cluster == at) {
            for rung in 0..RUNGS.len() {
                let reached = if rung + 1 == RUNGS.len() { story.listed } else { story.rounds >= rung };
                climb.counts[rung] += f64::from(u8::from(reached));
                climb.money[rung] += story.raised[rung];
            }
        }
        climb.money[0] = f64::NAN;
        if climb.counts[0] > 0.0 {
            found.push(format!("{} {:.0} %", cluster.name, 100.0 * climb.counts[1] / climb.counts[0]));
            climbs.push(climb);
        }
    }
    let title = material.say("ladder_title", &[("found", &material.listed(&found))]);
    let subtitle = material.say("ladder_how", &[("years", &material.years())]);
    (!climbs.is_empty()).then(|| Ladder {
        caption: caption(material, title, subtitle),
        money: ValueKind::Yen,
        rungs: RUNGS.map(|key| material.say(key, &[])).into(),
        climbs,
    })
}
