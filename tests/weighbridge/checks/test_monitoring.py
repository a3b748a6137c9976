"""What one change of a text can't show: specs of many pipelines, and of accelerators alone."""

from __future__ import annotations

import pytest

from tests.support.specs import messages, prod
from weighbridge.files.problem import FileError

PIPELINE = """
  many-{number}:
    kind: data
    node_pool: features
    guaranteed: {{cpu: 0}}
    at_most: {{cpu: 1}}
    runs_every: 1h
    runs: gs://example-ml-runs/many/
    watch: {{baseline: gs://example-ml-data/b.parquet, window: gs://example-ml-data/w/, features: [a], labels: [b]}}
"""


def spec_of(count):
    many = "".join(PIPELINE.format(number=number) for number in range(count))
    return prod(("\npipelines:\n", f"\npipelines:\n{many}"))


def test_more_alerts_than_a_project_takes():
    assert len(spec_of(105).pipelines) == 110
    with pytest.raises(FileError) as wrong:
        spec_of(110)
    (line,) = wrong.value.lines()
    assert line.endswith(
        "pipelines: its signals make 2,051 alert policies, and Cloud Monitoring takes 2,000 of a project: move some to "
        "another project"
    )


def test_monitors_need_a_pool_without_accelerators():
    text = """\
version: 1
environment: prod
owner: ml@example.com
cloud: {project: example-ml, region: us-central1, zones: [us-central1-a]}
node_pools:
  gpu: {machine_type: g2-standard-8, nodes: {min: 1, max: 2}}
pipelines:
  train:
    kind: training
    node_pool: gpu
    guaranteed: {nvidia.com/gpu: 1}
    at_most: {nvidia.com/gpu: 1}
    runs: gs://example-ml-runs/train/
"""
    (line,) = messages(text)
    assert line.endswith(
        "pipelines.train.runs: its drift monitor needs a node pool without accelerators, and there is none: add one, "
        "such as `system: {machine_type: e2-standard-4, nodes: {min: 1, max: 2}}`"
    )


def test_a_table_of_spark_needs_an_image_that_has_it():
    window = "window: gs://example-ml-data/click-features/latest/"
    table = (window, "window: spark://lake.ranker.requests")
    with pytest.raises(FileError) as wrong:
        prod(table)
    (line,) = wrong.value.lines()
    assert line.endswith(
        "watch.window: spark://lake.ranker.requests needs Spark, which the monitor's image leaves out: name an image "
        "of your own with weighbridge[monitor,spark] and SPARK_REMOTE in `monitoring.monitor_image`"
    )
    image = "monitor_image: us-docker.pkg.dev/example-ml/weighbridge/spark-monitor:1.0"
    assert prod(table, ("\nmonitoring:\n", f"\nmonitoring:\n  {image}\n"))
