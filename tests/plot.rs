//! Figures: stable bytes, escaped words, no panic on odd values, and pictures to look at.
//!
//! The pictures: `PLOT_GALLERY=some/folder cargo test --test plot -- --ignored`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use trihelix::plot::{
    Band, Drawing, Figure, GrowthCluster, GrowthInput, Language, Look, Panel, Scale, Series, Step,
    ValueKind, YearMonth, comparison_figure, growth_figures, render_png, render_svg, yearly_sums,
};

const START: YearMonth = YearMonth {
    year: 2024,
    month: 1,
};
const MONTHS: usize = 360;

/// Name, Japanese name, startups at the start, growth per year, people, venture capital per year in billion yen.
const CLUSTERS: [(&str, &str, f64, f64, f64, f64); 8] = [
    ("Kyoto", "京都", 55.0, 0.020, 21_000.0, 9.0),
    ("Osaka", "大阪", 62.0, 0.034, 46_000.0, 14.0),
    ("Kobe", "神戸", 41.0, 0.022, 12_500.0, 6.0),
    ("Tokyo", "東京", 310.0, 0.030, 118_000.0, 95.0),
    ("Kanagawa", "神奈川", 85.0, 0.026, 52_000.0, 19.0),
    ("Boston", "ボストン", 1_480.0, 0.018, 143_000.0, 1_350.0),
    (
        "San Francisco",
        "サンフランシスコ",
        1_290.0,
        0.012,
        153_000.0,
        1_100.0,
    ),
    ("London", "ロンドン", 640.0, 0.024, 131_000.0, 310.0),
];

/// Noise for test data: a plain congruential generator, uniform in [0, 1).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A count with the given mean, by adding up rare events (good enough for a picture).
    fn count(&mut self, mean: f64) -> f64 {
        let whole = mean.floor();
        let spread = (self.next() + self.next() + self.next() - 1.5) * 2.0 * mean.sqrt();
        (whole + spread + f64::from(u8::from(self.next() < mean - whole)))
            .round()
            .max(0.0)
    }
}

fn by_cluster(mut value: impl FnMut(usize, usize, &mut Noise) -> f64) -> Vec<Vec<f64>> {
    (0..CLUSTERS.len())
        .map(|cluster| {
            let mut noise = Noise(17 + cluster as u64);
            (0..MONTHS)
                .map(|month| value(cluster, month, &mut noise))
                .collect()
        })
        .collect()
}

/// Compound growth since the start, by multiplication month by month.
fn grown(cluster: usize, month: usize) -> f64 {
    (0..month).fold(1.0, |size, _| size * (1.0 + CLUSTERS[cluster].3 / 12.0))
}

fn growth_input(language: Language) -> GrowthInput {
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
        by_cluster(|c, m, noise| {
            (CLUSTERS[c].4 * (1.0 + 0.4 * (grown(c, m) - 1.0)) + 40.0 * noise.next()).round()
        }),
    );
    put(
        "employees_startups",
        by_cluster(|c, m, noise| {
            (CLUSTERS[c].2 * 14.0 * grown(c, m) * (1.0 + 0.02 * noise.next())).round()
        }),
    );
    put(
        "venture_raised_jpy",
        by_cluster(|c, m, noise| {
            let wave = if (m / 40) % 2 == 0 { 0.6 } else { 1.3 };
            (CLUSTERS[c].5 * 1e9 / 12.0 * grown(c, m) * wave * 3.0 * noise.next() * noise.next())
                .round()
        }),
    );
    for (stage, share) in [
        ("preclinical", 1.1),
        ("phase1", 0.35),
        ("phase2", 0.3),
        ("phase3", 0.12),
        ("review", 0.03),
    ] {
        put(
            &format!("programmes_{stage}"),
            by_cluster(|c, m, noise| {
                (CLUSTERS[c].2 * share * grown(c, m) * (0.95 + 0.1 * noise.next())).round()
            }),
        );
    }
    for (kind, rate) in [
        ("approvals_full", 0.0006),
        ("approvals_conditional", 0.00025),
    ] {
        put(
            kind,
            by_cluster(|c, m, noise| noise.count(CLUSTERS[c].2 * rate * grown(c, m))),
        );
    }
    put(
        "moves_in",
        by_cluster(|c, _, noise| noise.count(CLUSTERS[c].4 * 0.0011)),
    );
    put(
        "moves_out",
        by_cluster(|c, m, noise| {
            noise.count(CLUSTERS[c].4 * if m < 180 { 0.00112 } else { 0.00106 })
        }),
    );
    let focus = ["Osaka", "Kobe", "Boston"];
    let clusters = CLUSTERS.map(|(english, japanese, ..)| GrowthCluster {
        id: english.to_lowercase(),
        label: if language == Language::English {
            english
        } else {
            japanese
        }
        .to_owned(),
        focus: focus.contains(&english),
    });
    GrowthInput {
        start: START,
        months: MONTHS,
        clusters: clusters.to_vec(),
        metrics,
        language,
        note: match language {
            Language::English => "Trihelix, scenario kansai-2024, seed 1, replicate 0. Synthetic data of a test, not a result.",
            Language::Japanese => "Trihelix、シナリオ kansai-2024、シード 1。試験用の合成データ。",
        }
        .to_owned(),
    }
}

