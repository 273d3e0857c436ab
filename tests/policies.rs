//! The systems of the seed article as policies: each can be loaded and run, does something, does nothing when its
//! numbers are neutral, and is explained in `docs/policies.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use toml::{Table, Value};
use trihelix::record::{Column, METRICS, MetricKind, Records};
use trihelix::scenario::{End, Prepared, Scenario};
use trihelix::simulate::{Outcome, simulate};

/// Which way a policy is meant to move its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Rises,
    Falls,
}

/// Whether the replicates and months of a test are enough to see the sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Here,
    /// Something differs here, but the sign takes more years or more replicates: docs/policies.md has them.
    Later,
}

/// What a policy is meant to move, and the window in which a test looks at it.
struct Target {
    policy: &'static str,
    metric: &'static str,
    cluster: &'static str,
    sign: Sign,
    seen: Seen,
    /// First month of the window.
    start: &'static str,
}

const fn target(
    policy: &'static str,
    metric: &'static str,
    cluster: &'static str,
    sign: Sign,
    seen: Seen,
    start: &'static str,
) -> Target {
    Target { policy, metric, cluster, sign, seen, start }
}

const MONTHS: u16 = 30;
const REPLICATES: u32 = 6;

/// One row for each file of `scenarios/policies`.
const TARGETS: &[Target] = &[
    target("qross-hub", "ties_active", "osaka", Sign::Rises, Seen::Here, "2024-01-01"),
    target("qross-rnd-centre", "ties_active", "osaka", Sign::Rises, Seen::Here, "2024-01-01"),
    target("qross-med-center", "trial_slots_used", "osaka", Sign::Rises, Seen::Later, "2024-01-01"),
    target("link-lab", "startups_alive", "osaka", Sign::Rises, Seen::Later, "2024-01-01"),
    target("qross-training", "managers", "osaka", Sign::Rises, Seen::Here, "2024-01-01"),
    target("pmda-kansai-move", "consultations", "osaka", Sign::Rises, Seen::Here, "2024-01-01"),
    target("amed-matching", "grants_paid_jpy", "osaka", Sign::Rises, Seen::Here, "2024-01-01"),
    target("my-ips", "cost_per_line_jpy", "osaka", Sign::Falls, Seen::Here, "2024-01-01"),
    target("my-ips-learning", "cost_per_line_jpy", "osaka", Sign::Falls, Seen::Here, "2024-01-01"),
    target("my-ips-automation", "cost_per_line_jpy", "osaka", Sign::Falls, Seen::Here, "2024-01-01"),
    target("my-ips-batch", "cost_per_line_jpy", "osaka", Sign::Falls, Seen::Here, "2024-01-01"),
    target("my-ips-stalled", "cost_per_line_jpy", "osaka", Sign::Falls, Seen::Here, "2024-01-01"),
    target("kansai-package", "ties_active", "osaka", Sign::Rises, Seen::Here, "2024-01-01"),
    target("kbic-testbeds", "ties_active", "kobe", Sign::Rises, Seen::Here, "2025-01-01"),
    target("kobe-airport-1", "ties_formed", "kobe", Sign::Rises, Seen::Later, "2025-01-01"),
    target("big-boned-policy", "researchers", "osaka", Sign::Rises, Seen::Here, "2025-01-01"),
    target("expo-2025", "ties_formed", "osaka", Sign::Rises, Seen::Later, "2025-01-01"),
    target("venture-incubation", "venture_raised_jpy", "osaka", Sign::Rises, Seen::Later, "2025-01-01"),
    target("foreign-vc-entry", "venture_raised_jpy", "kobe", Sign::Rises, Seen::Later, "2025-01-01"),
    target("return-fellowship", "moves_in", "osaka", Sign::Rises, Seen::Later, "2025-01-01"),
    target("collaboration-intermediary", "ties_active", "osaka", Sign::Rises, Seen::Here, "2025-01-01"),
    target("manager-training", "managers", "osaka", Sign::Rises, Seen::Later, "2026-01-01"),
    target("kobe-airport-2-2030", "ties_active", "kobe", Sign::Rises, Seen::Later, "2030-01-01"),
    target("kobe-airport-2-2036", "ties_active", "kobe", Sign::Rises, Seen::Later, "2036-01-01"),
];

