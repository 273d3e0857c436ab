//! Figures: stable bytes, escaped words, no panic on odd values, and pictures to look at.
//!
//! The pictures: `PLOT_GALLERY=some/folder cargo test --test plot -- --ignored`.

use std::fs;
use std::path::Path;
#[path = "plot_data/charts.rs"]
mod chart_data;
mod plot_data;

use plot_data::{MONTHS, Noise, START, gallery, growth_input};
use trihelix::plot::{
    Band, Drawing, Figure, GrowthInput, Language, Look, Panel, Scale, Series, Step, ValueKind, YearMonth, forest_chart,
    growth_figures, page_font, render_png, render_svg, yearly_sums,
};

#[test]
#[ignore = "writes pictures for people to look at"]
fn write_gallery() {
    let folder = std::env::var("PLOT_GALLERY").expect("PLOT_GALLERY names the folder to write to");
    fs::create_dir_all(&folder).unwrap();
    for (stem, figure) in gallery() {
        fs::write(Path::new(&folder).join(format!("{stem}.svg")), render_svg(&figure).unwrap()).unwrap();
        fs::write(Path::new(&folder).join(format!("{stem}.png")), render_png(&figure).unwrap()).unwrap();
    }
    for (stem, picture) in chart_data::pictures() {
        fs::write(Path::new(&folder).join(format!("chart-{stem}.svg")), picture.svg().unwrap()).unwrap();
        fs::write(Path::new(&folder).join(format!("chart-{stem}.png")), picture.png().unwrap()).unwrap();
    }
}

/// Pins the bytes: whoever changes the look changes this line on purpose, after looking at the gallery.
#[test]
fn bytes_are_pinned() {
    let figures = growth_figures(&growth_input(Language::Japanese));
    let (_, figure) = figures.iter().find(|(stem, _)| stem == "capital-raised").unwrap();
    let svg = blake3::hash(render_svg(figure).unwrap().as_bytes()).to_hex();
    assert_eq!(svg.as_str(), "1c7e57822c037647d0279740695b6fbc4bb0e497f1ff8abae1b42056b60f940a");
    let png = pixels(&render_png(figure).unwrap());
    assert_eq!(
        blake3::hash(&png).to_hex().as_str(),
        "aebe5ffed64c1e82aa643efe8ecc20ccc01832e74bad5b9f8775c5ab4f9623c9"
    );
}

/// Pixels of a PNG, which unlike the file do not depend on the version of the compressor.
fn pixels(file: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut bytes).unwrap();
    bytes
}

#[test]
fn renders_are_equal_in_any_order_and_on_any_thread() {
    let figures = gallery();
    let once: Vec<String> = figures.iter().map(|(_, figure)| render_svg(figure).unwrap()).collect();
    let pngs: Vec<Vec<u8>> = figures.iter().take(3).map(|(_, figure)| render_png(figure).unwrap()).collect();
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
    let stems: Vec<String> = growth_figures(&input).into_iter().map(|(stem, _)| stem).collect();
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
    let headings: Vec<&str> = figure.panels.iter().map(|panel| panel.heading.as_str()).collect();
    assert_eq!(headings[..4], ["Osaka", "Kobe", "Boston", "Kyoto"]);
    for row in input.metrics.get_mut("startups_alive").unwrap() {
        (row[0], row[MONTHS - 1]) = (40.0, 100.0);
    }
    let figure = growth_figures(&input).remove(0).1;
    assert_eq!(figure.title, "Startups alive: Osaka ×2.5, Kobe ×2.5, Boston ×2.5");
    assert_eq!(figure.panels[0].remark, "40 → 100");
}

#[test]
fn yearly_sums_take_whole_calendar_years_only() {
    let ones = vec![1.0; 30];
    let whole = yearly_sums(START, &ones[..24]);
    assert_eq!((whole.first_year, whole.sums, whole.partial_left_out), (2024, vec![12.0, 12.0], false));
    let late = yearly_sums(YearMonth { year: 2024, month: 10 }, &ones);
    assert_eq!((late.first_year, late.sums, late.partial_left_out), (2025, vec![12.0, 12.0], true));
    assert!(yearly_sums(START, &ones[..11]).sums.is_empty());
    assert!(yearly_sums(YearMonth { year: 2024, month: 12 }, &[]).sums.is_empty());
}

