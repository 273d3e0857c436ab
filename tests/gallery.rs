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
    for name in ["startups-alive", "employees", "capital-raised", "programmes-by-stage"] {
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
