"""The runbook of a pipeline: late, slow or failing runs, how to run it again, where it runs."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from weighbridge.catalog import Catalog
from weighbridge.conventions import NODE_POOL_LABEL
from weighbridge.infrastructure.node_pool import plan_node_pool
from weighbridge.runbook.sections import Block, Code, Listing, Section, Table, Text, quoted
from weighbridge.runbook.subject import RunbookSubject, connect
from weighbridge.spec.pipeline import Pipeline
from weighbridge.spec.thresholds import Thresholds
from weighbridge.units import amount_text, format_duration, percent


def pipeline_lead(subject: RunbookSubject) -> tuple[Block, ...]:
    """What it is and when it runs."""
    pipeline = subject.spec.pipelines[subject.name]
    often = f"every {format_duration(pipeline.runs_every)}" if pipeline.runs_every is not None else "at any time"
    usual = (
        f", and takes {format_duration(pipeline.expected_duration)}" if pipeline.expected_duration is not None else ""
    )
    return (Text(f"A pipeline of kind `{pipeline.kind}`. It runs {often}{usual}."),)


def pipeline_sections(subject: RunbookSubject, catalog: Catalog) -> tuple[Section, ...]:
    """What to do about a pipeline, most urgent first: how its last runs went leads."""
    sections = (
        Section("How its last runs went", tuple(_runs(subject))),
        Section("When it is late, slow or failing", tuple(_troubles(subject))),
        Section("Run it again", tuple(_again(subject))),
        Section("What its data is compared with", tuple(_watch(subject))),
        Section("Where it runs", tuple(_where(subject, catalog))),
    )
    return tuple(section for section in sections if section.blocks)


def _runs(subject: RunbookSubject) -> Iterator[Block]:
    runs = subject.spec.pipelines[subject.name].runs
    if runs is None:
        yield Text("Its runs leave no status files: the spec has no `runs`. Look where it is scheduled.")
        return
    folder = runs.rstrip("/")
    yield Text(
        "Each run leaves a file `RUN.json` with its `state` (`running`, `succeeded` or `failed`), `started`, "
        "`finished` and, if it wrote one, a `message`."
    )
    yield Code(
        (
            f"gcloud storage ls --long {quote(f'{folder}/*.json')} | sort --key 2 | tail -5",
            f"gcloud storage cat {quote(f'{folder}/RUN.json')}",
        )
    )


def _troubles(subject: RunbookSubject) -> Iterator[Block]:
    spec, pipeline = subject.spec, subject.spec.pipelines[subject.name]
    limits = (spec.monitoring.thresholds if spec.monitoring is not None else Thresholds()).with_own(pipeline.thresholds)
    pool = pipeline.node_pool
    rows = []
    if pipeline.runs_every is not None:
        late = format_duration(pipeline.runs_every * limits.late_periods)
        rows.append(
            ("late", f"its last success is {late} ago",
             "whether the scheduler started it, and whether the run of before still goes on")
        )  # fmt: skip
    usual = (
        f"{format_duration(pipeline.expected_duration * limits.slow_factor)}"
        if pipeline.expected_duration is not None
        else f"{limits.slow_factor:g} times its usual time"
    )
    rows += [
        ("slow", f"a run takes longer than {usual}", f"pods that wait for nodes of `{pool}`; how much data there is"),
        ("failing", f"a run has failed; from {limits.failures} in a row on it is urgent",
         f"its {'`message` and its ' if pipeline.runs is not None else ''}logs: out of memory, quota, wrong data"),
        ("waiting", f"work waits for quota for {format_duration(limits.queued)}", f"who else uses `{pool}`"),
    ]  # fmt: skip
    yield Table(("trouble", "when", "look first at"), tuple(rows))
    yield connect(spec)
    yield Code(
        (
            "kubectl get events --all-namespaces --sort-by=.lastTimestamp | tail -30",
            f"kubectl get nodes --selector {NODE_POOL_LABEL}={pool}",
            "kubectl get pods --all-namespaces --field-selector status.phase=Pending",
            "weighbridge quota  # what all stacks may use together",
        )
    )


def _again(subject: RunbookSubject) -> Iterator[Block]:
    pipeline = subject.spec.pipelines[subject.name]
    yield Text(
        f"Weighbridge doesn't start runs: start it where it is scheduled, or ask {quoted(subject.spec.owner)}. See "
        f"first that no run is under way, as two would share what the pipeline may use."
    )
    if pipeline.runs is not None:
        yield Text("Afterwards its status file says `succeeded`:")
        yield Code((f"gcloud storage cat {quote(pipeline.runs.rstrip('/') + '/RUN.json')}",))
    if pipeline.kind in {"training", "validation"}:
        yield Text(
            "A model that it makes serves nobody until it is a version of an endpoint with a rollout of its own."
        )


def _watch(subject: RunbookSubject) -> Iterator[Block]:
    watch = subject.spec.pipelines[subject.name].watch
    if watch is None:
        return
    rows = [("baseline", quoted(watch.baseline)), ("newest data", quoted(watch.window))]
    for word, columns in (("features", watch.features), ("labels", watch.labels), ("predictions", watch.predictions)):
        if columns:
            rows.append((word, ", ".join(map(quoted, columns))))
    if watch.quality is not None:
        quality = watch.quality
        source = f"reports in {quoted(quality.report)}" if quality.report is not None else "labels"
        if quality.labels is not None:
            source = f"labels in {quoted(quality.labels.source)}, up to {format_duration(quality.labels.wait)} late"
        rows.append((quality.metric, f"{source}, baseline {quality.baseline:g}"))
    yield Table(("what", "where"), tuple(rows))
    limits = subject.spec.monitoring.thresholds if subject.spec.monitoring is not None else Thresholds()
    own = limits.with_own(subject.spec.pipelines[subject.name].thresholds)
    yield Listing(
        (
            f"It is measured every {format_duration(watch.every)}, from {watch.least_rows:,} rows on.",
            (
                f"Too much: {percent(own.missing)} more missing values than in the baseline, or {percent(own.invalid)} "
                f"of a wrong type or outside the baseline's range."
            ),
            "If the new data is right and the old baseline isn't: write the baseline again, and say so in the commit.",
        )
    )


def _where(subject: RunbookSubject, catalog: Catalog) -> Iterator[Block]:
    spec, pipeline = subject.spec, subject.spec.pipelines[subject.name]
    nodes = next(iter(plan_node_pool(pipeline.node_pool, spec.node_pools[pipeline.node_pool], spec, catalog)))
    rows = [
        ("project, region", f"`{spec.cloud.project}`, `{spec.cloud.region}`"),
        ("cluster", f"`{spec.cluster_name}`"),
        ("node pool", f"`{pipeline.node_pool}`: `{nodes.machine.name}`, {nodes.provisioning.value}"),
        ("guaranteed", _amounts(pipeline, at_most=False)),
        ("at most", _amounts(pipeline, at_most=True)),
    ]
    others = [f"`{stack}`" for stack, other in subject.others.items() if subject.name in other.pipelines]
    if others:
        rows.append(("also in", ", ".join(others)))
    yield Table(("what", "where"), tuple(rows))


def _amounts(pipeline: Pipeline, *, at_most: bool) -> str:
    given = pipeline.at_most if at_most else pipeline.guaranteed
    return ", ".join(f"{amount_text(name, amount)} `{name}`" for name, amount in given.items()) or "nothing"