fn fan_chart() -> Figure {
    let mut series = Vec::new();
    for (rank, (label, growth)) in [("Baseline", 1.0), ("With airport and hub", 1.35)]
        .into_iter()
        .enumerate()
    {
        let mut noise = Noise(5);
        let middle: Vec<f64> = (0..MONTHS)
            .map(|m| 103.0 * (1.0 + 0.0028 * growth * m as f64) + 3.0 * noise.next())
            .collect();
        let band = |width: f64| Band {
            low: middle
                .iter()
                .enumerate()
                .map(|(m, v)| v - width * (m as f64).sqrt())
                .collect(),
            high: middle
                .iter()
                .enumerate()
                .map(|(m, v)| v + 1.3 * width * (m as f64).sqrt())
                .collect(),
            opacity: 0.16,
        };
        let bands = vec![band(2.6), band(1.3)];
        series.push(Series {
            label: label.to_owned(),
            values: middle,
            bands,
            look: Look::Focus(rank),
        });
    }
    let mut figure = Figure::lines(
        "Startups alive in Osaka and Kobe",
        START,
        ValueKind::Count,
        series,
    );
    figure.subtitle = "Median of 200 replicates, with the middle 50 % and 90 %".to_owned();
    figure.note = "Synthetic data of a test.".to_owned();
    figure
}

/// A figure of one series of the given values.
fn plain(values: Vec<f64>, kind: ValueKind, scale: Scale, drawing: Drawing) -> Figure {
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
fn gallery() -> Vec<(String, Figure)> {
    let english = growth_input(Language::English);
    let mut figures = growth_figures(&english);
    for (stem, figure) in growth_figures(&growth_input(Language::Japanese)) {
        figures.push((format!("ja-{stem}"), figure));
    }
    let mut add = |stem: &str, figure: Figure| figures.push((stem.to_owned(), figure));
    add(
        "compare-log",
        comparison_figure(&english, "startups_alive", "Startups alive, by cluster").unwrap(),
    );
    let series = |c: usize, look| {
        Series::new(
            CLUSTERS[c].0,
            english.metrics["startups_alive"][c].clone(),
            look,
        )
    };
    let few = vec![
        series(0, Look::Context(0)),
        series(4, Look::Context(1)),
        series(1, Look::Focus(0)),
        series(2, Look::Focus(1)),
    ];
    let mut kansai = Figure::lines(
        "Osaka overtakes Kanagawa in the 2040s",
        START,
        ValueKind::Count,
        few,
    );
    kansai.subtitle = "Startups alive at the end of each month".to_owned();
    add("compare-linear", kansai);
    add("fan", fan_chart());
    let odd = vec![3.0, f64::NAN, 0.0, -2.0, 1e9, f64::INFINITY, 4.0, 5.0];
    add(
        "odd-linear",
        plain(odd.clone(), ValueKind::Index, Scale::Linear, Drawing::Lines),
    );
    add(
        "odd-log",
        plain(odd, ValueKind::Index, Scale::Log, Drawing::Lines),
    );
    add(
        "one-month",
        plain(vec![62.0], ValueKind::Count, Scale::Linear, Drawing::Lines),
    );
    add(
        "all-equal",
        plain(
            vec![62.0; 40],
            ValueKind::Count,
            Scale::Linear,
            Drawing::Lines,
        ),
    );
    add(
        "empty",
        plain(Vec::new(), ValueKind::Yen, Scale::Linear, Drawing::Lines),
    );
    let mut hostile = growth_figures(&english).remove(0).1;
    hostile.title = "<script>alert(\"1\")</script> & 'quotes' \u{0} \u{202E} 神戸の再生医療:先端医療センターから生まれたスタートアップの数は三十年でどう変わるか、大阪・京都・東京と比べる".to_owned();
    hostile.panels.truncate(3);
    hostile.panels[0].heading =
        "An unreasonably long name of a cluster that cannot fit above a panel".to_owned();
    add("hostile", hostile);
    figures
}

#[test]
#[ignore = "writes pictures for people to look at"]
fn write_gallery() {
    let folder = std::env::var("PLOT_GALLERY").expect("PLOT_GALLERY names the folder to write to");
    fs::create_dir_all(&folder).unwrap();
    for (stem, figure) in gallery() {
        fs::write(
            Path::new(&folder).join(format!("{stem}.svg")),
            render_svg(&figure).unwrap(),
        )
        .unwrap();
        fs::write(
            Path::new(&folder).join(format!("{stem}.png")),
            render_png(&figure).unwrap(),
        )
        .unwrap();
    }
}

/// Pins the bytes: whoever changes the look changes this line on purpose, after looking at the gallery.
#[test]
fn bytes_are_pinned() {
    let figures = growth_figures(&growth_input(Language::Japanese));
    let (_, figure) = figures
        .iter()
        .find(|(stem, _)| stem == "capital-raised")
        .unwrap();
    let svg = blake3::hash(render_svg(figure).unwrap().as_bytes()).to_hex();
    assert_eq!(
        svg.as_str(),
        "d924551ce56550cd418341053c42a25d4f846a5a640492c431f67205dfd19ffc"
    );
    let png = pixels(&render_png(figure).unwrap());
    assert_eq!(
        blake3::hash(&png).to_hex().as_str(),
        "aebe5ffed64c1e82aa643efe8ecc20ccc01832e74bad5b9f8775c5ab4f9623c9"
    );
}

/// Pixels of a PNG, which unlike the file do not depend on the version of the compressor.
fn pixels(file: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut bytes).unwrap();
    bytes
}

