"""`weighbridge runbook`: writes the runbook of an endpoint or pipeline. Nothing is decided here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.terminal import Root, Stack


def runbook(
    name: Annotated[str, typer.Argument(help="The endpoint or pipeline.", metavar="NAME")],
    stack: Stack,
    output: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Option("-o", "--output", help="Write it to a file.", metavar="FILE"),
    ] = None,
    root: Root = None,
) -> None:
    """Write the runbook of an endpoint or pipeline, as Markdown. Exit code 0, 2 spec or usage wrong."""
    from weighbridge.catalog import load as load_catalog
    from weighbridge.render.runbook.markdown import render
    from weighbridge.runbook.alerts import alert_notes
    from weighbridge.runbook.document import runbook as runbook_of
    from weighbridge.runbook.subject import RunbookSubject
    from weighbridge.spelling import did_you_mean

    with terminal.problems_reported():
        catalog = load_catalog()
        project = terminal.root_of(root)
        stack = terminal.stack_of(project, stack)
        specs = terminal.read_stacks(project).specs
        if stack not in specs:
            terminal.no_stack(stack, specs)
        spec = specs[stack]
        known = (*spec.endpoints, *spec.pipelines)
        if name not in known:
            listed = ", ".join(known) or "none"
            mean = did_you_mean(name, known)
            terminal.wrong(f"{stack} has no endpoint or pipeline {name!r}; it has {listed}.{mean}")
        others = {key: other for key, other in specs.items() if key != stack}
        subject = RunbookSubject(name, stack, f"{terminal.stacks_folder(project).name}/{stack}.yaml", spec, others)
        terminal.deliver(render(runbook_of(subject, catalog, alert_notes(spec, name))), output)
