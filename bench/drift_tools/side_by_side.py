"""All tools on the same tables, counted: columns called far without a shift, and shifted ones that weren't."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from bench.drift_tools.answering import BASELINE, WINDOW
from bench.drift_tools.draws import MADE_UP, REAL, SHARES, SIZES, DrawnTable, TableKind, drawn
from bench.drift_tools.environments import HERE, TOOLS, fetch_data, python_of, version_of
from bench.noise import interval

ROOT = HERE.parents[1]
TABLES = {"weighbridge": (20, 5), "evidently": (2, 1), "nannyml": (5, 2), "frouros": (20, 5)}
"""Of each kind and size, without a shift and with one of each share: fewer for the slow."""

_SILENT = {"DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Two of the tools tell their makers that they are used, unless they are asked not to."""

DEPENDENT = ("autoregressive, 0.9", "flights, whole days")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a tool said of one table: how many of its columns are far, by rule."""

    tool: str
    kind: TableKind
    rows: int
    share: float
    columns: int
    far: Mapping[str, int]
    seconds: float


def lines() -> Iterator[str]:
    """A table in Markdown, and below it the rates of all columns together and the processor time."""
    fetch_data()
    pythons = {"weighbridge": Path(sys.executable), **{tool: python_of(tool) for tool in TOOLS}}
    with ThreadPoolExecutor() as pool:
        parts = pool.map(_judged_by, pythons, pythons.values())
    judged = list(chain.from_iterable(parts))
    rules = list(dict.fromkeys(rule for answer in judged for rule in answer.far))
    versions = ", ".join(f"{tool} {version_of(tool)}" for tool in TOOLS)
    counts = ", ".join(f"{tool} {without} and {shifted}" for tool, (without, shifted) in TABLES.items())
    small, large = (f"{share:.0%}" for share in SHARES)
    yield f"Of 1,000 columns: called far without a shift / missed where {small} of the values moved / where {large} did"
    yield f"({versions}; tables without a shift and with each: {counts})"
    yield "| data | rows | " + " | ".join(rules) + " |"
    yield "|---|---|" + "---|" * len(rules)
    for kind in (*MADE_UP, *REAL):
        for rows in kind.rows:
            alike = [answer for answer in judged if answer.kind is kind and answer.rows == rows]
            yield f"| {kind.name} | {rows:,} | " + " | ".join(_cell(alike, rule) for rule in rules) + " |"
    yield "Of all columns without a shift, with the 95 % interval; rows that depend on one another left out:"
    independent = [answer for answer in judged if answer.kind.name not in DEPENDENT]
    for rule in rules:
        far, columns = _counts(independent, rule, 0.0)
        low, high = interval(far, columns)
        yield f"  {rule:<22}{far:5,} of {columns:6,}: {1000 * low:.1f} to {1000 * high:.1f} in 1,000"
    yield "Processor time for 1,000 made-up columns, reading them included:"
    for tool in pythons:
        yield f"  {tool:<22}" + ", ".join(f"{rows:,} rows{_seconds(judged, tool, rows):6.1f} s" for rows in SIZES)


def _judged_by(tool: str, python: Path) -> list[Judged]:
    found = []
    with tempfile.TemporaryDirectory() as name, _asked(tool, python) as judge:
        for kind in (*MADE_UP, *REAL):
            for rows in kind.rows:
                for share in (0.0, *SHARES):
                    for number in range(TABLES[tool][bool(share)]):
                        table = drawn(kind, rows, share, (1, rows, round(100 * share), number))
                        _write(Path(name), table)
                        far, seconds = judge(Path(name), table)
                        found.append(Judged(tool, kind, rows, share, len(table.baseline), far, seconds))
                print(f"{tool}: {kind.name}, {rows:,} rows", file=sys.stderr)
    return found


@contextmanager
def _asked(tool: str, python: Path) -> Iterator[Callable[[Path, DrawnTable], tuple[Mapping[str, int], float]]]:
    """A tool's process. What it is asked: how many columns of a table are far by each rule, and in what time."""
    with subprocess.Popen(
        [python, "-m", f"bench.drift_tools.judge_{tool}"],
        cwd=ROOT, env=os.environ | _SILENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        questions, answers = running.stdin, running.stdout
        if questions is None or answers is None:
            raise RuntimeError(f"{tool} has no pipes")

        def ask(folder: Path, table: DrawnTable) -> tuple[Mapping[str, int], float]:
            question = {"folder": str(folder), "numbers": table.numbers, "categories": table.categories}
            print(json.dumps(question), file=questions, flush=True)
            line = answers.readline()
            if not line:
                raise RuntimeError(f"{tool} ended with {running.wait()}")
            answer = json.loads(line)
            return {rule: len(columns) for rule, columns in answer["far"].items()}, answer["seconds"]

        yield ask
        questions.close()


def _write(folder: Path, table: DrawnTable) -> None:
    (folder / WINDOW).parent.mkdir(exist_ok=True)
    for file, columns in ((BASELINE, table.baseline), (WINDOW, table.window)):
        made = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
        parquet.write_table(pa.table(made), folder / file)


def _cell(alike: list[Judged], rule: str) -> str:
    """Of 1,000 columns."""
    rates = []
    for share in (0.0, *SHARES):
        far, columns = _counts(alike, rule, share)
        rates.append(1000 * (columns - far if share else far) / columns)
    return " / ".join(f"{rate:.0f}" for rate in rates)


def _counts(alike: list[Judged], rule: str, share: float) -> tuple[int, int]:
    """Columns called far by a rule, and all that it judged."""
    fitting = [answer for answer in alike if rule in answer.far and answer.share == share]
    return sum(answer.far[rule] for answer in fitting), sum(answer.columns for answer in fitting)


def _seconds(judged: list[Judged], tool: str, rows: int) -> float:
    fitting = [answer for answer in judged if (answer.tool, answer.rows) == (tool, rows) and answer.kind in MADE_UP]
    return 1000 * sum(answer.seconds for answer in fitting) / sum(answer.columns for answer in fitting)
