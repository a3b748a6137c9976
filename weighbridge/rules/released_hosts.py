"""Whose requests a route, an Ingress or a name in the DNS takes: host names are kept for stacks, and for endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from weighbridge.files.problem import KeyPath
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.resource_classes import api_group
from weighbridge.resources.values import Value, items, mapping, text_of
from weighbridge.rules.violation import Level, Violation
from weighbridge.spec.quota_file import QUOTA_FILE, QuotaFile, kept_hostnames
from weighbridge.spec.root import Spec

ROUTES = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute"})
"""Kinds of the Gateway API that name hosts."""

_PREFIX, _PATCH = "kubernetes:", "Patch"
_GATEWAY_GROUP, _INGRESS_GROUPS = "gateway.networking.k8s.io", ("networking.k8s.io", "extensions")
_RECORD = "gcp:dns/recordSet:RecordSet"
_NAMED: Mapping[str, str] = {
    _RECORD: "name",
    "gcp:dns/responsePolicyRule:ResponsePolicyRule": "dnsName",
    "gcp:dns/managedZone:ManagedZone": "dnsName",
    "gcp:cloudrun/domainMapping:DomainMapping": "name",
    "gcp:appengine/domainMapping:DomainMapping": "domainName",
}
"""What decides where a name of the DNS leads, and the input with that name. A zone of a host's own has its records."""

_ZONES = frozenset({"gcp:dns/managedZone:ManagedZone"})
_MAPPINGS = frozenset({"gcp:cloudrun/domainMapping:DomainMapping", "gcp:appengine/domainMapping:DomainMapping"})
_LEADING = frozenset({"A", "AAAA", "ALIAS", "CNAME", "HTTPS", "SVCB"})
_ADDRESSES = ("gcp:compute/address:Address::", "gcp:compute/globalAddress:GlobalAddress::")

_EXTERNAL_DNS = tuple(
    f"{prefix}/{name}"
    for prefix in ("external-dns.kubernetes.io", "external-dns.alpha.kubernetes.io")
    for name in ("hostname", "internal-hostname")
)
"""ExternalDNS, where it is installed, makes records by these annotations, the second prefix before its v0.22."""


def foreign_hosts(rule: str, resources: Iterable[HeldResource], quota: QuotaFile) -> Iterator[Violation]:
    """Routes, Ingresses and names in the DNS of hosts that the quota file keeps for another stack."""
    kept = kept_hostnames(quota)
    for resource in resources if kept else ():
        hosts = hosts_of(resource.type, resource.inputs) | _led(resource.type, resource.inputs)
        for host in sorted(host for host in kept if any(_takes(name, host) for name in hosts)):
            if kept[host] != resource.stack:
                message = (
                    f"the {resource.type.rpartition(':')[2]} {resource.known_as} has {host}, which belongs to "
                    f"{kept[host]} by {QUOTA_FILE}: take that host name out, or let the quota's owners take it out of "
                    f"stacks.{kept[host]}.hostnames"
                )
                yield Violation(rule, message, resource.urn, holder=resource.known_as)


def unaccepted_hosts(rule: str, resources: Iterable[HeldResource], spec: Spec, quota: QuotaFile) -> Iterator[Violation]:
    """What serves a host name of the stack's own without being an endpoint of its spec, which is what is accepted.

    Host names that the quota file keeps for the stack, of endpoints that its spec no longer has; and names in the DNS
    of those that it has, which lead elsewhere than to its Gateway.
    """
    stack = spec.environment
    level: Level = "mandatory" if spec.production else "advisory"
    served = {endpoint.hostname.lower(): name for name, endpoint in spec.endpoints.items()}
    kept = {host for host, of in kept_hostnames(quota).items() if of == stack}
    for resource in resources:
        kind = resource.type.rpartition(":")[2]
        for host in sorted(hosts_of(resource.type, resource.inputs) & kept - served.keys()):
            message = (
                f"the {kind} {resource.known_as} has {host}, which {QUOTA_FILE} keeps for {stack}, and no endpoint of "
                f"its spec has it, so nobody accepted what answers there: make it an endpoint of the spec, or let the "
                f"quota's owners take it out of stacks.{stack}.hostnames"
            )
            yield Violation(rule, message, resource.urn, level, holder=resource.known_as)
        if not _leads(resource) or _to_gateway(resource):
            continue
        for host in sorted(_led(resource.type, resource.inputs) & served.keys()):
            message = (
                f"the {kind} {resource.known_as} leads {host} past the route of {served[host]}, or nobody can tell: "
                f"let `gateway.dns` make the record, or give it the address of the Gateway, `platform.gateway.address`"
            )
            path: KeyPath = ("endpoints", served[host], "hostname")
            yield Violation(rule, message, resource.urn, level, path, resource.known_as)


def _leads(resource: HeldResource) -> bool:
    """Whether a resource that has a host's name says where requests go: a zone doesn't, nor do most records."""
    if resource.type in _ZONES:
        return False
    return resource.type != _RECORD or text_of(resource.inputs.get("type")).upper() in _LEADING


def _to_gateway(resource: HeldResource) -> bool:
    """Whether what it leads to comes from an address that the program reserves, as that of the Gateway is."""
    return resource.type not in _MAPPINGS and any(
        kind in urn for urns in resource.property_dependencies.values() for urn in urns for kind in _ADDRESSES
    )


def hosts_of(type_: str, inputs: Mapping[str, Value]) -> set[str]:
    """Whose requests a route or an Ingress takes; empty where it is none, or names none."""
    group, kind = group_and_kind(type_)
    spec = mapping(inputs.get("spec"))
    if not type_.startswith(_PREFIX):
        return set()
    if group == _GATEWAY_GROUP and kind in ROUTES:
        return {text_of(host).lower() for host in items(spec.get("hostnames"))}
    if group in _INGRESS_GROUPS and kind == "Ingress":
        return {text_of(mapping(rule).get("host")).lower() for rule in items(spec.get("rules"))}
    return set()


def _led(type_: str, inputs: Mapping[str, Value]) -> set[str]:
    """Names whose way through the DNS a resource decides; `*.` stands for all below, as does the name of an NS record.

    A name that isn't known yet is none: what is created is judged again then.
    """
    if (given := _NAMED.get(type_)) is not None:
        name = text_of(inputs.get(given)).lower().removesuffix(".")
        delegates = type_ == _RECORD and text_of(inputs.get("type")).upper() == "NS"
        return {name, f"*.{name}"} if delegates and name else {name}
    if not type_.startswith(_PREFIX):
        return set()
    annotations = mapping(mapping(inputs.get("metadata")).get("annotations"))
    names = [name for key in _EXTERNAL_DNS for name in text_of(annotations.get(key)).split(",")]
    if type_.rpartition(":")[2] == "DNSEndpoint":
        endpoints = items(mapping(inputs.get("spec")).get("endpoints"))
        names += [text_of(mapping(endpoint).get("dnsName")) for endpoint in endpoints]
    return {name.strip().lower().removesuffix(".") for name in names}


def _takes(name: str, host: str) -> bool:
    """Whether requests of a host may go by a name: its own, or one with `*.` before a domain that it lies in."""
    return name == host or (name.startswith("*.") and host.endswith(name[1:]))


def group_and_kind(type_: str) -> tuple[str, str]:
    """Of an object by its type; a patch is of the kind that it changes. Kubernetes' own group is empty."""
    api_version, _, kind = type_.removeprefix(_PREFIX).rpartition(":")
    return api_group(api_version), kind.removesuffix(_PATCH)
