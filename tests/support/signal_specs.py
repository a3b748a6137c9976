"""Specs whose signals are looked at: production as it is, changed, and one that uses every signal and every server."""

from __future__ import annotations

from tests.support.paths import STACKS
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import parse_spec, read_spec

FILE = STACKS / "prod.yaml"

TICKET = "    ticket: {email: ml-platform@example.com}"
LLM = """
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
      features: [words]
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


def prod(*changes: tuple[str, str]) -> Spec:
    """Production with changes of its text."""
    text = FILE.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return parse_spec(text, FILE)


def full() -> Spec:
    """Production with further endpoints, Kueue and a heartbeat: every signal that isn't about quota."""
    return prod(
        ("\nmonitoring:\n", f"{LLM}\nmonitoring:\n"),
        ("\npipelines:\n", f"{TPU_POOL}\npipelines:\n"),
        ("cluster:\n", "cluster:\n  kueue: true\n"),
        (TICKET, f"{TICKET}\n    heartbeat: {{pubsub_topic: projects/example-ml/topics/heartbeat}}"),
    )


def everything() -> tuple[Spec, ...]:
    """The specs of the project, and the full one."""
    return (*(read_spec(STACKS / f"{name}.yaml") for name in ("dev", "staging", "prod")), full())
