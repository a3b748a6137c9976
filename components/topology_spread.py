"""Replicas apart from one another, so that one zone or one node takes not all of them with it.

Wishes, never conditions: where there is room in one place only, they run there.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_kubernetes import core, meta

from weighbridge.conventions import HOSTNAME_LABEL, ZONE_LABEL


def spread(selector: Mapping[str, str]) -> list[core.v1.TopologySpreadConstraintArgs]:
    """Over zones first, then over nodes."""
    return [_spread(selector, ZONE_LABEL), _spread(selector, HOSTNAME_LABEL)]


def _spread(selector: Mapping[str, str], topology: str) -> core.v1.TopologySpreadConstraintArgs:
    return core.v1.TopologySpreadConstraintArgs(
        max_skew=1,
        topology_key=topology,
        when_unsatisfiable="ScheduleAnyway",
        label_selector=meta.v1.LabelSelectorArgs(match_labels=dict(selector)),
    )
