"""Rows of the catalogue, filled in for each subject whose needs are met."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.specs import prod
from weighbridge.signals.rows import ChartRow, SignalRow, catalogue
from weighbridge.signals.subjects import Subject, subjects
from weighbridge.signals.watched import (
    AlertCondition,
    SignalChart,
    _fill,
    by_subject,
    charts_without,
    watched,
    words_of,
)

SUBJECT = Subject(
    "ranker",
    "serving",
    ("endpoints", "ranker"),
    words={"limit": "0.3", "held": "600", "version": ""},
    lists={"versions": ({"version": "v7", "most": "1"}, {"version": "v8", "most": "2"})},
)
ROW = SignalRow(
    id="skew", kinds=("serving",), cells=(), title="It moved", value="max(d)", compare=">", threshold="${limit}",
    hold="10m", severity="ticket", unit="distance", means="It moved.", first_steps=("Look.",),
)  # fmt: skip


def filled(**changes):
    return _fill(SUBJECT, ROW.model_copy(update=changes))


def test_a_signal_with_one_condition():
    signal = filled()
    assert signal.key == "ranker-skew"
    assert signal.conditions == (AlertCondition("", "max(d) > 0.3", "", "", ">", "0.3"),)
    assert signal.hold_seconds == 600
    assert signal.chart == SignalChart("It moved", "distance", (("", "max(d)"),), 0.3)


@pytest.mark.parametrize(("hold", "seconds"), [("0", 0), ("90", 90), ("1h30m", 5400), ("${held}", 600)])
def test_a_hold_time_is_seconds_or_a_time_span(hold, seconds):
    assert filled(hold=hold).hold_seconds == seconds


def test_a_guard_stands_on_a_line_of_its_own():
    (condition,) = filled(guard="and n > ${limit}").conditions
    assert condition.expression == "max(d) > 0.3\nand n > 0.3"


def test_a_list_gives_a_condition_and_a_curve_each():
    signal = filled(for_each="versions", value='up{v="${version}"}', threshold="${most}")
    assert [(condition.entry, condition.expression) for condition in signal.conditions] == [
        ("v7", 'up{v="v7"} > 1'),
        ("v8", 'up{v="v8"} > 2'),
    ]
    assert signal.chart == SignalChart("It moved", "distance", (("v7", 'up{v="v7"}'), ("v8", 'up{v="v8"}')), None)
    assert [words["version"] for words in words_of(signal)] == ["v7", "v8"]


def test_a_curve_that_does_not_depend_on_the_entry_is_drawn_once():
    assert filled(for_each="versions").chart.queries == (("", "max(d)"),)


@pytest.mark.parametrize(
    ("chart", "expected"),
    [
        ("none", None),
        (ChartRow(title="Distance"), ("Distance", "distance", "max(d)", 0.3)),
        (ChartRow(query="d", unit="share"), ("It moved", "share", "d", None)),
        (ChartRow(query="d", line="2"), ("It moved", "distance", "d", 2.0)),
        (ChartRow(query="d", line="${threshold}"), ("It moved", "distance", "d", 0.3)),
    ],
)
def test_a_chart_as_the_row_says(chart, expected):
    drawn = filled(chart=chart).chart
    assert (drawn and (drawn.title, drawn.unit, drawn.queries[0][1], drawn.line)) == expected


def test_what_promql_can_t_read_is_a_filter_and_not_drawn():
    signal = filled(value="", filter='metric.type="${limit}"', aligner="ALIGN_${limit}")
    assert signal.conditions == (AlertCondition("", "", 'metric.type="0.3"', "ALIGN_0.3", ">", "0.3"),)
    assert signal.chart is None


def test_only_signals_whose_needs_are_met_are_watched():
    ranker = subjects(prod())[0]
    bare = replace(ranker, meets=frozenset())
    ids = {signal.row.id for signal in watched([ranker])}
    assert {signal.row.id for signal in watched([bare])} == {
        row.id for row in catalogue().of("serving") if not row.needs and row.id in ids
    }
    without_versions = replace(ranker, lists={**ranker.lists, "versions": ()})
    gone = ids - {signal.row.id for signal in watched([without_versions])}
    assert gone == {row.id for row in catalogue().of("serving") if row.for_each == "versions" and row.id in ids}
    assert gone


def test_what_could_be_drawn_without_a_promise_has_no_line():
    ranker = subjects(prod())[0]
    bare = replace(ranker, meets=ranker.meets - {"slo"})
    found = {row.id: chart for row, chart in charts_without(bare, "slo")}
    assert {"availability-burn", "latency-burn"} <= set(found)
    assert {chart.line for chart in found.values()} == {None}
    assert all("slo" in row.needs for row in catalogue().of("serving") if row.id in found)


def test_signals_of_one_subject():
    signals = watched(subjects(prod()))
    names = {signal.subject.name for signal in by_subject(signals, "ranker")}
    assert names == {"ranker"}
    assert list(by_subject(signals, "nobody")) == []
