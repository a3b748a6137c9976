from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.random_promql import expressions
from weighbridge.signals.lint import lint
from weighbridge.signals.metric_facts import MetricFacts

LOCATION = "compute.googleapis.com/Location"
FAMILY = "compute_googleapis_com:quota_gpus_per_gpu_family_usage"
USAGE = "serviceruntime_googleapis_com:quota_allocation_usage"
KNOWN = {
    facts.name: facts
    for facts in (
        MetricFacts("requests_total", "counter"),
        MetricFacts("latency", "histogram"),
        MetricFacts("distance", "gauge"),
        MetricFacts("rows_total", "gauge"),
        MetricFacts("rows_bucket", "gauge"),
        MetricFacts("redis_googleapis_com:clients_count", "gauge"),
        MetricFacts(USAGE, "gauge", sparse=True, resources=("consumer_quota",)),
        MetricFacts(FAMILY, "gauge", sparse=True, resources=(LOCATION, "consumer_quota")),
        MetricFacts("kubernetes_io:container_restart_count", "counter"),
    )
}
MINUTE = timedelta(minutes=1)


def findings(expression, hold=timedelta(0)):
    return [str(finding) for finding in lint(expression, hold, KNOWN)]


@pytest.mark.parametrize(
    "expression",
    [
        'sum by (code) (rate(requests_total{code=~"5.."}[5m])) > 0.1',
        "histogram_quantile(0.99, sum by (le) (rate(latency_bucket[1h] offset 1h))) > 0.5",
        '1 - rate(latency_bucket{le="0.5"}[6h]) / rate(latency_count[6h]) > 0.01',
        f'max(last_over_time({FAMILY}{{monitored_resource="{LOCATION}"}}[1d])) > 8',
        f"deriv({USAGE}[6h]) > 0",
        f"max_over_time({USAGE}[1d:5m]) > 0",
        f"max_over_time(({USAGE})[1d:]) > 0",
        'sum by (namespace_name) (kubernetes_io:container_restart_count{cluster_name="prod"}) > 3',
        (
            'sum by (namespace) (label_replace(kubernetes_io:container_restart_count, "namespace", '
            '"$1", "namespace_name", '
            '"(.*)")) > 3'
        ),
        'sum by (cluster) (rate(requests_total{cluster="prod"}[5m])) > 3',
        "redis_googleapis_com:clients_count > 5",
        "vector(1)",
        'absent(distance{pipeline="churn"})',
        '{__name__="distance"} > 1',
        "unknown_elsewhere > 1",
        "distance @ end() > 1",
        "max_over_time(distance[24h]) > 1",
        'label_replace(distance, "a", "$1", "b", "(.*)") > 5',
    ],
)
def test_good_expressions(expression):
    assert findings(expression, timedelta(minutes=30)) == []


