//! What the program is built from: the bill of materials and the licences that bundles carry, who may use `unsafe`, and
//! which toolchain it needs.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

/// A package that goes into the program, on any platform, or is run while it is built.
struct Package {
    name: String,
    version: String,
    licence: String,
    repository: Option<String>,
    /// SHA-256 of the package file, from `Cargo.lock`.
    checksum: String,
    folder: PathBuf,
    /// Places in the list of those it depends on.
    uses: Vec<usize>,
    /// Only run while the program is built.
    only_build: bool,
}

impl Package {
    fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }
}

/// Every package, sorted by name and version, and the places of those that the program itself names.
fn packages() -> (Vec<Package>, Vec<usize>) {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let string = |value: &Value| value.as_str().expect("a text").to_owned();
    let nodes: BTreeMap<String, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|node| (string(&node["id"]), node))
        .collect();
    // From the program along what it needs to run, then along what it needs to be built.
    let follow = |from: &[String], kinds: &[Option<&str>]| -> BTreeSet<String> {
        let mut open = from.to_vec();
        let mut found: BTreeSet<String> = from.iter().cloned().collect();
        while let Some(id) = open.pop() {
            for dependency in nodes[&id]["deps"].as_array().expect("deps") {
                let wanted = |kind: &Value| kinds.contains(&kind["kind"].as_str());
                let next = string(&dependency["pkg"]);
                if dependency["dep_kinds"].as_array().expect("kinds").iter().any(wanted) && found.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        found
    };
    let program = string(&metadata["resolve"]["root"]);
    let run = follow(std::slice::from_ref(&program), &[None]);
    let all = follow(std::slice::from_ref(&program), &[None, Some("build")]);
    let checksums = checksums();
    let mut chosen: Vec<&Value> = metadata["packages"].as_array().expect("packages").iter().collect();
    chosen.retain(|package| all.contains(&string(&package["id"])) && package["id"] != program.as_str());
    chosen.sort_by_key(|package| (string(&package["name"]), string(&package["version"])));
    let places: BTreeMap<String, usize> =
        chosen.iter().enumerate().map(|(place, package)| (string(&package["id"]), place)).collect();
    let uses = |id: &str| -> Vec<usize> {
        let mut uses: Vec<usize> = nodes[id]["deps"]
            .as_array()
            .expect("deps")
            .iter()
            .filter(|dependency| {
                dependency["dep_kinds"].as_array().expect("kinds").iter().any(|kind| kind["kind"] != "dev")
            })
            .filter_map(|dependency| places.get(&string(&dependency["pkg"])).copied())
            .collect();
        uses.sort_unstable();
        uses.dedup();
        uses
    };
    let list = chosen
        .iter()
        .map(|package| {
            let (name, version) = (string(&package["name"]), string(&package["version"]));
            let manifest = PathBuf::from(string(&package["manifest_path"]));
            Package {
                licence: package["license"].as_str().expect("every package has a licence").replace('/', " OR "),
                repository: package["repository"].as_str().map(str::to_owned),
                checksum: checksums[&(name.clone(), version.clone())].clone(),
                folder: manifest.parent().expect("a folder").to_path_buf(),
                uses: uses(&string(&package["id"])),
                only_build: !run.contains(&string(&package["id"])),
                name,
                version,
            }
        })
        .collect();
    (list, uses(&program))
}

/// Checksums by name and version.
fn checksums() -> BTreeMap<(String, String), String> {
    let lock: toml::Table = text("Cargo.lock").parse().expect("a lock file");
    let string = |value: Option<&toml::Value>| value.and_then(|value| value.as_str()).map(str::to_owned);
    let packages = lock["package"].as_array().expect("packages").iter();
    packages
        .filter_map(|package| {
            let checksum = string(package.get("checksum"))?;
            Some(((string(package.get("name"))?, string(package.get("version"))?), checksum))
        })
        .collect()
}

/// The bill of materials after CycloneDX 1.6. It names no time and no serial number, so that it follows from the sources.
fn bill(packages: &[Package], own: &[usize]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let program = format!("pkg:cargo/trihelix@{version}");
    let component = |package: &Package| {
        let mut component = json!({
            "type": "library", "bom-ref": package.purl(), "name": package.name, "version": package.version,
            "scope": if package.only_build { "excluded" } else { "required" },
            "hashes": [{ "alg": "SHA-256", "content": package.checksum }],
            "licenses": [{ "expression": package.licence }], "purl": package.purl(),
        });
        if let Some(repository) = &package.repository {
            component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
        }
        component
    };
    let purls = |places: &[usize]| -> Vec<String> { places.iter().map(|place| packages[*place].purl()).collect() };
    let mut dependencies = vec![json!({ "ref": program, "dependsOn": purls(own) })];
    dependencies
        .extend(packages.iter().map(|package| json!({ "ref": package.purl(), "dependsOn": purls(&package.uses) })));
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
        "version": 1,
        "metadata": { "component": {
            "type": "application", "bom-ref": program, "name": "trihelix", "version": version, "purl": program,
            "licenses": [{ "expression": "MIT OR Apache-2.0" }],
        } },
        "components": packages.iter().map(component).collect::<Vec<Value>>(),
        "dependencies": dependencies,
    });
    format!("{document:#}\n")
}

/// Names of files that may hold a licence or a notice.
fn is_notice(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"].iter().any(|word| name.starts_with(word))
}

