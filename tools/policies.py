#!/usr/bin/env python3
"""Fills the generated blocks of docs/policies.md.

    python3 tools/policies.py [--check] [--results COMPARISON.json] [--ranges RANGES.json ...]

The numbers of each policy come from its file: what every event changes, by how much, over which range, the grade and the
source, and the coefficients and entities that the policy brings. The results come from `trihelix report DIR --format
json` (of a sweep of scenarios/studies/policies.toml) or from `trihelix compare ... --format json`, and those over the
ranges from `trihelix report DIR --format json` of sweeps of scenarios/studies/ranges*.toml; a block whose file is not given
stays as it is. With --check nothing is written, and exit code 3 says that the page is out of date.
"""

import json
import re
import statistics
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "policies.md"
POLICIES = ROOT / "scenarios" / "policies"


def numbers(name: str) -> str:
    """The table of a policy: one row for each event, coefficient and numeric value of a new entity."""
    with open(POLICIES / f"{name}.toml", "rb") as file:
        policy = tomllib.load(file)
    rows = []
    for event in policy.get("event", []):
        rows.append((f"`{event['id']}`", when(event), change(event), cited(event)))
        cost = event.get("cost")
        if cost is not None:
            text = f"{cost['value']}{ends(cost)}, paid by {event.get('payer', 'taxpayers')}"
            rows.append(("its cost", "", text, cited(cost)))
    for rule in policy.get("rule", []):
        for feature, value in rule["score"].items():
            rows.append((f"`rule.{rule['id']}`", "", f"{feature} {value['value']}{ends(value)}", cited(value)))
    for table in ("facility", "institution"):
        entities = policy.get(table, [])
        for entity in entities if isinstance(entities, list) else []:
            for field, value in entity.items():
                if isinstance(value, dict) and "value" in value:
                    text = f"{field} {value['value']} {value['unit']}{ends(value)}"
                    rows.append((f"`{table}.{entity['id']}`", "", text, cited(value)))
    for path, range_of in over_the_base(policy):
        value = base_value(path) | range_of
        rows.append((f"`{path}`", "", f"{value['value']} {value['unit']}{ends(value)}", cited(value)))
    if not rows:
        parts = ", ".join(f"`{part.removesuffix('.toml')}`" for part in policy.get("extends", []))
        return f"No numbers of its own. Parts: {parts}."
    lines = ["| what | from | change | evidence |", "|---|---|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def base_value(path: str) -> dict:
    """What the base files say of a value: `facility.qross.setup_saving`."""
    table, entity, field = path.split(".") if path.count(".") == 2 else ("", "", "")
    for file in sorted((ROOT / "scenarios" / "base").glob("*.toml")):
        rows = tomllib.loads(file.read_text()).get(table, [])
        for row in rows if isinstance(rows, list) else []:
            if row.get("id") == entity and field in row:
                return row[field]
    return {}


def over_the_base(policy: dict, path: str = "") -> list[tuple[str, dict]]:
    """The values of the base that the policy gives a range, by path."""
    found = []
    for key, value in policy.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict) and "range" in value:
            found.append((here, value))
        elif isinstance(value, dict):
            found += over_the_base(value, here)
    return found


def ends(value: object) -> str:
    """The range of a number: its low end, at which the policy does less, and its high end; units as in the number."""
    if not isinstance(value, dict) or "range" not in value:
        return ""
    low, high = (str(bound).partition(" ") for bound in value["range"])
    unit = str(value.get("value", "")).partition(" ")[2]
    return f" ({low[0]} to {high[0]})" if low[2] == high[2] in ("", unit) else f" ({''.join(low)} to {''.join(high)})"


def bare(value: object) -> object:
    """A number without what is said about it."""
    return value["value"] if isinstance(value, dict) else value


