"""Networks that may reach the control plane, and what a cluster is when nothing is said of it."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.support.models import accepts
from weighbridge.spec.cluster import (
    AutoProvisioning,
    Cidr,
    Cluster,
    KmsKey,
    Maintenance,
    NetworkResourceName,
    ServiceAccount,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("203.0.113.0/24", "203.0.113.0/24"), ("203.0.113.7", "203.0.113.7/32"), ("0.0.0.0/0", "0.0.0.0/0")],
)
def test_a_network_is_kept_in_one_form(given, expected):
    assert TypeAdapter(Cidr).validate_python(given) == expected


@pytest.mark.parametrize("given", ["203.0.113.7/24", "203.0.113.0/33", "256.0.0.0/8", "2001:db8::/32", "office", ""])
def test_what_is_no_network_says_what_one_looks_like(given):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Cidr).validate_python(given)
    (error,) = refused.value.errors()
    assert error["msg"] == "expected an IPv4 range such as 203.0.113.0/24, host bits zero"


def test_what_is_left_out():
    cluster = Cluster()
    assert (cluster.release_channel, cluster.kueue, cluster.control_plane_access) == ("regular", False, ())
    assert cluster.maintenance is None
    assert AutoProvisioning.model_validate({"cpu": 8, "memory": "64Gi"}).gpus == {}


def test_a_maintenance_window_has_days():
    window = {"days": ["sat"], "start": "02:00", "duration": "6h"}
    assert accepts(Maintenance, window)
    assert not accepts(Maintenance, {**window, "days": []})
    assert not accepts(Maintenance, {**window, "start": "24:00"})


KEY = "projects/example-keys/locations/us-central1/keyRings/gke/cryptoKeys/disks"


@pytest.mark.parametrize(
    ("type_", "given", "expected"),
    [
        (ServiceAccount, "gke-nodes@example-ml.iam.gserviceaccount.com", True),
        (ServiceAccount, "ml@example.com", False),
        (KmsKey, KEY, True),
        (KmsKey, f"{KEY}/cryptoKeyVersions/1", False),
        (KmsKey, KEY.replace("disks", "d" * 63), True),
        (KmsKey, KEY.replace("disks", "d" * 64), False),
        (KmsKey, KEY.replace("disks", "Laufwerke_für-GKE"), False),
        (KmsKey, KEY.replace("gke", "g" * 64), False),
        (NetworkResourceName, "a" * 63, True),
        (NetworkResourceName, "projects/p/global/networks/vpc", False),
    ],
)
def test_what_google_s_names_look_like(type_, given, expected):
    assert accepts(type_, given) is expected
