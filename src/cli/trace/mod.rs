//! `run --trace`: one life as a story, from the log of events and from what the world shows month by month.

mod story;
mod subject;

use serde_json::{Value, json};

use crate::record::{Event, EventKind};
use crate::rng::Key;
use crate::scenario::near_names;
use crate::scenario::registry::registry;
use crate::simulate::Run;
use crate::units::{CalendarMonth, Month};
use crate::world::World;
use crate::world::lineage;
use crate::world::organisation::{Org, OrgId, ProgrammeId, ProgrammeStatus, StartupStatus};
use crate::world::people::PersonId;

use super::engine::Loaded;
use super::failure::Failure;
use super::table::grouped;
use story::{number, sentences, stage_words, yen};
pub(super) use subject::Subject;

/// Something seen of the subject at the end of a month; it is told when `same` differs from the month before.
#[derive(Debug, Clone)]
struct Fact {
    what: String,
    same: String,
    text: String,
}

impl Fact {
    fn new(what: &str, text: String) -> Self {
        Self { what: what.to_owned(), same: text.clone(), text }
    }

    /// Told once a year, with the figures of December (or of the first month).
    fn yearly(what: &str, year: i32, text: String) -> Self {
        Self { what: what.to_owned(), same: year.to_string(), text }
    }
}

/// Follows one subject through a run.
pub(super) struct Tracer {
    subject: Subject,
    start: CalendarMonth,
    clusters: Vec<String>,
    modalities: Vec<String>,
    fields: Vec<String>,
    org: Option<OrgId>,
    /// The slot of a person may later hold somebody else, so the key is kept beside it.
    person: Option<(PersonId, Key)>,
    /// Programmes that the organisation has owned, in the order in which it got them.
    owned: Vec<ProgrammeId>,
    last: Vec<Fact>,
    events: usize,
    story: Vec<(Month, String)>,
}

impl Tracer {
    pub(super) fn new(subject: Subject, loaded: &Loaded) -> Self {
        let spec = loaded.scenario.spec_at(Month(0));
        let fields = registry().find("institution.any.domains").map_or_else(Vec::new, |entry| entry.choices.clone());
        Self {
            subject,
            start: loaded.start,
            clusters: spec.cluster.iter().map(|cluster| cluster.name.clone()).collect(),
            modalities: spec.modality.iter().map(|modality| modality.id.replace('_', " ")).collect(),
            fields: fields.iter().map(|field| field.replace('_', " ")).collect(),
            org: None,
            person: None,
            owned: Vec::new(),
            last: Vec::new(),
            events: 0,
            story: Vec::new(),
        }
    }

    /// Looks at the world at the end of a month.
    pub(super) fn look(&mut self, run: &Run<'_>, month: Month) {
        let (world, journal) = (&run.state().world, &run.state().journal);
        self.find(world);
        // A run that goes on from a checkpoint brings the log of the months before.
        let events = &journal.events[self.events.min(journal.events.len())..];
        self.events = journal.events.len();
        let mut lines = self.told(world, events);
        let seen = self.see(world, month);
        let known = |fact: &&Fact| !self.last.iter().any(|old| old.what == fact.what && old.same == fact.same);
        lines.extend(seen.iter().filter(known).map(|fact| (month, fact.text.clone())));
        if !seen.is_empty() {
            self.last = seen;
        }
        self.story.extend(lines);
    }

    /// Finds the rows of the subject as soon as it exists.
    fn find(&mut self, world: &World) {
        if let (None, Some(name)) = (self.org, self.subject.name()) {
            let row = world.orgs.iter().position(|org| self.subject.is(org, name));
            self.org = row.map(|row| OrgId(row as u32));
        }
        if let Some(org) = self.org {
            let rows = (0..world.programmes.len() as u32).map(ProgrammeId);
            let new = rows.filter(|id| world.programmes[id.ix()].owner == org && !self.owned.contains(id));
            self.owned.extend(new.collect::<Vec<_>>());
        }
        if self.person.is_none() {
            self.person = match (&self.subject, self.org) {
                (Subject::Founder(_), Some(org)) => {
                    world.orgs[org.ix()].startup.and_then(|startup| world.startups[startup.ix()].founder)
                }
                (Subject::Person(_, number), Some(org)) => {
                    person_of(world, world.orgs[org.ix()].key.child(lineage::PERSON, number - 1))
                }
                (Subject::Key(key), _) => person_of(world, *key),
                _ => None,
            };
        }
    }

