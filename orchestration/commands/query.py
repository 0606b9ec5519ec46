"""`ledgergraph query`: the stored tables in SQL, as JSON or CSV and nothing else on stdout."""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any

import duckdb

from ledgergraph.errors import BadSetting
from orchestration.environments import Environment
from resources.sql import connect, require_select, tables


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("sql", help="one SELECT over the tables of all heads")
    parser.add_argument("--home", help="the home; default LEDGERGRAPH_HOME or .ledgergraph")
    parser.add_argument("--format", choices=["csv", "json"], default="csv")


def run(given: argparse.Namespace) -> int:
    """Print the rows of the statement."""
    store = Environment.read(home=given.home).opened_store()
    try:
        cursor = connect(store).execute(require_select(given.sql))
        names = [column[0] for column in cursor.description or []]
        rows = cursor.fetchall()
    except duckdb.Error as error:
        raise BadSetting("SQL", f"{error} Tables: {', '.join(tables(store)) or 'none'}.") from error
    show(names, rows, given.format)
    return 0


def show(names: Sequence[str], rows: Iterable[Sequence[Any]], form: str) -> None:
    """Print a table as `json` or `csv`."""
    if form == "json":
        json.dump([dict(zip(names, map(plain, row), strict=True)) for row in rows], sys.stdout)
        print()
    else:
        writer = csv.writer(sys.stdout, lineterminator="\n")  # what a shell reads on with
        writer.writerow(names)
        writer.writerows([plain(value) for value in row] for row in rows)


def plain(value: Any) -> Any:
    """A value as JSON knows it: ISO dates, numbers for decimals, text for what it lacks."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case float() if not isfinite(value):
            return None
        case list():
            return [plain(one) for one in value]
        case dict():
            return {name: plain(one) for name, one in value.items()}
        case None | bool() | int() | float() | str():
            return value
    return str(value)
