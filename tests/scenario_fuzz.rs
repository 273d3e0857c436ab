//! Mutated scenario files: the reader answers with a scenario or with problems, and never panics.
//!
//! A round takes a file of the corpus, changes some of its bytes, words or lines, and reads it. Two hundred rounds by
//! default; `TRIHELIX_FUZZ_ROUNDS=1000000` for a long run.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use trihelix::scenario::Scenario;

/// Words that are likely to reach deep into the reader.
const WORDS: &[&str] = &[
    "{ remove = true }",
    "\"6 %/year\"",
    "\"1e309 MUSD@2023\"",
    "nan",
    "-inf",
    "\"@\"",
    "\"/\"",
    "\"access:a->b\"",
    "\"cluster:*\"",
    "2024-01-01",
    "[[event]]\n",
    "[[rule]]\n",
    "[cluster]\n",
    "[[cluster]]\n",
    "id = \"kobe\"\n",
    "extends = \"\"\n",
    "\"\\u0000\"",
    "神戸",
    "{ value = 1, unit = \"\" }",
    "every = 1\n",
    "ramp = 600\n",
    "until = 9999-12-01\n",
    "at = 0000-01-01\n",
    "months = 2400\n",
    "factor = 1e308\n",
    "= ",
    ".",
    "\n",
    "\"",
    "'''",
    "[",
    "}",
    "9223372036854775807",
    "-9223372036854775808",
    "0x7fffffffffffffff",
    "1e400",
    "\"𝟘 %\"",
    "kind = \"policy\"\n",
    "score = {}\n",
    "cost = \"1 MUSD/year\"\n",
];

struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    }
}

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(bytes.len());
        match dice.roll(6) {
            0 if !bytes.is_empty() => bytes[at] = dice.roll(256) as u8,
            1 => bytes.truncate(at),
            2 => {
                let end = (at + dice.roll(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 => {
                let end = (at + dice.roll(200)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = dice.roll(bytes.len());
                bytes.splice(to..to, copy);
            }
            _ => {
                // After an equals sign as often as anywhere.
                let value = bytes.iter().skip(at).position(|b| *b == b'=').map(|p| at + p + 1);
                let (start, end) = match value.filter(|_| dice.roll(2) == 0) {
                    Some(start) => (start, start + bytes[start..].iter().position(|b| *b == b'\n').unwrap_or(0)),
                    None => (at, at),
                };
                bytes.splice(start..end, WORDS[dice.roll(WORDS.len())].bytes());
            }
        }
    }
}

#[test]
fn mutated_files_never_panic() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<PathBuf> = fs::read_dir(corpus.join("broken")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files.extend(std::iter::repeat_n(corpus.join("minimal.toml"), files.len() / 2));
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("broken")).unwrap();
    fs::copy(corpus.join("minimal.toml"), folder.path().join("minimal.toml")).unwrap();
    let target = folder.path().join("broken/mutant.toml");
    let rounds: usize = std::env::var("TRIHELIX_FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let mut dice = Dice(20_240_101);
    for round in 0..rounds {
        let mut bytes = fs::read(&files[dice.roll(files.len())]).unwrap();
        mutate(&mut bytes, &mut dice);
        fs::write(&target, &bytes).unwrap();
        let outcome = std::panic::catch_unwind(|| match Scenario::load(&target, &[], &[]) {
            Ok((scenario, warnings)) => {
                assert!(!scenario.epochs.is_empty());
                warnings.iter().for_each(|w| drop(w.render(false)));
            }
            Err(problems) => {
                assert!(problems.errors() > 0 && !problems.machine_fault);
                drop(problems.render(true));
                drop(problems.to_json());
            }
        });
        assert!(outcome.is_ok(), "round {round}:\n{}", String::from_utf8_lossy(&bytes));
    }
}
