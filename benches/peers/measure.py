#!/usr/bin/env python3
"""Measures TS-1 in every program, and the complete model, side by side on this machine.

    python benches/peers/measure.py --python VENV/bin/python --trihelix target/release/trihelix [--quick]

First every program's series are held against those of the yardstick; whoever differs is not timed. CPU seconds are those
of user and kernel of the process without what set-up alone takes; the median of the runs. The table goes to
docs/performance.md, between the two marks. Needs the packages of requirements.txt and Cargo.
"""

import argparse
import importlib.metadata
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs/performance.md"
MARKS = ("<!-- peers: begin -->", "<!-- peers: end -->")
MONTHS = 360


def cpu(command):
    """CPU seconds, peak memory in MB and output of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        sys.exit(f"{' '.join(map(str, command))} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, output


class Program:
    """A program that simulates TALENTS MONTHS SEED; sizes are (talents, months, runs)."""

    def __init__(self, name, command, agreement, sizes):
        self.name, self.command, self.agreement, self.sizes = name, command, agreement, sizes

    def run(self, talents, months, seed, *more):
        return cpu([*self.command, str(talents), str(months), str(seed), *more])

    def summary(self, talents, seed):
        """Means of the series over the last third of a run."""
        rows = [list(map(int, row.split())) for row in self.run(talents, MONTHS, seed, "--series")[2].splitlines()]
        late = rows[2 * MONTHS // 3 :]
        return [statistics.fmean(column) for column in zip(*late, strict=True)]

    def seconds(self, talents, months, runs):
        """Median CPU seconds for 360 months without set-up, peak memory, and how many runs of how many months."""
        times, peak = [], 0
        for seed in range(1, runs + 1):
            setup, _, _ = self.run(talents, 0, seed)
            whole, memory, _ = self.run(talents, months, seed)
            times.append((whole - setup) * MONTHS / months)
            peak = max(peak, memory)
        return statistics.median(times), peak


def differences(ours, theirs):
    """Differences of means in standard errors, series by series."""
    found = []
    for a, b in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True):
        error = (statistics.variance(a) / len(a) + statistics.variance(b) / len(b)) ** 0.5
        found.append((statistics.fmean(a) - statistics.fmean(b)) / error if error > 1e-9 else 0.0)
    return found


def versions():
    with open(HERE / "Cargo.lock", "rb") as file:
        packages = {package["name"]: package["version"] for package in tomllib.load(file)["package"]}
    return packages


def rust(name, options):
    target = options.target or HERE / "target"
    return [str(Path(target) / "release" / name)]


def programs(options):
    crates = versions()
    python = options.python
    asked = f"import importlib.metadata as m; print(*(m.version(p) for p in {['mesa', 'mesa-frames', 'polars']!r}))"
    mesa, frames, polars = subprocess.check_output([python, "-c", asked], text=True).split()
    release = subprocess.check_output([python, "-V"], text=True).split()[1]
    few = options.quick
    return [
        Program("yardstick: event-skipping, keyed", rust("ts1_yardstick", options), 400, [(30_000, MONTHS, 5), (300_000, MONTHS, 5), (1_000_000, MONTHS, 3)]),
        Program(f"ixa {crates['ixa']}, indexed", rust("ts1_ixa", options), 200, [(30_000, MONTHS, 3), (300_000, MONTHS, 1 if few else 3)]),
        Program(f"krABMaga {crates['krabmaga']}", rust("ts1_krabmaga", options), 60, [(30_000, MONTHS, 3), (300_000, 120 if few else MONTHS, 1)]),
        Program(f"mesa-frames {frames}, polars {polars}", [python, str(HERE / "ts1_frames.py")], 24, [(30_000, MONTHS, 1), (300_000, 60 if few else MONTHS, 1)]),
        Program(f"Mesa {mesa}, Python {release}", [python, str(HERE / "ts1_mesa.py")], 24, [(30_000, 60 if few else MONTHS, 1), (300_000, 12, 1)]),
    ]


STUDY = """schema = 1
name = "peers"
months = {months}
resolution = "end"
metrics = ["people"]
[[scenario]]
file = "{file}"
"""


def complete(options, runs):
    """The complete model: median CPU seconds of 360 months of the shipped scenario without set-up, and peak memory."""
    file = HERE.parent.parent / "scenarios/kansai-2024.toml"
    with tempfile.TemporaryDirectory() as folder:
        def once(months, nth):
            study = Path(folder) / f"study-{months}-{nth}.toml"
            study.write_text(STUDY.format(months=months, file=file))
            out = [f"--out={folder}/out-{months}-{nth}", f"--store={folder}/store-{months}-{nth}"]
            return cpu([options.trihelix, "sweep", str(study), "--threads", "1", "--quiet", *out])

        pairs = [(once(MONTHS, nth), once(1, nth)) for nth in range(runs)]
    return statistics.median(whole[0] - setup[0] for whole, setup in pairs), max(whole[1] for whole, _ in pairs)


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(": ")[1]
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the packages of requirements.txt")
    parser.add_argument("--trihelix", default=str(HERE.parent.parent / "target/release/trihelix"))
    parser.add_argument("--target", help="where the Rust programs are built")
    parser.add_argument("--quick", action="store_true", help="fewer months of the slow ones, extrapolated")
    options = parser.parse_args()
    build = ["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", str(HERE / "Cargo.toml")]
    subprocess.check_call(build + (["--target-dir", options.target] if options.target else []))
    yardstick, *peers = everybody = programs(options)
    talents = 2_000
    base = [yardstick.summary(talents, 10_000 + seed) for seed in range(yardstick.agreement)]
    agreement = {yardstick.name: "–"}
    for peer in peers:
        z = differences([peer.summary(talents, seed) for seed in range(1, peer.agreement + 1)], base)
        largest, mean = max(map(abs, z)), statistics.fmean(value * value for value in z) ** 0.5
        agreement[peer.name] = f"{largest:.1f} / {mean:.1f}"
        print(f"{peer.name}: largest difference {largest:.2f} standard errors, root mean square {mean:.2f}", flush=True)
        # The largest of 42 passes 3.9 once in 250 tries.
        if largest > 3.9:
            sys.exit(f"{peer.name} simulates another model; series {z.index(max(z, key=abs))}")
    lines = ["| program | months run | talents | CPU s | ns a person-month | peak MB | times the yardstick | agreement |", "|---|---|---|---|---|---|---|---|"]
    reference = {}
    for program in everybody:
        for size, months, runs in program.sizes:
            seconds, peak = program.seconds(size, months, runs)
            reference.setdefault(size, seconds)
            times = seconds / reference[size]
            # A child starts as a copy of this script: what takes less cannot be told.
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            memory = f"{peak:.0f}" if peak > own + 1 else f"at most {own:.0f}"
            row = f"| {program.name} | {runs} x {months} | {size:,} | {seconds:.3g} | {seconds / size / MONTHS * 1e9:.3g} | {memory} | {times:.3g} | {agreement[program.name]} |"
            print(row, flush=True)
            lines.append(row)
    seconds, peak = complete(options, 3)
    release = subprocess.check_output([options.trihelix, "--version"], text=True).split()[1]
    lines.append(
        f"| **Trihelix {release}, complete model**, kansai-2024 | 3 x 360 | 397,000 agents | {seconds:.3g} | {seconds / 397_000 / MONTHS * 1e9:.3g} | {peak:.0f} | {seconds / reference[300_000] * 300 / 397:.3g} for as many | – |"
    )
    print(lines[-1])
    told = f"{processor()}, {os.cpu_count()} cores, one used; CPU seconds of 360 months without set-up, median of the runs."
    page = PAGE.read_text()
    before, rest = page.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(before + "\n".join([MARKS[0], told, "", *lines, MARKS[1]]) + after)


if __name__ == "__main__":
    main()