#[test]
fn words_are_escaped_and_the_document_is_well_formed() {
    for (stem, figure) in gallery() {
        let svg = render_svg(&figure).unwrap();
        assert_well_formed(&svg, &stem);
        assert!(stem == "hostile" || !svg.contains('〓'), "{stem}: a letter is missing from the font");
        assert!(!svg.contains("<script"), "{stem}");
        assert!(svg.chars().all(|character| character == '\n' || !character.is_control()), "{stem}");
    }
    let hostile = gallery().into_iter().find(|(stem, _)| stem == "hostile").unwrap().1;
    let svg = render_svg(&hostile).unwrap();
    assert!(svg.contains("<title id=\"t-"));
    assert!(svg.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &apos;quotes&apos;"));
}

#[test]
fn every_chart_says_everything_three_times() {
    for (stem, picture) in chart_data::pictures() {
        let (alone, inside) = (picture.svg().unwrap(), picture.svg_for_page().unwrap());
        assert_well_formed(&alone, &stem);
        assert_well_formed(&inside, &stem);
        assert!(alone.contains("@font-face") && !inside.contains("@font-face"), "{stem}");
        assert!(inside.len() + 4_000 < alone.len(), "{stem}: {} {}", inside.len(), alone.len());
        assert!(!inside.contains(" opacity=\"1\"") && inside.matches("font-family").count() == 1, "{stem}");
        assert!(!alone.contains('〓'), "{stem}: a letter is missing from the font");
        assert!(picture.text().len() > 40, "{stem}: {}", picture.text());
        assert!(alone.contains("<desc id="), "{stem}");
        let table = picture.table();
        assert!(!table.rows.is_empty() && table.columns.iter().all(|column| !column.is_empty()), "{stem}");
        for row in &table.rows {
            assert_eq!(row.len(), table.columns.len(), "{stem}");
            assert!(row.iter().all(|cell| !cell.shown().is_empty()), "{stem}");
        }
        let japanese = |character: char| ('\u{3040}'..='\u{9fff}').contains(&character);
        let expected = stem.starts_with("ja-");
        assert!(table.columns.iter().any(|column| column.chars().any(japanese)) == expected, "{stem}");
        let letters = picture.letters();
        assert!(page_font(&letters).unwrap().starts_with("@font-face{font-family:Trihelix;"), "{stem}");
    }
}

#[test]
fn charts_are_equal_on_every_thread() {
    let hashes = || -> Vec<_> {
        chart_data::pictures().iter().map(|(_, picture)| blake3::hash(picture.svg().unwrap().as_bytes())).collect()
    };
    let once = hashes();
    std::thread::scope(|scope| {
        let again: Vec<_> = (0..2).map(|_| scope.spawn(hashes)).collect();
        for run in again {
            assert!(run.join().unwrap() == once);
        }
    });
}

#[test]
fn extreme_charts_are_drawn() {
    for (stem, picture) in chart_data::extremes() {
        assert_well_formed(&picture.svg().unwrap(), &stem);
        assert!(picture.size().1 < 4_000.0, "{stem}: {:?}", picture.size());
        for row in &picture.table().rows {
            assert_eq!(row.len(), picture.table().columns.len(), "{stem}");
        }
    }
}

#[test]
fn what_cannot_be_told_says_so() {
    let forest = chart_data::forest(Language::English, 9, &[1]);
    let picture = forest_chart(&forest).unwrap();
    let verdicts = picture.table().rows.iter().map(|row| row[5].shown());
    for (verdict, interval) in verdicts.zip(&forest.columns[0].intervals) {
        let holds_zero = !(interval.low > 0.0 || interval.high < 0.0);
        assert_eq!(verdict == "cannot tell", holds_zero, "{interval:?}");
    }
    let svg = picture.svg_for_page().unwrap();
    assert!(svg.contains(">cannot tell<") && svg.contains(">+18 (+12 … +24)<"), "words beside the intervals");
}

/// A plain check of tags: every one closed in order, attributes quoted, no stray `<`, `&` only in the five entities.
fn assert_well_formed(svg: &str, stem: &str) {
    let mut open: Vec<&str> = Vec::new();
    for piece in svg.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or_else(|| panic!("{stem}: unclosed tag {piece:.40}"));
        assert_eq!(tag.matches('"').count() % 2, 0, "{stem}: {tag:.80}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{stem}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        for entity in text.split('&').skip(1) {
            let known = ["lt;", "gt;", "amp;", "quot;", "apos;"].iter().any(|known| entity.starts_with(known));
            assert!(known, "{stem}: &{entity:.10}");
        }
    }
    assert!(open.is_empty() && svg.starts_with("<svg xmlns="), "{stem}: {open:?}");
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
    let kinds = [ValueKind::Count, ValueKind::Yen, ValueKind::Index, ValueKind::Hours];
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
                        look: [Look::Focus(at), Look::Context(at), Look::Part { index: at, of: at }][pick(3)],
                    })
                    .collect(),
            })
            .collect();
        let drawing = [Drawing::Lines, Drawing::Areas, Drawing::Bars][pick(3)];
        let start = YearMonth { year: [2024, i32::MAX, i32::MIN, 0][pick(4)], month: [0, 1, 7, 12, 255][pick(5)] };
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
