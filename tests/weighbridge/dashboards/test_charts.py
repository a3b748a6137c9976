"""What is drawn of signals and endpoints, and what a line says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.paths import STACKS
from tests.support.specs import CATALOG, full, prod, varied
from weighbridge.dashboards.charts import chart_of, endpoints_at_once, outside_queue, titled, traffic, unpromised
from weighbridge.dashboards.tile import Chart, Line, Query
from weighbridge.signals.quota_words import quota_lists
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import read_spec


def charts(spec: Spec) -> dict[str, Chart]:
    """The chart of each signal that has one, by its key."""
    signals = watched(subjects(spec, quota_lists(spec, CATALOG)))
    return {signal.key: chart for signal in signals if (chart := chart_of(signal)) is not None}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("ranker-feature-skew", Line(0.3, "ticket above", "for 30m")),
        ("ranker-availability-burn", Line(0.001, "promised")),
        ("ranker-latency-burn", Line(400_000, "promised")),
        ("click-features-failed", Line(1, "ticket from", "for 1m")),
        ("project-quota-exhaustion", Line(86400, "page below", "for 30m")),
        ("click-features-queue-stuck", Line(0, "ticket above", "for 1h")),
    ],
)
def test_a_line_says_who_is_told_and_when(key, expected):
    assert charts(full())[key].line == expected


def test_measure_only_is_said_on_the_line():
    slo = "    slo: {availability: 99.9%"
    spec = prod((slo, f"    measure_only: true\n    measure_only_until: 2026-12-31\n{slo}"))
    assert charts(spec)["ranker-feature-skew"].line == Line(0.3, "nobody is told above", "for 30m")


@pytest.mark.parametrize(("signal_id", "legends"), [("feature-skew", ["", ""]), ("replicas-gone", ["v7", "v8"])])
def test_curves_that_labels_tell_apart_have_no_legend(signal_id, legends):
    (signal,) = (signal for signal in watched(subjects(prod())) if signal.key == f"ranker-{signal_id}")
    assert signal.chart is not None
    chart = chart_of(replace(signal, chart=replace(signal.chart, queries=(("v7", "a"), ("v8", "b")))))
    assert chart is not None
    assert [(query.legend, query.text) for query in chart.queries] == list(zip(legends, "ab", strict=True))


def test_the_line_of_an_outside_queue_is_where_the_first_version_has_no_more_replicas():
    (chart,) = outside_queue(varied().endpoints["ranker"], "example-ml")
    query = (
        'sum(pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource="pubsub_subscription",'
        ' subscription_id="clicks"})'
    )
    # Nine for each replica: four of v7 carry 90 % of 40, two of v8 would carry 10 % of 180.
    expected = Line(40, "all replicas carry")
    assert chart == Chart("Waiting outside the replicas", "amount", (Query("", query),), expected)
    assert [*outside_queue(varied().endpoints["ranker"], "other-ml")] == []
    assert [*outside_queue(prod().endpoints["ranker"], "example-ml")] == []


def test_an_endpoint_that_promises_nothing_shows_its_errors_and_latency_without_a_line():
    (ranker,) = [subject for subject in subjects(read_spec(STACKS / "dev.yaml")) if subject.kind == "serving"]
    errors, latency = unpromised(ranker)
    assert [(chart.title, chart.line, chart.signal) for chart in (errors, latency)] == [
        ("Error ratio", None, None),
        ("p99 latency", None, None),
    ]
    plain_errors, plain_latency, _ = endpoints_at_once([ranker])
    assert [(chart.title, chart.unit, chart.line) for chart in (plain_errors, plain_latency)] == [
        ("Errors", "share", None),
        ("p99 latency", "seconds", None),
    ]
    assert plain_errors.queries == (Query("ranker", errors.queries[0].text),)
    assert plain_latency.queries[0].text.endswith(" / 1000000"), "Triton counts microseconds"


def test_an_endpoint_that_promises_something_is_drawn_by_its_signals_instead():
    (ranker,) = [subject for subject in subjects(prod()) if subject.kind == "serving"]
    assert list(unpromised(ranker)) == []


def test_all_endpoints_at_once_are_measured_each_by_its_own_promise():
    serving = [subject for subject in subjects(full()) if subject.kind == "serving"]
    errors, latency, replicas = endpoints_at_once(serving)
    assert [query.legend for query in errors.queries] == ["ranker", "chat", "tagger", "embed", "rules"]
    assert [query.text.rpartition(" / ")[2] for query in errors.queries] == ["0.001", "0.005", "0.01", "0.01", "0.01"]
    assert [query.text.rpartition(" / ")[2] for query in latency.queries] == ["400000", "20", "1000000", "5", "0.1"]
    assert errors.line == latency.line == Line(1, "promised")
    assert replicas.queries[1].text == 'sum(up{cluster="prod", namespace="serving", app="chat"})'


def test_requests_are_drawn_where_the_server_counts_them():
    (ranker,) = [subject for subject in subjects(prod()) if subject.kind == "serving"]
    (requests,) = traffic(ranker)
    assert (requests.title, requests.unit, requests.signal) == ("Requests", "per second", None)
    custom = "{port: 8080, health_path: /healthz}"
    server = f"custom\n    custom: {custom}\n    scale_on: {{metric: in_flight, per_replica: 8}}\n"
    uncounted = prod(("    server: triton\n", f"    server: {server}"))
    (silent,) = [subject for subject in subjects(uncounted) if subject.kind == "serving"]
    assert list(traffic(silent)) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [("error ratio", "Error ratio"), ("p99 latency", "p99 latency"), ("ndcg_at_10", "ndcg_at_10")],
)
def test_a_name_keeps_its_spelling_in_a_title(words, expected):
    assert titled(words) == expected