def when(event: dict) -> str:
    """First month, last month and ramp of an event."""
    text = str(event.get("at", event.get("from", "")))[:7]
    if "until" in event:
        text += f" until {str(event['until'])[:7]}"
    if "ramp" in event:
        text += f", over {bare(event['ramp'])} months{ends(event['ramp'])}"
    return text


def change(event: dict) -> str:
    """What an event does, in words of the file."""
    edits = event.get("edits", [])
    if edits:
        verbs = {"set": "set to", "mul": "x", "add": "+"}
        steps = [(edit["path"], next(verb for verb in verbs if verb in edit)) for edit in edits]
        return "; ".join(
            f"`{path}` {verbs[verb]} {str(bare(edit[verb])).lower()}{ends(edit[verb])}"
            for (path, verb), edit in zip(steps, edits)
        )
    target = event.get("target", "")
    field = f".{event['field']}" if "field" in event else ""
    match event.get("op"):
        case "open" | "close" as verb:
            return f"{verb} `{target}`"
        case "move":
            return f"move `{target}` to `{event['to']}`"
        case "mul" | "capacity":
            return f"`{target}{field}` x {bare(event['factor'])}{ends(event['factor'])}"
        case "add":
            return f"`{target}{field}` + {bare(event['value'])}{ends(event['value'])}"
    return event.get("title", "")


def cited(table: dict) -> str:
    """Grade, source and note of a number."""
    note = f"; {table['note']}" if "note" in table else ""
    return f"{table.get('grade', '')}, `{table['source']}`{note}" if "source" in table else ""


def filled(page: str, begin: str, end: str, text: str) -> str:
    """The page with what stands between two marks replaced."""
    pattern = re.compile(re.escape(begin) + r"\n.*?" + re.escape(end), re.DOTALL)
    if not pattern.search(page):
        sys.exit(f"docs/policies.md has no block {begin}")
    return pattern.sub(lambda _: f"{begin}\n{text}\n{end}", page)


def shown(value: float) -> str:
    """A difference with its sign, short."""
    if abs(value) >= 1e8:
        return f"{value / 1e9:+,.0f} bn" if abs(value) >= 1e11 else f"{value / 1e9:+.2f} bn"
    return f"{value:+,.0f}" if abs(value) >= 99.5 else f"{value:+.2g}"


SHOWN = ("employees", "startups_alive", "venture_raised_jpy", "approvals", "patients_treated", "public_cost_jpy")


def interval(row: dict) -> str:
    """A difference with its 95 % interval, and a mark where that holds zero."""
    if row["mean"] == 0 and row["never_varies"]:
        return "no difference"
    zero = "" if row["low"] > 0 or row["high"] < 0 else " (0)"
    return f"{shown(row['mean'])} [{shown(row['low'])}, {shown(row['high'])}]{zero}"


def pairing(differences: list[dict], year: int) -> float:
    """Median over policies of the median over the metrics shown of what common random numbers save."""
    by_policy: dict[str, list[float]] = {}
    for row in differences:
        if row["year"] == year and row["metric"] in SHOWN and row["variance_reduction"]:
            by_policy.setdefault(row["policy"], []).append(row["variance_reduction"])
    return statistics.median(statistics.median(ratios) for ratios in by_policy.values())


def targets(page: str) -> dict[str, tuple[str, str]]:
    """Metric and cluster of each policy's target, as its section says."""
    found = {}
    for section in page.split("\n## ")[1:]:
        name = section.split("\n", 1)[0].strip().strip("`")
        target = re.search(r"\*\*Target\.\*\* `([a-z_]+)` in ([a-z]+)", section)
        if target:
            found[name] = (target[1], target[2])
    return found


