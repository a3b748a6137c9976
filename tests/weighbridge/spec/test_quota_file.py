"""Ids, regions and amounts of the quota file, value by value."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.models import accepts
from weighbridge.spec.quota_file import CommittedUse, Limit, Outside, QuotaFile

LIMIT = {"quota": "NVIDIA-L4-GPUS-per-project-region", "region": "us-central1", "limit": 24}
OUTSIDE = {
    "what": "notebooks",
    "quota": LIMIT["quota"],
    "region": "us-central1",
    "amount": 2,
    "owner": "search-ml@example.com",
    "review_by": "2035-01-31",
}
COMMITTED = {"machines": "g2", "region": "us-central1", "years": 1, "discount": "37%", "until": "2027-11-30"}
FILE = {"version": 1, "project": "example-ml", "pulled_at": "2026-11-20T08:00:00Z", "limits": [LIMIT]}


@pytest.mark.parametrize(
    ("model", "good", "change", "expected"),
    [
        (Limit, LIMIT, {}, True),
        (Limit, LIMIT, {"region": "global"}, True),
        (Limit, LIMIT, {"region": "us-central1-a"}, False),
        (Limit, LIMIT, {"quota": "nvidia_l4_gpus"}, False),
        (Limit, LIMIT, {"limit": -1}, True),
        (Limit, LIMIT, {"limit": -2}, False),
        (Limit, LIMIT, {"limit": 2**53}, True),
        (Limit, LIMIT, {"limit": 24.0}, False),
        (Limit, LIMIT, {"dimensions": {"gpu_family": "NVIDIA_H100"}}, True),
        (Limit, LIMIT, {"dimensions": {"GPU family": "NVIDIA_H100"}}, False),
        (Outside, OUTSIDE, {}, True),
        (Outside, OUTSIDE, {"amount": -1}, False),
        (Outside, OUTSIDE, {"what": ""}, False),
        (Outside, OUTSIDE, {"what": "  "}, False),
        (CommittedUse, COMMITTED, {}, True),
        (CommittedUse, COMMITTED, {"years": True}, False),
        (CommittedUse, COMMITTED, {"years": 3.0}, False),
        (Outside, OUTSIDE, {"review_by": "soon"}, False),
        (QuotaFile, FILE, {}, True),
        (QuotaFile, FILE, {"limits": []}, False),
        (QuotaFile, FILE, {"shares": {"dev": "25%"}}, True),
        (QuotaFile, FILE, {"shares": {"Dev": "25%"}}, False),
        (QuotaFile, FILE, {"keep_free": "101%"}, False),
    ],
)
def test_one_change_of_what_is_good(model, good, change, expected):
    assert accepts(model, {**good, **change}) is expected


def test_what_is_left_out():
    file = QuotaFile.model_validate(FILE)
    assert (file.keep_free, file.max_age, file.shares, file.outside) == (Decimal(0), None, {}, ())
