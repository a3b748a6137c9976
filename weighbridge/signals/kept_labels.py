"""Which labels the result of an expression has: what a notification may name."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from weighbridge.signals.expression import tree

if TYPE_CHECKING:
    import promql_parser

_SETS = frozenset({"and", "unless"})
_WITHOUT_LABELS = frozenset({"time", "vector", "scalar", "pi"})


@lru_cache(maxsize=4096)
def kept_labels(expression: str) -> frozenset[str] | None:
    """The labels that every series of the result may have; None: whatever its metric has, as nothing takes any away.

    Raises `NotPromQl`.
    """
    return _kept(tree(expression))


def _kept(node: promql_parser.Expr) -> frozenset[str] | None:
    import promql_parser  # only what plans alerts needs the grammar

    match node:
        case promql_parser.NumberLiteral():
            return frozenset()
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr() | promql_parser.SubqueryExpr():
            return _kept(node.expr)
        case promql_parser.AggregateExpr():
            if node.modifier is None:
                return frozenset()
            by = node.modifier.type == promql_parser.AggModifierType.By
            return frozenset(node.modifier.labels) if by else None
        case promql_parser.Call():
            if node.func.name in _WITHOUT_LABELS:
                return frozenset()
            return None if node.func.name.startswith("label_") else _kept(node.args[-1])
        case promql_parser.BinaryExpr():
            return _of_both(node)
    return None


def _of_both(node: promql_parser.BinaryExpr) -> frozenset[str] | None:
    import promql_parser

    left, right = _kept(node.lhs), _kept(node.rhs)
    symbol = str(node.op)
    if symbol in _SETS:
        return left
    if symbol == "or":
        return right if left is None else left if right is None else left & right
    if _is_number(node.lhs) or _is_number(node.rhs):
        return right if _is_number(node.lhs) else left
    matching = node.modifier.matching if node.modifier is not None else None
    if matching is not None and matching.type == promql_parser.LabelModifierType.Include:
        return frozenset(matching.labels)
    return left


def _is_number(node: promql_parser.Expr) -> bool:
    import promql_parser

    if isinstance(node, promql_parser.ParenExpr | promql_parser.UnaryExpr):
        return _is_number(node.expr)
    if isinstance(node, promql_parser.BinaryExpr):
        return _is_number(node.lhs) and _is_number(node.rhs)
    return isinstance(node, promql_parser.NumberLiteral) or (
        isinstance(node, promql_parser.Call) and node.func.name in {"time", "scalar", "pi"}
    )
