"""The unit tests of an alert, derived from its scenario: what must fire, and what mustn't, when.

Each condition of a signal has cases of its own: its ways to fire up to the minute of its hold time, what must stay
quiet while the same fires elsewhere (another environment, pipeline, version, ...), a restart during which two pods
expose the same series, series that vanish, and the scenario's own moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from weighbridge.serving.server import Signals, conventions_of
from weighbridge.signals.expression import Match, longest_range, selectors_of
from weighbridge.signals.scenarios import Scenario, SeriesRow, scenarios
from weighbridge.signals.timeline import Segment, cut, reckon, segments
from weighbridge.signals.traffic import example, traffic
from weighbridge.signals.watched import AlertCondition, WatchedSignal, words_of
from weighbridge.signals.words import Words, fill
from weighbridge.spec.root import Spec

LOOKBACK_SECONDS = 300
"""How long a plain selector still finds the last sample."""

SETTLED_SECONDS = 120
"""How long after its hold time a scenario still fires."""

SLOW_HOLD_SECONDS = 900
"""An alert that takes so long needs no look every minute."""

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseSeries:
    """One series of a case."""

    metric: str
    labels: Labels  # sorted
    line: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be so at a moment."""

    seconds: int
    fires: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Series and what the alert makes of them."""

    name: str
    series: tuple[CaseSeries, ...]
    checks: tuple[Expectation, ...]
    evaluate_seconds: int


@dataclass(frozen=True, slots=True)
class ConditionCases:
    """All cases of one condition."""

    signal: WatchedSignal
    condition: AlertCondition
    alert_labels: Labels
    sample_seconds: int
    cases: tuple[Case, ...]

    @property
    def key(self) -> str:
        """Its name within the environment: of the signal, with the entry where there are several."""
        entry = self.condition.entry if len(self.signal.conditions) > 1 else ""
        return f"{self.signal.key}-{entry}".replace("/", "-").rstrip("-")


NamedSeries = Mapping[str, tuple[CaseSeries, ...]]
"""Series by their names in the scenario; a name without any has no samples."""


def cases_of_spec(spec: Spec, signals: Iterable[WatchedSignal]) -> Iterator[ConditionCases]:
    """The cases of signals of a spec, in their order."""
    for signal in signals:
        endpoint = spec.endpoints.get(signal.subject.name) if signal.subject.kind == "serving" else None
        exposed = conventions_of(signal.subject.name, endpoint).signals if endpoint is not None else None
        yield from cases_of(signal, exposed)


def cases_of(signal: WatchedSignal, signals: Signals | None = None) -> tuple[ConditionCases, ...]:
    """The cases of each condition that PromQL can read. `signals`: what the endpoint's server exposes.

    One of a version that sleeps by a query of its own has none: no series are known that would answer it.
    """
    pairs = zip(signal.conditions, words_of(signal), strict=True)
    return tuple(
        _cases(signal, condition, words, signals)
        for condition, words in pairs
        if condition.expression and (words.get("sleeping") != "1" or words["queue_metric"])
    )


def _cases(signal: WatchedSignal, condition: AlertCondition, words: Words, signals: Signals | None) -> ConditionCases:
    scenario = scenarios().by_signal[signal.row.id]
    filled = _FilledScenario(scenario, _words(signal, condition, {**words, **scenario.words}, signals))
    firing = filled.variant({})
    return ConditionCases(
        signal=signal,
        condition=condition,
        alert_labels=_alert_labels(fill(scenario.alert, filled.words), filled),
        sample_seconds=int(reckon(fill(scenario.samples, filled.words))),
        cases=tuple(_all(filled, condition, signal.hold_seconds, firing)),
    )


def _words(signal: WatchedSignal, condition: AlertCondition, words: Words, signals: Signals | None) -> Words:
    limit = reckon(condition.threshold)
    match condition.compare:
        case ">=":
            firing, resting = limit, limit - 1
        case "<":
            firing, resting = 0.99 * limit, 1.01 * limit
        case _:
            firing, resting = (1.01 * limit, 0.99 * limit) if limit else (1.0, 0.0)
    promised = reckon(words.get("latency_limit", "1"))
    return {
        **traffic(signals or Signals()),
        "latency_limit": "1",
        "evaluate": "5m" if signal.hold_seconds >= SLOW_HOLD_SECONDS else "1m",
        "coarse": "15m" if signal.hold_seconds >= SLOW_HOLD_SECONDS else words.get("step", "5m"),
        "latency_samples": "1m" if words.get("step") == "1m" else "2m",
        "half_limit": f"{promised / 2:g}",
        "twice_limit": f"{promised * 2:g}",
        **words,
        "stage": signal.subject.kind,
        "threshold": condition.threshold,
        "twice_threshold": f"{2 * limit:g}",
        "firing": f"{firing:.9f}",
        "resting": f"{resting:.9f}",
        "hold": f"{signal.hold_seconds}s" if signal.hold_seconds else "0",
    }


@dataclass(frozen=True, slots=True)
class _FilledScenario:
    """A scenario with its words."""

    scenario: Scenario
    words: Words

    def seconds(self, text: str) -> int:
        return round(reckon(fill(text, self.words)))

    def variant(self, changes: Mapping[str, str]) -> NamedSeries:
        """The scenario's series with other values for some."""
        unknown = set(changes) - set(self.scenario.series)
        if unknown:
            raise KeyError(unknown)
        named = {name: self._series(row, changes.get(name, row.values)) for name, row in self.scenario.series.items()}
        return _laid_over(named)

    def labels(self, row: SeriesRow) -> dict[str, str]:
        given = scenarios().labels[row.emitter] if row.emitter else {}
        wanted = selectors_of(f"x{{{fill(row.matching, self.words)}}}")[0].matches if row.matching else ()
        found = {fill(key, self.words): fill(value, self.words) for key, value in {**given, **row.labels}.items()}
        return {**{match.label: example(match, wanted=True) for match in wanted}, **found}

    def _series(self, row: SeriesRow, text: str) -> tuple[CaseSeries, ...]:
        metric, line = fill(row.metric, self.words), segments(fill(text, self.words))
        if not metric or line == (Segment(None, 0, None),):
            return ()
        labels = {key: value for key, value in self.labels(row).items() if value}
        count = int(reckon(fill(row.times, self.words))) if row.times else 1
        numbered = [{**labels, row.numbered: f"{labels[row.numbered]}{number}"} if row.numbered else labels
                    for number in range(count)]  # fmt: skip
        return tuple(CaseSeries(metric, tuple(sorted(labels.items())), line) for labels in numbered)


