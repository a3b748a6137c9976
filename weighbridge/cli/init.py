"""`weighbridge init`, `pack` and `plugin`: a first project from a few answers, and what Pulumi runs of the package."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, Optional

import typer

from weighbridge.cli import terminal
from weighbridge.cli.statement import git_email
from weighbridge.cli.stderr_text import tell
from weighbridge.cli.terminal import Root
from weighbridge.errors import WRONG

if TYPE_CHECKING:
    from weighbridge.files.problem import FileError, KeyPath
    from weighbridge.starting.answers import Answers, Recipe

INIT_EPILOG = (
    "Example: weighbridge init --recipe llm-gpu --project my-project --domain example.com --owner ml@example.com"
)
PACK_EPILOG = "Example: weighbridge pack, as `$(weighbridge pack)` behind --policy-pack of Pulumi"
PLUGIN_EPILOG = 'Example: pulumi package add "$(weighbridge plugin)"'
EXISTING = "existing"

_FLAG_OF = (
    (("cloud", "project"), "project"),
    (("cloud", "region"), "region"),
    (("cloud", "zones"), "zone"),
    (("environment",), "environment"),
    (("owner",), "owner"),
)
"""What in a spec an answer stands for; the rest is the recipe's."""


def init(
    recipe: Annotated[
        Optional[str],  # noqa: UP045 - typer evaluates it
        typer.Option(help="What the first stack is for: llm-gpu, llm-tpu, triton, training, existing.", metavar="R"),
    ] = None,
    project: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Google Cloud project id.", metavar="ID"),
    ] = None,
    domain: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Endpoints' host names end with it: llm.dev.DOMAIN.", metavar="DOMAIN"),
    ] = None,
    environment: Annotated[str, typer.Option(help="Name of the first stack.", metavar="NAME")] = "dev",
    region: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Left out: us-central1.", metavar="REGION"),
    ] = None,
    zone: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Zone of the nodes; may be repeated. Left out: the region's first.", metavar="ZONE"),
    ] = None,
    owner: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Who answers for it, and is told. Left out: git's user.email.", metavar="EMAIL"),
    ] = None,
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Name of the Pulumi project. Left out: the folder's.", metavar="NAME"),
    ] = None,
    action: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="The action that GitHub's workflows use. Left out: YOUR_ORG to be filled in.", metavar="REPO@REF"
        ),
    ] = None,
    *,
    github: Annotated[bool, typer.Option("--github/--no-github", help="Whether to write workflows of GitHub.")] = True,
    limits_granted: Annotated[
        bool, typer.Option("--limits-granted", help="Somebody has seen that the project has the limits it needs.")
    ] = False,
    root: Root = None,
) -> None:
    """Write a first project: spec, quota file, program, policy pack, workflows; and show its verdict.

    Asks for what no flag says, if there is a terminal. Writes into the current folder, or -C DIR, and overwrites
    nothing. Exit code 0 written, whatever the verdict; 2 a wrong answer, or files that are there.
    """
    from weighbridge.stacks.names import QUOTA

    with terminal.problems_reported("start"):
        folder = terminal.start_of(root)
        if recipe == EXISTING:
            terminal.wrong(
                "what runs already is taken over from its state, not from a recipe: begin a project by another recipe, "
                "then run `weighbridge adopt PROJECT/LOCATION/CLUSTER -s STACK --owner EMAIL` in it, and delete the "
                "recipe's spec"
            )
        _refuse_existing(folder, ())
        given = {
            "recipe": recipe, "environment": environment, "project": project, "region": region, "zone": zone,
            "owner": owner, "domain": domain, "name": name or _project_name(folder),
        }  # fmt: skip
        answers = _answers(given)
        if f"{answers.environment}.yaml" == QUOTA:
            terminal.wrong(f"--environment: {QUOTA} is the file that all stacks share, so name this one otherwise")
        flows = _workflows(action) if github else {}
        _refuse_existing(folder, (f"stacks/{answers.environment}.yaml", *flows))
        files = {**_files(answers, granted=limits_granted), **flows}
        _write(folder, files)
        _show(folder, answers, fill_in_action=github and action is None)


def pack(root: Root = None) -> None:
    """Print the folder of the policy pack, for `pulumi --policy-pack`: the project's own, else the installed one.

    An installed pack judges the stacks of the project in whose folder Pulumi is started. Exit code 0, 2 no project,
    3 no pack that Pulumi can run.
    """
    from weighbridge.stacks.pack_project import pulumis_pack_of

    with terminal.problems_reported():
        terminal.put(f"{pulumis_pack_of(terminal.root_of(root))}\n")


def plugin() -> None:
    """Print the folder of the package for programs in other languages, for `pulumi package add`.

    It makes the platform of the running stack from the spec, for TypeScript, Go, C#, Java and YAML. Exit code 0, 3
    nothing that Pulumi can run.
    """
    from weighbridge.stacks.pack_project import pulumis_plugin

    with terminal.problems_reported():
        terminal.put(f"{pulumis_plugin()}\n")


def _answers(given: Mapping[str, object]) -> Answers:
    """The answers, asked for where a flag is missing; ends the command where one is wrong."""
    from pydantic import ValidationError

    from weighbridge.files.model_problems import problems_of
    from weighbridge.starting.answers import Answers

    values = _asked(given) if sys.stdin is not None and sys.stdin.isatty() else _unasked(given)
    try:
        return Answers.model_validate(values)
    except ValidationError as error:
        _wrong((problem.path, problem.message) for problem in problems_of(error, Answers, values))


