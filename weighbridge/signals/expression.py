"""What a PromQL expression reads: its metrics, matchers and ranges, from the tree of Prometheus' own grammar.

Everything here raises `NotPromQl` for text that the grammar refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Literal, TypeAlias

from weighbridge.errors import WrongInput
from weighbridge.signals.syntax_position import position_of, surroundings, tokens

if TYPE_CHECKING:
    import promql_parser

Op: TypeAlias = Literal["=", "!=", "=~", "!~"]
NAME_LABEL = "__name__"
NOTHING = timedelta(0)


class NotPromQl(WrongInput):
    """Text that isn't PromQL: `position` counts characters from 0."""

    def __init__(self, expression: str, position: int, reason: str) -> None:
        super().__init__(expression, position, reason)
        self.expression = expression
        self.position = position
        self.reason = reason

    def __str__(self) -> str:
        before = self.expression[: self.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        near = self.expression[self.position :].split("\n")[0][:20]
        return f"line {line}, column {column}: {self.reason}, at {f'`{near}`' if near.strip() else 'its end'}"


@dataclass(frozen=True, slots=True)
class Match:
    """One label matcher of a selector, such as `code=~"5.."`."""

    label: str
    op: Op
    value: str

    def __str__(self) -> str:
        return f"{self.label}{self.op}{_quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class Selector:
    """One mention of a metric."""

    metric: str | None  # None: the name is missing, or isn't matched exactly
    matches: tuple[Match, ...]  # without the exact name
    span: timedelta  # of its own square brackets; zero without any
    reach: timedelta  # how far back it reads: span, offset, and those of the subqueries around it
    text: str  # as the parser writes it

    def value(self, label: str) -> str | None:
        """What a label must be exactly, None where nothing says so."""
        return next((match.value for match in self.matches if match.label == label and match.op == "="), None)


@dataclass(frozen=True, slots=True)
class Visit:
    """A node of the tree with the nodes around it, outermost first."""

    node: promql_parser.Expr
    around: tuple[promql_parser.Expr, ...]


def metrics_of(expression: str) -> tuple[str, ...]:
    """The names that selectors ask for, as written (with ``_bucket`` and the like), each once, in order."""
    return tuple(dict.fromkeys(selector.metric for selector in selectors_of(expression) if selector.metric))


@lru_cache(maxsize=4096)
def selectors_of(expression: str) -> tuple[Selector, ...]:
    """Every mention of a metric, from left to right."""
    return tuple(selector for _, selector in selectors(visits(expression)))


def sole_selector(expression: str) -> Selector | None:
    """The one plain selector of an expression that only adds its series up; None where it does anything else."""
    parser, found = _parser(), visits(expression)
    plain = all(
        isinstance(visit.node, parser.AggregateExpr | parser.ParenExpr | parser.VectorSelector) for visit in found
    )
    sums = all(str(visit.node.op) == "sum" for visit in found if isinstance(visit.node, parser.AggregateExpr))
    mentioned = selectors_of(expression)
    return mentioned[0] if plain and sums and len(mentioned) == 1 else None


def references(expression: str) -> int:
    """How often it mentions a metric: what Google charges for."""
    return len(selectors_of(expression))


@lru_cache(maxsize=4096)
def normal(expression: str) -> str:
    """One text for all spellings that differ in spaces, comments, quotes or the order of matchers only."""
    return tree(expression).prettify()


def longest_range(expression: str) -> timedelta:
    """How far back it reads, offsets and subqueries included; the 5 minutes of a plain selector don't count."""
    return max((selector.reach for selector in selectors_of(expression)), default=NOTHING)


@lru_cache(maxsize=4096)
def tree(expression: str) -> promql_parser.Expr:
    """The expression as Prometheus' own parser reads it. Raises `NotPromQl`, with line and column."""
    refusal = _complaint(expression)
    if refusal is not None:
        raise NotPromQl(expression, position_of(expression, _complaint), refusal)
    found: promql_parser.Expr = _parser().parse(_readable(expression))
    return found


def visits(expression: str) -> tuple[Visit, ...]:
    """All nodes, a node before its parts."""
    return visits_of(tree(expression))


def visits_of(root: promql_parser.Expr) -> tuple[Visit, ...]:
    """All nodes from this one down, a node before its parts."""
    found: list[Visit] = []
    around: list[promql_parser.Expr] = []

    def enter(node: promql_parser.Expr) -> None:
        found.append(Visit(node, tuple(around)))
        around.append(node)

    def leave(_: promql_parser.Expr) -> None:
        around.pop()

    _parser().walk(root, enter, leave)
    return tuple(found)


def selectors(found: tuple[Visit, ...]) -> Iterator[tuple[Visit, Selector]]:
    """The mentions of metrics among nodes."""
    parser = _parser()
    for visit in found:
        node = visit.node
        if not isinstance(node, parser.VectorSelector):
            continue
        spans = [node for node in visit.around if isinstance(node, parser.MatrixSelector | parser.SubqueryExpr)]
        own = visit.around[-1] if visit.around and isinstance(visit.around[-1], parser.MatrixSelector) else None
        matches = tuple(_matches(node))
        names = [match.value for match in matches if match.label == NAME_LABEL and match.op == "="]
        named = names[0] if len(names) == 1 else None
        yield (
            visit,
            Selector(
                metric=node.name or named,
                matches=tuple(
                    match for match in matches if match.label != NAME_LABEL or match.op != "=" or named is None
                ),
                span=own.range if own else NOTHING,
                reach=sum((_span(node) for node in spans), node.offset or NOTHING),
                text=(own or node).prettify(),
            ),
        )


def _span(node: promql_parser.MatrixSelector | promql_parser.SubqueryExpr) -> timedelta:
    return (node.range or NOTHING) + (getattr(node, "offset", None) or NOTHING)


def _matches(node: promql_parser.VectorSelector) -> Iterator[Match]:
    operators: dict[str, Op] = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
    for matcher in node.matchers.matchers:
        yield Match(matcher.name, operators[str(matcher.op).rpartition(".")[2]], matcher.value)


def _complaint(expression: str) -> str | None:
    try:
        _parser().parse(_readable(expression))
    except ValueError as error:
        return str(error)
    if ("or", "{") in ((text, bracket) for text, bracket, _ in surroundings(expression)):
        return "matchers are joined by commas, `or` between them is not Prometheus' grammar"
    return None


def _readable(expression: str) -> str:
    """The text with raw strings as ordinary ones: the parser reads escapes in raw strings, too."""
    if "`" not in expression:
        return expression
    text, end = "", 0
    for at, token in tokens(expression):
        if token.startswith("`") and len(token) > 1:
            text += expression[end:at] + _quoted(token[1:-1])
            end = at + len(token)
    return text + expression[end:]


def _quoted(text: str) -> str:
    escaped = re.sub(r'[\\"]', r"\\\g<0>", text).replace("\n", r"\n")
    return f'"{escaped}"'


@cache
def _parser() -> ModuleType:
    """The library, with what Prometheus 2.44 had and later versions renamed."""
    import promql_parser

    kinds = promql_parser.ValueType
    promql_parser.register_extra_functions(
        [promql_parser.Function("holt_winters", [kinds.Matrix, kinds.Scalar, kinds.Scalar], kinds.Vector)]
    )
    return promql_parser
