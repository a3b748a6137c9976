"""Every metric that an alert or a chart reads is exposed by somebody, and every expression is Google's PromQL."""

from __future__ import annotations

from tests.support.signal_cases import signals_of
from tests.support.specs import everything, prod
from weighbridge.signals.emitters import known, known_of, lint_of, unknown_of
from weighbridge.signals.expression import metrics_of
from weighbridge.signals.metric_facts import facts_of


def test_every_metric_of_an_expression_has_an_emitter_and_every_lint_passes():
    for spec in everything():
        signals = signals_of(spec)
        assert list(unknown_of(spec, signals)) == []
        assert [(key, str(found)) for key, found in lint_of(spec, signals)] == []
        charts = {
            name
            for signal in signals
            if signal.chart
            for _, query in signal.chart.queries
            for name in metrics_of(query)
        }
        assert {name for name in charts if facts_of(name, known_of(spec)) is None} == set()


def test_a_metric_that_nothing_exposes_is_named():
    spec = prod()
    signals = [signal for signal in signals_of(spec) if signal.key == "ranker-window-old"]
    (condition,) = signals[0].conditions
    from dataclasses import replace

    wrong = replace(condition, expression=condition.expression.replace("ml_window_timestamp", "ml_windw_timestamp"))
    assert list(unknown_of(spec, [replace(signals[0], conditions=(wrong,))])) == [
        ("ranker-window-old", "ml_windw_timestamp_seconds")
    ]


def test_a_custom_server_brings_its_own_names():
    spec = everything()[-1]
    assert "rules_total" not in known()
    assert known_of(spec)["rules_total"].kind == "counter"
    assert facts_of("rules_seconds_bucket", known_of(spec)).kind == "histogram"
