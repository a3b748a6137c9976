"""In which zones host names lie."""

from __future__ import annotations

import pytest

from tests.support.specs import PROJECT, spec
from weighbridge.infrastructure.dns import address_zones, created_zones, plan_zones, proof_zone

POOLS = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 2}}}
PUBLIC, PRIVATE = {"domain": "example.com"}, {"domain": "example.com", "visibility": "private"}
CHILD = {"domain": "ml.example.com", "project": "other-dns"}


def zones(**named):
    return plan_zones(spec(POOLS, gateway={"dns": named}))


@pytest.mark.parametrize(
    ("named", "internal", "addresses", "proof"),
    [
        ({"a": PUBLIC}, False, ["a"], "a"),
        ({"a": PUBLIC, "b": CHILD}, False, ["b"], "b"),
        ({"a": PUBLIC, "p": PRIVATE}, False, ["a", "p"], "a"),
        ({"a": PUBLIC, "p": PRIVATE}, True, ["p"], "a"),
        ({"a": PUBLIC}, True, ["a"], "a"),
        ({"p": PRIVATE}, False, [], None),
        ({"p": PRIVATE}, True, ["p"], None),
        ({"x": {"domain": "ample.com"}}, False, [], None),
        ({"x": {"domain": "r.ml.example.com"}}, False, ["x"], "x"),
        ({}, False, [], None),
    ],
)
def test_the_nearest_zone_of_each_kind_has_the_records(named, internal, addresses, proof):
    planned, host = zones(**named), "r.ml.example.com"
    assert [zone.name for zone in address_zones(host, planned, internal=internal)] == addresses
    found = proof_zone(host, planned)
    assert (found.name if found is not None else None) == proof


def test_a_zone_is_of_this_project_unless_it_says_another_and_only_made_ones_are_claimed():
    own, other = zones(a={**PUBLIC, "origin": "create"}, b=CHILD)
    assert (own.project, own.dns_name, own.created, other.project) == (PROJECT, "example.com.", True, "other-dns")
    made = spec(POOLS, gateway={"dns": {"a": {**PUBLIC, "origin": "create"}, "b": CHILD}})
    assert list(created_zones(made)) == [f"{PROJECT}/a"]
