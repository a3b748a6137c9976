"""The charts of a spec: those of its signals, those that show all endpoints at once, those that compare versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from weighbridge.dashboards.tile import Chart, Line, Query
from weighbridge.rollouts.weights import ALL, weights
from weighbridge.serving.outside_queue import queue_project, waiting
from weighbridge.signals.subjects import Subject
from weighbridge.signals.watched import SignalChart, WatchedSignal, charts_without
from weighbridge.signals.words import fill, number
from weighbridge.spec.endpoint import Endpoint
from weighbridge.units import UNITS_PER_SECOND, format_duration

ERRORS, LATENCY, REPLICAS = "availability-burn", "latency-burn", "replicas-gone"
"""Signals whose charts show an endpoint's errors, latency and replicas; the lines of the first two are its promises."""

PROMISE = "slo"
"""The need that an endpoint meets by promising something."""

_CROSSED: Mapping[str, str] = {">": "above", ">=": "from", "<": "below", "==": "at"}


def chart_of(signal: WatchedSignal) -> Chart | None:
    """What is drawn of a signal; the line says who is told, and after how long."""
    chart = signal.chart
    if chart is None:
        return None
    drawn = _chart(chart, signal.key, _line(signal, chart.line))
    # Curves of one query that labels tell apart would all have the same legend.
    return (
        replace(drawn, queries=tuple(Query("", query.text) for query in drawn.queries)) if signal.row.names else drawn
    )


def unpromised(subject: Subject) -> Iterator[Chart]:
    """Errors and latency of an endpoint that promises nothing: the same charts without a line."""
    if PROMISE not in subject.meets:
        drawn = _drawn(subject)
        yield from (_chart(drawn[signal], None, None) for signal in (ERRORS, LATENCY) if signal in drawn)


def traffic(subject: Subject) -> Iterator[Chart]:
    """Requests, where the server counts them."""
    if "requests" in subject.words:
        yield Chart("Requests", "per second", (Query("", fill("${requests:5m}", subject.words)),))


def outside_queue(endpoint: Endpoint, project: str) -> Iterator[Chart]:
    """What waits outside the replicas, and from where on a version can't have enough of them for its part of it.

    Not where the queue is another project's, which this one's dashboards can't read.
    """
    scale_on = endpoint.scale_on
    if scale_on is None or scale_on.queue is None or queue_project(scale_on.queue, project) != project:
        return
    carried = (
        scale_on.per_replica * endpoint.versions[version].replicas.max * ALL / weight
        for version, weight in weights(endpoint).items()
        if weight
    )
    line = Line(float(min(carried)), "all replicas carry")
    yield Chart("Waiting outside the replicas", "amount", (Query("", waiting(scale_on.queue)),), line)


def endpoints_at_once(subjects: Sequence[Subject]) -> Iterator[Chart]:
    """Errors, latency and replicas of all endpoints; by what each promises, so that one scale fits all.

    Where none promises anything, plain shares and seconds.
    """
    promised = [subject for subject in subjects if PROMISE in subject.meets]
    for id_, title, unit, word in (
        (ERRORS, "Errors", "share", "availability_budget"),
        (LATENCY, "p99 latency", "seconds", "latency_limit"),
    ):
        of = [subject for subject in promised or subjects if id_ in _drawn(subject)]
        if promised:
            queries = (_divided(subject, id_, subject.words[word]) for subject in of)
            chart = Chart(f"{title}, times what is promised", "times", tuple(queries), Line(1, "promised"))
        else:
            queries = (_divided(subject, id_, _in_base_unit(subject, id_)) for subject in of)
            chart = Chart(title, unit, tuple(queries))
        if of:
            yield chart
    replicas = tuple(Query(subject.name, fill("sum(up{${app}})", subject.words)) for subject in subjects)
    yield Chart("Replicas that answer", "count", replicas)


def titled(words: str) -> str:
    """With a capital, unless it begins with a name such as p99 or ndcg_at_10."""
    return words[:1].upper() + words[1:] if words.split(maxsplit=1)[0].isalpha() else words


def _drawn(subject: Subject) -> Mapping[str, SignalChart]:
    return {row.id: chart for row, chart in charts_without(subject, PROMISE)}


def _divided(subject: Subject, id_: str, by: str) -> Query:
    ((_, text),) = _drawn(subject)[id_].queries
    return Query(subject.name, text if by == "1" else f"({text}) / {by}")


def _in_base_unit(subject: Subject, id_: str) -> str:
    unit = subject.words["latency_unit"] if id_ == LATENCY else "s"
    return next(str(per_second) for name, per_second in UNITS_PER_SECOND.items() if name == unit)


def _chart(chart: SignalChart, key: str | None, line: Line | None) -> Chart:
    return Chart(titled(chart.title), chart.unit, tuple(Query(*query) for query in chart.queries), line, key)


def _line(signal: WatchedSignal, value: float | None) -> Line | None:
    if value is None:
        return None
    if {condition.threshold for condition in signal.conditions} != {number(value)}:
        return Line(value, "promised")  # burn rates: what is drawn is what they burn
    notified = "nobody is told" if signal.subject.measure_only else signal.row.severity
    held = f"for {format_duration(timedelta(seconds=signal.hold_seconds))}" if signal.hold_seconds else ""
    return Line(value, f"{notified} {_CROSSED[signal.row.compare]}", held)
