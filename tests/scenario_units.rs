//! Probabilities from the file to the rules: every spelling of one yearly probability becomes the same monthly one, by
//! `1 - (1 - p)^(1/12)` and never by division.

use std::path::Path;
use trihelix::scenario::Scenario;
use trihelix::scenario::spec::Spec;

fn spec(set: &str) -> Spec {
    let minimal = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/minimal.toml");
    let (scenario, _) = Scenario::load(&minimal, &[], &[set.to_owned()]).unwrap_or_else(|p| panic!("{set}: {p}"));
    scenario.epochs[0].spec.clone()
}

/// `1 - (1 - 0.06)^(1/12)`, to more digits than a float has.
const SIX_PER_CENT: f64 = 0.005_143_012_831_822_946;

fn near(found: f64, wanted: f64, what: &str) {
    assert!((found - wanted).abs() <= 4.0 * f64::EPSILON * wanted, "{what}: {found:e} is not {wanted:e}");
}

#[test]
fn every_spelling_of_a_yearly_probability_is_the_same_monthly_one() {
    let spellings = [
        "0.06",
        "6e-2",
        "\"0.06\"",
        "\"6 %/year\"",
        "\"6%/year\"",
        "\"6 % / year\"",
        "\"6 % per year\"",
        "\"6 percent/year\"",
        "\"6 %/yr\"",
        "\"6 %/y\"",
        "\"6 %/a\"",
        "\"0.06 /year\"",
        "\"0.06 per year\"",
        "{ value = 0.06, unit = \"/year\" }",
        "{ value = 6, unit = \"%/year\" }",
        "{ value = \"6 %/year\", grade = \"C\", source = \"assumption\" }",
    ];
    for spelling in spellings {
        // In a file a yearly unit, in the registry once a yearly one and once a monthly one.
        near(spec(&format!("cluster.kobe.turnover={spelling}")).cluster[1].turnover.get(), SIX_PER_CENT, spelling);
        if spelling.contains("year") || spelling.contains("/y") || spelling.contains("/a") {
            near(spec(&format!("ties.search={spelling}")).ties.search.get(), SIX_PER_CENT, spelling);
        }
    }
}

#[test]
fn a_monthly_probability_stays_as_it_is() {
    for spelling in ["\"0.5 %/month\"", "\"0.005 /month\"", "{ value = 0.5, unit = \"%/mo\" }"] {
        near(spec(&format!("ties.search={spelling}")).ties.search.get(), 0.005, spelling);
        // Written by the month, kept by the year, read by the month again.
        let turnover = spec(&format!("cluster.kobe.turnover={spelling}")).cluster[1].turnover.get();
        assert!((turnover - 0.005).abs() < 1e-16, "{spelling}: {turnover:e}");
    }
    near(spec("ties.search=0.005").ties.search.get(), 0.005, "bare");
}

/// Expected values from arithmetic with fifty digits.
#[test]
fn yearly_probabilities_convert_exactly() {
    for (yearly, monthly) in YEARLY_AND_MONTHLY {
        let found = spec(&format!("cluster.kobe.turnover={yearly}")).cluster[1].turnover.get();
        near(found, monthly, &yearly.to_string());
        assert!(found > yearly / 12.0, "{yearly} was divided");
    }
}

const YEARLY_AND_MONTHLY: [(f64, f64); 7] = [
    (0.01, 0.000_837_177_359_120_559_5),
    (0.02, 0.001_682_142_552_739_534_5),
    (0.05, 0.004_265_318_777_560_666),
    (0.1, 0.008_741_610_954_696_706),
    (0.2, 0.018_423_470_126_248_325),
    (0.3, 0.029_285_530_376_777_665),
    (0.3, 0.029_285_530_376_777_664),
];
