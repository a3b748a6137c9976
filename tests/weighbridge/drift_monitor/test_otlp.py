"""A collector of OpenTelemetry gets what a scrape finds, and one that is away holds up nothing."""

from __future__ import annotations

import threading
from datetime import timedelta
from random import Random

import pytest

from tests.support.otlp_collector import otlp_receiver, values_sent
from tests.support.processes import PATIENCE_SECONDS, free_ports
from tests.support.snapshots import random_measurement
from weighbridge.drift_monitor.otlp import send_until
from weighbridge.drift_monitor.series import labelled_samples
from weighbridge.prometheus import NoAnswer
from weighbridge.spec.otlp import OtlpCollector

KEY = "projects/example-ml/secrets/otlp-key/versions/latest"


@pytest.fixture
def receiver():
    with otlp_receiver() as made:
        yield made


class Sending:
    """A monitor that sends twenty times a second; `secrets` are what Secret Manager has."""

    def __init__(self, endpoint: str, *, with_key: bool = False) -> None:
        collector = OtlpCollector(endpoint=endpoint, headers={"x-api-key": KEY} if with_key else {})
        self.stop, self.log, self.secrets = threading.Event(), list[str](), {KEY: b"first\n"}
        self.snapshot = random_measurement(Random(3))[1]
        arguments = (self.stop, collector, lambda: self.snapshot, self.read, self.log.append, timedelta(seconds=0.05))
        self.thread = threading.Thread(target=send_until, args=arguments, daemon=True)

    def read(self, version: str) -> bytes:
        if version not in self.secrets:
            raise NoAnswer("secretmanager.googleapis.com doesn't answer")
        return self.secrets[version]


@pytest.fixture
def sending():
    """Starts to send; ends at the end of the test."""
    started: list[Sending] = []

    def start(endpoint: str, **options: bool) -> Sending:
        started.append(Sending(endpoint, **options))
        started[-1].thread.start()
        return started[-1]

    yield start
    for one in started:
        one.stop.set()
        one.thread.join(PATIENCE_SECONDS)
        assert not one.thread.is_alive()


def scraped(snapshot):
    return {(name, frozenset(labels.items())): value for name, labels, value in labelled_samples(snapshot)}


@pytest.mark.parametrize("over_http", [False, True])
def test_a_message_is_what_a_scrape_finds_and_nothing_of_the_one_before(receiver, sending, over_http):
    one = sending(receiver.endpoint(over_http=over_http))
    assert values_sent(receiver.next()) == scraped(one.snapshot)
    one.snapshot = random_measurement(Random(5))[1]
    wanted = scraped(one.snapshot)
    assert any(values_sent(receiver.next()) == wanted for _ in range(5))
    assert one.log == []


@pytest.mark.parametrize(("over_http", "reason"), [(False, "UNAUTHENTICATED: no such key"), (True, "401 Unauthorized")])
def test_a_collector_that_refuses_is_told_once_with_its_reason(receiver, sending, over_http, reason):
    receiver.refuses = True
    endpoint = receiver.endpoint(over_http=over_http)
    one = sending(endpoint)
    for _ in range(3):
        assert receiver.next() is None
    receiver.refuses = False
    while receiver.next() is None:
        pass
    receiver.next()
    assert one.log == [
        f"otlp: {endpoint} takes no metrics now ({reason}): tried again",
        f"otlp: {endpoint} takes metrics again",
    ]


@pytest.mark.parametrize("over_http", [False, True])
def test_what_is_rejected_of_a_message_is_told(receiver, sending, over_http):
    receiver.rejects = 3
    endpoint = receiver.endpoint(over_http=over_http)
    one = sending(endpoint)
    receiver.next()
    receiver.next()
    assert one.log == [f"otlp: {endpoint} takes no metrics now (it rejects 3 series: too old): tried again"]


@pytest.mark.parametrize(
    ("path", "reason"), [("", "(UNAVAILABLE: "), ("/v1/metrics", "(no answer: ")], ids=["grpc", "http"]
)
def test_nobody_there_is_told(sending, path, reason):
    (port,) = free_ports(1)
    one = sending(f"http://127.0.0.1:{port}{path}")
    deadline = threading.Event()
    for _ in range(int(PATIENCE_SECONDS * 20)):
        if one.log:
            break
        deadline.wait(0.05)
    assert reason in one.log[0]


@pytest.mark.parametrize("over_http", [False, True])
def test_headers_are_secrets_which_are_read_again_after_a_failure(receiver, sending, over_http):
    one = sending(receiver.endpoint(over_http=over_http), with_key=True)
    assert receiver.next_headers()["x-api-key"] == "first"
    one.secrets[KEY] = b"second"
    assert receiver.next_headers()["x-api-key"] == "first"  # Secret Manager isn't asked for each message
    receiver.refuses = True
    while receiver.next_headers()["x-api-key"] != "second":
        pass
    assert "second" not in "".join(one.log)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"two\nlines", f"{KEY} is no header: expected one line of printable ASCII"),
        ("schlüssel".encode(), f"{KEY} is no header: expected one line of printable ASCII"),
        (b" \n", f"{KEY} is no header: expected one line of printable ASCII"),
        (None, "secretmanager.googleapis.com doesn't answer"),
    ],
)
def test_a_secret_that_is_no_header_or_is_not_read_is_told_and_nothing_sent(receiver, sending, value, reason):
    one = Sending(receiver.grpc_endpoint, with_key=True)
    one.secrets = {KEY: value} if value is not None else {}
    one.stop.set()  # after the first turn
    one.thread.start()
    one.thread.join(PATIENCE_SECONDS)
    assert one.log == [f"otlp: {receiver.grpc_endpoint} takes no metrics now ({reason}): tried again"]
    assert receiver.messages.empty()
