"""The catalogue agrees with itself, both ways: each required cell has a signal, each metric an emitter."""

from __future__ import annotations

import promql_parser

from tests.support.specs import everything, prod
from weighbridge.serving.server import servers
from weighbridge.signals.rows import catalogue
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched

ROWS = catalogue().signals


def expressions():
    for spec in everything():
        for signal in watched(subjects(spec)):
            yield from ((signal.key, condition.expression) for condition in signal.conditions if condition.expression)
            if signal.chart is not None:
                yield from ((signal.key, query) for _, query in signal.chart.queries)


def test_every_required_cell_has_a_signal():
    named = {(kind, cell) for row in ROWS for kind in row.kinds for cell in row.cells}
    of_quota = {cell for kind, cell in named if kind == "quota"}
    required = {(kind, cell) for kind, cells in catalogue().cells.items() for cell in cells}
    assert {(kind, cell) for kind, cell in required - named if cell not in of_quota} == set()


def test_every_cell_that_a_signal_names_is_required_of_somebody():
    required = {cell for cells in catalogue().cells.values() for cell in cells}
    assert {cell for row in ROWS for cell in row.cells} <= required


def test_ids_are_unique_and_each_says_what_to_do():
    assert len({row.id for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.means.endswith("."), row.id
        assert row.first_steps, row.id
        assert all(step.endswith((".", "?")) for step in row.first_steps), row.id
        assert {*row.needs} <= set(catalogue().needs), row.id
        assert row.template is None or row.template in catalogue().templates, row.id
        assert bool(row.filter) + bool(row.value or row.template) == 1, row.id


def test_every_expression_is_promql():
    found = list(expressions())
    assert len(found) > 200
    for key, text in found:
        assert promql_parser.parse(text) is not None, key


def test_every_signal_of_the_catalogue_is_tried_here():
    tried = {signal.row.id for spec in everything() for signal in watched(subjects(spec))}
    of_quota = {row.id for row in ROWS if row.kinds == ("quota",)}
    assert {row.id for row in ROWS} - tried - of_quota == set()


def test_every_server_is_tried_here():
    tried = {endpoint.server for spec in everything() for endpoint in spec.endpoints.values()}
    assert tried == set(servers())


def test_one_expression_in_full():
    signals = {signal.key: signal for signal in watched(subjects(prod()))}
    (condition,) = signals["click-features-missing-values"].conditions
    of = 'cluster="prod", pipeline="click-features", stage="data"'
    assert condition.expression == (
        f"(max by (pipeline, stage, feature) (ml_feature_missing_ratio{{{of}}})\n"
        "  - on (pipeline, stage, feature)\n"
        f"  max by (pipeline, stage, feature) (ml_feature_missing_baseline_ratio{{{of}}})) > 0.05"
    )


def test_one_threshold_stands_in_one_place_of_the_spec():
    changed = prod(
        ("  notify:\n", "  thresholds: {feature_skew: 0.25}\n  notify:\n"),
        ("    slo: {availability: 99.9%", "    thresholds: {feature_skew: 0.15}\n    slo: {availability: 99.9%"),
    )
    signals = {signal.key: signal for signal in watched(subjects(changed))}
    assert " > 0.15\n" in signals["ranker-feature-skew"].conditions[0].expression
    assert " > 0.15)" in signals["ranker-dataset-skew"].conditions[0].expression
    assert " > 0.25\n" in signals["click-features-feature-skew"].conditions[0].expression
    chart = signals["ranker-feature-skew"].chart
    assert chart is not None
    assert chart.line == 0.15