    /// What the log says of the subject.
    fn told(&self, world: &World, events: &[Event]) -> Vec<(Month, String)> {
        let Some(org) = self.org else { return Vec::new() };
        match self.subject {
            Subject::Organisation(..) => sentences(events, &world.orgs[org.ix()].name),
            Subject::Programme(_, number) => {
                let Some(programme) = self.owned.get(number - 1).map(|id| &world.programmes[id.ix()]) else {
                    return Vec::new();
                };
                let owner = &world.orgs[programme.owner.ix()].name;
                let changed = self.last.iter().any(|fact| {
                    (fact.what == "stage" && fact.same != stage_words(programme.stage, programme.step))
                        || (fact.what == "status" && fact.same != status_words(programme.status))
                        || (fact.what == "owner" && fact.same != owner.as_str())
                });
                let was = self.last.iter().find(|fact| fact.what == "owner").map_or(owner.as_str(), |fact| &fact.same);
                // The log names the owner, not the programme: its owner's gates of the month in which this one changed.
                let about: Vec<Event> = events
                    .iter()
                    .filter(|event| changed && is_gate(event.kind) && event.actor == *was)
                    .cloned()
                    .collect();
                sentences(&about, was)
            }
            Subject::Founder(_) | Subject::Person(..) | Subject::Key(_) => Vec::new(),
        }
    }

    fn see(&self, world: &World, month: Month) -> Vec<Fact> {
        match self.subject {
            Subject::Organisation(..) => self.org.map_or_else(Vec::new, |org| self.see_org(world, org, month)),
            Subject::Programme(_, number) => {
                self.owned.get(number - 1).map_or_else(Vec::new, |id| self.see_programme(world, *id))
            }
            Subject::Founder(_) | Subject::Person(..) | Subject::Key(_) => {
                self.person.map_or_else(Vec::new, |(id, key)| self.see_person(world, id, key, month))
            }
        }
    }

    /// An organisation's place and state when they change, its size and money once a year.
    fn see_org(&self, world: &World, id: OrgId, month: Month) -> Vec<Fact> {
        let org = &world.orgs[id.ix()];
        if org.founded == Month::NEVER {
            return vec![Fact::new("state", "not open yet".to_owned())];
        }
        let mut seen = vec![Fact::new("place", format!("in {}", self.cluster(usize::from(org.cluster.0))))];
        let status = org.startup.map(|startup| world.startups[startup.ix()].status);
        let state = match status {
            Some(StartupStatus::Listed) => "a listed company",
            Some(StartupStatus::Acquired) => "part of its buyer",
            Some(StartupStatus::Failed) => "out of business",
            _ if org.is_open() => "at work",
            _ => "closed",
        };
        seen.push(Fact::new("state", state.to_owned()));
        if let Some((_, key)) = org.startup.and_then(|startup| world.startups[startup.ix()].founder) {
            seen.push(Fact::new("founder", format!("its founder is person:{key}")));
        }
        if org.startup.is_some() {
            for (number, programme) in (1..).zip(&self.owned) {
                let programme = &world.programmes[programme.ix()];
                let owner = &world.orgs[programme.owner.ix()];
                let what = format!("programme {number}");
                let text = if programme.owner == id {
                    let stage = stage_words(programme.stage, programme.step);
                    let paused = if programme.paused { ", put aside to save money" } else { "" };
                    format!(
                        "{what} ({}): {stage}, {}{paused}",
                        self.subject_of(programme.field, programme.modality.0),
                        status_words(programme.status)
                    )
                } else {
                    format!("{what}: now of {}", owner.name)
                };
                seen.push(Fact::new(&what, text));
            }
        }
        if org.is_open() {
            seen.push(Fact::yearly("size", self.year(month), size_of(world, id, org)));
        }
        seen
    }

