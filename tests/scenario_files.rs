//! Files as they come: layers, policies, removal, and files that are no scenario at all.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use tempfile::TempDir;
use trihelix::scenario::FILE_LIMIT;
use trihelix::scenario::Problems;
use trihelix::scenario::Scenario;
use trihelix::scenario::diff;
use trihelix::units::MonthlyProbability;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let minimal = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/minimal.toml");
        fs::copy(minimal, folder.path("minimal.toml")).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn policy(&self, name: &str, text: &str) -> PathBuf {
        self.write(name, &format!("schema = 1\npolicy = true\nname = \"{name}\"\n{text}"))
    }
}

fn sound(path: &Path, policies: &[PathBuf]) -> Scenario {
    Scenario::load(path, policies, &[]).unwrap_or_else(|p| panic!("{p}")).0
}

fn codes(result: Result<(Scenario, Vec<trihelix::scenario::Problem>), Problems>) -> Vec<String> {
    result.expect_err("the input is wrong").list.iter().map(|p| p.code.to_string()).collect()
}

#[test]
fn policies_apply_in_order_and_leave_the_rest() {
    let folder = Folder::new();
    let a = folder.policy("a.toml", "[[cluster]]\nid = \"kobe\"\nturnover = \"8 %/year\"\nlab_slots = 50\n");
    let b = folder.policy("b.toml", "[cluster.kobe]\nturnover = \"9 %/year\"\n");
    let scenario = sound(&folder.path("minimal.toml"), &[a.clone(), b]);
    let kobe = &scenario.epochs[0].spec.cluster[1];
    assert_eq!((kobe.turnover, kobe.lab_slots), (MonthlyProbability::from_annual(0.09).unwrap(), 50));
    assert_eq!(scenario.policies, ["a.toml", "b.toml"]);
    let explained = scenario.explanation("cluster.kobe.turnover").unwrap();
    assert_eq!((explained.set.as_str(), explained.overrode.len()), ("b.toml:5", 2));
    assert_eq!(explained.grade, None, "the grade belonged to the value that was replaced");
    let changed = diff(&sound(&folder.path("minimal.toml"), &[]), &sound(&folder.path("minimal.toml"), &[a]));
    let paths: Vec<&str> = changed.iter().map(|d| d.path.as_str()).collect();
    assert_eq!(paths, ["cluster.kobe.lab_slots", "cluster.kobe.turnover"]);
}

#[test]
fn a_file_extended_twice_is_laid_down_once() {
    let folder = Folder::new();
    folder.write("low/left.toml", "extends = \"../minimal.toml\"\n[labour]\nhiring_pace = 0.2\n");
    folder.write("low/right.toml", "extends = \"../minimal.toml\"\n[labour]\nyoung_until = 30\n");
    let top =
        folder.write("top.toml", "schema = 1\nname = \"top\"\nextends = [\"low/left.toml\", \"low/right.toml\"]\n");
    let scenario = sound(&top, &[]);
    let labour = &scenario.epochs[0].spec.labour;
    assert_eq!((labour.hiring_pace, labour.young_until), (0.2, 30.0));
    let names: Vec<&str> = scenario.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["top.toml", "low/left.toml", "minimal.toml", "low/right.toml"]);
}

#[test]
fn entities_and_values_can_be_removed() {
    let folder = Folder::new();
    let policy = folder.policy(
        "p.toml",
        "[[fund]]\nid = \"boston-funds\"\nremove = true\n[[institution]]\nid = \"kobe-university\"\nfacility = { remove = true }\n\
         [[rule]]\nid = \"partner\"\nscore = { prior_ties = { remove = true } }\n",
    );
    let spec = &sound(&folder.path("minimal.toml"), &[policy]).epochs[0].spec;
    assert!(spec.fund.is_empty());
    assert_eq!(spec.institution[1].facility, None);
    assert_eq!(spec.rule[1].score.len(), 2);
}

#[test]
fn a_note_without_a_value_keeps_the_value() {
    let folder = Folder::new();
    let policy = folder.policy(
        "p.toml",
        "[[cluster]]\nid = \"kobe\"\nturnover = { range = [0.04, 0.08], uncertain = { dist = \"lognormal\", sigma = 0.2 }, deep = true }\n",
    );
    let base = sound(&folder.path("minimal.toml"), &[]);
    let scenario = sound(&folder.path("minimal.toml"), &[policy]);
    let evidence = &scenario.resolved.settings["cluster.kobe.turnover"].evidence;
    assert_eq!(scenario.digest, base.digest);
    assert_eq!((evidence.range, evidence.deep, evidence.grade.as_deref()), (Some([0.04, 0.08]), true, Some("C")));
}

