"""The spec of a recorded cluster: it is joined as it is, and its pools are imported.

What a spec can't say of a pool leaves that pool out, with the reason; what the components would set otherwise, to a
replacement or new nodes, is listed under the pool's `adopted.keeps`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from weighbridge.adoption.kept import kept_settings
from weighbridge.adoption.pool_keys import NotInASpec, adopted_keys, own_taints, pool_keys
from weighbridge.adoption.recorded import NotAdoptable, RecordedCluster
from weighbridge.catalog import Catalog
from weighbridge.files.problem import FileError
from weighbridge.infrastructure.node_pool import plan_node_pool
from weighbridge.preview.changes import fact_of
from weighbridge.preview.result import Operation
from weighbridge.resources.values import Value, bare, items, mapping, text_of
from weighbridge.spec.node_pool import Kept
from weighbridge.spec.spelled import Spelled
from weighbridge.stacks.load import parse_spec

NODE_POOL = "gcp:container/nodePool:NodePool"
_REPLACES, _NEW_NODES = "setting ours would replace the pool", "setting ours would make new nodes"
_IN_PLACE = "an import changes nothing"
_ADDONS = {
    "gcs_fuse": "gcsFuseCsiDriverConfig",
    "filestore": "gcpFilestoreCsiDriverConfig",
    "lustre": "lustreCsiDriverConfig",
}
_NO_RANGE = "unnamed"
"""Of services, where GKE manages the range; a cluster that exists asks for no such name again."""


@dataclass(frozen=True, slots=True)
class AdoptedPool:
    """One pool of the spec."""

    name: str
    import_id: str
    keeps: tuple[Kept, ...]

    @property
    def reasons(self) -> tuple[tuple[str, tuple[Kept, ...]], ...]:
        """Why settings stay, as it continues "stays, as …", with those settings; the gravest first."""
        grouped: dict[str, list[Kept]] = {_REPLACES: [], _NEW_NODES: [], _IN_PLACE: []}
        for path in self.keeps:
            fact = fact_of(NODE_POOL, path)
            in_place = _NEW_NODES if fact.recreates_nodes else _IN_PLACE
            grouped[in_place if fact.effect is Operation.UPDATE else _REPLACES].append(path)
        return tuple((why, tuple(paths)) for why, paths in grouped.items() if paths)


@dataclass(frozen=True, slots=True)
class Adoption:
    """The text of the spec; its pools; and those left out, by name with why."""

    text: str
    pools: tuple[AdoptedPool, ...]
    left_out: Mapping[str, str]


def adopt(cluster: RecordedCluster, file: Path, owner: str, catalog: Catalog) -> Adoption:
    """The spec of a stack, whose name is the file's. Raises `NotAdoptable`."""
    recorded = {text_of(pool.get("name")): pool for pool in cluster.pools}
    keys: dict[str, dict[str, Spelled]] = {}
    left_out: dict[str, str] = {}
    for name, pool in recorded.items():
        try:
            keys[name] = {**pool_keys(pool, catalog), "adopted": adopted_keys(pool)}
        except NotInASpec as why:
            left_out[name] = str(why)
            continue
        taints = own_taints(pool)
        if taints:
            keys[name]["taints"] = taints
    account = _common(recorded, "serviceAccount")
    account = account if account is not None and "@" in account and not account[0].isdigit() else None
    document = _document(cluster, file.stem, owner, account, _common(recorded, "bootDiskKmsKey"))
    while keys:
        text = _text({**document, "cloud": _cloud(cluster, keys), "node_pools": {**keys}})
        try:
            spec = parse_spec(text, file, catalog)
        except FileError as error:
            wrong = _wrong_pools(error)
            left_out |= wrong
            keys = {name: of for name, of in keys.items() if name not in wrong}
            continue
        pools = []
        for name in keys:
            (plan,) = plan_node_pool(name, spec.node_pools[name], spec, catalog)
            keeps = kept_settings(recorded[name], plan, account)
            keys[name]["adopted"] = {**adopted_keys(recorded[name]), "keeps": [*keeps]}
            pools.append(AdoptedPool(name, f"{cluster.project}/{cluster.location}/{cluster.name}/{name}", keeps))
        text = _text({**document, "cloud": _cloud(cluster, keys), "node_pools": {**keys}})
        parse_spec(text, file, catalog)
        return Adoption(text, tuple(pools), left_out)
    listed = "; ".join(f"{name}: {why}" for name, why in left_out.items())
    raise NotAdoptable(f"no pool of {cluster.name} can be taken over: {listed}")