def _laid_over(variant: NamedSeries) -> NamedSeries:
    """A later series replaces an earlier one with the same labels."""
    last = {(series.metric, series.labels): name for name, all_ in variant.items() for series in all_}
    return {name: tuple(series for series in all_ if last[series.metric, series.labels] == name)
            for name, all_ in variant.items()}  # fmt: skip


def _alert_labels(names: str, filled: _FilledScenario) -> Labels:
    """The labels that the alert has when it fires: as the first series that has them."""
    rows = [filled.labels(row) for row in filled.scenario.series.values() if fill(row.metric, filled.words)]
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    return tuple(sorted((name, next(row[name] for row in rows if name in row)) for name in wanted))


def _all(filled: _FilledScenario, condition: AlertCondition, hold: int, firing: NamedSeries) -> Iterator[Case]:
    scenario = filled.scenario
    every, onset = filled.seconds(scenario.evaluate), filled.seconds(scenario.onset)
    if hold % every:
        every = 30  # hold times are multiples of it
    due = onset + hold
    before = (Expectation(due - every, fires=False),) if hold else ()
    after = (Expectation(due, fires=True), Expectation(due + SETTLED_SECONDS, fires=True))
    quiet_at = (Expectation(due, fires=False), Expectation(due + SETTLED_SECONDS, fires=False))
    further = {name: filled.variant(changes) for name, changes in scenario.fires.items()}
    quiet = {name: filled.variant(changes) for name, changes in scenario.quiet.items()}
    fixed = _fixed(condition.expression)
    alarms = tuple(_elsewhere((firing, *further.values()), fixed, "alarm"))
    calm = tuple(_elsewhere(tuple(quiet.values()), fixed, "calm"))

    yield Case("it fires, but not before its time", _flat(firing), (*before, *after), every)
    for name, variant in {"whatever happens elsewhere": firing, **further}.items() if calm else ():
        yield Case(name, _joined(_flat(variant), (*calm, *alarms)), (*before, *after), every)
    if alarms and _flat(firing) and not _is_absence(scenario, firing, quiet):
        yield Case("it is quiet while the same happens elsewhere", alarms, quiet_at, every)
    for name, variant in quiet.items():
        yield Case(name, _joined(_flat(variant), alarms), quiet_at, every)
    again = _second_pods(_flat(firing))
    if again:
        yield Case("two pods expose the same during a restart", _joined(_flat(firing), again), (*before, *after), every)
    if scenario.closes and not longest_range(condition.expression) and not _is_absence(scenario, firing, quiet):
        yield _vanishing(_flat(firing), due, every)
    yield from _moments(filled, condition, tuple(_elsewhere((firing,), fixed, "alarm")))


