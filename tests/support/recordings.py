"""What the real engine and the real providers were seen to do; tests/recordings/README.md says how it was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.paths import ROOT

RECORDINGS = ROOT / "tests" / "recordings"
PROGRAM = RECORDINGS / "program" / "__main__.py"
PROJECT, STACK = "t5", "dev"


@dataclass(frozen=True, slots=True)
class RecordedResource:
    """One resource of the recorded preview, a line of `registered.jsonl`.

    `inputs` are what a resource policy was given, with `__defaults` in the objects inside that a provider filled in and
    ``{"<unknown>": true}`` for an unknown; `defaulted` are the names at their top level that the provider filled in.
    `unknown_after` are the paths of all unknowns that a stack policy was given.
    """

    urn: str
    custom: bool
    parent: str | None
    provider: str | None
    dependencies: list[str]
    property_dependencies: Mapping[str, list[str]]
    inputs: Mapping[str, Any]
    defaulted: list[str]
    unknown_after: list[str]

    @property
    def type(self) -> str:
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]


def registered() -> Iterator[RecordedResource]:
    """All resources of the recorded preview."""
    with (RECORDINGS / "registered.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield RecordedResource(**json.loads(line))
