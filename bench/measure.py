"""Medians of repeated measurements."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def once_ms(action: Callable[[], object]) -> float:
    """Wall time of one run in milliseconds."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def median_ms(action: Callable[[], object], runs: int = 7) -> float:
    """Median wall time in milliseconds, after one run that is not counted."""
    action()
    return statistics.median(once_ms(action) for _ in range(runs))


def paired_ratio(ours: Callable[[], object], other: Callable[[], object], runs: int = 5) -> tuple[float, float, float]:
    """Medians in milliseconds and of the ratio; run in turn, so that a change of the machine's speed cancels."""
    ours()
    other()
    pairs = [(once_ms(ours), once_ms(other)) for _ in range(runs)]
    medians = zip(*pairs, strict=True)
    return (*(statistics.median(column) for column in medians), statistics.median(a / b for a, b in pairs))


def run_process(command: Sequence[str], folder: Path) -> None:
    """Runs a whole process. Raises if it fails."""
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if ran.returncode:
        raise RuntimeError(f"{command} exited with {ran.returncode}:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
