//! Results made again from the copies that their folder keeps.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::output::{BRANCH, CellParting, Foreign, NamedFile, ResultFolder, read_cells};
use crate::study::{CellRecord, Execution, Overrides, Shard, Store, Study, fill, missing};
use crate::trust::locate::{Parting, value_parting};

use super::super::checkpoints::From;
use super::super::engine::{self, Loaded};
use super::super::failure::Failure;
use super::super::options::{ChanceOptions, Format};
use super::super::produce::produce;
use super::super::progress::Progress;
use super::super::sweep_finish::Finished;
use super::super::sweep_goal::Goal;
use super::super::{compare, sweep, terminal};
use super::Stored;
use super::findings::Findings;

/// A result made again, whole or in part.
#[derive(Default)]
pub(super) struct Again {
    /// Files, for a result made again as a whole; the manifest among them.
    pub(super) files: Vec<NamedFile>,
    /// Differences of runs that were made again without their files.
    pub(super) partings: Vec<(String, Parting)>,
    pub(super) runs: usize,
    pub(super) of_runs: usize,
    /// The run, if there is only one.
    pub(super) run: Option<String>,
}

/// Makes the result again, or `sample` of its runs.
pub(super) fn again(stored: &Stored, sample: Option<u32>, quiet: bool) -> Result<Again, Failure> {
    match stored.manifest["verb"].as_str() {
        Some("run") => of_run(stored, quiet),
        Some("compare") => of_comparison(stored, sample),
        Some("sweep") => of_sweep(stored, sample),
        other => Err(lacking(&format!("a verb that can be done again (it says {})", json!(other)))),
    }
}

fn lacking(what: &str) -> Failure {
    Failure::Input(format!("manifest.json lacks {what}"))
}

/// Evenly spread places among `all`, at most `sample` of them.
fn chosen(sample: Option<u32>, all: usize) -> Vec<usize> {
    match sample.map(|sample| sample as usize).filter(|sample| *sample < all) {
        Some(sample) => (0..sample).map(|nth| (2 * nth + 1) * all / (2 * sample)).collect(),
        None => (0..all).collect(),
    }
}

/// A run that can be made again: its scenario, seed and replicate, and the digests of its months as they are stored.
pub(in super::super) type RunAgain = (Loaded, (u64, u32), Vec<String>);

/// The run of a result folder from its copies, with other months and further values if the options give them, and the
/// digests of its months as the folder has them.
///
/// # Errors
/// [`Failure::Input`] if the folder is not that of a run, or of a branch, whose first months are another's.
pub(in super::super) fn load_run(folder: &Path, options: &ChanceOptions) -> Result<RunAgain, Failure> {
    let mut found = Findings::default();
    let refused = |why: &str| Failure::Input(format!("{}: {why}", folder.display()));
    let Some(stored) = super::read(folder, &mut found)? else { return Err(refused("its manifest cannot be read")) };
    if stored.manifest["verb"] != "run" || stored.manifest.get("branch").is_some() {
        return Err(refused("is not the folder of a whole run"));
    }
    let (loaded, chance) = load_with(&stored, options.months, &options.sets)?;
    let digests = stored.read("digests.csv")?.unwrap_or_default();
    let digests = String::from_utf8_lossy(&digests).into_owned();
    let digest = |line: &str| line.split_once(',').map(|(_, digest)| digest.to_owned());
    Ok((loaded, chance, digests.lines().skip(1).filter_map(digest).collect()))
}

/// The scenario of a run from its copies.
fn load(stored: &Stored) -> Result<(Loaded, (u64, u32)), Failure> {
    load_with(stored, None, &[])
}

fn load_with(stored: &Stored, months: Option<u16>, more: &[String]) -> Result<(Loaded, (u64, u32)), Failure> {
    let Stored { folder, manifest, .. } = stored;
    let inputs = manifest["inputs"].as_array().ok_or_else(|| lacking("`inputs`"))?;
    let of_role = |role: &str| -> Vec<PathBuf> {
        let of_role = inputs.iter().filter(|input| input["role"] == role);
        of_role.filter_map(|input| Some(folder.join(input["copy"].as_str()?))).collect()
    };
    let base = of_role("base").first().cloned().ok_or_else(|| lacking("the scenario among its `inputs`"))?;
    let overrides = manifest["overrides"].as_array().ok_or_else(|| lacking("`overrides`"))?;
    let sets = overrides.iter().filter_map(|set| set.as_str().map(str::to_owned));
    let sets = sets.filter(|set| months.is_none() || !set.starts_with("time.months=")).chain(more.iter().cloned());
    // Seed and replicate stand in the summary, too: a manifest whose seal is broken is not the one to ask.
    let summary = if stored.sealed { None } else { stored.read("summary.json")? };
    let summary = summary.filter(|bytes| stored.vouches_for("summary.json", bytes));
    let summary: Option<Value> = summary.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let source = summary.as_ref().unwrap_or(manifest);
    let seed = source["seed"].as_u64().ok_or_else(|| lacking("`seed`"))?;
    let replicate = source["replicate"].as_u64().and_then(|n| u32::try_from(n).ok());
    let replicate = replicate.ok_or_else(|| lacking("`replicate`"))?;
    let chance = ChanceOptions { seed, replicate, months, sets: sets.collect() };
    Ok((engine::load(&base, &of_role("policy"), &chance)?, (seed, replicate)))
}

