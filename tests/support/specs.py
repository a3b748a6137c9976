"""Good specs, quota files and endpoints, each with what a test changes of it; and strategies of valid specs.

A test of pools, quota or names takes the small `spec`; a test of what a whole platform does takes `prod`, the example
that everyone can read, with places of its text changed; `full` has in addition every server and every signal.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.support.paths import ROOT, STACKS
from weighbridge.catalog import load as load_catalog
from weighbridge.files.problem import FileError
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.quota_file import HeldReservation, QuotaFile
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_spec, read_spec

PROJECT, REGION = "example-ml", "us-central1"
ZONES = ["us-central1-a", "us-central1-b", "us-central1-c"]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CATALOG = load_catalog()
PROD_FILE = Path("stacks/prod.yaml")  # as messages name it
STEPS = ["1%", "10%", "50%", "100%"]

TICKET = "    ticket: {email: ml-platform@example.com}"
LABELLED = (
    "quality: {metric: accuracy, baseline: 0.9, labels: "
    "{source: gs://example-ml-data/labels/, key: [id], label: clicked, prediction: score, wait: 2d},"
)
ENDPOINTS = """
  chat:
    node_pool: serve-l4
    hostname: chat.example.com
    server: vllm
    slo: {availability: 99.5%, latency_p99: 20s}
    versions:
      v1: {image: us-docker.pkg.dev/p/s/vllm:0.9, model: gs://example-ml-models/chat/v1, replicas: {min: 1, max: 1}, gpu: 1}
    stable: v1
  tagger:
    node_pool: features
    hostname: tagger.example.com
    server: tf-serving
    slo: {availability: 99%, latency_p99: 1s}
    watch:
      baseline: gs://example-ml-data/tagger/baseline.parquet
      window: gs://example-ml-data/tagger/latest/
      model_since: 2026-11-01T00:00:00Z
      format: openai
      features: [model]
      quality: {metric: ctr, report: gs://example-ml-data/tagger-quality/, baseline: 0.1, better: higher, proxy: true}
    versions:
      v1: {image: us-docker.pkg.dev/p/s/tf:2.19, model: gs://example-ml-models/tagger/v1, replicas: {min: 1, max: 1}, cpu: 2}
    stable: v1
  embed:
    node_pool: tpu
    hostname: embed.example.com
    server: vllm-tpu
    slo: {availability: 99%, latency_p99: 5s}
    versions:
      v1: {image: us-docker.pkg.dev/p/s/vllm-tpu:0.9, model: gs://example-ml-models/embed/v1, replicas: {min: 1, max: 1}, tpu: 4}
    stable: v1
  rules:
    node_pool: features
    hostname: rules.example.com
    server: custom
    custom: {port: 8080, health_path: /healthz, requests: rules_total, errors: rules_failed_total, latency_seconds: rules_seconds}
    slo: {availability: 99%, latency_p99: 100ms}
    versions:
      v1: {image: us-docker.pkg.dev/p/s/rules:1.0, model: gs://example-ml-models/rules/v1, replicas: {min: 1, max: 1}, cpu: 1}
    stable: v1
"""  # noqa: E501 - a spec

TPU_POOL = """
  tpu:
    machine_type: ct5lp-hightpu-4t
    nodes: {min: 0, max: 1}
"""


def spec(node_pools: dict[str, Any], environment: str = "dev", zones: int = 1, **keys: Any) -> Spec:
    """The smallest good spec of these node pools, with keys of its top level added or changed."""
    return Spec.model_validate(
        {
            "version": 1,
            "environment": environment,
            "owner": "ml@example.com",
            "cloud": {"project": PROJECT, "region": REGION, "zones": ZONES[:zones]},
            "node_pools": node_pools,
            **keys,
        }
    )


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A text with the first occurrence of each old part replaced; an old part that is not in it fails the test."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def prod_text(*changes: tuple[str, str]) -> str:
    return changed((ROOT / PROD_FILE).read_text(encoding="utf-8"), *changes)


def prod(*changes: tuple[str, str]) -> Spec:
    """Production with changes of its text."""
    return parse_spec(prod_text(*changes), PROD_FILE)


def full() -> Spec:
    """Production with further endpoints, Kueue and a heartbeat: every signal that isn't about quota."""
    return prod(
        ("\nmonitoring:\n", f"{ENDPOINTS}\nmonitoring:\n"),
        ("\npipelines:\n", f"{TPU_POOL}\npipelines:\n"),
        ("cluster:\n", "cluster:\n  kueue: true\n"),
        ("      labels: [clicked]", "      labels: [clicked]\n      slices: [country]"),
        ("      predictions: [score]", "      predictions: [score]\n      slices: [country]"),
        (
            "      window: gs://example-ml-data/ranker-tests/latest/",
            "      window: gs://example-ml-data/ranker-tests/latest/\n      slices: [country]",
        ),
        ("quality: {metric: ndcg_at_10, report: gs://example-ml-data/ranker-quality/, baseline: 0.412,", LABELLED),
        (TICKET, f"{TICKET}\n    heartbeat: {{pubsub_topic: projects/example-ml/topics/heartbeat}}"),
    )


def varied() -> Spec:
    """Production whose alerts and charts have forms that the full spec's have not.

    Texts, vectors and phrases of refusals are watched, windows are tables, a version sleeps until something waits, and
    two channels are paged.
    """
    return prod(
        ("cluster:\n", "cluster:\n  operators: {keda: installed}\n"),
        (
            "    server: triton\n",
            (
                "    server: triton\n    scale_on: {queue: {subscription: projects/example-ml/subscriptions/clicks},"
                " per_replica: 9}\n"
            ),
        ),
        ("replicas: {min: 2, max: 4}", "replicas: {min: 0, max: 4}"),
        (
            "      predictions: [score]",
            (
                "      predictions: [score, answer, vector]\n      texts: [answer]\n      refusals: [no comment]\n"
                "      embeddings: [vector]"
            ),
        ),
        (
            (
                "      baseline: gs://example-ml-data/click-features/baseline.parquet\n"
                "      window: gs://example-ml-data/click-features/latest/\n"
            ),
            "      baseline: bq://example-ml.clicks.sample\n      window: bq://example-ml.clicks.days\n",
        ),
        (
            "    page: {pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}",
            (
                "    page:\n"
                "      - {pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}\n"
                "      - {google_chat_space: spaces/AAAA}"
            ),
        ),
    )


def everything() -> tuple[Spec, ...]:
    """The specs of the project, and the full one."""
    return (*(read_spec(STACKS / f"{name}.yaml") for name in ("dev", "staging", "prod")), full())


def messages(text: str, file: Path = PROD_FILE) -> list[str]:
    """What is wrong with the text of a spec, a line each."""
    try:
        parse_spec(text, file)
    except FileError as error:
        return error.lines()
    return []


def version(least: int, most: int) -> dict[str, Any]:
    return {
        "image": "us-docker.pkg.dev/example-ml/serving/triton:25.09",
        "model": "gs://example-ml-models/ranker/v8",
        "replicas": {"min": least, "max": most},
        "gpu": 1,
    }


def endpoint(
    rollout: dict[str, Any] | str | None, stable: tuple[int, int] = (6, 8), new: tuple[int, int] = (1, 4), **keys: Any
) -> Endpoint:
    """A good endpoint of v7 and v8; keys of its rollout, its replicas (least, most) and further keys changed."""
    if isinstance(rollout, dict):
        rollout = {"candidate": "v8", "steps": STEPS, "bake": "24h", "at": "0%", **rollout}
    return Endpoint.model_validate(
        {
            "node_pool": "serve", "hostname": "ranker.example.com", "server": "triton", "stable": "v7",
            "versions": {"v7": version(*stable), "v8": version(*new)}, "rollout": rollout, **keys,
        }
    )  # fmt: skip


def limit(quota: str, amount: int, region: str = REGION, **dimensions: str) -> dict[str, Any]:
    return {"quota": quota, "region": region, "limit": amount, "dimensions": dimensions}


def quota_file(*limits: dict[str, Any], **more: Any) -> QuotaFile:
    """Ample limits, less those given: a test names only the one that it is about."""
    named = {(entry["quota"], tuple(sorted(entry["dimensions"].items()))) for entry in limits}
    ample = [
        limit(quota_id, 1_000_000, REGION if quota.scope == "region" else "global", **dict(quota.dimensions))
        for (quota_id, dimensions), quota in CATALOG._by_key.items()
        if (quota_id, dimensions) not in named and quota.scope != "zone"
    ]
    return QuotaFile.model_validate(
        {"version": 1, "project": PROJECT, "pulled_at": "2026-11-20T08:00:00Z", "limits": [*limits, *ample], **more}
    )


def holding(quota: QuotaFile, *stacks: Spec, count: int = 1_000_000) -> QuotaFile:
    """The quota file with every reservation that these specs name, in all zones where they do."""
    entries = [
        {
            "name": pool.reservation.name, "zone": zone, "machine_type": pool.machine_type, "count": count,
            "gpu": pool.gpu.model_dump() if pool.gpu else None, "owner": "ml@example.com",
            "local_ssd": pool.local_ssd.disks if pool.local_ssd else 0,
        }
        for stack in stacks
        for pool in stack.node_pools.values()
        if pool.reservation is not None
        for zone in pool.zones or stack.cloud.zones
    ]  # fmt: skip
    unique = {(entry["name"], entry["zone"]): HeldReservation.model_validate(entry) for entry in entries}
    return quota.model_copy(update={"reservations": tuple(unique.values())})


def _provisioning(machine: str) -> st.SearchStrategy[str]:
    return st.sampled_from(
        ["standard", "spot", "flex-start", "queued"] if not machine.startswith("e2") else ["standard", "spot"]
    )


@st.composite
def node_pools(draw: st.DrawFn, zones: int) -> dict[str, Any]:
    machine = draw(
        st.sampled_from(
            ["e2-standard-4", "n2-standard-16", "g2-standard-8", "a2-highgpu-4g", "a3-highgpu-8g", "n1-standard-8",
             "ct5lp-hightpu-4t", "a2-ultragpu-1g", "c4-standard-8"]
        )
    )  # fmt: skip
    pool: dict[str, Any] = {"machine_type": machine}
    if machine.startswith("ct5lp") and draw(st.booleans()):
        pool |= {"tpu_topology": "4x4", "slices": {"min": 0, "max": draw(st.integers(1, 4))}}
    else:
        bounds = {"min": draw(st.integers(0, 3)), "max": draw(st.integers(3, 40))}
        pool[draw(st.sampled_from(["nodes", "nodes_per_zone"]))] = bounds
        if draw(st.booleans()):
            pool["zones"] = ZONES[: draw(st.integers(1, zones))]
    if machine.startswith("n1") and draw(st.booleans()):
        pool["gpu"] = {"type": "nvidia-tesla-t4", "count": draw(st.sampled_from([1, 2, 4]))}
    pool["provisioning"] = draw(_provisioning(machine))
    if pool["provisioning"] == "standard" and draw(st.booleans()):
        pool |= {"provisioning": "reservation", "reservation": {"name": "block-a"}}
    if pool["provisioning"] != "flex-start" and draw(st.booleans()):
        pool["upgrade"] = draw(
            st.sampled_from(
                [
                    {"strategy": "blue-green"},
                    {"max_surge": 3, "max_unavailable": 0},
                    {"max_surge": 0, "max_unavailable": 2},
                ]
            )
        )
    if draw(st.booleans()):
        pool["boot_disk"] = {"size": f"{draw(st.integers(50, 500))}Gi"}
    if machine.startswith(("n2", "n1", "g2")) and draw(st.booleans()):
        pool["local_ssd"] = {"disks": draw(st.sampled_from([1, 2, 4]))}
    pool["replacement"] = draw(st.sampled_from(["delete-first", "create-first"]))
    return pool


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    zones = draw(st.integers(1, 3))
    names = draw(st.lists(st.sampled_from(["system", "train", "serve", "features", "batch"]), min_size=1, unique=True))
    more: dict[str, Any] = {}
    if draw(st.booleans()):
        more["cluster"] = {
            "auto_provisioning": {"cpu": draw(st.integers(1, 200)), "memory": "64Gi", "gpus": {"nvidia-l4": 2}}
        }
    pools = {name: draw(node_pools(zones)) for name in names}
    for name, pool in pools.items():  # of different machines, so of one reservation each
        if "reservation" in pool:
            pool["reservation"] = {"name": f"block-{name}"}
    return spec(pools, zones=zones, **more)
