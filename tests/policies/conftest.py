"""A folder of specs, and the real pack started on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.policy_pack import RunningPack
from tests.support.specs import limit

MAIN = """
from datetime import UTC, datetime
from pathlib import Path

from weighbridge.files.project import Project
from weighbridge.policies import RULES
from weighbridge.policies.pack import serve

stacks = Path({stacks!r})
project = Project(stacks.parent / "Pulumi.yaml", "weighbridge", "python", ".", stacks, stacks.parent, {{}})
pack = Path(__file__).resolve().parent
serve(RULES, lambda _project: project, lambda: datetime(2026, 11, 24, tzinfo=UTC), pack)
"""

SPEC = """
version: 1
environment: {name}
owner: ml@example.com
cloud: {{project: example-ml, region: us-central1, zones: [us-central1-a]}}
node_pools:
  {pool}
"""
PROD_POOL = "train: {machine_type: a2-highgpu-1g, nodes: {min: 0, max: 4}}"
DEV_POOL = "system: {machine_type: e2-standard-4, nodes: {min: 0, max: 1}}"

LIMITS = (
    limit("NVIDIA-A100-GPUS-per-project-region", 10),
    limit("GPUS-ALL-REGIONS-per-project", 100, "global"),
    limit("CPUS-per-project-region", 100),
    limit("SSD-TOTAL-GB-per-project-region", 10_000),
    limit("IN-USE-ADDRESSES-per-project-region", 8),
    limit("INSTANCES-per-project-region", 100),
)

MORE = (
    "  - {{stack: dev, quota: {quota}, region: {region}, amount: {limit}, reason: what the tests create, "
    "owner: ml@example.com, review_by: 2035-01-31}}"
)
"""What the tests of limits create is no question of the spec's; those of the spec take it out."""


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    """Stack prod takes 4 of 10 A100; dev is what the tests judge by its resources. The test may change the files."""
    return _stacks(tmp_path)


@pytest.fixture
def start(stacks: Path, tmp_path: Path) -> Iterator[Callable[..., RunningPack]]:
    """Starts packs on `stacks`, and ends them all after the test."""
    with ExitStack() as running:
        yield lambda **environment: running.enter_context(RunningPack(_pack(tmp_path, stacks), environment))


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPack]:
    """One running pack for all tests that change nothing but resources; each run makes it forget the last."""
    folder = tmp_path_factory.mktemp("shared")
    with RunningPack(_pack(folder, _stacks(folder))) as running:
        yield running


def _stacks(parent: Path) -> Path:
    folder = parent / "stacks"
    folder.mkdir()
    quota = ["version: 1", "project: example-ml", "pulled_at: 2026-11-20T08:00:00Z", "limits:"]
    quota += [
        f"  - {{quota: {limit['quota']}, region: {limit['region']}, limit: {limit['limit']}}}" for limit in LIMITS
    ]
    quota += ["beyond_spec:", *(MORE.format(**limit) for limit in LIMITS)]
    (folder / "quota.yaml").write_text("\n".join(quota) + "\n", encoding="utf-8")
    (folder / "prod.yaml").write_text(SPEC.format(name="prod", pool=PROD_POOL), encoding="utf-8")
    (folder / "dev.yaml").write_text(SPEC.format(name="dev", pool=DEV_POOL), encoding="utf-8")
    return folder


def _pack(parent: Path, stacks: Path) -> Path:
    folder = parent / "pack"
    folder.mkdir(exist_ok=True)
    (folder / "__main__.py").write_text(MAIN.format(stacks=str(stacks)), encoding="utf-8")
    return folder
