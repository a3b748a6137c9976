"""What is wrong with what is watched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from weighbridge.drift_monitor.watch import MOST_COLUMNS, watch_problems
from weighbridge.spec.pipeline import Watch

MANY = tuple(f"c{number}" for number in range(MOST_COLUMNS + 1))
NONE = "which columns? Add at least one of features, labels and predictions, such as `features: [country]`"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"features": ("a",), "labels": ("b",), "predictions": ("c",)}, []),
        ({"features": MANY[:-1], "labels": ("other",)}, []),
        (
            {"features": ("a", "b"), "labels": ("b", "a")},
            [
                ("watch.labels[0]", "b is among the features already: remove one"),
                ("watch.labels[1]", "a is among the features already: remove one"),
            ],
        ),
        (
            {"predictions": MANY},
            [("watch.predictions", "expected at most 200 columns, got 201: name those that matter most")],
        ),
        ({}, [("watch", NONE)]),
        ({"features": ("a",), "slices": ("a", "b")}, []),
        (
            {"features": ("a",), "slices": ("b", "a", "b")},
            [("watch.slices[2]", "b makes slices already: remove one")],
        ),
        (
            {"features": ("a",), "embeddings": ("a",), "slices": ("a",)},
            [("watch.slices[0]", "a holds vectors, which make no slices: take it out, or out of `embeddings`")],
        ),
    ],
)
def test_each_column_has_one_role(columns, expected):
    watch = Watch(baseline="b.parquet", window="latest/", **columns)
    assert [(problem.location, problem.message) for problem in watch_problems(watch, ("watch",))] == expected


OTHER = "name one of few values, such as a status"
HAS = "model, status, error, input_tokens, output_tokens, finish_reason and answer"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"features": ("input_tokens",), "predictions": ("answer",), "texts": ("answer",), "slices": ("model",)}, []),
        (
            {"features": ("input_token", "custom_id", "time")},
            [
                (
                    "watch.features[0]",
                    f"logs of openai have no column 'input_token', but {HAS}. Did you mean `input_tokens`?",
                ),
                ("watch.features[1]", f"custom_id tells requests apart, and can't be compared: choose among {HAS}"),
                ("watch.features[2]", f"time tells requests apart, and can't be compared: choose among {HAS}"),
            ],
        ),
        (
            {"predictions": ("answer",)},
            [("watch.predictions[0]", "answer holds texts, of which no two are alike: name it in `texts` as well")],
        ),
        (
            {"features": ("model",), "slices": ("output_tokens", "answer")},
            [
                ("watch.slices[0]", f"output_tokens splits requests into no groups: {OTHER}"),
                ("watch.slices[1]", f"answer splits requests into no groups: {OTHER}"),
            ],
        ),
        (
            {"features": ("model",), "embeddings": ("model",)},
            [("watch.embeddings", "logs of openai hold no vectors: take it out")],
        ),
        (
            {"features": ("model",), "window": "bq://example-ml.ds.chats"},
            [
                (
                    "watch.window",
                    "bq://example-ml.ds.chats is a table, which is no request log: take `format` out, or name a folder",
                )
            ],
        ),
    ],
)  # fmt: skip
def test_a_log_has_the_columns_of_its_format(changes, expected):
    watch = Watch(**{"baseline": "accepted/", "window": "latest/", "format": "openai", **changes})
    assert [(problem.location, problem.message) for problem in watch_problems(watch, ("watch",))] == expected


@pytest.mark.parametrize(
    ("sample", "changes", "expected"),
    [
        (("at", 30, 600), {}, []),
        (("time", 30, 600), {"format": "vllm", "features": ("top_p",)}, []),
        (
            ("at", 600, 600),
            {},
            [("take", "expected a part of `of_every`, got 10m of every 10m: take less, or leave `sample` out")],
        ),
        (
            ("at", 30, 600),
            {"format": "vllm", "features": ("top_p",)},
            [("by", "'at' is not the time of logs of vllm: name `time`")],
        ),
        (
            ("request_id", 30, 600),
            {"format": "triton-trace", "features": ("model",)},
            [
                (
                    "by",
                    "'request_id' is not the time of logs of triton-trace: they say no time, so leave `sample` out",
                )
            ],
        ),
    ],
)
def test_a_sample_is_a_part_by_the_time(sample, changes, expected):
    by, take, of_every = sample
    given = {"by": by, "take": timedelta(seconds=take), "of_every": timedelta(seconds=of_every)}
    watch = Watch.model_validate(
        {"baseline": "b.parquet", "window": "w/", "features": ("a",), "sample": given, **changes}
    )
    found = [(problem.location, problem.message) for problem in watch_problems(watch, ("watch",))]
    assert found == [(f"watch.sample.{key}", message) for key, message in expected]


LABELS = {"source": "labels/", "key": ["id"], "label": "y", "prediction": "p", "wait": "1d"}
COMPUTED = "accuracy, mean_absolute_error, root_mean_squared_error and log_loss"
MEANT = " Did you mean `accuracy`?"
TABLE = {"window": "bq://example-ml.ds.chats"}
LOAD = "and the window is one of bq://…: load the labels into a table of bq://…"
WRITE = "and the window lies in files: write the labels as Parquet or CSV files"
ONE = "expected one of `report` and `labels`: where reports land, or the labels that windows are judged by"


@pytest.mark.parametrize(
    ("quality", "changes", "expected"),
    [
        ({}, {}, []),
        ({"report": "gs://bucket/r/"}, {}, [("watch.quality", ONE)]),
        ({"labels": None}, {}, [("watch.quality", ONE)]),
        (
            {"metric": "accurcy"},
            {},
            [
                (
                    "watch.quality.metric",
                    f"of labels can be computed {COMPUTED}, not accurcy: choose one, or report it in `report`.{MEANT}",
                )
            ],
        ),
        ({"better": "lower"}, {}, [("watch.quality.better", "accuracy is better when it is higher: say so")]),
        (
            {"proxy": True},
            {},
            [("watch.quality.proxy", "labels tell the quality itself, so nothing stands for it: take this out")],
        ),
        ({"labels": LABELS | {"source": "bq://example-ml.ds.labels"}}, TABLE, []),
        ({"labels": LABELS | {"source": "spark://labels"}}, {"window": "spark://chats"}, []),
        (
            {},
            TABLE,
            [
                (
                    "watch.quality.labels.source",
                    f"labels/ is no table, {LOAD}",
                )
            ],
        ),
        (
            {"labels": LABELS | {"source": "spark://labels"}},
            TABLE,
            [
                (
                    "watch.quality.labels.source",
                    f"spark://labels is a table of another engine, {LOAD}",
                )
            ],
        ),
        (
            {"labels": LABELS | {"source": "bq://example-ml.ds.labels"}},
            {},
            [
                (
                    "watch.quality.labels.source",
                    f"bq://example-ml.ds.labels is a table, {WRITE}",
                )
            ],
        ),
        (
            {"labels": LABELS | {"source": "bq://example-ml.ds.labels$20261120"}},
            TABLE,
            [
                (
                    "watch.quality.labels.source",
                    "the partitions from the window's on are read, so none can be named: leave out what begins with $",
                )
            ],
        ),
        (
            {"labels": LABELS | {"key": ["id", "id"]}},
            {},
            [("watch.quality.labels.key[1]", "id is a part of the key already: remove one")],
        ),
        (
            {"labels": LABELS | {"prediction": "model"}},
            {"format": "openai", "features": ("model",)},
            [],
        ),
        (
            {"labels": LABELS | {"key": ["ids"], "prediction": "model"}},
            {"format": "openai", "features": ("model",)},
            [
                (
                    "watch.quality.labels.key[0]",
                    f"logs of openai have no column 'ids', but time, id, custom_id, {HAS}. Did you mean `id`?",
                )
            ],
        ),
    ],
)
def test_quality_by_labels_is_of_metrics_that_can_be_computed_and_of_labels_beside_the_window(
    quality, changes, expected
):
    given = {"metric": "accuracy", "baseline": 0.9, "better": "higher", "labels": LABELS, **quality}
    made = {"baseline": "b.parquet", "window": "latest/", "features": ("a",), "quality": given, **changes}
    watch = Watch.model_validate(made)
    assert [(problem.location, problem.message) for problem in watch_problems(watch, ("watch",))] == expected


@pytest.mark.parametrize("window", ["bq://example-ml.ds.clicks$20261120", "spark://lake.clicks$2026-11-20"])
def test_a_window_names_no_partition(window):
    watch = Watch(baseline="b.parquet", window=window, features=("a",))
    assert [(problem.location, problem.message) for problem in watch_problems(watch, ("watch",))] == [
        ("watch.window", "the newest partition is the window, so none can be named: leave out what begins with $")
    ]


@pytest.mark.parametrize(
    ("baseline", "window", "tables", "wrong"),
    [
        ("b.parquet", "latest/", {"order_by": "at"}, {"order_by": "bq://… or spark://…), and none is watched"}),
        ("bq://example-ml.ds.t", "latest/", {"billed_to": "example-ml", "most_scanned_gib": 5}, {}),
        ("bq://example-ml.ds.t", "spark://lake.t", {"billed_to": "example-ml", "partition": "day"}, {}),
        (
            "b.parquet",
            "spark://lake.t",
            {"most_scanned_gib": 100, "order_by": "at"},
            {"most_scanned_gib": "bq://…), and none is watched"},
        ),
        (
            "spark://lake.t",
            "bq://example-ml.ds.t",
            {"partition": "day"},
            {"partition": "spark://…), and the window is none"},
        ),
    ],
)
def test_what_is_said_of_tables_that_nobody_watches_is_no_silent_setting(baseline, window, tables, wrong):
    watch = Watch(baseline=baseline, window=window, features=("a",), tables=tables)
    assert [(problem.location, problem.message) for problem in watch_problems(watch, ("watch",))] == [
        (f"watch.tables.{key}", f"this is for tables ({meant}: leave it out") for key, meant in wrong.items()
    ]


@pytest.mark.parametrize("paths", [("b.parquet", "bq://example-ml.ds.chats"), ("spark://lake.chats", "latest/")])
def test_texts_of_tables_are_not_looked_into(paths):
    baseline, window = paths
    watch = Watch(baseline=baseline, window=window, features=("question",), texts=("question",))
    message = "what stands for texts and vectors is computed from files only: watch them in files, or leave it out"
    found = [(problem.location, problem.message) for problem in watch_problems(watch, ("watch",))]
    assert found == [("watch.texts", message)]
