#!/bin/bash
# The files of `sweep --emit`, each really run or judged by a checker that knows nothing of the program:
#
#   GNU parallel    run, with a part killed in the middle
#   HyperQueue      run, by the server and workers of the Python package
#   GitHub Actions  judged by the published schema, like the workflow of the guide
#   Kubernetes      judged by the published schema (there is no cluster here)
#   PBS             run part by part with the variables that PBS sets; the script judged by the shell (there is no PBS here)
#
#   tests/engines.sh [PROGRAM]     TRIHELIX_PYTHON names a Python with hyperqueue, check-jsonschema and kubernetes-validate
#
# What is not installed is named and skipped; with TRIHELIX_ENGINES=all that is a failure.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
program=$(realpath "${1:-$root/target/release/trihelix}")
python=${TRIHELIX_PYTHON:-python3}
python=$(command -v "$python")
D=$(mktemp -d)
trap 'rm -rf "$D"' EXIT
mkdir "$D/bin" && ln -s "$program" "$D/bin/trihelix"
export PATH="$D/bin:$(dirname "$python"):$PATH"
skip() { echo "skipped: $1"; [ "${TRIHELIX_ENGINES:-}" != all ] || exit 1; }
study="$root/scenarios/studies/smoke.toml --months 6 --replicates 4"
# shellcheck disable=SC2086
sweep() { trihelix sweep $study "$@"; }
same() { diff -r "$D/reference" "$1" && echo "ok: $2"; }
cd "$D"
sweep --quiet --out reference
emit() { sweep --emit "$1" --shards "$2" --store "$1-store" --out "$1-out"; }

if command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q GNU; then
  mkdir ssh && cd ssh
  emit parallel 4 > run.sh
  sh run.sh < /dev/null & job=$!
  sleep 0.5
  # The part that runs is the child of the shell that GNU parallel, a child of ours, has started.
  master=$(pgrep -P "$job" -f parallel | head -n 1 || true)
  part=$([ -z "$master" ] || pgrep -P "$master" | head -n 1 || true)
  if [ -n "$part" ] && kill -9 "$part" 2>/dev/null; then echo "killed part $part"; fi
  wait "$job" || sh run.sh < /dev/null
  same parallel-out "GNU parallel, one part killed"
  cd ..
else
  skip "GNU parallel is not installed"
fi

if "$python" -c 'import hyperqueue' 2>/dev/null; then
  mkdir hq && cd hq
  emit hyperqueue 6 > run.sh
  sh -n run.sh
  # The package has no `hq` command: its server and workers take what the script would submit, the array as tasks.
  sed -n 's/^hq submit .*--array \([0-9-]*\) .*/\1/p' run.sh > array
  sed -n "s/^  sh -c '\(.*\)'$/\1/p" run.sh > part.sh
  [ "$(cat array)" = 0-5 ] && [ -s part.sh ]
  "$python" - <<'P'
from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig
first, last = map(int, open("array").read().split("-"))
with LocalCluster() as cluster:
    for _ in range(2):
        cluster.start_worker(WorkerConfig(cores=2))
    client = cluster.client()
    job = Job()
    for task in range(first, last + 1):
        job.program(["sh", "part.sh"], env={"HQ_TASK_ID": str(task)}, stdout=None, stderr=None)
    client.wait_for_jobs([client.submit(job)])
P
  trihelix merge hyperqueue-store --out hyperqueue-out --quiet
  same hyperqueue-out "HyperQueue, two workers"
  cd ..
else
  skip "the Python package hyperqueue is not installed"
fi

mkdir -p gha/.github/workflows
sweep --emit gha --shards 3 --out results > gha/.github/workflows/sweep.yml
if "$python" -c 'import check_jsonschema' 2>/dev/null; then
  for file in gha/.github/workflows/sweep.yml "$root/docs/ci/trihelix.yml"; do
    "$python" -m check_jsonschema --builtin-schema vendor.github-workflows "$file"
  done
  # The checker finds what is wrong.
  sed 's/runs-on:/run-on:/' gha/.github/workflows/sweep.yml > gha/wrong.yml
  if "$python" -m check_jsonschema --builtin-schema vendor.github-workflows gha/wrong.yml > /dev/null; then
    echo "the schema accepts a wrong workflow"; exit 1
  fi
  echo "ok: workflows of GitHub Actions fit their schema"
else
  skip "the Python package check-jsonschema is not installed"
fi

sweep --emit k8s --shards 16 > job.yaml
if "$python" -c 'import kubernetes_validate' 2>/dev/null; then
  kubernetes-validate --strict job.yaml
  sed 's/completionMode/completionMood/' job.yaml > wrong.yaml
  if kubernetes-validate --strict wrong.yaml > /dev/null 2>&1; then echo "the schema accepts a wrong job"; exit 1; fi
  echo "ok: the Kubernetes job fits its schema"
else
  skip "the Python package kubernetes-validate is not installed"
fi

emit pbs 3 > part.pbs
sh -n part.pbs
range=$(sed -n 's/^#PBS -J //p' part.pbs)
for k in $(seq "${range%-*}" "${range#*-}"); do
  PBS_O_WORKDIR=$D PBS_ARRAY_INDEX=$k sh part.pbs
done
trihelix merge pbs-store --out pbs-out --quiet
same pbs-out "PBS, part by part"
