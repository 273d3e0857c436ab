//! Statistics against numbers made once with SciPy 1.x, and intervals against simulated studies with known truth.
//!
//! Seeds are fixed, so a test passes always or never. `cargo test --test statistics coverage -- --nocapture` prints
//! the coverage of the sequential interval and of the t interval when both are looked at after every replicate.

use rayon::prelude::*;
use trihelix::rng::{Key, Purpose, Stream, Streams, sample};
use trihelix::statistics::{
    Band, Bands, Case, Look, Paired, Ratio, Sample, Verdict, anytime_interval, anytime_multiplier, anytime_p_value,
    components, f_cdf, f_quantile, holm, incomplete_beta, judge, junit_xml, likelihood_p_value, ratio_of_means,
    student_t_cdf, student_t_quantile, wilson,
};
use trihelix::study::{Expectation, Ground, Quantity, StoppingRule, read_expectations};

fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs().max(1e-300), "found {found}, expected {expected}");
}

#[test]
fn incomplete_beta_agrees_with_scipy() {
    let known = [
        (0.5, 0.5, 0.3, 0.369_010_119_565_545_36),
        (2.0, 3.0, 0.1, 0.052_3),
        (10.0, 0.5, 0.9, 0.151_640_909_634_709_94),
        (0.5, 15.5, 0.02, 0.567_567_836_108_399_9),
        (100.0, 200.0, 0.3, 0.108_843_065_644_909_86),
        (1e4, 0.5, 0.999_9, 0.157_294_017_763_351_5),
    ];
    for (a, b, x, value) in known {
        close(incomplete_beta(a, b, x), value, 1e-10);
        close(1.0 - incomplete_beta(b, a, 1.0 - x), value, 1e-9);
    }
    assert_eq!((incomplete_beta(3.0, 7.0, 0.0), incomplete_beta(3.0, 7.0, 1.0)), (0.0, 1.0));
    assert!(incomplete_beta(3.0, 7.0, 1.5).is_nan() && incomplete_beta(0.0, 7.0, 0.5).is_nan());
}

#[test]
fn student_t_agrees_with_scipy() {
    let cumulated = [
        (-30.0, 1.0, 0.010_606_402_405_535_426),
        (-3.2, 2.0, 0.042_670_439_619_976_42),
        (0.3, 4.5, 0.611_233_226_480_284_3),
        (-30.0, 31.0, 9.036_807_444_822_266e-25),
        (2.1, 31.0, 0.978_018_687_004_867_5),
        (-30.0, 200.0, 2.862_080_604_413_926_5e-76),
        (-3.2, 1e5, 0.000_687_352_334_462_201_1),
    ];
    for (t, freedom, p) in cumulated {
        close(student_t_cdf(t, freedom), p, 1e-9);
    }
    let quantiles = [
        (0.975, 1.0, 12.706_204_736_174_694),
        (1e-6, 1.0, -318_309.886_182_743_5),
        (0.9, 2.0, 1.885_618_083_164_127_2),
        (0.9995, 3.0, 12.923_978_636_687_961),
        (0.975, 10.0, 2.228_138_851_986_274),
        (0.975, 31.0, 2.039_513_446_396_408),
        (0.995, 63.0, 2.656_145_025_099_861_3),
        (1e-6, 200.0, -4.897_302_102_826_782),
        (0.975, 1000.0, 1.962_339_080_826_408_3),
        (0.9995, 1e5, 3.290_624_031_411_913_7),
    ];
    for (p, freedom, t) in quantiles {
        close(student_t_quantile(p, freedom), t, 1e-9);
    }
    assert_eq!(student_t_quantile(0.5, 7.0), 0.0);
    assert_eq!(student_t_quantile(1.0, 7.0), f64::INFINITY);
    assert!(student_t_quantile(-0.1, 7.0).is_nan() && student_t_quantile(0.9, 0.0).is_nan());
}

