"""Asks a server that speaks Prometheus' HTTP API: Prometheus itself, or Google Cloud's managed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from weighbridge.errors import NoVerdict, WrongInput

CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
TRIES_MORE = 3
BACKOFF_SECONDS = 0.5  # then 1 and 2
PASSING = (429, 500, 502, 503, 504)
"""Answers after which it is asked again."""

REFUSALS = (401, 403)
LONGEST_WORDS = 200


class NoAnswer(NoVerdict):
    """The server can't be reached, or answers only with errors of its own; the message says which server and why."""


class NotAllowed(NoVerdict):
    """The server wants a token, or another one."""


class BadAnswer(NoVerdict):
    """What came back is no result of a query; the message has the server's own words."""


class UnsafeAddress(WrongInput):
    """The address is no http(s) URL, or the token would cross a network unencrypted."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its labels, and values by Unix time in seconds."""

    labels: Mapping[str, str]
    values: Mapping[float, float]


class Prometheus:
    """One server. Use it as a context manager.

    Raises `UnsafeAddress`; queries raise `NoAnswer`, `NotAllowed` or `BadAnswer`.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self._host = _checked(url, with_token=token is not None)
        self._url = url.rstrip("/")
        retry = Retry(
            total=TRIES_MORE,
            connect=1,  # what isn't there won't come; what is busy may
            backoff_factor=BACKOFF_SECONDS,
            status_forcelist=PASSING,
            raise_on_status=False,
            respect_retry_after_header=False,  # a command ends within bounded time
        )
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))
        # As `auth`, so that no ~/.netrc takes its place.
        self._session.auth = _Bearer(token)

    def __enter__(self) -> Self:
        """The client, whose connections end with the `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def query(self, query: str, at: datetime) -> tuple[Series, ...]:
        """The value of every series at a moment."""
        return self._ask("query", {"query": query, "time": at.timestamp()})

    def query_range(self, query: str, start: datetime, end: datetime, step_seconds: int) -> tuple[Series, ...]:
        """The values of every series from `start` to `end`, both included."""
        span = {"start": start.timestamp(), "end": end.timestamp(), "step": step_seconds}
        return self._ask("query_range", {"query": query, **span})

    def _ask(self, what: str, given: Mapping[str, str | float]) -> tuple[Series, ...]:
        try:
            answer = self._session.get(
                f"{self._url}/api/v1/{what}",
                params=given,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,  # the token is for this host only
            )
        except requests.RequestException as error:
            raise NoAnswer(f"{self._host} can't be reached: {_reason(error)}") from None
        if answer.status_code in REFUSALS:
            do = "set PROMETHEUS_TOKEN to a token that may read its metrics"
            raise NotAllowed(f"{self._host} refuses the request ({answer.status_code} {answer.reason}): {do}")
        if answer.status_code in PASSING:
            raise NoAnswer(
                f"{self._host} answers {answer.status_code} {answer.reason}, {TRIES_MORE + 1} times in a row"
            )
        return self._parsed(answer)

    def _parsed(self, answer: requests.Response) -> tuple[Series, ...]:
        try:
            content = answer.json()
            if content["status"] == "success" and answer.status_code == requests.codes.ok:
                return tuple(_series(series) for series in content["data"]["result"])
            message = str(content.get("error", content))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            message = "no answer of Prometheus' HTTP API: is PROMETHEUS_URL the address before /api/v1?"
        status = "" if answer.status_code == requests.codes.ok else f"{answer.status_code} {answer.reason}, "
        raise BadAnswer(f"{self._host} answers {status}{message[:LONGEST_WORDS]}")


class _Bearer(requests.auth.AuthBase):
    """Sends a token, where there is one."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with its header."""
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _checked(url: str, *, with_token: bool) -> str:
    """The server's name, for messages: without path and without credentials."""
    example = "such as http://127.0.0.1:9090"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UnsafeAddress(f"PROMETHEUS_URL is no address, {example}") from None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or "@" in parts.netloc:
        raise UnsafeAddress(
            f"PROMETHEUS_URL has to be an http or https address without user, query and fragment, {example}"
        )
    if with_token and parts.scheme == "http" and not on_this_machine(host):
        raise UnsafeAddress(f"PROMETHEUS_TOKEN isn't sent over plain http to {host}: use https")
    return f"{host}:{port}" if port else host


def on_this_machine(host: str) -> bool:
    """Whether a host name stands for this machine, so that nothing crosses a network."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _series(given: Any) -> Series:
    points = given["values"] if "values" in given else [given["value"]]
    return Series(
        labels={str(name): str(value) for name, value in given["metric"].items()},
        values={float(moment): float(value) for moment, value in points},
    )


def _reason(error: requests.RequestException) -> str:
    """The cause in a few words, without the library's chain of names."""
    if isinstance(error, requests.Timeout):
        return f"no answer within {READ_SECONDS:.0f} s"
    words = str(error)
    for known in (
        "Connection refused",
        "Name or service not known",
        "Network is unreachable",
        "certificate verify failed",
    ):
        if known in words:
            return known.lower()
    return type(error).__name__
