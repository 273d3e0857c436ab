//! Dated events: epochs, ramps, precedence, ends, charges.

use std::fs;
use std::path::PathBuf;
use trihelix::scenario::Problems;
use trihelix::scenario::Scenario;
use trihelix::scenario::Value;
use trihelix::units::Month;
use trihelix::units::MonthlyProbability;
use trihelix::units::Yen;

fn with_policy(text: &str, sets: &[&str]) -> Result<(Scenario, Vec<String>), Problems> {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, format!("schema = 1\npolicy = true\nname = \"p\"\n{text}")).unwrap();
    let base = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/minimal.toml");
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let (scenario, warnings) = Scenario::load(&base, &[policy], &sets)?;
    Ok((scenario, warnings.iter().map(|w| w.code.to_string()).collect()))
}

fn ok(text: &str) -> Scenario {
    let (scenario, warnings) = with_policy(text, &[]).unwrap_or_else(|p| panic!("{p}"));
    assert!(warnings.is_empty(), "{warnings:?}");
    scenario
}

fn code(text: &str) -> String {
    let problems = with_policy(text, &[]).expect_err("the policy is wrong");
    assert_eq!(problems.errors(), 1, "{problems}");
    problems.list[0].code.to_string()
}

fn months(scenario: &Scenario) -> Vec<u16> {
    scenario.epochs.iter().map(|e| e.from.0).collect()
}

#[test]
fn a_change_for_good_makes_one_epoch() {
    let s = ok("[[event]]\nid = \"e\"\nat = 2025-01-01\ntarget = \"cluster:kobe\"\nfield = \"turnover\"\nfactor = 2\n");
    assert_eq!(months(&s), [0, 12]);
    let change = &s.epochs[1].changes[0];
    assert_eq!((change.event.as_str(), change.path.as_str()), ("e", "cluster.kobe.turnover"));
    assert_eq!((&change.before, &change.after), (&Some(Value::Number(0.06)), &Some(Value::Number(0.12))));
    assert_eq!(s.spec_at(Month(11)).cluster[1].turnover, MonthlyProbability::from_annual(0.06).unwrap());
    assert_eq!(s.spec_at(Month(12)).cluster[1].turnover, MonthlyProbability::from_annual(0.12).unwrap());
    assert_eq!(s.spec_at(Month(59)).cluster[1].turnover, MonthlyProbability::from_annual(0.12).unwrap());
}

#[test]
fn a_change_with_an_end_leaves_no_trace() {
    let s = ok(
        "[[event]]\nid = \"e\"\nfrom = 2025-01-01\nuntil = 2026-01-01\ntarget = \"access:kobe->foreign\"\nop = \"capacity\"\nfactor = 1.5\n",
    );
    assert_eq!(months(&s), [0, 12, 24]);
    assert_eq!(s.spec_at(Month(23)).access[0].capacity, 1.5);
    assert_eq!(s.epochs[0].spec, s.epochs[2].spec);
}

#[test]
fn a_ramp_grows_by_the_month_and_ends_exactly() {
    let s = ok(
        "[[event]]\nid = \"e\"\nat = 2024-03-01\nramp = \"4 months\"\ntarget = \"cluster.kobe.lab_slots\"\nvalue = 60\n",
    );
    assert_eq!(months(&s), [0, 2, 3, 4, 5]);
    let slots: Vec<u32> = s.epochs.iter().map(|e| e.spec.cluster[1].lab_slots).collect();
    assert_eq!(slots, [40, 45, 50, 55, 60]);
}

#[test]
fn set_comes_before_mul_before_add() {
    let s = ok("[[event]]\nid = \"a\"\nat = 2025-01-01\nedits = [{ path = \"cluster.kobe.lab_slots\", add = 3 }]\n\
                [[event]]\nid = \"b\"\nat = 2025-01-01\nedits = [{ path = \"cluster.kobe.lab_slots\", mul = 2 }]\n\
                [[event]]\nid = \"c\"\nat = 2025-01-01\nedits = [{ path = \"cluster.kobe.lab_slots\", set = 10 }]\n");
    assert_eq!(s.spec_at(Month(12)).cluster[1].lab_slots, 23);
    assert_eq!(s.epochs[1].changes[0].event, "c+b+a");
}

#[test]
fn an_addition_has_its_own_unit() {
    let edit = |add: &str| {
        ok(&format!(
            "[[event]]\nid = \"e\"\nat = 2025-01-01\nedits = [{{ path = \"access.kobe-boston.hours\", add = {add} }}]\n"
        ))
    };
    for add in ["-2", "\"-2 h\"", "\"-120 min\"", "{ value = -120, unit = \"min\" }"] {
        assert_eq!(edit(add).spec_at(Month(12)).access[0].hours, 16.0, "{add}");
    }
}

#[test]
fn repetition_compounds() {
    let s = ok(
        "[[event]]\nid = \"e\"\nat = 2025-01-01\nevery = \"1 year\"\nuntil = 2027-01-01\ntarget = \"cluster:kobe\"\nfield = \"lab_slots\"\nop = \"add\"\nvalue = 5\ncost = \"10 MJPY\"\npayer = \"city\"\n",
    );
    assert_eq!(months(&s), [0, 12, 24]);
    assert_eq!(s.spec_at(Month(59)).cluster[1].lab_slots, 50);
    let charges: Vec<(u16, i64)> = s.charges.iter().map(|c| (c.month.0, c.amount.0)).collect();
    assert_eq!(charges, [(12, 10_000_000), (24, 10_000_000)]);
    assert_eq!((s.charges[0].payer.as_str(), s.charges[0].cluster.map(|c| c.0)), ("city", Some(1)));
}

