"""The servers' metrics as a table, and all that is read of a server held against it."""

from __future__ import annotations

import pytest

from weighbridge.serving.server import Signals, servers
from weighbridge.serving.server_metrics import exposed_by, server_metrics

READ = [row for row in servers().values() if row.metrics is not None]


def kinds(signals: Signals) -> dict[str, str]:
    """Every metric that a row names, with the kind that its place there wants."""
    found = {}
    for place, exposed in signals:
        if exposed is None:
            continue
        kind = {"requests": "counter", "errors": "counter", "latency": getattr(exposed, "kind", "histogram")}
        default = "gauge" if place in ("queue", "saturation", "cache") else "histogram"
        found[exposed.metric] = kind.get(place, default)
        if getattr(exposed, "plus", None):
            found[exposed.plus] = "counter"
    return found


@pytest.mark.parametrize("server", READ, ids=lambda row: row.name)
def test_all_that_is_read_of_a_server_is_exposed_by_its_program(server):
    listed = server_metrics()[server.metrics.program]
    scaled = {server.scale_on.metric: "gauge"} if server.scale_on else {}
    wanted = kinds(server.signals) | scaled

    assert wanted
    assert {name: listed.get(name) for name in wanted} == wanted


def test_every_server_but_ones_own_has_a_table_and_every_table_a_server():
    assert {row.name for row in servers().values()} - {row.name for row in READ} == {"custom"}
    assert set(server_metrics()) == {row.metrics.program for row in READ}
    assert len(server_metrics()["vllm"]) > 90


@pytest.mark.parametrize(
    ("server", "name", "exposed"),
    [
        ("vllm", "vllm:num_requests_waiting", True),
        ("vllm", "vllm:time_to_first_token_seconds_bucket", True),
        ("vllm", "vllm:time_to_first_token_seconds", False),  # no series is called so
        ("triton", "nv_inference_request_summary_us", True),
        ("triton", "nv_inference_request_summary_us_count", True),
        ("tf-serving", "vllm:num_requests_waiting", False),
        ("custom", "http_requests_total", False),
    ],
)
def test_series_are_named_as_selectors_write_them(server, name, exposed):
    assert (name in exposed_by(server)) is exposed
