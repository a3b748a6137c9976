"""What is wrong with a queue outside the replicas: it is inside, it can't be read, or nobody is there to read it."""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.files.model_problems import listed
from weighbridge.files.problem import KeyPath, Problem
from weighbridge.serving.outside_queue import waiting
from weighbridge.serving.server import Signals, conventions_of
from weighbridge.serving.server_metrics import exposed_by
from weighbridge.signals.expression import NotPromQl, metrics_of, tree
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.root import Spec

_OF_PODS = frozenset({"up", "scrape_samples_scraped"})
"""What a collector says of each replica that it asks."""


def outside_queue_problems(endpoint: Endpoint, path: KeyPath, spec: Spec) -> Iterator[Problem]:
    """Everything that is wrong with `scale_on.queue` of an endpoint; `path` is the endpoint's."""
    queue = endpoint.scale_on.queue if endpoint.scale_on is not None else None
    if queue is None:
        return
    where = (*path, "scale_on", "queue")
    if spec.cluster.operators.keda is None:
        message = (
            "KEDA reads such queues, and the spec doesn't say that it is there: say `operators: {keda: installed}` "
            "under `cluster`, or `present` where something else installs it"
        )
        yield Problem(where, message, on_key=True)
    if queue.query is None:
        return
    if "${" in queue.query:
        yield Problem((*where, "query"), "placeholders aren't filled in: write what is to stand for ${…}")
        return
    try:
        tree(queue.query)
        tree(waiting(queue))  # that its series can be added up: a number or a range can't
        read = metrics_of(queue.query)
    except NotPromQl as refusal:
        yield Problem((*where, "query"), f"no PromQL whose series can be added up: {refusal}")
        return
    inside = [name for name in read if name in _OF_PODS or name in _exposed(endpoint)]
    if inside:
        message = (
            f"{listed(inside)} {'comes' if len(inside) == 1 else 'come'} from the replicas themselves: where none "
            "runs nothing is counted, so nothing would ever wake one. Name a queue outside them, such as a Pub/Sub "
            "subscription or the gateway's, or follow it with `scale_on.metric` and at least one replica"
        )
        yield Problem((*where, "query"), message)
    elif not read:
        yield Problem((*where, "query"), "it reads no metric, so it would never change: name the one of the queue")


def _exposed(endpoint: Endpoint) -> frozenset[str]:
    """Names of everything that the endpoint's servers expose."""
    if endpoint.server == "custom" and endpoint.custom is None:
        return frozenset()
    return exposed_by(endpoint.server) | _named(conventions_of("", endpoint).signals)


def _named(signals: Signals) -> frozenset[str]:
    """Names of the metrics of a table's row."""
    found: set[str] = set()
    for _, exposed in signals:
        if exposed is not None:
            found |= {exposed.metric, *(f"{exposed.metric}_{part}" for part in ("bucket", "count", "sum"))}
    return frozenset(found)
