"""The drift monitors of an environment: one for each endpoint and pipeline that has data or runs to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version

from weighbridge.catalog import Catalog
from weighbridge.conventions import (
    APP_LABEL,
    MONITORS_NAMESPACE,
    NODE_POOL_LABEL,
    PART_OF_LABEL,
    monitor_account_id,
    monitor_name,
)
from weighbridge.drift_monitor.config import (
    MonitorConfig,
    config_json,
    config_of,
    deployed,
    with_used_thresholds,
    without_thresholds,
)
from weighbridge.drift_monitor.engine import BIGQUERY, TableAddress, address_of
from weighbridge.drift_monitor.engines import billed_project, table_paths
from weighbridge.drift_monitor.watch import MOST_FAR_IN_SLICES, MOST_VALUES
from weighbridge.infrastructure.allocatable import GPU, TPU, per_node
from weighbridge.infrastructure.bucket_access import BucketAccess, bucket_accesses
from weighbridge.infrastructure.node_kinds import machine_taints
from weighbridge.infrastructure.node_pool import plan_node_pools
from weighbridge.infrastructure.secret_access import secret_accesses
from weighbridge.spec.node_pool import Taint
from weighbridge.spec.root import Spec

PORT = 9108
SCRAPED_EVERY_SECONDS = 60
CONFIG_FILE, STATE_FOLDER = "/etc/weighbridge/monitor.json", "/state"
READER = "roles/storage.objectViewer"
TABLE_READER, DATASET_READER = "roles/bigquery.dataViewer", "roles/bigquery.metadataViewer"
QUERY_RUNNER = "roles/bigquery.jobUser"
"""BigQuery lists partitions to who may list the tables of the dataset; rows are read of the named tables only."""

RUN_AS_USER = 1000
FOLDER_LIMIT, DISK = "256Mi", "576Mi"  # of /tmp and of the state; of both with logs

WITH_DATA = ("500m", "2560Mi")
"""CPU and memory where there is data to measure: 100 columns of a million rows stay below 2 GB (`make bench`)."""

RUNS_ONLY = ("50m", "256Mi")
SERIES_OF_A_COLUMN = 24
"""At most: four methods and their noise against two baselines, missing and invalid values."""

SERIES_OF_A_SLICE = 3
"""Its rows, those that are expected, and whether its quality is reported."""

SERIES_BESIDE = 200
"""For rows, runs, quality by slice and the monitor itself."""


@dataclass(frozen=True, slots=True)
class MonitorPlan:
    """One monitor: a Deployment of one pod, its Google service account, and what it may read."""

    name: str
    subject: str
    project: str
    namespace: str
    account_id: str
    image: str
    config: str  # JSON
    digest: str
    """Changes with what the running monitor depends on, so that a pod that has read an older config is replaced."""

    buckets: tuple[BucketAccess, ...]
    tables: tuple[TableAddress, ...]
    """BigQuery's, whose rows it may read, with what their datasets say of them."""

    secrets: tuple[tuple[str, str], ...]
    """Project and name in Secret Manager of what it sends as headers."""

    billed_project: str | None
    """Where its queries run; None: it has none."""

    cpu: str
    memory: str
    most_series: int
    labels: dict[str, str]
    node_selector: dict[str, str]
    tolerations: tuple[Taint, ...]


def plan_monitors(spec: Spec, catalog: Catalog) -> tuple[MonitorPlan, ...]:
    """The monitors of a checked spec, in its order."""
    return tuple(_plans(spec, catalog))


def monitor_pool(spec: Spec, catalog: Catalog) -> str | None:
    """The pool that monitors run on: the first without accelerators, one that always has a node where there is one.

    Nodes that GKE taints, as those with Arm processors, come last: most images are of the other kind.
    """
    plain = [key for key, pool in spec.node_pools.items() if not {GPU, TPU} & set(per_node(pool, catalog))]
    tainted = [key for key in plain if machine_taints(catalog.machine_types[spec.node_pools[key].machine_type])]
    cold = [key for key in plain if (nodes := spec.node_pools[key].nodes) is None or not nodes.min]
    return min(plain, key=lambda key: (key in tainted, key in cold), default=None)


def monitor_image(spec: Spec) -> str:
    """The image, the spec's or the project's own of this version."""
    given = spec.monitoring.monitor_image if spec.monitoring is not None else None
    registry = f"{spec.cloud.region}-docker.pkg.dev/{spec.cloud.project}"
    return given or f"{registry}/weighbridge/monitor:{version('weighbridge')}"


def _plans(spec: Spec, catalog: Catalog) -> Iterator[MonitorPlan]:
    pool = monitor_pool(spec, catalog)
    nodes = next((plan for plan in plan_node_pools(spec, catalog) if plan.key == pool), None)
    for subject in (*spec.endpoints, *spec.pipelines):
        config = config_of(subject, spec)
        if config is None:
            continue
        config = deployed(config, spec)
        name = monitor_name(subject)
        cpu, memory = WITH_DATA if config.watch is not None else RUNS_ONLY
        yield MonitorPlan(
            name=name,
            subject=subject,
            project=spec.cloud.project,
            namespace=MONITORS_NAMESPACE,
            account_id=monitor_account_id(spec.environment, subject),
            image=monitor_image(spec),
            config=config_json(with_used_thresholds(config)),
            digest=sha256(config_json(without_thresholds(config)).encode()).hexdigest()[:12],
            buckets=bucket_accesses(path for path in config.paths if path.startswith("gs://")),
            tables=tuple(dict.fromkeys(replace(table, partition="") for table in _tables(config))),
            secrets=secret_accesses(config.otlp.headers.values()) if config.otlp is not None else (),
            billed_project=billed_project(config.watch),
            cpu=cpu,
            memory=memory,
            most_series=SERIES_BESIDE + SERIES_OF_A_COLUMN * len(config.columns) + _slice_series(config),
            labels={APP_LABEL: name, PART_OF_LABEL: "monitoring"},
            node_selector={NODE_POOL_LABEL: pool} if pool is not None else {},
            tolerations=nodes.tolerations if nodes is not None else (),
        )


def _tables(config: MonitorConfig) -> list[TableAddress]:
    return [address_of(path) for path in table_paths(config.watch) if path.startswith(BIGQUERY)]


def _slice_series(config: MonitorConfig) -> int:
    columns = len(config.watch.slices) if config.watch is not None else 0
    return columns * MOST_VALUES * SERIES_OF_A_SLICE + MOST_FAR_IN_SLICES if columns else 0
