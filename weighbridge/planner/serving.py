"""How many replicas or servers one workload needs, on each device that it may have, and why not elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from weighbridge.catalog.model_speed import LlmModel, ModelThroughput, llm_devices, llm_models, model_throughputs
from weighbridge.errors import WrongInput
from weighbridge.files.problem import Problem
from weighbridge.planner.erlang import servers_for
from weighbridge.planner.problems import is_llm
from weighbridge.planner.queue import Seconds
from weighbridge.planner.recorded_rate import Recorder
from weighbridge.planner.replay import NEAR, NeverEnough, ReplicaBounds, autoscaling, fewest, servers_needed
from weighbridge.planner.replays import Replays, Show, progress_of
from weighbridge.planner.requests import Requests, busiest_rate, requests_of
from weighbridge.planner.speed import EXACT, Factors, NoSpeed, ReplicaSpeed, speed_of
from weighbridge.planner.step_time import ModelReplica
from weighbridge.spec.model_architecture import Architecture
from weighbridge.spec.workloads import Failures, LatencyObjective, ServedWorkload, ServiceTime

DEVICES = (1, 2, 4, 8)
"""Of one replica, where nobody states others."""

CURVE = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Requests at once at which the curve is shown."""

SETTLED = 50
"""Mean services that a draw has to last before its waits are those of a queue that runs for ever."""

PEAK_WINDOW = 10
"""Seconds over which a peak is taken, where a server's own queue absorbs what is shorter."""


@dataclass(frozen=True, slots=True)
class Range:
    """A number, and the two between which nine of ten lie; None: the slow end doesn't meet the objective."""

    middle: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What one replica does with so many requests at once."""

    concurrency: int
    per_token: Range  # seconds
    tokens_per_s: Range


@dataclass(frozen=True, slots=True)
class ServingOption:
    """One way to serve a workload; `excluded` says why it can't be, and then there are no replicas."""

    accelerator: str  # empty: whatever `service_time` was measured on
    devices: int  # of one replica
    origin: str  # what the speed is: fitted, measured here, MLPerf, ...
    basis: str  # in words, what it rests on
    excluded: str = ""
    unknown: bool = False  # excluded because nobody measured it
    slots: int = 0  # requests at once in one replica
    slots_limited_by: str = ""
    first_token: Range | None = None  # seconds, without waiting, of a mean prompt
    wait: Range | None = (
        None  # seconds before a first token, of the replicas below, that the objective's share stays under
    )
    curve: tuple[CurvePoint, ...] = ()
    replicas: Range | None = None
    with_failures: int | None = None
    autoscaling: ReplicaBounds | None = None

    @property
    def total_devices(self) -> int | None:
        """Of all replicas, with those that may fail."""
        return None if self.with_failures is None else self.with_failures * self.devices


@dataclass(frozen=True, slots=True)
class WorkloadPlan:
    """What one workload needs: the demand, and each option, the fewest devices of each accelerator first."""

    name: str
    workload: ServedWorkload
    requests: Requests
    options: tuple[ServingOption, ...]

    @property
    def best(self) -> tuple[ServingOption, ...]:
        """Of each accelerator, in the order of the file, what meets the objective with the fewest devices."""
        found: dict[str, ServingOption] = {}
        for option in self.options:
            if not option.excluded:
                found.setdefault(option.accelerator, option)
        return tuple(found.values())


