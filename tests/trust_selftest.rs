//! `selftest` passes on a sound program.

mod support;

use std::path::Path;

use support::command::trihelix;

#[test]
fn every_check_passes() {
    let kobe = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/kobe.toml");
    let call = trihelix(&["selftest", &kobe.display().to_string(), "--months", "4", "--format", "json"]);
    call.succeeds();
    let document = call.json();
    assert_eq!(document["failed"], 0, "{document}");
    assert_eq!(document["checks"].as_array().map(Vec::len), Some(15));
}
