"""Reads a result folder with pandas, pyarrow, Polars and DuckDB and compares types, rows and some values.

    python3 tests/readers/check.py FOLDER EXPECTED_JSON

Readers that are not installed are named and skipped. Ends with status 1 and a list if anything differs.
"""

import datetime
import importlib
import json
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])
EXPECTED = json.loads(sys.argv[2])
PROBLEMS = []

RECORDS = [("scenario", "string"), ("point", "int32"), ("replicate", "int32"), ("date", "date"), ("cluster", "string")]
RECORDS += [(name, "double" if index else "int64") for name, index in EXPECTED["metrics"]]
EVENTS = [("date", "date"), ("kind", "string"), ("actor", "string"), ("partner", "string"), ("cluster", "string"),
          ("partner_cluster", "string"), ("amount_jpy", "int64"), ("reason", "string"), ("value", "double")]
FLOWS = [("date", "date"), ("kind", "string"), ("from", "string"), ("to", "string"), ("amount", "int64")]
TABLES = [("records.parquet", RECORDS, EXPECTED["rows"]), ("events.parquet", EVENTS, EXPECTED["events"]),
          ("flows.parquet", FLOWS, EXPECTED["flows"])]


def expect(reader, what, found, wanted):
    if found != wanted:
        PROBLEMS.append(f"{reader}: {what}: found {found!r}, wanted {wanted!r}")


def check_pyarrow(reader, module):
    parquet = importlib.import_module("pyarrow.parquet")
    names = {"string": "string", "int32": "int32", "int64": "int64", "double": "double", "date": "date32[day]"}
    for file, columns, rows in TABLES:
        table = parquet.read_table(FOLDER / file)
        found = [(field.name, str(field.type)) for field in table.schema]
        expect(reader, file, found, [(name, names[kind]) for name, kind in columns])
        expect(reader, f"{file} rows", table.num_rows, rows)
        expect(reader, f"{file} written by", parquet.ParquetFile(FOLDER / file).metadata.created_by, "trihelix")
    events = parquet.read_table(FOLDER / "events.parquet").to_pylist()
    expect(reader, "absent partner", events[0]["partner"], None)
    expect(reader, "absent value", events[0]["value"], None)
    expect(reader, "Japanese name", events[1]["actor"], '心臓再生 "1"')
    expect(reader, "no minus zero", str(events[1]["value"]), "0.0")


def check_pandas(reader, module):
    for file, columns, rows in TABLES:
        frame = module.read_parquet(FOLDER / file)
        expect(reader, file, list(frame.columns), [name for name, _ in columns])
        expect(reader, f"{file} rows", len(frame), rows)
        for name, kind in columns:
            if kind in ("int32", "int64"):
                expect(reader, f"{file} {name}", str(frame[name].dtype), kind)
            if kind == "double":
                expect(reader, f"{file} {name}", str(frame[name].dtype), "float64")
    records = module.read_parquet(FOLDER / "records.parquet")
    expect(reader, "first date", records["date"].iloc[0], datetime.date(2024, 1, 1))
    expect(reader, "last row", records["cluster"].iloc[-1], "all")
    expect(reader, "startups", int(records["startups_alive"].iloc[-1]), EXPECTED["startups_alive_last_all"])
    text = module.read_csv(FOLDER / "records.csv", parse_dates=["date"])
    metrics = [name for name, _ in EXPECTED["metrics"]]
    for name in metrics:
        expect(reader, f"records.csv {name}", text[name].tolist(), records[name].tolist())


def check_polars(reader, module):
    names = {"string": "String", "int32": "Int32", "int64": "Int64", "double": "Float64", "date": "Date"}
    for file, columns, rows in TABLES:
        frame = module.read_parquet(FOLDER / file)
        found = [(name, str(kind)) for name, kind in frame.schema.items()]
        expect(reader, file, found, [(name, names[kind]) for name, kind in columns])
        expect(reader, f"{file} rows", frame.height, rows)
    records = module.read_parquet(FOLDER / "records.parquet")
    expect(reader, "startups", records["startups_alive"][-1], EXPECTED["startups_alive_last_all"])


def check_duckdb(reader, module):
    names = {"string": "VARCHAR", "int32": "INTEGER", "int64": "BIGINT", "double": "DOUBLE", "date": "DATE"}
    for file, columns, rows in TABLES:
        path = str(FOLDER / file).replace("'", "''")
        described = module.sql(f"describe select * from '{path}'").fetchall()
        expect(reader, file, [row[:2] for row in described], [(name, names[kind]) for name, kind in columns])
        expect(reader, f"{file} rows", module.sql(f"select count(*) from '{path}'").fetchall()[0][0], rows)
    path = str(FOLDER / "records.parquet").replace("'", "''")
    query = f"select startups_alive from '{path}' where cluster = 'all' order by date desc limit 1"
    expect(reader, "startups", module.sql(query).fetchall()[0][0], EXPECTED["startups_alive_last_all"])


CHECKS = [("pyarrow", check_pyarrow), ("pandas", check_pandas), ("polars", check_polars), ("duckdb", check_duckdb)]

for name, check in CHECKS:
    try:
        module = importlib.import_module(name)
        if name == "pandas":
            importlib.import_module("pyarrow")
    except ImportError as missing:
        print(f"skipped {name}: {missing}")
        continue
    check(name, module)
    print(f"read with {name} {getattr(module, '__version__', '')}")

if PROBLEMS:
    sys.exit("\n".join(PROBLEMS))
