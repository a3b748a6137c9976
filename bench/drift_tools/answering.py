"""The loop of a process that judges tables: a question a line, an answer a line. Runs in any environment."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

BASELINE, WINDOW = "baseline.parquet", "window/part.parquet"

Judge = Callable[[Path, Sequence[str], Sequence[str]], Mapping[str, Sequence[str]]]
"""Of a folder, its columns of numbers and its columns of categories: those that are far, by the rule that says so."""


def answer(judge: Judge) -> None:
    """Answers until there are no more questions; what else is printed goes to the standard error."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        question = json.loads(line)
        start = time.process_time()
        far = judge(Path(question["folder"]), question["numbers"], question["categories"])
        seconds = time.process_time() - start
        answers.write(json.dumps({"far": {rule: list(columns) for rule, columns in far.items()}, "seconds": seconds}))
        answers.write("\n")
