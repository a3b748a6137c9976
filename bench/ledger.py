"""The ledger's evaluation at 10, 100 and 1,000 stacks of 200 pools, beside OPA's sum per key."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.measure import median_ms
from weighbridge.quota.arithmetic import Table, totals

POOLS, DRAWS, KEYS = 200, 5, 40
"""Pools of a stack, limits that each pool draws on, limits in all."""


def lines(cache: Path) -> Iterator[str]:
    """One line of result per size."""
    yield "Ledger: peaks of all pools, summed by limit and stack (target: linear, 200,000 pools under 50 ms)"
    opa = _opa(cache)
    for stacks in (10, 100, 1000):
        table = _table(stacks)
        ours = median_ms(lambda table=table: totals(table))
        shown = f"  {stacks * POOLS:>7,} pools x {DRAWS} limits: {ours:8.2f} ms"
        if opa is None:
            yield shown + "   (OPA skipped: no Go toolchain, or its module can't be fetched)"
        else:
            theirs = float(subprocess.check_output([opa, str(stacks), str(POOLS), str(KEYS)], text=True))
            yield f"{shown}; OPA, one limit a pool: {theirs:8.2f} ms; ratio {theirs / ours:.1f}"


def _table(stacks: int) -> Table:
    random = np.random.default_rng(1)
    pools = stacks * POOLS

    def column(high: int, size: int = pools) -> np.ndarray:
        return random.integers(0, high, size, dtype=np.int64)

    return Table(
        create=column(4),
        steady=column(20),
        upgrade=column(3),
        replace=column(2),
        stack=np.repeat(np.arange(stacks, dtype=np.int64), POOLS),
        pool=np.repeat(np.arange(pools, dtype=np.int64), DRAWS),
        key=column(KEYS, pools * DRAWS),
        per_node=column(200, pools * DRAWS),
        keys=KEYS,
        stacks=stacks,
    )


def _opa(cache: Path) -> str | None:
    if shutil.which("go") is None:
        return None
    binary = cache / "opa-sum"
    if not binary.exists():
        cache.mkdir(parents=True, exist_ok=True)
        built = subprocess.run(
            ["go", "build", "-o", str(binary), "."],  # noqa: S607 - the toolchain on PATH
            cwd=Path(__file__).parent / "opa", check=False, timeout=600, capture_output=True,
        )  # fmt: skip
        if built.returncode:
            return None
    return str(binary)