    fn see_programme(&self, world: &World, id: ProgrammeId) -> Vec<Fact> {
        let programme = &world.programmes[id.ix()];
        let owner = &world.orgs[programme.owner.ix()].name;
        let kind = self.subject_of(programme.field, programme.modality.0);
        let mut seen = vec![
            Fact::new("kind", format!("{kind}; latent quality {}", number(programme.quality))),
            Fact { what: "owner".to_owned(), same: owner.to_string(), text: format!("of {owner}") },
            Fact::new("stage", stage_words(programme.stage, programme.step)),
            Fact::new("status", status_words(programme.status)),
        ];
        if programme.paused && programme.status == ProgrammeStatus::Active {
            seen.push(Fact::new("paused", "put aside to save money".to_owned()));
        }
        for site in &programme.sites {
            let hospital = &world.orgs[site.hospital.ix()].name;
            let opens = self.date(site.from);
            seen.push(Fact::new(&format!("site {hospital}"), format!("a trial at {hospital}, enrolling from {opens}")));
        }
        if programme.consultations > 0 {
            let often =
                if programme.consultations == 1 { "once" } else { &format!("{} times", programme.consultations) };
            seen.push(Fact::new("advice", format!("has asked the regulator {often}")));
        }
        if let Some(licensee) = programme.licensee {
            seen.push(Fact::new("licensee", format!("licensed to {}", world.orgs[licensee.ix()].name)));
        }
        seen
    }

    fn see_person(&self, world: &World, id: PersonId, key: Key, month: Month) -> Vec<Fact> {
        let person = &world.people[id];
        if !person.is_alive() || person.key != key {
            if let Some(gone) = self.last.iter().find(|fact| fact.what == "life" && fact.text == fact.same) {
                return vec![gone.clone()];
            }
            let retired = self.last.iter().any(|fact| fact.what == "retires" && fact.same <= order(month));
            let text = if retired { "retires" } else { "leaves the sector" };
            return vec![Fact::new("life", text.to_owned())];
        }
        let post = person.employer().map(|employer| &world.orgs[employer.ix()]);
        let occupation = format!("{:?}", person.occupation).to_lowercase();
        let field = self.fields.get(usize::from(person.field)).map_or("", String::as_str);
        let skill = number(world.skill(id));
        let age = person.age(month);
        let name = post.map_or("", |org| org.name.as_str()).to_owned();
        let work = match post {
            Some(org) => format!("works for {} at {age:.0}, {skill} of 10 in {field}", org.name),
            None => {
                let before = self.last.iter().find(|fact| fact.what == "post").map_or("", |fact| fact.same.as_str());
                let closed = world.orgs.iter().any(|org| org.name == before && org.closed == Some(month));
                let why = if closed { format!(", as {before} has closed") } else { String::new() };
                format!("without a post{why}")
            }
        };
        let founding = match (person.has_founded(), person.has_succeeded()) {
            (_, true) => "has brought a company to an exit",
            (true, false) => "is a founder",
            (false, false) => "",
        };
        let mut seen = vec![
            Fact {
                what: "life".to_owned(),
                same: key.to_string(),
                text: format!("a {occupation} in {field}, {age:.0} years old: person:{key}"),
            },
            Fact::new("place", format!("lives in {}", self.cluster(usize::from(person.cluster.0)))),
            Fact { what: "post".to_owned(), same: name, text: work },
        ];
        if !founding.is_empty() {
            seen.push(Fact::new("founding", founding.to_owned()));
        }
        // Not told: the plan that is not known to anybody yet.
        seen.push(Fact { what: "retires".to_owned(), same: order(world.people.retires(id)), text: String::new() });
        seen
    }

    fn subject_of(&self, field: u8, modality: u16) -> String {
        let part = |names: &[String], row: usize| names.get(row).cloned().unwrap_or_default();
        format!("{}, {}", part(&self.fields, usize::from(field)), part(&self.modalities, usize::from(modality)))
    }

    fn cluster(&self, row: usize) -> &str {
        self.clusters.get(row).map_or("", String::as_str)
    }

