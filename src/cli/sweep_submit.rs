//! `sweep --submit slurm`: an array of shards sized from the estimate, and a dependent job that submits again what is
//! missing, as long as each round makes progress, and then merges.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::study::{CellKey, Shard, Store, Study, missing};

use super::estimate::{costs, shell_word};
use super::failure::Failure;
use super::sweep_progress::duration;
use super::terminal;

/// A scheduler that the program itself submits to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Scheduler {
    // Slurm, by `sbatch`.
    Slurm,
}

/// An element of an array costs the scheduler a second or two, so it should work at least this long.
const ELEMENT_SECONDS: f64 = 300.0;
/// Elements of an array at most where the cluster does not say: Slurm's own default.
const ARRAY_MOST: u32 = 1000;
/// Elements where the work is short of this many anyway: more only wait in the queue.
const SHARDS_MOST: u32 = 256;

/// Time limit in minutes from which a part is warned before it.
const SIGNAL_FROM: u32 = 5;

/// What is to be submitted.
pub(super) struct Submission<'a> {
    pub(super) study: &'a Study,
    pub(super) keys: &'a [CellKey],
    pub(super) store: &'a Store,
    /// Study file and the options that change the cells, as words of a shell.
    pub(super) words: String,
    pub(super) store_path: &'a Path,
    pub(super) out: &'a Path,
    pub(super) shards: Option<u32>,
    pub(super) cpus: u16,
    pub(super) minutes: Option<u32>,
    pub(super) dry_run: bool,
}

/// Writes the three files into the store and submits them, or prints them.
///
/// # Errors
/// [`Failure`] if the files cannot be written or `sbatch` refuses.
pub(super) fn submit(job: &Submission<'_>) -> Result<(), Failure> {
    let left = missing(job.keys, job.store, Shard::WHOLE);
    let costs = costs(job.study, &left)?;
    let seconds: f64 = costs.iter().map(|(count, cost)| *count as f64 * cost.seconds).sum::<f64>();
    let seconds = seconds / f64::from(job.cpus);
    let wanted = ((seconds / ELEMENT_SECONDS).ceil() as u32).clamp(1, SHARDS_MOST);
    let most = array_most().min(u32::try_from(job.keys.len()).unwrap_or(u32::MAX)).max(1);
    let shards = job.shards.unwrap_or(wanted.min(most));
    if shards > most {
        let fix = "ask for fewer with --shards";
        return Err(Failure::Input(format!(
            "an array has at most {most} elements here, and {shards} were asked for\n  {fix}"
        )));
    }
    // Three times the estimate: the probe sees the first year only, and nodes differ.
    let longest = seconds / f64::from(shards.min(left.len().max(1) as u32)) * 3.0 / 60.0;
    let minutes = job.minutes.unwrap_or((longest.ceil() as u32).saturating_add(10));
    let folder = absolute(job.store_path)?.join("slurm");
    let files = files(job, shards, minutes, &folder)?;
    if job.dry_run {
        let mut text = format!("# about {} on {} processors, in {shards} parts\n", duration(seconds), job.cpus);
        for (name, body) in &files {
            text.push_str(&format!("\n# ---- {}\n{body}", folder.join(name).display()));
        }
        return terminal::print(&text);
    }
    let machine = |cause: &std::io::Error| Failure::Machine(format!("{}: cannot write: {cause}", folder.display()));
    fs::create_dir_all(&folder).map_err(|cause| machine(&cause))?;
    for (name, body) in &files {
        fs::write(folder.join(name), body).map_err(|cause| machine(&cause))?;
    }
    let run = Command::new("sh").arg(folder.join("submit.sh")).status();
    match run {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Machine(format!(
            "the submission failed with {status}; run `sh {}` again when Slurm answers",
            folder.join("submit.sh").display()
        ))),
        Err(cause) => Err(Failure::Machine(format!("cannot run sh: {cause}"))),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|cause| Failure::Machine(format!("{}: {cause}", path.display())))
}

/// `MaxArraySize` of the cluster; indices run below it.
fn array_most() -> u32 {
    let told = Command::new("scontrol").args(["show", "config"]).output().ok();
    let text = told.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let line = text.lines().find(|line| line.trim_start().starts_with("MaxArraySize"));
    line.and_then(|line| line.split_once('=')?.1.trim().parse().ok()).unwrap_or(ARRAY_MOST)
}

type Script = (&'static str, String);

fn files(job: &Submission<'_>, shards: u32, minutes: u32, folder: &Path) -> Result<[Script; 3], Failure> {
    let program =
        std::env::current_exe().map_err(|cause| Failure::Machine(format!("cannot find the program: {cause}")))?;
    let here =
        std::env::current_dir().map_err(|cause| Failure::Machine(format!("cannot find this folder: {cause}")))?;
    let program = shell_word(&program);
    let here = shell_word(&here);
    let (store, out) = (shell_word(job.store_path), shell_word(job.out));
    let (words, cpus, name) = (&job.words, job.cpus, &job.study.name);
    let logs = folder.display();
    let slurm = shell_word(folder);
    let head = format!("#!/bin/sh\n#SBATCH --job-name=sweep-{name}\n#SBATCH --requeue\n#SBATCH --open-mode=append\n");
    // The batch shell is replaced by the program, so the signal before the time limit reaches it: it finishes the
    // cells in hand. Slurm may send it a minute early, so short parts do without and are cut off, which costs no more
    // than the cells in hand. `--requeue` lets Slurm itself repeat the parts of a node that died.
    let signal = if minutes >= SIGNAL_FROM { "#SBATCH --signal=B:INT@60\n" } else { "" };
    let shard = format!(
        "{head}#SBATCH --output={logs}/%A_%a.log\n#SBATCH --cpus-per-task={cpus}\n#SBATCH --time={minutes}\n\
         {signal}cd {here} || exit 1\n\
         exec {program} sweep {words} --quiet --threads {cpus} --store {store} --shard \"$SLURM_ARRAY_TASK_ID\"/{shards}\n"
    );
    let finish = format!(
        "{head}#SBATCH --output={logs}/finish-%j.log\n#SBATCH --time=60\nexec sh {slurm}/submit.sh \"$1\" \"$2\"\n"
    );
    let submit = format!(
        "\
#!/bin/sh
# Submits the missing parts, and a job that runs this script again when they have ended. Arguments: the round, and the
# number of cells that were done before it; without progress there is no further round.
set -eu
round=${{1:-1}}
before=${{2:-}}
cd {here}
report=$({program} sweep {words} --quiet --store {store} --status --shards {shards})
missing=$(printf '%s\\n' \"$report\" | sed -n 's/^missing shards of [0-9]*: //p')
finished=$(printf '%s\\n' \"$report\" | sed -n 's/^.*: \\([0-9]*\\) of [0-9]* cells done$/\\1/p')
if [ -z \"$missing\" ]; then
  exec {program} merge {store} --out {out}
fi
if [ \"$finished\" = \"$before\" ]; then
  echo \"round $((round - 1)) made no progress; parts $missing of {shards} are missing, see {logs}\" >&2
  exit 1
fi
array=$(sbatch --parsable --array=\"$missing\" {slurm}/shard.sbatch)
sbatch --parsable --dependency=afterany:\"${{array%%;*}}\" {slurm}/finish.sbatch $((round + 1)) \"$finished\" > {slurm}/last-job
echo \"round $round: $finished cells are done, parts $missing of {shards} submitted as job $array\"
"
    );
    Ok([("shard.sbatch", shard), ("finish.sbatch", finish), ("submit.sh", submit)])
}
