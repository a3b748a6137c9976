"""A day of production that drifts, as OpenMetrics text: a candidate fails, a feature moves, runs stop.

What happens, in hours of the day: from 10 the candidate v8 fails and is slow; from 14 `country` and `score` drift and
values are missing; at 18 the runs of click-features stop; ranker-training has a run going from 20.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from math import sin

DAY_SECONDS, EVERY_SECONDS = 86400, 120
WORSE, DRIFTS, STOPS, TRAINS = 10, 14, 18, 20
FEATURES = ("user_age_days", "item_price", "country", "clicks_1h")
NOISE = 0.04
METHODS = {"country": "l-infinity"}

Value = Callable[[float], float]
"""Of a series, by the hour of the day."""


def openmetrics(end: datetime) -> str:
    """The day before `end`."""
    last = int(end.timestamp())
    moments = [(second / 3600, last - DAY_SECONDS + second) for second in range(0, DAY_SECONDS + 1, EVERY_SECONDS)]
    series = (*_serving(), *_monitors(last), *_runs(last), *_requested(), *_quota())
    lines = [f"{name} {value(hour):.12g} {at}" for name, value in series for hour, at in moments]
    return "\n".join([*lines, "# EOF", ""])


def _serving() -> Iterator[tuple[str, Value]]:
    place = 'cluster="prod",namespace="serving",app="ranker"'
    for version, rate, failing in (("v7", 45.0, 0.0004), ("v8", 5.0, 0.0005)):
        for pod in ("a", "b") if version == "v7" else ("a",):
            labels = f'{{{place},model_version="{version}",pod="ranker-{version}-{pod}"}}'
            bad = version == "v8"

            def failed(hour: float, rate=rate, failing=failing, bad=bad) -> float:
                return 3600 * rate * (failing * hour + (0.02 * max(0.0, hour - WORSE) if bad else 0))

            def slow(hour: float, bad=bad) -> float:
                return 210_000 + 30_000 * sin(hour / 3) + (260_000 if bad and hour > WORSE else 0)

            yield f"nv_inference_request_success{labels}", lambda hour, rate=rate: 3600 * rate * hour
            yield f"nv_inference_request_failure{labels}", failed
            for quantile, share in (("0.5", 0.4), ("0.95", 0.8), ("0.99", 1.0)):
                named = f'{labels[:-1]},quantile="{quantile}"}}'
                yield f"nv_inference_request_summary_us{named}", lambda hour, share=share, slow=slow: share * slow(hour)
            yield f"nv_gpu_utilization{labels}", lambda hour, bad=bad: 0.5 + 0.2 * sin(hour / 4) + 0.1 * bad
            yield (
                f"nv_inference_pending_request_count{labels}",
                lambda hour, bad=bad: 4.0 if bad and hour > WORSE else 1.0,
            )
            yield f"up{labels}", lambda hour, pod=pod: 0.0 if pod == "b" and 12 < hour < 12.5 else 1.0


def _monitors(last: int) -> Iterator[tuple[str, Value]]:
    for pipeline, stage in (("ranker", "serving"), ("click-features", "data"), ("ranker-validation", "validation")):
        of = f'cluster="prod",pipeline="{pipeline}",stage="{stage}"'
        measured: dict[str, tuple[str, ...]] = {"feature": FEATURES}
        measured |= {"output": ("score",)} if stage == "serving" else {}
        measured |= {"label": ("clicked",)} if stage == "data" else {}
        for column, names in measured.items():
            metric = {"feature": "ml_feature", "output": "ml_prediction", "label": "ml_label"}[column]
            for name in names:
                for baseline in ("training", "previous"):
                    method = METHODS.get(name, "jensen-shannon")
                    labels = f'{{{of},{column}="{name}",method="{method}",baseline="{baseline}"}}'
                    drifts = name in ("country", "score") and baseline == "training"

                    def distance(hour: float, name=name, drifts=drifts) -> float:
                        return 0.03 + 0.01 * sin(hour + len(name)) + (0.04 * max(0.0, hour - DRIFTS) if drifts else 0)

                    yield f"{metric}_distance{labels}", distance
                    yield f"{metric}_distance_noise{labels}", lambda _: NOISE
        for name in FEATURES:
            labels = f'{{{of},feature="{name}"}}'
            yield (
                f"ml_feature_missing_ratio{labels}",
                lambda hour, name=name: 0.12 if name == "country" and hour > DRIFTS else 0.01,
            )
            yield f"ml_feature_missing_baseline_ratio{labels}", lambda _: 0.01
            for reason in ("type", "range", "unseen"):
                yield f'ml_feature_invalid_ratio{labels[:-1]},reason="{reason}"}}', lambda _: 0.001
        yield f"ml_window_rows{{{of}}}", lambda _: 20_000
        yield f"ml_window_timestamp_seconds{{{of}}}", lambda hour: _at(last, int(hour))
    of = 'cluster="prod",pipeline="ranker",stage="serving"'
    for slice_, value in (("all", 0.409), ("country=de", 0.35), ("model_version=v7", 0.41), ("model_version=v8", 0.40)):
        labels = f'{{{of},metric="ndcg_at_10",slice="{slice_}",direction="higher"}}'
        yield f"ml_model_quality{labels}", lambda _, value=value: value
        yield f"ml_model_quality_baseline{labels}", lambda _: 0.412
    yield f'ml_quality_timestamp_seconds{{{of},metric="ndcg_at_10"}}', lambda _: _at(last, -6)


def _runs(last: int) -> Iterator[tuple[str, Value]]:
    stages = {"click-features": "data", "ranker-validation": "validation"}
    stages |= dict.fromkeys(("ranker-training", "embedder-training"), "training")
    for pipeline, stage in {**stages, "ranker": "serving"}.items():
        of = f'{{cluster="prod",pipeline="{pipeline}",stage="{stage}"}}'
        yield f"ml_monitor_last_success_timestamp_seconds{of}", lambda hour: _at(last, int(hour * 4) / 4)
        if stage == "serving":
            continue
        often = pipeline == "click-features"
        yield (
            f"ml_pipeline_last_success_timestamp_seconds{of}",
            lambda hour, often=often: _at(last, min(int(hour), STOPS) if often else -3),
        )
        yield (
            f"ml_pipeline_consecutive_failures{of}",
            lambda hour, often=often: float(max(0, int(hour) - STOPS)) if often else 0.0,
        )
        yield f"ml_pipeline_run_duration_seconds{of}", lambda hour, often=often: 1500 + 300 * sin(int(hour)) * often
        yield f"ml_pipeline_run_duration_baseline_seconds{of}", lambda _: 1500
    of = 'cluster="prod",pipeline="ranker-training",stage="training",run="2026-11-24"'
    yield f"ml_pipeline_run_start_timestamp_seconds{{{of}}}", lambda _: _at(last, TRAINS)
    yield f"ml_pipeline_run_active{{{of}}}", lambda hour: float(hour > TRAINS)


def _requested() -> Iterator[tuple[str, Value]]:
    for pipeline in ("click-features", "ranker-validation"):
        of = f'cluster_name="prod",namespace_name="pipeline-{pipeline}",monitored_resource="k8s_container"'
        yield f"kubernetes_io:container_cpu_request_cores{{{of}}}", lambda hour: 40 + 30 * (int(hour) % 3)


def _quota() -> Iterator[tuple[str, Value]]:
    for quota, limit, growth in (("nvidia_l4_gpus", 24, 0.7), ("n2_cpus", 200, 0.0)):
        place = 'monitored_resource="consumer_quota",service="compute.googleapis.com",project_id="example-ml"'
        of = f'{{{place},location="us-central1",quota_metric="compute.googleapis.com/{quota}"}}'
        yield (
            f"serviceruntime_googleapis_com:quota_allocation_usage{of}",
            lambda hour, growth=growth: 8 + growth * max(0.0, hour - 4),
        )
        yield f"serviceruntime_googleapis_com:quota_limit{of}", lambda _, limit=limit: limit


def _at(last: int, hour: float) -> float:
    """Unix time of an hour of the day."""
    return last - DAY_SECONDS + 3600 * hour