#[test]
fn f_agrees_with_scipy() {
    let known = [
        (0.025, 3.0, 20.0, 0.070_584_674_265_413_2),
        (0.975, 3.0, 20.0, 3.858_698_666_273_213),
        (0.975, 9.0, 90.0, 2.258_765_556_368_339_8),
        (0.5, 1.0, 5.0, 0.528_073_768_952_619_7),
        (0.025, 15.0, 240.0, 0.411_760_846_394_027_27),
    ];
    for (p, over, under, x) in known {
        close(f_quantile(p, over, under), x, 1e-9);
        close(f_cdf(x, over, under), p, 1e-9);
    }
}

#[test]
fn paired_differences_agree_with_scipy() {
    let policy = [12.0, 15.5, 9.25, 20.0, 17.75, 11.0, 14.5, 16.0];
    let baseline = [10.0, 15.0, 9.5, 17.0, 15.75, 11.5, 12.5, 13.0];
    let paired = Paired::of(&baseline, &policy, Look::Once, 0.95);
    close(paired.mean, 1.468_75, 1e-14);
    close(paired.error, 0.487_425_589_559_209_4, 1e-13);
    close(paired.p_value, 0.019_571_199_195_241_043, 1e-10);
    close(paired.low, 0.316_171_630_081_383_05, 1e-9);
    close(paired.high, 2.621_328_369_918_616_7, 1e-10);
    close(paired.variance_reduction, 10.630_064_591_896_652, 1e-12);
    assert_eq!(paired.above.share, 0.75);
    assert!(!paired.holds_zero());
}

#[test]
fn pairs_that_never_differ_say_nothing_of_rare_cases() {
    let same = [3.0, 5.0, 4.0];
    let paired = Paired::of(&same, &same, Look::Once, 0.95);
    assert_eq!((paired.mean, paired.low, paired.high, paired.p_value), (0.0, 0.0, 0.0, 1.0));
    assert!(paired.holds_zero() && paired.never_varies() && paired.variance_reduction.is_infinite());
    assert_eq!(paired.above.share, 0.5);
    let rule = StoppingRule::parse("half_width(approvals@2030, kobe) <= 5 %").unwrap();
    assert!(!rule.is_met(&paired), "no width is not a narrow width");
    let nothing = Paired::of(&[0.0; 3], &[0.0; 3], Look::Once, 0.95);
    assert!(nothing.variance_reduction.is_nan());
    let one = Paired::of(&[1.0], &[2.0], Look::Once, 0.95);
    assert_eq!((one.low, one.high, one.p_value), (f64::NEG_INFINITY, f64::INFINITY, 1.0));
}

#[test]
fn shares_and_corrections_agree_with_scipy() {
    let wilsons =
        [(0.0, 10, 0.0, 0.277_532_799_862_889_26), (7.0, 10, 0.396_778_147_461_145_26, 0.892_208_732_593_699)];
    for (k, n, low, high) in wilsons {
        let share = wilson(k, n);
        assert!((share.low - low).abs() < 1e-12 && (share.high - high).abs() < 1e-12, "{share:?}");
    }
    assert_eq!(wilson(32.0, 32).high, 1.0);
    for (found, expected) in holm(&[0.01, 0.04, 0.03, 0.005, 0.5]).iter().zip([0.04, 0.09, 0.09, 0.025, 0.5]) {
        close(*found, expected, 1e-14);
    }
    assert_eq!(holm(&[f64::NAN, 0.01]), [1.0, 0.02]);
    assert!(holm(&[]).is_empty());
}

#[test]
fn bands_agree_with_scipy() {
    let values = [7.0, 1.0, 3.5, 9.0, 4.0, 2.0, 8.0];
    let band = Bands::new(7).of(&values);
    for (found, expected) in band.quantiles.iter().zip([1.15, 1.6, 2.75, 4.0, 7.5, 8.4, 8.85]) {
        close(*found, expected, 1e-14);
    }
    close(band.mean_error, 1.167_152_474_169_156_6, 1e-13);
    let values = [7.0, 1.0, 3.5, 9.0, 4.0, 2.0, 8.0, 5.5, 6.25, 12.0, 0.5];
    let band: Band = Bands::new(11).of(&values);
    let errors = [0.767_494_999_903_154, 1.427_393_419_522_565_7, 1.524_039_250_536_308_3, 1.582_159_740_133_836];
    for (found, expected) in band.errors[1..5].iter().zip(errors) {
        close(*found, expected, 1e-9);
    }
    assert!(band.errors[0].is_nan(), "eleven values cannot tell the error of the 2.5 % quantile");
    assert_eq!(band.edges(0), (band.quantiles[2], band.quantiles[4]));
    assert_eq!(band.edges(2), (band.quantiles[0], band.quantiles[6]));
}

