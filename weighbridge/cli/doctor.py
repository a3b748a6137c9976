"""`weighbridge doctor`: whether all is there that a deployment needs. Nothing is decided here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from weighbridge.cli import terminal
from weighbridge.cli.terminal import Root, StackArgument, StackOption

if TYPE_CHECKING:
    from weighbridge.doctor.finding import CheckedNeed
    from weighbridge.files.project import Project
    from weighbridge.spec.root import Spec

EPILOG = "Example: weighbridge doctor dev"


def doctor(stack: StackArgument = None, named: StackOption = None, root: Root = None) -> None:
    """Check what a deployment needs: programs, environment, pack, state, secrets, APIs, permissions of the deployer.

    Changes nothing; what is missing comes with the command that mends it. Without credentials it checks what it can.
    Left out STACK: all stacks. Exit code 0 ready, 1 something is missing, 2 usage, 3 something could not be checked.
    """
    with terminal.problems_reported("check"):
        from weighbridge.doctor.finding import exit_code
        from weighbridge.files.project import read_project
        from weighbridge.render.doctor.text import render

        folder = terminal.root_of(root)
        project = read_project(folder)
        asked = None if stack is None and named is None else terminal.stack_named(folder, stack, named)
        with terminal.progress() as show:
            if show is not None:
                show("checking")
            findings = tuple(_findings(project, asked, os.environ))
        terminal.put(render(findings, terminal.style()))
    raise typer.Exit(exit_code(findings))


def _findings(project: Project, asked: str | None, environment: Mapping[str, str]) -> Iterator[CheckedNeed]:
    from weighbridge.doctor.machine import look_at_programs, look_at_project
    from weighbridge.doctor.state import backend_of, look_at_secrets, look_at_state

    specs = _specs(project, asked)
    backend = backend_of(project, environment, Path.home())
    yield from _cloud(specs, backend, environment)
    yield from look_at_programs(environment)
    yield from look_at_project(project)
    state = look_at_state(backend, environment, Path.home())
    if state is not None:
        yield state
    for stack in specs:
        secrets = look_at_secrets(project, stack, backend, environment)
        if secrets is not None:
            yield secrets


def _specs(project: Project, asked: str | None) -> Mapping[str, Spec]:
    """Those that can be read, by stack: what is wrong with others is a finding of its own."""
    from weighbridge.files.problem import FileError
    from weighbridge.stacks.load import read_spec
    from weighbridge.stacks.names import stack_names

    names = stack_names(project.stacks)
    if asked is not None and asked not in names:
        terminal.no_stack(asked, names)
    found = {}
    for name in names:
        if asked in (None, name):
            try:
                found[name] = read_spec(project.stacks / f"{name}.yaml")
            except FileError:
                continue
    return found


def _cloud(specs: Mapping[str, Spec], backend: str | None, environment: Mapping[str, str]) -> Iterator[CheckedNeed]:
    from weighbridge.cloud_api.client import SERVER, GoogleCloud
    from weighbridge.cloud_api.identity import NoCredentials, identity_of
    from weighbridge.doctor.cloud import look_at_cloud
    from weighbridge.doctor.finding import CheckedNeed, Health
    from weighbridge.doctor.needs import parts_of

    try:
        identity = identity_of(environment)
    except NoCredentials as error:
        yield CheckedNeed("APIs, permissions, and a bucket of state", Health.NOT_CHECKED, str(error))
        return
    of_project: dict[str, list[Spec]] = {}
    for spec in specs.values():
        of_project.setdefault(spec.cloud.project, []).append(spec)
    with GoogleCloud(identity, environment.get(SERVER)) as cloud:
        for index, (project, its) in enumerate(of_project.items()):
            yield from look_at_cloud(cloud, project, parts_of(its), backend if index == 0 else None)
