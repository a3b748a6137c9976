"""An offline preview, policy pack included, beside the same program under Pulumi's own mocks."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import paired_ratio, run_process

RESOURCES = 200

PROGRAM = f"""
import pulumi
import pulumi_gcp as gcp

provider = gcp.Provider("gcp", project="example-ml", region="us-central1")


class Group(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("bench:index:Group", name)
        options = pulumi.ResourceOptions(parent=self, provider=provider)
        network = gcp.compute.Network(name, name=name, project="example-ml", opts=options)
        for key in range(8):
            gcp.compute.Subnetwork(
                f"{{name}}-{{key}}", name=f"{{name}}-{{key}}", project="example-ml", region="us-central1",
                network=network.id, ip_cidr_range=f"10.0.{{key}}.0/24",
                secondary_ip_ranges=[{{"range_name": "pods", "ip_cidr_range": f"10.{{key}}.0.0/16"}}], opts=options)
        self.register_outputs({{}})


for index in range({RESOURCES // 10}):
    Group(f"group-{{index}}")
"""

UNDER_MOCKS = """
import asyncio
import runpy
import sys

import pulumi
from pulumi.runtime.stack import wait_for_rpcs


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name + "-id", args.inputs

    def call(self, args):
        return {}


async def main():
    runpy.run_path("__main__.py", run_name="__main__")
    await wait_for_rpcs()


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
pulumi.runtime.set_mocks(Mocks(), project="bench", stack=sys.argv[1], preview=True)
loop.run_until_complete(main())
"""

PREVIEW = """
import sys
from pathlib import Path

from weighbridge.host import Pack, Program, preview

outcome = preview(Program(folder=Path("."), project="bench", stack="bench"), Pack(folder=Path(sys.argv[1])))
assert len(outcome.graph.resources) > 200, len(outcome.graph.resources)
"""


def lines(root: Path) -> Iterator[str]:
    """One line of a program of many resources, one of the development stack."""
    yield "Previews, policy pack included, beside the same program under the SDK's mocks, whole processes"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        (folder / "__main__.py").write_text(PROGRAM)
        (folder / "mocks.py").write_text(UNDER_MOCKS)
        (folder / "preview.py").write_text(PREVIEW)
        mocks = [sys.executable, str(folder / "mocks.py")]
        ours, bare, ratio = paired_ratio(
            lambda: run_process([sys.executable, "preview.py", str(root / "policies")], folder),
            lambda: run_process([*mocks, "bench"], folder),
        )
        yield _line(f"{RESOURCES} resources", ours, bare, ratio, target=1.2)
        ours, bare, ratio = paired_ratio(
            lambda: run_process([sys.executable, "-m", "weighbridge", "preview", "dev"], root),
            lambda: run_process([*mocks, "dev"], root),
        )
        yield _line("stack dev", ours, bare, ratio, target=1.5)


def _line(what: str, ours_ms: float, bare_ms: float, ratio: float, *, target: float) -> str:
    measured = f"{ours_ms:7.0f} ms; under mocks {bare_ms:7.0f} ms; ratio {ratio:.2f}"
    return f"  {what:<13} {measured} (target: at most {target:.1f})"
