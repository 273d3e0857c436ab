//! Synthetic figures for `tests/plot.rs`: eight clusters over thirty years, and odd cases.

use std::collections::BTreeMap;
use trihelix::plot::{
    Band, Drawing, Figure, GrowthCluster, GrowthInput, Language, Look, Panel, Scale, Series, ValueKind, YearMonth,
    comparison_figure, growth_figures,
};

pub const START: YearMonth = YearMonth { year: 2024, month: 1 };
pub const MONTHS: usize = 360;

/// Name, Japanese name, startups at the start, growth per year, people, venture capital per year in billion yen.
pub const CLUSTERS: [(&str, &str, f64, f64, f64, f64); 8] = [
    ("Kyoto", "京都", 55.0, 0.020, 21_000.0, 9.0),
    ("Osaka", "大阪", 62.0, 0.034, 46_000.0, 14.0),
    ("Kobe", "神戸", 41.0, 0.022, 12_500.0, 6.0),
    ("Tokyo", "東京", 310.0, 0.030, 118_000.0, 95.0),
    ("Kanagawa", "神奈川", 85.0, 0.026, 52_000.0, 19.0),
    ("Boston", "ボストン", 1_480.0, 0.018, 143_000.0, 1_350.0),
    ("San Francisco", "サンフランシスコ", 1_290.0, 0.012, 153_000.0, 1_100.0),
    ("London", "ロンドン", 640.0, 0.024, 131_000.0, 310.0),
];

/// Noise for test data: a plain congruential generator, uniform in [0, 1).
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A count with the given mean, by adding up rare events (good enough for a picture).
    pub fn count(&mut self, mean: f64) -> f64 {
        let whole = mean.floor();
        let spread = (self.next() + self.next() + self.next() - 1.5) * 2.0 * mean.sqrt();
        (whole + spread + f64::from(u8::from(self.next() < mean - whole))).round().max(0.0)
    }
}

pub fn by_cluster(mut value: impl FnMut(usize, usize, &mut Noise) -> f64) -> Vec<Vec<f64>> {
    (0..CLUSTERS.len())
        .map(|cluster| {
            let mut noise = Noise(17 + cluster as u64);
            (0..MONTHS).map(|month| value(cluster, month, &mut noise)).collect()
        })
        .collect()
}

/// Compound growth since the start, by multiplication month by month.
pub fn grown(cluster: usize, month: usize) -> f64 {
    (0..month).fold(1.0, |size, _| size * (1.0 + CLUSTERS[cluster].3 / 12.0))
}

pub fn growth_input(language: Language) -> GrowthInput {
    let mut metrics = BTreeMap::new();
    let mut put = |name: &str, values: Vec<Vec<f64>>| metrics.insert(name.to_owned(), values);
    let mut drift = vec![0.0; CLUSTERS.len()];
    put(
        "startups_alive",
        by_cluster(|c, m, noise| {
            drift[c] = drift[c] * 0.97 + (noise.next() - 0.5) * 0.05;
            (CLUSTERS[c].2 * grown(c, m) * (1.0 + drift[c])).round()
        }),
    );
    put(
        "employees",
        by_cluster(|c, m, noise| (CLUSTERS[c].4 * (1.0 + 0.4 * (grown(c, m) - 1.0)) + 40.0 * noise.next()).round()),
    );
    put(
        "employees_startups",
        by_cluster(|c, m, noise| (CLUSTERS[c].2 * 14.0 * grown(c, m) * (1.0 + 0.02 * noise.next())).round()),
    );
    put(
        "venture_raised_jpy",
        by_cluster(|c, m, noise| {
            let wave = if (m / 40) % 2 == 0 { 0.6 } else { 1.3 };
            (CLUSTERS[c].5 * 1e9 / 12.0 * grown(c, m) * wave * 3.0 * noise.next() * noise.next()).round()
        }),
    );
    for (stage, share) in [("preclinical", 1.1), ("phase1", 0.35), ("phase2", 0.3), ("phase3", 0.12), ("review", 0.03)]
    {
        put(
            &format!("programmes_{stage}"),
            by_cluster(|c, m, noise| (CLUSTERS[c].2 * share * grown(c, m) * (0.95 + 0.1 * noise.next())).round()),
        );
    }
    for (kind, rate) in [("approvals_full", 0.0006), ("approvals_conditional", 0.00025)] {
        put(kind, by_cluster(|c, m, noise| noise.count(CLUSTERS[c].2 * rate * grown(c, m))));
    }
    put("moves_in", by_cluster(|c, _, noise| noise.count(CLUSTERS[c].4 * 0.0011)));
    put("moves_out", by_cluster(|c, m, noise| noise.count(CLUSTERS[c].4 * if m < 180 { 0.00112 } else { 0.00106 })));
    let focus = ["Osaka", "Kobe", "Boston"];
    let clusters = CLUSTERS.map(|(english, japanese, ..)| GrowthCluster {
        id: english.to_lowercase(),
        label: if language == Language::English { english } else { japanese }.to_owned(),
        focus: focus.contains(&english),
    });
    GrowthInput {
        start: START,
        months: MONTHS,
        clusters: clusters.to_vec(),
        metrics,
        language,
        note: match language {
            Language::English => {
                "Trihelix, scenario kansai-2024, seed 1, replicate 0. Synthetic data of a test, not a result."
            }
            Language::Japanese => "Trihelix、シナリオ kansai-2024、シード 1。試験用の合成データ。",
        }
        .to_owned(),
    }
}

