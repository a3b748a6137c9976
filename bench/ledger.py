"""The ledger at 10, 100 and 1,000 stacks of 200 pools, from their claims to its rows, beside OPA's sum per key."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from bench.measure import median_ms
from weighbridge.catalog import load
from weighbridge.quota.arithmetic import Claim, key_of
from weighbridge.quota.ledger import Demand, build_ledger
from weighbridge.spec.quota_file import QuotaFile

POOLS, DRAWS, KEYS = 200, 5, 26
"""Pools of a stack, limits that each pool draws on, limits in all."""

PROJECT, REGION = "example-ml", "us-central1"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def lines(cache: Path) -> Iterator[str]:
    """One line of result per size."""
    yield "Ledger: from the claims of all stacks to its rows (target: linear, 200,000 pools under 2 s)"
    opa = _opa(cache)
    catalog = load()
    limits = [
        {"quota": quota.quota_id, "region": REGION, "limit": 1_000_000, "dimensions": dict(quota.dimensions)}
        for quota in catalog.vcpu_quota_ids()
        if quota.scope == "region"
    ]
    quota = QuotaFile.model_validate({"version": 1, "project": PROJECT, "pulled_at": NOW, "limits": limits})
    for stacks in (10, 100, 1000):
        demands = _demands(stacks)
        ours = median_ms(partial(build_ledger, quota, demands, catalog, NOW), runs=5)
        shown = f"  {stacks * POOLS:>7,} pools x {DRAWS} limits: {ours:8.1f} ms"
        if opa is None:
            yield shown + "   (OPA skipped: no Go toolchain, or its module can't be fetched)"
        else:
            theirs = float(subprocess.check_output([opa, str(stacks), str(POOLS * DRAWS), str(KEYS)], text=True))
            yield f"{shown}; OPA sums as many amounts in {theirs:8.1f} ms; ratio {theirs / ours:.2f}"


def _demands(stacks: int) -> dict[str, Demand]:
    random = Random(1)
    quotas = load().vcpu_quota_ids()[:KEYS]

    def claim(pool: int) -> Claim:
        quota, steady = random.choice(quotas), random.randrange(20)
        return Claim(key_of(quota, PROJECT, REGION), quota, f"pool-{pool}", steady, steady + random.randrange(5))

    return {
        f"stack-{stack}": Demand(tuple(claim(pool) for pool in range(POOLS) for _ in range(DRAWS)))
        for stack in range(stacks)
    }


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
