"""What exposes each metric that an alert may read: the catalogue's emitters, model servers, Google's quota metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cache

from weighbridge.serving.server import Signals, conventions_of, servers
from weighbridge.signals.expression import metrics_of
from weighbridge.signals.lint import LintFinding, lint
from weighbridge.signals.metric_facts import MetricFacts, facts_of
from weighbridge.signals.quota_series import quota_metric_facts
from weighbridge.signals.rows import catalogue
from weighbridge.signals.watched import WatchedSignal
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.root import Spec


@cache
def known() -> Mapping[str, MetricFacts]:
    """Every metric of the tables, by name."""
    own = (
        MetricFacts(metric.name, metric.kind, resources=metric.resources)
        for emitter in catalogue().emitters
        for metric in emitter.metrics
    )
    of_servers = (facts for server in servers().values() for facts in _of_server(server.signals))
    return {facts.name: facts for facts in (*own, *of_servers, *quota_metric_facts())}


def known_of(spec: Spec) -> Mapping[str, MetricFacts]:
    """The same with what the spec's own servers expose."""
    found = dict(known())
    for name, endpoint in spec.endpoints.items():
        found.update((facts.name, facts) for facts in _of_server(conventions_of(name, endpoint).signals))
        found |= {facts.name: facts for facts in _of_queue(endpoint) if facts_of(facts.name, found) is None}
    return found


def lint_of(spec: Spec, signals: Iterable[WatchedSignal]) -> Iterator[tuple[str, LintFinding]]:
    """What Google's dialect refuses of the expressions of a spec's signals, each with the signal's key."""
    metrics = known_of(spec)
    for signal in signals:
        for condition in signal.conditions:
            if condition.expression:
                found = lint(condition.expression, timedelta(seconds=signal.hold_seconds), metrics)
                yield from ((signal.key, finding) for finding in found)


def unknown_of(spec: Spec, signals: Iterable[WatchedSignal]) -> Iterator[tuple[str, str]]:
    """Metrics that an expression reads and nothing exposes, each with the signal's key."""
    metrics = known_of(spec)
    for signal in signals:
        texts = [condition.expression for condition in signal.conditions if condition.expression]
        names = dict.fromkeys(name for text in texts for name in metrics_of(text))
        yield from ((signal.key, name) for name in names if facts_of(name, metrics) is None)


def _of_queue(endpoint: Endpoint) -> Iterator[MetricFacts]:
    """What the query of a queue outside the replicas reads; whoever wrote it knows that it is there."""
    queue = endpoint.scale_on.queue if endpoint.scale_on is not None else None
    if queue is not None and queue.query is not None:
        for name in metrics_of(queue.query):
            yield MetricFacts(name, "counter" if name.endswith(("_total", "_count", "_sum", "_bucket")) else "gauge")


def _of_server(signals: Signals) -> Iterator[MetricFacts]:
    for counter in (signals.requests, signals.errors):
        if counter is not None:
            yield MetricFacts(counter.metric, "counter")
            if counter.plus is not None:
                yield MetricFacts(counter.plus, "counter")
    if signals.latency is not None:
        yield MetricFacts(signals.latency.metric, "histogram" if signals.latency.kind == "histogram" else "gauge")
    for histogram in (signals.first_token, signals.between_tokens):
        if histogram is not None:
            yield MetricFacts(histogram.metric, "histogram")
    for gauge in (signals.queue, signals.saturation, signals.cache):
        if gauge is not None:
            yield MetricFacts(gauge.metric, "gauge")