/// The error that is printed for a quantile is the one that the quantile has.
#[test]
fn quantile_errors_are_the_spread_of_quantiles() {
    let bands = Bands::new(64);
    let mut rng = stream(70);
    let found: Vec<Band> =
        (0..2000).map(|_| bands.of(&(0..64).map(|_| sample::normal(&mut rng)).collect::<Vec<_>>())).collect();
    for at in 1..6 {
        let spread = Sample::of(&found.iter().map(|band| band.quantiles[at]).collect::<Vec<_>>()).deviation();
        let printed = Sample::of(&found.iter().map(|band| band.errors[at]).collect::<Vec<_>>()).mean;
        assert!((printed / spread - 1.0).abs() < 0.12, "quantile {at}: printed {printed}, spread {spread}");
    }
}

#[test]
fn variance_is_split_as_scipy_does() {
    let points = vec![vec![3.1, 2.9, 3.4, 3.0], vec![4.2, 4.4, 3.9, 4.1], vec![2.0, 2.2, 2.6, 1.9]];
    let split = components(&points).unwrap();
    close(split.f, 63.053_811_659_271_19, 1e-10);
    close(split.parameters, 0.960_972_222_222_221_2, 1e-10);
    close(split.chance, 0.061_944_444_444_444_49, 1e-10);
    close(split.share_low, 0.714_969_922_947_258, 1e-9);
    close(split.share_high, 0.998_391_308_639_755_2, 1e-9);
    assert!(components(&points[..1]).is_none() && components(&[vec![1.0], vec![2.0]]).is_none());
    let chance_only = components(&[vec![1.0, 3.0], vec![1.0, 3.0]]).unwrap();
    assert_eq!((chance_only.parameters, chance_only.share), (0.0, 0.0));
}

/// Points with variance 4, replicates with variance 1 and unequal numbers: the split finds both.
#[test]
fn variance_components_are_found_again() {
    let mut rng = stream(71);
    let points: Vec<Vec<f64>> = (0..400)
        .map(|point| {
            let level = 2.0 * sample::normal(&mut rng);
            (0..2 + point % 5).map(|_| level + sample::normal(&mut rng)).collect()
        })
        .collect();
    let split = components(&points).unwrap();
    // 400 points: the variance between them has a relative standard error of about 8 %.
    assert!((split.parameters / 4.0 - 1.0).abs() < 0.25 && (split.chance - 1.0).abs() < 0.15, "{split:?}");
    assert!(split.share_low < 0.8 && split.share_high > 0.8, "{split:?}");
}

#[test]
fn a_ratio_is_told_only_where_there_is_something_to_divide_by() {
    let (money, jobs) = ([10.0, 12.0, 11.0, 13.0, 9.0, 12.5], [4.0, 5.5, 4.5, 6.0, 3.5, 5.0]);
    let multiplier = Look::Once.multiplier(6, 0.95);
    let Ratio::Known { value, low, high } = ratio_of_means(&money, &jobs, multiplier) else { panic!() };
    close(value, 2.368_421_052_631_578_8, 1e-14);
    close(low, 2.202_657_457_139_509_2, 1e-9);
    close(high, 2.605_301_623_617_457_5, 1e-9);
    assert_eq!(ratio_of_means(&money, &[4.0, -5.5, 4.5, -6.0, 3.5, 5.0], multiplier), Ratio::CannotTell);
    assert_eq!(ratio_of_means(&money, &[0.0; 6], multiplier), Ratio::CannotTell);
    assert_eq!(ratio_of_means(&money, &jobs.map(|j: f64| -j), multiplier), Ratio::Falls);
    assert_eq!(ratio_of_means(&money[..1], &jobs[..1], f64::INFINITY), Ratio::CannotTell);
}

