"""A pipeline as the spec writes it: its share of a node pool, when it runs, and what its data is watched for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool, StringConstraints

from weighbridge.spec.cluster import Cidr
from weighbridge.spec.thresholds import Thresholds
from weighbridge.units import (
    PART,
    BucketPath,
    Day,
    DnsLabel,
    Duration,
    Expected,
    KeyOf,
    Percent,
    ProjectId,
    Quantity,
    Timestamp,
    WholeNumber,
)

ResourceName = Literal["cpu", "memory", "nvidia.com/gpu", "google.com/tpu"]
"""Kubernetes' names of what pods ask for. GKE offers MIG partitions and shared GPUs as ``nvidia.com/gpu`` too."""

Profile = Literal["tabular", "text", "image", "none"]
"""What a model's inputs are; decides which signals must be watched. `none`: nothing of its data."""

Column = Annotated[
    str, StringConstraints(min_length=1, max_length=200), Expected("a column's name of at most 200 characters")
]
Phrase = Annotated[
    str,
    StringConstraints(min_length=5, max_length=200, strip_whitespace=True),
    Expected("a phrase of 5 to 200 characters"),
]
DataPath = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](?:/\S*)?|[^\s:/]+(?:/\S*)?)$", max_length=1024
    ),
    Expected("a Cloud Storage path such as gs://bucket/folder/, or a relative path"),
]
"""A file or folder in a bucket, or relative to the working folder."""


WatchedPath = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](?:/\S*)?"
        r"|bq://[a-z][a-z0-9-]{4,28}[a-z0-9]\.[A-Za-z0-9_]+\.[A-Za-z0-9_-]+(?:\$[0-9]+)?"
        r"|spark://(?:[A-Za-z0-9_-]+\.){0,2}[A-Za-z0-9_-]+(?:\$[A-Za-z0-9_.:+-]+)?"
        r"|[^\s:/]+(?:/\S*)?)$",
        max_length=1024,
    ),
    Expected(
        "a path such as gs://bucket/folder/, a table such as bq://project.dataset.table or "
        "spark://catalog.schema.table, or a relative path"
    ),
]
"""A file or folder as `DataPath`, or a table of BigQuery or Spark; after `$` one partition of it."""


class LateLabels(BaseModel):
    """`watch.quality.labels`: labels that come after the predictions, joined to the rows of a window by a key."""

    model_config = PART

    source: WatchedPath = Field(examples=["gs://example-ml-data/ranker-labels/"])
    """Parquet or CSV files with labels: a folder with all in it, or one file. A label may come in any of them. Where
    the window is a table, a table of the same engine, such as `bq://PROJECT.DATASET.TABLE`."""

    key: tuple[Column, ...] = Field(min_length=1, max_length=4, examples=[["request_id"]])
    """Columns that windows and labels both have, and that together tell rows apart: texts, whole numbers or times."""

    label: Column = Field(examples=["clicked"])
    """Column of the labels."""

    prediction: Column = Field(examples=["predicted_click"])
    """Column of the window that is held against them."""

    wait: Duration = Field(examples=["2d"])
    """How late labels may be: the newest window that was written so long ago is judged, again when labels have come."""

    least_coverage: Percent = Decimal(50)
    """Share of its rows that must have a label; with fewer nothing is called good or bad, and `labels-few` says so."""


class Quality(BaseModel):
    """`watch.quality`: how good the model is by reports, or by labels that come late, and what is normal."""

    model_config = PART

    metric: Annotated[
        str,
        StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,62}$"),
        Expected("a metric's name of letters, digits and underscores"),
    ] = Field(examples=["ndcg_at_10"])
    """Name of the metric in the reports. With `labels`: `accuracy`, `mean_absolute_error`, `root_mean_squared_error` or
    `log_loss` (labels 0 and 1, predictions from 0 to 1)."""

    report: DataPath | None = Field(default=None, examples=["gs://example-ml-data/ranker-quality/"])
    """Folder of the reports, in a bucket or a folder. Left out: `labels` says how quality is known."""

    labels: LateLabels | None = None
    """Labels that are joined to windows. Left out: `report` says how quality is known."""

    baseline: float = Field(strict=True, allow_inf_nan=False, examples=[0.412])
    """Its value when the model was accepted."""

    better: Literal["higher", "lower"] = Field(examples=["higher"])
    """Which way is better."""

    proxy: StrictBool = False
    """It stands for quality while labels are late: a change in either direction counts."""


