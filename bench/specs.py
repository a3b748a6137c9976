"""Reading specs: time by size, and memory for many."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.measure import median_ms
from weighbridge.catalog import load
from weighbridge.stacks.load import parse_spec

HEAD = """version: 1
environment: big
owner: ml-platform@example.com
cloud: {project: example-ml, region: us-central1, zones: [us-central1-a]}
node_pools:
"""

MANY = """
import resource
import sys
from pathlib import Path

from weighbridge.stacks.load import parse_spec

text = Path(sys.argv[1]).read_text()
specs = [parse_spec(text, Path("stacks/big.yaml")) for _ in range(int(sys.argv[2]))]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def spec_text(pools: int) -> str:
    """A spec of many node pools, half of them with accelerators."""
    kinds = ("n2-standard-8", "g2-standard-8")
    pool = "  pool-{:04d}:\n    machine_type: {}\n    nodes: {{min: 0, max: 4}}\n"
    return HEAD + "".join(pool.format(index, kinds[index % 2]) for index in range(pools))


def lines() -> Iterator[str]:
    """One line per size, then the memory of 1,000 specs."""
    yield "Reading and checking a spec (target: linear, 200 pools under 15 ms; 1,000 specs of 200 pools under 500 MB)"
    load()
    for pools in (50, 200, 800):
        text = spec_text(pools)
        yield f"  {pools:>5} pools: {median_ms(partial(parse_spec, text, Path('stacks/big.yaml'))):8.2f} ms"
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "big.yaml").write_text(spec_text(200))
        used = subprocess.check_output([sys.executable, "-c", MANY, f"{name}/big.yaml", "1000"], text=True)
    yield f"  1,000 specs of 200 pools held at once: {float(used):.0f} MB, interpreter included"
