"""How an endpoint follows a queue outside its replicas: KEDA reads it, and lets them go altogether while nothing waits.

    scale_on.queue ─ QueueScaling ─▶ ScaledObject: KEDA makes the HorizontalPodAutoscaler from one replica on
                   └ plan_queue_reader ─▶ the Google account that KEDA's operator reads Cloud Monitoring as

Both kinds of queue are asked of Cloud Monitoring in PromQL. KEDA's scaler for Pub/Sub would ask it in MQL, and is
deprecated for that. Sources: kedacore/keda v2.21.0, config/crd/bases, scaledobject_{types,webhook}.go of
apis/keda/v1alpha1 and {prometheus,gcp_pubsub}_scaler.go of pkg/scalers; Google's metrics of Pub/Sub; as of 2026-11-26,
confidence: confirmed as read, and run on no cluster by this project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.conventions import keda_account_id
from weighbridge.infrastructure.operators import KEDA, KEDA_ACCOUNT
from weighbridge.rollouts.weights import ALL, NONE, mirrored, weights
from weighbridge.spec.endpoint import Endpoint, OutsideQueue
from weighbridge.spec.root import Spec

BACKLOG = "pubsub_googleapis_com:subscription_num_undelivered_messages"
"""Sampled every minute, and seen up to two minutes later."""

POLL_SECONDS = 30
"""How often KEDA asks while there is no replica; else the HorizontalPodAutoscaler does."""

_API = "https://monitoring.googleapis.com/v1/projects/{project}/location/global/prometheus"
READER_ROLE = "roles/monitoring.viewer"


@dataclass(frozen=True, slots=True)
class QueueScaling:
    """What the autoscaler of one version asks. `per_replica` is what one replica should carry of the answer.

    An answer that fails lets no replica go and wakes none. So does an empty one, but where `empty_is_none`: of a
    subscription that nobody has used for long, nothing is reported.
    """

    server: str  # address of the Prometheus API
    query: str
    per_replica: str
    empty_is_none: bool


@dataclass(frozen=True, slots=True)
class QueueReaderPlan:
    """Who reads the queues of an environment, in which projects."""

    environment: str
    project: str
    account_id: str
    namespace: str
    service_account: str
    projects: tuple[str, ...]


def waiting(queue: OutsideQueue) -> str:
    """PromQL of what waits: one number, or nothing."""
    if queue.query is not None:
        return f"sum({queue.query.strip()})"
    name = (queue.subscription or "").rpartition("/")[2]
    return f'sum({BACKLOG}{{monitored_resource="pubsub_subscription", subscription_id="{name}"}})'


def queue_project(queue: OutsideQueue, project: str) -> str:
    """The project whose Cloud Monitoring knows of a queue."""
    return project if queue.subscription is None else queue.subscription.split("/")[1]


def plan_queue_scaling(endpoint: Endpoint, version: str, project: str) -> QueueScaling | None:
    """How a version follows the endpoint's queue; None where the endpoint has none.

    Each version carries its part of what waits, by weight or by what is mirrored to it, so that two of a rollout don't
    both make room for all of it.
    """
    queue = endpoint.scale_on.queue if endpoint.scale_on is not None else None
    if endpoint.scale_on is None or queue is None:
        return None
    copied = mirrored(endpoint) if version != endpoint.stable else None
    part = (weights(endpoint)[version] or copied or NONE) / ALL
    query = waiting(queue)
    return QueueScaling(
        server=_API.format(project=queue_project(queue, project)),
        query=query if part == 1 else f"{query} * {_plain(part)}",
        per_replica=_plain(endpoint.scale_on.per_replica),
        empty_is_none=queue.subscription is not None,
    )


def plan_queue_reader(spec: Spec) -> QueueReaderPlan | None:
    """Whom KEDA reads as; None where this stack doesn't install it."""
    if spec.cluster.operators.keda != "installed":
        return None
    return QueueReaderPlan(
        environment=spec.environment,
        project=spec.cloud.project,
        account_id=keda_account_id(spec.environment),
        namespace=KEDA.namespace,
        service_account=KEDA_ACCOUNT,
        projects=tuple(sorted({*_projects(spec)})),
    )


def _projects(spec: Spec) -> Iterator[str]:
    for endpoint in spec.endpoints.values():
        if endpoint.scale_on is not None and endpoint.scale_on.queue is not None:
            yield queue_project(endpoint.scale_on.queue, spec.cloud.project)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