def _wrong_pools(error: FileError) -> dict[str, str]:
    """What is wrong with pools, by name. Raises `NotAdoptable` where it is wrong with something else."""
    about = [problem for problem in error.problems if problem.path[:1] == ("node_pools",) and problem.path[1:]]
    if not about:
        raise NotAdoptable("\n".join(f"{problem.location}: {problem.message}" for problem in error.problems)) from error
    return {str(problem.path[1]): f"{problem.location}: {problem.message}" for problem in about}


def _document(
    cluster: RecordedCluster, stack: str, owner: str, account: str | None, key: str | None
) -> dict[str, Spelled]:
    described = cluster.described
    network = mapping(described.get("networkConfig"))
    addresses = mapping(described.get("ipAllocationPolicy"))
    name = text_of(network.get("network") or described.get("network") or "")
    subnetwork = text_of(network.get("subnetwork") or described.get("subnetwork") or "")
    pods = text_of(addresses.get("clusterSecondaryRangeName") or "")
    if not pods:
        raise NotAdoptable(
            f"{cluster.name} is not VPC-native: its pods have no secondary range, which the spec's networks have"
        )
    project = name.split("/")[1] if name.startswith("projects/") else cluster.project
    existing: dict[str, Spelled] = {"network": name.rpartition("/")[2], "subnetwork": subnetwork.rpartition("/")[2]}
    existing |= {"pod_range": pods, "service_range": text_of(addresses.get("servicesSecondaryRangeName") or _NO_RANGE)}
    if project != cluster.project:
        existing = {"project": project, **existing}
    joined: dict[str, Spelled] = {"existing": _facts(cluster)}
    if account is not None:
        joined["node_service_account"] = account
    if key is not None:
        joined["boot_disk_key"] = key
    return {
        "version": 1,
        "environment": stack,
        "owner": owner,
        "cloud": {},
        "network": {"existing": existing},
        "cluster": joined,
    }


def _cloud(cluster: RecordedCluster, keys: Mapping[str, Mapping[str, Spelled]]) -> dict[str, Spelled]:
    zones = {text_of(zone) for zone in items(cluster.described.get("locations"))}
    for of in keys.values():
        listed = of.get("zones")
        zones |= {str(zone) for zone in listed} if isinstance(listed, list) else set()
    return {"project": cluster.project, "region": cluster.region, "zones": [*sorted(zones)]}


def _facts(cluster: RecordedCluster) -> dict[str, Spelled]:
    described = cluster.described
    network, addons = mapping(described.get("networkConfig")), mapping(described.get("addonsConfig"))
    dns = mapping(mapping(described.get("controlPlaneEndpointsConfig")).get("dnsEndpointConfig"))
    identity = mapping(described.get("workloadIdentityConfig")).get("workloadPool")
    prometheus = mapping(mapping(described.get("monitoringConfig")).get("managedPrometheusConfig"))
    facts: dict[str, Spelled] = {"name": cluster.name}
    if cluster.zone is not None:
        facts["zone"] = cluster.zone
    facts["version"] = text_of(described.get("currentMasterVersion") or described.get("initialClusterVersion") or "")
    facts |= {
        "dns_endpoint": dns.get("allowExternalTraffic") is True,
        "workload_identity": identity == f"{cluster.project}.svc.id.goog",
        "gateway_api": mapping(network.get("gatewayApiConfig")).get("channel") == "CHANNEL_STANDARD",
        "managed_prometheus": prometheus.get("enabled") is True,
        "secret_manager": mapping(described.get("secretManagerConfig")).get("enabled") is True,
        "secret_sync": mapping(described.get("secretSyncConfig")).get("enabled") is True,
        "dataplane_v2": network.get("datapathProvider") == "ADVANCED_DATAPATH",
        "multi_networking": network.get("enableMultiNetworking") is True,
        **{name: mapping(addons.get(driver)).get("enabled") is True for name, driver in _ADDONS.items()},
    }
    return facts


def _common(recorded: Mapping[str, Mapping[str, Value]], name: str) -> str | None:
    """What all pools have alike under a name of their `config`; None: they differ, or have none."""
    given = [bare(mapping(pool.get("config")).get(name)) for pool in recorded.values()]
    found = {value if isinstance(value, str) else "" for value in given}
    (first, *others) = found
    return first if first and not others else None


def _text(document: Mapping[str, Spelled]) -> str:
    written: str = yaml.safe_dump(
        dict(document), default_flow_style=None, sort_keys=False, width=110, allow_unicode=True
    )
    return written