/// The closed form against a root of the ratio of t densities, found with SciPy.
#[test]
fn the_sequential_interval_is_where_the_likelihood_ratio_says() {
    let known =
        [(32, 0.9, 2.962_471_475_239_263_4), (32, 0.95, 3.337_018_371_077_144), (64, 0.99, 3.764_910_683_144_574_7)];
    for (n, confidence, multiplier) in known {
        close(anytime_multiplier(n, confidence), multiplier, 1e-9);
        close(likelihood_p_value(n, multiplier), 1.0 - confidence, 1e-9);
    }
    assert!(anytime_multiplier(19, 0.95).is_infinite() && anytime_multiplier(1, 0.5).is_infinite());
    close(likelihood_p_value(32, 2.5), 0.222_812_767_208_046_4, 1e-9);
    close(likelihood_p_value(100, 4.0), 0.003_719_205_117_474_799_5, 1e-9);
    assert_eq!((likelihood_p_value(1, 9.0), likelihood_p_value(50, 0.0)), (1.0, 1.0));
}

/// Never narrower than the interval that is exact for normal values, and its p-value is the `alpha` at which it ends at 0.
#[test]
fn the_guarded_interval_is_the_wider_one_and_agrees_with_its_p_value() {
    let mut rng = stream(72);
    for case in 0..200_u32 {
        let n = 20 + case as usize;
        let values: Vec<f64> = (0..n).map(|_| 0.4 + sample::lognormal(&mut rng, 1.0, 0.8) - 1.5).collect();
        let moments = Sample::of(&values);
        let (low, high) = anytime_interval(&values, 0.95);
        let half = anytime_multiplier(n, 0.95) * moments.error();
        assert!(low <= moments.mean - half && high >= moments.mean + half, "{n}");
        let p = anytime_p_value(&values);
        if p > 1e-6 && p < 0.9 {
            let (low, high) = anytime_interval(&values, 1.0 - p);
            let edge = if moments.mean > 0.0 { low } else { high };
            assert!(edge.abs() < 1e-6 * (high - low), "{n}: {low} to {high} at {p}");
        }
    }
    assert_eq!(anytime_interval(&[2.0; 40], 0.95), (2.0, 2.0));
    assert_eq!(anytime_interval(&[1.0, 2.0], 0.95), (f64::NEG_INFINITY, f64::INFINITY));
}

fn stream(key: u64) -> Stream {
    Streams::new(20_261_123, 0).stream(Purpose::Person, Key(key))
}

/// How paired differences may be spread, each with its true mean.
#[derive(Debug, Clone, Copy)]
enum Truth {
    /// Totals over many agents.
    Normal,
    /// A few pairs drift far apart: Student's t with five degrees of freedom.
    HeavyTails,
    /// Counts, such as approvals.
    Counts,
    /// Money raised: many small differences, few large ones.
    Skewed,
    /// Waiting times: a skewness of two.
    VerySkewed,
    /// Money raised by few: a skewness of six.
    FarSkewed,
    /// One pair in ten differs.
    Rare,
    /// One pair in ten differs, and by different amounts.
    RareAmounts,
}

impl Truth {
    fn mean(self) -> f64 {
        match self {
            Self::Normal => 3.0,
            Self::HeavyTails => 0.0,
            Self::Counts => 1.0,
            Self::Skewed => trihelix::math::exp(0.125),
            Self::VerySkewed => 1.0,
            Self::FarSkewed => trihelix::math::exp(0.5),
            Self::Rare => 0.1,
            Self::RareAmounts => 0.1 * trihelix::math::exp(0.125),
        }
    }

    fn draw(self, rng: &mut Stream) -> f64 {
        match self {
            Self::Normal => 3.0 + 10.0 * sample::normal(rng),
            Self::HeavyTails => {
                let square: f64 = (0..5).map(|_| sample::normal(rng)).map(|z| z * z).sum();
                sample::normal(rng) / (square / 5.0).sqrt()
            }
            Self::Counts => sample::poisson(rng, 3.0) as f64 - sample::poisson(rng, 2.0) as f64,
            Self::Skewed => sample::lognormal(rng, 1.0, 0.5),
            Self::VerySkewed => sample::exponential(rng, 1.0),
            Self::FarSkewed => sample::lognormal(rng, 1.0, 1.0),
            Self::Rare => f64::from(u8::from(sample::chance(rng, 0.1))),
            Self::RareAmounts if sample::chance(rng, 0.1) => sample::lognormal(rng, 1.0, 0.5),
            Self::RareAmounts => 0.0,
        }
    }
}