def _unasked(given: Mapping[str, object]) -> Mapping[str, object]:
    from weighbridge.starting.answers import NEEDS_DOMAIN, PLACEHOLDER_DOMAIN

    needed = ["recipe", "project", *(["domain"] if given["recipe"] in NEEDS_DOMAIN else [])]
    missing = [f"--{flag}" for flag in needed if given[flag] is None]
    if missing:
        terminal.wrong(f"say {' and '.join(missing)}: there is no terminal to ask at (`weighbridge init --help`)")
    region = given["region"] or "us-central1"
    return {
        **given,
        "region": region,
        "zone": given["zone"] or _first_zone(str(region)),
        "owner": given["owner"] or git_email("--owner"),
        "domain": given["domain"] or PLACEHOLDER_DOMAIN,
    }


def _asked(given: Mapping[str, object]) -> Mapping[str, object]:
    from weighbridge.starting.answers import MEANING, NEEDS_DOMAIN, PLACEHOLDER_DOMAIN

    values = dict(given)
    if values["recipe"] is None:
        tell("".join(f"  {recipe:<9} {meaning}\n" for recipe, meaning in MEANING.items()))
        values["recipe"] = typer.prompt("What is the first stack for", default=next(iter(MEANING)), err=True)
    for key, question, default in (
        ("project", "Google Cloud project id", None),
        ("region", "Region", "us-central1"),
        ("owner", "E-mail address of who answers for it", git_email("--owner", needed=False) or None),
    ):
        if values[key] is None:
            values[key] = typer.prompt(question, default=default, err=True)
    if values["domain"] is None:
        needs = values["recipe"] in NEEDS_DOMAIN
        values["domain"] = typer.prompt("Domain of the endpoints", err=True) if needs else PLACEHOLDER_DOMAIN
    values["zone"] = values["zone"] or _first_zone(str(values["region"]))
    return values


def _first_zone(region: str) -> list[str]:
    from weighbridge.catalog import load as load_catalog

    return sorted(load_catalog().zones(region))[:1] or [f"{region}-a"]


def _workflows(action: str | None) -> Mapping[str, str]:
    from weighbridge.starting.project_files import workflow_files

    if action is None:
        return workflow_files()
    if not re.fullmatch(r"[\w.-]+/[\w.-]+(?:/[\w.-]+)*@[\w./-]+|\./[\w./-]*", action):
        terminal.wrong(
            f"--action: expected a repository with a version, such as example-org/weighbridge@v1, got {action!r}"
        )
    return workflow_files(action)


def _files(answers: Answers, *, granted: bool) -> Mapping[str, str]:
    from weighbridge.files.problem import FileError
    from weighbridge.starting.project_files import project_files

    try:
        return project_files(answers, granted_at=terminal.now() if granted else None)
    except FileError as error:
        _wrong_spec(error, answers.recipe)


def _wrong_spec(error: FileError, recipe: Recipe) -> NoReturn:
    found = []
    for problem in error.problems:
        flag = next((flag for path, flag in _FLAG_OF if problem.path[: len(path)] == path), None)
        if flag is None:
            found.append((("recipe",), f"{recipe}: {problem.location}: {problem.message}"))
        else:
            found.append(((flag,), problem.message))
    _wrong(found)


def _wrong(problems: Iterable[tuple[KeyPath, str]]) -> NoReturn:
    tell("".join(f"weighbridge: --{path[0]}: {message}\n" for path, message in problems))
    raise typer.Exit(WRONG)


def _project_name(folder: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-0123456789") or "ml-platform"


def _refuse_existing(folder: Path, more: Iterable[str]) -> None:
    from weighbridge.files.project import NAMES
    from weighbridge.starting.project_files import MAY_BE_THERE, frame_files

    wanted = (*frame_files(), *NAMES, *more)
    there = sorted({name for name in wanted if name not in MAY_BE_THERE and (folder / name).exists()})
    if there:
        terminal.wrong(
            f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} in {folder} already, and nothing is overwritten. "
            "Name another folder with -C; a further stack of a project is a further file in stacks"
        )


def _write(folder: Path, files: Mapping[str, str]) -> None:
    from weighbridge.files.whole_file import write_whole
    from weighbridge.starting.project_files import left_alone

    left = left_alone(folder, files)
    for name, text in files.items():
        file = folder / name
        if name in left:
            tell(f"left {name} as it is{left[name]}\n")
            continue
        with terminal.writing(terminal.relative(str(file))):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, text)
        tell(f"wrote {terminal.relative(str(file))}\n")


def _show(folder: Path, answers: Answers, *, fill_in_action: bool) -> None:
    """The verdict on what was written, and what comes next."""
    from weighbridge.preview.run import run_preview
    from weighbridge.preview.started import Request
    from weighbridge.render.preview.text import render_in_short
    from weighbridge.starting.next_steps import next_steps

    with terminal.progress() as show:
        result = run_preview(Request(answers.environment, folder), terminal.now(), show)
    terminal.put(f"\n{render_in_short(result, terminal.style())}")
    inside = "" if folder == Path.cwd() else f"cd {terminal.relative(str(folder))}"
    steps = next_steps(answers, result, folder, inside, fill_in_action=fill_in_action)
    terminal.put("\nNext\n" + "".join(f"  {line}\n" for line in steps))
