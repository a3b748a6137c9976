"""What keeps a pod off the nodes of a pool: labels that they lack, taints that it doesn't tolerate, room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.infrastructure.node_kinds import tolerated_with
from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.scheduling.pool_nodes import PoolNodes
from weighbridge.scheduling.workload import Pods
from weighbridge.spec.node_pool import Taint
from weighbridge.units import amount_text

REPELS = frozenset({"NoSchedule", "NoExecute"})


@dataclass(frozen=True, slots=True)
class Toleration:
    """One toleration; an empty key or effect stands for any."""

    key: str
    value: str | None  # None: whatever value
    effect: str

    def covers(self, taint: Taint) -> bool:
        """Whether it lets a pod onto nodes with the taint."""
        return (
            self.key in ("", taint.key)
            and self.effect in ("", taint.effect)
            and (self.value is None or self.value == taint.value)
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a pod wants to run. `affinity` is a list of alternatives, each a list of conditions; empty: anywhere."""

    selector: Mapping[str, str]
    affinity: tuple[tuple[NodeSelectorRequirement, ...], ...]
    tolerations: tuple[Toleration, ...]


@dataclass(frozen=True, slots=True)
class NodeSelectorRequirement:
    """One expression on a label of the node, as Kubernetes' node affinity has it."""

    key: str
    operator: str
    values: tuple[str, ...]

    def met(self, labels: Mapping[str, frozenset[str]]) -> bool:
        """Whether some nodes with these labels meet it."""
        has = labels.get(self.key)
        match self.operator:
            case "In":
                return has is not None and bool(has & set(self.values))
            case "NotIn":
                return has is None or bool(has - set(self.values))
            case "Exists":
                return has is not None
            case "DoesNotExist":
                return has is None
        raise CannotJudge(f"node affinity by {self.operator!r} can't be judged: use In, NotIn, Exists or DoesNotExist")

    @property
    def text(self) -> str:
        """As messages write it: key, operator, values."""
        return " ".join(filter(None, (self.key, self.operator, ", ".join(self.values))))


def read_wish(pods: Pods) -> Wish:
    """Where the pods want to run. Raises `CannotJudge`."""
    settings = pods.settings
    if settings.has("nodeName"):
        raise CannotJudge(
            f"{settings.path_of('nodeName')} ties pods to one node, which comes and goes: use nodeSelector"
        )
    tolerations = [_toleration(toleration) for toleration in settings.parts("tolerations")]
    tolerations += [Toleration(taint.key, None, taint.effect) for taint in tolerated_with(pods.request)]
    return Wish(settings.mapped("nodeSelector"), tuple(_affinity(settings)), tuple(tolerations))


def obstacles(pods: Pods, wish: Wish, pool: PoolNodes) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What keeps the pods off the pool: labels, taints and room, each a list of sentences without subject."""
    return tuple(_labels(wish, pool)), tuple(_taints(wish, pool)), tuple(_room(pods, pool))


def _labels(wish: Wish, pool: PoolNodes) -> Iterator[str]:
    for key, value in wish.selector.items():
        has = pool.labels.get(key)
        if has is None:
            yield f"its nodes have no label {key}, and the pods want {value!r}"
        elif value not in has:
            present = " or ".join(map(repr, sorted(has)))
            yield f"its nodes have {key} {present}, and the pods want {value!r}"
    if wish.affinity and not any(all(requirement.met(pool.labels) for requirement in term) for term in wish.affinity):
        wanted = " or ".join(" and ".join(requirement.text for requirement in term) for term in wish.affinity)
        yield f"its nodes don't meet the node affinity ({wanted})"


def _taints(wish: Wish, pool: PoolNodes) -> Iterator[str]:
    for taint in pool.taints:
        if taint.effect in REPELS and not any(toleration.covers(taint) for toleration in wish.tolerations):
            yield f"the pods don't tolerate its taint {taint.key}={taint.value}:{taint.effect}"


def _room(pods: Pods, pool: PoolNodes) -> Iterator[str]:
    for name, amount in sorted(pods.request.items()):
        has = pool.room.get(name, Decimal(0))
        if amount > has:
            room = f"{amount_text(name, has)} for pods" if has else "none"
            yield f"a pod asks for {amount_text(name, amount)} {name}, and a node has {room}"


def _toleration(given: Inputs) -> Toleration:
    operator = given.text("operator") or "Equal"
    return Toleration(
        key=given.text("key") or "",
        value=None if operator == "Exists" else given.text("value") or "",
        effect=given.text("effect") or "",
    )


def _affinity(settings: Inputs) -> Iterator[tuple[NodeSelectorRequirement, ...]]:
    inside: Inputs | None = settings
    for name in ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"):
        inside = inside.part(name) if inside is not None else None
    for term in inside.parts("nodeSelectorTerms") if inside is not None else ():
        if term.has("matchFields"):
            raise CannotJudge(f"{term.path_of('matchFields')} ties pods to nodes by name: use matchExpressions")
        yield tuple(
            NodeSelectorRequirement(
                expression.required_text("key", "so the condition says nothing"),
                expression.required_text("operator", "so the condition says nothing"),
                expression.texts("values"),
            )
            for expression in term.parts("matchExpressions")
        )