class BelowService(WrongInput):
    """An objective is shorter than the service itself; carries the key and the words."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def plan_workload(
    name: str,
    workload: ServedWorkload,
    folder: Path,
    recorder: Callable[[], Recorder] | None = None,
    show: Show | None = None,
) -> WorkloadPlan | Problem:
    """Plans one workload; `folder` is where its trace lies, `recorder` asks a server for its rate.

    `show` shows how far it is. A problem where its objective can be met nowhere. Raises `FileError` of a trace,
    `NeverEnough`, `NotRecorded`, and what a server raises.
    """
    requests = requests_of(workload.demand, folder, tokens=is_llm(workload), recorder=recorder, show=show)
    try:
        if workload.service_time is not None:
            options = [_server(workload, workload.service_time, requests, show)]
        elif is_llm(workload):
            options = list(_replicas(workload, requests, show))
        else:
            options = [_throughput(workload, accelerator, requests) for accelerator in workload.accelerators]
    except BelowService as wrong:
        return Problem(("workloads", name, "objective", wrong.key), str(wrong))
    order = {accelerator: place for place, accelerator in enumerate(workload.accelerators)}
    options.sort(
        key=lambda option: (
            bool(option.excluded),
            order.get(option.accelerator, 0),
            option.total_devices or 0,
            option.devices,
        )
    )
    return WorkloadPlan(name, workload, requests, tuple(options))


def with_failures(needed: int, failures: Failures) -> int:
    """The fewest replicas of which as many as needed are left, whatever fails of what may."""
    count = needed + failures.replicas
    while count - failures.replicas - failures.zones * -(-count // failures.of_zones) < needed:
        count += 1
    return count


def _surviving(bounds: ReplicaBounds, failures: Failures) -> ReplicaBounds:
    """With what may fail on top, at the least and at the most."""
    mean = math.ceil(bounds.mean)
    return ReplicaBounds(
        with_failures(bounds.floor, failures), with_failures(bounds.ceiling, failures),
        bounds.mean + with_failures(mean, failures) - mean,
    )  # fmt: skip


def model_of(architecture: Architecture) -> LlmModel:
    """A model as its configuration describes it; the experts of a mixture are what follows from its active weights."""
    total = architecture.parameters_billions * 1e9
    active = (architecture.active_billions or architecture.parameters_billions) * 1e9
    experts, per_token = architecture.experts or 0, architecture.experts_per_token or 0
    routed = (total - active) / (1 - per_token / experts) if experts and per_token < experts else 0.0
    return LlmModel(
        "your architecture", total, active, 0.0, routed, architecture.layers, architecture.layers, 0, 0,
        architecture.heads, 0 if architecture.latent else architecture.kv_heads or architecture.heads,
        architecture.head_size, architecture.latent or 0, architecture.hidden, experts, per_token,
    )  # fmt: skip


def _server(
    workload: ServedWorkload, service_time: ServiceTime, requests: Requests, show: Show | None
) -> ServingOption:
    services, late = _services(service_time, requests), _late(workload.objective)
    bound = _wait_bound(workload.objective, services)
    if not requests.is_trace and services.min() == services.max():
        needed = servers_for(busiest_rate(workload.demand), float(services[0]), float(bound[0]), late)
        basis = "Erlang C: random arrivals, one queue, services of that mean"
    else:
        needed = servers_needed(
            requests.arrivals, services, bound, late, progress_of(show, "replay", requests.arrivals.size)
        )
        basis = f"{'replay' if requests.is_trace else 'simulation'} of {requests.arrivals.size:,} requests"
        if not requests.is_trace and requests.arrivals[-1] < SETTLED * services.mean():
            # The queue is still filling when the last one comes.
            mean, typical = float(services.mean()), max(0.0, float(np.median(bound)))
            needed = max(needed, servers_for(busiest_rate(workload.demand), mean, typical, late))
            basis += ", and Erlang C at their mean time, as they are over too soon"
    bounds = None
    if workload.scale_up_delay is not None and requests.is_trace:
        delay = workload.scale_up_delay.total_seconds()
        on_progress = progress_of(show, "autoscaling", requests.arrivals.size)
        found = autoscaling(requests.arrivals, services, needed, delay, bound, late, on_progress)
        bounds = _surviving(found, workload.survive)
    count = Range(needed, needed, needed)
    return ServingOption(
        "", 1, "measured here", f"your `service_time`; {basis}", slots=1, replicas=count,
        with_failures=with_failures(needed, workload.survive), autoscaling=bounds,
    )  # fmt: skip


def _services(service_time: ServiceTime, requests: Requests) -> Seconds:
    services = np.full(requests.arrivals.size, service_time.base.total_seconds())
    for per_token, tokens in (
        (service_time.per_input_token, requests.inputs), (service_time.per_output_token, requests.outputs),
    ):  # fmt: skip
        if per_token is not None:
            if tokens is None:
                raise BelowService("within", "`service_time` counts tokens, and the demand has none of that kind")
            services += per_token.total_seconds() * tokens
    return services


def _late(objective: LatencyObjective) -> float:
    return float(100 - objective.within) / 100


def _wait_bound(objective: LatencyObjective, services: Seconds) -> Seconds:
    """How long each request may wait. Raises `BelowService` where too many would be late without any wait."""
    bound = np.full(services.size, np.inf)
    if objective.wait is not None:
        bound = np.minimum(bound, objective.wait.total_seconds())
    if objective.latency is not None:
        latency = objective.latency.total_seconds()
        bare = float(np.quantile(services, float(objective.within) / 100))
        if bare > latency:
            raise BelowService(
                "latency", f"{_BELOW}: {objective.within:g} % of requests take up to {bare:.3g} s without any wait",
            )  # fmt: skip
        bound = np.minimum(bound, latency - services)
    return bound


def _replicas(workload: ServedWorkload, requests: Requests, show: Show | None) -> Iterator[ServingOption]:
    model = model_of(workload.architecture) if workload.architecture else llm_models()[workload.model or ""]
    found = []
    for accelerator in workload.accelerators:
        device = llm_devices()[accelerator]
        for devices in workload.devices or [n for n in DEVICES if n <= device.most_devices]:
            replica = ModelReplica(model, device, devices, workload.precision, workload.engine)
            found.append(_replica(workload, requests, replica, show))
    below = [option for option in found if option.excluded.startswith(_BELOW)]
    if below and not any(not option.excluded or option.unknown for option in found):
        closest = below[-1]
        key = "per_token" if "a token" in closest.excluded else "first_token"
        raise BelowService(key, f"{closest.excluded}, with {closest.devices} x {closest.accelerator}")
    yield from found


_BELOW = "below the bare service time"


def _replica(workload: ServedWorkload, requests: Requests, replica: ModelReplica, show: Show | None) -> ServingOption:
    inputs, outputs = requests.inputs, requests.outputs
    assert inputs is not None and outputs is not None  # noqa: PT018, S101 - `requests_of` was asked for tokens
    accelerator, devices = replica.device.accelerator, replica.devices
    longest = (float(inputs[(inputs + outputs).argmax()]), float(outputs[(inputs + outputs).argmax()]))
    if not_split := _not_split(replica):
        return ServingOption(accelerator, devices, "no estimate", "", not_split)
    speed = speed_of(replica, float(inputs.mean()), float(outputs.mean()), longest, workload.measured)
    if isinstance(speed, NoSpeed):
        return ServingOption(accelerator, devices, "no estimate", "", speed.message, unknown=not speed.known)
    show_here = None if show is None else lambda doing: show(f"{devices} x {accelerator}, {doing}")
    replays = Replays(requests, speed, workload.objective, show_here)
    try:
        found = _planned(workload, replays, EXACT)
    except BelowService as wrong:
        return ServingOption(accelerator, devices, speed.origin, speed.words, str(wrong))
    except NeverEnough as wrong:
        return ServingOption(accelerator, devices, speed.origin, speed.words, str(wrong))
    ends = [
        _end(workload, replays, factor) for factor in (speed.step_factors.low, speed.step_factors.high)
    ]  # fmt: skip
    first = float(speed.first(np.array([inputs.mean()]))[0])
    low, high = speed.step_factors.low, speed.step_factors.high
    waits = [replays.outcome(found.slots, found.replicas, factor).wait for factor in (1.0, low, high)]
    return ServingOption(
        accelerator, devices, speed.origin, speed.words, slots=found.slots, slots_limited_by=found.limited_by,
        first_token=Range(first, first * speed.first_factors.low, first * speed.first_factors.high),
        wait=Range(*waits), curve=tuple(_curve(speed, found.slots, float(inputs.mean()), float(outputs.mean()))),
        replicas=Range(found.replicas, ends[0], ends[1]),
        with_failures=with_failures(found.replicas, workload.survive),
        autoscaling=_scaled(workload, replays, found, show_here),
    )  # fmt: skip


def _not_split(replica: ModelReplica) -> str:
    """Why a model can't be split over so many devices; empty where it can."""
    if replica.devices > replica.device.most_devices:
        return f"one machine has at most {replica.device.most_devices}"
    if replica.model.heads % replica.devices:
        return f"{replica.model.heads} heads can't be split evenly"
    return ""


