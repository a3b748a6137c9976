"""The worked example of `docs/planner.md`: a month of runs, made up from random times, the same each time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

MONTH = """\
version: 1
runs:
  ranker-training:
    history: {file: ranker.csv}
    work: 2.4e9
    hardware: [{machine_type: a3-highgpu-8g, nodes: 2, region: us-central1}]
    schedule: {at: "02:00"}
  chat-tuning:
    train: {model: llama-3.1-8b, tokens_billions: 6, sequence: 8192}
    hardware:
      - {machine_type: a3-highgpu-8g, nodes: 4, region: us-central1}
      - {tpu: v5p-128, region: us-east5}
      - {machine_type: a2-ultragpu-8g, nodes: 4, region: us-central1, provisioning: spot}
    start_up: 20m
    goodput: 95%
    schedule: {at: "14:00", days: [tue, fri]}
  embeddings:
    history: {folder: embeddings-runs}
    hardware: [{machine_type: a3-highgpu-8g, nodes: 2, region: us-central1}]
    schedule: {a_month: 3}
experiments: {share: 20%, at_most: {nvidia-h100-80gb: 8}}
month: "2026-12"
"""


def write_example(folder: Path) -> None:
    """`month.yaml` and the past runs that it names."""
    (folder / "month.yaml").write_text(MONTH, encoding="utf-8")
    random, begin = np.random.default_rng(15), datetime(2026, 11, 1, 2, tzinfo=UTC)
    lines = ["run,state,started,finished,rows,devices"]
    for day in range(14):
        rows, failed = random.uniform(1.2e9, 2.6e9), day in {4, 9}
        hours = 3.2 * (rows / 2e9) ** 0.9 * random.lognormal(0, 0.08) * (0.4 if failed else 1)
        started = begin + timedelta(days=day)
        finished = started + timedelta(seconds=round(hours * 3600))
        state = "failed" if failed else "succeeded"
        lines.append(
            f"{started:%m-%d},{state},{started:%Y-%m-%dT%H:%M:%SZ},{finished:%Y-%m-%dT%H:%M:%SZ},{rows:.0f},16"
        )
    (folder / "ranker.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    statuses = folder / "embeddings-runs"
    statuses.mkdir()
    for run, start, end in (("first", "2026-10-20T09:00:00Z", "2026-10-20T20:10:00Z"),
                            ("second", "2026-11-18T12:00:00Z", "2026-11-18T22:25:00Z")):  # fmt: skip
        text = f'{{"version": 1, "run": "{run}", "state": "succeeded", "started": "{start}", "finished": "{end}"}}'
        (statuses / f"{run}.json").write_text(text + "\n", encoding="utf-8")
