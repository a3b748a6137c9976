"""In which order stacks are deployed: what frees quota before what takes it, production last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import StackDemand


@dataclass(frozen=True, slots=True)
class DeployOrder:
    """Stacks, first to last. Those of `circle` free quota for one another, so that no order serves all of them."""

    stacks: tuple[str, ...]
    circle: tuple[str, ...] = ()


def deploy_order(
    stacks: Iterable[str],
    before: Mapping[str, StackDemand],
    after: Mapping[str, StackDemand],
    production: Iterable[str] = (),
) -> DeployOrder:
    """An order in which whoever draws less of a limit comes before whoever draws more of it.

    `before` and `after` are the demands of every stack; one that is missing draws nothing.
    """
    last = frozenset(production)
    waiting = sorted(stacks, key=lambda stack: (stack in last, stack))
    more = {stack: _more(before.get(stack), after.get(stack)) for stack in waiting}
    frees = {stack: {key for key, change in more[stack].items() if change < 0} for stack in waiting}
    takes = {stack: {key for key, change in more[stack].items() if change > 0} for stack in waiting}
    ordered: list[str] = []
    circle: list[str] = []
    while waiting:
        ready = (
            stack for stack in waiting if not any(takes[stack] & frees[other] for other in waiting if other != stack)
        )
        following = next(ready, None)
        if following is None:  # each waits for another: whoever takes for the fewest others goes first
            circle = circle or list(waiting)
            following = min(waiting, key=lambda stack: _waits(stack, waiting, takes, frees))
        ordered.append(following)
        waiting.remove(following)
    return DeployOrder(tuple(ordered), tuple(circle))


def _more(before: StackDemand | None, after: StackDemand | None) -> Mapping[QuotaKey, int]:
    """By how much the peak of each limit changes."""
    old = before.drawn if before is not None else {}
    new = after.drawn if after is not None else {}
    return {key: (new[key].peak if key in new else 0) - (old[key].peak if key in old else 0) for key in {**old, **new}}


def _waits(
    stack: str, waiting: Sequence[str], takes: Mapping[str, set[QuotaKey]], frees: Mapping[str, set[QuotaKey]]
) -> int:
    return sum(bool(takes[stack] & frees[other]) for other in waiting if other != stack)
