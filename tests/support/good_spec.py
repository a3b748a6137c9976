"""A good spec that uses most keys, and one change of it at a time."""

from __future__ import annotations

from pathlib import Path

from weighbridge.files.problem import FileError
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_spec

FILE = Path("stacks/dev.yaml")

GOOD = """\
version: 1
environment: dev
production: false
owner: ml@example.com
cloud:
  project: example-ml
  region: us-central1
  zones: [us-central1-a, us-central1-b]
cluster:
  release_channel: regular
  maintenance: {days: [sat, sun], start: "02:00", duration: 6h}
  auto_provisioning: {cpu: 64, memory: 256Gi, gpus: {nvidia-l4: 2}}
  control_plane_access: [203.0.113.0/24]
node_pools:
  system:
    machine_type: e2-standard-4
    nodes: {min: 1, max: 2}
  serve-l4:
    machine_type: g2-standard-8
    nodes: {min: 0, max: 4}
    zones: [us-central1-a]
    upgrade: {max_surge: 1, max_unavailable: 0}
    boot_disk: {type: pd-ssd, size: 200Gi}
    labels: {team: ranking}
    taints:
      - {key: team, value: ranking, effect: NoSchedule}
  train-a100:
    machine_type: a2-highgpu-4g
    nodes_per_zone: {min: 0, max: 1}
    provisioning: spot
    gpu_partition: 3g.20gb
    upgrade: {strategy: blue-green, soak: 2h}
  train-t4:
    machine_type: n1-standard-8
    nodes: {min: 0, max: 2}
    gpu: {type: nvidia-tesla-t4, count: 2}
    gpu_sharing: {strategy: time-sharing, clients_per_gpu: 3}
    local_ssd: {disks: 1}
  train-tpu:
    machine_type: ct5lp-hightpu-4t
    tpu_topology: 4x4
    slices: {min: 0, max: 2}
    zones: [us-central1-a]
  flex:
    machine_type: a3-highgpu-8g
    nodes: {min: 0, max: 1}
    provisioning: flex-start
    max_run_duration: 6h
  block:
    machine_type: a3-megagpu-8g
    nodes: {min: 0, max: 2}
    provisioning: reservation
    reservation: {name: block-a}
    placement: compact
pipelines:
  clicks:
    kind: data
    node_pool: system
    guaranteed: {cpu: 4, memory: 8Gi}
    at_most: {cpu: 6, memory: 12Gi}
    runs_every: 1h
    runs: gs://example-ml-runs/clicks/
    watch:
      baseline: gs://example-ml-data/clicks/baseline.parquet
      window: data/latest
      features: [country, price]
      labels: [clicked]
  training:
    kind: training
    node_pool: train-a100
    guaranteed: {nvidia.com/gpu: 8}
    at_most: {nvidia.com/gpu: 16}
    expected_duration: 6h
  embedder:
    kind: training
    node_pool: train-tpu
    guaranteed: {google.com/tpu: 16}
    at_most: {google.com/tpu: 32}
endpoints:
  ranker:
    node_pool: serve-l4
    hostname: ranker.example.com
    server: triton
    slo: {availability: 99.9%, latency_p99: 400ms}
    watch:
      baseline: gs://example-ml-data/ranker/sample.parquet
      window: gs://example-ml-data/ranker/latest/
      predictions: [score]
      quality: {metric: ndcg_at_10, report: gs://example-ml-data/ranker-quality/, baseline: 0.412, better: higher}
    versions:
      v7:
        image: us-docker.pkg.dev/example-ml/serving/triton:25.09
        model: gs://example-ml-models/ranker/v7
        replicas: {min: 1, max: 2}
        gpu: 1
      v8:
        image: us-docker.pkg.dev/example-ml/serving/triton:25.09
        model: gs://example-ml-models/ranker/v8
        replicas: {min: 1, max: 2}
        gpu: 1
        cpu: 4
    stable: v7
    rollout:
      candidate: v8
      steps: [1%, 50%, 100%]
      bake: 24h
      at: 1%
      approvals:
        - {step: 1%, by: lead@example.com, at: 2026-11-17T09:00:00Z, reason: offline metrics up 1.2%}
monitoring:
  notify:
    page: {pagerduty_service_key_secret: projects/example-ml/secrets/pagerduty/versions/latest}
    ticket: {slack_token_secret: projects/example-ml/secrets/slack/versions/1, slack_channel: "#ml"}
budget: {monthly_usd: 2500}
"""


def good_spec() -> Spec:
    return parse_spec(GOOD, FILE)


def changed(old: str, new: str) -> str:
    """The good spec with one place changed; `old` must occur once, or be told apart by more text around it."""
    assert GOOD.count(old) == 1, f"{old!r} occurs {GOOD.count(old)} times"
    return GOOD.replace(old, new)


def complaints(text: str, file: Path = FILE) -> list[str]:
    try:
        parse_spec(text, file)
    except FileError as error:
        return error.lines()
    return []
