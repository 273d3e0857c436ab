//! The report as its readers and its auditors meet it.

mod support;

use std::collections::BTreeSet;
use std::fs;

use support::command::Place;
use support::study::{MadeUp, Policy};

/// A place with the results of a made-up comparison in `results`, and the report of it.
fn reported(made_up: &MadeUp, more: &[&str]) -> (Place, String) {
    let place = Place::new();
    made_up.write(&place.path("results"));
    let command: Vec<&str> = ["report", "results", "--quiet", "--page-only"].iter().chain(more).copied().collect();
    place.trihelix(&command).succeeds().says_no_more();
    let html = fs::read_to_string(place.path("results/report.html")).unwrap();
    (place, html)
}

fn two_policies() -> MadeUp {
    MadeUp::new(vec![Policy::new("strong", 200, 20), Policy::new("weak", 0, 60)], 8, 36)
}

/// The text of the first element with this id, without its tags.
fn text_of(html: &str, id: &str) -> String {
    let start = html.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no element {id}"));
    let rest = &html[start..];
    let rest = &rest[rest.find('>').unwrap() + 1..rest.find("</p>").unwrap()];
    let mut text = String::new();
    let mut inside = false;
    for letter in rest.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            letter if !inside => text.push(letter),
            _ => {}
        }
    }
    text
}

#[test]
fn one_page_holds_everything_in_both_languages() {
    let (place, html) = reported(&two_policies(), &[]);
    for heading in [
        "The answer",
        "What we are least sure of",
        "Differences by policy",
        "How the clusters grow",
        "Where the effect comes from",
        "What flows between",
        "What each outcome costs",
        "Which option is best",
        "Other futures",
        "Where the preference ends",
        "Assumptions log",
        "cannot be used for",
        "not quantified",
        "How to reproduce",
        "結論",
        "最も不確かな点",
        "仮定の一覧",
        "再現方法",
        "利用できない用途",
    ] {
        assert!(html.contains(heading), "`{heading}` is missing");
    }
    // Nothing is fetched: no address but the name of the SVG namespace, and every `url(` is data.
    let addresses = html.replace("http://www.w3.org/2000/svg", "");
    for outside in ["http://", "https://", "src=\"", "@import", "<link"] {
        assert!(!addresses.contains(outside), "`{outside}` refers to the outside");
    }
    assert_eq!(html.matches("url(").count(), html.matches("url(data:").count());
    assert!(html.len() < 3_000_000, "{} bytes", html.len());
    place.trihelix(&["report", "results", "--quiet", "--lang", "en,ja", "-o", "again.html"]).succeeds();
    assert!(place.files().iter().any(|file| file.ends_with("again-figures/ranking.ja.png")), "no pictures beside");
    assert!(html == fs::read_to_string(place.path("again.html")).unwrap(), "another page from the same results");
}

#[test]
fn the_answer_follows_the_data_and_says_when_it_cannot_tell() {
    let (_, html) = reported(&two_policies(), &["--decide", "employees@kobe"]);
    let strong = text_of(&html, "en-answer-text");
    assert!(strong.contains("Policy strong changes jobs (Kobe) by +"), "{strong}");
    assert!(strong.contains("stands apart from the second, Policy weak"), "{strong}");
    assert!(strong.contains("costs JPY") && strong.contains("(USD"), "{strong}");
    assert!(!strong.contains("cannot tell"), "{strong}");

    let vague = MadeUp::new(vec![Policy::new("a", 0, 60), Policy::new("b", 0, 60)], 8, 36);
    let (_, html) = reported(&vague, &["--decide", "employees@kobe"]);
    let vague = text_of(&html, "en-answer-text");
    assert_eq!(vague.matches("cannot tell").count(), 3, "{vague}");
    let japanese = text_of(&html, "ja-answer-text");
    assert_eq!(japanese.matches("判断できない").count(), 3, "{japanese}");

    let bad = MadeUp::new(vec![Policy::new("a", -300, 20)], 8, 36);
    let (_, html) = reported(&bad, &["--decide", "employees@kobe"]);
    let bad = text_of(&html, "en-answer-text");
    assert!(bad.contains("makes jobs (Kobe) worse") && bad.contains("−"), "{bad}");
}