@dataclass(frozen=True, slots=True)
class _Planned:
    slots: int
    limited_by: str
    replicas: int


def _end(workload: ServedWorkload, replays: Replays, factor: float) -> int | None:
    try:
        return _planned(workload, replays, Factors(factor, factor)).replicas
    except (BelowService, NeverEnough):
        return None


def _planned(workload: ServedWorkload, replays: Replays, factors: Factors) -> _Planned:
    """The fewest replicas of a speed, made slower or faster by a factor."""
    requests, speed, outputs = replays.requests, replays.speed, replays.outputs
    factor, objective, late = factors.high, workload.objective, _late(workload.objective)
    slots, limited_by = _slots(objective, speed, factor)
    if np.count_nonzero(replays.allowed < 0) > late * requests.arrivals.size:
        bare = float(np.quantile(replays.firsts, float(objective.within) / 100))
        raise BelowService("first_token", f"{_BELOW}: the first token takes {bare:.3g} s without any wait")
    most = objective.per_token.total_seconds() if objective.per_token else math.inf
    following = float(np.maximum(outputs - 1, 0).sum())
    # Each replica makes at most so many requests a second; below that the queue grows without end.
    per_request = float(outputs.mean()) * speed.steps[slots] / slots + float(speed.prefill(replays.inputs).mean())
    least = math.ceil(requests.arrivals.size / max(1.0, float(requests.arrivals[-1])) * per_request * factor)

    def holds(replicas: int) -> bool:
        outcome = replays.outcome(slots, replicas, factor)
        if outcome.late > late * requests.arrivals.size:
            return False
        return following == 0 or outcome.following / following <= most

    needed = fewest(holds, max(1, least), NEAR)
    return _Planned(slots, limited_by, needed if requests.is_trace else max(needed, least))


