"""The runbook of an endpoint: roll back, failures, what to watch, a new model, approvals, where it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from json import dumps

import yaml

from weighbridge.canary_analysis.queries import MODEL_QUALITY, comparison, not_compared
from weighbridge.catalog import Catalog
from weighbridge.conventions import APP_LABEL, VERSION_LABEL, deploy_command
from weighbridge.infrastructure.node_pool import plan_node_pool
from weighbridge.rollouts.record import began
from weighbridge.rollouts.weights import NONE, weights
from weighbridge.runbook.failures import failures, workload
from weighbridge.runbook.sections import Block, Code, Listing, Section, Table, Text, quoted
from weighbridge.runbook.subject import RunbookSubject, connect
from weighbridge.serving.endpoint import EndpointPlan, VersionPlan, plan_endpoints
from weighbridge.spec.endpoint import Endpoint, Version
from weighbridge.spec.rollout import Rollout
from weighbridge.spec.spelled import Spelled, spelled
from weighbridge.units import format_duration, format_latency, format_timestamp, percent

GOOGLE_PROMETHEUS = "https://monitoring.googleapis.com/v1/projects/{project}/location/global/prometheus"


def endpoint_lead(subject: RunbookSubject) -> tuple[Block, ...]:
    """Where it stands, and the one command for bad times."""
    endpoint = subject.spec.endpoints[subject.name]
    shares = ", ".join(f"`{version}` {percent(share)}" for version, share in weights(endpoint).items())
    lead: tuple[Block, ...] = (Text(f"By the spec, of the requests: {shares}."),)
    if _takes_traffic(endpoint):
        return (*lead, Text("Is the candidate bad? Roll back now, ask later:"), Code((_rollback(subject),)))
    return lead


def endpoint_sections(subject: RunbookSubject, catalog: Catalog) -> tuple[Section, ...]:
    """What to do about an endpoint, most urgent first: the rollback leads."""
    plan = next(plan for plan in plan_endpoints(subject.spec, catalog) if plan.name == subject.name)
    return (
        Section("Roll back", tuple(_roll_back(subject, plan))),
        Section("When a deployment fails", failures(subject, plan)),
        Section("What to watch at each step", tuple(_watch(subject))),
        Section("Put a model in production", tuple(_new_model(subject, plan))),
        Section("Who approves", tuple(_approvals(subject))),
        Section("Where it runs", tuple(_where(subject, plan, catalog))),
    )


def deploy(subject: RunbookSubject) -> Code:
    """How an edited spec becomes real."""
    return Code(
        (
            f"weighbridge preview {subject.stack}",
            f"git commit --message 'REASON' {subject.file}  # then review and merge",
            f"{deploy_command(subject.stack)}  # where merging doesn't deploy",
        )
    )


def _roll_back(subject: RunbookSubject, plan: EndpointPlan) -> Iterator[Block]:
    endpoint, name = plan.settings, subject.name
    rollout, stable = endpoint.rollout, endpoint.versions[endpoint.stable]
    ready = format_duration(timedelta(seconds=plan.versions[0].ready_within_seconds))
    if rollout is None:
        yield Text(
            f"No rollout is under way: `{endpoint.stable}` takes all requests. An older version comes back as the "
            f"candidate of a new rollout: take its lines out of git, give it a rollout with the single step `100%`, "
            f"deploy, have the step approved, advance, deploy. Its replicas have to start first, which takes up to "
            f"{ready} (a node, then the model)."
        )
        yield Code((f"git log --patch -- {subject.file}",))
        return
    if not _takes_traffic(endpoint):
        yield Text(
            f"`{rollout.candidate}` takes no requests now. This takes it out of the spec, the deployment removes it:"
        )
    yield Code((_rollback(subject) + (" --remove" if rollout.rolled_back is not None else ""),))
    yield deploy(subject)
    yield Listing(
        (
            (
                f"The first command edits `{subject.file}`: `{endpoint.stable}` takes all requests. No approval, no "
                f"waiting time. `{rollout.candidate}` is no longer accepted then; with `--remove`, the same command "
                f"takes it out of the spec."
            ),
            (
                f"How long: one deployment that changes weights; no replica of `{endpoint.stable}` has to start. "
                f"The load balancer follows within about a minute (not measured on this cluster). Requests that "
                f"`{rollout.candidate}` has begun are answered for up to "
                f"{format_duration(timedelta(seconds=plan.conventions.longest_request_seconds))}."
            ),
            (
                f"Room: `{endpoint.stable}` keeps at least {max(1, stable.replicas.min)} replicas; the autoscaler has "
                f"up to {stable.replicas.max}."
            ),
        )
    )
    yield Text("Then look:")
    kubectl, pods = f"kubectl --namespace {plan.namespace} get", f"{APP_LABEL}={name},{VERSION_LABEL}={endpoint.stable}"
    yield Code(
        (
            f"weighbridge rollout status {name} -s {subject.stack}",
            f"{kubectl} httproute {name} --output jsonpath='{{.spec.rules[-1:].backendRefs}}'",
            f"{kubectl} pods --selector {pods}",
            _curl(plan, None),
        )
    )


def _watch(subject: RunbookSubject) -> Iterator[Block]:
    spec, name = subject.spec, subject.name
    endpoint = spec.endpoints[name]
    if endpoint.slo is not None:
        p99 = endpoint.slo.latency_p99
        latency = format_latency(p99) if p99.microseconds else format_duration(p99)
        yield Text(f"Promised: {percent(endpoint.slo.availability)} good requests, 99 of 100 within {latency}.")
    if endpoint.rollout is not None:
        yield Text("Candidate against stable, with the chance of a wrong alarm bounded over the whole step:")
        yield Code(
            (
                f"export PROMETHEUS_URL={GOOGLE_PROMETHEUS.format(project=spec.cloud.project)}",
                "export PROMETHEUS_TOKEN=$(gcloud auth print-access-token)",
                f"weighbridge rollout check {name} -s {subject.stack}",
            )
        )
        yield Text("Exit code 0: as good. 1: worse, roll back. 3: not enough requests yet, wait.")
    for measure in comparison(name, endpoint, spec.environment):
        title = quoted(measure.title) if measure.id == MODEL_QUALITY else measure.title.capitalize()
        yield Text(f"{title}: {measure.sentence}")
        new = endpoint.rollout
        mine = (f"# {new.candidate}", measure.candidate) if new is not None and measure.candidate is not None else ()
        yield Code((*mine, f"# {endpoint.stable}", measure.stable), "promql")
    missing = not_compared(name, endpoint)
    if missing:
        yield Text("Not compared:")
        yield Listing(missing)


def _new_model(subject: RunbookSubject, plan: EndpointPlan) -> Iterator[Block]:
    name, stack, endpoint = subject.name, subject.stack, plan.settings
    first = [f"`{other}`" for other, spec in subject.others.items() if name in spec.endpoints and not spec.production]
    if subject.spec.production and first:
        yield Text(f"Try it first in {' or '.join(first)}, which has the same endpoint.")
    if endpoint.rollout is not None:
        yield Text(f"A rollout of `{endpoint.rollout.candidate}` is under way: a new one has to wait for its end.")
    like = endpoint.versions[endpoint.stable]
    steps = endpoint.rollout.steps if endpoint.rollout is not None else None
    shown = ", ".join(percent(step) for step in steps) if steps else "1%, 10%, 50%, 100%"
    bake = format_duration(endpoint.rollout.bake) if endpoint.rollout is not None else "24h"
    yield Text(f"1. Add the version to `endpoints.{name}` in `{subject.file}`, without traffic, and deploy:")
    yield Code(
        (
            "versions:",
            "  NEW:",
            *(f"    {line}" for line in new_version(like)),
            f"rollout: {{candidate: NEW, steps: [{shown}], bake: {bake}, at: 0%}}",
        ),
        "yaml",
    )
    yield deploy(subject)
    yield Text(f"2. Try it by name, with the header `{endpoint.pin_header}`, before anybody else gets it:")
    yield Code((_curl(plan, "NEW"),))
    yield Text(
        "3. Have it accepted as it is; from its first approval on it doesn't change any more. Then for each step: "
        "check, have it approved by somebody else, advance, deploy, and let it bake:"
    )
    yield Code(
        (
            f'weighbridge rollout accept {name} -s {stack} --reason "WHAT WAS TESTED"',
            f"weighbridge rollout check {name} -s {stack}  # from the second step on",
            f'weighbridge rollout approve {name} -s {stack} --reason "WHAT YOU SAW"',
            f"weighbridge rollout advance {name} -s {stack}",
        )
    )
    yield deploy(subject)
    yield Text("4. At 100%, after the last bake, make it stable; the deployment removes the old version:")
    yield Code((f"weighbridge rollout advance {name} -s {stack}",))


def new_version(like: Version) -> Iterator[str]:
    """The keys of a new version, line by line: all that another one has, but for its model and its record."""
    new = like.model_copy(update={"model": f"{like.model.rpartition('/')[0]}/NEW", "accepted": None})
    keys = spelled(new)
    for key, value in keys.items() if isinstance(keys, dict) else ():
        yield f"{key}: {_on_one_line(value)}"


def _on_one_line(value: Spelled) -> str:
    dumped: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True)
    line = dumped.removesuffix("...\n").strip()
    return dumps(value, ensure_ascii=False) if "\n" in line else line  # JSON is YAML, on one line


def _approvals(subject: RunbookSubject) -> Iterator[Block]:
    spec, rollout = subject.spec, subject.spec.endpoints[subject.name].rollout
    rules = [
        (
            "Deploying a candidate at 0% needs no approval: it gets the requests of testers who name it, and copies of "
            "others where `mirror` says so."
        )
    ]
    if spec.production:
        rules.append(
            f"Every step that gives it traffic, the first and each increase, is approved in the spec by somebody "
            f"else than its owner, {quoted(spec.owner)}."
        )
    elif rollout is not None and len(rollout.steps) == 1:
        rules.append("This rollout has a single step, which needs no approval outside production.")
    else:
        rules.append(
            "Every step that gives it traffic is approved in the spec. Outside production anybody may approve."
        )
        rules.append("A rollout of a single step needs no approval outside production.")
    rules.append("An approval counts only if it was given after the step before began, and for the candidate as it is.")
    rules.append(
        "Every version that takes requests was accepted, and is what it was then: a changed one is another version, "
        "with a rollout of its own."
    )
    advisory = [rule for rule in ("canary-steps", "canary-approval") if rule in spec.advisory]
    rules.append(
        f"Only advice here, by `advisory` in the spec: {', '.join(f'`{rule}`' for rule in advisory)}."
        if advisory
        else "The policies `canary-steps` and `canary-approval` block a deployment that breaks this."
    )
    rules.append("A rollback needs no approval.")
    yield Listing(tuple(rules))
    if rollout is None:
        return
    yield Text(f"The rollout of `{rollout.candidate}`; each step bakes for {format_duration(rollout.bake)}:")
    rows = [row for step in rollout.steps for row in _step_rows(rollout, step)]
    yield Table(("step", "began", "approved by", "reason"), tuple(rows))


def _step_rows(rollout: Rollout, step: Decimal) -> Iterator[tuple[str, ...]]:
    start = began(rollout, step) if step <= rollout.at else None
    shown = (
        percent(step) + (" (now)" if step == rollout.at else ""),
        format_timestamp(start) if start is not None else "not yet",
    )
    given = [approval for approval in rollout.approvals if approval.step == step]
    for approval in given:
        yield (*shown, f"{quoted(approval.by)}, {format_timestamp(approval.at)}", quoted(approval.reason))
    if not given:
        yield (*shown, "nobody yet", "")


def _where(subject: RunbookSubject, plan: EndpointPlan, catalog: Catalog) -> Iterator[Block]:
    spec, endpoint = subject.spec, plan.settings
    pool = spec.node_pools[endpoint.node_pool]
    nodes = next(iter(plan_node_pool(endpoint.node_pool, pool, spec, catalog)))
    inside = ", from inside the VPC network only" if spec.gateway.reach == "internal" else ""
    rows = [
        ("project, region", f"`{spec.cloud.project}`, `{spec.cloud.region}` (zones `{', '.join(spec.cloud.zones)}`)"),
        ("cluster", f"`{spec.cluster_name}`"),
        ("node pool", f"`{endpoint.node_pool}`: `{nodes.machine.name}`, at most {nodes.most_nodes} nodes"),
        ("namespace", f"`{plan.namespace}`"),
        *((version.version, _workload_row(version)) for version in plan.versions),
        *_queue_rows(endpoint, plan),
        ("server", f"`{endpoint.server}`, port {plan.conventions.ports.http}"),
        ("service account", f"`{plan.account_id}@{plan.project}.iam.gserviceaccount.com`"),
        ("address", f"`{plan.url}`{inside}"),
    ]  # fmt: skip
    yield Table(("what", "where"), tuple(rows))
    yield connect(spec)
    if len(plan.versions) > 1:
        yield Text(f"The header `{endpoint.pin_header}` chooses a version, whatever the weights:")
        yield Code(tuple(_curl(plan, version.version) for version in plan.versions))
    if endpoint.iap:
        yield Text("Identity-Aware Proxy is in front of it: add a header `Authorization: Bearer TOKEN` to each curl.")
    others = tuple(
        (f"`{stack}`", f"`{other.cloud.project}`, cluster `{other.cluster_name}`",
         f"`https://{other.endpoints[subject.name].hostname}/`", f"`{other.endpoints[subject.name].stable}`")
        for stack, other in subject.others.items()
        if subject.name in other.endpoints
    )  # fmt: skip
    if others:
        yield Text("The same endpoint in other stacks:")
        yield Table(("stack", "where", "address", "stable"), others)


def _queue_rows(endpoint: Endpoint, plan: EndpointPlan) -> Iterator[tuple[str, str]]:
    """What wakes it, and where to see why it sleeps."""
    queue = endpoint.scale_on.queue if endpoint.scale_on is not None else None
    if queue is None:
        return
    versions = ", ".join(f"`kubectl -n {plan.namespace} describe scaledobject {one.name}`" for one in plan.versions)
    yield "scales on", f"what waits in {quoted(queue.subscription or queue.query or '')}, which KEDA reads: {versions}"


def _workload_row(version: VersionPlan) -> str:
    replicas = f"{version.replicas_least} to {version.replicas_most} replicas"
    return f"{workload(version)} and Service `{version.name}`, {replicas}"


def _curl(plan: EndpointPlan, version: str | None) -> str:
    """Asks whether it is ready: every server answers that without a model's input."""
    pin = f"--header '{plan.settings.pin_header}: {version}' " if version is not None else ""
    return f"curl --fail --show-error {pin}{plan.url.rstrip('/')}{plan.conventions.probes.readiness}"


def _rollback(subject: RunbookSubject) -> str:
    return f'weighbridge rollout rollback {subject.name} -s {subject.stack} --reason "WHY"'


def _takes_traffic(endpoint: Endpoint) -> bool:
    rollout = endpoint.rollout
    return rollout is not None and weights(endpoint)[rollout.candidate] > NONE