RUNS_READ_EVERY = timedelta(minutes=5)
"""How often a drift monitor looks at status files and quality reports, and again at a window that failed: they are
small, and whoever is told of a failed run should not wait for the next window."""


Mark = Annotated[
    str, StringConstraints(min_length=1, max_length=1, pattern=r"^[^\w\r\n\"]$"), Expected('one character such as ";"')
]
"""One character that parts values or digits: no letter, no digit, no quote."""


class CsvFormat(BaseModel):
    """`watch.csv`: how CSV files are written. Parquet needs nothing of it."""

    model_config = PART

    separator: Mark = ","
    """Stands between two values, such as `;` or a tab (`"\\t"`)."""

    decimal: Literal[".", ","] = "."
    """Stands before decimals."""

    thousands: Mark | None = None
    """Parts thousands, such as `.` in `1.234,5`. Left out: nothing does."""

    encoding: Literal["utf-8", "utf-16", "latin-1", "windows-1252"] = "utf-8"
    """How its characters are kept."""


class TimeSample(BaseModel):
    """`watch.sample`: the rows of windows that are counted, where all of them are more than it takes."""

    model_config = PART

    by: Column = Field(examples=["logged_at"])
    """Column with the time of each row; of request logs `time`."""

    take: Duration = Field(examples=["30s"])
    """Rows of the first so many seconds are counted …"""

    of_every: Duration = Field(examples=["10m"])
    """… of every so many, counted from 1970 in UTC."""


LogFormat = Literal["google-load-balancer", "vllm", "openai", "triton-trace"]
"""Request logs whose columns `drift_monitor/request_logs.yaml` names."""


class WatchedTables(BaseModel):
    """`watch.tables`: how tables of BigQuery (`bq://…`) and Spark (`spark://…`) are read. Files need nothing of it."""

    model_config = PART

    most_scanned_gib: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] = 100
    """What BigQuery may scan to read the baseline, or a window, in GiB. What would take more is refused before it costs
    anything."""

    billed_to: ProjectId | None = None
    """Project in which BigQuery's queries run and are billed. Left out: the table's own."""

    partition: Column | None = None
    """Column of a Spark table whose values tell windows apart. Left out: the one by which it is partitioned; a table of
    BigQuery always says it itself."""

    order_by: Column | None = None
    """Column that says in which order rows came, such as a time: how much rows depend on one another is measured in the
    first ones. Left out: rows of a table count as independent, as tables have no order."""


