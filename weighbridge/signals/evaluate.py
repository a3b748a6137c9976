"""Evaluates an alert's expression at one moment, on series that each have one value, as Prometheus does.

Only the part of PromQL that the signals of the drift monitor are written in; anything else raises `NotEvaluated`, so
what can't be judged is never taken for quiet. Tests hold it against promtool. As in an alert, a metric's name is no
label of the result.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import promql_parser

from weighbridge.errors import NoVerdict
from weighbridge.signals.expression import tree

Labels: TypeAlias = frozenset[tuple[str, str]]
Vector: TypeAlias = dict[Labels, float]
"""One value for each set of labels, in the order in which the series are given."""


class NotEvaluated(NoVerdict):
    """An expression that is PromQL, but beyond what is evaluated here; the message names the part."""


def evaluate(expression: str, series: Mapping[str, Vector], at_seconds: float) -> Vector:
    """What the expression gives at a Unix time; an alert fires for each entry. `series`: by metric.

    Raises `NotPromQl` or `NotEvaluated`.
    """
    return _vector(tree(expression), series, float(at_seconds))


def _value(node: promql_parser.Expr, series: Mapping[str, Vector], at: float) -> Vector | float:
    match node:
        case promql_parser.NumberLiteral():
            return node.val
        case promql_parser.ParenExpr():
            return _value(node.expr, series, at)
        case promql_parser.VectorSelector(offset=None, at=None):
            return _selected(node, series)
        case promql_parser.Call() if node.func.name == "time":
            return at
        case promql_parser.Call() if node.func.name == "abs":
            return {labels: abs(value) for labels, value in _vector(node.args[0], series, at).items()}
        case promql_parser.AggregateExpr():
            return _aggregated(node, _vector(node.expr, series, at))
        case promql_parser.BinaryExpr():
            return _binary(node, _value(node.lhs, series, at), _value(node.rhs, series, at))
    raise _not_evaluated(node)


def _vector(node: promql_parser.Expr, series: Mapping[str, Vector], at: float) -> Vector:
    found = _value(node, series, at)
    if isinstance(found, float):
        raise _not_evaluated(node)
    return found


def _selected(node: promql_parser.VectorSelector, series: Mapping[str, Vector]) -> Vector:
    matchers = node.matchers.matchers
    exact = all(matcher.op == promql_parser.MatchOp.Equal for matcher in matchers)
    if node.name is None or not exact or node.matchers.or_matchers:
        raise _not_evaluated(node)
    absent = {matcher.name for matcher in matchers if not matcher.value}  # an empty label is one that isn't there
    wanted = {(matcher.name, matcher.value) for matcher in matchers if matcher.value}
    return {
        labels: value
        for labels, value in series.get(node.name, {}).items()
        if wanted <= labels and absent.isdisjoint(name for name, _ in labels)
    }


_AGGREGATES: Mapping[str, Callable[[list[float]], float]] = {
    "max": lambda values: max((value for value in values if not math.isnan(value)), default=math.nan),
    "min": lambda values: min((value for value in values if not math.isnan(value)), default=math.nan),
    "count": lambda values: float(len(values)),
}


def _aggregated(node: promql_parser.AggregateExpr, vector: Vector) -> Vector:
    aggregate, modifier = _AGGREGATES.get(str(node.op)), node.modifier
    if aggregate is None or modifier is None or modifier.type != promql_parser.AggModifierType.By:
        raise _not_evaluated(node)
    groups: dict[Labels, list[float]] = {}
    for labels, value in vector.items():
        groups.setdefault(_only(labels, modifier.labels), []).append(value)
    return {labels: aggregate(values) for labels, values in groups.items()}


def _divided(one: float, other: float) -> float:
    if other:
        return one / other
    return math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one) * math.copysign(1, other)


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": _divided,
}  # fmt: skip
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def _binary(node: promql_parser.BinaryExpr, left: Vector | float, right: Vector | float) -> Vector | float:
    symbol, modifier = str(node.op), node.modifier
    if modifier is not None and modifier.return_bool:
        raise _not_evaluated(node)
    match left, right:
        case dict(), dict():
            return _matched(node, left, right)
        case dict(), float():
            pairs = {labels: (value, right) for labels, value in left.items()}
            return _combined(node, pairs, left)
        case float(), dict():
            pairs = {labels: (left, value) for labels, value in right.items()}
            return _combined(node, pairs, right)
        case float(), float() if symbol in _ARITHMETIC:
            return _ARITHMETIC[symbol](left, right)
    raise _not_evaluated(node)


def _matched(node: promql_parser.BinaryExpr, left: Vector, right: Vector) -> Vector:
    """Two vectors by the labels in `on (...)`, one to one; `and` keeps the labels of the left one."""
    matching = node.modifier.matching if node.modifier is not None else None
    if matching is None or matching.type != promql_parser.LabelModifierType.Include:
        raise _not_evaluated(node)
    if str(node.op) == "and":
        there = {_only(labels, matching.labels) for labels in right}
        return {labels: value for labels, value in left.items() if _only(labels, matching.labels) in there}
    ones, others = _by(matching.labels, left), _by(matching.labels, right)
    one_to_one = node.modifier is not None and node.modifier.card == promql_parser.VectorMatchCardinality.OneToOne
    if not one_to_one or len(ones) < len(left) or len(others) < len(right):
        raise _not_evaluated(node)
    return _combined(node, {labels: (ones[labels], others[labels]) for labels in ones if labels in others}, ones)


def _combined(node: promql_parser.BinaryExpr, pairs: Mapping[Labels, tuple[float, float]], kept: Vector) -> Vector:
    """Pairs of operands as one value each; a comparison keeps what it holds for."""
    symbol = str(node.op)
    if symbol in _ARITHMETIC:
        return {labels: _ARITHMETIC[symbol](*pair) for labels, pair in pairs.items()}
    if symbol in _COMPARISONS:
        return {labels: kept[labels] for labels, pair in pairs.items() if _COMPARISONS[symbol](*pair)}
    raise _not_evaluated(node)


def _by(names: Sequence[str], vector: Vector) -> Vector:
    return {_only(labels, names): value for labels, value in vector.items()}


def _only(labels: Labels, names: Sequence[str]) -> Labels:
    return frozenset((name, value) for name, value in labels if name in names)


def _not_evaluated(node: promql_parser.Expr) -> NotEvaluated:
    return NotEvaluated(f"`{node.prettify()}` is beyond the PromQL that is evaluated here")
