"""What Google's dialect of PromQL refuses, or takes and never fires: one expression with its hold time.

| rule | refuses |
|---|---|
| syntax | what isn't PromQL, or gives no value for an alert to be about |
| G1 | a metric without one exact name |
| G2 | more than 24 h of look-back, or 25 h with the hold time |
| G3 | a plain selector of a metric that is sampled rarely |
| G4 | no monitored_resource where several types write the metric |
| G5 | a gauge whose name makes Google look for a counter or a histogram |
| G6 | what Prometheus learned after the version whose dialect Google speaks |
| G7 | a hold time between Google's steps |
| G8 | labels that GKE's own metrics don't have |

Limits: Google's pages on PromQL in Cloud Monitoring, documented; never sent to the live API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from weighbridge.signals.dialect import newer_than_googles
from weighbridge.signals.expression import NAME_LABEL, NotPromQl, Selector, Visit, selectors, visits, visits_of
from weighbridge.signals.metric_facts import HISTOGRAM_SUFFIXES, MetricFacts, facts_of
from weighbridge.units import format_duration

if TYPE_CHECKING:
    import promql_parser

Rule: TypeAlias = Literal["syntax", "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8"]

LONGEST_RANGE = timedelta(hours=24)
LONGEST_WITH_HOLD = timedelta(hours=25)
HOLD_STEP = timedelta(seconds=30)
LOOKBACK = timedelta(minutes=5)  # how old the sample of a plain selector may be

_RESOURCE_LABEL = "monitored_resource"
_GKE_PREFIX = "kubernetes_io:"
_GKE_LABELS = {"cluster": "cluster_name", "namespace": "namespace_name"}
_RELABELS = frozenset({"label_replace", "label_join"})
_PROMETHEUS_SUFFIXES = ("_total", *HISTOGRAM_SUFFIXES)


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A violation of the dialect: what, where in the expression, what to write instead."""

    rule: Rule
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"


def lint(expression: str, hold: timedelta, known: Mapping[str, MetricFacts]) -> tuple[LintFinding, ...]:
    """Everything that is wrong, each once. Metrics that `known` lacks are taken for ordinary ones."""
    try:
        found = visits(expression)
    except NotPromQl as error:
        return (LintFinding("syntax", f"not PromQL: {error}"), *_findings("G7", _hold_step(hold)))
    mentions = tuple(mention for _, mention in selectors(found))

    def per_selector(check: Callable[[Selector, MetricFacts | None], Iterator[str]]) -> Iterator[str]:
        for mention in mentions:
            yield from check(mention, facts_of(mention.metric or "", known))

    return (
        *_findings("syntax", _no_value(found[0].node)),
        *_findings("G1", per_selector(_exact_name)),
        *_findings("G2", _look_back(found, mentions, hold)),
        *_findings("G3", _sparse(found, known)),
        *_findings("G4", per_selector(_resource)),
        *_findings("G5", per_selector(_gauge_name)),
        *_findings("G6", newer_than_googles(expression, found)),
        *_findings("G7", _hold_step(hold)),
        *_findings("G8", _gke_labels(found)),
    )


def _findings(rule: Rule, messages: Iterator[str]) -> Iterator[LintFinding]:
    return (LintFinding(rule, message) for message in dict.fromkeys(messages))


def _no_value(root: promql_parser.Expr) -> Iterator[str]:
    from promql_parser import MatrixSelector, ParenExpr, StringLiteral, SubqueryExpr

    while isinstance(root, ParenExpr):
        root = root.expr
    if isinstance(root, MatrixSelector | SubqueryExpr):
        text = root.prettify()
        yield f"`{text}` gives many samples, an alert needs one value per series: write last_over_time({text})"
    elif isinstance(root, StringLiteral):
        yield f"`{root.prettify()}` is a text, an alert needs a number: write a comparison"


def _exact_name(mention: Selector, _: MetricFacts | None) -> Iterator[str]:
    named = [match for match in mention.matches if match.label == NAME_LABEL]
    if named:
        how = ", ".join(str(match) for match in named)
        yield (
            f"`{mention.text}` chooses metrics by {how}, and Google matches only one exact name: "
            "write one expression per metric"
        )
    elif not mention.metric:
        yield f"`{mention.text}` names no metric, and Google matches only exact names: write the name before the braces"


def _look_back(found: tuple[Visit, ...], mentions: tuple[Selector, ...], hold: timedelta) -> Iterator[str]:
    from promql_parser import AtModifierType, SubqueryExpr, VectorSelector

    for mention in mentions:
        reach, total = mention.reach, mention.reach + hold
        if reach > LONGEST_RANGE:
            yield (
                f"`{mention.text}` reads {format_duration(reach)} back, offsets and subqueries included: "
                f"at most {format_duration(LONGEST_RANGE)}; shorten it, or record the long range as a metric of its own"
            )
        elif total > LONGEST_WITH_HOLD:
            yield (
                f"`{mention.text}` reads {format_duration(reach)} back and must hold for {format_duration(hold)}, "
                f"{format_duration(total)} together: at most {format_duration(LONGEST_WITH_HOLD)}; shorten one of them"
            )
    for node in (visit.node for visit in found):
        if isinstance(node, VectorSelector | SubqueryExpr) and node.at and node.at.type == AtModifierType.At:
            yield f"`{node.prettify()}` reads one fixed moment, ever further back: write an offset"


