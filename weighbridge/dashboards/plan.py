"""The dashboards of a spec: one overview, one for each endpoint, one for the quota. Components write them down.

Each signal that can be drawn is drawn once, on the dashboard of its subject, with its own threshold as the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from weighbridge.catalog import Catalog
from weighbridge.conventions import MONITORING_CONSOLE, label_value, runbook_link
from weighbridge.dashboards.charts import (
    ERRORS,
    LATENCY,
    REPLICAS,
    chart_of,
    endpoints_at_once,
    outside_queue,
    traffic,
    unpromised,
)
from weighbridge.dashboards.layout import DashboardSection, laid_out, pages
from weighbridge.dashboards.node_pools import accelerators, pools_and_cost
from weighbridge.dashboards.tile import Chart, DashboardPlan, Header, Incidents, Piece, SectionTitle
from weighbridge.dashboards.versions import load, side_by_side
from weighbridge.rollouts.weights import weights
from weighbridge.signals.emitters import known_of
from weighbridge.signals.rows import Kind
from weighbridge.signals.subjects import Subject
from weighbridge.signals.watched import WatchedSignal
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.root import Spec
from weighbridge.units import percent

OVERVIEW, QUOTA = "overview", "quota"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A section of an endpoint's dashboard and the cells whose signals stand in it, most important first."""

    title: str
    subtitle: str
    cells: tuple[str, ...]


FIRST = (ERRORS, LATENCY, REPLICAS)
"""Signals whose charts come first, in the same places on every dashboard of an endpoint as on the overview."""

REQUESTS = Shelf("Requests", "what its users notice", ("outage", "latency"))
SHELVES = (
    REQUESTS,
    Shelf("Tokens", "how fast a language model answers", ("first-token", "token-rate", "cache-use")),
    Shelf("Quality and predictions", "what it answers", ("model-quality", "prediction-skew", "prediction-drift")),
    Shelf("Features", "what it is asked", ("feature-skew", "feature-drift", "data-types")),
    Shelf("Freshness", "whether what is shown above can be trusted", ("freshness", "silence")),
)
RUNS = ("freshness", "outage", "failures", "latency", "training-time", "")
"""Cells of a pipeline whose charts come before those of its data; the empty one stands for signals without a cell."""

OTHERS: Mapping[Kind, str] = {
    "data": "data pipeline", "training": "training pipeline", "validation": "validation pipeline",
    "experiment": "experiment", "environment": "the environment itself",
}  # fmt: skip
"""What the overview shows in full, as it shows it: serving waits for data, validation for training."""

Drawn = Sequence[tuple[WatchedSignal, Chart]]
"""Signals of one subject with their charts."""


def plan_dashboards(
    spec: Spec, subjects: Sequence[Subject], signals: Sequence[WatchedSignal], catalog: Catalog
) -> tuple[DashboardPlan, ...]:
    """The dashboards of a checked spec: each that has something to draw. The catalog has the prices of nodes."""
    charts = [(signal, chart) for signal in signals if (chart := chart_of(signal)) is not None]
    drawn = [(subject, [pair for pair in charts if pair[0].subject == subject]) for subject in subjects]
    return tuple(_dashboards(spec, drawn, catalog))


def _dashboards(spec: Spec, subjects: Sequence[tuple[Subject, Drawn]], catalog: Catalog) -> Iterator[DashboardPlan]:
    environment = f"{spec.environment} in {spec.cloud.project}, {spec.cloud.region}"
    about = [_about(spec, f"All of {environment}"), *_runbooks(spec), _links(spec, None)]
    overview = list(_overview(spec, subjects, catalog))
    if overview:
        yield from _boards(spec, OVERVIEW, "overview", about, overview)
    for subject, drawn in subjects:
        name = subject.name
        if subject.kind == "serving":
            about = [_about(spec, f"Endpoint of {environment}"), _traffic(spec.endpoints[name]), _links(spec, name)]
            yield from _boards(spec, f"endpoint-{name}", name, about, list(_endpoint(spec, subject, drawn)))
        elif subject.kind == "quota" and drawn:
            about = [
                _about(spec, f"Quota that {environment} draws on, as the whole project uses it"),
                _links(spec, None),
            ]
            section = _section("Use and limits", "of all stacks of the project together", drawn)
            yield from _boards(spec, QUOTA, "quota", about, [section])


def _overview(spec: Spec, subjects: Sequence[tuple[Subject, Drawn]], catalog: Catalog) -> Iterator[DashboardSection]:
    endpoints = [subject for subject, _ in subjects if subject.kind == "serving"]
    if endpoints:
        title = SectionTitle("Endpoints", "each has a dashboard of its own")
        yield DashboardSection(title, tuple(endpoints_at_once(endpoints)))
    if subjects:
        subtitle, charts = pools_and_cost(spec, catalog)
        yield DashboardSection(SectionTitle("Pools and cost", subtitle), charts)
    for kind, what in OTHERS.items():
        for subject, drawn in subjects:
            if subject.kind == kind and drawn:
                yield _section(subject.name, what, sorted(drawn, key=lambda pair: _runs_first(pair[0])))


