//! `sweep --emit`: files that run a sweep on another engine. The number of parts is written into each: an engine's own
//! count changes when only some parts are run again.

use std::path::Path;

use clap::ValueEnum;

use super::estimate::{shell_text, shell_word};
use super::failure::Failure;

/// An engine that a file can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    // GitHub Actions, a matrix of jobs.
    Gha,
    // GNU parallel, on one machine or over ssh.
    Parallel,
    // HyperQueue, a task array.
    Hyperqueue,
    // Kubernetes, an Indexed Job.
    K8s,
    // PBS, a job array.
    Pbs,
}

/// What is to be run.
pub(super) struct Job<'a> {
    /// Study file and the options that change the cells, as words of a shell.
    pub(super) words: &'a str,
    pub(super) store: &'a Path,
    pub(super) out: &'a Path,
    pub(super) shards: Option<u32>,
}

/// Jobs of a matrix at most, by the hosted service's rules.
const MATRIX_MOST: u32 = 256;

/// The file's text.
///
/// # Errors
/// [`Failure::Input`] if the engine does not take so many parts.
pub(super) fn file(engine: Engine, job: &Job<'_>) -> Result<String, Failure> {
    let n = job.shards.unwrap_or(16);
    let paths = [job.words.to_owned(), job.store.display().to_string(), job.out.display().to_string()];
    if paths.iter().any(|path| path.contains(char::is_control)) {
        return Err(Failure::Input("a path with a line break cannot stand in a file for another engine".to_owned()));
    }
    let (study, store, out) = (job.words, shell_word(job.store), shell_word(job.out));
    Ok(match engine {
        Engine::Gha if n > MATRIX_MOST => {
            let fix = "ask for fewer with --shards";
            return Err(Failure::Input(format!(
                "a matrix has at most {MATRIX_MOST} jobs, and {n} were asked for\n  {fix}"
            )));
        }
        Engine::Gha => gha(study, &out, n),
        Engine::Parallel => parallel(study, &store, &out, n),
        Engine::Hyperqueue => hyperqueue(study, &store, &out, n),
        Engine::K8s => k8s(study, n),
        Engine::Pbs => pbs(study, &store, &out, n),
    })
}

/// A line of shell as a value of YAML. JSON is YAML, and quotes whatever YAML would read otherwise.
fn yaml(line: &str) -> String {
    serde_json::Value::from(line).to_string()
}

fn gha(study: &str, out: &str, n: u32) -> String {
    // The service replaces `${{ ... }}` before any shell sees it: in a path it has to stand for itself.
    let literal = |text: &str| text.replace("${{", "${{ '${{' }}");
    let (study, out) = (literal(study), literal(out));
    let sweep = yaml(&format!("./target/release/trihelix sweep {study} --store store --shard ${{{{ matrix.k }}}}/{n}"));
    let merge = yaml(&format!("./target/release/trihelix merge store --out {out}"));
    let out = yaml(&out);
    let parts = (0..n).map(|k| k.to_string()).collect::<Vec<_>>().join(", ");
    format!(
        "\
name: sweep
on: workflow_dispatch
jobs:
  shard:
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        k: [{parts}]
    steps:
      - uses: actions/checkout@v4
      - run: cargo build --release --locked
      - run: {sweep}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: store-${{{{ matrix.k }}}}
          path: store
  merge:
    needs: shard
    if: always()
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: cargo build --release --locked
      - uses: actions/download-artifact@v4
        with:
          pattern: store-*
          path: store
          merge-multiple: true
      - run: {merge}
      - uses: actions/upload-artifact@v4
        with:
          name: results
          path: {out}
"
    )
}

fn parallel(study: &str, store: &str, out: &str, n: u32) -> String {
    let last = n - 1;
    format!(
        "\
#!/bin/sh
# Each line of hosts.txt names a machine that sees the same folders, `:` for this one. Run it again after a failure:
# only what is missing is computed.
set -u
[ -f hosts.txt ] || echo : > hosts.txt
seq 0 {last} | parallel --quote --jobs 1 --sshloginfile hosts.txt --workdir . --retries 3 \\
  trihelix sweep {study} --quiet --store {store} --shard {{}}/{n}
exec trihelix merge {store} --out {out}
"
    )
}

fn hyperqueue(study: &str, store: &str, out: &str, n: u32) -> String {
    let last = n - 1;
    // Two shells read it: the one of this file, and the one that it starts.
    let task = format!("exec trihelix sweep {study} --quiet --threads 2 --store {store} --shard \"$HQ_TASK_ID\"/{n}");
    let task = shell_text(&task);
    format!(
        "\
#!/bin/sh
# Needs a running `hq server` and workers that see the same folders.
set -u
hq submit --wait --array 0-{last} --cpus 2 --crash-limit 5 -- \\
  sh -c {task}
exec trihelix merge {store} --out {out}
",
    )
}

fn k8s(study: &str, n: u32) -> String {
    let line = format!("exec trihelix sweep {study} --quiet --store /data/store --shard \"$JOB_COMPLETION_INDEX\"/{n}");
    let line = yaml(&line);
    format!(
        "\
# Put an image with the program in place of `trihelix:latest`, and a claim that several nodes can write to in place of
# `sweep-data`; the study stands in it. Afterwards: trihelix merge /data/store --out /data/results
apiVersion: batch/v1
kind: Job
metadata:
  name: sweep
spec:
  completions: {n}
  parallelism: 4
  completionMode: Indexed
  backoffLimitPerIndex: 5
  podFailurePolicy:
    rules:
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
            status: \"True\"
      - action: FailJob
        onExitCodes:
          containerName: sweep
          operator: In
          values: [2, 4]
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: sweep
          image: trihelix:latest
          workingDir: /data
          command: [sh, -c]
          args:
            - {line}
          resources:
            requests:
              cpu: \"2\"
              memory: 1Gi
          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: sweep-data
"
    )
}

fn pbs(study: &str, store: &str, out: &str, n: u32) -> String {
    // PBS has no array of one.
    let last = (n - 1).max(1);
    format!(
        "\
#!/bin/sh
#PBS -N sweep
#PBS -J 0-{last}
#PBS -r y
#PBS -l select=1:ncpus=2
#PBS -l walltime=01:00:00
# Submit with `qsub FILE`, again after a failure, and then: trihelix merge {store} --out {out}
cd \"$PBS_O_WORKDIR\" || exit 1
[ \"$PBS_ARRAY_INDEX\" -lt {n} ] || exit 0
exec trihelix sweep {study} --quiet --threads 2 --store {store} --shard \"$PBS_ARRAY_INDEX\"/{n}
"
    )
}
