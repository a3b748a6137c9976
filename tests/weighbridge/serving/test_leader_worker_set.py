"""The controller is installed exactly where a replica has several pods."""

from __future__ import annotations

import pytest

from tests.support.paths import ROOT, STACKS
from tests.support.specs import CATALOG
from weighbridge.infrastructure.operators import LEADER_WORKER_SET
from weighbridge.serving.leader_worker_set import plan_leader_worker_set
from weighbridge.stacks.load import read_spec

FURTHER = ROOT / "tests" / "integration" / "stacks"


@pytest.mark.parametrize(
    ("file", "several"),
    [
        (FURTHER / "storage.yaml", True),
        (FURTHER / "accelerated.yaml", True),
        (FURTHER / "cpu.yaml", False),
        (STACKS / "prod.yaml", False),
    ],
    ids=lambda value: getattr(value, "stem", ""),
)
def test_groups_need_it(file, several):
    spec = read_spec(file, CATALOG)

    assert plan_leader_worker_set(spec, CATALOG) == (LEADER_WORKER_SET if several else None)


def test_one_that_is_present_is_not_installed_again():
    spec = read_spec(FURTHER / "storage.yaml", CATALOG)
    cluster = spec.cluster.model_copy(update={"leader_worker_set": "present"})
    assert plan_leader_worker_set(spec.model_copy(update={"cluster": cluster}), CATALOG) is None
