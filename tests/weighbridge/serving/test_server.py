"""The table of model servers, and how an endpoint's own words change it."""

from __future__ import annotations

import typing
from string import Formatter

import pytest

from tests.support.specs import endpoint
from weighbridge.serving.server import conventions_of, servers
from weighbridge.spec.endpoint import CustomServer, Endpoint, ScaleOn, Server

WORDS = {
    "model", "bucket", "name", "version", "gpus", "gpu_memory_part", "tpu_devices", "longest_request",
    "longest_request_ms",
}  # fmt: skip


def test_every_server_of_the_spec_has_a_row_and_no_other():
    assert set(servers()) == set(typing.get_args(Server))


@pytest.mark.parametrize("server", servers().values(), ids=lambda row: row.name)
def test_a_row_says_where_it_is_from_and_uses_known_words(server):
    assert server.source
    texts = (*server.arguments, *server.shared_gpu_arguments, *server.environment.values())
    used = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
    assert used <= WORDS
    assert len({file.path.rpartition("/")[0] for file in server.files}) <= 1  # they are mounted as one folder
    assert server.name == "custom" or (server.ports is not None and server.probes is not None)


def test_a_servers_conventions():
    found = conventions_of("ranker", endpoint(None))

    assert (found.ports.http, found.ports.grpc, found.ports.metrics) == (8000, 8001, 8002)
    assert found.scale_on == ScaleOn(metric="nv_inference_pending_request_count", per_replica=4)
    assert found.longest_request_seconds == 60


def test_the_spec_says_otherwise():
    changed = endpoint(None).model_copy(update={"scale_on": ScaleOn(metric="depth", per_replica=2)})

    assert conventions_of("ranker", changed).scale_on == ScaleOn(metric="depth", per_replica=2)


def test_a_server_of_ones_own():
    own = CustomServer(
        port=8080, health_path="/up", metrics_port=9100, requests="requests_total", model_argument="-m={model}"
    )
    found = conventions_of("ranker", endpoint(None).model_copy(update={"server": "custom", "custom": own}))

    assert (found.ports.http, found.ports.metrics, found.metrics_path) == (8080, 9100, "/metrics")
    assert found.probes.liveness == "/up"
    assert found.arguments == ("-m={model}",)
    assert found.signals.requests is not None
    assert found.signals.requests.metric == "requests_total"
    assert found.signals.latency is None
    assert found.scale_on is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ("/",)),
        (["/predict"], ("/predict", "/healthz")),
        (["/predict", "/healthz"], ("/predict", "/healthz")),
        (["/health"], ("/health", "/healthz")),  # a prefix is of whole parts
    ],
)
def test_whether_an_endpoint_answers_may_be_asked_through_the_gateway_whatever_is_public(given, expected):
    own = endpoint(None).model_dump(mode="json", exclude_none=True) | {
        "server": "custom", "custom": {"port": 8080, "health_path": "/healthz"}, "public_paths": given,
    }  # fmt: skip
    assert conventions_of("words", Endpoint.model_validate(own)).public_paths == expected
