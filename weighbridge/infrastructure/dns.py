"""Records of an environment's host names in Cloud DNS: in which zones each one lies, and which zones are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from weighbridge.spec.root import Spec


@dataclass(frozen=True, slots=True)
class DnsZonePlan:
    """A managed zone; `dns_name` ends with a dot."""

    name: str
    project: str
    dns_name: str
    created: bool
    private: bool

    def has(self, hostname: str) -> bool:
        """Whether a host name lies in it."""
        return f".{hostname}.".endswith(f".{self.dns_name}")


def plan_zones(spec: Spec) -> tuple[DnsZonePlan, ...]:
    """The zones that a spec names, in its order."""
    return tuple(
        DnsZonePlan(
            name=name,
            project=zone.project or spec.cloud.project,
            dns_name=f"{zone.domain}.",
            created=zone.origin == "create",
            private=zone.visibility == "private",
        )
        for name, zone in spec.gateway.dns.items()
    )


def address_zones(hostname: str, zones: Iterable[DnsZonePlan], *, internal: bool) -> tuple[DnsZonePlan, ...]:
    """Where a host name's address is written; empty: nowhere.

    An internal gateway's in the private zone, else in the public one. Another gateway's in both: a private zone hides
    the public one of the same domain from its networks.
    """
    public, private = (_nearest(hostname, zones, private=private) for private in (False, True))
    if internal and private is not None:
        return (private,)
    if public is None:
        return ()
    return (public,) if private is None else (public, private)


def proof_zone(hostname: str, zones: Iterable[DnsZonePlan]) -> DnsZonePlan | None:
    """Where Google looks for the proof of a certificate: in public DNS."""
    return _nearest(hostname, zones, private=False)


def created_zones(spec: Spec) -> Iterator[str]:
    """Zones that a stack makes, as ``project/name``."""
    return (f"{zone.project}/{zone.name}" for zone in plan_zones(spec) if zone.created)


def _nearest(hostname: str, zones: Iterable[DnsZonePlan], *, private: bool) -> DnsZonePlan | None:
    """The smallest zone that it lies in: the one that resolvers are led to."""
    having = [zone for zone in zones if zone.private is private and zone.has(hostname)]
    return max(having, key=lambda zone: len(zone.dns_name), default=None)
