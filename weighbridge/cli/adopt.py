"""`weighbridge adopt`: writes the spec of a cluster that exists, whose pools are imported as they are."""

from __future__ import annotations

import os
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
            help="PROJECT/LOCATION/CLUSTER, which is asked of Google Cloud; or a file that `gcloud container clusters "
            "describe CLUSTER --format json` wrote; -: standard input.",
            metavar="CLUSTER",
        ),
    ],
    stack: Stack,
    owner: Annotated[str, typer.Option(help="Who answers for the stack.", metavar="EMAIL")],
    pools: Annotated[
        Optional[Path],  # noqa: UP045 - typer evaluates it
        typer.Option(
            help="What `gcloud container node-pools list --format json` wrote. Left out: those in CLUSTER.",
            metavar="POOLS.json",
        ),
    ] = None,
    *,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Write the spec of a cluster that somebody else made, so that its pools come under the quota unchanged.

    Signs in as `weighbridge quota pull` does. Exit code 0 written, 2 usage, or what was given can't be taken over, 3 no
    answer.
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
        cluster = read_cluster(
            _description(described, pools),
            read_text(pools) if pools is not None else None,
            file="standard input" if described == "-" else described,
            pools_file=str(pools),
        )
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


def _description(given: str, pools: Path | None) -> str:
    """What a file or Google Cloud says of the cluster; a file that is there is never taken for a cluster's name."""
    from weighbridge.adoption.live import SHAPE, ask_cluster, cluster_name
    from weighbridge.cloud_api.client import google_cloud
    from weighbridge.files.reading import read_text

    if given == "-":
        return sys.stdin.read()
    named = None if Path(given).exists() else cluster_name(given)
    if named is None:
        if not Path(given).exists() and not given.endswith(".json"):
            raise WrongInput(f"there is no file {given}, and it names no cluster either, as {SHAPE} does")
        return read_text(Path(given))
    if pools is not None:
        raise WrongInput("--pools goes with a description in a file: Google Cloud lists the pools of a cluster with it")
    with terminal.progress() as show, google_cloud(os.environ) as cloud:
        if show is not None:
            show(f"reading {named.name}")
        return ask_cluster(cloud, named)


def _folded(text: str, indent: str = "    ") -> str:
    width = terminal.WIDTH
    return fill(text, width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False)
