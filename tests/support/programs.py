"""Small Pulumi programs and packs as texts, run under the host."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.support.processes import PATIENCE_SECONDS
from weighbridge.host import HostError, Outcome, Pack, Program, Timeouts, preview
from weighbridge.resources.graph import Resource

URN = "urn:pulumi:dev::proj::"
STACK = f"{URN}pulumi:pulumi:Stack::proj-dev"
PATIENT = Timeouts(PATIENCE_SECONDS, PATIENCE_SECONDS)

THING = """
import pulumi

class Thing(pulumi.CustomResource):
    def __init__(self, name, opts=None, **props):
        super().__init__("test:index:Thing", name, {"computed": None, **props}, opts)

class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Group", name, None, opts)
"""

PASSING = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy
"""


def write(folder: Path, text: str, head: str = THING) -> Path:
    """Makes a folder a program and a pack with this text; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__main__.py").write_text(head + dedent(text))
    (folder / "Pulumi.yaml").write_text("name: proj\nruntime: python\n")
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\n")
    return folder


def run(folder: Path, text: str, pack: str | None = None, timeouts: Timeouts = PATIENT, **more: Any) -> Outcome:
    """The preview of a program, below `folder`, with a pack if there is one; `more` are fields of `Program`."""
    rules = Pack(write(folder / "pack", pack, PASSING)) if pack is not None else None
    program = Program(folder=write(folder / "program", text), project="proj", stack="dev", **more)
    return preview(program, rules, timeouts)


def failure(folder: Path, *arguments: Any, **more: Any) -> HostError:
    """Why such a preview ends without a verdict."""
    with pytest.raises(HostError) as error:
        run(folder, *arguments, **more)
    return error.value


def by_name(outcome: Outcome) -> Mapping[str, Resource]:
    return {resource.name: resource for resource in outcome.graph.resources}
