"""The coverage matrix: what production watches, what a bare environment doesn't, and exemptions."""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.specs import everything, prod, spec
from weighbridge.files import yaml_text
from weighbridge.signals.coverage import coverage
from weighbridge.signals.quota_words import QuotaLists
from weighbridge.signals.rows import Kind, catalogue
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched
from weighbridge.spec.monitoring import SIGNALS, SignalExemption

TODAY = date(2026, 11, 25)
SERIES = {
    "entry": "q", "by": "location", "usage": "u", "usage_of": "", "limit": "l", "limit_of": "", "exceeded_filter": "f",
    "exceeded_aligner": "a",
}  # fmt: skip
QUOTA = QuotaLists((SERIES,), (SERIES,))


def matrix(spec, exempt=()):
    found = subjects(spec, QUOTA)
    return coverage(found, watched(found), exempt, TODAY)


def blind(spec, exempt=()):
    return {(cell.subject.name, cell.key): cell.blind for cell in matrix(spec, exempt) if cell.blind}


def test_production_has_no_blind_spot():
    cells = matrix(prod())
    assert {cell.key for cell in cells if cell.subject.name == "ranker"} == {
        f"serving/{cell}" for cell in (
            "feature-skew", "feature-drift", "prediction-skew", "prediction-drift", "data-types", "quota-use",
            "model-quality", "latency", "outage", "freshness", "silence",
        )
    }  # fmt: skip
    assert blind(prod()) == {}
    assert all(cell.watched_by for cell in cells)


def test_a_bare_environment_says_what_is_missing():
    dev = everything()[0]
    found = blind(dev)
    assert found["ranker", "serving/feature-skew"] == "name the columns that are inputs in `watch.features`"
    assert found["ranker", "serving/latency"] == "promise something in `slo`"
    assert ("ranker", "serving/silence") not in found  # a replica that is gone is seen without any word in the spec


def test_what_a_custom_server_lacks_is_named():
    own = "custom: {port: 8080, health_path: /up}"
    scale = "scale_on: {metric: queue, per_replica: 3}"
    spec = prod(("    server: triton\n", f"    server: custom\n    {own}\n    {scale}\n"))
    assert blind(spec)["ranker", "serving/latency"] == (
        "its server exposes no count of requests, so name one in `custom.requests`; its server exposes no latencies, "
        "so name a histogram in `custom.latency_seconds`"
    )


def test_a_requirement_is_named_as_messages_name_it():
    kinds: tuple[Kind, ...] = ("serving", "data", "training", "validation", "experiment")
    assert set(SIGNALS) == {name for kind in kinds for name in catalogue().cells[kind]}


@pytest.mark.parametrize("cell", ["serving/prediction-skew", "prediction-skew"])
def test_an_exemption_counts_until_its_day(cell):
    spec = prod(("      predictions: [score]\n", ""))
    exemption = SignalExemption.model_validate(
        {"of": "ranker", "cell": cell, "reason": "scores aren't logged yet",
         "owner": "a@example.com", "until": "2026-11-26"}
    )  # fmt: skip
    expired = exemption.model_copy(update={"until": TODAY})
    assert set(blind(spec)) == {("ranker", "serving/prediction-skew"), ("ranker", "serving/prediction-drift")}
    assert set(blind(spec, (exemption,))) == {("ranker", "serving/prediction-drift")}
    assert set(blind(spec, (expired,))) == set(blind(spec))


TEXT_WATCH = "watch: {baseline: gs://example-data/b.parquet, window: gs://example-data/w/, features: [answer_length]}"


def asked(spec, name):
    return {cell.name: cell.required for cell in matrix(spec) if cell.subject.name == name}


@pytest.mark.parametrize(
    ("line", "of_columns", "of_tokens"),
    [
        ("server: triton", True, None),  # tabular, where nothing is said
        ("profile: tabular, server: triton", True, None),
        ("server: vllm", False, True),
        ("profile: image, server: triton", False, None),
        ("profile: none, server: triton", None, None),
        (f"profile: image, {TEXT_WATCH}, server: triton", True, None),
        (f"{TEXT_WATCH}, server: vllm", True, True),
    ],
)
def test_a_profile_decides_what_is_owed_what_is_advice_and_what_is_not_asked(line, of_columns, of_tokens):
    """True: required, False: advice, None: not asked."""
    dev = spec(
        {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}},
        endpoints={"chat": endpoint_of(line)},
    )
    found = asked(dev, "chat")
    of_windows = ("feature-skew", "feature-drift", "prediction-skew", "data-types", "model-quality", "freshness")
    assert {name: found.get(name) for name in of_windows} == dict.fromkeys(of_windows, of_columns)
    assert {found.get(name) for name in ("first-token", "token-rate", "cache-use")} == {of_tokens}
    assert all(found[name] for name in ("latency", "outage", "silence", "quota-use"))


def endpoint_of(line):
    given = yaml_text.parse("{" + line + "}").value
    assert isinstance(given, dict)
    version = {"image": "us-docker.pkg.dev/p/s/x:1", "model": "gs://example-models/x", "replicas": {"min": 1, "max": 1}}
    return {"node_pool": "system", "hostname": "x.example.com", "versions": {"v1": version}, "stable": "v1", **given}


def test_a_text_pipeline_without_a_window_owes_what_needs_none():
    found = asked(prod(("    kind: data\n", "    kind: data\n    profile: text\n")), "click-features")
    assert all(found.values())  # it has a watch
    pipeline = {
        "kind": "data", "profile": "text", "node_pool": "system", "guaranteed": {"cpu": 1}, "at_most": {"cpu": 2},
    }  # fmt: skip
    pools = {"system": {"machine_type": "e2-standard-4", "nodes": {"min": 1, "max": 2}}}
    assert asked(spec(pools, pipelines={"texts": pipeline}), "texts") == {
        "feature-skew": False, "feature-drift": False, "data-types": False, "quota-rate": True, "quota-limit": True,
        "latency": True, "outage": True, "freshness": True, "silence": True,
    }  # fmt: skip


def test_every_cell_is_asked_of_somebody_and_no_profile_is_named_twice():
    for kind, cells in catalogue().cells.items():
        for name, row in cells.items():
            assert row.profiles, (kind, name)
            assert len(set(row.profiles)) == len(row.profiles), (kind, name)
            assert "none" not in row.with_watch, (kind, name)
