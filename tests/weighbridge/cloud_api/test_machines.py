"""What is read of reservations, zones and VMs."""

from __future__ import annotations

import pytest

from tests.support.google_apis import Failure, google_apis
from weighbridge.cloud_api.client import GoogleCloud
from weighbridge.cloud_api.identity import Identity
from weighbridge.cloud_api.machines import FutureReservation, Instance, instances, sold_in
from weighbridge.prometheus import BadAnswer


def test_addresses_are_cut_to_names():
    vm = Instance.model_validate(
        {"name": "n", "zone": "https://x/zones/us-central1-a", "machineType": "https://x/machineTypes/g2-standard-8",
         "scheduling": {"provisioningModel": "SPOT"}, "unknown": 1}
    )  # fmt: skip
    assert (vm.machine, vm.region, vm.spot) == ("g2-standard-8", "us-central1", True)


def test_a_day_that_is_none_is_none():
    future = FutureReservation.model_validate({"name": "f", "timeWindow": {"startTime": "soon"}})
    assert (future.begins, future.ends) == (None, None)


def test_a_zone_that_is_not_there_sells_nothing_and_one_in_part_is_no_answer():
    types = {"z-a": [{"name": "e2-medium"}]}
    with google_apis(machine_types=types) as apis, GoogleCloud(Identity(lambda: "t"), apis.url) as cloud:
        assert sold_in(cloud, "example-ml", "z-b") is None
        assert [machine.name for machine in sold_in(cloud, "example-ml", "z-a") or ()] == ["e2-medium"]
        apis.failures = {"z-a": [Failure(200, {"warning": {"code": "UNREACHABLE"}})]}
        with pytest.raises(BadAnswer, match="answers a part only: UNREACHABLE"):
            sold_in(cloud, "example-ml", "z-a")
        apis.failures = {"instances": [Failure(200, {"items": {"zones/z": {"warning": {"code": "UNREACHABLE"}}}})]}
        with pytest.raises(BadAnswer, match="zones/z can't be reached"):
            instances(cloud, "example-ml")