/// Systems that the seed article names, each with the policies or scenarios that stand for it.
const SYSTEMS: &[(&str, &[&str])] = &[
    ("Nakanoshima Qross: companies and medical institutions under one roof", &["qross-hub"]),
    ("Future Medicine R&D Center, a consortium", &["qross-rnd-centre"]),
    ("Future Medicine MED Center: cardiovascular, orthopaedic and dental clinics", &["qross-med-center"]),
    ("Mitsui Link-Lab Nakanoshima, a shared laboratory", &["link-lab"]),
    ("international hub: forum and human resource training", &["qross-training"]),
    ("the regulator's Kansai branch moves into the hub", &["pmda-kansai-move"]),
    ("the Big-Boned Policy of June 2024", &["big-boned-policy"]),
    ("government support of venture finance", &["amed-matching"]),
    (
        "my iPS Project: mass production of therapeutic iPS cells",
        &["my-ips", "my-ips-learning", "my-ips-automation", "my-ips-batch", "my-ips-stalled"],
    ),
    ("KBIC hospitals as real-world testing environments", &["kbic-testbeds"]),
    ("Kobe airport: capacity times 1.5 by spring 2025", &["kobe-airport-1"]),
    ("Kobe airport: international flights", &["kobe-airport-2-2030", "kobe-airport-2-2036"]),
    ("Expo 2025", &["expo-2025"]),
    ("venture incubation backed by foundations and investment firms", &["venture-incubation"]),
    ("fundraising: international interest and foreign venture money", &["foreign-vc-entry"]),
    ("talent development: managers", &["manager-training"]),
    ("a gateway for talent: return from abroad", &["return-fellowship"]),
    ("lack of collaboration among the players", &["collaboration-intermediary"]),
    ("an ecosystem of all of these", &["kansai-package"]),
];

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn policy(name: &str) -> PathBuf {
    scenarios().join("policies").join(format!("{name}.toml"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The window of a target on the baseline without policies. Boston is as coarse as the context clusters, for speed.
fn load(start: &str, policies: &[PathBuf]) -> Scenario {
    let stated: Vec<(PathBuf, End)> = policies.iter().map(|policy| (policy.clone(), End::Stated)).collect();
    load_at(start, &stated)
}

fn load_at(start: &str, policies: &[(PathBuf, End)]) -> Scenario {
    let grain = "cluster.boston.grain=10".to_owned();
    let sets = [format!("time.start={start}"), format!("time.months={MONTHS}"), grain];
    match Prepared::read_at(&scenarios().join("no-policy-2024.toml"), policies).scenario(&sets) {
        Ok((scenario, _)) => scenario,
        Err(problems) => panic!("{policies:?}: {problems}"),
    }
}

fn run(scenario: &Scenario, replicate: u32) -> Outcome {
    simulate(scenario, 20_240_629, replicate, &mut |_| {})
        .unwrap_or_else(|breach| panic!("{}: {breach}", scenario.name))
}

/// The baseline of a window, computed once for all tests.
fn baseline(start: &'static str, replicate: u32) -> &'static Outcome {
    type Key = (&'static str, u32);
    static KNOWN: OnceLock<BTreeMap<Key, OnceLock<Outcome>>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let rows = TARGETS.iter().flat_map(|target| (0..REPLICATES).map(|replicate| (target.start, replicate)));
        rows.map(|key| (key, OnceLock::new())).collect()
    });
    known[&(start, replicate)].get_or_init(|| run(&load(start, &[]), replicate))
}

/// A flow's sum, or a stock's mean over the months, in one cluster.
fn value(scenario: &Scenario, records: &Records, metric: &str, cluster: &str) -> f64 {
    let column = METRICS.iter().position(|known| known.name == metric).unwrap_or_else(|| panic!("no metric {metric}"));
    let spec = &scenario.epochs[0].spec;
    let row = spec.cluster.iter().position(|known| known.id == cluster).unwrap_or_else(|| panic!("no {cluster}"));
    let at = (0..usize::from(records.months)).map(|month| month * (records.clusters + 1) + row);
    let sum: f64 = match &records.columns[column] {
        Column::Integer(values) => at.map(|place| values[place] as f64).sum(),
        Column::Float(values) => at.map(|place| values[place]).sum(),
    };
    match METRICS[column].kind {
        MetricKind::Flow => sum,
        MetricKind::Stock | MetricKind::Index => sum / f64::from(records.months),
    }
}

#[test]
fn every_policy_fits_its_baselines_without_a_problem_and_says_where_its_numbers_come_from() {
    let already_on = ["qross-hub", "qross-rnd-centre", "qross-med-center", "link-lab", "qross-training"];
    for target in TARGETS {
        let files = [policy(target.policy)];
        let decided =
            already_on.contains(&target.policy) || ["pmda-kansai-move", "amed-matching"].contains(&target.policy);
        for base in ["no-policy-2024", "kansai-2024"] {
            if decided && base == "kansai-2024" {
                continue;
            }
            let loaded = Scenario::load(&scenarios().join(format!("{base}.toml")), &files, &[]);
            let (scenario, warnings) =
                loaded.unwrap_or_else(|problems| panic!("{base} + {}: {problems}", target.policy));
            assert!(warnings.is_empty(), "{base} + {}: {warnings:?}", target.policy);
            assert!(scenario.strict().is_empty(), "{base} + {}: {:?}", target.policy, scenario.strict());
        }
    }
}

#[test]
fn every_event_has_a_grade_a_source_and_a_note_unless_its_cost_does() {
    for target in TARGETS {
        let file: Table = toml::from_str(&read(&policy(target.policy))).unwrap();
        for event in tables(&file, "event") {
            let id = event["id"].as_str().unwrap();
            let cost = event.get("cost");
            let costed =
                cost.is_none_or(|cost| ["value", "grade", "source", "note"].iter().all(|key| cost.get(key).is_some()));
            assert!(costed, "{}: the cost of {id} lacks its evidence", target.policy);
            assert!(cost.is_none() || event.contains_key("payer"), "{}: nobody pays for {id}", target.policy);
            let changes = ["target", "edits"].iter().any(|key| event.contains_key(*key));
            let graded = ["grade", "source", "note"].iter().all(|key| event.contains_key(*key));
            assert!(!changes || graded, "{}: {id} lacks grade, source or note", target.policy);
        }
    }
}

#[test]
fn every_assumed_number_has_a_range_and_the_page_shows_it() {
    let page = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policies.md"));
    let mut lacking = Vec::new();
    for target in TARGETS {
        let name = target.policy;
        let file: Table = toml::from_str(&read(&policy(name))).unwrap();
        let (begin, end) = (format!("<!-- numbers:begin {name} -->"), format!("<!-- numbers:end {name} -->"));
        let block = page.split(&begin).nth(1).and_then(|rest| rest.split(&end).next()).unwrap_or_default();
        let mut numbers = Vec::new();
        assumed("", &file, false, &mut numbers);
        for (path, number) in numbers {
            match number.get("range").and_then(Value::as_array).map(Vec::as_slice) {
                Some([low, high]) => {
                    let digits =
                        |bound: &Value| bound.to_string().trim_matches('"').split(' ').next().unwrap().to_owned();
                    let shown =
                        block.contains(&format!("({}", digits(low))) && block.contains(&format!("to {}", digits(high)));
                    if !shown {
                        lacking.push(format!(
                            "docs/policies.md: {name} does not show the range of {path}; run tools/policies.py"
                        ));
                    }
                }
                _ => lacking.push(format!("{name}: {path} is assumed and has no range")),
            }
        }
        let row = format!("\n| {name} | `{}` in {} | ", target.metric, target.cluster);
        let ranges =
            page.split("<!-- ranges:begin -->").nth(1).and_then(|rest| rest.split("<!-- ranges:end -->").next());
        let cells = ranges.and_then(|block| block.split(&row).nth(1)).and_then(|rest| rest.lines().next());
        let told = cells.map_or(0, |cells| cells.split('|').filter(|cell| !cell.trim().is_empty()).count());
        if told != 3 {
            lacking.push(format!("docs/policies.md does not show what {name} does at low, as stated, and at high"));
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

/// The numbers of grade C in a file, and what the events of grade C do; nought switches something off and is no guess.
fn assumed(path: &str, table: &Table, around: bool, numbers: &mut Vec<(String, Table)>) {
    let own = match table.get("grade").and_then(Value::as_str) {
        Some(grade) => grade == "C",
        None => around,
    };
    if let Some(value) = table.get("value").filter(|_| !table.contains_key("id")) {
        if own
            && (value.as_str().is_some_and(|text| text.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
                || is_number(value))
        {
            numbers.push((path.to_owned(), table.clone()));
        }
        return;
    }
    let operands = ["factor", "value", "ramp", "mul", "add"];
    for (key, value) in table {
        let here = format!("{path}.{key}");
        match value {
            Value::Table(inner) => assumed(&here, inner, own, numbers),
            Value::Array(items) => {
                for item in items.iter().filter_map(Value::as_table) {
                    let id = item.get("id").or(item.get("path")).and_then(Value::as_str).unwrap_or_default();
                    assumed(&format!("{here}.{id}"), item, own, numbers);
                }
            }
            bare if own && operands.contains(&key.as_str()) && bare.as_integer() != Some(0) => {
                numbers.push((here, Table::new()));
            }
            _ => {}
        }
    }
}

fn is_number(value: &Value) -> bool {
    value.is_integer() || value.is_float()
}

#[test]
fn a_test_of_ranges_sees_a_number_without_one() {
    let bare = "[[event]]\nid = \"a\"\ngrade = \"C\"\nfactor = 1.5\n[[event]]\nid = \"b\"\ngrade = \"A\"\nfactor = 1.5\n\
        [[facility]]\nid = \"c\"\nlab_slots = { value = 4, grade = \"C\" }\n";
    let mut numbers = Vec::new();
    assumed("", &toml::from_str(bare).unwrap(), false, &mut numbers);
    let paths: Vec<&str> = numbers.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, [".event.a.factor", ".facility.c.lab_slots"]);
}

#[test]
fn every_policy_can_be_taken_at_both_ends_of_what_it_assumes() {
    let base = scenarios().join("no-policy-2024.toml");
    for target in TARGETS {
        let stated = load(target.start, &[policy(target.policy)]);
        for (end, name) in [(End::Low, "low"), (End::High, "high")] {
            let loaded = Prepared::read_at(&base, &[(policy(target.policy), end)]).scenario(&[]);
            let (scenario, warnings) = loaded.unwrap_or_else(|problems| panic!("{} {name}: {problems}", target.policy));
            assert!(warnings.is_empty(), "{} {name}: {warnings:?}", target.policy);
            assert_eq!(scenario.policies, [format!("{}@{name}", target.policy)]);
            assert_ne!(scenario.digest, stated.digest, "{} is the same at its {name} end", target.policy);
            assert_eq!(scenario.resolved.assumptions.len(), stated.resolved.assumptions.len());
        }
        let undecided = stated.resolved.assumptions.iter().filter(|one| one.low == one.high);
        assert_eq!(undecided.count(), 0, "{}: a range without width", target.policy);
    }
}

#[test]
fn what_a_policy_assumes_of_the_base_changes_nothing_without_the_policy() {
    let folder = tempfile::tempdir().unwrap();
    for target in TARGETS {
        let text = read(&policy(target.policy));
        let file: Table = toml::from_str(&text).unwrap();
        let forms = ["event", "rule", "facility", "institution"];
        let over = |key: &str, value: &Value| {
            value.is_table() && (value.as_table().unwrap().values().any(Value::is_table) || !forms.contains(&key))
        };
        if !file.iter().any(|(key, value)| over(key, value)) {
            continue;
        }
        let path = folder.path().join(format!("{}.toml", target.policy));
        fs::write(&path, neutral(&text)).unwrap();
        let without = baseline(target.start, 0);
        for end in [End::Low, End::High] {
            let with = run(&load_at(target.start, &[(path.clone(), end)]), 0);
            assert!(without.records == with.records, "{} {end:?}: records differ", target.policy);
            assert!(without.flows == with.flows, "{} {end:?}: flows differ", target.policy);
        }
    }
}

#[test]
fn the_cities_alone_can_be_loaded_and_run() {
    for city in ["osaka", "kobe"] {
        let sets = ["time.months=24".to_owned()];
        let loaded = Scenario::load(&scenarios().join(format!("{city}.toml")), &[], &sets);
        let (scenario, warnings) = loaded.unwrap_or_else(|problems| panic!("{city}: {problems}"));
        assert!(warnings.is_empty(), "{city}: {warnings:?}");
        assert_eq!(scenario.epochs[0].spec.cluster.len(), 1);
        assert!(value(&scenario, &run(&scenario, 0).records, "employees", city) > 10_000.0);
    }
    let (boston, warnings) = Scenario::load(&scenarios().join("boston.toml"), &[], &[]).unwrap();
    assert!(warnings.is_empty() && boston.epochs[0].spec.cluster.len() == 1, "{warnings:?}");
}

#[test]
fn every_policy_runs_and_moves_its_target() {
    let mut wrong = Vec::new();
    for target in TARGETS {
        let Target { policy: name, metric, cluster, .. } = target;
        let scenario = load(target.start, &[policy(name)]);
        let (mut difference, mut differs) = (0.0, false);
        for replicate in 0..REPLICATES {
            let (without, with) = (baseline(target.start, replicate), run(&scenario, replicate));
            let at = |outcome: &Outcome| value(&scenario, &outcome.records, metric, cluster);
            difference += (at(&with) - at(without)) / f64::from(REPLICATES);
            differs |= differs_beyond_cost(&without.records, &with.records);
        }
        if !differs {
            wrong.push(format!("{name} is a dead lever"));
        }
        let as_meant = match target.sign {
            Sign::Rises => difference > 0.0,
            Sign::Falls => difference < 0.0,
        };
        if !as_meant && target.seen == Seen::Here {
            wrong.push(format!("{name}: {metric} in {cluster} changes by {difference}, meant: {:?}", target.sign));
        }
        println!("{name}: {metric} in {cluster} {difference:+.3}, meant: {:?}", target.sign);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether any metric but public cost differs, which every policy with a price moves.
fn differs_beyond_cost(one: &Records, other: &Records) -> bool {
    let pairs = METRICS.iter().zip(one.columns.iter().zip(&other.columns));
    pairs.into_iter().any(|(metric, (a, b))| metric.name != "public_cost_jpy" && a != b)
}

#[test]
fn a_policy_with_neutral_numbers_changes_nothing_at_all() {
    let folder = tempfile::tempdir().unwrap();
    for target in TARGETS {
        let neutral = neutral(&read(&policy(target.policy)));
        fs::write(folder.path().join(format!("{}.toml", target.policy)), neutral).unwrap();
    }
    for target in TARGETS {
        let scenario = load(target.start, &[folder.path().join(format!("{}.toml", target.policy))]);
        let (without, with) = (baseline(target.start, 0), run(&scenario, 0));
        assert!(without.records == with.records, "{}: records differ", target.policy);
        // Causes hold values that are not numbers where there is none, so events are compared as they are written.
        let written = |outcome: &Outcome| outcome.events.iter().map(|event| format!("{event:?}")).collect::<Vec<_>>();
        assert_eq!(written(without), written(&with), "{}: events differ", target.policy);
        assert!(without.flows == with.flows, "{}: flows differ", target.policy);
    }
}

fn tables<'a>(file: &'a Table, name: &str) -> Vec<&'a Table> {
    file.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table).collect()
}

/// The same policy with every factor 1, every addition and cost 0, and nothing opened, closed or moved.
fn neutral(text: &str) -> String {
    let mut file: Table = toml::from_str(text).unwrap();
    if let Some(Value::Array(events)) = file.get_mut("event") {
        events.retain_mut(|event| event.as_table_mut().is_some_and(neutralise));
    }
    toml::to_string(&file).unwrap()
}

/// Takes the effect out of an event; false if nothing is left of it.
fn neutralise(event: &mut Table) -> bool {
    if let Some(cost) = event.get_mut("cost") {
        *cost = zero(cost);
    }
    if let Some(Value::Array(edits)) = event.get_mut("edits") {
        edits.retain(|edit| edit.get("set").is_none());
        for edit in edits.iter_mut().filter_map(Value::as_table_mut) {
            if edit.contains_key("mul") {
                edit.insert("mul".to_owned(), Value::Integer(1));
            }
            if edit.contains_key("add") {
                edit.insert("add".to_owned(), Value::Integer(0));
            }
        }
        return !edits.is_empty();
    }
    match event.get("op").and_then(Value::as_str) {
        Some("mul" | "capacity") => _ = event.insert("factor".to_owned(), Value::Integer(1)),
        Some("add") => {
            let nothing = zero(&event["value"]);
            event.insert("value".to_owned(), nothing);
        }
        Some(_) => return false,
        None => {}
    }
    true
}

/// Zero in the unit of a value.
fn zero(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let unit = text.split_once(' ').map_or("", |(_, unit)| unit);
            Value::String(format!("0 {unit}").trim_end().to_owned())
        }
        Value::Table(table) => {
            let mut table = table.clone();
            let nothing = zero(&table["value"]);
            table.insert("value".to_owned(), nothing);
            table.remove("range");
            Value::Table(table)
        }
        _ => Value::Integer(0),
    }
}

#[test]
fn every_system_of_the_article_has_a_policy_a_target_and_a_page() {
    let page = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policies.md"));
    let sections: BTreeMap<&str, &str> = page
        .split("\n## ")
        .skip(1)
        .filter_map(|section| section.split_once('\n').map(|(title, text)| (title.trim().trim_matches('`'), text)))
        .collect();
    for (system, names) in SYSTEMS {
        for name in *names {
            assert!(policy(name).is_file(), "{system}: no scenarios/policies/{name}.toml");
            assert!(TARGETS.iter().any(|target| target.policy == *name), "{system}: {name} has no target metric");
            assert!(sections.contains_key(name), "{system}: docs/policies.md has no section `{name}`");
        }
    }
    for entry in fs::read_dir(scenarios().join("policies")).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        let Some(target) = TARGETS.iter().find(|target| target.policy == name) else {
            panic!("scenarios/policies/{name}.toml has no target metric in this test");
        };
        let named = SYSTEMS.iter().any(|(_, names)| names.contains(&name.as_str()));
        assert!(named, "{name} stands for no system of the article");
        let text = sections[name.as_str()];
        let way = if target.sign == Sign::Rises { "up" } else { "down" };
        let aim = format!("**Target.** `{}` in {}, {way}", target.metric, target.cluster);
        assert!(text.contains(&aim), "docs/policies.md: section `{name}` does not say: {aim}");
        for part in ["**Article and record.**", "**Moves.**", "**Cannot show.**"] {
            assert!(text.contains(part), "docs/policies.md: section `{name}` has no paragraph {part}");
        }
        let file: Table = toml::from_str(&read(&policy(&name))).unwrap();
        for event in tables(&file, "event") {
            let id = event["id"].as_str().unwrap();
            assert!(
                text.contains(&format!("`{id}`")),
                "docs/policies.md: section `{name}` does not list the event {id}"
            );
        }
    }
}
