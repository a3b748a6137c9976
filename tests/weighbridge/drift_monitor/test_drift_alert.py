"""From data to an alert: a drifting pipeline and a steady one, their monitors, a real Prometheus, the spec's own rules.

Hold times are divided by HURRY, as nobody waits half an hour in a test; nothing else of the rules is changed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import requests

from tests.support.processes import PATIENCE_SECONDS
from tests.support.prometheus import or_skip, prometheus, watching
from weighbridge.alerting.alerts import PromQl, plan_alerts
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched
from weighbridge.stacks.load import read_spec

HURRY = 600
SPEC = """
version: 1
environment: prod
production: true
owner: ml-platform@example.com
cloud: {project: example-ml, region: us-central1, zones: [us-central1-a]}
node_pools:
  system: {machine_type: e2-standard-4, nodes: {min: 1, max: 2}}
pipelines:
  drifting: {kind: data, node_pool: system, guaranteed: {cpu: 1}, at_most: {cpu: 1}, watch: {
      baseline: drifting/baseline.parquet, window: drifting/latest, features: [price, country], labels: [clicked]}}
  steady: {kind: data, node_pool: system, guaranteed: {cpu: 1}, at_most: {cpu: 1}, watch: {
      baseline: steady/baseline.parquet, window: steady/latest, features: [price, country], labels: [clicked]}}
monitoring:
  notify:
    page: {email: oncall@example.com}
    ticket: {email: ml-platform@example.com}
"""


def table(rows, seed, shift=0.0):
    random = np.random.default_rng(seed)
    return pa.table(
        {
            "price": random.normal(100 + shift, 10, rows),
            "country": random.choice(["de", "fr", "us"], rows),
            "clicked": random.random(rows) < 0.2,
        }
    )


@pytest.fixture
def project(tmp_path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: weighbridge\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/prod.yaml").write_text(SPEC)
    for number, (name, shift) in enumerate((("drifting", 12.0), ("steady", 0.0))):
        (tmp_path / name / "latest").mkdir(parents=True)
        pa.parquet.write_table(table(50_000, number), tmp_path / name / "baseline.parquet")
        pa.parquet.write_table(table(5_000, number + 10, shift), tmp_path / name / "latest/part.parquet")
    return tmp_path


def rules(spec) -> str:
    alerts = [
        {
            "alert": plan.name,
            "expr": condition.query,
            "for": f"{plan.hold_seconds / HURRY:.0f}s",
            "labels": {"severity": plan.severity},
        }
        for plan in plan_alerts(spec, watched(subjects(spec)))
        for condition in plan.conditions
        if isinstance(condition, PromQl)
    ]
    assert len(alerts) > 15
    return json.dumps({"groups": [{"name": "all", "rules": alerts}]})


def exporter(stack: ExitStack, project: Path, name: str) -> str:
    """Host and port of a running monitor."""
    log = project / f"{name}.log"
    command = [sys.executable, "-m", "weighbridge", "monitor", name, "-s", "prod", "--listen", "127.0.0.1:0"]
    stream = stack.enter_context(log.open("w"))
    process = subprocess.Popen(command, cwd=project, stdout=stream, stderr=stream)
    stack.callback(process.wait, PATIENCE_SECONDS)
    stack.callback(process.kill)

    def listening():
        assert process.poll() is None, log.read_text()
        return re.search(r"listening on http://(127\.0\.0\.1:\d+)/metrics", log.read_text())

    return until(listening)[1]


def until(found):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if got := found():
            return got
        time.sleep(0.1)
    raise AssertionError(f"not within {PATIENCE_SECONDS} s")


def firing(url: str) -> set[tuple[str, str]]:
    """Alerts that fire, with the feature that they name."""
    alerts = requests.get(f"{url}/api/v1/alerts", timeout=PATIENCE_SECONDS).json()["data"]["alerts"]
    return {
        (alert["labels"]["alertname"], alert["labels"].get("feature", ""))
        for alert in alerts
        if alert["state"] == "firing"
    }


def settled(url: str) -> bool:
    """Whether every rule has been evaluated without an error since the slowest hold time passed."""
    groups = requests.get(f"{url}/api/v1/rules", timeout=PATIENCE_SECONDS).json()["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert {rule["lastError"] for rule in rules if rule.get("lastError")} == set()
    return all(rule["health"] == "ok" for rule in rules) and not any(
        alert["state"] == "pending" for rule in rules for alert in rule["alerts"]
    )


@pytest.mark.slow
def test_the_alert_of_the_pipeline_that_drifts_fires_and_no_other(project):
    or_skip(prometheus)
    spec = read_spec(project / "stacks/prod.yaml")
    with ExitStack() as stack:
        targets = {name: exporter(stack, project, name) for name in ("drifting", "steady")}
        url = stack.enter_context(watching(targets, rules(spec), {"cluster": "prod", "namespace": "monitors"}, project))

        until(lambda: ("drifting-feature-skew", "price") in firing(url) and settled(url))

        assert firing(url) == {("drifting-feature-skew", "price")}
