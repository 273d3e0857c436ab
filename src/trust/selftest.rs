//! Checks that a program can make of itself: what must change nothing, and what must be found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

use crate::rng::Key;
use crate::scenario::{Prepared, Problems, Scenario};
use crate::simulate::{Outcome, Run, simulate};
use crate::study::{CellRecord, Execution, Plan, PlannedScenario, Recording, Resolution, Shard, Store, execute, fill};
use crate::units::Month;
use crate::world::World;
use crate::world::people::PersonId;

use crate::checkpoint::Checkpoint;

/// Why a check failed, in one sentence.
pub type Verdict = Result<(), String>;

/// What the checks are made on.
#[derive(Debug)]
pub struct Subject {
    /// The scenario.
    pub scenario: Scenario,
    /// Its file, to lay policies over.
    pub base: PathBuf,
    /// Its own `--set`.
    pub sets: Vec<String>,
    /// Master seed.
    pub seed: u64,
}

/// A named check.
pub struct Check {
    /// Short name.
    pub name: &'static str,
    /// What must hold.
    pub claim: &'static str,
    /// Makes it; may write into the folder.
    pub make: fn(&Subject, &Path) -> Verdict,
}

/// All checks that need nothing but this process.
pub const CHECKS: [Check; 10] = [
    Check { name: "repeat", claim: "the same run twice is the same", make: repeat },
    Check { name: "replicates", claim: "another replicate has other luck", make: replicates },
    Check { name: "threads", claim: "one thread and three give the same bytes", make: threads },
    Check { name: "shards", claim: "three shards make the whole", make: shards },
    Check { name: "zero effect", claim: "a policy that changes nothing changes nothing", make: zero_effect },
    Check { name: "one more agent", claim: "a newcomer leaves everybody else's luck alone", make: one_more },
    Check { name: "dates", claim: "what is dated takes force in its month", make: dates },
    Check { name: "books", claim: "every yen and every head is accounted for", make: books },
    Check { name: "posts", claim: "nobody has two posts, and every post that is filled has somebody", make: posts },
    Check { name: "checkpoint", claim: "a run from its checkpoint ends like the whole", make: checkpoint },
];

fn run(subject: &Subject) -> Result<Outcome, String> {
    outcome(&subject.scenario, subject.seed, 0)
}

fn outcome(scenario: &Scenario, seed: u64, replicate: u32) -> Result<Outcome, String> {
    simulate(scenario, seed, replicate, &mut |_| {}).map_err(|breach| breach.to_string())
}

fn same(a: &Outcome, b: &Outcome, what: &str) -> Verdict {
    if a.state_digest == b.state_digest && a.records == b.records && a.flows == b.flows {
        return Ok(());
    }
    let month = a.chain.iter().zip(&b.chain).position(|(a, b)| a != b);
    let month = month.map_or_else(|| "at the end".to_owned(), |month| format!("from month {month} on"));
    Err(format!("{what} differ {month}; `trihelix diverge` says where"))
}

fn repeat(subject: &Subject, _: &Path) -> Verdict {
    same(&run(subject)?, &run(subject)?, "two runs of one seed")
}

fn replicates(subject: &Subject, _: &Path) -> Verdict {
    let other = outcome(&subject.scenario, subject.seed, 1)?;
    if other.state_digest == run(subject)?.state_digest {
        Err("replicates 0 and 1 are the same".to_owned())
    } else {
        Ok(())
    }
}

/// Four replicates as the cells of a study.
fn plan(subject: &Subject) -> Plan {
    let scenario = Arc::new(subject.scenario.clone());
    Plan {
        scenarios: vec![PlannedScenario::fixed(subject.scenario.name.clone(), vec![scenario])],
        points: 1,
        replicates: 4,
        seed: subject.seed,
        recorded: Recording::all(Resolution::Month),
        trunk: None,
    }
}

fn how(threads: usize, cancel: &AtomicBool) -> Execution<'_> {
    Execution { threads, progress: &|_| {}, cancel }
}

fn cells(subject: &Subject, threads: usize) -> Result<Vec<CellRecord>, String> {
    execute(&plan(subject), None, how(threads, &AtomicBool::new(false))).map_err(|error| error.to_string())
}