/// Whether the copies of a run, as they are, resolve to the scenario of the manifest.
pub(super) fn inputs_agree(stored: &Stored) -> bool {
    load(stored).is_ok_and(|(loaded, _)| stored.manifest["scenario"]["digest"] == loaded.digest.as_str())
}

/// What a changed copy does to the scenario: the parameter that is no longer what it was.
pub(super) fn input_parting(stored: &Stored) -> Parting {
    let changed = "the copy is not the file that the manifest vouches for".to_owned();
    match load(stored) {
        Ok((loaded, _)) => match value_parting(&loaded.resolved, &stored.manifest["scenario"]["resolved"], "") {
            Some((path, old, new)) => {
                let field = Some(path.trim_start_matches('/').to_owned());
                Parting { field, values: Some((old, new)), remark: Some(changed), ..Parting::default() }
            }
            None => Parting { remark: Some(format!("{changed}; no value differs")), ..Parting::default() },
        },
        Err(failure) => {
            let said = failure.to_string();
            let first = said.lines().next().unwrap_or_default().to_owned();
            Parting { remark: Some(format!("{changed}: {first}")), ..Parting::default() }
        }
    }
}

fn of_run(stored: &Stored, quiet: bool) -> Result<Again, Failure> {
    let (mut loaded, (seed, replicate)) = load(stored)?;
    let from = match stored.manifest.get("branch") {
        Some(_) => {
            let path = stored.folder.join(BRANCH);
            Some(From::read(&path, &mut loaded, seed, replicate)?)
        }
        None => None,
    };
    let mut progress = Progress::start(loaded.start, loaded.months, quiet);
    let produced = produce(&loaded, (seed, replicate), from.as_ref(), &mut |_, month| {
        progress.reach(month);
        Ok(())
    });
    progress.finish();
    let files = produced?.files()?;
    let run = Some(format!("scenario {}, replicate {replicate} of seed {seed}", loaded.name));
    Ok(Again { files, runs: 1, of_runs: 1, run, ..Again::default() })
}

fn of_comparison(stored: &Stored, sample: Option<u32>) -> Result<Again, Failure> {
    let Stored { folder, manifest, .. } = stored;
    let digests = |states: &Value| -> Vec<String> {
        states.as_array().into_iter().flatten().map(|state| state.as_str().unwrap_or_default().to_owned()).collect()
    };
    let policies = manifest["policies"].as_array().ok_or_else(|| lacking("`policies`"))?;
    let mut states = vec![("baseline".to_owned(), digests(&manifest["state_digest"]))];
    for policy in policies {
        let name = policy["policy"].as_str().unwrap_or_default().to_owned();
        states.push((name, digests(&policy["state_digest"])));
    }
    let runs: Vec<(usize, usize)> =
        (0..states.len()).flat_map(|scenario| (0..states[scenario].1.len()).map(move |k| (scenario, k))).collect();
    let chosen = chosen(sample, runs.len());
    if chosen.len() == runs.len() {
        let files = compare::again(folder, manifest)?;
        return Ok(Again { files, runs: runs.len(), of_runs: runs.len(), ..Again::default() });
    }
    let mut again = Again { runs: chosen.len(), of_runs: runs.len(), ..Again::default() };
    for at in chosen {
        let (scenario, replicate) = runs[at];
        let (name, digests) = &states[scenario];
        let made = compare::run_of(folder, manifest, scenario, replicate as u32)?;
        let made = blake3::Hash::from_bytes(made).to_hex().to_string();
        if digests[replicate] != made {
            again.partings.push((
                "manifest.json".to_owned(),
                Parting {
                    run: Some(format!("{name}, replicate {replicate}")),
                    field: Some("/state_digest".to_owned()),
                    values: Some((digests[replicate].clone(), made)),
                    ..Parting::default()
                },
            ));
        }
    }
    Ok(again)
}

