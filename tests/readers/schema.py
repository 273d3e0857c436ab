"""Judges scenario files by the JSON Schema with the `jsonschema` package, which knows nothing of the program.

    python3 tests/readers/schema.py SCHEMA_JSON FILE...

Prints one line for each file: `accepted FILE` or `rejected FILE: where: why`. Ends with status 3 if a package is missing,
with 1 if the schema itself is wrong.
"""

import datetime
import json
import sys
from pathlib import Path

try:
    import tomllib
    from jsonschema import Draft202012Validator
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(3)


def plain(value):
    """Dates as editors see them: as text."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, (datetime.date, datetime.time)) else value


schema = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
for name in sys.argv[2:]:
    try:
        document = plain(tomllib.loads(Path(name).read_bytes().decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        print(f"rejected {name}: not TOML: {error}")
        continue
    found = next(validator.iter_errors(document), None)
    if found is None:
        print(f"accepted {name}")
    else:
        where = "/".join(map(str, found.absolute_path))
        print(f"rejected {name}: {where}: {found.message[:120]}")
