"""What stays in the cloud when Pulumi lets go of it, so that from then on no stack counts it."""

from __future__ import annotations

from weighbridge.quota.holders_node_pool import TYPE as NODE_POOL
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.resources.inputs import CannotJudge

STAYS = "leaves it in the cloud once it is deleted or replaced, where no stack counts it"

_ABANDON = "ABANDON"
_DELETES = ("DELETE", "PREVENT")
"""What a `deletionPolicy` of the gcp provider may be besides: it deletes, or refuses to. The first is its default."""


def why_abandoned(resource: HeldResource, around: Surroundings) -> str | None:
    """Why a resource outlives its stack, and what to do; None where it goes. Raises `CannotJudge`."""
    policy = resource.read.text("deletionPolicy") if resource.type.startswith("gcp:") else None
    if policy == _ABANDON:
        return f'deletionPolicy "{_ABANDON}" {STAYS}: leave it out, or set "{_DELETES[0]}"'
    if policy is not None and policy not in _DELETES:
        raise CannotJudge(f"deletionPolicy {policy[:200]!r} is unknown: use one of {', '.join(_DELETES)}")
    if resource.options.retain_on_delete:
        return f"retainOnDelete {STAYS}: take the option away"
    with_ = resource.options.deleted_with
    if with_ is not None:
        cluster = around.cluster_of(resource) if resource.type == NODE_POOL else None
        if cluster is None or cluster.urn != with_:  # only a cluster takes its own node pools along
            return (
                f"deletedWith {with_.rpartition('::')[2]} {STAYS}, as Pulumi then deletes nothing itself: take the "
                "option away; only a node pool may name its own cluster"
            )
    return None