#[test]
fn lint_finds_every_kind_of_edit_and_names_it() {
    let (place, html) = reported(&two_policies(), &["--lang", "en"]);
    place.trihelix(&["report", "lint", "results/report.html"]).succeeds().shows("all as the results say");

    let edited = |name: &str, from: &str, to: &str| {
        assert!(html.contains(from), "`{from}` is not on the page");
        place.file(&format!("results/{name}.html"), &html.replacen(from, to, 1));
        place.trihelix(&["report", "lint", &format!("results/{name}.html")])
    };
    // A number with an address: its text, and the value behind it.
    let address = "difference/strong/employees/all/2026/mean";
    let at = html.find(&format!("data-at=\"{address}\"")).unwrap();
    let shown = &html[at..at + html[at..].find("</data>").unwrap()];
    let digit = shown.rfind(|letter: char| letter.is_ascii_digit()).unwrap();
    let mut other = shown.to_owned();
    let next = char::from((shown.as_bytes()[digit] - b'0' + 1) % 10 + b'0');
    other.replace_range(digit..=digit, &next.to_string());
    edited("number", shown, &other).fails_with(3).shows(address).shows("should be");
    // A digit in a sentence, in a chart, in the numbers for the script, in the command.
    edited("sentence", "95 % interval from", "90 % interval from").fails_with(3).shows("with a 95 % interval from`");
    edited(
        "chart",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1000\"",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1001\"",
    )
    .fails_with(3)
    .shows("attribute width");
    let packed = html.find("\"packed\":\"").unwrap() + 60;
    let letter = &html[packed..packed + 8];
    let swapped: String = letter.chars().rev().collect();
    edited("data", letter, &swapped).fails_with(3).shows("data/packed (the numbers for the script)");
    edited("command", "--replicates 8", "--replicates 9").fails_with(3).shows("--replicates 9");
    // A number that was added or taken away.
    edited("more", "<h2", "<p>7</p><h2").fails_with(3);
    edited("address", &format!("data-at=\"{address}\""), "data-at=\"difference/none/x/y/2026/mean\"").fails_with(3);
    // Not a report, results that were changed, results of something else.
    place.file("results/other.html", "<p>12</p>");
    place.trihelix(&["report", "lint", "results/other.html"]).fails_with(2).says("is not a report");
    place.trihelix(&["report", "lint", "nowhere.html"]).fails_with(2).says("there is no such file");
    fs::write(place.path("results/records.parquet"), b"nothing").unwrap();
    place.trihelix(&["report", "lint", "results/report.html"]).fails_with(2).says("changed afterwards");
}

#[test]
fn names_from_a_scenario_are_text_and_never_markup() {
    let evil = "</script></title><img src=x onerror=alert(1)>&amp;\"'{mean}";
    let mut made_up = two_policies();
    made_up.title = evil.to_owned();
    made_up.policies[0].title = evil.to_owned();
    made_up.policies[0].title_ja = None;
    made_up.policies[1].name = "a/b%2F<b>".to_owned();
    made_up.resolved["finance.hurdle"]["unit"] = serde_json::json!(evil);
    made_up.resolved["finance.hurdle"]["source"] = serde_json::json!("fact:<svg onload=alert(2)>");
    let (place, html) = reported(&made_up, &[]);
    for markup in ["<img", "<svg onload", "<b>", "alert(1)></"] {
        assert!(!html.contains(markup), "`{markup}` reached the page");
    }
    assert_eq!(html.matches("</script>").count(), 2, "only the page's own scripts end");
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;&amp;amp;"));
    place.trihelix(&["report", "lint", "results/report.html"]).succeeds();
}

#[test]
fn the_japanese_edition_speaks_japanese() {
    let (_, html) = reported(&two_policies(), &["--lang", "ja"]);
    assert!(html.contains("<html lang=\"ja\">"));
    let mut text = String::new();
    let mut skipped: Vec<String> = Vec::new();
    let body = &html[html.find("<body").unwrap()..];
    // Leaves out code, scripts, and what is marked as English.
    let mut rest = body;
    while let Some(open) = rest.find('<') {
        if skipped.is_empty() {
            text.push_str(&rest[..open]);
        }
        let close = open + rest[open..].find('>').unwrap();
        let tag = &rest[open + 1..close];
        let name = tag.trim_start_matches('/').split([' ', '>']).next().unwrap().to_owned();
        let void = ["meta", "br", "path", "circle", "rect", "line", "polyline", "polygon"].contains(&name.as_str());
        if tag.starts_with('/') {
            if skipped.last() == Some(&name) {
                skipped.pop();
            }
        } else if !void && !tag.ends_with('/') {
            let english =
                tag.contains("lang=\"en\"") || ["code", "script", "style", "noscript"].contains(&name.as_str());
            if english || skipped.last() == Some(&name) {
                skipped.push(name);
            }
        }
        rest = &rest[close + 1..];
    }
    let known: BTreeSet<&str> = [
        "trihelix",
        "hindcast",
        "sweep",
        "compare",
        "switch",
        "PATH",
        "LOW",
        "HIGH",
        "SCENARIO",
        "explain",
        "Open",
        "Font",
        "License",
        "PGothic",
        "records",
        "Natural",
        "Earth",
        "run",
        "parquet",
        "English",
        "UDPGothic",
        "BIZ",
        "SIL",
        "kB",
        "finance",
        "ties",
        "hurdle",
        "monthA",
        "ratioC",
    ]
    .into();
    let words = text.split(|letter: char| !letter.is_ascii_alphabetic()).filter(|word| word.len() > 2);
    let foreign: BTreeSet<&str> =
        words.filter(|word| !known.contains(word) && !["strong", "weak"].contains(word)).collect();
    assert!(foreign.is_empty(), "English words in the Japanese edition: {foreign:?}");
    assert!(text.contains("億円") || text.contains("万円"), "no yen in Japanese units");
    let missing: BTreeSet<char> = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && !letter.is_control())
        .filter(|letter| !trihelix::plot::has_glyph(*letter).unwrap())
        .collect();
    assert!(missing.is_empty(), "the embedded font lacks {missing:?}");
}