#[test]
fn renders_are_equal_in_any_order_and_on_any_thread() {
    let figures = gallery();
    let once: Vec<String> = figures
        .iter()
        .map(|(_, figure)| render_svg(figure).unwrap())
        .collect();
    let pngs: Vec<Vec<u8>> = figures
        .iter()
        .take(3)
        .map(|(_, figure)| render_png(figure).unwrap())
        .collect();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for (at, (stem, figure)) in figures.iter().enumerate().rev() {
                    assert_eq!(render_svg(figure).unwrap(), once[at], "{stem}");
                }
                assert_eq!(render_png(&figures[1].1).unwrap(), pngs[1]);
            });
        }
    });
}

#[test]
fn growth_figures_answer_each_question_once() {
    let input = growth_input(Language::English);
    let stems: Vec<String> = growth_figures(&input)
        .into_iter()
        .map(|(stem, _)| stem)
        .collect();
    let expected = [
        "startups-alive",
        "startups-compared",
        "employees",
        "jobs-at-startups",
        "capital-raised",
        "programmes-by-stage",
        "approvals",
        "net-moves",
    ];
    assert_eq!(stems, expected);
    let mut less = input.clone();
    less.metrics.remove("employees_startups");
    less.metrics.remove("programmes_review");
    assert_eq!(growth_figures(&less).len(), 6);
    less.metrics.clear();
    assert!(growth_figures(&less).is_empty());
    let short = GrowthInput { months: 0, ..input };
    for (stem, figure) in growth_figures(&short) {
        assert!(render_svg(&figure).is_ok(), "{stem}");
    }
}

#[test]
fn focus_clusters_come_first_and_the_title_states_the_factor() {
    let mut input = growth_input(Language::English);
    let figure = growth_figures(&input).remove(0).1;
    let headings: Vec<&str> = figure
        .panels
        .iter()
        .map(|panel| panel.heading.as_str())
        .collect();
    assert_eq!(headings[..4], ["Osaka", "Kobe", "Boston", "Kyoto"]);
    for row in input.metrics.get_mut("startups_alive").unwrap() {
        (row[0], row[MONTHS - 1]) = (40.0, 100.0);
    }
    let figure = growth_figures(&input).remove(0).1;
    assert_eq!(
        figure.title,
        "Startups alive: Osaka ×2.5, Kobe ×2.5, Boston ×2.5"
    );
    assert_eq!(figure.panels[0].remark, "40 → 100");
}

#[test]
fn yearly_sums_take_whole_calendar_years_only() {
    let ones = vec![1.0; 30];
    let whole = yearly_sums(START, &ones[..24]);
    assert_eq!(
        (whole.first_year, whole.sums, whole.partial_left_out),
        (2024, vec![12.0, 12.0], false)
    );
    let late = yearly_sums(
        YearMonth {
            year: 2024,
            month: 10,
        },
        &ones,
    );
    assert_eq!(
        (late.first_year, late.sums, late.partial_left_out),
        (2025, vec![12.0, 12.0], true)
    );
    assert!(yearly_sums(START, &ones[..11]).sums.is_empty());
    assert!(
        yearly_sums(
            YearMonth {
                year: 2024,
                month: 12
            },
            &[]
        )
        .sums
        .is_empty()
    );
}

