"""Runs every query of a guide, as it stands there, in the current folder.

    python3 tests/readers/guide.py GUIDE.md

A query is a block marked `python` or `sql`; SQL goes to DuckDB. Each has to give at least one row. Packages that are not
installed are named and skipped. Ends with status 1 if a query fails or finds nothing.
"""

import importlib
import re
import sys
from pathlib import Path

BLOCKS = re.findall(r"^```(python|sql)\n(.*?)^```", Path(sys.argv[1]).read_text(encoding="utf-8"), re.M | re.S)
ran = 0
for language, code in BLOCKS:
    needed = "duckdb" if language == "sql" else "polars" if "polars" in code else "pandas"
    try:
        module = importlib.import_module(needed)
        if needed == "pandas":
            importlib.import_module("pyarrow")
    except ImportError as missing:
        print(f"skipped a query in {needed}: {missing}")
        continue
    if language == "sql":
        shown = [module.sql(code).fetchall()]
    else:
        shown = []
        exec(compile(code, f"{sys.argv[1]} ({needed})", "exec"), {"print": shown.append, "__name__": "guide"})
    if not shown or any(len(table) == 0 for table in shown):
        sys.exit(f"a query in {needed} found nothing:\n{code}")
    print(f"{needed}: {[len(table) for table in shown]} rows")
    ran += 1
print(f"ran {ran} queries")
