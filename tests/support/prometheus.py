"""A real Prometheus, on 127.0.0.1 only, with series that a test writes; and promtool.

`prometheus()` and `promtool()` are the programs, from the PATH or Debian's package; `serving(text)` is a server that
holds the series of an OpenMetrics text, as a `with` block. A test asks for them through `or_skip`.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
import requests

from tests.support.debian import Unavailable, program, run
from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS, NotReady, free_ports, running

CACHE = ROOT / ".cache" / "prometheus"
PACKAGE = "prometheus"
START_SECONDS = PATIENCE_SECONDS
START_TRIES = 3  # another process may take a port between our finding it free and the server's taking it
LOAD_SECONDS = int(PATIENCE_SECONDS)

T = TypeVar("T")


def prometheus() -> Path:
    """The server. Raises `Unavailable`."""
    return program("prometheus", PACKAGE, CACHE)


def promtool() -> Path:
    """The tool that checks and tests rules and writes blocks. Raises `Unavailable`."""
    return program("promtool", PACKAGE, CACHE)


def or_skip(get: Callable[[], T]) -> T:
    """What `get` gives; where this machine can't have it, the test is skipped with the reason, and fails in CI."""
    try:
        return get()
    except (Unavailable, NotReady) as reason:
        message = f"no Prometheus: {reason}"
    if os.environ.get("CI", "").lower() not in {"", "0", "false"}:
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def watching(targets: Mapping[str, str], rules: str, labels: Mapping[str, str], folder: Path) -> Iterator[str]:
    """The address of a server that scrapes exporters (job: host and port) every second, and evaluates rules as often.

    `labels` are put on every target, as a collector would.
    """
    (folder / "rules.yml").write_text(rules)
    jobs = [
        {"job_name": job, "static_configs": [{"targets": [target], "labels": dict(labels)}]}
        for job, target in targets.items()
    ]
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": jobs,
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    with _started(prometheus(), folder) as url:
        yield url


@contextmanager
def serving(openmetrics: str) -> Iterator[str]:
    """The address of a server that holds the series of an OpenMetrics text with timestamps (`# EOF` at its end).

    Raises `Unavailable` if the programs can't be had, `NotReady` if the server does not start.
    """
    server, tool = prometheus(), promtool()
    with tempfile.TemporaryDirectory(prefix="prometheus-") as name:
        folder = Path(name)
        (folder / "series.txt").write_text(openmetrics)
        run(
            [str(tool), "tsdb", "create-blocks-from", "openmetrics", "--quiet", "series.txt", "data"],
            folder, LOAD_SECONDS,
        )  # fmt: skip
        (folder / "prometheus.yml").write_text("global: {}\n")
        with _started(server, folder) as url:
            yield url


@contextmanager
def _started(server: Path, folder: Path) -> Iterator[str]:
    for attempt in range(1, START_TRIES + 1):
        (port,) = free_ports(1)
        with running("prometheus", _command(server, port), folder) as process:
            url = f"http://127.0.0.1:{port}"
            try:
                process.await_ready(partial(_ready, url), START_SECONDS)
            except NotReady as failure:
                if attempt == START_TRIES or "address already in use" not in str(failure):
                    raise
                continue
            yield url
            return


def _command(server: Path, port: int) -> list[str]:
    return [
        str(server), "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn",
        f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=100y",  # series of any age are kept
    ]  # fmt: skip


def _ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=PATIENCE_SECONDS).ok
    except requests.RequestException:
        return False
