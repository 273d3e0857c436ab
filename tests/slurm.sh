#!/bin/bash
# A sweep on a real Slurm: a controller and two node daemons on the loopback address. A task is killed, a whole node is
# killed, a hanging task hits its time limit; after each, the merged files are those of a single process.
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
  attempts=$(find "store-$name" -name '*.segment' | wc -l)
  echo "ok: $name, $attempts attempts, $(cat "store-$name"/slurm/finish-*.log | tail -n 1)"
}
nothing() { :; }
# Processes of a running part: those that its step daemon has started, and that were given our configuration. Whatever
# else runs on this machine is not ours to end.
tasks_of() {
  for step in $(pgrep -f "^slurmstepd: \[$1\." || true); do
    for task in $(pgrep -P "$step" || true); do
      if tr '\0' '\n' < "/proc/$task/environ" 2>/dev/null | grep -qx "SLURM_CONF=$SLURM_CONF"; then
        echo "${2:+$step }$task"
      fi
    done
  done
}
# Runs "$@" with the running parts (of node $where, if set) until it has ended one; half a minute at most.
once_running() {
  for _ in $(seq 300); do
    for job in $(squeue -h -t R ${where:+-w "$where"} -o %A | sort -u); do "$@" "$job" && return 0; done
    sleep .1
  done
  echo "FAILED: $name: there was no part to kill"; exit 1
}
kill_one() {
  task=$(tasks_of "$1" | head -n 1)
  [ -n "$task" ] && kill -9 "$task" && echo "killed task $task of job $1"
}
kill_task() { where='' once_running kill_one; }
kill_all() {
  [ -n "$(tasks_of "$1")" ] || return 1
  victims=$(cat "$D/run/slurmd.n1.pid")
  for job in $(squeue -h -w n1 -o %A | sort -u); do victims="$victims $(tasks_of "$job" with-daemons | tr '\n' ' ')"; done
  # shellcheck disable=SC2086
  kill -9 $victims && rm -f "$D/run/slurmd.n1.pid" && echo "killed node n1: processes $victims"
}
kill_node() { where=n1 once_running kill_all; }
months=6  chain whole nothing 0 --shards 4 --cpus 1
months=24 chain task kill_task 0 --shards 8 --cpus 1
months=24 chain node kill_node 0 --shards 8 --cpus 1
slurmd -N n1
for _ in $(seq 100); do [ "$(sinfo -h -t idle -o %D)" = 2 ] && break; sleep .2; done
# A part that hangs is cut off at its limit of a minute, and the next round does what is missing.
hang_one() {
  task=$(tasks_of "$1" | head -n 1)
  [ -n "$task" ] && kill -STOP "$task" && echo "stopped task $task of job $1"
}
hang_task() { where='' once_running hang_one; }
months=24 chain limit hang_task 0 --shards 2 --cpus 1 --minutes 1
grep -q "Time limit exhausted" "$D/log/slurmctld.log" || { echo "FAILED: no part reached its time limit"; exit 1; }
echo "all byte-identical"
