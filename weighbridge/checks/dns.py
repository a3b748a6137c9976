"""What is wrong with the zones of Cloud DNS that get the records of host names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from weighbridge.catalog import Catalog
from weighbridge.files.model_problems import listed
from weighbridge.files.problem import Problem
from weighbridge.infrastructure.dns import address_zones, plan_zones
from weighbridge.spec.root import Spec


def check_dns(spec: Spec, _: Catalog) -> Iterator[Problem]:
    """Everything that is wrong with `gateway.dns`, and host names that lie in none of its zones."""
    seen: dict[tuple[str, str], str] = {}
    for name, zone in spec.gateway.dns.items():
        first = seen.setdefault((zone.domain, zone.visibility), name)
        if first != name:
            message = f"{first} is the {zone.visibility} zone of {zone.domain} already: remove one of the two"
            yield Problem(("gateway", "dns", name), message, on_key=True)
        if zone.origin == "create" and zone.project not in (None, spec.cloud.project):
            message = f"a zone is created in this stack's project, {spec.cloud.project}: remove this"
            yield Problem(("gateway", "dns", name, "project"), message)
    zones, internal = plan_zones(spec), spec.gateway.reach == "internal"
    for name, endpoint in spec.endpoints.items() if zones else ():
        if address_zones(endpoint.hostname, zones, internal=internal):
            continue
        domains = listed(sorted({zone.dns_name.rstrip(".") for zone in zones}))
        if any(zone.has(endpoint.hostname) for zone in zones):
            message = (
                f"{endpoint.hostname} lies in a private zone alone, and who calls a {spec.gateway.reach} gateway asks "
                "public DNS: name a public zone under `gateway.dns` as well, or choose `reach: internal`"
            )
        else:
            message = (
                f"{endpoint.hostname} lies in no zone of `gateway.dns` ({domains}): add its zone there, or choose "
                "another host name"
            )
        yield Problem(("endpoints", name, "hostname"), message)


def check_created_zones(stack: str, zones: Iterable[str], taken: dict[str, str]) -> Iterator[Problem]:
    """Zones that another stack makes too; `taken` says whose each is, and is added to."""
    for zone in zones:
        holder = taken.setdefault(zone, stack)
        if holder != stack:
            name = zone.rpartition("/")[2]
            message = f"{holder} creates this zone: say `origin: existing` here"
            yield Problem(("gateway", "dns", name, "origin"), message)
