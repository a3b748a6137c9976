"""A cluster as GKE's API describes it: ``gcloud container clusters describe CLUSTER --format json``.

The names are those of `Cluster` and `NodePool` in the API's v1 (container.googleapis.com, discovery document); what a
cluster doesn't use, the API leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from weighbridge.errors import WrongInput
from weighbridge.files.json_text import NotJson, parse_json
from weighbridge.resources.values import Value, items, mapping, text_of

_LINK = re.compile(r"projects/(?P<project>[^/]+)/(?:locations|zones)/(?P<location>[^/]+)/clusters/(?P<name>[^/]+)$")
_ZONE = re.compile(r"(?P<region>[a-z]+-[a-z]+[0-9]+)-[a-z]")


class NotAdoptable(WrongInput):
    """What was given is no cluster whose pools can be taken over; one sentence says why, and what to do."""


@dataclass(frozen=True, slots=True)
class RecordedCluster:
    """One cluster and its pools."""

    project: str
    location: str
    name: str
    described: Mapping[str, Value]
    pools: tuple[Mapping[str, Value], ...]

    @property
    def region(self) -> str:
        """Of a zonal cluster, its zone's."""
        zonal = _ZONE.fullmatch(self.location)
        return zonal["region"] if zonal is not None else self.location

    @property
    def zone(self) -> str | None:
        """Of a zonal cluster; None: it is regional."""
        return self.location if _ZONE.fullmatch(self.location) is not None else None


def read_cluster(
    text: str, pools: str | None = None, *, file: str = "the description of the cluster", pools_file: str = "--pools"
) -> RecordedCluster:
    """The cluster in a description; `pools`: a list of its pools from elsewhere. Raises `NotAdoptable`.

    `file` and `pools_file` are where they are from.
    """
    described = mapping(_json(text, file, "clusters describe CLUSTER"))
    link = _LINK.search(text_of(described.get("selfLink")))
    if link is None:
        raise NotAdoptable(
            "this is no description of a GKE cluster, which has a selfLink: write one with `gcloud container clusters "
            "describe CLUSTER --location LOCATION --format json`"
        )
    name = link["name"]
    if mapping(described.get("autopilot")).get("enabled") is True:
        raise NotAdoptable(f"{name} is an Autopilot cluster, whose nodes are Google's: there are no pools to take over")
    if described.get("status") == "STOPPING":
        raise NotAdoptable(f"{name} is being deleted")
    listed = (
        described.get("nodePools") if pools is None else _json(pools, pools_file, "node-pools list --cluster CLUSTER")
    )
    found = tuple(mapping(pool) for pool in items(listed))
    if not found:
        raise NotAdoptable(
            f"{name} has no node pools here: give them with `gcloud container node-pools list --cluster {name} "
            f"--location {link['location']} --format json` and --pools"
        )
    return RecordedCluster(link["project"], link["location"], name, described, found)


def _json(text: str, where: str, command: str) -> Value:
    try:
        return cast("Value", parse_json(text, where))  # all that JSON has, a value may be
    except NotJson as error:
        raise NotAdoptable(f"{error}. Write it again: gcloud container {command} --format json") from error