pub fn fan_chart() -> Figure {
    let mut series = Vec::new();
    for (rank, (label, growth)) in [("Baseline", 1.0), ("With airport and hub", 1.35)].into_iter().enumerate() {
        let mut noise = Noise(5);
        let middle: Vec<f64> =
            (0..MONTHS).map(|m| 103.0 * (1.0 + 0.0028 * growth * m as f64) + 3.0 * noise.next()).collect();
        let band = |width: f64| Band {
            low: middle.iter().enumerate().map(|(m, v)| v - width * (m as f64).sqrt()).collect(),
            high: middle.iter().enumerate().map(|(m, v)| v + 1.3 * width * (m as f64).sqrt()).collect(),
            opacity: 0.16,
        };
        let bands = vec![band(2.6), band(1.3)];
        series.push(Series { label: label.to_owned(), values: middle, bands, look: Look::Focus(rank) });
    }
    let mut figure = Figure::lines("Startups alive in Osaka and Kobe", START, ValueKind::Count, series);
    figure.subtitle = "Median of 200 replicates, with the middle 50 % and 90 %".to_owned();
    figure.note = "Synthetic data of a test.".to_owned();
    figure
}

/// A figure of one series of the given values.
pub fn plain(values: Vec<f64>, kind: ValueKind, scale: Scale, drawing: Drawing) -> Figure {
    let panel = |heading: &str| Panel {
        heading: heading.to_owned(),
        remark: String::new(),
        series: vec![Series::new("Osaka", values.clone(), Look::Focus(0))],
    };
    let mut figure = Figure::multiples("Odd values", START, kind, drawing, vec![panel("Osaka")]);
    figure.scale = scale;
    figure
}

/// Everything worth looking at, by file stem.
pub fn gallery() -> Vec<(String, Figure)> {
    let english = growth_input(Language::English);
    let mut figures = growth_figures(&english);
    for (stem, figure) in growth_figures(&growth_input(Language::Japanese)) {
        figures.push((format!("ja-{stem}"), figure));
    }
    let mut add = |stem: &str, figure: Figure| figures.push((stem.to_owned(), figure));
    add("compare-log", comparison_figure(&english, "startups_alive", "Startups alive, by cluster").unwrap());
    let series = |c: usize, look| Series::new(CLUSTERS[c].0, english.metrics["startups_alive"][c].clone(), look);
    let few = vec![
        series(0, Look::Context(0)),
        series(4, Look::Context(1)),
        series(1, Look::Focus(0)),
        series(2, Look::Focus(1)),
    ];
    let mut kansai = Figure::lines("Osaka overtakes Kanagawa in the 2040s", START, ValueKind::Count, few);
    kansai.subtitle = "Startups alive at the end of each month".to_owned();
    add("compare-linear", kansai);
    add("fan", fan_chart());
    let mut two = growth_figures(&english).remove(4).1;
    two.panels.truncate(2);
    two.shared_scale = true;
    two.subtitle = "JPY in each calendar year, one vertical scale".to_owned();
    add("two-panels", two);
    let mut one = growth_figures(&english).remove(5).1;
    one.panels.truncate(1);
    add("one-stack", one);
    let odd = vec![3.0, f64::NAN, 0.0, -2.0, 1e9, f64::INFINITY, 4.0, 5.0];
    add("odd-linear", plain(odd.clone(), ValueKind::Index, Scale::Linear, Drawing::Lines));
    add("odd-log", plain(odd, ValueKind::Index, Scale::Log, Drawing::Lines));
    add("one-month", plain(vec![62.0], ValueKind::Count, Scale::Linear, Drawing::Lines));
    add("all-equal", plain(vec![62.0; 40], ValueKind::Count, Scale::Linear, Drawing::Lines));
    add("empty", plain(Vec::new(), ValueKind::Yen, Scale::Linear, Drawing::Lines));
    let mut hostile = growth_figures(&english).remove(0).1;
    hostile.title = "<script>alert(\"1\")</script> & 'quotes' \u{0} \u{202E} 神戸の再生医療:先端医療センターから生まれたスタートアップの数は三十年でどう変わるか、大阪・京都・東京と比べる".to_owned();
    hostile.panels.truncate(3);
    hostile.panels[0].heading = "An unreasonably long name of a cluster that cannot fit above a panel".to_owned();
    add("hostile", hostile);
    figures
}
