"""`make integration`: every Kubernetes object of the stacks, server-side dry-run applied to a real API server.

Exit code 0 if none is rejected, 1 if one is or there is none to judge. Where the server can't be had or does not start:
0 with the reason (a visible skip), but 1 under CI.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from tests.integration import binaries
from tests.integration.api_server import api_server
from tests.integration.client import Accepted, Client, NotChecked, Rejected, ServerError, Verdict
from tests.integration.stack_objects import StackObject, objects_of, plain_objects
from tests.support import training
from tests.support.debian import Unavailable
from tests.support.paths import ROOT
from tests.support.processes import NotReady
from weighbridge.resources.graph import Graph

FURTHER = Path(__file__).parent / "stacks"
NOT_STACKS = frozenset({"quota"})  # files beside the specs in stacks/


@dataclass(frozen=True, slots=True)
class Checked:
    """An object and what the server says of it."""

    object: StackObject
    verdict: Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    parser = argparse.ArgumentParser(prog="check", description=__doc__)
    parser.add_argument("stacks", nargs="*", metavar="STACK", help="stacks to preview (default: all in stacks/)")
    parser.add_argument("--objects", action="append", default=[], type=Path, metavar="FILE", help="JSON lines: objects")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    objects = [found for file in given.objects for found in _read(file)]
    names = given.stacks or ([] if given.objects else [*example_stacks(), *further_stacks()])
    if not given.stacks and not given.objects:
        objects += plain_objects(training.PAGE.name, training.jobs())
    with project() as folder:
        objects += [found for name in names for found in objects_of(graph_of(name, folder))]
    if not objects:
        print(f"No Kubernetes object in {', '.join(names) or 'the files'}: nothing is proved.")
        return 1
    try:
        with api_server() as client:
            client.install_definitions(binaries.definitions())
            results = judge(client, objects)
    except (Unavailable, NotReady) as reason:
        return _without_server(str(reason), len(objects))
    except ServerError as failure:
        print(f"The API server could not judge.\n{failure}")
        return 1
    print(table(results))
    return int(any(isinstance(result.verdict, Rejected) for result in results))


def example_stacks() -> list[str]:
    """The names of the specs in stacks/."""
    return sorted({file.stem for file in (ROOT / "stacks").glob("[!.]*.yaml")} - NOT_STACKS)


def further_stacks() -> list[str]:
    """The names of the specs in tests/integration/stacks: kinds of objects that the examples lack."""
    return sorted(file.stem for file in FURTHER.glob("[!.]*.yaml"))


@contextmanager
def project() -> Iterator[Path]:
    """A copy of this repository's program with all specs: the examples and the further ones."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(ROOT / file, folder)
        shutil.copytree(ROOT / "stacks", folder / "stacks")
        for spec in FURTHER.glob("[!.]*.yaml"):
            shutil.copy(spec, folder / "stacks")
        yield folder


def graph_of(stack: str, folder: Path) -> Graph:
    """The resource graph of a stack of a copy of this repository's program, run offline. Raises `HostError`."""
    from weighbridge.files.project import read_project
    from weighbridge.host import Program, preview  # loads Pulumi, which objects from files don't need

    read = read_project(folder)
    return preview(Program(folder=read.folder, project=read.name, stack=stack, main=read.main)).graph


def judge(client: Client, objects: Iterable[StackObject]) -> tuple[Checked, ...]:
    """What the server says of each object, in their order."""
    return tuple(
        Checked(given, NotChecked(given.unchecked) if given.manifest is None else client.apply(given.manifest))
        for given in objects
    )


def table(results: Sequence[Checked]) -> str:
    """One row an object with the server's message below it, then what was not checked, then the counts."""
    rows = [("stack", "kind", "name", "verdict")]
    rows += [(result.object.stack, result.object.kind, result.object.name, _word(result.verdict)) for result in results]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines: list[str] = []
    for row, below in zip(rows, [(), *(_below(result) for result in results)], strict=True):
        lines.append("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]))
        lines += [f"    {line}" for line in below]
    reasons = Counter(
        f"{result.object.kind}: {result.verdict.reason}" for result in results if isinstance(result.verdict, NotChecked)
    )
    lines += [f"Not checked: {count} x {reason}" for reason, count in sorted(reasons.items())]
    words = Counter(_word(result.verdict) for result in results)
    counts = ", ".join(f"{words[word]} {word}" for word in ("accepted", "rejected", "not checked"))
    return "\n".join([*lines, f"{len(results)} objects: {counts}"])


def _below(checked: Checked) -> tuple[str, ...]:
    match checked.verdict:
        case Accepted(warnings):
            return tuple(f"warning: {warning}" for warning in warnings)
        case Rejected(reason, fields):
            if checked.object.secret:
                reason = "the server's message is left out, for the object holds secrets; it named: "
                reason += "; ".join(fields) or "no field"
            stood_in = checked.object.placeholders
            note = (f"placeholders stood in for values not known yet: {', '.join(stood_in)}",) if stood_in else ()
            return (*reason.splitlines(), *note)
    return ()


def _word(verdict: Verdict) -> str:
    match verdict:
        case Accepted():
            return "accepted"
        case Rejected():
            return "rejected"
    return "not checked"


def _read(file: Path) -> tuple[StackObject, ...]:
    return plain_objects(file.stem, (json.loads(line) for line in file.read_text().splitlines() if line.strip()))


def is_ci() -> bool:
    """Whether what can't start is a failure."""
    return os.environ.get("CI", "").lower() in {"true", "1"}


def _without_server(reason: str, count: int) -> int:
    if is_ci():
        print(f"FAILED: no API server, so {count} objects are not checked.\n{reason}")
        return 1
    print(f"SKIPPED: no API server, so {count} objects are not checked (a failure under CI).\n{reason}")
    return 0


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)  # so that the servers are ended and their folder is removed


if __name__ == "__main__":
    sys.exit(main())
