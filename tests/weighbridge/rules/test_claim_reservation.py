"""Which claims hold, in which order, and that no order of asking takes more than there is."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.claim_books import L4, book, claim
from tests.support.quota_demand import demand_of_specs
from tests.support.specs import CATALOG, NOW, quota_file, spec
from tests.support.specs import limit as limit_of
from weighbridge.claims.book import DEPLOYED, Book, StackClaim
from weighbridge.infrastructure.node_pool import ReservationRef
from weighbridge.quota.arithmetic import Claim, QuotaKey
from weighbridge.quota.reservations import machines_key, machines_quota
from weighbridge.rules.claim_reservation import ClaimAnswer, ClaimRequest, Grounds, demand_of, line, peaks_of, reserve

AT = int(NOW.timestamp())
LASTS = timedelta(days=14)


def pool(most: int) -> dict[str, dict[str, object]]:
    """Of so many L4; without any, of another machine."""
    machine = "g2-standard-8" if most else "e2-standard-4"
    return {"serve": {"machine_type": machine, "nodes": {"min": 0, "max": most or 1}}}


def grounds(limit: int, most: dict[str, int], **more: object) -> Grounds:
    """Stacks by how many L4 they draw at most."""
    specs = {stack: spec(pool(amount), stack) for stack, amount in most.items()}
    quota = quota_file(limit_of(L4.quota_id, limit), **more)
    return Grounds(quota, specs, demand_of_specs(specs, quota), CATALOG)


def ask(found: Book, stack: str, holder: str, most: int, limit: int, **others: int) -> tuple[Book, ClaimAnswer]:
    """A pull request that makes the stack draw that much, where the others' specs are as given."""
    judged = grounds(limit, {**others, stack: most})
    return reserve(found, AT, ClaimRequest(stack, holder, "ml@example.com", judged.peaks[stack], LASTS), judged)


def test_what_fits_is_held_with_all_of_its_limits():
    found, answer = ask(book(), "dev", "pr-1", 4, 10, prod=4)
    assert answer.messages == ()
    (held,) = found.held
    assert (held.stack, held.holder, held.owner) == ("dev", "pr-1", "ml@example.com")
    assert (held.since, held.expires) == (AT, AT + 14 * 86_400)
    assert held.amounts[L4] == 4
    assert len(held.amounts) > 3


def test_two_that_fit_together_pass_in_either_order_and_a_third_does_not():
    asked = [("dev", "pr-1", 5), ("prod", "pr-2", 5)]
    for order in permutations(asked):
        found = book()
        for stack, holder, most in order:
            found, answer = ask(found, stack, holder, most, 10, **{"dev": 3, "prod": 3} | {stack: most})
            assert answer.messages == ()
        found, answer = ask(found, "staging", "pr-3", 1, 10, dev=3, prod=3)
        assert len(answer.messages) == 1
        assert "; claimed 4 (" in answer.messages[0]
        assert sorted((entry.use.holder, entry.use.amount) for entry in answer.in_the_way) == [("pr-1", 2), ("pr-2", 2)]
        assert {(entry.key, entry.owner) for entry in answer.in_the_way} == {(L4, "ml@example.com")}
        assert (answer.place, answer.still_held) == (1, False)
        assert [answer.claim] == list(found.waiting)
        assert [held.holder for held in found.waiting] == ["pr-3"]


def test_two_that_change_one_stack_are_added_up():
    found = book(claim("prod", DEPLOYED, 4))
    found, first = ask(found, "prod", "pr-1", 7, 10)
    assert first.messages == ()
    _, second = ask(found, "prod", "pr-2", 7, 9)
    assert "7 NVIDIA L4 at peak; other stacks 0; outside 0; claimed 3 (prod by pr-1 until" in second.messages[0]
    _, second = ask(found, "prod", "pr-2", 7, 10)
    assert second.messages == ()


def test_a_claim_is_judged_as_a_preview_judges_the_stack():
    stale = grounds(10, {"dev": 1}, max_age="1d")
    _, answer = reserve(book(), AT, ClaimRequest("dev", "pr-1", "", stale.peaks["dev"], LASTS), stale)
    assert "so they admit nothing" in answer.messages[0]
    shared = grounds(10, {"dev": 4}, shares={"dev": "25%"})
    _, answer = reserve(book(), AT, ClaimRequest("dev", "pr-1", "", shared.peaks["dev"], LASTS), shared)
    assert "the share of dev is 25% of 10" in answer.messages[0]
    listed = grounds(10, {"dev": 4}, stacks={"dev": {"production": True}})
    _, answer = reserve(book(), AT, ClaimRequest("dev", "pr-1", "", listed.peaks["dev"], LASTS), listed)
    assert answer.messages == (
        (
            "stacks/quota.yaml says that dev is production, and its spec no longer does. Set `production: true` in "
            "stacks/dev.yaml, or let the quota's owners change the list."
        ),
    )


def test_who_may_go_is_told_in_order_each_beside_those_before():
    found = book(waiting=(claim("dev", "pr-1", 6), claim("prod", "pr-2", 6), claim("staging", "pr-3", 4)))
    answers = list(line(found, AT, grounds(10, {"dev": 0, "prod": 0, "staging": 0})))
    assert [(answer.claim.holder, answer.place, not answer.messages) for answer in answers] == [
        ("pr-1", 1, True), ("pr-2", 2, False), ("pr-3", 3, True)]  # fmt: skip


def test_a_limit_that_this_version_does_not_know_admits_nothing():
    unknown = StackClaim.of("dev", "pr-1", "", {QuotaKey("example-ml", "us-central1", "NEW-per-project"): 1}, 1, None)
    assert [doubt.message for doubt in demand_of(unknown, CATALOG).doubts] == [
        "it claims NEW-per-project in us-central1, which this version doesn't know: upgrade it"]  # fmt: skip
    (answer,) = line(book(waiting=(unknown,)), AT, grounds(10, {"dev": 1}))
    assert "which this version doesn't know" in answer.messages[0]


def test_what_is_deployed_has_no_end():
    judged = grounds(10, {"dev": 3})
    noted = peaks_of("dev", DEPLOYED, "ml@example.com", judged.peaks["dev"], AT)
    assert (noted.stack, noted.holder, noted.owner, noted.amounts[L4]) == ("dev", DEPLOYED, "ml@example.com", 3)
    assert (noted.since, noted.expires) == (AT, None)


@settings(max_examples=40)
@given(
    asked=st.lists(
        st.tuples(st.sampled_from(["dev", "prod"]), st.sampled_from(["pr-1", "pr-2", "pr-3"]), st.integers(0, 9)),
        max_size=6,
    )
)
def test_no_order_of_asking_claims_more_than_the_limit(asked):
    """Specs on the main branch are 0 here, so that all that is held is claimed."""
    found = book()
    for stack, holder, most in asked:
        others = {other: 0 for other in ("dev", "prod") if other != stack}
        found, answer = ask(found, stack, holder, most, 10, **others)
        assert sum(held.amounts.get(L4, 0) for held in found.held) <= 10
        if not answer.messages:
            assert [held.amounts.get(L4, 0) for held in found.held if (held.stack, held.holder) == (stack, holder)] == [
                most
            ]


def test_machines_of_a_reservation_are_claimed_as_the_limit_that_they_are():
    key = machines_key(ReservationRef("block", "example-ml"), "us-central1")
    (found,) = demand_of(StackClaim.of("dev", "pr-1", "", {key: 3}, 1, None), CATALOG).claims
    assert found == Claim(key, machines_quota(key), "dev", steady=3, peak=3)
