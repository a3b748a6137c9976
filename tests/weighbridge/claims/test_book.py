"""What becomes of claims when somebody reserves, waits, deploys or releases."""

from datetime import UTC, datetime

from tests.support.claim_books import DAY, L4, SINCE, SSD, UNTIL, book, claim
from weighbridge.claims.book import DEPLOYED, holders


def test_amounts_by_limit_without_what_takes_nothing():
    assert claim("dev", "pr-1", 2, ssd=100).amounts == {L4: 2, SSD: 100}
    assert claim("dev", "pr-1", 2).amounts == {L4: 2}
    assert claim("dev", "pr-1", 2).until == datetime.fromtimestamp(UNTIL, UTC)
    assert claim("dev", DEPLOYED, 2).until is None


def test_a_new_claim_takes_the_place_of_the_holders_old_one_and_of_its_place_in_line():
    before = book(claim("dev", "pr-1", 2), claim("dev", "pr-2", 1), waiting=(claim("dev", "pr-1", 9),))
    after = before.holding(claim("dev", "pr-1", 3))
    assert [(held.holder, held.amounts[L4]) for held in after.held] == [("pr-2", 1), ("pr-1", 3)]
    assert after.waiting == ()


def test_who_waits_keeps_the_place_and_what_is_held():
    before = book(claim("dev", "pr-1", 2), waiting=(claim("dev", "pr-1", 9), claim("prod", "pr-2", 9)))
    later = claim("dev", "pr-1", 8, until=UNTIL + DAY)._replace(since=SINCE + DAY)
    after = before.in_line(later)
    assert [(waits.holder, waits.amounts[L4], waits.since) for waits in after.waiting] == [
        ("pr-1", 8, SINCE), ("pr-2", 9, SINCE)]  # fmt: skip
    assert after.waiting[0].expires == UNTIL + DAY
    assert after.held == before.held
    assert [waits.holder for waits in before.in_line(claim("dev", "pr-3", 1)).waiting] == ["pr-1", "pr-2", "pr-3"]


def test_what_is_deployed_takes_the_place_of_what_was_and_of_the_reservation():
    before = book(claim("dev", DEPLOYED, 2), claim("dev", "pr-1", 3), claim("prod", "pr-1", 5), claim("dev", "pr-2", 4))
    after = before.deployed(claim("dev", DEPLOYED, 3), "pr-1")
    assert [(held.stack, held.holder, held.amounts[L4]) for held in after.held] == [
        ("prod", "pr-1", 5), ("dev", "pr-2", 4), ("dev", DEPLOYED, 3)]  # fmt: skip


def test_a_holder_gives_up_one_stack_or_all():
    before = book(claim("dev", "pr-1", 1), claim("prod", "pr-1", 2), waiting=(claim("dev", "pr-1", 9),))
    assert [held.stack for held in before.without("dev", "pr-1").of("pr-1")] == ["prod"]
    assert before.without(None, "pr-1").of("pr-1") == ()
    assert before.without(None, "pr-2") == before


def test_what_has_expired_is_gone_and_what_is_deployed_stays():
    before = book(claim("dev", "pr-1", 1), claim("dev", DEPLOYED, 1), waiting=(claim("prod", "pr-2", 9),))
    assert before.current(UNTIL - 1) is before
    assert holders(before.current(UNTIL).held) == (DEPLOYED,)
    assert before.current(UNTIL).waiting == ()