/// Share of studies in which the interval holds the truth at every one of `looks` looks.
fn coverage(truth: Truth, studies: u64, looks: usize, look: Look) -> f64 {
    // The t interval needs nothing but its multiplier, which takes longer than all the rest.
    let multipliers: Vec<f64> = (0..=looks).map(|n| look.multiplier(n, 0.95)).collect();
    let holds = |study: u64| {
        let mut rng = stream(1000 + study);
        let mut values = Vec::new();
        (1..=looks).all(|n| {
            values.push(truth.draw(&mut rng));
            let sample = Sample::of(&values);
            let (low, high) = match look {
                Look::Once => {
                    (sample.mean - multipliers[n] * sample.error(), sample.mean + multipliers[n] * sample.error())
                }
                Look::AfterEvery => look.interval(&values, &sample, 0.95),
            };
            // Equal values are no reason to stop: the rule refuses them, see `StoppingRule::is_met`.
            n < 2 || sample.variance == 0.0 || (low <= truth.mean() && truth.mean() <= high)
        })
    };
    (0..studies).into_par_iter().filter(|study| holds(*study)).count() as f64 / studies as f64
}

#[test]
fn coverage_holds_with_a_look_after_every_replicate() {
    println!("2,000 studies, a look after every replicate up to 200; share that always held the truth");
    let all = [
        Truth::Normal,
        Truth::HeavyTails,
        Truth::Counts,
        Truth::Skewed,
        Truth::VerySkewed,
        Truth::FarSkewed,
        Truth::Rare,
        Truth::RareAmounts,
    ];
    for truth in all {
        let sequential = coverage(truth, 2000, 200, Look::AfterEvery);
        let naive = coverage(truth, 2000, 200, Look::Once);
        println!("  {truth:?}: sequential {:.1} %, t interval {:.1} %", 100.0 * sequential, 100.0 * naive);
        assert!(sequential >= 0.94, "{truth:?}: {sequential}");
        assert!(naive < 0.85, "{truth:?}: {naive}");
    }
}

#[test]
fn stopping_rules_are_read_and_refused() {
    let rule = StoppingRule::parse(" half_width ( employees @ 2040 , kobe ) <= 2 % ").unwrap();
    assert_eq!((rule.metric.as_str(), rule.year, rule.cluster.as_str()), ("employees", 2040, "kobe"));
    for wrong in [
        "",
        "width(employees@2040, kobe) <= 2%",
        "half_width(employees@2040, kobe <= 2%",
        "half_width(employees@2040) <= 2%",
        "half_width(employees, kobe) <= 2%",
        "half_width(employees@soon, kobe) <= 2%",
        "half_width(employees@2040, kobe) < 2%",
        "half_width(employees@2040, kobe) <= little",
        "half_width(employees@2040, kobe) <= -1",
        "half_width(@2040, kobe) <= 1",
    ] {
        let message = StoppingRule::parse(wrong).unwrap_err();
        assert!(message.contains("half_width(employees@2040, kobe) <= 2%"), "{message}");
    }
}

#[test]
fn claims_are_judged_by_one_sided_bounds() {
    let values = [9.0, 10.0, 11.0, 10.5, 9.5];
    let verdict = |op: &str, value| judge(&values, op, value, 0.95, Look::Once).verdict;
    assert_eq!(verdict(">=", 5.0), Verdict::Pass);
    assert_eq!(verdict(">=", 15.0), Verdict::Fail);
    assert_eq!(verdict(">=", 10.0), Verdict::Inconclusive);
    assert_eq!(verdict("<", 15.0), Verdict::Pass);
    assert_eq!(verdict("<", 5.0), Verdict::Fail);
    let equal = judge(&[0.0; 9], ">", 0.0, 0.95, Look::Once);
    assert_eq!(equal.verdict, Verdict::Fail, "nothing is not above nothing");
    let few = judge(&[5.0, 6.0, 5.5], ">", 0.0, 0.95, Look::AfterEvery);
    assert_eq!(few.verdict, Verdict::Inconclusive);
    assert_eq!(judge(&[], ">", 0.0, 0.95, Look::Once).verdict, Verdict::Inconclusive);
    assert_eq!(judge(&[5.0], ">", 0.0, 0.95, Look::Once).verdict, Verdict::Inconclusive);
}