#[test]
fn odd_questions_get_one_clear_message() {
    let (place, _) = reported(&two_policies(), &[]);
    let report = |more: &[&str]| place.trihelix(&["report"].iter().chain(more).copied().collect::<Vec<_>>());
    report(&["results", "--decide", "jobs@kobe"]).fails_with(2).says("the study compares employees");
    report(&["results", "--decide", "employees@paris"]).fails_with(2).says("the study has the clusters osaka");
    report(&["results", "--lang", "fr"]).fails_with(2).says("expected en, ja");
    report(&["nowhere"]).fails_with(2).says("is not a result folder");
    report(&[]).fails_with(2);
    let one = MadeUp::new(vec![Policy::new("a", 1, 1)], 1, 12);
    one.write(&place.path("one"));
    report(&["one"]).fails_with(2).says("fewer than two complete replicates");
}

/// What the past says of the model stands before the forecast, with its errors, and is checked like the rest.
#[test]
fn a_hindcast_stands_before_the_forecast_with_its_errors() {
    let place = Place::new();
    let mut past = MadeUp::new(vec![Policy::new("other", 0, 10)], 8, 264);
    past.start = "2002-01";
    past.write(&place.path("past"));
    two_policies().write(&place.path("results"));
    let report = ["report", "results", "--quiet", "--page-only", "--hindcast", "past"];
    place.trihelix(&report).succeeds().says_no_more();
    let html = fs::read_to_string(place.path("results/report.html")).unwrap();
    for piece in
        ["Hindcast against the record", "過去再現と実績", "past/employees/kobe/2015/miss", "past/employees/kobe/2010"]
    {
        assert!(html.contains(piece), "`{piece}` is missing");
    }
    assert!(!html.contains("No hindcast stands beside"), "the page says that there is no hindcast");
    let lint = |more: &[&str]| {
        let all: Vec<&str> = ["report", "lint", "results/report.html"].iter().chain(more).copied().collect();
        place.trihelix(&all)
    };
    lint(&["--hindcast", "past"]).succeeds();
    lint(&[]).fails_with(2).says("--hindcast");
}

/// A sweep is reported as a comparison is, with regret, tornado, cost and ranking, under its titles in both languages.
#[test]
fn a_sweep_over_futures_is_told_whole_and_by_its_titles() {
    let place = Place::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let at = |path: &str| root.join(path).display().to_string();
    let study = format!(
        "schema = 1\nname = \"two\"\ntitle = \"Two policies\"\ntitle_ja = \"二つの施策\"\nreplicates = 2\nmonths = 24\n\
         [[scenario]]\nfile = {:?}\n\
         [[policy]]\nname = \"dense\"\nfiles = [{:?}]\ntitle = \"Denser\"\ntitle_ja = \"密な連携\"\n\
         [[policy]]\nname = \"turnover\"\nfiles = [{:?}]\n\
         [design]\nmethod = \"sobol\"\npoints = 4\n[[vary]]\npath = \"ties.search\"\nlow = \"3 %/month\"\nhigh = \"12 %/month\"\n",
        at("scenarios/studies/small.toml"),
        at("tests/browser/dense.toml"),
        at("tests/browser/turnover.toml"),
    );
    place.file("two.toml", &study);
    place.trihelix(&["sweep", "two.toml", "--quiet", "--out", "swept"]).succeeds();
    place.trihelix(&["report", "swept", "--quiet", "--page-only"]).succeeds();
    let html = fs::read_to_string(place.path("swept/report.html")).unwrap();
    for piece in ["Two policies", "二つの施策", "2つの小さなクラスター", "Denser", "密な連携", "神戸"]
    {
        assert!(html.contains(piece), "`{piece}` is missing");
    }
    for address in
        ["data-figure=\"regret\"", "data-figure=\"tornado\"", "data-at=\"grade/C\"", "data-at=\"varied/0/least\""]
    {
        assert!(html.contains(address), "`{address}` is missing");
    }
    place.trihelix(&["report", "lint", "swept/report.html"]).succeeds();
    let numbers = place.trihelix(&["report", "swept", "--format", "json"]).json();
    assert_eq!((&numbers["pairs"], &numbers["baseline"]), (&4.into(), &"small".into()));
    let named = |table: &str, policy: &str| {
        numbers[table].as_array().unwrap().iter().filter(|row| row["policy"] == policy).count()
    };
    assert!(named("differences", "small+dense") > 100 && named("public_cost_per_additional", "small+turnover") > 4);
}

