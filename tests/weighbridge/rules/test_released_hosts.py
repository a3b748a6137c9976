"""Who leads requests of a host name that is kept for a stack, or served by an endpoint of its spec."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.platform import platform_resources
from tests.support.specs import prod, quota_file
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.values import Unknown
from weighbridge.rules.released_hosts import foreign_hosts, group_and_kind, unaccepted_hosts

RECORD = "gcp:dns/recordSet:RecordSet"


def beside(type_: str, metadata: Any, **content: Any) -> HeldResource:
    return HeldResource(
        f"urn:pulumi:prod::p::{type_}::x", f"kubernetes:{type_}", "x", {"metadata": metadata, **content}
    )


def held(type_: str, inputs: Any, comes_from: str = "") -> HeldResource:
    came = {"rrdatas": (comes_from,)} if comes_from else {}
    return HeldResource(f"urn:pulumi:prod::p::{type_}::x", type_, "x", inputs, property_dependencies=came)


def found(*resources: HeldResource, spec: Any = None, quota: Any = None) -> list[tuple[str, str]]:
    judged = unaccepted_hosts("canary-approval", resources, spec or prod(), quota or quota_file())
    return [(violation.level, violation.message) for violation in judged]


def test_a_name_of_the_dns_that_leads_past_an_endpoint():
    record = {"name": "ranker.example.com.", "type": "A", "rrdatas": ["192.0.2.1"]}
    ((level, message),) = found(held(RECORD, record))
    assert (level, message) == (
        "mandatory",
        (
            "the RecordSet ranker.example.com. leads ranker.example.com past the route of ranker, or nobody can "
            "tell: let `gateway.dns` make the record, or give it the address of the Gateway, "
            "`platform.gateway.address`"
        ),
    )
    assert found(held(RECORD, record), spec=prod().model_copy(update={"production": False}))[0][0] == "advisory"
    for address in ("address:Address", "globalAddress:GlobalAddress"):
        assert found(held(RECORD, record, f"urn:pulumi:prod::p::gcp:compute/{address}::prod-gateway")) == []
    for free in ({"type": "TXT"}, {"name": "other.example.com."}, {"name": "*.example.com."}):
        assert found(held(RECORD, {**record, **free})) == []
    assert len(found(held(RECORD, {**record, "type": "cname"}))) == 1


@pytest.mark.parametrize(
    ("type_", "inputs", "count"),
    [
        ("gcp:cloudrun/domainMapping:DomainMapping", {"name": "ranker.example.com"}, 1),
        ("gcp:dns/responsePolicyRule:ResponsePolicyRule", {"dnsName": "ranker.example.com."}, 1),
        ("gcp:dns/managedZone:ManagedZone", {"dnsName": "ranker.example.com."}, 0),
        (
            "kubernetes:externaldns.k8s.io/v1alpha1:DNSEndpoint",
            {"spec": {"endpoints": [{"dnsName": "ranker.example.com"}]}},
            1,
        ),
    ],
)
def test_other_ways_to_lead_a_host_name_past_an_endpoint(type_, inputs, count):
    assert len(found(held(type_, inputs))) == count


def test_a_host_name_that_is_kept_for_a_stack_and_no_endpoint_of_its_spec_has():
    quota = quota_file(stacks={"prod": {"hostnames": ["old.example.com", "ranker.example.com"]}})
    route = beside("gateway.networking.k8s.io/v1:HTTPRoute", {"name": "x"}, spec={"hostnames": ["old.example.com"]})
    assert found(route, quota=quota) == [
        (
            "mandatory",
            (
                "the HTTPRoute x has old.example.com, which stacks/quota.yaml keeps for prod, and no endpoint of "
                "its spec has it, so nobody accepted what answers there: make it an endpoint of the spec, or let "
                "the quota's owners take it out of stacks.prod.hostnames"
            ),
        )
    ]
    assert found(route) == []
    others = quota_file(stacks={"dev": {"hostnames": ["old.example.com"]}, "prod": {}})
    assert found(route, quota=others) == []  # which is not this stack's to accept: see `foreign_hosts`
    without = prod().model_copy(update={"endpoints": {}})
    route = beside("networking.k8s.io/v1:Ingress", {"name": "x"}, spec={"rules": [{"host": "Ranker.example.com"}]})
    assert len(found(route, spec=without, quota=quota)) == 1
    assert found(route, quota=quota) == []  # the endpoint has it, and `released_objects` says so


@pytest.mark.parametrize(
    ("type_", "key"),
    [("gcp:cloudrun/domainMapping:DomainMapping", "name"), ("gcp:appengine/domainMapping:DomainMapping", "domainName")],
)
def test_a_mapping_leads_elsewhere_whatever_address_it_names(type_, key):
    address = "urn:pulumi:prod::p::gcp:compute/globalAddress:GlobalAddress::prod-gateway"
    assert len(found(held(type_, {key: "ranker.example.com"}, address))) == 1


def test_what_the_components_make_leads_to_their_own_gateway():
    dns = "gateway: {dns: {ours: {domain: example.com, origin: existing}}}"
    spec = prod(("endpoints:\n  ranker:", f"{dns}\n\nendpoints:\n  ranker:"))
    resources = platform_resources(spec)
    assert [resource.inputs["name"] for resource in resources if resource.type == RECORD]
    assert found(*resources, spec=spec) == []


def test_the_group_and_the_kind_of_an_object():
    types = {"core/v1:PodPatch": ("", "Pod"), "v1:Pod": ("", "Pod"), "apps/v1:Deployment": ("apps", "Deployment")}
    assert {type_: group_and_kind(f"kubernetes:{type_}") for type_ in types} == types


def test_a_host_name_of_another_stack_is_no_program_s_to_route():
    quota = quota_file(stacks={"dev": {"hostnames": ["ranker.example.com"]}, "prod": {}})
    kinds = {"gateway.networking.k8s.io/v1:HTTPRoute": {"hostnames": ["ranker.example.com"]},
             "networking.k8s.io/v1:Ingress": {"rules": [{"host": "ranker.example.com"}]}}  # fmt: skip
    for type_, spec in kinds.items():
        (refused,) = foreign_hosts("canary-approval", [beside(type_, {"name": "x"}, spec=spec)], quota)
        assert refused.message == (
            f"the {type_.rpartition(':')[2]} x has ranker.example.com, which belongs to dev by stacks/quota.yaml: take "
            "that host name out, or let the quota's owners take it out of stacks.dev.hostnames"
        )
        assert refused.level == "mandatory"
    own = quota_file(stacks={"prod": {"hostnames": ["ranker.example.com"]}})
    assert list(foreign_hosts("canary-approval", [beside(type_, {"name": "x"}, spec=spec)], own)) == []


@pytest.mark.parametrize(
    ("name", "more", "refused"),
    [
        ("ranker.example.com.", {"type": "A"}, True),
        ("Ranker.example.com.", {"type": "CNAME"}, True),
        ("*.example.com.", {"type": "A"}, True),
        ("example.com.", {"type": "NS"}, True),
        ("other.example.com.", {"type": "A"}, False),
        ("example.com.", {"type": "A"}, False),
        ("*.ranker.example.com.", {"type": "A"}, False),
        ("ker.example.com.", {"type": "NS"}, False),
        (Unknown(), {"type": "NS"}, False),
    ],
)
def test_a_dns_record_that_leads_a_host_name_kept_for_another_stack(name, more, refused):
    quota, type_ = quota_file(stacks={"dev": {"hostnames": ["ranker.example.com"]}}), "gcp:dns/recordSet:RecordSet"
    record = HeldResource(f"urn:pulumi:prod::p::{type_}::mine", type_, "mine", {"name": name, **more})
    message = (
        f"the RecordSet {name} has ranker.example.com, which belongs to dev by stacks/quota.yaml: take that host name "
        "out, or let the quota's owners take it out of stacks.dev.hostnames"
    )
    found = [violation.message for violation in foreign_hosts("canary-approval", [record], quota)]
    assert found == ([message] if refused else [])


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("gcp:dns/responsePolicyRule:ResponsePolicyRule", {"dnsName": "ranker.example.com."}),
        ("gcp:dns/responsePolicyRule:ResponsePolicyRule", {"dnsName": "*.example.com."}),
        ("gcp:dns/managedZone:ManagedZone", {"dnsName": "ranker.example.com."}),
        ("gcp:cloudrun/domainMapping:DomainMapping", {"name": "ranker.example.com"}),
        ("gcp:appengine/domainMapping:DomainMapping", {"domainName": "ranker.example.com"}),
        *(
            (
                "kubernetes:core/v1:Service",
                {"metadata": {"annotations": {f"external-dns.{prefix}/{name}": "a.b, Ranker.example.com."}}},
            )
            for prefix in ("kubernetes.io", "alpha.kubernetes.io")
            for name in ("hostname", "internal-hostname")
        ),
        (
            "kubernetes:externaldns.k8s.io/v1alpha1:DNSEndpoint",
            {"spec": {"endpoints": [{"dnsName": "ranker.example.com"}]}},
        ),
    ],
)
def test_other_ways_to_lead_a_host_name_of_another_stack(type_, inputs):
    held = HeldResource(f"urn:pulumi:prod::p::{type_}::mine", type_, "mine", inputs)
    for stack, count in (("dev", 1), ("prod", 0)):
        quota = quota_file(stacks={stack: {"hostnames": ["ranker.example.com"]}})
        assert len(list(foreign_hosts("canary-approval", [held], quota))) == count
    parent = replace(held, inputs={"dnsName": "example.com."})
    assert (
        list(foreign_hosts("canary-approval", [parent], quota_file(stacks={"dev": {"hostnames": ["a.example.com"]}})))
        == []
    )


def test_what_is_fine_hides_nothing_that_comes_after_it():
    record = {"name": "ranker.example.com.", "type": "A"}
    bad = held(RECORD, record)
    text, to_gateway = (
        held(RECORD, {**record, "type": "TXT"}),
        held(RECORD, record, "x::gcp:compute/address:Address::x"),
    )
    zone = held("gcp:dns/managedZone:ManagedZone", {"dnsName": "ranker.example.com."})
    assert found(text, to_gateway, zone, bad) == found(bad)
    own = beside("gateway.networking.k8s.io/v1:HTTPRoute", {"name": "x"}, spec={"hostnames": ["ranker.example.com"]})
    quota = quota_file(
        stacks={"prod": {"hostnames": ["ranker.example.com"]}, "dev": {"hostnames": ["dev.example.com"]}}
    )
    of_dev = beside("gateway.networking.k8s.io/v1:HTTPRoute", {"name": "x"}, spec={"hostnames": ["dev.example.com"]})
    assert len(list(foreign_hosts("canary-approval", [own, text, of_dev], quota))) == 1
