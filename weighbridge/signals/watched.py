"""The signals of a spec: the catalogue's rows, filled in for each subject whose needs are met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from weighbridge.signals.rows import ChartRow, Comparison, SignalRow, catalogue
from weighbridge.signals.subjects import Subject
from weighbridge.signals.words import Words, fill
from weighbridge.units import parse_duration


@dataclass(frozen=True, slots=True)
class AlertCondition:
    """One way in which a signal fires. `expression` is whole; `filter` is set instead where PromQL can't read it."""

    entry: str  # which entry of the signal's list; empty where it has none
    expression: str
    filter: str
    aligner: str  # of the filter's metric
    compare: Comparison
    threshold: str


@dataclass(frozen=True, slots=True)
class SignalChart:
    """What is drawn of a signal: queries by legend, and the threshold as a line."""

    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    line: float | None


@dataclass(frozen=True, slots=True)
class WatchedSignal:
    """One signal of one subject."""

    subject: Subject
    row: SignalRow
    conditions: tuple[AlertCondition, ...]
    hold_seconds: int
    chart: SignalChart | None

    @property
    def key(self) -> str:
        """Its identity within an environment."""
        return f"{self.subject.name}-{self.row.id}"


def watched(subjects: Iterable[Subject]) -> tuple[WatchedSignal, ...]:
    """Every signal that can be watched, in the order of subjects and catalogue."""
    return tuple(
        _fill(subject, row)
        for subject in subjects
        for row in catalogue().of(subject.kind)
        if subject.meets >= set(row.needs) and (row.for_each is None or subject.lists.get(row.for_each))
    )


def charts_without(subject: Subject, need: str) -> Iterator[tuple[SignalRow, SignalChart]]:
    """What could be drawn of a subject that meets all needs but one, without thresholds."""
    for row in catalogue().of(subject.kind):
        entries = subject.lists.get(row.for_each, ()) if row.for_each is not None else ({},)
        if need in row.needs and subject.meets | {need} >= set(row.needs) and entries:
            chart = _chart(row, {**subject.words, **row.with_}, entries, lined=False)
            if chart is not None:
                yield row, chart


def words_of(signal: WatchedSignal) -> tuple[Words, ...]:
    """The words of each condition, as its expression was filled in with them."""
    subject, row = signal.subject, signal.row
    return tuple({**subject.words, **row.with_, **entry} for entry in _entries(subject, row))


def _entries(subject: Subject, row: SignalRow) -> tuple[Words, ...]:
    return subject.lists[row.for_each] if row.for_each is not None else ({},)


def _fill(subject: Subject, row: SignalRow) -> WatchedSignal:
    entries = _entries(subject, row)
    of_all = {**subject.words, **row.with_}
    return WatchedSignal(
        subject=subject,
        row=row,
        conditions=tuple(_condition(row, {**of_all, **entry}) for entry in entries),
        hold_seconds=_seconds(fill(row.hold, of_all)),
        chart=_chart(row, of_all, entries),
    )


def _condition(row: SignalRow, words: Words) -> AlertCondition:
    threshold = fill(row.threshold, words)
    value, guard = _texts(row)
    expression = f"{fill(value, words)} {row.compare} {threshold}" if value else ""
    guarded = fill(guard, words)
    if guarded:
        expression += f"\n{guarded}"
    return AlertCondition(
        _entry(words), expression, fill(row.filter, words), fill(row.aligner, words), row.compare, threshold
    )


def _entry(words: Words) -> str:
    return words.get("entry") or words.get("version", "")


def _texts(row: SignalRow) -> tuple[str, str]:
    if row.template is None:
        return row.value, row.guard
    template = catalogue().templates[row.template]
    return template.value, template.guard


def _chart(row: SignalRow, of_all: Words, entries: tuple[Words, ...], *, lined: bool = True) -> SignalChart | None:
    drawn = _drawn(row)
    if drawn is None:
        return None
    query = drawn.query or _texts(row)[0]
    queries = dict.fromkeys((_entry({**of_all, **entry}), fill(query, {**of_all, **entry})) for entry in entries)
    if len({text for _, text in queries}) == 1:  # the chart doesn't depend on the entry
        queries = dict.fromkeys([("", next(iter(queries))[1])])
    line = _line(row, drawn, [{**of_all, **entry} for entry in entries]) if lined else None
    return SignalChart(drawn.title or row.title, fill(drawn.unit or row.unit, of_all), tuple(queries), line)


def _drawn(row: SignalRow) -> ChartRow | None:
    """What the row says of its chart, and what it doesn't say as its template does."""
    if row.chart == "none" or (row.chart is None and row.filter):
        return None
    shared = catalogue().templates[row.template].chart if row.template is not None else None
    of_template = shared.model_dump(exclude_unset=True) if shared is not None else {}
    own = row.chart.model_dump(exclude_unset=True) if isinstance(row.chart, ChartRow) else {}
    return ChartRow.model_validate({**of_template, **own})


def _line(row: SignalRow, drawn: ChartRow, entries: list[dict[str, str]]) -> float | None:
    """The line that the chart names, else the threshold where it shows what is compared; None where entries differ."""
    text = drawn.line or (None if drawn.query is not None else row.threshold)
    if text is None:
        return None
    lines = {fill(text, {"threshold": row.threshold, **words}) for words in entries}
    return float(lines.pop()) if len(lines) == 1 else None


def _seconds(text: str) -> int:
    return int(text) if text.isdecimal() else int(parse_duration(text).total_seconds())


def by_subject(signals: Iterable[WatchedSignal], name: str) -> Iterator[WatchedSignal]:
    """Those of one endpoint or pipeline."""
    return (signal for signal in signals if signal.subject.name == name)
