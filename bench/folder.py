"""The ledger of a whole folder: nothing kept, everything kept, and one spec changed since."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.specs import spec_text
from weighbridge.catalog import load
from weighbridge.stacks.spec_cache import CI

SIZES = ((200, 50), (1000, 200))
"""Stacks, and pools of each."""

TARGET_SECONDS = 1.5

AMPLE = 10**12


def lines() -> Iterator[str]:
    """One line per size."""
    yield f"weighbridge quota over a folder, processor time (target: {TARGET_SECONDS} s with one spec changed)"
    for stacks, pools in SIZES:
        with tempfile.TemporaryDirectory() as name:
            project = Path(name) / "project"
            _write(project, stacks, pools)
            kept = {"XDG_CACHE_HOME": f"{name}/cache"}
            without, first, unchanged = (_seconds(project, where) for where in ({"CI": "true"}, kept, kept))
            one = project / "stacks" / "stack-0.yaml"
            one.write_text(one.read_text().replace("max: 4", "max: 5", 1))
            changed = _seconds(project, kept)
        yield (
            f"  {stacks:>5,} stacks of {pools:>3} pools: nothing kept {without:5.2f} s, and kept {first:5.2f} s, "
            f"unchanged {unchanged:5.2f} s, one changed {changed:5.2f} s; ratio {changed / TARGET_SECONDS:.2f}"
        )


def _write(project: Path, stacks: int, pools: int) -> None:
    (project / "stacks").mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
    known = [quota for quota in load().vcpu_quota_ids() if quota.scope != "zone"]
    names = {(quota.quota_id, quota.scope, quota.dimensions) for quota in known}
    limits = [
        f"  - {{quota: {quota}, region: {'global' if scope == 'global' else 'us-central1'}, limit: {AMPLE},"
        f" dimensions: {{{', '.join(f'{key}: {value}' for key, value in dimensions)}}}}}\n"
        for quota, scope, dimensions in sorted(names)
    ]
    pulled = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = f"version: 1\nproject: example-ml\npulled_at: {pulled}\nlimits:\n"
    (project / "stacks" / "quota.yaml").write_text(head + "".join(limits))
    text = spec_text(pools)
    for number in range(stacks):
        name = f"stack-{number}"
        (project / "stacks" / f"{name}.yaml").write_text(text.replace("environment: big", f"environment: {name}"))


def _seconds(project: Path, environment: Mapping[str, str]) -> float:
    """Processor seconds of one run; a limit that is not listed is a finding, so 1 is fine too."""
    ours = {name: value for name, value in os.environ.items() if name not in CI}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(
        [sys.executable, "-m", "weighbridge", "quota"],
        cwd=project, env={**ours, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode > 1:
        raise RuntimeError(ran.stderr[-2000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