#[test]
fn a_note_without_a_value_may_be_about_a_default() {
    let folder = Folder::new();
    let policy = folder.policy("p.toml", "[finance]\nhurdle = { range = [0.8, 1.5], deep = true }\n");
    let base = sound(&folder.path("minimal.toml"), &[]);
    let scenario = sound(&folder.path("minimal.toml"), &[policy]);
    let explained = scenario.explanation("finance.hurdle").unwrap();
    assert_eq!(scenario.digest, base.digest);
    assert_eq!((explained.set.as_str(), explained.grade.as_deref()), ("default", Some("C")));
    assert_eq!(explained.plausible, Some([0.8, 1.5]));
    let uncertain: Vec<&str> = scenario.resolved.uncertain().map(|(path, _)| path).collect();
    assert_eq!(uncertain, ["finance.hurdle"]);
}

#[test]
fn a_cluster_is_added_by_its_file_alone() {
    let folder = Folder::new();
    let policy = folder.policy(
        "tsukuba.toml",
        "[[cluster]]\nid = \"tsukuba\"\nname = \"Tsukuba\"\ncountry = \"jp\"\nlatitude = 36.08\nlongitude = 140.11\nturnover = 0.07\n\
         wage_researcher = \"7 MJPY/year\"\nwage_clinician = \"12 MJPY/year\"\nwage_manager = \"12 MJPY/year\"\nwage_staff = \"5 MJPY/year\"\n\
         burn_per_head = \"1.2 MJPY/month\"\nlab_slots = 20\nlab_rent = \"2 MJPY/year\"\nregenerative = 0.2\n\
         [[institution]]\nid = \"tsukuba-university\"\nname = \"University of Tsukuba\"\ncluster = \"tsukuba\"\nkind = \"university\"\nemployees = 2000\ndomains = [\"informatics\"]\n",
    );
    let spec = &sound(&folder.path("minimal.toml"), &[policy]).epochs[0].spec;
    assert_eq!(spec.cluster.len(), 3);
    assert_eq!(spec.institution[2].cluster.0, 2);
}

#[test]
fn the_order_of_tables_and_keys_does_not_matter() {
    let folder = Folder::new();
    let text = fs::read_to_string(folder.path("minimal.toml")).unwrap();
    let mut blocks: Vec<&str> = text.split("\n\n").collect();
    let head = blocks.remove(0);
    blocks.reverse();
    let reversed = folder.write("reversed.toml", &format!("{head}\n\n{}", blocks.join("\n\n")));
    assert_eq!(sound(&reversed, &[]).digest, sound(&folder.path("minimal.toml"), &[]).digest);
}

#[test]
fn suspicious_input_is_a_warning() {
    let folder = Folder::new();
    for (text, code) in [
        ("[[cluster]]\nid = \"kobe\"\nturnover = { value = 0.06, range = [0.1, 0.2] }\n", "TH055"),
        ("[[cluster]]\nid = \"kobe\"\nlab_slots = 40\n", "TH053"),
        (
            "[[startup]]\nid = \"boston-startups\"\nremove = true\n[[institution]]\nid = \"boston-pharma\"\nremove = true\n[[fund]]\nid = \"boston-funds\"\nforeign = false\n",
            "TH052",
        ),
    ] {
        let policy = folder.policy("p.toml", text);
        let (_, warnings) =
            Scenario::load(&folder.path("minimal.toml"), &[policy], &[]).unwrap_or_else(|p| panic!("{p}"));
        assert!(warnings.iter().any(|w| w.code.to_string() == code && w.fix.is_some()), "{code}: {warnings:?}");
    }
}

#[test]
fn strict_asks_for_evidence() {
    let folder = Folder::new();
    let scenario = sound(&folder.path("minimal.toml"), &[]);
    let strict = scenario.strict();
    let about = |path: &str| strict.iter().filter(|p| p.message.contains(&format!("`{path}`"))).count();
    assert_eq!(about("cluster.kobe.turnover"), 0);
    assert_eq!(about("cluster.boston.wage_staff"), 3);
    assert_eq!(about("cluster.kobe.wage_staff"), 2);
    assert!(strict.iter().all(|p| p.line > 0 && p.fix.is_some()));
}

#[test]
fn wrong_sets_are_refused() {
    let minimal = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/minimal.toml");
    for (set, code) in [
        ("cluster.kobe.turnover", "TH029"),
        ("cluster.kobbe.turnover=0.1", "TH029"),
        ("cluster.kobe=1", "TH029"),
        ("labor.hiring_pace=1", "TH029"),
        ("labour.hirring_pace=1", "TH029"),
        ("labour.hiring_pace=7", "TH012"),
        ("labour.hiring_pace=quick", "TH014"),
        ("=", "TH029"),
        ("", "TH029"),
        ("....=1", "TH029"),
    ] {
        let result = Scenario::load(&minimal, &[], &[set.to_owned()]);
        let problems = result.expect_err(set);
        assert_eq!(problems.errors(), 1, "{set}: {problems}");
        assert_eq!(problems.list[0].code.to_string(), code, "{set}: {problems}");
        assert!(problems.list[0].fix.is_some(), "{set}");
    }
}

