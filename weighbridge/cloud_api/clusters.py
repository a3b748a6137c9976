"""Kubernetes Engine's clusters: one as GKE describes it, and which there are. GKE's API lists both without pages."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ConfigDict

from weighbridge.cloud_api.client import Api, ApiAnswer, ApiCall, GoogleCloud, ListPage


class _Described(ApiAnswer):
    """A `Cluster` with all that it has: what of it matters is not for who asks to say."""

    model_config = ConfigDict(extra="allow")


class _ListedCluster(ApiAnswer):
    name: str
    location: str = ""


class _Clusters(ListPage):
    clusters: tuple[_ListedCluster, ...] = ()
    missing_zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListedClusters:
    """Clusters of a project as ``LOCATION/NAME``, in order; and zones that did not answer, whose clusters may lack."""

    names: tuple[str, ...]
    missing: tuple[str, ...]


def describe_cluster(cloud: GoogleCloud, project: str, location: str, name: str) -> str:
    """The cluster with its node pools as JSON, which is what ``gcloud … --format json`` prints."""
    path = f"v1/projects/{project}/locations/{location}/clusters/{name}"
    return cloud.ask(ApiCall(Api.CONTAINER, path, "container.clusters.get"), _Described).model_dump_json()


def list_clusters(cloud: GoogleCloud, project: str) -> ListedClusters:
    """All that the project has, in all regions and zones."""
    call = ApiCall(Api.CONTAINER, f"v1/projects/{project}/locations/-/clusters", "container.clusters.list")
    names: set[str] = set()
    missing: set[str] = set()
    for page in cloud.pages(call, _Clusters):
        names |= {f"{cluster.location}/{cluster.name}" for cluster in page.clusters}
        missing |= {*page.missing_zones}
    return ListedClusters(tuple(sorted(names)), tuple(sorted(missing)))
