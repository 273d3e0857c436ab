#!/usr/bin/env python3
"""Fills the generated blocks of docs/policies.md.

    python3 tools/policies.py [--check] [--results COMPARISON.json]

The numbers of each policy come from its file: what every event changes, by how much, the grade and the source, and the
coefficients and entities that the policy brings. The results come from `trihelix compare ... --format json`; without
--results that block stays as it is. With --check nothing is written, and exit code 3 says that the page is out of date.
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
            rows.append(("its cost", "", f"{cost['value']}, paid by {event.get('payer', 'taxpayers')}", cited(cost)))
    for rule in policy.get("rule", []):
        for feature, value in rule["score"].items():
            rows.append((f"`rule.{rule['id']}`", "", f"{feature} {value['value']}", cited(value)))
    for table in ("facility", "institution"):
        for entity in policy.get(table, []):
            for field, value in entity.items():
                if isinstance(value, dict) and "value" in value:
                    text = f"{field} {value['value']} {value['unit']}"
                    rows.append((f"`{table}.{entity['id']}`", "", text, cited(value)))
    if not rows:
        parts = ", ".join(f"`{part.removesuffix('.toml')}`" for part in policy.get("extends", []))
        return f"No numbers of its own. Parts: {parts}."
    lines = ["| what | from | change | evidence |", "|---|---|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def when(event: dict) -> str:
    """First month, last month and ramp of an event."""
    text = str(event.get("at", event.get("from", "")))[:7]
    if "until" in event:
        text += f" until {str(event['until'])[:7]}"
    if "ramp" in event:
        text += f", over {event['ramp']} months"
    return text


def change(event: dict) -> str:
    """What an event does, in words of the file."""
    edits = event.get("edits", [])
    if edits:
        verbs = {"set": "set to", "mul": "x", "add": "+"}
        steps = [(edit["path"], next(verb for verb in verbs if verb in edit)) for edit in edits]
        return "; ".join(f"`{path}` {verbs[verb]} {str(edit[verb]).lower()}" for (path, verb), edit in zip(steps, edits))
    target = event.get("target", "")
    field = f".{event['field']}" if "field" in event else ""
    match event.get("op"):
        case "open" | "close" as verb:
            return f"{verb} `{target}`"
        case "move":
            return f"move `{target}` to `{event['to']}`"
        case "mul" | "capacity":
            return f"`{target}{field}` x {event['factor']}"
        case "add":
            return f"`{target}{field}` + {event['value']}"
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
        return f"{value / 1e9:+,.2f} bn"
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.2g}"


def results(path: str) -> str:
    """One row for each policy and focus cluster of a comparison: differences with their intervals."""
    comparison = json.loads(Path(path).read_text())
    cells: dict[tuple[str, str], dict[str, str]] = {}
    metrics: list[str] = []
    years = {row["year"] for row in comparison["differences"]}
    for row in comparison["differences"]:
        if row["cluster"] not in ("osaka", "kobe", "boston") or row["year"] != max(years):
            continue
        if row["metric"] not in metrics:
            metrics.append(row["metric"])
        zero = "" if row["low"] > 0 or row["high"] < 0 else " (0)"
        interval = f"{shown(row['mean'])} [{shown(row['low'])}, {shown(row['high'])}]{zero}"
        interval = "no difference" if row["mean"] == 0 and row.get("never_varies") else interval
        cells.setdefault((row["policy"], row["cluster"]), {})[row["metric"]] = interval
    # Public money for each further job and approval, where both differences are known well enough to divide them.
    units = {"employees": "cost per further job", "approvals": "cost per further approval"}
    for cost in comparison["public_cost_per_additional"]:
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
    reductions = [by_year[str(max(years))]["median"] for by_year in comparison["variance_reduction"].values()]
    reduction = statistics.median(ratio for ratio in reductions if ratio)
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
    if page == before:
        return
    if "--check" in sys.argv:
        sys.exit(3)
    PAGE.write_text(page)


if __name__ == "__main__":
    main()
