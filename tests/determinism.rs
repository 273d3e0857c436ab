//! Same seed, same results; only what differs makes a difference.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use trihelix::record::Event;
use trihelix::scenario::Scenario;
use trihelix::simulate::{Outcome, simulate};

fn scenario(policies: &[&Path], months: u16) -> Scenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let policies: Vec<PathBuf> = policies.iter().map(|path| path.to_path_buf()).collect();
    let sets = [format!("time.months={months}")];
    let base = root.join("scenarios/kansai-2024.toml");
    Scenario::load(&base, &policies, &sets).unwrap_or_else(|problems| panic!("{problems}")).0
}

fn run(scenario: &Scenario, seed: u64) -> Outcome {
    simulate(scenario, seed, 0, &mut |_| {}).unwrap_or_else(|breach| panic!("{breach}"))
}

fn hex(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes an overlay where tests may write, and returns its path.
fn overlay(name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(name);
    std::fs::write(&path, text).expect("the folder for tests can be written");
    path
}

/// Pins the numbers themselves. A change here changes every published result: raise `simulate::BEHAVIOUR` and say
/// under *Results* in the changelog what changed and why. To bless, run with `TRIHELIX_BLESS=1` and read the output; it
/// is refused without that line, and for a behaviour that was released.
#[test]
fn golden_state_digests() {
    let pinned = include_str!("golden/kansai-2024.txt");
    let scenario = scenario(&[], 18);
    let found: String =
        (1..=3).map(|seed| format!("seed {seed}: {}\n", hex(&run(&scenario, seed).state_digest))).collect();
    let found = format!("behaviour {}, 18 months\n{found}", trihelix::simulate::BEHAVIOUR);
    if std::env::var_os("TRIHELIX_BLESS").is_some() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the golden file can be read");
        let written = blessed(&read("behaviours.txt"), &found, &read("../../CHANGELOG.md"));
        let written = written.unwrap_or_else(|refused| panic!("{refused}"));
        std::fs::write(folder.join("behaviours.txt"), written).expect("the golden file can be written");
        std::fs::write(folder.join("kansai-2024.txt"), &found).expect("the golden file can be written");
        return;
    }
    assert_eq!(found, pinned, "results changed; see the comment above this test");
}