#[test]
fn words_are_escaped_and_the_document_is_well_formed() {
    for (stem, figure) in gallery() {
        let svg = render_svg(&figure).unwrap();
        assert_well_formed(&svg, &stem);
        assert!(
            stem == "hostile" || !svg.contains('〓'),
            "{stem}: a letter is missing from the font"
        );
        assert!(!svg.contains("<script"), "{stem}");
        assert!(
            svg.chars()
                .all(|character| character == '\n' || !character.is_control()),
            "{stem}"
        );
    }
    let hostile = gallery()
        .into_iter()
        .find(|(stem, _)| stem == "hostile")
        .unwrap()
        .1;
    let svg = render_svg(&hostile).unwrap();
    assert!(svg.contains("<title id=\"t-"));
    assert!(
        svg.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &apos;quotes&apos;")
    );
}

/// A plain check of tags: every one closed in order, attributes quoted, no stray `<`, `&` only in the five entities.
fn assert_well_formed(svg: &str, stem: &str) {
    let mut open: Vec<&str> = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece
            .split_once('>')
            .unwrap_or_else(|| panic!("{stem}: unclosed tag {piece:.40}"));
        assert_eq!(tag.matches('"').count() % 2, 0, "{stem}: {tag:.80}");
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/'])
            .next()
            .unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{stem}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        for entity in text.split('&').skip(1) {
            let known = ["lt;", "gt;", "amp;", "quot;", "apos;"]
                .iter()
                .any(|known| entity.starts_with(known));
            assert!(known, "{stem}: &{entity:.10}");
        }
    }
    assert!(
        open.is_empty() && svg.starts_with("<svg xmlns="),
        "{stem}: {open:?}"
    );
}

#[test]
fn odd_values_never_panic() {
    let pool = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e308,
        -1e308,
        5e-324,
        1e-30,
        1e15,
        0.1,
        123_456_789.0,
        1e300,
        -7e12,
    ];
    let kinds = [
        ValueKind::Count,
        ValueKind::Yen,
        ValueKind::Index,
        ValueKind::Hours,
    ];
    let mut noise = Noise(99);
    for case in 0..600usize {
        let mut pick = |n: usize| (noise.next() * n as f64) as usize;
        let length = [0, 1, 2, 3, 23, 24, 25, 400][pick(8)];
        let narrow = pick(pool.len()) + 1;
        let panels = (0..[0, 1, 1, 2, 3, 5, 8, 30][pick(8)])
            .map(|panel| Panel {
                heading: ["", "大阪", "A cluster with a long name"][panel % 3].to_owned(),
                remark: ["", "1 → 2"][panel % 2].to_owned(),
                series: (0..pick(10))
                    .map(|at| Series {
                        label: ["", "\u{1F600}", "Kobe"][at % 3].to_owned(),
                        values: (0..length).map(|_| pool[pick(narrow)]).collect(),
                        bands: vec![Band {
                            low: (0..pick(9)).map(|_| pool[pick(narrow)]).collect(),
                            high: vec![pool[pick(narrow)]; 5],
                            opacity: pool[pick(pool.len())],
                        }],
                        look: [
                            Look::Focus(at),
                            Look::Context(at),
                            Look::Part { index: at, of: at },
                        ][pick(3)],
                    })
                    .collect(),
            })
            .collect();
        let drawing = [Drawing::Lines, Drawing::Areas, Drawing::Bars][pick(3)];
        let start = YearMonth {
            year: [2024, i32::MAX, i32::MIN, 0][pick(4)],
            month: [0, 1, 7, 12, 255][pick(5)],
        };
        let mut figure = Figure::multiples("t", start, kinds[pick(4)], drawing, panels);
        figure.scale = [Scale::Linear, Scale::Log][pick(2)];
        figure.step = [Step::Month, Step::Year][pick(2)];
        figure.zero_baseline = pick(2) == 0;
        figure.shared_scale = pick(2) == 0;
        figure.language = [Language::English, Language::Japanese][pick(2)];
        assert_well_formed(&render_svg(&figure).unwrap(), &format!("case {case}"));
        if case % 40 == 0 {
            render_png(&figure).unwrap();
        }
    }
}
