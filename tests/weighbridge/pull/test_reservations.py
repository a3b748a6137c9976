"""Reservations as the file writes them; what the command does with them is tried there."""

from __future__ import annotations

import pytest

from tests.support.specs import CATALOG, quota_file
from weighbridge.cloud_api.machines import FutureReservation, LiveReservation
from weighbridge.pull.reservations import pull_reservations


def live(**keys) -> LiveReservation:
    properties = {"machineType": "a3-highgpu-8g", "localSsds": [{"diskSizeGb": "375"}] * 16}
    return LiveReservation.model_validate(
        {"name": "block", "zone": "z/us-central1-a", "status": "READY",
         "specificReservation": {"count": "2", "instanceProperties": properties}, **keys}
    )  # fmt: skip


def test_disks_that_a_machine_type_brings_are_not_counted_twice():
    (entry,) = pull_reservations(quota_file(), [live()], [], CATALOG).entries
    assert (entry.count, entry.local_ssd, entry.gpu, entry.owner) == (2, 0, None, None)


TOO_MANY = {"count": "9999999", "instanceProperties": {"machineType": "e2-medium"}}


@pytest.mark.parametrize(
    "keys",
    [
        {"zone": "z/atlantis1-a"}, {"specificReservation": {"count": "0"}}, {"specificReservation": None},
        {"specificReservation": TOO_MANY},
    ],
)  # fmt: skip
def test_what_is_not_of_known_machines_is_named(keys):
    found = pull_reservations(quota_file(), [live(**keys)], [], CATALOG)
    assert (found.entries, len(found.uncounted)) == ((), 1)


def test_one_that_is_not_valid_holds_nothing():
    found = pull_reservations(quota_file(), [live(status="INVALID")], [], CATALOG)
    assert (found.entries, found.uncounted) == ((), ())


def test_a_promise_without_machines_is_named():
    future = FutureReservation.model_validate(
        {"name": "tpus", "zone": "z/us-central1-a", "status": {"procurementStatus": "APPROVED"}}
    )
    assert pull_reservations(quota_file(), [], [future], CATALOG).uncounted == (
        "future reservation tpus in us-central1-a",
    )


def test_a_period_that_calendar_mode_can_not_have_is_none_so_that_the_machines_count():
    future = FutureReservation.model_validate(
        {
            "name": "long", "zone": "z/us-central1-a", "reservationMode": "CALENDAR",
            "specificSkuProperties": {"totalCount": "1", "instanceProperties": {"machineType": "a3-highgpu-8g"}},
            "status": {"procurementStatus": "APPROVED"},
            "timeWindow": {"startTime": "2026-12-01T00:00:00Z", "endTime": "2027-06-01T00:00:00Z"},
        }
    )  # fmt: skip
    (entry,) = pull_reservations(quota_file(), [], [future], CATALOG).entries
    assert entry.calendar is None
    assert entry.starts is not None