@pytest.mark.parametrize(
    ("expression", "finding"),
    [
        (
            "sum(rate(requests_total[5m])",
            "syntax: not PromQL: line 1, column 4: unclosed left parenthesis, at `(rate(requests_total`",
        ),
        (
            "(distance[5m])",
            (
                "syntax: `distance[5m]` gives many samples, an alert needs one value per series: "
                "write last_over_time(distance[5m])"
            ),
        ),
        ('"distance"', 'syntax: `"distance"` is a text, an alert needs a number: write a comparison'),
        (
            'sum({__name__=~"dist.*", a="b"}) > 1',
            (
                'G1: `{__name__=~"dist.*",a="b"}` chooses metrics by __name__=~"dist.*", and Google '
                "matches only one exact "
                "name: write one expression per metric"
            ),
        ),
        (
            '{__name__!="distance", a="b"} > 1',
            (
                'G1: `{__name__!="distance",a="b"}` chooses metrics by __name__!="distance", and '
                "Google matches only one "
                "exact name: write one expression per metric"
            ),
        ),
        (
            '{job="ranker"} > 1',
            (
                'G1: `{job="ranker"}` names no metric, and Google matches only exact names: write '
                "the name before the "
                "braces"
            ),
        ),
        (
            "max_over_time(distance[25h]) > 1",
            (
                "G2: `distance[1d1h]` reads 1d1h back, offsets and subqueries included: at most 1d; "
                "shorten it, or record "
                "the long range as a metric of its own"
            ),
        ),
        (
            "max_over_time(distance[1h] offset 23h30m) > 1",
            (
                "G2: `distance[1h] offset 23h30m` reads 1d30m back, offsets and subqueries included: "
                "at most 1d; shorten "
                "it, or record the long range as a metric of its own"
            ),
        ),
        (
            "max_over_time(rate(requests_total[1h])[1d:1m]) > 1",
            (
                "G2: `requests_total[1h]` reads 1d1h back, offsets and subqueries included: at most "
                "1d; shorten it, or "
                "record the long range as a metric of its own"
            ),
        ),
        (
            "distance @ 1700000000 > 1",
            "G2: `distance @ 1700000000.000` reads one fixed moment, ever further back: write an offset",
        ),
        (
            f"{USAGE} > 1",
            (
                f"G3: `{USAGE}` is sampled so rarely that a plain selector finds nothing most of the time: "
                f"write last_over_time({USAGE}[1d])"
            ),
        ),
        (
            f"max_over_time(({USAGE} > 0)[1d:]) > 1",
            (
                f"G3: `{USAGE}` is sampled so rarely that a plain selector finds nothing most of the time: "
                f"write last_over_time({USAGE}[1d])"
            ),
        ),
        (
            f"max_over_time({USAGE}[1d:1h]) > 1",
            (
                f"G3: `{USAGE}` is sampled so rarely that a plain selector finds nothing most of the time: "
                f"write last_over_time({USAGE}[1d])"
            ),
        ),
        (
            f"last_over_time({FAMILY}[1d]) > 1",
            (
                f"G4: `{FAMILY}[1d]` exists on {LOCATION} or consumer_quota: "
                f'add monitored_resource="{LOCATION}" or the other'
            ),
        ),
        (
            f'last_over_time({USAGE}{{monitored_resource="gce_instance"}}[1d]) > 1',
            (
                f"G4: `{USAGE}{{monitored_resource=\"gce_instance\"}}[1d]`: 'gce_instance' doesn't "
                f"write this metric, "
                "consumer_quota does: change monitored_resource"
            ),
        ),
        (
            "rows_total > 1",
            (
                "G5: `rows_total` is a gauge, but Google looks for a counter by this name and finds none: rename the "
                "metric so that it doesn't end in _total"
            ),
        ),
        (
            "rows_bucket > 1",
            (
                "G5: `rows_bucket` is a gauge, but Google looks for a histogram by this name and "
                "finds none: rename the "
                "metric so that it doesn't end in _bucket"
            ),
        ),
        (
            "limitk(3, distance) > 1",
            "G6: `limitk` came with Prometheus 2.54.0, Google speaks the dialect of 2.44: write topk or bottomk",
        ),
        (
            "double_exponential_smoothing(distance[1h], 0.5, 0.1) > 1",
            (
                "G6: `double_exponential_smoothing` came with Prometheus 3.0.0, Google speaks the dialect of 2.44: "
                "write holt_winters"
            ),
        ),
        (
            "distance + fill(0) requests_total > 1",
            (
                "G6: `fill` came with Prometheus 3, Google speaks the dialect of 2.44: write `or` "
                "with the value to fill "
                "in"
            ),
        ),
        (
            '{"a.googleapis.com/b/c.d", e="f"} > 1',
            (
                'G6: the quoted name "a.googleapis.com/b/c.d" came with Prometheus 3, which promtool 2 cannot read: '
                "write `a_googleapis_com:b_c_d`"
            ),
        ),
        (
            'distance{a="b", "c.d"="e"} > 1',
            'G6: the quoted name "c.d" came with Prometheus 3, which promtool 2 cannot read: write `c_d`',
        ),
        (
            "max_over_time(distance[300]) > 1",
            (
                "G6: a time span without a unit (300) came with Prometheus 3, Google speaks the dialect of 2.44: "
                "write `300s`"
            ),
        ),
        (
            'kubernetes_io:container_restart_count{cluster="prod"} > 3',
            'G8: `kubernetes_io:container_restart_count{cluster="prod"}` has no label cluster: write cluster_name',
        ),
        (
            "sum by (namespace) (kubernetes_io:container_restart_count) > 3",
            (
                "G8: `kubernetes_io:container_restart_count` has no label namespace to group or join by: "
                "write namespace_name, or label_replace it"
            ),
        ),
        (
            "kubernetes_io:container_restart_count * on (namespace) distance > 3",
            (
                "G8: `kubernetes_io:container_restart_count` has no label namespace to group or join by: "
                "write namespace_name, or label_replace it"
            ),
        ),
    ],
)
def test_what_google_refuses(expression, finding):
    assert findings(expression) == [finding]


@pytest.mark.parametrize(
    ("hold", "finding"),
    [
        (45, "G7: a hold time of 45s is no multiple of 30s: write 30s or 1m"),
        (0.5, "G7: a hold time of 0.5s is no multiple of 30s: write 0s or 30s"),
        (-30, "G7: a hold time below zero: write 0s or a multiple of 30s"),
    ],
)
def test_hold_times_between_googles_steps(hold, finding):
    assert findings("distance > 1", timedelta(seconds=hold)) == [finding]


def test_range_and_hold_time_together():
    day = "max_over_time(distance[1d]) > 1"
    assert findings(day, timedelta(hours=1)) == []
    assert findings(day, timedelta(hours=1, seconds=30)) == [
        (
            "G2: `distance[1d]` reads 1d back and must hold for 1h30s, 1d1h30s together: at most 1d1h; "
            "shorten one of them"
        )
    ]


def test_everything_at_once_and_each_thing_once():
    found = findings('rows_total + rows_total + limitk(1, {a="b"})', timedelta(seconds=1))
    assert [finding.partition(":")[0] for finding in found] == ["G1", "G5", "G6", "G7"]


@given(expressions, st.integers(0, 3000))
def test_the_range_rule_is_the_arithmetic(made, half_minutes):
    hold = half_minutes * MINUTE / 2
    broken = any(
        minutes * MINUTE > timedelta(hours=24) or minutes * MINUTE + hold > timedelta(hours=25)
        for minutes in made.minutes
    )
    assert [finding.rule for finding in lint(made.text, hold, KNOWN)][:1] == ["G2"] * broken
