//! The pictures of the README are what the program draws today.

use std::path::Path;
use std::process::Command;

/// Runs the shipped baseline for its thirty years and compares the charts with `outputs/gallery`.
/// `TRIHELIX_BLESS=1 cargo test --test gallery` replaces them.
#[test]
fn the_gallery_is_what_the_baseline_draws() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gallery");
    let status = Command::new(env!("CARGO_BIN_EXE_trihelix"))
        .current_dir(root)
        .args(["run", "scenarios/kansai-2024.toml", "--quiet", "--out"])
        .arg(&out)
        .status()
        .expect("the program starts");
    assert!(status.success(), "{status}");
    let gallery = root.join("outputs/gallery");
    let shown = [
        "startups-alive",
        "employees",
        "capital-raised",
        "programmes-by-stage",
        "people-flows",
        "collaborations",
        "startup-survival",
        "funding-ladder",
        "map-osaka-bay",
        "map-world",
    ];
    for name in shown {
        for kind in ["png", "svg"] {
            let file = format!("{name}.{kind}");
            let drawn = std::fs::read(out.join("figures").join(&file)).expect("the chart was drawn");
            if std::env::var_os("TRIHELIX_BLESS").is_some() {
                std::fs::create_dir_all(&gallery).expect("the gallery can be made");
                std::fs::write(gallery.join(&file), &drawn).expect("the gallery can be written");
            }
            let shown = std::fs::read(gallery.join(&file)).unwrap_or_default();
            assert!(drawn == shown, "{file} is not what is drawn today; look at it, then bless it as the README says");
        }
    }
}

/// Makes a small comparison and its report, and compares the first chart with the one in the README.
#[test]
fn the_picture_of_the_report_is_what_a_comparison_draws() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gallery-compare");
    let trihelix = |arguments: &[&str]| {
        let status = Command::new(env!("CARGO_BIN_EXE_trihelix"))
            .current_dir(root)
            .args(arguments)
            .arg(&out)
            .arg("--quiet")
            .status()
            .expect("the program starts");
        assert!(status.success(), "{status}");
    };
    let policies = ["qross-hub", "return-fellowship", "manager-training"];
    let files: Vec<String> = policies.iter().map(|name| format!("scenarios/policies/{name}.toml")).collect();
    let mut compare = vec!["compare", "scenarios/no-policy-2024.toml"];
    compare.extend(files.iter().map(String::as_str));
    compare.extend(["--replicates", "4", "--months", "24", "--out"]);
    trihelix(&compare);
    trihelix(&["report", "--lang", "en"]);
    let drawn = std::fs::read(out.join("report-figures/forest.en.png")).expect("the chart was drawn");
    let picture = root.join("outputs/gallery/report-forest.png");
    if std::env::var_os("TRIHELIX_BLESS").is_some() {
        std::fs::write(&picture, &drawn).expect("the gallery can be written");
    }
    let shown = std::fs::read(&picture).unwrap_or_default();
    assert!(drawn == shown, "the picture of the report is not what is drawn today; look at it, then bless it");
}
