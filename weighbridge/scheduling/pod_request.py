"""What the scheduler sets aside for one pod."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from weighbridge.resources.inputs import Inputs

NOT_JUDGED = frozenset({"ephemeral-storage"})
"""Resources that depend on a node's disks, of which pods get a part that nobody states."""


def pod_request(pod: Inputs) -> Mapping[str, Decimal]:
    """By resource name, in cores, bytes and devices. Raises `weighbridge.resources.inputs.CannotJudge`.

    All containers run at once, with the init containers that stay (``restartPolicy: Always``); an init container that
    ends runs before them, beside those that stay. Requests of the pod as a whole stand above both, and the overhead of
    its runtime is added. A limit without a request is one. Source: Kubernetes, "Sidecar containers" and "Resource
    management for pods and containers".
    """
    running: dict[str, Decimal] = {}
    starting: dict[str, Decimal] = {}
    staying: dict[str, Decimal] = {}
    for container in pod.parts("initContainers"):
        asked = _asked(container)
        if container.text("restartPolicy") == "Always":
            staying = _sum(staying, asked)
            starting = _most(starting, staying)
        else:
            starting = _most(starting, _sum(staying, asked))
    for container in pod.parts("containers"):
        running = _sum(running, _asked(container))
    wanted = {**_most(_sum(running, staying), starting), **_asked(pod)}
    overhead = pod.part("overhead")
    if overhead is not None:
        wanted = _sum(wanted, _quantities(overhead))
    return {name: amount for name, amount in wanted.items() if amount and name not in NOT_JUDGED}


def _asked(holder: Inputs) -> dict[str, Decimal]:
    resources = holder.part("resources")
    if resources is None:
        return {}
    limits, requests = resources.part("limits"), resources.part("requests")
    return {
        **(_quantities(limits) if limits is not None else {}),
        **(_quantities(requests) if requests is not None else {}),
    }


def _quantities(given: Inputs) -> dict[str, Decimal]:
    return {name: given.quantity(name) or Decimal(0) for name in given.values}


def _sum(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: one.get(name, Decimal(0)) + other.get(name, Decimal(0)) for name in {**one, **other}}


def _most(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: max(one.get(name, Decimal(0)), other.get(name, Decimal(0))) for name in {**one, **other}}
