"""What GKE's versions look like, and the numbers in them."""

from __future__ import annotations

import pytest

from tests.support.models import accepts
from weighbridge.spec.gke_version import ControlPlaneVersion, NodeVersion, parts_of


@pytest.mark.parametrize(
    ("type_", "given", "expected"),
    [
        (ControlPlaneVersion, "1.33", True),
        (ControlPlaneVersion, "1.33.5-gke.1080000", True),
        (ControlPlaneVersion, 1.33, False),  # YAML's number: 1.30 would be 1.3
        (ControlPlaneVersion, "latest", False),
        (NodeVersion, "1.33.5-gke.1080000", True),
        (NodeVersion, "1.33.5", False),
    ],
)
def test_what_a_version_looks_like(type_, given, expected):
    assert accepts(type_, given) is expected


def test_the_numbers_of_a_version():
    assert parts_of("1.33.5-gke.1080000") == (1, 33, 5, 1080000)
    assert parts_of("1.33") == (1, 33)
