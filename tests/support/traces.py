"""A trace of an assistant's requests, made anew: bursts between silences, long prompts, short answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

WORKLOADS = """\
version: 1
workloads:
  assistant:
    model: llama-3.1-70b
    precision: fp8
    engine: vllm
    accelerators: [nvidia-h100-80gb, nvidia-h200-141gb, nvidia-tesla-t4]
    demand: {trace: assistant.csv, growth: 1.5}
    objective: {first_token: 2s, per_token: 50ms, within: 95%}
    scale_up_delay: 6m
    survive: {replicas: 1, zones: 1}
  ranker:
    service_time: {base: 40ms}
    demand: {rate: 120, peak_factor: 2.5}
    objective: {wait: 20ms, within: 99%}
"""

HARDWARE = """\
version: 1
workloads:
  assistant:
    model: llama-3.1-8b
    precision: fp8
    accelerators: [nvidia-l4, nvidia-tesla-a100]
    devices: [1, 2]
    demand: {trace: assistant.csv, growth: 1.5}
    objective: {first_token: 5s, per_token: 80ms, within: 95%}
    scale_up_delay: 6m
  ranker:                         # the endpoint of this name, on the pool that it has
    service_time: {base: 40ms}
    demand: {rate: 20, peak_factor: 2.5}
    objective: {wait: 20ms, within: 99%}
    hardware: {machine_types: [g2-*], per_replica: {accelerator: nvidia-l4}}
"""


def write_example(folder: Path) -> None:
    """`workloads.yaml`, `hardware.yaml` and the trace that they name, the same each time."""
    (folder / "workloads.yaml").write_text(WORKLOADS, encoding="utf-8")
    (folder / "hardware.yaml").write_text(HARDWARE, encoding="utf-8")
    random, begin = np.random.default_rng(15), datetime(2026, 11, 16, 18, tzinfo=UTC)
    lines, now = ["timestamp,input_tokens,output_tokens"], 0.0
    while now < 3600:
        for gap in random.exponential(0.05, random.geometric(0.02)):
            now += float(gap)
            inputs, outputs = random.lognormal(7.2, 0.9), random.lognormal(4.0, 1.0)
            moment = begin + timedelta(seconds=round(now, 3))
            lines.append(f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z,{min(7500, int(inputs))},{max(1, int(outputs))}")
        now += float(random.exponential(12))
    (folder / "assistant.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
