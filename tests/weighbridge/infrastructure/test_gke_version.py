"""Versions compare as far as they are written."""

from __future__ import annotations

import pytest

from tests.support.specs import CATALOG
from weighbridge.infrastructure.gke_version import gpu_versions, minors_behind, older


@pytest.mark.parametrize(
    ("version", "than", "expected"),
    [
        ("1.31", "1.32.2-gke.1475000", True),
        ("1.32", "1.32.2-gke.1475000", False),  # some 1.32 is new enough, and GKE takes the newest
        ("1.32.2-gke.1474999", "1.32.2-gke.1475000", True),
        ("1.32.2-gke.1475000", "1.32.2-gke.1475000", False),
        ("1.9.10-gke.1", "1.10.9-gke.1", True),
    ],
)
def test_older(version, than, expected):
    assert older(version, than) is expected


def test_minors():
    assert (minors_behind("1.31.4-gke.1", "1.33"), minors_behind("1.34.1-gke.1", "1.33")) == (2, -1)


def test_the_table_names_gpus_that_exist():
    assert set(gpu_versions()) <= set(CATALOG.gpus)
