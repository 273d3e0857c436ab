//! Well-formed scenarios: units, layers, references, digests.

use std::path::Path;
use std::path::PathBuf;
use trihelix::scenario::Scenario;
use trihelix::scenario::Value;
use trihelix::scenario::spec::Feature;
use trihelix::units::CalendarMonth;
use trihelix::units::MonthlyProbability;
use trihelix::units::Yen;

fn minimal() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/minimal.toml")
}

fn load(sets: &[&str]) -> Scenario {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    match Scenario::load(&minimal(), &[], &sets) {
        Ok((scenario, warnings)) => {
            assert!(warnings.is_empty(), "{warnings:?}");
            scenario
        }
        Err(problems) => panic!("{problems}"),
    }
}

#[test]
fn the_registry_and_the_typed_scenario_agree() {
    // `deny_unknown_fields` and required fields make any difference an error of loading.
    let scenario = load(&[]);
    assert_eq!((scenario.name.as_str(), scenario.months), ("minimal", 60));
    assert_eq!(scenario.start, CalendarMonth::new(2024, 1).unwrap());
}

#[test]
fn units_are_those_of_the_rules() {
    let scenario = load(&[]);
    let spec = &scenario.epochs[0].spec;
    let (boston, kobe) = (&spec.cluster[0], &spec.cluster[1]);
    assert_eq!(kobe.turnover, MonthlyProbability::from_annual(0.06).unwrap());
    assert_eq!(kobe.wage_researcher, Yen(600_000));
    assert_eq!(boston.wage_researcher, Yen(130_000 * 150 / 12));
    assert_eq!(boston.burn_per_head, Yen(25_000 * 150));
    assert_eq!(spec.modality[0].duration_phase1, 18.0);
    assert_eq!(spec.modality[0].duration_phase2, 30.0);
    assert_eq!(spec.modality[0].cost_preclinical, Yen(5_000_000 * 140));
    assert_eq!(spec.modality[0].cost_phase1, Yen(6_000_000 * 150));
    assert_eq!(spec.facility[0].introductions.get(), 1.0);
    assert_eq!(kobe.regenerative, 0.4);
    assert_eq!(spec.finance.tranche_from, Yen(1_500_000_000));
}

#[test]
fn rows_are_sorted_and_references_are_row_numbers() {
    let spec = load(&[]).epochs[0].spec.clone();
    assert_eq!(spec.cluster.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["boston", "kobe"]);
    assert_eq!(spec.cluster[1].country.0, 0);
    assert_eq!((spec.access[0].a.0, spec.access[0].b.0), (1, 0));
    assert_eq!(spec.institution[1].facility.map(|f| f.0), Some(0));
    let features: Vec<Feature> = spec.rule[1].score.iter().map(|(feature, _)| *feature).collect();
    assert_eq!(features, [Feature::Constant, Feature::LogTravelHours, Feature::PriorTies]);
    assert_eq!(spec.rule[0].when.hot, Some(true));
    assert_eq!(spec.rule[0].who.country.len(), 1);
}

#[test]
fn set_overrides_and_is_recorded() {
    let scenario = load(&["cluster.kobe.turnover=12 %/year", "time.months=3"]);
    assert_eq!(scenario.months, 3);
    assert_eq!(scenario.epochs[0].spec.cluster[1].turnover, MonthlyProbability::from_annual(0.12).unwrap());
    assert_eq!(scenario.overrides[1], ("time.months".to_owned(), "3".to_owned()));
    let setting = &scenario.resolved.settings["cluster.kobe.turnover"];
    assert_eq!(setting.value, Value::Number(0.12));
    assert_eq!(scenario.resolved.name(setting.place), "--set:1");
    assert_eq!(scenario.resolved.name(setting.overrode[0]), "minimal.toml:92");
    assert_ne!(scenario.digest, load(&[]).digest);
    assert_eq!(load(&["time.months=3"]).digest, load(&[]).with_months(3).digest);
}

#[test]
fn equal_values_in_other_units_have_the_same_digest() {
    let base = load(&[]).digest;
    for set in [
        "cluster.kobe.turnover=0.06",
        "cluster.kobe.turnover={ value = 6, unit = \"%/year\", note = \"n\" }",
        "modality.small-molecule.duration_phase2=2.5",
        "modality.small-molecule.cost_phase1=900 Mjpy",
        "cluster.boston.wage_staff=1 MJPY/month",
        "access.kobe-boston.hours=1080 min",
        "country.jp.friction=1.20",
    ] {
        assert_eq!(load(&[set]).digest, base, "{set}");
    }
}