def _sparse(found: tuple[Visit, ...], known: Mapping[str, MetricFacts]) -> Iterator[str]:
    from promql_parser import ParenExpr, SubqueryExpr

    for visit, mention in selectors(found):
        facts = facts_of(mention.metric or "", known)
        nearest = next((node for node in reversed(visit.around) if not isinstance(node, ParenExpr)), None)
        stepped = isinstance(nearest, SubqueryExpr) and (nearest.step is None or nearest.step <= LOOKBACK)
        if facts and facts.sparse and not mention.span and not stepped:
            yield (
                f"`{mention.text}` is sampled so rarely that a plain selector finds nothing most of the time: "
                f"write last_over_time({mention.text}[1d])"
            )


def _resource(mention: Selector, facts: MetricFacts | None) -> Iterator[str]:
    if not facts or not facts.resources:
        return
    chosen = mention.value(_RESOURCE_LABEL)
    types = " or ".join(facts.resources)
    if chosen is None and len(facts.resources) > 1:
        yield f'`{mention.text}` exists on {types}: add {_RESOURCE_LABEL}="{facts.resources[0]}" or the other'
    elif chosen is not None and chosen not in facts.resources:
        yield f"`{mention.text}`: {chosen!r} doesn't write this metric, {types} does: change {_RESOURCE_LABEL}"


def _gauge_name(mention: Selector, facts: MetricFacts | None) -> Iterator[str]:
    name = mention.metric or ""
    if not facts or facts.kind != "gauge" or _of_google(name):
        return
    for suffix in _PROMETHEUS_SUFFIXES:
        if name.endswith(suffix):
            kind = "counter" if suffix == "_total" else "histogram"
            yield (
                f"`{name}` is a gauge, but Google looks for a {kind} by this name and finds none: "
                f"rename the metric so that it doesn't end in {suffix}"
            )


def _of_google(name: str) -> bool:
    """Whether the name is one of Google's own types, whose kind Google knows and needn't guess."""
    host, colon, _ = name.partition(":")
    return bool(colon) and host.endswith(("_com", "_io", "_dev"))


def _hold_step(hold: timedelta) -> Iterator[str]:
    if hold < timedelta(0):
        yield "a hold time below zero: write 0s or a multiple of 30s"
    elif hold % HOLD_STEP:
        lower = hold // HOLD_STEP * HOLD_STEP
        yield (
            f"a hold time of {hold.total_seconds():g}s is no multiple of {format_duration(HOLD_STEP)}: "
            f"write {format_duration(lower)} or {format_duration(lower + HOLD_STEP)}"
        )


def _gke_labels(found: tuple[Visit, ...]) -> Iterator[str]:
    for _, mention in selectors(found):
        if (mention.metric or "").startswith(_GKE_PREFIX):
            for match in mention.matches:
                if match.label in _GKE_LABELS:
                    yield f"`{mention.text}` has no label {match.label}: write {_GKE_LABELS[match.label]}"
    for node in (visit.node for visit in found):
        for label, inner in _grouped(node):
            if label in _GKE_LABELS and _only_gke(inner):
                yield (
                    f"`{inner.prettify()}` has no label {label} to group or join by: write {_GKE_LABELS[label]}, "
                    "or label_replace it"
                )


def _grouped(node: promql_parser.Expr) -> Iterator[tuple[str, promql_parser.Expr]]:
    """Labels that a node groups or joins by, each with the expression that must have it."""
    from promql_parser import AggModifierType, AggregateExpr, BinaryExpr, LabelModifierType

    if isinstance(node, AggregateExpr) and node.modifier and node.modifier.type == AggModifierType.By:
        yield from ((label, node.expr) for label in node.modifier.labels)
    elif isinstance(node, BinaryExpr):
        matching = node.modifier.matching if node.modifier else None
        if matching and matching.type == LabelModifierType.Include:
            yield from ((label, side) for label in matching.labels for side in (node.lhs, node.rhs))


def _only_gke(root: promql_parser.Expr) -> bool:
    from promql_parser import Call

    inside = visits_of(root)
    names = [mention.metric or "" for _, mention in selectors(inside)]
    relabelled = any(isinstance(visit.node, Call) and visit.node.func.name in _RELABELS for visit in inside)
    return bool(names) and all(name.startswith(_GKE_PREFIX) for name in names) and not relabelled
