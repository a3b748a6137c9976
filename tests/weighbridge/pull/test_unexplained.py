"""How much use nobody accounts for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.specs import CATALOG, REGION, quota_file
from weighbridge.cloud_api.machines import Instance
from weighbridge.pull.limits import key_of_entry
from weighbridge.pull.unexplained import find_unexplained
from weighbridge.quota.arithmetic import Claim
from weighbridge.quota.ledger import Demand
from weighbridge.spec.quota_file import Limit, Outside

L4 = "NVIDIA-L4-GPUS-per-project-region"
SMALL = st.integers(min_value=0, max_value=40)


def amount(used: int | None, stacks: int, outside: int, foreign: int) -> int:
    limit = Limit(quota=L4, region=REGION, limit=50, used=used)
    outer = Outside.model_validate(
        {"what": "x", "quota": L4, "region": REGION, "amount": outside, "owner": "a@b.com", "review_by": "2035-01-01"}
    )
    file = quota_file().model_copy(update={"limits": (limit,), "outside": (outer,)})
    key = key_of_entry(file.project, limit)
    known = CATALOG.units_of(L4, ())
    assert known is not None
    demand = Demand((Claim(key, known, "pool", stacks, stacks),))
    vms = [
        Instance.model_validate({"name": f"n{index}", "zone": f"z/{REGION}-a", "machineType": "g2-standard-8"})
        for index in range(foreign)
    ]
    found = find_unexplained(file, (limit,), {"dev": demand}, {"dev"}, vms, CATALOG)
    return found[0].amount if found else 0


@given(used=SMALL, stacks=SMALL, outside=SMALL, foreign=SMALL)
def test_it_is_the_larger_of_what_is_beyond_all_and_what_is_foreign(used, stacks, outside, foreign):
    found = amount(used, stacks, outside, foreign)
    assert found == max(0, used - stacks - outside, foreign - outside)
    assert stacks + outside + found >= used  # whatever is used is counted


def test_without_a_counter_foreign_machines_still_count():
    assert amount(None, 5, 1, 3) == 2