fn same_cells(a: &[CellRecord], b: &[CellRecord], what: &str) -> Verdict {
    let differs = |(a, b): (&CellRecord, &CellRecord)| a.to_bytes() != b.to_bytes();
    match a.iter().zip(b).position(differs) {
        Some(replicate) => Err(format!("replicate {replicate} differs between {what}")),
        None => Ok(()),
    }
}

fn threads(subject: &Subject, _: &Path) -> Verdict {
    same_cells(&cells(subject, 1)?, &cells(subject, 3)?, "one thread and three")
}

fn shards(subject: &Subject, folder: &Path) -> Verdict {
    let plan = plan(subject);
    let keys = plan.keys();
    let mut stores = Vec::new();
    let failed = |cause: &dyn std::fmt::Display| format!("cannot compute a shard: {cause}");
    for number in 0..3 {
        let shard = Shard { number, of: 3 };
        let path = folder.join(format!("shard-{number}"));
        let store = Store::open(&path, Value::Null).map_err(|cause| failed(&cause))?;
        let own: Vec<usize> = (0..keys.len()).filter(|index| shard.has(*index)).collect();
        let cancel = AtomicBool::new(false);
        fill(&plan, &keys, &own, how(2, &cancel), &|_, record| store.append(&record))
            .map_err(|cause| failed(&cause))?;
        stores.push(path);
    }
    let whole = cells(subject, 2)?;
    let joined = Store::read_only(&stores).map_err(|cause| failed(&cause))?;
    let read = |key: &crate::study::CellKey| joined.read(*key).ok().flatten();
    let joined: Option<Vec<CellRecord>> = keys.iter().map(read).collect();
    same_cells(&whole, &joined.ok_or("a shard lacks a cell")?, "the whole and its shards")
}

/// The scenario with a policy laid over it.
fn with(subject: &Subject, folder: &Path, policy: &str) -> Result<Scenario, String> {
    let path = folder.join("policy.toml");
    std::fs::write(&path, policy).map_err(|cause| format!("cannot write a policy: {cause}"))?;
    let told = |problems: Problems| format!("a policy cannot be laid over the scenario: {problems}");
    Prepared::read(&subject.base, &[path]).scenario(&subject.sets).map(|(scenario, _)| scenario).map_err(told)
}

/// A month of the scenario as a policy writes it.
fn date(subject: &Subject, month: u16) -> String {
    subject.scenario.start.plus(i32::from(month)).to_string()
}

fn cluster(subject: &Subject) -> Result<&str, String> {
    // The last in order of ids: a newcomer there moves every row behind it, if rows mattered.
    let clusters = &subject.scenario.spec_at(Month(0)).cluster;
    clusters.first().map(|cluster| cluster.id.as_str()).ok_or_else(|| "the scenario has no cluster".to_owned())
}

fn zero_effect(subject: &Subject, folder: &Path) -> Verdict {
    let (cluster, date) = (cluster(subject)?, date(subject, 1));
    let policy = format!(
        "schema = 1\npolicy = true\nname = \"nothing\"\n[[event]]\nid = \"nothing\"\nat = {date}\n\
         target = \"cluster:{cluster}\"\nfield = \"turnover\"\nop = \"mul\"\nfactor = 1.0\n"
    );
    same(&run(subject)?, &outcome(&with(subject, folder, &policy)?, subject.seed, 0)?, "the run and the run under it")
}

fn one_more(subject: &Subject, folder: &Path) -> Verdict {
    let cluster = cluster(subject)?;
    let policy = format!(
        "schema = 1\npolicy = true\nname = \"one-more\"\n[[startup]]\nid = \"aaa-one-more\"\nname = \"One more\"\n\
         cluster = \"{cluster}\"\nstage = \"preclinical\"\n"
    );
    let more = with(subject, folder, &policy)?;
    let people = |scenario: &Scenario| -> Result<BTreeMap<Key, [u64; 4]>, String> {
        let mut run = Run::new(scenario, subject.seed, 0);
        run.advance().map_err(|breach| breach.to_string())?;
        Ok(rows(&run.state().world))
    };
    let (without, with) = (people(&subject.scenario)?, people(&more)?);
    let alike = without.iter().filter(|(key, row)| with.get(key) == Some(row)).count();
    // A newcomer hires a few; whoever is hired by it is not hired by another.
    if alike * 100 >= without.len() * 98 {
        return Ok(());
    }
    Err(format!("of {} people only {alike} are as they were after a month", without.len()))
}