class Watch(BaseModel):
    """`watch`: what the newest data is compared with, and which columns matter."""

    model_config = PART

    baseline: WatchedPath = Field(examples=["gs://example-ml-data/ranker/baseline.parquet"])
    """Parquet or CSV file of the reference data, in a bucket (`gs://…`) or a folder; or a table, `bq://P.DATASET.TABLE`,
    and after `$` one partition of it."""

    window: WatchedPath = Field(examples=["gs://example-ml-data/ranker/latest/"])
    """Folder of the newest data: files that are parts of one window, or a subfolder for each window, named by a date or
    a number such as `2026-11-20`, `dt=2026-11-20` or `year=2026/month=11/day=20`; the highest is the newest. Or a table
    whose partitions are windows: `bq://PROJECT.DATASET.TABLE`, `spark://CATALOG.SCHEMA.TABLE`."""

    model_since: Timestamp | None = None
    """When the model that serves was trained, with its zone. A baseline that was written before is another model's.
    Left out: that is not watched."""

    sample: TimeSample | None = None
    """Count windows by the rows of some seconds in every so many. Left out: by all rows."""

    tables: WatchedTables | None = None
    """How tables are read. Left out: BigQuery scans at most 100 GiB for a window; rows count as independent."""

    format: LogFormat | None = None
    """Files are request logs of this kind, whose columns `docs/monitoring.md` names; what ends in `.parquet`, `.csv` or
    `.csv.gz` still is what it is. A `baseline` that ends with `/` is all logs of that folder. Left out: Parquet and
    CSV."""

    csv: CsvFormat | None = None
    """How CSV files are written. Left out: commas between values, points before decimals, UTF-8."""

    features: tuple[Column, ...] = ()
    """Columns that are inputs. A field of a struct is named by its path with dots, such as `request.country`."""

    labels: tuple[Column, ...] = ()
    """Columns that are labels."""

    predictions: tuple[Column, ...] = ()
    """Columns that are predictions."""

    texts: tuple[Column, ...] = Field(default=(), examples=[["prompt", "answer"]])
    """Columns among features, labels and predictions that hold texts. Compared are their length in characters, language
    and repetition, and of labels and predictions how many are refusals. Left out: texts are categories."""

    refusals: tuple[Phrase, ...] = Field(default=(), max_length=50, examples=[["that is not my department"]])
    """With `texts`: phrases in the first 300 characters that make an answer a refusal, beside the usual ones in 11
    languages; upper and lower case are alike."""

    embeddings: tuple[Column, ...] = Field(default=(), max_length=10, examples=[["prompt_embedding"]])
    """Columns among features, labels and predictions that hold vectors, as lists of numbers in Parquet. Compared are
    their norm, their size and how far they go in 8 fixed directions. Left out: vectors can't be compared."""

    slices: tuple[Column, ...] = Field(default=(), max_length=3)
    """Columns whose values split the data, such as `country`: each of their 8 most frequent values in the baseline is
    judged on its own too. Texts, whole numbers or booleans. Left out: only all rows together are judged."""

    quality: Quality | None = None
    """Reports of model quality, or labels that come late."""

    every: Duration = timedelta(hours=1)
    """How often the window is measured."""

    least_rows: Annotated[WholeNumber, Field(ge=100, le=10**9)] = 1000
    """Fewest rows of a window from which its distances say something."""


class Pipeline(BaseModel):
    """`pipelines.<name>`: work that runs on one node pool, with a guaranteed share and a ceiling."""

    model_config = PART

    kind: Literal["data", "training", "validation", "experiment"] = Field(examples=["training"])
    """What it does; decides which signals it must have."""

    node_pool: Annotated[DnsLabel, KeyOf("node_pools")] = Field(examples=["system"])
    """The node pool it runs on."""

    guaranteed: dict[ResourceName, Quantity] = Field(examples=[{"cpu": 4}])
    """Nominal quota: what it can always have. The sum over a pool fits the pool."""

    at_most: dict[ResourceName, Quantity] = Field(examples=[{"cpu": 8}])
    """The most it may use when others are idle; at least `guaranteed`."""

    profile: Profile = "tabular"
    """What its data are: `tabular`, `text`, `image`, or `none` where nothing of them can be compared. Decides which
    signals it must have: of texts and images, those of a window are advice until `watch` is given."""

    pod_security: Literal["restricted", "baseline", "privileged"] = "baseline"
    """Kubernetes' Pod Security Standard that its namespace holds pods to. `privileged` lets pods do anything on their
    node, which network plugins of A3 machines need."""

    reaches: tuple[Cidr, ...] = Field(default=(), max_length=50)
    """Ranges outside the cluster that its pods may open connections to, on every port, such as that of a database. Left
    out: each other, and HTTPS to addresses outside the network."""

    runs_every: Duration | None = None
    """How often it runs. Left out: at any time, so freshness is not watched."""

    expected_duration: Duration | None = None
    """How long a run normally takes. Left out: learned from past runs."""

    runs: BucketPath | None = None
    """Folder where each run leaves its status file."""

    watch: Watch | None = None
    """What its data is compared with."""

    thresholds: Thresholds | None = None
    """Where it differs from `monitoring.thresholds`."""

    measure_only: StrictBool = False
    """Its alerts tell nobody yet; with `measure_only_until`."""

    measure_only_until: Day | None = None
    """The day from which `measure_only` is a violation."""