def over_ranges(page: str, paths: list[str]) -> str:
    """One row for each policy: what it changes in its target at the low end, as stated, and at the high end."""
    aims = targets(page)
    ends_of: dict[str, dict[str, str]] = {}
    made = []
    for path in paths:
        comparison = json.loads(Path(path).read_text())
        year = max(row["year"] for row in comparison["differences"])
        names = set()
        for row in comparison["differences"]:
            name, _, end = row["policy"].split("+")[-1].partition("@")
            if row["year"] == year and aims.get(name) == (row["metric"], row["cluster"]):
                ends_of.setdefault(name, {})[end] = interval(row)
                names.add(name)
        few = ", ".join(f"`{name}`" for name in sorted(names))
        whom = few if len(paths) > 1 and len(names) < 4 else "all other policies"
        made.append(f"{whom}: year {year}, {comparison['pairs']} replicates, seed {comparison['seed']}")
    lines = [
        "; ".join(made) + ".",
        "",
        "| policy | target | low | stated | high |",
        "|---|---|---|---|---|",
    ]
    for name in sorted(ends_of):
        metric, cluster = aims[name]
        cells = [ends_of[name].get(end, "") for end in ("low", "", "high")]
        lines.append(f"| {name} | `{metric}` in {cluster} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def results(path: str) -> str:
    """One row for each policy and focus cluster of a comparison: differences with their intervals."""
    comparison = json.loads(Path(path).read_text())
    cells: dict[tuple[str, str], dict[str, str]] = {}
    metrics: list[str] = list(SHOWN)
    years = {row["year"] for row in comparison["differences"]}
    for row in comparison["differences"]:
        if row["cluster"] not in ("osaka", "kobe", "boston") or row["year"] != max(years) or row["metric"] not in SHOWN:
            continue
        row["policy"] = row["policy"].split("+")[-1]
        cells.setdefault((row["policy"], row["cluster"]), {})[row["metric"]] = interval(row)
    # Public money for each further job and approval, where both differences are known well enough to divide them.
    units = {"employees": "cost per further job", "approvals": "cost per further approval"}
    for cost in comparison["public_cost_per_additional"]:
        cost["policy"] = cost["policy"].split("+")[-1]
        name = units.get(cost["per_additional"])
        if name is None or cost["year"] != max(years) or (cost["policy"], cost["cluster"]) not in cells:
            continue
        known = cost["verdict"] == "known"
        if known and cost["public_cost_jpy"] == 0:
            cells[cost["policy"], cost["cluster"]][name] = "no cost booked"
            continue
        text = f"{shown(cost['public_cost_jpy'])} [{shown(cost['low'])}, {shown(cost['high'])}]" if known else cost["verdict"]
        cells[cost["policy"], cost["cluster"]][name] = text
    metrics += [name for name in units.values() if any(name in row for row in cells.values())]
    head = ["policy", "cluster", *metrics]
    reduction = pairing(comparison["differences"], max(years))
    made = (
        f"Year {max(years)}, {comparison['pairs']} replicates, seed {comparison['seed']}. Common random numbers make the variance of a "
        f"difference {reduction:.0f} times smaller than independent seeds would (the median over policies of the median over metrics)."
    )
    lines = [made, "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for (policy, cluster), row in cells.items():
        lines.append("| " + " | ".join([policy, cluster, *(row.get(metric, "") for metric in metrics)]) + " |")
    return "\n".join(lines)


def main() -> None:
    page = PAGE.read_text()
    before = page
    for file in sorted(POLICIES.glob("*.toml")):
        name = file.stem
        page = filled(page, f"<!-- numbers:begin {name} -->", f"<!-- numbers:end {name} -->", numbers(name))
    if "--results" in sys.argv:
        block = results(sys.argv[sys.argv.index("--results") + 1])
        page = filled(page, "<!-- results:begin -->", "<!-- results:end -->", block)
    if "--ranges" in sys.argv:
        paths = sys.argv[sys.argv.index("--ranges") + 1 :]
        block = over_ranges(page, [path for path in paths if path.endswith(".json")])
        page = filled(page, "<!-- ranges:begin -->", "<!-- ranges:end -->", block)
    if page == before:
        return
    if "--check" in sys.argv:
        sys.exit(3)
    PAGE.write_text(page)


if __name__ == "__main__":
    main()
