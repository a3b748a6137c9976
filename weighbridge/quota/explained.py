"""What of a stack's draw on the limits its node pools alone don't explain, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from weighbridge.catalog import Catalog, Provisioning
from weighbridge.files.model_problems import listed
from weighbridge.quota.arithmetic import Claim, NodeGroup, accelerator_or_cpus
from weighbridge.spec.quota_file import QUOTA_FILE

OF_THE_CREATION = " default pool"
"""How names end of what GKE makes with a cluster, and Weighbridge has it take away."""

_AS_SPOT = (Provisioning.SPOT, Provisioning.FLEX_START)


def explanations(
    claims: Iterable[Claim], groups: Iterable[NodeGroup], spot_pools: Collection[str], catalog: Catalog
) -> tuple[str, ...]:
    """A sentence each, without its period: nodes that only the creation has, and spot nodes on standard limits."""
    return (*_of_the_creation(claims), *_on_standard_limits(groups, frozenset(spot_pools), catalog))


def _of_the_creation(claims: Iterable[Claim]) -> Iterator[str]:
    drawn: dict[str, list[str]] = {}
    for claim in claims:
        if claim.holder.endswith(OF_THE_CREATION) and claim.peak and not claim.steady and claim.key.in_region:
            of = claim.quota.unit if claim.peak == 1 else claim.quota.display
            drawn.setdefault(claim.holder, []).append(f"{claim.peak:,} {of}")
    for holder, parts in drawn.items():
        text = "GKE makes it with the cluster and it is taken away at once; until then it draws"
        yield f"{holder}: {text} {listed(parts)}"


def _on_standard_limits(groups: Iterable[NodeGroup], spot_pools: frozenset[str], catalog: Catalog) -> Iterator[str]:
    for group in groups:
        if group.provisioning not in _AS_SPOT:
            continue
        resource, match = accelerator_or_cpus(group)
        drawn = catalog.quota_ids(resource, match, group.provisioning, spot_pools)
        would_be = catalog.quota_ids(resource, match, group.provisioning, catalog.spot_pools)
        name = next((quota.spot_pool for quota in would_be if quota.spot_pool), None)
        if name is not None and name not in spot_pools and drawn:
            yield (
                f"{group.name}: {group.provisioning} nodes draw on the standard limit {drawn[0].display}, as "
                f"spot_pools in {QUOTA_FILE} doesn't name {name}: name it once Google has granted "
                f"{would_be[0].quota_id}"
            )
