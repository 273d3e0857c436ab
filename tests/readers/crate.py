"""Judges an unpacked bundle by what others have written: the RO-Crate by roc-validator, the bill of materials by the library
of CycloneDX.

    python3 tests/readers/crate.py FOLDER

Ends with status 1 and a list of what is wrong, with 3 if a judge is not installed. Nothing is read from the network: the
terms of RO-Crate 1.1 come from the package `rocrate`, whose version 0.13 ships them.
"""

import importlib.util
import io
import json
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])
MISSING = [name for name in ("rocrate_validator", "rocrate", "cyclonedx") if importlib.util.find_spec(name) is None]
if MISSING:
    print("not installed:", ", ".join(MISSING))
    sys.exit(3)

import requests

TERMS = Path(importlib.util.find_spec("rocrate").submodule_search_locations[0]) / "data" / "ro-crate.jsonld"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
assert json.loads(TERMS.read_text())["@id"] == CONTEXT, "rocrate 0.13 has the terms of RO-Crate 1.1; this is another"


def answer(session, method, url, **_options):
    """What the network would say: the terms of the crate, and nothing of anything else."""
    response = requests.models.Response()
    response.url, response.request = url, requests.Request(method, url).prepare()
    response.status_code = 200 if url == CONTEXT else 503
    response.headers["Content-Type"] = "application/ld+json"
    response.raw = io.BytesIO(TERMS.read_bytes() if url == CONTEXT and method.upper() != "HEAD" else b"")
    response._content = response.raw.read()
    return response


requests.Session.request = answer
PROBLEMS = []

from rocrate_validator import models, services


def judge_crate(profile):
    settings = services.ValidationSettings(
        rocrate_uri=str(FOLDER), profile_identifier=profile, requirement_severity=models.Severity.REQUIRED,
        no_cache=True, skip_availability_check=True,
    )
    result = services.validate(settings)
    for issue in result.get_issues():
        PROBLEMS.append(f"{profile}: {issue.check.identifier}: {issue.message}")
    if len(result.executed_checks) < 20:
        PROBLEMS.append(f"{profile}: only {len(result.executed_checks)} checks were made")
    print(f"{profile}: {len(result.executed_checks)} checks")


for profile in ("workflow-run-crate",):
    judge_crate(profile)

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

BILL = (FOLDER / "dependencies" / "bom.cdx.json").read_text()
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(BILL)
if wrong is not None:
    PROBLEMS.append(f"bom.cdx.json: {wrong}")
components = json.loads(BILL)["components"]
print(f"bom.cdx.json: {len(components)} components")
print("\n".join(PROBLEMS))
sys.exit(1 if PROBLEMS else 0)