/// Collaborations, life lines and the funding ladder of one run, in both languages; maps from the coordinates.
#[test]
fn one_run_seen_from_near_and_the_maps_stand_in_the_report() {
    let place = Place::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let base = root.join("scenarios/studies/small.toml").display().to_string();
    let policy = root.join("tests/browser/dense.toml").display().to_string();
    let compare = ["compare", &base, &policy, "--replicates", "2", "--months", "24", "--quiet", "--out", "results"];
    place.trihelix(&compare).succeeds();
    place.trihelix(&["run", &base, "--months", "60", "--quiet", "--out", "run"]).succeeds();
    place.trihelix(&["report", "results", "--quiet", "--page-only"]).succeeds();
    let html = fs::read_to_string(place.path("results/report.html")).unwrap();
    assert!(html.contains("name the result folder of a run with --run"), "no word on how to show a run");
    place.trihelix(&["report", "results", "--quiet", "--page-only", "--run", "run"]).succeeds();
    let html = fs::read_to_string(place.path("results/report.html")).unwrap();
    for figure in ["en-run-collaborations", "ja-run-startup-survival", "ja-run-funding-ladder", "en-run-funding-ladder"]
    {
        assert!(html.contains(&format!("id=\"{figure}\"")), "`{figure}` is missing");
    }
    assert!(html.contains("連携の網") && html.contains("回目の調達"), "the run is not told in Japanese");
    place.trihelix(&["report", "lint", "results/report.html", "--run", "run"]).succeeds();
    place.trihelix(&["report", "lint", "results/report.html"]).fails_with(2).says("--run");
    let (_, html) = reported(&two_policies(), &[]);
    for figure in ["en-map-bay", "ja-map-bay", "en-map-world", "ja-map-world"] {
        assert!(html.contains(&format!("id=\"{figure}\"")), "`{figure}` is missing");
    }
}

/// Seventeen policies, 64 replicates, eight clusters and thirty years, in both languages: as large as studies get.
#[test]
#[expect(clippy::disallowed_methods, reason = "measures how long a report takes; no result depends on it")]
fn a_large_comparison_is_reported_in_seconds_and_under_three_megabytes() {
    let policies = (0..17).map(|at| Policy::new(&format!("p{at}"), 5 * at, 40)).collect();
    let mut made_up = MadeUp::new(policies, 64, 360);
    made_up.clusters.extend([
        ("tokyo", "Tokyo"),
        ("kanagawa", "Kanagawa"),
        ("london", "London"),
        ("san-francisco", "San Francisco"),
    ]);
    let place = Place::new();
    made_up.write(&place.path("results"));
    let started = std::time::Instant::now();
    place.trihelix(&["report", "results", "--quiet"]).succeeds();
    let seconds = started.elapsed().as_secs_f64();
    let bytes = fs::metadata(place.path("results/report.html")).unwrap().len();
    // Kept, to be looked at and weighed.
    fs::copy(place.path("results/report.html"), concat!(env!("CARGO_TARGET_TMPDIR"), "/large.html")).unwrap();
    eprintln!("{seconds:.1} s, {bytes} bytes");
    assert!(bytes < 3_000_000, "{bytes} bytes");
    // An unoptimised build on a busy machine is allowed ten times as long.
    let allowed = if cfg!(debug_assertions) { 100.0 } else { 10.0 };
    assert!(seconds < allowed, "{seconds:.1} s");
}