#[test]
fn files_that_are_no_scenario_are_one_problem() {
    let folder = Folder::new();
    let load = |path: &Path| Scenario::load(path, &[], &[]);
    assert_eq!(codes(load(&folder.path("none.toml"))), ["TH001"]);
    assert_eq!(codes(load(folder.0.path())), ["TH003"]);
    fs::write(folder.path("latin.toml"), b"schema = 1\nname = \"K\xf6be\"\n").unwrap();
    assert_eq!(codes(load(&folder.path("latin.toml"))), ["TH002"]);
    let huge = fs::File::create(folder.path("huge.toml")).unwrap();
    huge.set_len(FILE_LIMIT + 1).unwrap();
    assert_eq!(codes(load(&folder.path("huge.toml"))), ["TH004"]);
    let minimal = folder.path("minimal.toml");
    assert_eq!(codes(Scenario::load(&minimal, std::slice::from_ref(&minimal), &[])), ["TH011"]);
    let deep = format!("schema = 1\nname = \"deep\"\nx = {}{}\n", "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(codes(load(&folder.write("deep.toml", &deep))), ["TH007"]);
    let keys = format!("schema = 1\nname = \"deep\"\n{}a = 1\n", "a.".repeat(50_000));
    assert_eq!(codes(load(&folder.write("keys.toml", &keys))), ["TH007"]);
    assert_eq!(codes(load(&folder.write("binary.toml", "\0\u{1}\u{2}"))), ["TH006"]);
    let empty = load(&folder.write("empty.toml", ""));
    assert!(empty.is_err_and(|p| p.exit_code() == 2 && !p.machine_fault));
}

#[test]
fn circles_show_their_chain() {
    let folder = Folder::new();
    folder.write("a.toml", "extends = \"b.toml\"\n");
    folder.write("b.toml", "extends = \"c.toml\"\n");
    folder.write("c.toml", "extends = \"a.toml\"\n");
    let top = folder.write("top.toml", "schema = 1\nname = \"top\"\nextends = \"a.toml\"\n");
    let problems = Scenario::load(&top, &[], &[]).expect_err("a circle");
    assert_eq!(problems.errors(), 1, "{problems}");
    assert!(problems.list[0].message.contains("a.toml -> b.toml -> c.toml -> a.toml"), "{problems}");
}

#[test]
fn all_problems_of_all_files_come_at_once() {
    let folder = Folder::new();
    folder.write("base.toml", "extends = \"minimal.toml\"\n[labour]\nhiring_pace = 9\n");
    let top =
        folder.write("top.toml", "schema = 1\nname = \"top\"\nextends = \"base.toml\"\n[ties]\ncandidates = 1000\n");
    let policy = folder.policy("p.toml", "[finance]\nlook = 3\n");
    let problems = Scenario::load(&top, &[policy], &[]).expect_err("three problems");
    let found: Vec<(String, &str)> =
        problems.list.iter().map(|p| (p.code.to_string(), p.file.rsplit('/').next().unwrap_or(""))).collect();
    let expected = [("TH012", "top.toml"), ("TH012", "base.toml"), ("TH013", "p.toml")];
    assert_eq!(found, expected.map(|(code, file)| (code.to_owned(), file)), "{problems}");
    assert_eq!(problems.to_json()["problems"][2]["fix"], "did you mean `looks`?");
}

#[test]
fn columns_count_characters() {
    let folder = Folder::new();
    let top = folder.write("top.toml", "schema = 1\nname = \"top\"\nextends = \"minimal.toml\"\n[cluster]\nkobe = { name_ja = \"神戸市\", lab_slots = -4 }\n");
    let problems = Scenario::load(&top, &[], &[]).expect_err("out of range");
    assert_eq!((problems.list[0].line, problems.list[0].column), (5, 39), "{problems}");
}

#[test]
fn rules_are_explained_in_words() {
    let folder = Folder::new();
    let scenario = sound(&folder.path("minimal.toml"), &[]);
    let text = scenario.explain("rules.funding").unwrap();
    assert!(
        text.contains("look") && text.contains("only in hot") && text.contains("One if both are in the same country."),
        "{text}"
    );
    assert!(scenario.explain("rules.fundng").is_err());
    assert!(scenario.explain("cluster.kobe").unwrap().contains("cluster.kobe.lab_slots"));
    assert!(scenario.explain("cluster.kobe.turnovr").unwrap_err().contains("did you mean `cluster.kobe.turnover`?"));
}