const GROUND: Ground = Ground {
    scenarios: &["base"],
    policies: &["kobe-airport-1"],
    clusters: &["osaka", "kobe"],
    years: (2024, 2040),
    metrics: &["employees", "public_cost_jpy"],
    more_metrics: "add it with --metrics",
};

/// Reads expectations from a file of this text.
fn expectations(text: &str) -> Result<Vec<Expectation>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    std::fs::write(&path, text).unwrap();
    read_expectations(&path, &GROUND).map_err(|problems| problems.render(false))
}

#[test]
fn every_problem_of_a_file_of_claims_is_told_with_its_place() {
    let good = "[[expect]]\nmetric = \"employees\"\ncluster = \"kobe\"\nat = 2040\nop = \">=\"\nvalue = 100\n";
    let claims = expectations(good).unwrap();
    assert_eq!((claims.len(), claims[0].confidence, claims[0].quantity), (1, 0.95, Quantity::Difference));
    let wrong = "[[expect]]\nmetric = \"employees\"\ncluster = \"kobe\"\nat = 2040\nop = \"=\"\nvalue = 1\nof = \"x\"\nconfidence = 95\n";
    let problems = expectations(wrong).unwrap_err();
    for place in ["c.toml:5:6", "c.toml:7:6", "c.toml:8:14", "`confidence` cannot be 95"] {
        assert!(problems.contains(place), "no {place} in {problems}");
    }
    let cases = [
        ("", "no expectation"),
        ("[[expect]]\nmetrik = 1\n", "metrik"),
        ("[[expect", "c.toml:1:"),
        (&good.replace("kobe", "tokyo"), "there are osaka, kobe, all"),
        (&good.replace("2040", "2050"), "values from 2024 to 2040"),
        (&good.replace("employees", "hires"), "add it with --metrics"),
        (&good.replace("employees", "hirez"), "did you mean `hires`?"),
        (&format!("{good}policy = \"kobe-airport\"\n"), "did you mean `kobe-airport-1`?"),
        (&format!("{good}scenario = \"bas\"\n"), "there is no scenario `bas`"),
        (&good.replace("value = 100", ""), "lacks `value`"),
    ];
    for (text, what) in cases {
        let problems = expectations(text).unwrap_err();
        assert!(problems.contains(what), "no {what} in {problems}");
    }
}

#[test]
fn junit_is_well_formed_whatever_the_names_are() {
    let case = |verdict| Case {
        group: "a<b> & \"c\"".to_owned(),
        name: "it's\u{1}\n]]>".to_owned(),
        verdict,
        message: "1 < 2".to_owned(),
    };
    let xml = junit_xml("s&s", &[case(Verdict::Pass), case(Verdict::Fail), case(Verdict::Inconclusive)]);
    assert!(xml.contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{xml}");
    assert!(xml.contains("classname=\"a&lt;b&gt; &amp; &quot;c&quot;\""), "{xml}");
    assert!(xml.contains("name=\"it&apos;s\u{FFFD}&#10;]]&gt;\""), "{xml}");
    // Between tags nothing but entities begins with `&`, and no bare `<` is left.
    assert_eq!(xml.matches('<').count(), xml.matches('>').count());
}

#[test]
fn the_expectations_in_the_documents_are_read() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = std::fs::read_to_string(root.join("docs/ci/expectations.toml")).unwrap();
    assert_eq!(expectations(&example).map(|claims| claims.len()), Ok(2));
    let guide = std::fs::read_to_string(root.join("docs/compare.md")).unwrap();
    let block = guide.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let claims = expectations(block).unwrap();
    assert_eq!((claims[0].policy.as_deref(), claims[0].confidence), (Some("kobe-airport-1"), 0.95));
}
