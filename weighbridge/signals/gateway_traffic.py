"""An endpoint's requests as the load balancer counts them: all that users sent, and what it answered by itself as well.

GKE names the backend service of a Service ``gkegw1-<gateway>-<namespace>-<service>-<port>-<hash>``, which is how one
endpoint's requests are told from another's. What is longer than a name may be is cut in a way that is nowhere written;
such an endpoint is measured by its servers alone, and so is one with inference pools, whose names nobody has seen.

Sources: Google's metrics and monitored resources of Cloud Load Balancing; names in public samples of GKE Gateway, such
as ``gkegw1-wwbg-default-demo-8080-k9o8ddmf9emo``; as of 2026-11-26, confidence: reported for global gateways,
unverified for the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from weighbridge.conventions import SERVING_NAMESPACE, version_name
from weighbridge.infrastructure.network import network_place
from weighbridge.rollouts.weights import existing
from weighbridge.serving.server import conventions_of
from weighbridge.spec.endpoint import Endpoint
from weighbridge.spec.gateway import Reach
from weighbridge.spec.root import Spec

LONGEST_BACKEND_NAME = 63
_PREFIX, _AROUND = "gkegw1", len("gkegw1-abcd-") + len("-0123456789ab")
ERRORS = "500"
"""Class of the answers that count as failures."""


@dataclass(frozen=True, slots=True)
class GatewayMetric:
    """Which metric counts requests, by Cloud Monitoring's name, and the monitored resource that it is of."""

    metric: str
    resource: str

    @property
    def promql(self) -> str:
        """Its name in PromQL."""
        domain, _, path = self.metric.partition("/")
        return f"{domain.replace('.', '_')}:{path.replace('/', '_')}"


METRICS: Mapping[Reach, GatewayMetric] = {
    "global": GatewayMetric("loadbalancing.googleapis.com/https/request_count", "https_lb_rule"),
    "regional": GatewayMetric(
        "loadbalancing.googleapis.com/https/external/regional/request_count", "http_external_regional_lb_rule"
    ),
    "internal": GatewayMetric("loadbalancing.googleapis.com/https/internal/request_count", "internal_http_lb_rule"),
}


@dataclass(frozen=True, slots=True)
class GatewayTraffic:
    """The requests of one endpoint. `pattern`: a regular expression of its backend services; `example`: one of them.

    `network` keeps environments of one project apart; None: a global gateway, whose requests carry none.
    """

    counted: GatewayMetric
    network: str | None
    pattern: str
    example: str

    @property
    def where(self) -> str:
        """Matchers of its series in PromQL."""
        own = f'network_name="{self.network}", ' if self.network is not None else ""
        return f'monitored_resource="{self.counted.resource}", {own}backend_target_name=~"{self.pattern}"'


def gateway_traffic(name: str, endpoint: Endpoint, spec: Spec) -> GatewayTraffic | None:
    """How the load balancer counts a checked endpoint's requests; None where its backends can't be told by name."""
    port = conventions_of(name, endpoint).ports.http
    services = [version_name(name, version) for version in existing(endpoint)]
    longest = max(len(f"{SERVING_NAMESPACE}-{service}-{port}") for service in services)
    if endpoint.inference_pool is not None or longest + _AROUND > LONGEST_BACKEND_NAME:
        return None
    choice = services[0] if len(services) == 1 else f"({'|'.join(services)})"
    return GatewayTraffic(
        METRICS[spec.gateway.reach],
        network=None if spec.gateway.reach == "global" else network_place(spec).network,
        pattern=f"{_PREFIX}-[a-z0-9]+-{SERVING_NAMESPACE}-{choice}-{port}-[a-z0-9]+",
        example=f"{_PREFIX}-ab12-{SERVING_NAMESPACE}-{services[0]}-{port}-c3d4",
    )