/// Everybody by key; rows of organisations and people are numbers that a newcomer may shift.
fn rows(world: &World) -> BTreeMap<Key, [u64; 4]> {
    let row = |id: PersonId| {
        let [key, post, place, what, _] = world.people.row_words(id);
        let employer = world.people[id].employer().map_or(Key(0), |org| world.orgs[org.ix()].key);
        // In place of the employer's row, half of its key; in place of the person's row, nothing.
        let [low, high] = [u64::from(u32::MAX), u64::from(u32::MAX) << 32];
        (world.people[id].key, [key, (post & high) | (employer.0 & low), place, what & low])
    };
    world.people.alive().map(row).collect()
}

fn dates(subject: &Subject, folder: &Path) -> Verdict {
    if subject.scenario.months < 3 {
        return Err("a run of three months or more is needed".to_owned());
    }
    let (cluster, date) = (cluster(subject)?, date(subject, 2));
    let policy = format!(
        "schema = 1\npolicy = true\nname = \"dated\"\n[[event]]\nid = \"dated\"\nat = {date}\n\
         target = \"cluster:{cluster}\"\nfield = \"lab_slots\"\nop = \"add\"\nvalue = 7\n"
    );
    let (without, with) = (run(subject)?, outcome(&with(subject, folder, &policy)?, subject.seed, 0)?);
    let slots = |outcome: &Outcome, month: usize| -> i64 {
        let column = crate::record::METRICS.iter().position(|metric| metric.name == "lab_slots");
        let width = outcome.records.clusters + 1;
        match column.map(|column| &outcome.records.columns[column]) {
            Some(crate::record::Column::Integer(values)) => values[month * width + width - 1],
            _ => 0,
        }
    };
    let added: Vec<i64> = (0..3).map(|month| slots(&with, month) - slots(&without, month)).collect();
    if added == [0, 0, 7] {
        return Ok(());
    }
    Err(format!("seven laboratory places dated in the third month were there as {added:?} in the first three"))
}

fn books(subject: &Subject, _: &Path) -> Verdict {
    let mut run = Run::new(&subject.scenario, subject.seed, 0);
    run.advance_to_end().map_err(|breach| breach.to_string())
}

fn posts(subject: &Subject, _: &Path) -> Verdict {
    let mut run = Run::new(&subject.scenario, subject.seed, 0);
    while let Some(month) = run.month() {
        run.advance().map_err(|breach| breach.to_string())?;
        let world = &run.state().world;
        let mut counted = vec![[0_u32; 4]; world.orgs.len()];
        for id in world.people.alive() {
            if let Some(employer) = world.people[id].employer() {
                counted[employer.ix()][world.people[id].occupation as usize] += u32::from(world.people[id].weight);
            }
        }
        for (org, counted) in world.orgs.iter().zip(&counted) {
            if org.staff != *counted {
                return Err(format!("month {}: {} counts {:?} and employs {counted:?}", month.0, org.name, org.staff));
            }
        }
    }
    Ok(())
}

fn checkpoint(subject: &Subject, _: &Path) -> Verdict {
    let Subject { scenario, seed, .. } = subject;
    let mut run = Run::new(scenario, *seed, 0);
    for _ in 0..scenario.months / 2 {
        run.advance().map_err(|breach| breach.to_string())?;
    }
    let bytes = Checkpoint::bytes_of(&run, scenario, *seed, 0).map_err(|error| error.to_string())?;
    let mut again = Checkpoint::from_bytes(&bytes).map_err(|error| error.to_string())?.resume(scenario, *seed, 0);
    while again.month().is_some() {
        again.advance().map_err(|breach| breach.to_string())?;
    }
    same(&self::run(subject)?, &again.finish(), "the run and the run from its checkpoint")
}
