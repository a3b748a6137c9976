"""Request logs for tests, as a load balancer's sink leaves them in a bucket."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.support.monitor_data import NOW

HOUR_BEGINS = datetime(2026, 11, 20, 6, tzinfo=UTC)


def entries(count: int, seed: int, slower: float = 1.0, begin: datetime = HOUR_BEGINS) -> Iterator[dict[str, Any]]:
    """Requests of an hour: a few of them fail, `slower` multiplies latencies."""
    random = Random(seed)
    for number in range(count):
        status = 200 if random.random() > 0.03 else 503
        yield {
            "timestamp": (begin + timedelta(seconds=3600 * number / count)).isoformat().replace("+00:00", "Z"),
            "trace": f"projects/example-ml/traces/{seed}-{number}",
            "httpRequest": {
                "requestMethod": "POST",
                "requestUrl": "https://models.example.com/ranker/v1/predict?user=1",
                "requestSize": str(random.randint(300, 900)),
                "status": status,
                "latency": f"{random.lognormvariate(-3, 0.5) * slower:.6f}s",
            },
            "jsonPayload": {"statusDetails": "response_sent_by_backend" if status == 200 else "failed_to_pick_backend"},
            "resource": {"labels": {"backend_service_name": ""}},
        }


def write_log(file: Path, content: list[dict[str, Any]] | str | bytes, at: datetime = NOW) -> Path:
    """Entries as lines, or a text as it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, list):
        content = "".join(json.dumps(entry) + "\n" for entry in content)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(file, (at.timestamp(), at.timestamp()))
    return file