/// The short digest of a text.
fn short(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// The *Results* sections of the changelog: of what is not released, and of what is.
fn results(changelog: &str) -> (String, String) {
    let mut sections = changelog.split("\n## ").skip(1).map(|release| {
        let results = release.split("\n### ").find_map(|part| part.strip_prefix("Results\n")).unwrap_or_default();
        (release.starts_with("Unreleased"), results.trim().to_owned())
    });
    let mut unreleased = String::new();
    let mut released = String::new();
    sections.by_ref().for_each(|(new, text)| if new { unreleased = text } else { released.push_str(&text) });
    (unreleased, released)
}

/// The list of behaviours with one line more, if the golden digests are new. A line: the behaviour, the golden digests,
/// the *Results* that tell of it.
fn blessed(list: &str, golden: &str, changelog: &str) -> Result<String, String> {
    let behaviour = trihelix::simulate::BEHAVIOUR.to_string();
    let (unreleased, released) = results(changelog);
    let last: Vec<&str> = list.lines().last().unwrap_or_default().split_whitespace().collect();
    if last.get(1) == Some(&short(golden).as_str()) && last.first() == Some(&behaviour.as_str()) {
        return Ok(list.to_owned());
    }
    if released.contains(&format!("- Behaviour {behaviour}:")) {
        return Err(format!("behaviour {behaviour} was released with other results: raise `simulate::BEHAVIOUR`"));
    }
    if !unreleased.contains(&format!("- Behaviour {behaviour}:")) {
        return Err(format!("CHANGELOG.md has no line `- Behaviour {behaviour}: ...` under Unreleased, Results"));
    }
    if last.get(2) == Some(&short(&unreleased).as_str()) {
        return Err(
            "results changed and CHANGELOG.md says nothing new under Unreleased, Results: add a line".to_owned()
        );
    }
    Ok(format!("{list}{behaviour} {} {}\n", short(golden), short(&unreleased)))
}

#[test]
fn other_results_need_another_behaviour_and_a_line_in_the_changelog() {
    let (list, golden) = (include_str!("golden/behaviours.txt"), include_str!("golden/kansai-2024.txt"));
    let changelog = include_str!("../CHANGELOG.md");
    assert_eq!(blessed(list, golden, changelog).as_deref(), Ok(list), "the list does not end with the golden digests");
    let lines: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    for pair in lines.windows(2) {
        let number = |line: &Vec<&str>| line[0].parse::<u32>().expect("a behaviour");
        assert!(number(&pair[0]) <= number(&pair[1]), "behaviours only rise");
        assert_ne!(pair[0][1], pair[1][1], "a line without other results");
        assert!(number(&pair[0]) < number(&pair[1]) || pair[0][2] != pair[1][2], "results without a word");
    }
    // Other golden digests under the same words are refused; with a new word they are not, unless they were released.
    let (unreleased, _) = results(changelog);
    let told = changelog.replacen(&unreleased, &format!("{unreleased}\n- Something else moved."), 1);
    let told_again = list.lines().last().is_some_and(|line| line.ends_with(&short(&unreleased)));
    assert!(!told_again || blessed(list, "other digests", changelog).is_err_and(|why| why.contains("add a line")));
    assert!(blessed(list, "other digests", &told).is_ok());
    let released = told.replacen("## Unreleased", "## 0.9.0", 1);
    assert!(blessed(list, "other digests", &released).is_err_and(|why| why.contains("was released")));
}

#[test]
fn replicates_differ_and_repeat() {
    let scenario = scenario(&[], 4);
    let at = |replicate| simulate(&scenario, 1, replicate, &mut |_| {}).expect("runs").state_digest;
    assert_eq!(at(0), at(0));
    assert_ne!(at(0), at(1));
}

#[test]
fn a_policy_without_effect_changes_nothing() {
    let policy = overlay(
        "no-effect.toml",
        r#"
schema = 1
name = "no-effect"
kind = "policy"

[[event]]
id = "nothing-a"
at = 2024-05-01
target = "cluster:osaka"
field = "turnover"
op = "mul"
factor = 1.0

[[event]]
id = "nothing-b"
at = 2024-06-01
target = "institution:osaka-university"
field = "trial_slots"
op = "add"
value = 0
"#,
    );
    let (without, with) = (run(&scenario(&[], 14), 4), run(&scenario(&[&policy], 14), 4));
    assert_eq!(without.records, with.records);
    assert!(text(&without.events) == text(&with.events), "the event logs differ");
    assert_eq!(without.flows, with.flows);
    assert_eq!(without.state_digest, with.state_digest);
}

/// Events as text: causes without a value are NaN, which never equals itself.
fn text(events: &[Event]) -> String {
    format!("{events:?}")
}

/// Whether the same happened to both, in the same months and with the same partners, for the same money within one part
/// in a thousand.
fn same_life(one: Option<&Vec<Event>>, other: Option<&Vec<Event>>) -> bool {
    let alike = |a: &Event, b: &Event| {
        let (less, more) = (a.amount.0.min(b.amount.0), a.amount.0.max(b.amount.0));
        (a.month, a.kind, &a.partner) == (b.month, b.kind, &b.partner) && (more - less) <= more / 1000
    };
    match (one, other) {
        (Some(one), Some(other)) => one.len() == other.len() && one.iter().zip(other).all(|(a, b)| alike(a, b)),
        _ => one.is_none() && other.is_none(),
    }
}

/// Events of each startup of a cluster, by its name.
fn histories(outcome: &Outcome, scenario: &Scenario, cluster: &str) -> BTreeMap<String, Vec<Event>> {
    let row = scenario.epochs[0].spec.cluster.iter().position(|c| c.id == cluster).expect("the cluster is there");
    let mut histories: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for event in &outcome.events {
        let here = event.cluster.is_some_and(|cluster| usize::from(cluster.0) == row);
        if here && event.actor.contains("startup") {
            histories.entry(event.actor.to_string()).or_default().push(event.clone());
        }
    }
    histories
}

#[test]
fn one_more_startup_in_kobe_leaves_boston_alone() {
    let policy = overlay(
        "one-more.toml",
        r#"
schema = 1
name = "one-more"
kind = "policy"

[[startup]]
id = "one-more-startup"
name = "One more startup"
cluster = "kobe"
stage = "preclinical"
"#,
    );
    let (base, changed) = (scenario(&[], 24), scenario(&[&policy], 24));
    let (without, with) = (run(&base, 1), run(&changed, 1));
    assert!(with.events.iter().any(|event| event.actor == "one-more-startup"), "the newcomer lives");
    let (before, after) = (histories(&without, &base, "boston"), histories(&with, &changed, "boston"));
    assert!(before.len() > 500, "{}", before.len());
    // The newcomer takes a fund's money and time, and wins a grant that another would have had: such chains through shared
    // purses are effects, and reach Boston in the end. What the newcomer knows travels with partners and people as well,
    // and moves what others know in the seventh digit. Before that nothing there may differ at all; later, for most of
    // it, no happening does.
    let early = |events: Option<&Vec<Event>>| -> Vec<Event> {
        events.into_iter().flatten().filter(|event| event.month.0 < 4).cloned().collect()
    };
    let differing = |changed: &dyn Fn(&str) -> bool| before.keys().filter(|name| changed(name)).count();
    let soon = differing(&|name| early(before.get(name)) != early(after.get(name)));
    let ever = differing(&|name| !same_life(before.get(name), after.get(name)));
    for name in before.keys().filter(|name| early(before.get(*name)) != early(after.get(*name))) {
        println!("{name}: {:?} became {:?}", early(before.get(name)), early(after.get(name)));
    }
    println!("of {} Boston startups {soon} differ in 4 months, {ever} in 24", before.len());
    assert_eq!(soon, 0);
    assert!(ever * 5 < before.len(), "{ever} of {}", before.len());
    let unrelated = "labcentral-startups-1";
    assert!(before.contains_key(unrelated), "the startup to watch is in the log");
    let first_year =
        |events: &[Event]| events.iter().filter(|event| event.month.0 < 12).cloned().collect::<Vec<Event>>();
    let [was, is] = [&before, &after].map(|histories| histories.get(unrelated).map(|events| first_year(events)));
    assert_eq!(was, is);
}
