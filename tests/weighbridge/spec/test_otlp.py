"""Where monitors send their gauges: what an address means."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from weighbridge.spec.otlp import OtlpCollector


@pytest.mark.parametrize(
    ("endpoint", "over_http", "host", "port", "namespace"),
    [
        ("http://collector.observability.svc:4317", False, "collector.observability.svc", 4317, "observability"),
        ("http://collector.observability.svc", False, "collector.observability.svc", 4317, "observability"),
        ("http://c.otel.svc.cluster.local:4318/v1/metrics", True, "c.otel.svc.cluster.local", 4318, "otel"),
        ("http://c.otel.svc/v1/metrics", True, "c.otel.svc", 80, "otel"),
        ("https://otlp.example.com", False, "otlp.example.com", 443, None),
        ("https://otlp.example.com:8443/otlp/v1/metrics", True, "otlp.example.com", 8443, None),
        ("https://Otlp.svc", False, "otlp.svc", 443, None),
        ("https://10.8.0.3:65535", False, "10.8.0.3", 65535, None),
    ],
)
def test_an_address_says_how_and_where(endpoint, over_http, host, port, namespace):
    made = OtlpCollector(endpoint=endpoint)
    assert (made.over_http, made.host, made.port, made.namespace) == (over_http, host, port, namespace)
    assert made.encrypted == endpoint.startswith("https")


@pytest.mark.parametrize(
    ("host", "reaches", "may"),
    [
        ("otlp.example.com", (), True),
        ("otlp.example.com", ("10.8.0.0/28",), True),
        ("10.8.0.3", (), False),
        ("100.64.0.3", (), False),
        ("10.8.0.3", ("10.9.0.0/28", "10.8.0.0/28"), True),
        ("10.8.0.16", ("10.8.0.0/28",), False),
        ("8.8.8.8", (), True),
        ("8.8.8.8", ("10.8.0.0/28",), False),
    ],
)
def test_an_address_that_is_no_name_may_be_out_of_reach(host, reaches, may):
    assert OtlpCollector(endpoint=f"https://{host}", reaches=reaches).may_be_reached is may


@pytest.mark.parametrize(
    "endpoint",
    [
        "collector:4317", "grpc://collector:4317", "https://", "https://u:p@otlp.example.com", "https://h/other",
        "https://h/v1/metrics?key=k", "https://h/v1/metrics/", "https://h/#v1/metrics", "https://h:0", "https://h:65536",
        "https://h:", "https://h.-", "https://h/a b/v1/metrics", "https://h/../x", "https://h\n",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_collector(endpoint):
    with pytest.raises(ValidationError):
        OtlpCollector(endpoint=endpoint)