/// The licences of all packages; texts that are word for word the same stand once.
fn licences(packages: &[Package]) -> String {
    let mut page = String::from(
        "Trihelix contains the packages below, or is built by them. Behind each stand the licences that it may be used \
         under and the numbers of the texts that it comes with.\n\n",
    );
    let mut texts: Vec<String> = Vec::new();
    for package in packages {
        let entries = fs::read_dir(&package.folder).expect("the sources of a package");
        let mut names: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        names.retain(|path| path.is_file() && is_notice(&path.file_name().expect("a name").to_string_lossy()));
        names.sort();
        let mut numbers: Vec<String> = Vec::new();
        for path in names {
            let text = String::from_utf8_lossy(&fs::read(&path).expect("a licence")).replace('\r', "");
            let text: Vec<&str> = text.lines().map(str::trim_end).collect();
            let text = text.join("\n").trim().to_owned();
            let number = texts.iter().position(|other| *other == text).unwrap_or_else(|| {
                texts.push(text);
                texts.len() - 1
            });
            numbers.push(format!("[{}]", number + 1));
        }
        let numbers = if numbers.is_empty() { "no text of its own".to_owned() } else { numbers.join(" ") };
        page.push_str(&format!("{} {}: {} {numbers}\n", package.name, package.version, package.licence));
    }
    for (number, text) in texts.iter().enumerate() {
        page.push_str(&format!("\n{}\n[{}]\n\n{text}\n", "=".repeat(100), number + 1));
    }
    page
}

#[test]
fn bill_and_licences_are_those_of_the_lock_file() {
    let (packages, own) = packages();
    assert!(packages.len() > 80, "{} packages", packages.len());
    let made = [("bom.cdx.json", bill(&packages, &own)), ("licences.txt", licences(&packages))];
    for (name, made) in made {
        let path = root().join("src/trust/dependencies").join(name);
        if std::env::var_os("TRIHELIX_BLESS").is_some() {
            fs::write(&path, made).expect("the file can be written");
            continue;
        }
        let stored = fs::read_to_string(&path).expect("the file is there");
        assert!(
            stored == made,
            "{name} is not that of Cargo.lock: run `TRIHELIX_BLESS=1 cargo test --test supply_chain`"
        );
    }
}

/// The same rules as cargo-deny reads, for whoever has none: `.ci/run` asks cargo-deny itself.
#[test]
fn licences_and_sources_are_those_that_deny_toml_allows() {
    let rules: toml::Table = text("deny.toml").parse().expect("deny.toml");
    let allowed: Vec<&str> =
        rules["licenses"]["allow"].as_array().expect("a list").iter().filter_map(toml::Value::as_str).collect();
    for package in packages().0 {
        // `A AND (B OR C)`: one of each alternative is enough.
        let fits = package.licence.split(" AND ").all(|part| {
            let part = part.trim_matches(['(', ')']);
            part.split(" OR ").any(|one| allowed.contains(&one.trim_matches(['(', ')', ' '])))
        });
        assert!(fits, "{} {}: {}", package.name, package.version, package.licence);
    }
    let lock = text("Cargo.lock");
    for line in lock.lines().filter(|line| line.starts_with("source = ")) {
        assert_eq!(line, "source = \"registry+https://github.com/rust-lang/crates.io-index\"");
    }
}

#[test]
fn unsafe_is_forbidden_and_the_toolchain_is_the_one_tested() {
    let manifest: toml::Table = text("Cargo.toml").parse().expect("Cargo.toml");
    assert_eq!(manifest["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    let wanted = manifest["package"]["rust-version"].as_str().expect("a version").to_owned();
    let output = Command::new(env!("CARGO")).arg("--version").output().expect("cargo runs");
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = version.split_whitespace().nth(1).unwrap_or_default();
    let number =
        |text: &str| -> Vec<u32> { text.split(['.', '-']).take(2).filter_map(|part| part.parse().ok()).collect() };
    assert!(number(found) >= number(&wanted), "cargo {found} is older than rust-version {wanted}");
    if number(found) > number(&wanted) {
        eprintln!("NOT TESTED: this is {found}, and rust-version promises {wanted}");
    }
}

/// Whoever cites the program finds the same facts in each place.
#[test]
fn citation_and_codemeta_agree_with_the_package() {
    let manifest: toml::Table = text("Cargo.toml").parse().expect("Cargo.toml");
    let package = &manifest["package"];
    let (citation, codemeta) = (text("CITATION.cff"), text("codemeta.json"));
    let codemeta: Value = serde_json::from_str(&codemeta).expect("codemeta.json");
    let said = |key: &str| {
        let line = citation.lines().find_map(|line| line.strip_prefix(&format!("{key}: ")));
        line.unwrap_or_else(|| panic!("CITATION.cff has no {key}")).trim_matches('"').to_owned()
    };
    assert_eq!(said("version"), package["version"].as_str().unwrap_or_default());
    assert_eq!(codemeta["version"].as_str(), package["version"].as_str());
    assert_eq!(said("license"), package["license"].as_str().unwrap_or_default());
    assert_eq!(codemeta["datePublished"].as_str(), Some(said("date-released").as_str()));
    assert_eq!(codemeta["description"].as_str(), package["description"].as_str());
    assert_eq!(codemeta["keywords"].as_array().map(Vec::len), package["keywords"].as_array().map(Vec::len));
    assert!(said("title").contains(codemeta["name"].as_str().expect("a name")));
    assert!(citation.contains(codemeta["author"][0]["name"].as_str().expect("an author")));
}
