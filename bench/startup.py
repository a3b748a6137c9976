"""How long the command line takes to start."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.measure import median_ms, run_process


def lines(root: Path) -> Iterator[str]:
    """One line per command."""
    yield "Commands that start no program, whole processes (targets: --help under 300 ms, the rest under 1 s)"
    bare = median_ms(lambda: run_process([sys.executable, "-c", "pass"], root))
    for arguments in (["--help"], ["validate"], ["quota"], ["catalog", "--gpu", "nvidia-l4"]):
        command = [sys.executable, "-m", "weighbridge", *arguments]
        taken = median_ms(partial(run_process, command, root))
        yield f"  weighbridge {' '.join(arguments):<24} {taken:7.0f} ms; the bare interpreter {bare:.0f} ms"
