"""A cluster that is asked of Google Cloud instead of being described in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from weighbridge.adoption.recorded import NotAdoptable
from weighbridge.cloud_api.client import GoogleCloud, NotFound
from weighbridge.cloud_api.clusters import describe_cluster, list_clusters
from weighbridge.errors import NoVerdict
from weighbridge.pull.reading import Gathering
from weighbridge.spelling import did_you_mean

_PROJECT, _LOCATION, _NAME = (
    r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]*",
    r"[a-z]+-[a-z]+[0-9]+(?:-[a-z][a-z0-9]*)?",
    "[a-z][a-z0-9-]*",
)
_NAMED = re.compile(
    rf"(?P<project>{_PROJECT})/(?P<location>{_LOCATION})/(?P<name>{_NAME})"
    rf"|(?:.*/)?projects/(?P<project_>{_PROJECT})/(?:locations|zones)/(?P<location_>{_LOCATION})/clusters/(?P<name_>{_NAME})"
)
SHAPE = "PROJECT/LOCATION/CLUSTER"


@dataclass(frozen=True, slots=True)
class ClusterName:
    """Where a cluster is: in a region, or in a zone, of a project."""

    project: str
    location: str
    name: str


def cluster_name(given: str) -> ClusterName | None:
    """The cluster that is named by ``PROJECT/LOCATION/CLUSTER`` or by its selfLink; None: what is given is neither."""
    named = _NAMED.fullmatch(given)
    if named is None:
        return None
    return ClusterName(*(named[part] or named[f"{part}_"] for part in ("project", "location", "name")))


def ask_cluster(cloud: GoogleCloud, cluster: ClusterName) -> str:
    """Its description. Raises `NotAdoptable` where there is none such, and `Unread` with what is missing."""
    gathering = Gathering(cluster.project)
    described = gathering.read("the cluster", lambda: _described(cloud, cluster), "")
    gathering.end()
    return described


def _described(cloud: GoogleCloud, cluster: ClusterName) -> str:
    try:
        return describe_cluster(cloud, cluster.project, cluster.location, cluster.name)
    except NotFound:
        where = f"{cluster.location}/{cluster.name}"
        raise NotAdoptable(
            f"{cluster.project} has no cluster {where}.{_instead(cloud, cluster.project, where)}"
        ) from None


def _instead(cloud: GoogleCloud, project: str, where: str) -> str:
    """Which there are, where that is answered."""
    try:
        listed = list_clusters(cloud, project)
    except NoVerdict:
        return f" `gcloud container clusters list --project {project}` lists those that there are"
    mean = did_you_mean(where, listed.names)
    silent = f" ({', '.join(listed.missing)} didn't answer)" if listed.missing else ""
    return f"{mean} There are {', '.join(listed.names) or 'none'}{silent}"
