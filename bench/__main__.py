"""``make bench``: every measurement, printed as it comes."""

from __future__ import annotations

import sys
from pathlib import Path

from bench import choice, claims, drift, folder, ledger, noise, planner, preview, review, specs, startup

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Runs the measurements that are named on the command line, or all."""
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
    for name in sys.argv[1:] or measurements:
        for line in measurements[name]():
            print(line, flush=True)


main()