def _section(title: str, subtitle: str, drawn: Drawn) -> DashboardSection:
    return DashboardSection(SectionTitle(title, subtitle), tuple(chart for _, chart in drawn))


def _runs_first(signal: WatchedSignal) -> int:
    cell = next(iter(signal.row.cells), "")
    last = len(RUNS) + (cell == "silence")
    return RUNS.index(cell) if cell in RUNS else last


def _endpoint(spec: Spec, subject: Subject, drawn: Drawn) -> Iterator[DashboardSection]:
    endpoint = spec.endpoints[subject.name]
    for shelf in SHELVES:
        found = sorted((pair for pair in drawn if _shelved(pair[0])[0] == shelf), key=_rank)
        section = _section(shelf.title, shelf.subtitle, found)
        if shelf is REQUESTS:
            busy = accelerators(spec, subject.name)
            waits = outside_queue(endpoint, spec.cloud.project)
            more = (*traffic(subject), *waits, *load(subject, endpoint, known_of(spec)), *busy)
            section = DashboardSection(section.title, (*unpromised(subject), *section.charts, *more))
        if section.charts:
            yield section
        if shelf is REQUESTS and endpoint.rollout is not None:
            title = SectionTitle(f"{endpoint.rollout.candidate} against {endpoint.stable}", "the rollout by version")
            yield DashboardSection(title, tuple(side_by_side(subject, endpoint, known_of(spec))))


def _shelved(signal: WatchedSignal) -> tuple[Shelf, int]:
    """Where a signal stands, and the place there: by the first of its cells; one without stands last."""
    cell = next(iter(signal.row.cells), SHELVES[-1].cells[-1])
    return next((shelf, shelf.cells.index(cell)) for shelf in SHELVES if cell in shelf.cells)


def _rank(drawn: tuple[WatchedSignal, Chart]) -> tuple[int, int]:
    id_ = drawn[0].row.id
    return FIRST.index(id_) if id_ in FIRST else len(FIRST), _shelved(drawn[0])[1]


def _boards(
    spec: Spec, name: str, title: str, about: Sequence[tuple[Piece, ...]], sections: Sequence[DashboardSection]
) -> Iterator[DashboardPlan]:
    for ordinal, page in enumerate(pages(sections), start=1):
        end, suffix = (f"-{ordinal}", f" ({ordinal})") if ordinal > 1 else ("", "")
        display_name = f"[{spec.environment}] {title}{suffix}"
        yield DashboardPlan(
            name=f"{name}{end}",
            resource=f"{spec.environment}-{name}{end}",
            project=spec.cloud.project,
            display_name=display_name,
            labels={"environment": spec.environment, "managed-by": "weighbridge", "owner": label_value(spec.owner)},
            tiles=laid_out(Header(display_name, tuple(about)), page, Incidents("Open incidents of the project")),
        )


def _about(spec: Spec, what: str) -> tuple[Piece, ...]:
    return (Piece(f"{what}. Owner: "), Piece(spec.owner, strong=True))


def _traffic(endpoint: Endpoint) -> tuple[Piece, ...]:
    shares = ", ".join(f"{version} {percent(share)}" for version, share in weights(endpoint).items())
    rollout = endpoint.rollout
    back = f"; {rollout.candidate} was rolled back" if rollout is not None and rollout.rolled_back is not None else ""
    return (Piece("Traffic: "), Piece(f"{shares}{back}", strong=True))


def _runbooks(spec: Spec) -> Iterator[tuple[Piece, ...]]:
    """The pipelines' runbooks: pipelines have no dashboard of their own."""
    links = [
        Piece(name, url=address)
        for name in spec.pipelines
        if (address := runbook_link(spec.monitoring, name)) is not None
    ]
    if links:
        yield (Piece("Runbooks: "), *(piece for link in links for piece in (link, Piece(" · "))))[:-1]


def _links(spec: Spec, name: str | None) -> tuple[Piece, ...]:
    return tuple(_link_pieces(spec, name))


def _link_pieces(spec: Spec, name: str | None) -> Iterator[Piece]:
    if name is not None:
        address = runbook_link(spec.monitoring, name)
        if address is not None:
            yield Piece("Runbook", url=address)
        else:
            yield from (Piece("Runbook: "), Piece(f"weighbridge runbook {name} -s {spec.environment}", code=True))
        yield Piece(" · ")
    yield from (Piece("Spec: "), Piece(f"stacks/{spec.environment}.yaml", code=True), Piece(" · "))
    yield Piece("Dashboards", url=f"{MONITORING_CONSOLE}/dashboards?project={spec.cloud.project}")
    yield Piece(" · ")
    yield Piece("Incidents", url=f"{MONITORING_CONSOLE}/alerting/incidents?project={spec.cloud.project}")