def _slots(objective: LatencyObjective, speed: ReplicaSpeed, factor: float) -> tuple[int, str]:
    """The requests at once that memory and the time of a token allow."""
    most = objective.per_token.total_seconds() if objective.per_token else math.inf
    slots = speed.room.sequences
    if speed.steps[1] * factor > most:
        raise BelowService(
            "per_token", f"{_BELOW}: a token takes {speed.steps[1] * factor * 1000:.3g} ms with one request at a time"
        )
    if speed.steps[slots] * factor <= most:
        return slots, "memory"
    return max(n for n in range(1, slots + 1) if speed.steps[n] * factor <= most), "per_token"


def _curve(speed: ReplicaSpeed, slots: int, inputs: float, outputs: float) -> Iterator[CurvePoint]:
    """Of mean requests; tokens a second are those of a steady stream, in which everybody's prompts take their time."""
    prefill = float(speed.prefill(np.array([inputs]))[0])
    low, high = speed.step_factors.low, speed.step_factors.high
    for n in sorted({*(n for n in CURVE if n < speed.room.sequences), slots, speed.room.sequences}):
        step = speed.steps[n]
        rate = n * outputs / (outputs * step + n * prefill)
        yield CurvePoint(n, Range(step, step * low, step * high), Range(rate, rate / high, rate / low))


def _scaled(workload: ServedWorkload, replays: Replays, found: _Planned, show: Show | None) -> ReplicaBounds | None:
    """Bounds of an autoscaler, where a trace shows what it would have to follow.

    A replica counts as one server that takes of each request its share of full steps and its prefill: what queues
    before a busy replica is work, not free slots.
    """
    requests, speed = replays.requests, replays.speed
    if workload.scale_up_delay is None or not requests.is_trace:
        return None
    services = speed.prefill(replays.inputs) + replays.outputs * speed.steps[found.slots] / found.slots
    delay, late = workload.scale_up_delay.total_seconds(), _late(workload.objective)
    on_progress = progress_of(show, "autoscaling", requests.arrivals.size)
    bounds = autoscaling(requests.arrivals, services, found.replicas, delay, replays.allowed, late, on_progress)
    return _surviving(bounds, workload.survive)


def _throughput(workload: ServedWorkload, accelerator: str, requests: Requests) -> ServingOption:
    """Of models of other kinds: published samples a second, against the busiest seconds."""
    rows = {
        row.scenario: row
        for row in model_throughputs()
        if (row.model, row.accelerator) == (workload.model, accelerator)
    }
    row = rows.get("server") or rows.get("offline")
    if row is None:
        known = sorted({row.accelerator for row in model_throughputs() if row.model == workload.model})
        message = f"nobody published {workload.model} on it; published: {', '.join(known)}"
        return ServingOption(accelerator, 1, "no estimate", "", message, unknown=True)
    amounts = requests.outputs if row.unit == "tokens/s" else np.ones(requests.arrivals.size)
    if amounts is None:
        message = "its speed is published in tokens of text a second: state `output_tokens`, or give them in the trace"
        return ServingOption(accelerator, row.devices, "no estimate", "", message, unknown=True)
    peak = _peak(requests, amounts)
    counts = [max(1, math.ceil(peak / (rate * row.devices))) for rate in (row.per_device, row.most, row.least)]
    return ServingOption(
        accelerator, row.devices, "MLPerf", _published(row), slots=1, replicas=Range(*counts),
        with_failures=with_failures(counts[0], workload.survive),
    )  # fmt: skip


def _published(row: ModelThroughput) -> str:
    bound = "within the benchmark's latency" if row.scenario == "server" else "offline: no bound on latency was kept"
    results = f"{row.n} result{'s' if row.n > 1 else ''} of MLPerf Inference {row.rounds.replace(' ', ', ')}"
    return f"{_counted(row.per_device)} {row.unit} a device, {bound}; {results}"


def _counted(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"  # noqa: PLR2004 - three digits say enough


def _peak(requests: Requests, amounts: Seconds) -> float:
    """What comes a second, of each request so much, in the busiest seconds."""
    if not requests.is_trace:
        return requests.rate * float(amounts.mean())
    sums = np.bincount((requests.arrivals // PEAK_WINDOW).astype(np.int64), weights=amounts)
    return float(sums.max()) / PEAK_WINDOW