#[test]
fn running_cost_is_charged_every_month_it_lasts() {
    let s = ok(
        "[[event]]\nid = \"e\"\nfrom = 2028-11-01\ntarget = \"facility:port-island\"\nfield = \"setup_saving\"\nvalue = \"30 %\"\ncost = \"1.2 MUSD/year\"\n",
    );
    let charges: Vec<(u16, Yen)> = s.charges.iter().map(|c| (c.month.0, c.amount)).collect();
    assert_eq!(charges, [(58, Yen(15_000_000)), (59, Yen(15_000_000))]);
    assert_eq!(s.charges[0].payer, "taxpayers");
}

#[test]
fn moving_opening_and_rules() {
    let s = ok(
        "[[event]]\nid = \"m\"\nat = 2025-01-01\ntarget = \"institution:boston-pharma\"\nop = \"move\"\nto = \"facility:port-island\"\n\
                [[event]]\nid = \"c\"\nat = 2025-02-01\ntarget = \"rule:look\"\nop = \"close\"\n\
                [[event]]\nid = \"s\"\nat = 2025-03-01\ntarget = \"rule:partner\"\nfield = \"score.prior_ties\"\nvalue = 0.9\n\
                [[event]]\nid = \"all\"\nat = 2025-04-01\ntarget = \"cluster:*\"\nfield = \"lab_slots\"\nfactor = 2\n\
                [[event]]\nid = \"g\"\nat = 2025-05-01\ntarget = \"labour.hiring_pace\"\nvalue = 0.2\n",
    );
    assert_eq!(months(&s), [0, 12, 13, 14, 15, 16]);
    let pharma = &s.spec_at(Month(12)).institution[0];
    assert_eq!((pharma.cluster.0, pharma.facility.map(|f| f.0)), (1, Some(0)));
    assert_eq!(s.spec_at(Month(13)).rule.len(), 1);
    assert_eq!(s.spec_at(Month(14)).rule[0].score[2].1, 0.9);
    assert_eq!(s.epochs[4].changes.len(), 2);
    assert_eq!(s.spec_at(Month(16)).labour.hiring_pace, 0.2);
}

#[test]
fn an_event_that_changes_nothing_is_only_a_warning() {
    let text = "[[event]]\nid = \"e\"\nat = 2025-01-01\ntarget = \"cluster:kobe\"\nfield = \"turnover\"\nfactor = 1\n";
    let (s, warnings) = with_policy(text, &[]).unwrap();
    assert_eq!((months(&s), warnings), (vec![0], vec!["TH054".to_owned()]));
}

#[test]
fn a_shorter_run_sees_the_first_events() {
    let text = "[[event]]\nid = \"e\"\nat = 2025-01-01\ntarget = \"cluster:kobe\"\nfield = \"turnover\"\nfactor = 2\n";
    let (short, _) = with_policy(text, &["time.months=3"]).unwrap();
    assert_eq!(months(&short), [0]);
    let (whole, _) = with_policy(text, &[]).unwrap();
    assert_eq!(whole.with_months(3).digest, short.digest);
    let (longer, _) = with_policy(&text.replace("2025", "2035"), &["time.months=240"]).unwrap();
    assert_eq!(months(&longer), [0, 132]);
}

#[test]
fn wrong_events_are_refused() {
    let event = |rest: &str| format!("[[event]]\nid = \"e\"\n{rest}\n");
    let kobe = "target = \"cluster:kobe\"\nfield = \"lab_slots\"\n";
    for (text, expected) in [
        (event(&format!("at = 2040-01-01\n{kobe}value = 1")), "TH030"),
        (event(&format!("at = 2020-01-01\n{kobe}value = 1")), "TH030"),
        (event(&format!("{kobe}value = 1")), "TH030"),
        (event(&format!("from = 2025-01-01\nuntil = 2024-06-01\n{kobe}value = 1")), "TH030"),
        (event("at = 2025-01-01\ntarget = \"cluster:koby\"\nfield = \"lab_slots\"\nvalue = 1"), "TH031"),
        (event("at = 2025-01-01\ntarget = \"clutser:kobe\"\nfield = \"lab_slots\"\nvalue = 1"), "TH031"),
        (event("at = 2025-01-01\ntarget = \"cluster:kobe\"\nfield = \"lab_slot\"\nvalue = 1"), "TH031"),
        (event("at = 2025-01-01\ntarget = \"access:kobe->domestic\"\nop = \"capacity\"\nfactor = 2"), "TH031"),
        (event(&format!("at = 2025-01-01\n{kobe}value = -1")), "TH012"),
        (event(&format!("at = 2025-01-01\n{kobe}factor = -1")), "TH033"),
        (event(&format!("at = 2025-01-01\n{kobe}factor = 10000")), "TH034"),
        (event(&format!("at = 2025-01-01\n{kobe}op = \"mull\"\nfactor = 1")), "TH021"),
        (event("at = 2025-01-01\ntarget = \"cluster:kobe\"\nfield = \"name\"\nfactor = 2"), "TH033"),
        (event("at = 2025-01-01\ntarget = \"facility:port-island\"\nop = \"close\"\nramp = 3"), "TH033"),
        (
            event(&format!(
                "at = 2025-01-01\n{kobe}value = 9\n[[event]]\nid = \"f\"\nat = 2025-01-01\n{kobe}value = 8"
            )),
            "TH032",
        ),
        (event("at = 2025-01-01"), "TH033"),
        (event("at = 2025-01-01\ncost = \"5 XYZ\""), "TH016"),
    ] {
        assert_eq!(code(&text), expected, "{text}");
    }
}