    fn date(&self, month: Month) -> String {
        self.start.plus(i32::from(month.0)).to_string().chars().take(7).collect()
    }

    /// The year whose last figures are known at the end of a month.
    fn year(&self, month: Month) -> i32 {
        let date = self.start.plus(i32::from(month.0));
        if date.month() == 12 { date.year() } else { date.year() - 1 }
    }

    /// The story as lines of a month and a text.
    ///
    /// # Errors
    /// [`Failure::Input`] if nobody of that name lived in the run.
    pub(super) fn tell(self, world: &World) -> Result<Story, Failure> {
        if self.story.is_empty() {
            return Err(Failure::Input(self.nobody(world)));
        }
        let lines = self.story.iter().filter(|(_, text)| !text.is_empty());
        Ok(Story(lines.map(|(month, text)| (self.date(*month), text.clone())).collect()))
    }

    fn nobody(&self, world: &World) -> String {
        let Some(name) = self.subject.name() else {
            return "--trace: nobody with that key lived in this run".to_owned();
        };
        if self.org.is_some() {
            return format!(
                "--trace: {name} was there, but not that one of its people or programmes\n  {}",
                subject::FORMS
            );
        }
        if let Some(org) = world.orgs.iter().find(|org| org.name == name) {
            return format!("--trace: {name} is no {}: write {}:{name}", self.subject.kind(), subject::kind_of(org));
        }
        let known: Vec<&str> =
            world.orgs.iter().filter(|org| self.subject.fits(org)).map(|org| org.name.as_str()).collect();
        format!("--trace: no {} in this run was named {name}; {}", self.subject.kind(), near_names(name, &known))
    }
}

/// A life, told.
#[derive(Debug)]
pub(super) struct Story(Vec<(String, String)>);

impl Story {
    /// For people: the month before its first line only.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let mut last = "";
        for (date, line) in &self.0 {
            let shown = if last == date { "" } else { date };
            text.push_str(&format!("  {shown:<7}  {line}\n"));
            last = date;
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        self.0.iter().map(|(date, text)| json!({ "month": date, "text": text })).collect()
    }
}

fn is_gate(kind: EventKind) -> bool {
    use EventKind::{
        Approved, ApprovedConditionally, Auctioned, Licensed, Shelved, StageFailed, StagePassed, Withdrawn,
    };
    matches!(
        kind,
        StagePassed | StageFailed | Approved | ApprovedConditionally | Withdrawn | Licensed | Auctioned | Shelved
    )
}

/// A month so that later ones sort after it.
fn order(month: Month) -> String {
    format!("{:05}", month.0)
}

fn person_of(world: &World, key: Key) -> Option<(PersonId, Key)> {
    world.people.alive().find(|id| world.people[*id].key == key).map(|id| (id, key))
}

fn status_words(status: ProgrammeStatus) -> String {
    match status {
        ProgrammeStatus::Active => "in development",
        ProgrammeStatus::Approved(_, None) => "on the market",
        ProgrammeStatus::Approved(_, Some(_)) => "on the market for a term",
        ProgrammeStatus::Stopped => "stopped",
    }
    .to_owned()
}

/// Size and money of an organisation, in a line.
fn size_of(world: &World, id: OrgId, org: &Org) -> String {
    let people = grouped(org.headcount().into());
    let cash = yen(world.ledger.cash(id));
    if let Some(fund) = world.funds.iter().find(|fund| fund.org == id) {
        return format!(
            "fund {} of {}, {} not yet called, {} holdings",
            fund.vintage,
            yen(fund.size),
            yen(fund.uncalled),
            fund.holdings.len()
        );
    }
    let partners = match world.ties.partners(id).len() {
        1 => "1 partner".to_owned(),
        several => format!("{several} partners"),
    };
    let mut text = format!("{people} people, {partners}, {cash} in cash");
    if let Some(startup) = org.startup {
        text.push_str(&format!(", spending {} a month", yen(world.startups[startup.ix()].burn)));
    } else if org.is_academic() {
        text.push_str(&format!(", {} findings on the shelf", world.shelves[id.ix()].len()));
    }
    text
}
