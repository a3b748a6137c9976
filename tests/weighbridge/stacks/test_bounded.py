"""A wrong spec of another stack: its demand has a bound, or nobody can tell; the bound is never below what it draws."""

from __future__ import annotations

import pytest

from tests.support.specs import CATALOG, PROD_FILE, prod, prod_text, quota_file
from weighbridge.files.problem import FileError
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.demand import spec_demand
from weighbridge.stacks.bounded import bounded, owner_of
from weighbridge.stacks.load import parse_spec

MONITORING = "    ticket: {email: ml-platform@example.com}"


def bound_of(*changes, text=None):
    text = prod_text(*changes) if text is None else text
    with pytest.raises(FileError) as refused:
        parse_spec(text, PROD_FILE, CATALOG)
    return bounded(text, "prod", refused.value.problems, CATALOG)


def peaks(spec):
    demand = spec_demand(spec, quota_file(), CATALOG)
    assert not demand.doubts
    found: dict[QuotaKey, int] = {}
    for claim in demand.claims:
        found[claim.key] = found.get(claim.key, 0) + claim.peak
    return found


@pytest.mark.parametrize(
    "change",
    [
        ("owner: ml-platform@example.com\n\ncloud", "owner: nobody\n\ncloud"),
        (MONITORING, "    tiket: {email: ml-platform@example.com}"),
        ("budget: {monthly_usd: 42000}", "budjet: {monthly_usd: 42000}"),
        ("budget: {monthly_usd: 42000}", "budget: {monthly_usd: 0}"),
        ("    stable: v7", "    stable: v6"),
        ("hostname: ranker.example.com", "hostnam: ranker.example.com"),
        ("    node_pool: serve-l4\n    hostname", "    node_pool: serve-l5\n    hostname"),
        ("    kind: data\n", "    kind: dta\n"),
        ("production: true ", "production: maybe "),
        ("budget: {monthly_usd: 42000}", "budget: {monthly_usd: 42000}\ngateway: {reach: everywhere}"),
        ("environment: prod", "environment: prd"),
    ],
)
def test_what_is_wrong_elsewhere_leaves_the_demand_as_it_is(change):
    assert peaks(bound_of(change)) == peaks(prod())


@pytest.mark.parametrize(
    "change",
    [
        ("version: 1\n", "version: 2\n"),
        ("max: 4}              # in", "max: four}              # in"),
        ("machine_type: g2-standard-8", "machin_type: g2-standard-8"),
        ("machine_type: g2-standard-8", "machine_type: g2-standard-9"),
        ("node_pools:\n", "node_pool:\n"),
        ("  region: us-central1", "  region: us-central9"),
        ("  release_channel: regular", "  release_chanel: regular"),
        ("budget: {monthly_usd: 42000}", "clustr: {auto_provisioning: {cpu: 400, memory: 1Ti}}"),
        ("budget: {monthly_usd: 42000}", "whatever: 1"),
        ("budget: {monthly_usd: 42000}", "pipelins: {big: {machine_type: a3-highgpu-8g, nodes: {min: 0, max: 9}}}"),
        ("  features:\n    machine_type", "pipelines:\n  features:\n    machine_type"),  # a pool, by one line too many
        ("  serve-l4:\n", "serve-l4:\n"),
        ("owner: ml-platform", "\towner: ml-platform"),
    ],
)
def test_what_may_be_demand_leaves_no_bound(change):
    assert bound_of(change) is None


def test_a_gateway_that_cannot_be_read_is_one_with_an_address():
    inside = ("budget: {monthly_usd: 42000}", "gateway: {reach: internal}")
    wrong = ("budget: {monthly_usd: 42000}", "gateway: {reach: internall}")
    more = {key.quota_id for key, peak in peaks(bound_of(wrong)).items() if peak > peaks(prod(inside)).get(key, 0)}
    assert more == {"IN-USE-ADDRESSES-per-project-region"}


@pytest.mark.parametrize("text", ["", "[]", "prod", "a: {", "node_pools: {}"])
def test_what_is_no_spec_at_all_has_no_bound(text):
    assert bound_of(text=text) is None


@pytest.mark.parametrize(
    ("text", "owner"),
    [("owner: a@example.com\nx: [1]", "a@example.com"), ("owner: nobody", None), ("[]", None), ("a: {", None)],
)
def test_who_answers_for_a_wrong_spec(text, owner):
    assert owner_of(text) == owner
