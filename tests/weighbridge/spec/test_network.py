"""A network as the spec writes it."""

from __future__ import annotations

import pytest

from tests.support.models import accepts
from weighbridge.spec.network import Networking

EXISTING = {"network": "vpc", "subnetwork": "ml", "pod_range": "pods", "service_range": "services"}


def test_left_out_one_is_created():
    found = Networking()
    assert (found.existing, found.nat, found.proxies) == (None, None, None)
    assert (found.proxy_range, found.accelerator_range) == ("10.127.254.0/23", "192.168.0.0/16")


@pytest.mark.parametrize("key", EXISTING)
def test_one_that_exists_is_named_whole(key):
    assert accepts(Networking, {"existing": EXISTING})
    assert not accepts(Networking, {"existing": {name: value for name, value in EXISTING.items() if name != key}})


def test_what_is_created_in_it_is_said_in_words():
    assert accepts(Networking, {"existing": EXISTING, "nat": "create", "proxies": "existing"})
    assert not accepts(Networking, {"existing": EXISTING, "nat": True})
