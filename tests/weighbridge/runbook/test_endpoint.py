"""The runbook of an endpoint: the way back, who approves, and where it runs."""

from __future__ import annotations

from decimal import Decimal

import yaml

from tests.support.paths import ROOT
from tests.support.runbooks import ACCELERATED, CPU, PROD, section, text, with_rollout
from weighbridge.runbook.endpoint import new_version
from weighbridge.spec.endpoint import Version
from weighbridge.stacks.load import read_spec


def test_a_mirrored_candidate_is_no_emergency():
    document = text("chat", ACCELERATED)

    assert "By the spec, of the requests: `v1` 100%, `v2` 0%." in document
    assert "Roll back now" not in document
    assert "`v2` takes no requests now." in section("chat", ACCELERATED, "Roll back")
    assert "mounted by Cloud Storage FUSE from `gs://example-ml-models/chat/v2`" in document
    assert "waits 1h for replicas" in document  # half an hour for a node, half an hour for the model


def test_without_a_rollout_the_way_back_is_a_new_one():
    document = section("writer", ACCELERATED, "Roll back")

    assert "No rollout is under way: `v1` takes all requests." in document
    assert "takes up to 1h30m (a node, then the model)" in document
    assert "weighbridge rollout rollback" not in document
    assert "weighbridge rollout check" not in section("writer", ACCELERATED, "What to watch at each step")


def test_identity_aware_proxy_is_mentioned():
    assert "Identity-Aware Proxy is in front of it" in section("spam", CPU, "Where it runs")


def test_what_a_server_does_not_expose_is_said():
    watch = section("words", CPU, "What to watch at each step")

    assert "increase(requests&#95;total" not in watch
    assert "increase(requests_total{" in watch
    assert "- saturation: not watched by this server (custom exposes no gauge)" in watch


def test_a_slice_of_several_hosts_is_a_leader_worker_set():
    chapter = section("writer", ACCELERATED, "Where it runs")

    assert "| v1 | LeaderWorkerSet `writer-v1` and Service `writer-v1`, 1 to 2 replicas |" in chapter
    assert "`https://writer.example.com/`, from inside the VPC network only" in chapter


def test_who_approves():
    production = section("ranker", PROD, "Who approves")
    elsewhere = section("chat", ACCELERATED, "Who approves")
    single = section("chat", with_rollout(ACCELERATED, "chat", steps=(Decimal(100),)), "Who approves")
    advised = ACCELERATED.model_copy(update={"advisory": ("canary-approval",)})

    assert "by somebody else than its owner, `ml-platform@example.com`" in production
    assert "The policies `canary-steps` and `canary-approval` block" in production
    assert "Outside production anybody may approve" in elsewhere
    assert "| 10% | not yet | nobody yet |" in elsewhere
    assert "a single step, which needs no approval" in single
    assert "Only advice here, by `advisory` in the spec: `canary-approval`." in section("chat", advised, "Who approves")


def test_other_stacks_are_named():
    document = text("ranker", PROD, staging=read_spec(ROOT / "stacks" / "staging.yaml"))

    assert "Try it first in `staging`, which has the same endpoint." in document
    assert "| `staging` | `example-ml`, cluster `staging` | `https://ranker.staging.example.com/` | `v8` |" in document


def test_a_new_version_has_all_that_the_stable_one_has_but_its_model_and_its_record():
    given = {
        "image": "us-docker.pkg.dev/example-ml/serving/vllm:1", "model": "gs://example-ml-models/llm/v8",
        "replicas": {"min": 1, "max": 2}, "gpu": 1, "cpu": "1500m", "memory": "24Gi", "load_time": "10m",
        "arguments": ["--name=a: b", "--max-len=2048"], "temporary_storage": "20Gi",
        "environment": {"LEVEL": "true", "LINES": "a\nb: c"},
        "secrets": {"HF_TOKEN": {"secret": "hf", "key": "t"}, "B": "projects/example-ml/secrets/t/versions/3"},
        "secret_files": {"/etc/keys/t": "projects/example-ml/secrets/t/versions/3"},
        "volumes": {"scratch": {"mount": "/scratch", "memory": "1Gi"}},
    }  # fmt: skip
    stable = Version.model_validate(given)
    text = "\n".join(new_version(stable))
    assert Version.model_validate(yaml.safe_load(text)) == stable.model_copy(
        update={"model": "gs://example-ml-models/llm/NEW"}
    )
    assert text.splitlines()[:3] == [
        "image: us-docker.pkg.dev/example-ml/serving/vllm:1",
        "model: gs://example-ml-models/llm/NEW",
        "replicas: {min: 1, max: 2}",
    ]
