#!/bin/bash
# A sweep on a real Slurm: a controller and two node daemons on the loopback address. A task is killed, a whole node is
# killed, a time limit is hit; after each, the merged files are those of a single process.
#
#   tests/slurm.sh [PROGRAM]       needs Debian's slurmctld, slurmd, slurm-client and munge, and root; about three minutes
#
# Only processes that it started are ended, by their numbers.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
program=$(realpath "${1:-$root/target/release/trihelix}")
for tool in munged slurmctld slurmd sbatch squeue; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
done
D=$(mktemp -d); H=$(hostname -s)
mkdir -p "$D/ctl" "$D/log" "$D/run" "$D/d/n1" "$D/d/n2"; chmod 755 "$D" "$D/run"
(umask 077; dd if=/dev/urandom of="$D/munge.key" bs=128 count=1 status=none)
echo CgroupAutomount=no > "$D/cgroup.conf"
cat > "$D/slurm.conf" <<X
ClusterName=ci
SlurmctldHost=$H(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$D/run/munge.sock,cred_expire=5
StateSaveLocation=$D/ctl
SlurmdSpoolDir=$D/d/%n
SlurmctldPidFile=$D/run/slurmctld.pid
SlurmdPidFile=$D/run/slurmd.%n.pid
SlurmctldLogFile=$D/log/slurmctld.log
SlurmdLogFile=$D/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_min_interval=10000
SlurmdParameters=config_overrides
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
ReturnToService=2
SlurmdTimeout=6
KillWait=2
OverTimeLimit=0
MinJobAge=300
NodeName=n1 NodeAddr=127.0.0.1 NodeHostname=$H Port=17001 CPUs=2 RealMemory=2000
NodeName=n2 NodeAddr=127.0.0.1 NodeHostname=$H Port=17002 CPUs=2 RealMemory=2000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
X
export SLURM_CONF=$D/slurm.conf
down() {
  for f in "$D"/run/slurmd.*.pid "$D/run/slurmctld.pid" "$D/run/munged.pid"; do
    [ -f "$f" ] && kill "$(cat "$f")" 2>/dev/null || true
  done
  sleep 1
  rm -rf "$D"
}
trap down EXIT
munged --force --socket="$D/run/munge.sock" --key-file="$D/munge.key" --pid-file="$D/run/munged.pid" \
  --log-file="$D/log/munged.log" --seed-file="$D/run/seed"
slurmctld -c; slurmd -N n1; slurmd -N n2
for _ in $(seq 100); do [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ] && break; sleep .1; done
sinfo -N

cd "$D"
study=$root/scenarios/studies/smoke.toml
sweep() { "$program" sweep "$study" --months "$months" "$@"; }
# Submits, runs $2 after $3 seconds, waits for the whole chain (bounded), compares.
chain() {
  name=$1 harm=$2 after=$3; shift 3
  replicates=16; case " $* " in *" --replicates "*) replicates=${*: -1};; esac
  sweep --quiet --out "reference-$name" --store "reference-store-$name" --replicates "$replicates"
  sweep --submit slurm --store "store-$name" --out "out-$name" "$@"
  sleep "$after"; $harm
  for _ in $(seq 600); do [ -z "$(squeue -h)" ] && break; sleep .5; done
  if ! diff -r "reference-$name" "out-$name"; then
    echo "FAILED: $name"; squeue; tail -n 20 "store-$name"/slurm/*.log "$D"/log/slurmctld.log; exit 1
  fi
  echo "ok: $name, $(find "store-$name" -name '*.segment' | wc -l) attempts, $(cat "store-$name"/slurm/finish-*.log | tail -n 1)"
}
# The process of one running part: a child of its step daemon.
task_of() { pgrep -P "$(pgrep -o -f "slurmstepd: \[$1" || echo 1)" 2>/dev/null | head -n 1 || true; }
nothing() { :; }
kill_task() {
  job=$(squeue -h -t R -o %A | head -n 1); pid=$(task_of "$job")
  [ -n "$pid" ] && kill -9 "$pid" && echo "killed task $pid of job $job"
}
kill_node() {
  victims=$(cat "$D/run/slurmd.n1.pid")
  for job in $(squeue -h -w n1 -o %A | sort -u); do
    step=$(pgrep -f "slurmstepd: \[$job" | head -n 1 || true)
    [ -n "$step" ] && victims="$victims $step $(pgrep -P "$step" || true)"
  done
  # shellcheck disable=SC2086
  kill -9 $victims && echo "killed node n1: processes $victims"
}
months=6  chain whole nothing 0 --shards 4 --cpus 1
months=24 chain task kill_task 2 --shards 8 --cpus 1
months=24 chain node kill_node 2 --shards 8 --cpus 1
rm -f "$D/run/slurmd.n1.pid"; slurmd -N n1
for _ in $(seq 100); do [ "$(sinfo -h -t idle -o %D)" = 2 ] && break; sleep .2; done
# One minute a part, and parts that need longer: they are cut off, and the next round does what is missing.
months=60
seconds=$(sweep --store none --explain --format json --replicates 1 --threads 1 | sed -n 's/.*"seconds":\([0-9]*\).*/\1/p')
chain limit nothing 0 --shards 2 --cpus 1 --minutes 1 --replicates $((150 / (seconds + 1) + 2))
echo "all byte-identical"
