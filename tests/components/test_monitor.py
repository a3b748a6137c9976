"""What a drift monitor consists of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.platform import platform
from tests.support.specs import prod
from weighbridge.drift_monitor.config import config_of, parse_config
from weighbridge.spec.otlp import OtlpCollector

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
POD_MONITORING = "kubernetes:monitoring.googleapis.com/v1:PodMonitoring"
NAMESPACE = "kubernetes:core/v1:Namespace"
MEMBER = "gcp:storage/bucketIAMMember:BucketIAMMember"


@pytest.fixture(scope="module")
def recording():
    return platform(prod())


def test_one_for_each_that_has_data_or_runs(recording):
    found = {deployment.name for deployment in recording.of_type(DEPLOYMENT) if deployment.name.startswith("monitor-")}
    measured = ("ranker", "click-features", "ranker-training", "embedder-training", "ranker-validation")
    assert found == {f"monitor-{name}" for name in measured}


def test_the_pod_may_do_no_more_than_it_needs(recording):
    pod = recording.named(DEPLOYMENT, "monitor-ranker").inputs["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["nodeSelector"] == {"weighbridge.dev/node-pool": "system"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert container["args"] == [
        "monitor", "--config", "/etc/weighbridge/monitor.json", "--listen", ":9108", "--state", "/state"
    ]  # fmt: skip
    assert container["image"] == "us-central1-docker.pkg.dev/example-ml/weighbridge/monitor:0.1.0"
    members = [member.inputs for member in recording.of_type(MEMBER) if "weighbridge:index:Monitor$" in member.urn]
    assert {member["role"] for member in members} == {"roles/storage.objectViewer"}
    assert {member["bucket"] for member in members} == {"example-ml-data", "example-ml-runs"}


def test_the_config_is_what_the_spec_says(recording):
    (text,) = recording.named("kubernetes:core/v1:ConfigMap", "monitor-click-features").inputs["data"].values()
    assert parse_config(text, Path("monitor.json")) == config_of("click-features", prod())


def test_a_changed_threshold_of_an_endpoint_changes_its_own_config_and_alert_and_nothing_else(recording):
    stricter = ("    slo: {availability", "    thresholds: {prediction_drift: 0.2}\n    slo: {availability")
    before, after = (
        {resource.urn: resource for resource in found.resources} for found in (recording, platform(prod(stricter)))
    )
    assert before.keys() == after.keys()
    changed = [resource for urn, resource in after.items() if resource != before[urn]]
    assert {(resource.type.rpartition(":")[2], resource.name) for resource in changed} == {
        ("ConfigMap", "monitor-ranker"),
        ("AlertPolicy", "ranker-prediction-drift"),
        ("Dashboard", "prod-endpoint-ranker"),
    }


def test_series_are_bounded_and_scraped_by_the_name_of_the_port(recording):
    spec = recording.named(POD_MONITORING, "monitor-click-features").inputs["spec"]
    assert spec["limits"] == {"samples": 200 + 24 * 5}
    assert spec["endpoints"] == [{"port": "metrics", "interval": "60s"}]


def test_each_pipeline_has_a_namespace_of_its_own(recording):
    names = {namespace.inputs["metadata"]["name"] for namespace in recording.of_type(NAMESPACE)}
    assert names >= {f"pipeline-{name}" for name in prod().pipelines}


def test_a_collector_is_told_to_each_monitor_and_its_key_granted(recording):
    key = "projects/example-keys/secrets/otlp/versions/3"
    otlp = f"  otlp: {{endpoint: 'https://otlp.example.com', headers: {{x-api-key: {key}}}, reaches: [10.8.0.0/28]}}\n"
    found = platform(prod(("monitoring:\n", f"monitoring:\n{otlp}")), alerts=False)
    configs = {
        config.name: parse_config(config.inputs["data"]["monitor.json"], Path("monitor.json"))
        for config in found.of_type("kubernetes:core/v1:ConfigMap")
        if config.name.startswith("monitor-")
    }
    assert len(configs) == 5
    for config in configs.values():
        assert config.otlp == OtlpCollector(endpoint="https://otlp.example.com", headers={"x-api-key": key})
    grants = [
        member
        for member in found.of_type("gcp:secretmanager/secretIamMember:SecretIamMember")
        if "Monitor$" in member.urn
    ]
    assert len(grants) == 5
    assert {(grant.inputs["project"], grant.inputs["secretId"], grant.inputs["role"]) for grant in grants} == {
        ("example-keys", "otlp", "roles/secretmanager.secretAccessor")
    }
    digests = [
        platform_.named(DEPLOYMENT, "monitor-ranker").inputs["spec"]["template"]["metadata"]["annotations"]
        for platform_ in (recording, found)
    ]
    assert digests[0] != digests[1]


def test_a_monitor_of_tables_may_read_those_list_their_datasets_and_run_queries():
    recording = platform(
        prod(
            ("gs://example-ml-data/click-features/baseline.parquet", "bq://example-ml.training.clicks$20261101"),
            ("gs://example-ml-data/click-features/latest/", "bq://example-ml.serving.clicks"),
        ),
        alerts=False,
    )
    kinds = ("gcp:bigquery/datasetIamMember:DatasetIamMember", "gcp:bigquery/iamMember:IamMember")
    (lists, reads) = ([member.inputs for member in recording.of_type(kind)] for kind in kinds)
    assert {(member["datasetId"], member["role"]) for member in lists} == {
        ("training", "roles/bigquery.metadataViewer"),
        ("serving", "roles/bigquery.metadataViewer"),
    }
    assert {(member["datasetId"], member["tableId"], member["role"]) for member in reads} == {
        ("training", "clicks", "roles/bigquery.dataViewer"),
        ("serving", "clicks", "roles/bigquery.dataViewer"),
    }
    queries = recording.named("gcp:projects/iAMMember:IAMMember", "click-features-queries").inputs
    assert (queries["project"], queries["role"]) == ("example-ml", "roles/bigquery.jobUser")
    whom = {member["member"] for member in (*lists, *reads, queries)}
    assert whom == {"serviceAccount:wb-prod-mon-click-features@example-ml.iam.gserviceaccount.com"}
