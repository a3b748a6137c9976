"""Who else would no longer fit: told for what the change does, and for nothing that was so before."""

from __future__ import annotations

from tests.support.claim_books import L4
from tests.support.quota_demand import demand_of_specs
from tests.support.specs import CATALOG, NOW, quota_file, spec
from tests.support.specs import limit as limit_of
from weighbridge.claims.book import DEPLOYED
from weighbridge.preview.effects import effects
from weighbridge.preview.result import Effect, ShortLimit
from weighbridge.quota.ledger import ClaimedUse, Ledger, build_ledger

RESERVED = ClaimedUse("staging", "pr-2", 3, NOW)


def ledger(
    limit: int, claimed: tuple[ClaimedUse, ...] = (), shares: dict[str, str] | None = None, **most: int
) -> Ledger:
    specs = {
        stack: spec({"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": amount}}}, stack)
        for stack, amount in most.items()
    }
    quota = quota_file(limit_of(L4.quota_id, limit), shares=shares or {})
    return build_ledger(quota, demand_of_specs(specs, quota), CATALOG, NOW, {L4: claimed} if claimed else {})


def short(demand: int, limit: int, display: str = "NVIDIA L4") -> tuple[ShortLimit, ...]:
    return (ShortLimit(display, "us-central1", demand, limit),)


def test_a_change_that_fits_affects_nobody():
    assert effects(ledger(10, dev=2, prod=4), ledger(10, dev=6, prod=4), "dev") == ()


def test_others_that_draw_on_the_limit_no_longer_fit():
    after = ledger(10, dev=7, prod=4, staging=1)
    assert effects(ledger(10, dev=2, prod=4, staging=1), after, "dev") == (
        Effect("prod", "", short(12, 10)), Effect("staging", "", short(12, 10)))  # fmt: skip


def test_a_pull_request_no_longer_fits_where_the_stacks_alone_do():
    before, after = (ledger(10, (RESERVED,), dev=most, prod=4) for most in (2, 5))
    assert effects(before, after, "dev") == (Effect("staging", "pr-2", short(12, 10)),)


def test_what_is_deployed_counts_for_the_stacks_and_is_no_pull_request():
    deployed = ClaimedUse("prod", DEPLOYED, 3, None)
    before, after = (ledger(10, (deployed,), dev=most, prod=4) for most in (2, 5))
    assert effects(before, after, "dev") == (Effect("prod", "", short(12, 10)),)


def test_a_limit_that_is_lowered_affects_those_who_draw_on_it():
    assert effects(ledger(10, dev=2, prod=4), ledger(5, dev=2, prod=4), "dev") == (Effect("prod", "", short(6, 5)),)


def test_a_share_that_is_lowered_affects_its_stack():
    before, after = (ledger(10, shares={"prod": share}, dev=2, prod=4) for share in ("50%", "20%"))
    assert effects(before, after, "dev") == (Effect("prod", "", short(4, 2, "its share of NVIDIA L4")),)
    assert effects(after, after, "dev") == ()


def test_what_did_not_fit_before_is_none_of_the_changes_doing():
    before = ledger(10, (RESERVED,), dev=9, prod=4)
    assert effects(before, ledger(10, (RESERVED,), dev=10, prod=4), "dev") == ()


def test_a_limit_without_end_affects_nobody():
    assert effects(ledger(10, dev=2, prod=4), ledger(-1, dev=900, prod=4), "dev") == ()


def test_one_line_for_each_with_all_of_its_limits():
    """A limit that nothing was known of before is as one that fitted."""
    none = build_ledger(quota_file(), {}, CATALOG, NOW)
    (found,) = effects(none, ledger(1, shares={"prod": "100%"}, dev=1, prod=2), "dev")
    assert [one.display for one in found.short] == ["NVIDIA L4", "its share of NVIDIA L4"]
