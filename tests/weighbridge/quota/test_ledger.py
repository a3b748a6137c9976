"""How a key stands: what is granted, kept free, used outside, held by stacks, and when the file admits nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.specs import CATALOG, PROJECT, REGION
from weighbridge.catalog import Catalog, Provisioning, QuotaResource, UnknownQuota
from weighbridge.quota.arithmetic import Claim, QuotaKey
from weighbridge.quota.ledger import (
    ClaimedUse,
    Demand,
    Doubt,
    Drawn,
    Ledger,
    LedgerRow,
    LimitState,
    SummedDemand,
    build_ledger,
    joined,
    of_limits,
    part_of,
)
from weighbridge.quota.reservations import MACHINES
from weighbridge.spec.quota_file import UNLIMITED, QuotaFile

L4 = "NVIDIA-L4-GPUS-per-project-region"
PULLED = datetime(2026, 11, 20, 8, tzinfo=UTC)
NOW = PULLED + timedelta(days=4)


def ledger(
    peaks: dict[str, int],
    limit: int | None = 10,
    now: datetime = NOW,
    claimed: tuple[ClaimedUse, ...] = (),
    **more: Any,
) -> Ledger:
    """Of stacks that draw L4 GPUs at these peaks."""
    limits = [
        {"quota": "INSTANCES-per-project-region", "region": REGION, "limit": 100},
        *([] if limit is None else [{"quota": L4, "region": REGION, "limit": limit}]),
    ]
    quota = QuotaFile.model_validate(
        {"version": 1, "project": PROJECT, "pulled_at": PULLED, "limits": limits, "max_age": "8d", **more}
    )
    (quota_id, *_) = (
        found
        for found in CATALOG.quota_ids(QuotaResource.GPU, "nvidia-l4", Provisioning.STANDARD, frozenset())
        if found.quota_id == L4
    )
    key = QuotaKey(PROJECT, REGION, L4)
    demands = {
        stack: Demand((Claim(key, quota_id, "serve", steady=peak, peak=peak),) if peak else ())
        for stack, peak in peaks.items()
    }
    return build_ledger(quota, demands, CATALOG, now, {key: claimed} if claimed else {})


def row(peaks: dict[str, int], **more: Any) -> LedgerRow:
    (found,) = (row for row in ledger(peaks, **more).rows if row.key.quota_id == L4)
    return found


def test_a_share_is_rounded_down_and_what_is_kept_free_up():
    found = row({"dev": 2}, limit=5, keep_free="50%", shares={"dev": "50%", "prod": "39%"})
    assert dict(found.share_caps) == {"dev": 2, "prod": 1}
    assert found.kept_free == 3
    assert (found.state, found.left) == (LimitState.FITS, 0)


@given(st.integers(0, 10**9), st.integers(0, 100))
def test_a_part_never_exceeds_nor_falls_short(limit, percent):
    exact = Decimal(limit) * percent / 100
    assert part_of(limit, Decimal(percent), ROUND_FLOOR) <= exact <= part_of(limit, Decimal(percent), ROUND_CEILING)
    assert part_of(limit, Decimal(percent), ROUND_CEILING) - part_of(limit, Decimal(percent), ROUND_FLOOR) <= 1


@pytest.mark.parametrize(
    ("peaks", "limit", "expected"),
    [
        ({"dev": 10}, 10, LimitState.FITS),
        ({"dev": 6, "prod": 5}, 10, LimitState.OVER),
        ({"dev": 1}, None, LimitState.ABSENT),
        ({"dev": 1}, UNLIMITED, LimitState.UNLIMITED),
        ({"dev": 1}, 2**53, LimitState.UNLIMITED),  # as some of Google's interfaces write it
    ],
)
def test_how_a_key_stands(peaks, limit, expected):
    assert row(peaks, limit=limit).state is expected


@pytest.mark.parametrize(
    ("limit", "expected"), [(None, LimitState.NOT_SET), (9, LimitState.OVER), (10, LimitState.FITS)]
)
def test_a_limit_that_google_sets_on_some_projects_only_is_not_missed_elsewhere(limit, expected):
    some = "CPUS-ALL-REGIONS-per-project"
    (quota_id,) = (
        found
        for found in CATALOG.quota_ids(QuotaResource.VCPU, "e2", Provisioning.STANDARD, frozenset())
        if found.quota_id == some
    )
    key = QuotaKey(PROJECT, "global", some)
    listed = [] if limit is None else [{"quota": some, "region": "global", "limit": limit}]
    drawn = {"dev": Demand((Claim(key, quota_id, "serve", steady=10, peak=10),))}
    (found,) = (row for row in build_ledger(file(*listed), drawn, CATALOG, NOW).rows if row.key == key)
    assert found.state is expected


@pytest.mark.parametrize(
    ("age", "stale"),
    [
        (timedelta(days=8), None),
        (
            timedelta(days=8, seconds=1),
            "limits were pulled at 2026-11-20 08:00 UTC, 8 days ago, and may be 8 days old at most",
        ),
        (timedelta(days=-1), None),  # clock skew and time zones
        (timedelta(days=-10), "limits were pulled at 2026-11-20 08:00 UTC, which is in the future"),
    ],
)
def test_limits_are_good_up_to_their_age_and_not_from_the_future(age, stale):
    found = ledger({"dev": 1}, now=PULLED + age)
    assert found.stale == stale
    assert found.rows[0].state is (LimitState.FITS if stale is None else LimitState.STALE)


@pytest.mark.parametrize(("day", "expired"), [(date(2026, 11, 24), False), (date(2026, 11, 25), True)])
def test_an_outside_use_is_due_for_review_after_its_day(day, expired):
    entry = {
        "what": "notebooks", "quota": L4, "region": REGION, "amount": 2, "owner": "ml@example.com",
        "review_by": "2026-11-24",
    }  # fmt: skip
    found = ledger({"dev": 8}, now=datetime(day.year, day.month, day.day, 23, tzinfo=UTC), outside=[entry])
    assert bool(found.expired) is expired
    assert (found.rows[0].outside_amount, found.rows[0].left) == (2, 0)


class Blind(Catalog):
    """Knows no quota id of anything."""

    def quota_ids(self, resource, match="*", provisioning=Provisioning.STANDARD, spot_pools=frozenset()):
        raise UnknownQuota(resource, match, provisioning, "nobody says")


BLOCK = {"name": "block", "zone": f"{REGION}-a", "machine_type": "g2-standard-8", "count": 4, "owner": "i@example.com"}


def file(*limits: dict[str, Any], **more: Any) -> QuotaFile:
    known = [{"quota": "INSTANCES-per-project-region", "region": REGION, "limit": 100}]
    return QuotaFile.model_validate(
        {"version": 1, "project": PROJECT, "pulled_at": PULLED, "limits": [*known, *limits], **more}
    )


def test_a_reservation_that_nobody_can_count_is_a_doubt_of_its_name():
    found = build_ledger(file(reservations=[BLOCK]), {}, Blind(), NOW)
    unknown = UnknownQuota(QuotaResource.VCPU, "g2", Provisioning.STANDARD, "nobody says")
    assert found.uncounted == (Doubt("reservation block", str(unknown)),)
    assert build_ledger(file(reservations=[BLOCK]), {}, CATALOG, NOW).uncounted == ()


def test_a_limit_that_the_catalog_does_not_have_is_shown_by_its_id():
    new = "X9-CPUS-per-project-region"
    rows = build_ledger(file({"quota": new, "region": REGION, "limit": 1}), {}, CATALOG, NOW).rows
    (found,) = (row for row in rows if row.key.quota_id == new)
    assert (found.display, found.unit, found.limit, found.state) == (new, "", 1, LimitState.FITS)


def test_what_is_drawn_and_not_listed_has_its_row_beside_reservations():
    found = ledger({"dev": 3}, limit=None, reservations=[BLOCK])
    states = {row.key.quota_id: (row.state, row.peak, row.outside_amount) for row in found.rows}
    assert states[L4] == (LimitState.ABSENT, 3, 4)
    assert states["reservation block"] == (LimitState.FITS, 0, 0)
    only = ledger({"dev": 3}, limit=None, reservations=[{**BLOCK, "machine_type": "n2-standard-4"}])
    assert [row.state for row in only.rows if row.key.quota_id == L4] == [LimitState.ABSENT]


def test_rows_that_do_not_fit_stand_first_and_then_the_fullest():
    limits = [
        {"quota": name, "region": REGION, "limit": most}
        for name, most in (
            ("N2-CPUS-per-project-region", 8),
            ("C2-CPUS-per-project-region", 1000),
            ("CPUS-per-project-region", -1),
            (L4, 4),
        )
    ]
    outside = [
        {"what": "x", "quota": name, "region": REGION, "amount": amount, "owner": "i@example.com",
         "review_by": "2035-01-31"}
        for name, amount in (("N2-CPUS-per-project-region", 2), ("C2-CPUS-per-project-region", 100), (L4, 5),
                             ("INSTANCES-per-project-region", 50),
                             ("DISKS-TOTAL-GB-per-project-region", 7))
    ]  # fmt: skip
    found = build_ledger(file(*limits, outside=outside), {}, CATALOG, NOW)
    assert [(row.key.quota_id, row.state, row.left) for row in found.rows] == [
        (L4, LimitState.OVER, -1),
        ("DISKS-TOTAL-GB-per-project-region", LimitState.ABSENT, -7),
        ("INSTANCES-per-project-region", LimitState.FITS, 50),
        ("N2-CPUS-per-project-region", LimitState.FITS, 6),
        ("C2-CPUS-per-project-region", LimitState.FITS, 900),
        ("CPUS-per-project-region", LimitState.UNLIMITED, None),
    ]
    assert [entry.owner for entry in found.rows[0].outside] == ["i@example.com"]


def test_holders_of_a_use_stand_by_what_they_take():
    (quota_id, *_) = CATALOG.quota_ids(QuotaResource.GPU, "nvidia-l4", Provisioning.STANDARD, frozenset())
    key = QuotaKey(PROJECT, REGION, L4)
    claims = tuple(Claim(key, quota_id, name, steady=1, peak=peak) for name, peak in (("b", 2), ("c", 5), ("a", 2)))
    found = build_ledger(file(), {"dev": Demand(claims), "prod": Demand(claims[:1])}, CATALOG, NOW)
    (row_of,) = (row for row in found.rows if row.key == key)
    dev, prod = row_of.uses
    assert [claim.holder for claim in dev.claims] == ["c", "a", "b"]
    assert (dev.steady, dev.peak, prod.steady, prod.peak) == (3, 9, 1, 2)
    assert (row_of.use("prod"), row_of.use("else")) == (prod, None)


def test_of_a_limit_that_is_not_there_or_has_no_bound_nothing_is_kept_free():
    for limit in (None, UNLIMITED):
        assert row({"dev": 1}, limit=limit, keep_free="10%").kept_free == 0


def claim(quota: str, holder: str, steady: int, peak: int) -> Claim:
    quota_id = CATALOG.units_of(quota, ())
    assert quota_id is not None
    return Claim(QuotaKey(PROJECT, REGION, quota), quota_id, holder, steady, peak)


CLAIMS = st.lists(
    st.builds(claim, st.sampled_from([L4, "INSTANCES-per-project-region"]), st.sampled_from("ab"),
              st.integers(0, 9), st.integers(0, 9))
).map(tuple)  # fmt: skip


@given(CLAIMS, CLAIMS)
def test_demands_together_are_the_demand_of_all_their_claims(first, more):
    both, whole = joined(Demand(first), Demand(more, (Doubt("x", "y"),))), Demand(first + more, (Doubt("x", "y"),))
    assert (both.drawn, both.claims, both.doubts) == (whole.drawn, whole.claims, whole.doubts)
    for key in whole.drawn:
        assert both.held(key) == whole.held(key)
        assert [found.peak for found in whole.held(key)] == sorted(found.peak for found in whole.held(key))[::-1]


@given(CLAIMS)
def test_the_part_of_a_demand_on_some_limits_is_that_of_their_claims(claims):
    key = QuotaKey(PROJECT, REGION, L4)
    part = of_limits(Demand(claims, (Doubt("x", "y"),)), [key])
    some = Demand(tuple(found for found in claims if found.key == key))
    assert (part.drawn, part.claims, part.held(key)) == (some.drawn, some.claims, some.held(key))
    assert part.doubts == (Doubt("x", "y"),)
    assert part.held(QuotaKey(PROJECT, REGION, "INSTANCES-per-project-region")) == ()


def test_nobody_counts_claim_by_claim_where_the_sums_are_known():
    def count() -> Demand:
        raise AssertionError

    key = QuotaKey(PROJECT, REGION, L4)
    quota = QuotaFile.model_validate(
        {"version": 1, "project": PROJECT, "pulled_at": PULLED, "limits": [{"quota": L4, "region": REGION, "limit": 9}]}
    )
    found = build_ledger(quota, {"dev": SummedDemand({key: Drawn(3, 4)}, (), count)}, CATALOG, NOW)
    assert [(row.peak, row.left, row.display) for row in found.rows] == [(4, 5, "NVIDIA L4")]


CLAIMED = (ClaimedUse("prod", "pr-1", 3, NOW), ClaimedUse("old", "deployed", 2, None))


@pytest.mark.parametrize(
    ("limit", "state", "left"),
    [(15, LimitState.FITS, 0), (14, LimitState.OVER, -1), (UNLIMITED, LimitState.UNLIMITED, None)],
)
def test_what_is_claimed_counts_beside_the_peaks(limit, state, left):
    found = row({"dev": 6, "prod": 4}, limit=limit, claimed=CLAIMED)
    assert (found.claimed_amount, found.demand, found.state, found.left) == (5, 15, state, left)


def test_a_limit_that_is_missing_is_absent_where_it_is_only_claimed():
    assert row({}, limit=None, claimed=CLAIMED).state is LimitState.ABSENT


def test_claimed_machines_of_a_reservation_count():
    machines = next(found.key for found in build_ledger(file(reservations=[BLOCK]), {}, CATALOG, NOW).rows
                    if found.key.quota_id.startswith(MACHINES))  # fmt: skip
    count = int(str(BLOCK["count"]))
    for amount, state in ((count, LimitState.FITS), (count + 1, LimitState.OVER)):
        claimed = {machines: (ClaimedUse("dev", "pr-1", amount, NOW),)}
        rows = build_ledger(file(reservations=[BLOCK]), {}, CATALOG, NOW, claimed).rows
        found = next(found for found in rows if found.key == machines)
        assert (found.state, found.claimed) == (state, claimed[machines])


@pytest.mark.parametrize(
    ("what", "named"), [(None, "unexplained use"), ("VMs nb-1, nb-2", "unexplained use of VMs nb-1, nb-2")]
)
def test_unexplained_use_counts_as_outside_use_by_the_names_that_it_has(what, named):
    entry = {"quota": L4, "region": REGION, "amount": 4} | ({} if what is None else {"what": what})
    row = next(row for row in ledger({"dev": 5}, unexplained=[entry]).rows if row.key.quota_id == L4)
    assert [(use.what, use.amount, use.owner) for use in row.outside] == [(named, 4, None)]
    assert (row.state, row.left) == (LimitState.FITS, 1)
    assert next(row for row in ledger({"dev": 7}, unexplained=[entry]).rows).state is LimitState.OVER


@given(drawn=st.integers(0, 10_000), keep_free=st.integers(0, 99))
def test_the_limit_that_is_needed_is_the_smallest_that_fits(drawn, keep_free):
    row = next(row for row in ledger({"dev": drawn}, limit=0).rows if row.key.quota_id == L4)
    needed = row.needed(Decimal(keep_free))
    assert needed is not None

    def fits(limit: int) -> bool:
        return limit - part_of(limit, Decimal(keep_free), ROUND_CEILING) >= drawn

    assert fits(needed)
    assert needed == 0 or not fits(needed - 1)
    assert row.needed(Decimal(100)) is None
