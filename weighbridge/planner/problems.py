"""What is wrong with a file of workloads beyond what its models say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from weighbridge.catalog.model_speed import llm_devices, llm_models, model_throughputs
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.planner.accelerator_names import meant_accelerator
from weighbridge.planner.architecture_problems import architecture_problems
from weighbridge.planner.run_problems import run_problems
from weighbridge.planner.speed import POINTS
from weighbridge.spec.workloads import PrometheusDemand, RequestDemand, ServedWorkload, Workloads
from weighbridge.spelling import did_you_mean
from weighbridge.units import format_duration


def problems(workloads: Workloads) -> Iterator[Problem]:
    """Everything, in no order."""
    if not workloads.workloads and not workloads.runs:
        yield Problem((), "nothing to plan: expected `workloads`, `runs` or both")
    for name, workload in workloads.workloads.items():
        yield from _workload(workload, ("workloads", name))
    yield from run_problems(workloads)


def is_llm(workload: ServedWorkload) -> bool:
    """Whether a workload is a language model, whose speed depends on tokens."""
    return workload.architecture is not None or workload.model in llm_models()


def _workload(workload: ServedWorkload, at: KeyPath) -> Iterator[Problem]:
    given = [key for key in ("model", "architecture", "service_time") if getattr(workload, key) is not None]
    if len(given) != 1:
        got = " and ".join(f"`{key}`" for key in given) or "none of them"
        yield Problem(at, f"expected one of `model`, `architecture` and `service_time`, got {got}")
        return
    known = {*llm_models(), *(row.model for row in model_throughputs())}
    if workload.model is not None and workload.model not in known:
        hint = did_you_mean(workload.model, known)
        message = f"the catalog has no speed of {workload.model!r}.{hint} State `architecture`, or `service_time`"
        yield Problem((*at, "model"), message)
        yield from _accelerators(workload, at)
        return  # what else it needs depends on what kind of model was meant
    if workload.architecture is not None:
        yield from architecture_problems(workload.architecture, (*at, "architecture"))
    yield from _accelerators(workload, at)
    for key in ("results", "quickstart"):
        if getattr(workload, key) and workload.service_time is None and not is_llm(workload):
            yield Problem((*at, key), "only a language model has them: leave it out", on_key=True)
    yield from _demand(workload.demand, (*at, "demand"), tokens=is_llm(workload))
    yield from _objective(workload, (*at, "objective"))


def _accelerators(workload: ServedWorkload, at: KeyPath) -> Iterator[Problem]:
    devices = llm_devices()
    named = [((*at, "accelerators", index), name) for index, name in enumerate(workload.accelerators)]
    named += [
        ((*at, "measured", index, "accelerator"), point.accelerator) for index, point in enumerate(workload.measured)
    ]
    named_results = enumerate(workload.results)
    named += [((*at, "results", index, "accelerator"), results.accelerator) for index, results in named_results]
    for path, name in named:
        if name not in devices:
            yield Problem(path, f"the catalog knows no accelerator {name!r}.{meant_accelerator(name)}")
        elif "results" in path and name not in workload.accelerators:
            yield Problem(path, f"{name} is not one of `accelerators`, so nothing would come of it")
    yield from _measured(workload, (*at, "measured"))
    if workload.service_time is None and not workload.accelerators:
        yield Problem(at, "`accelerators` is missing: name the devices to look at, such as [nvidia-l4]")
    if workload.service_time is not None:
        for key in ("accelerators", "devices", "measured", "results", "quickstart"):
            if getattr(workload, key):
                yield Problem((*at, key), "with `service_time` nothing depends on it: leave it out", on_key=True)


def _measured(workload: ServedWorkload, at: KeyPath) -> Iterator[Problem]:
    places = Counter((point.accelerator, point.devices) for point in workload.measured)
    levels = Counter((accelerator, devices) for accelerator, devices, _ in {
        (point.accelerator, point.devices, point.concurrency) for point in workload.measured
    })  # fmt: skip
    in_files = {(results.accelerator, results.devices) for results in workload.results}
    for index, point in enumerate(workload.measured):
        place = point.accelerator, point.devices
        if point.accelerator not in workload.accelerators:
            message = f"{point.accelerator} is not one of `accelerators`, so nothing would come of it"
            yield Problem((*at, index, "accelerator"), message)
        elif levels[place] < POINTS and place not in in_files and places.pop(place, 0):
            message = f"one concurrency of {point.devices} x {point.accelerator} makes no line: add another"
            yield Problem((*at, index), message)


def _demand(demand: RequestDemand, at: KeyPath, *, tokens: bool) -> Iterator[Problem]:
    given = [key for key in ("trace", "prometheus", "rate") if getattr(demand, key) is not None]
    if len(given) != 1:
        got = " and ".join(f"`{key}`" for key in given) or "none of them"
        yield Problem(at, f"expected one of `trace`, `prometheus` and `rate`, got {got}")
        return
    if demand.prometheus is not None:
        yield from _recorded(demand, demand.prometheus, at, tokens=tokens)
    in_trace = ("input_tokens", "output_tokens", "daily", "weekly", "peak_factor") if demand.trace is not None else ()
    for key in in_trace:
        if key in demand.model_fields_set:
            yield Problem((*at, key), "the trace has it already: leave it out", on_key=True)
    if demand.rate is not None and tokens:
        for key in ("input_tokens", "output_tokens"):
            if getattr(demand, key) is None:
                yield Problem(at, f"`{key}` is missing: with `rate`, a language model needs the mean of a request")
    for key in ("daily", "weekly"):
        shape = getattr(demand, key)
        if shape is not None and not sum(shape):
            yield Problem((*at, key), "expected some number above 0")


def _recorded(demand: RequestDemand, source: PrometheusDemand, at: KeyPath, *, tokens: bool) -> Iterator[Problem]:
    for key in ("daily", "weekly"):
        if key in demand.model_fields_set:
            yield Problem((*at, key), "the recorded rate has it already: leave it out", on_key=True)
    for key in ("input_tokens", "output_tokens"):
        given = [getattr(place, key) is not None for place in (demand, source)]
        if all(given):
            yield Problem((*at, key), f"`prometheus` asks for `{key}` already: leave it out", on_key=True)
        elif tokens and not any(given):
            yield Problem(at, f"`{key}` is missing: state the mean of a request, or its query in `prometheus`")
    if source.step > source.last / LEAST_STEPS:
        yield Problem(
            (*at, "prometheus", "step"), f"expected at most a {LEAST_STEPS}th of `last`, {format_duration(source.last)}"
        )
    elif source.last / source.step > MOST_STEPS:
        yield Problem((*at, "prometheus", "last"), f"expected at most {MOST_STEPS:,} steps: lengthen `step`")


LEAST_STEPS, MOST_STEPS = 10, 200_000
"""Of a recorded rate."""


def _objective(workload: ServedWorkload, at: KeyPath) -> Iterator[Problem]:
    objective = workload.objective
    if not objective.within:
        yield Problem((*at, "within"), "expected more than 0%: nothing would have to be fast")
    llm = is_llm(workload)
    if llm and objective.first_token is None:
        yield Problem(at, "`first_token` is missing: without it requests may wait for ever")
    if workload.service_time is not None and objective.wait is None and objective.latency is None:
        yield Problem(at, "expected `wait` or `latency`")
    for key in ("wait", "latency") if llm else ("first_token", "per_token"):
        if getattr(objective, key) is not None:
            kind = "a language model has `first_token` and `per_token`" if llm else "only a language model has it"
            yield Problem((*at, key), f"{kind}: leave it out", on_key=True)