def _moments(filled: _FilledScenario, condition: AlertCondition, alarms: Sequence[CaseSeries]) -> Iterator[Case]:
    for name, timed in filled.scenario.cases.items():
        if timed.only not in (None, condition.entry) or reckon(fill(timed.when, filled.words)) < 0:
            continue
        checks = tuple(Expectation(filled.seconds(at), outcome == "fires") for at, outcome in timed.at.items())
        every = filled.seconds(timed.evaluate if timed.evaluate is not None else filled.scenario.evaluate)
        yield Case(name, _joined(_flat(filled.variant(timed.series)), alarms), checks, every)


def _vanishing(series: Sequence[CaseSeries], due: int, every: int) -> Case:
    gone = due + every
    checks = (Expectation(due, fires=True), Expectation(gone + LOOKBACK_SECONDS + 2 * every, fires=False))
    return Case("it closes when the series vanish", tuple(replace(one, line=cut(one.line, gone)) for one in series),
                checks, every)  # fmt: skip


def _is_absence(scenario: Scenario, firing: NamedSeries, quiet: Mapping[str, NamedSeries]) -> bool:
    """Whether it fires because something is missing that is there when it is quiet."""
    first = next(iter(scenario.series), None)
    return first is None or (not firing[first] and any(variant[first] for variant in quiet.values()))


def _fixed(expression: str) -> Mapping[str, Mapping[str, Match]]:
    """By metric, the labels that every mention of it wants to have one of some values."""
    found: dict[str, dict[str, Match]] = {}
    for mention in selectors_of(expression):
        own = {match.label: match for match in mention.matches if match.op in ("=", "=~")}
        metric = mention.metric or ""
        found[metric] = {key: value for key, value in found[metric].items() if key in own} if metric in found else own
    return found


def _elsewhere(
    variants: Sequence[NamedSeries], fixed: Mapping[str, Mapping[str, Match]], prefix: str
) -> Iterator[CaseSeries]:
    """The series of elsewhere: one label after the other has another value, a different one for each variant."""
    for number, variant in enumerate(variants, start=1):
        for label in sorted({label for labels in fixed.values() for label in labels}):
            for series in _flat(variant):
                if label in fixed.get(series.metric, {}):
                    other = {**dict(series.labels), label: f"{prefix}-{number}"}
                    yield replace(series, labels=tuple(sorted(other.items())))


def _second_pods(series: Sequence[CaseSeries]) -> tuple[CaseSeries, ...]:
    pods = ((one, {**dict(one.labels), "pod": "restarted"}) for one in series if "pod" in dict(one.labels))
    return tuple(replace(one, labels=tuple(sorted(labels.items()))) for one, labels in pods)


def _flat(variant: NamedSeries) -> tuple[CaseSeries, ...]:
    return tuple(series for all_ in variant.values() for series in all_)


def _joined(own: Sequence[CaseSeries], others: Sequence[CaseSeries]) -> tuple[CaseSeries, ...]:
    taken = {(one.metric, one.labels) for one in own}
    return (*own, *(other for other in others if (other.metric, other.labels) not in taken))


def by_interval(cases: Sequence[Case]) -> Iterator[tuple[int, tuple[Case, ...]]]:
    """The cases by how often the alert is evaluated in them: promtool has one interval a file."""
    ordered = sorted(cases, key=lambda case: case.evaluate_seconds)
    for seconds, group in groupby(ordered, key=lambda case: case.evaluate_seconds):
        yield seconds, tuple(group)
