"""``make bench``: every measurement, printed as it comes, but those that install other tools: ask for these by name."""

from __future__ import annotations

import sys
from pathlib import Path

from bench import choice, claims, drift, folder, ledger, noise, planner, preview, review, specs, startup
from bench.drift_tools import side_by_side

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Runs the measurements that are named on the command line, or all that need nothing else."""
    measurements = {
        "preview": lambda: preview.lines(ROOT),
        "ledger": lambda: ledger.lines(ROOT / ".cache" / "bench"),
        "claims": claims.lines,
        "specs": specs.lines,
        "folder": folder.lines,
        "drift": drift.lines,
        "noise": noise.lines,
        "planner": planner.lines,
        "choice": choice.lines,
        "review": lambda: review.lines(ROOT),
        "startup": lambda: startup.lines(ROOT),
    }
    with_tools = {"drift-tools": side_by_side.lines}
    for name in sys.argv[1:] or measurements:
        for line in (measurements | with_tools)[name]():
            print(line, flush=True)


main()
