"""`weighbridge adopt`: writes the spec of a cluster that exists, whose pools are imported as they are."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import fill
from typing import Annotated, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.spec_change import DryRun
from weighbridge.cli.terminal import Root, Stack
from weighbridge.errors import WrongInput


def adopt(
    described: Annotated[
        str,
        typer.Argument(
            help="What `gcloud container clusters describe CLUSTER --format json` wrote; -: standard input.",
            metavar="CLUSTER.json",
        ),
    ],
    stack: Stack,
    owner: Annotated[str, typer.Option(help="Who answers for the stack.", metavar="EMAIL")],
    pools: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Option(
            help="What `gcloud container node-pools list --format json` wrote. Left out: the pools in CLUSTER.json.",
            metavar="POOLS.json",
        ),
    ] = None,
    *,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Write the spec of a cluster that somebody else made, so that its pools come under the quota unchanged.

    Exit code 0 written, 2 usage, or what was given can't be taken over.
    """
    from weighbridge.adoption.adopted_spec import adopt as adopted
    from weighbridge.adoption.recorded import read_cluster
    from weighbridge.catalog import load as load_catalog
    from weighbridge.files.reading import read_text
    from weighbridge.files.whole_file import write_whole

    with terminal.problems_reported():
        file = terminal.stacks_folder(terminal.root_of(root)) / f"{stack}.yaml"
        shown = terminal.relative(str(file))
        if file.exists() and not dry_run:
            raise WrongInput(f"{shown} is there already: choose another stack, or remove it first")
        text = sys.stdin.read() if described == "-" else read_text(Path(described))
        cluster = read_cluster(text, read_text(pools) if pools is not None else None)
        made = adopted(cluster, file, owner, load_catalog())
        if dry_run:
            terminal.put(f"{made.text}\nnothing was written (--dry-run)\n")
        else:
            with terminal.writing(shown):
                write_whole(file, made.text)
        lines = [f"{len(made.pools)} of {len(cluster.pools)} pools of {cluster.name} are in {shown}, by import id:"]
        for pool in made.pools:
            lines.append(f"  {pool.import_id}")
            lines += [_folded(f"stays, as {why}: {', '.join(paths)}") for why, paths in pool.reasons]
        lines += [_folded(f"{name} is left out, as {why}", "  ") for name, why in made.left_out.items()]
        terminal.put("\n".join(lines) + "\n")
        if not dry_run:
            terminal.put(
                f"\nNext: list {stack} under stacks in the quota file, then\n  weighbridge preview {stack}\n"
                "Once the pools are imported, take nodeConfig.labels out of `keeps` of those that\n"
                "endpoints and pipelines are to run on: it is by a label that pods find them.\n"
            )


def _folded(text: str, indent: str = "    ") -> str:
    width = terminal.WIDTH
    return fill(text, width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False)