fn of_sweep(stored: &Stored, sample: Option<u32>) -> Result<Again, Failure> {
    let Stored { folder, manifest, .. } = stored;
    let copies = manifest["copies"].as_array().and_then(|copies| copies.first()?.as_str());
    let path = folder.join(copies.ok_or_else(|| lacking("`copies` of the study"))?);
    let mut study = Study::load(&path, Overrides::from_json(&manifest["set"]))
        .map_err(|problems| Failure::Problems(problems.render(terminal::stderr_is_coloured()), problems.exit_code()))?;
    // A stopping rule may have asked for another number of replicates than the file.
    let done = manifest["replicates"].as_u64().and_then(|n| u32::try_from(n).ok());
    let done = done.ok_or_else(|| lacking("`replicates`"))?;
    let plan = study.plan.with_replicates(done);
    let chosen = chosen(sample, plan.len());
    if chosen.len() == plan.len() {
        return whole_sweep(&study, manifest["csv"] == true);
    }
    study.plan = plan;
    let mut again = Again { runs: chosen.len(), of_runs: study.plan.len(), ..Again::default() };
    for name in ["cells.parquet", "records.parquet"] {
        if !stored.read(name)?.is_some_and(|bytes| stored.vouches_for(name, &bytes)) {
            // Its digest is found wanting by whoever called us; only a whole sweep made again can say where.
            return Ok(Again { runs: 0, ..again });
        }
    }
    let table = read_cells(folder, &study.plan)?;
    let keys = study.plan.keys();
    let made: Mutex<Vec<(usize, CellRecord)>> = Mutex::new(Vec::new());
    let how = Execution { threads: 0, progress: &|_| {}, cancel: &AtomicBool::new(false) };
    fill(&study.plan, &keys, &chosen, how, &|nth, record| {
        made.lock().unwrap_or_else(PoisonError::into_inner).push((chosen[nth], record));
        Ok(())
    })
    .map_err(|cause| Failure::Machine(format!("cannot make the cells again: {cause}")))?;
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_by_key(|(index, _)| *index);
    for (index, made) in made {
        again.partings.extend(table.parting(&study.plan, index, &made)?.map(|found| {
            let CellParting { file, date, cluster, field, values } = found;
            let run = Some(study.plan.describe(study.plan.cell(index)));
            let (field, values) = (Some(field), Some(values));
            (file.to_owned(), Parting { run, month: date, cluster, field, values, remark: None })
        }));
    }
    Ok(again)
}

/// Makes every cell again into a folder that nobody sees, and reads its files.
fn whole_sweep(study: &Study, csv: bool) -> Result<Again, Failure> {
    let failed = |cause: &dyn std::fmt::Display| Failure::Machine(format!("cannot make the sweep again: {cause}"));
    let hidden = tempfile::tempdir().map_err(|cause| failed(&cause))?;
    let store = Store::open(&hidden.path().join("store"), Value::Null).map_err(|cause| failed(&cause))?;
    let cancel = AtomicBool::new(false);
    let mut sheet = sweep::sheet_of(study);
    let (goal, keys) = loop {
        let goal = Goal::of(&study.plan, study.stopping.as_ref(), &store).map_err(|cause| failed(&cause))?;
        sheet.plan = study.plan.with_replicates(goal.replicates);
        let keys = sheet.plan.keys();
        let todo = missing(&keys, &store, Shard::WHOLE);
        let how = Execution { threads: 0, progress: &|_| {}, cancel: &cancel };
        fill(&sheet.plan, &keys, &todo, how, &|_, record| store.append(&record)).map_err(|cause| failed(&cause))?;
        if !goal.open {
            break (goal, keys);
        }
    };
    let out = hidden.path().join("out");
    let folder = ResultFolder::prepare(&out, Foreign::Refuse)?;
    let finished = Finished {
        sheet: &sheet,
        keys: &keys,
        store: &store,
        met: goal.met,
        csv,
        junit: None,
        out: &out,
        done: Value::Null,
        format: Format::Text,
        quiet: true,
    };
    let (written, _) = finished.fill(&folder)?;
    let mut files = Vec::new();
    for name in written.names {
        let bytes = read(&out, &name).map_err(|cause| failed(&cause))?;
        files.push((name, bytes));
    }
    Ok(Again { files, runs: keys.len(), of_runs: keys.len(), ..Again::default() })
}

fn read(folder: &Path, name: &str) -> std::io::Result<Vec<u8>> {
    std::fs::read(folder.join(name))
}
