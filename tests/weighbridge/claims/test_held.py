"""What the ledger counts beyond the specs: each claim once, and never less than what may come to exist."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.claim_books import L4, book, claim, peaks
from weighbridge.claims.book import DEPLOYED, Book
from weighbridge.claims.held import UnreadClaims, claimed_of, claimed_of_itself, claimed_of_others, joined_claims

AMOUNTS = st.integers(0, 12)


def others(found: Book, **by_spec: int) -> dict[str, int]:
    """What is counted beyond the specs, by holder and stack."""
    return {f"{use.stack} {use.holder}": use.amount for use in claimed_of_others(found, peaks(**by_spec)).get(L4, ())}


def itself(found: Book, own: int, holder: str | None = None) -> dict[str, int]:
    uses = claimed_of_itself(found, "dev", peaks(dev=own)["dev"], holder).get(L4, ())
    return {use.holder: use.amount for use in uses}


def test_another_stack_counts_as_the_larger_of_its_spec_and_what_is_claimed():
    assert others(book(claim("prod", "pr-1", 7)), prod=4) == {"prod pr-1": 3}
    assert others(book(claim("prod", "pr-1", 7)), prod=9) == {}
    assert others(book(claim("prod", "pr-1", 7))) == {"prod pr-1": 7}  # which has no spec here yet


def test_what_is_deployed_counts_though_its_spec_was_lowered_or_deleted():
    assert others(book(claim("prod", DEPLOYED, 7)), prod=4) == {"prod deployed": 3}
    assert others(book(claim("prod", DEPLOYED, 7))) == {"prod deployed": 7}


def test_two_that_change_one_stack_are_both_counted_beyond_what_is_deployed():
    found = book(claim("prod", DEPLOYED, 2), claim("prod", "pr-1", 6), claim("prod", "pr-2", 4))
    assert others(found, prod=2) == {"prod pr-1": 4, "prod pr-2": 2}
    assert others(found, prod=6) == {"prod pr-2": 2}  # pr-1 is merged
    assert others(found, prod=8) == {}


def test_a_claim_counts_once_beside_the_stacks_own_demand():
    assert itself(book(claim("dev", "pr-1", 6)), 6) == {}
    found = book(claim("dev", DEPLOYED, 2), claim("dev", "pr-1", 6), claim("dev", "pr-2", 4))
    assert itself(found, 6) == {"pr-2": 2}
    assert itself(found, 4) == {"pr-1": 4}
    assert itself(found, 6, "pr-1") == {"pr-2": 2}
    assert itself(found, 6, "pr-3") == {"pr-2": 2, "pr-1": 4}


def test_a_stack_that_does_not_grow_is_not_held_back_by_claims_on_it():
    found = book(claim("dev", DEPLOYED, 6), claim("dev", "pr-1", 9))
    assert (itself(found, 6), itself(found, 2), itself(found, 2, "pr-2")) == ({}, {}, {})


def test_nothing_is_shown_where_the_claims_cannot_be_told():
    assert claimed_of(UnreadClaims("no"), peaks(prod=1)) == {}
    assert claimed_of(None, peaks(prod=1)) == {}
    assert sum(use.amount for use in claimed_of(book(claim("prod", "pr-1", 3)), peaks(prod=1))[L4]) == 2


def test_both_are_joined_by_limit():
    one = claimed_of_others(book(claim("prod", "pr-1", 3)), {})
    assert [use.holder for use in joined_claims(one, one)[L4]] == ["pr-1", "pr-1"]


@given(deployed=AMOUNTS, first=AMOUNTS, second=AMOUNTS, spec=AMOUNTS)
def test_the_sum_is_exact(deployed, first, second, spec):
    """What is deployed, and all that goes beyond it, or the spec where that is more."""
    found = book(claim("prod", DEPLOYED, deployed), claim("prod", "pr-1", first), claim("prod", "pr-2", second))
    claimed = deployed + max(0, first - deployed) + max(0, second - deployed)
    assert spec + sum(others(found, prod=spec).values()) == max(spec, claimed)


@given(deployed=AMOUNTS, first=AMOUNTS, second=AMOUNTS, own=AMOUNTS)
def test_what_fitted_when_it_was_reserved_fits_when_it_is_previewed(deployed, first, second, own):
    """No holder's own preview counts more than what all have reserved together; one that reserved nothing may."""
    found = book(claim("dev", DEPLOYED, deployed), claim("dev", "pr-1", first), claim("dev", "pr-2", second))
    claimed = deployed + max(0, first - deployed) + max(0, second - deployed)
    for reserved in (first, second):
        assert reserved + sum(itself(found, reserved).values()) <= max(reserved, claimed)
    if own > deployed:
        assert own + sum(itself(found, own).values()) >= min(claimed, own + min(first, second) - deployed)
