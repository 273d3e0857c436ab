//! The corpus of broken files: each is refused with the codes and places that its first line names, and with a fix.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use trihelix::scenario::Problems;
use trihelix::scenario::Scenario;
use trihelix::scenario::Severity;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/broken")
}

fn refused(path: &Path) -> Result<Problems, String> {
    match Scenario::load(path, &[], &[]) {
        Ok(_) => Err("it was accepted".to_owned()),
        Err(problems) => Ok(problems),
    }
}

/// `TH012 7:1`, or `TH012` alone where the place is in another file.
fn matches(expected: &str, problem: &trihelix::scenario::Problem) -> bool {
    match expected.split_once(' ') {
        Some((code, place)) => {
            problem.code.to_string() == code && format!("{}:{}", problem.line, problem.column) == place
        }
        None => problem.code.to_string() == expected,
    }
}

fn judge(path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    let first = text.lines().next().and_then(|l| l.strip_prefix("# expect: ")).ok_or("no `# expect:` line")?;
    let expected: Vec<&str> = first.split(", ").collect();
    let problems = refused(path)?;
    let errors: Vec<_> = problems.list.iter().filter(|p| p.severity == Severity::Error).collect();
    let right = errors.len() == expected.len() && errors.iter().zip(&expected).all(|(p, e)| matches(e, p));
    if !right {
        return Err(format!("expected {first}\n{problems}"));
    }
    if let Some(bare) = errors.iter().find(|p| p.fix.as_deref().is_none_or(str::is_empty)) {
        return Err(format!("no fix\n{bare}"));
    }
    if problems.exit_code() != 2 {
        return Err("a fault of the machine".to_owned());
    }
    Ok(())
}

#[test]
fn every_broken_file_is_refused_at_the_right_place_with_a_fix() {
    let mut files: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 150, "{} files", files.len());
    let mut wrong = Vec::new();
    for file in &files {
        if let Err(why) = judge(file) {
            wrong.push(format!("== {}: {why}", file.file_name().unwrap().to_string_lossy()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), files.len(), wrong.join("\n"));
}
