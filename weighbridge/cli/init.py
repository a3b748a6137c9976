"""`weighbridge init`, `pack` and `plugin`: a first project from a few answers, and what Pulumi runs of the package."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional, TypeAlias

import typer

from weighbridge.cli import terminal
from weighbridge.cli.statement import git_email
from weighbridge.cli.stderr_text import tell
from weighbridge.cli.terminal import Root
from weighbridge.errors import WRONG

if TYPE_CHECKING:
    from weighbridge.files.problem import Problem
    from weighbridge.starting.answers import Answers, Recipe

INIT_EPILOG = (
    "Example: weighbridge init --recipe llm-gpu --project my-project --domain example.com --owner ml@example.com"
)
PACK_EPILOG = "Example: weighbridge pack, as `$(weighbridge pack)` behind --policy-pack of Pulumi"
PLUGIN_EPILOG = 'Example: pulumi package add "$(weighbridge plugin)"'
EXISTING = "existing"

_Wrong: TypeAlias = tuple[str, str]
"""A flag without its hyphens, and what is wrong with what it was given."""

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
    from weighbridge.starting.project_files import project_files, workflow_files
    from weighbridge.workflows import ACTION

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
        answers = _answers(given, [*_refused(environment, action if github else None)])
        flows = workflow_files(action or ACTION) if github else {}
        _refuse_existing(folder, (f"stacks/{answers.environment}.yaml", *flows))
        files = {**project_files(answers, granted_at=terminal.now() if limits_granted else None), **flows}
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


def plugin(_root: terminal.AnyRoot = None) -> None:
    """Print the folder of the package for programs in other languages, for `pulumi package add`.

    It makes the platform of the running stack from the spec, for TypeScript, Go, C#, Java and YAML. Exit code 0, 3
    nothing that Pulumi can run.
    """
    from weighbridge.stacks.pack_project import pulumis_plugin

    with terminal.problems_reported():
        terminal.put(f"{pulumis_plugin()}\n")


def _answers(given: Mapping[str, object], further: Sequence[_Wrong]) -> Answers:
    """The answers, asked for where a flag is missing; ends the command with all that is wrong, `further` included."""
    from weighbridge.starting.answers import Answers

    asks = sys.stdin is not None and sys.stdin.isatty()
    missing = [] if asks else [*_missing(given)]
    wrong = [*further, *_problems(_filled(given))]
    if missing or wrong:
        tell("".join(f"weighbridge: {line}\n" for line in (*missing, *(f"--{flag}: {text}" for flag, text in wrong))))
        raise typer.Exit(WRONG)
    return Answers.model_validate(_filled(_asked(given) if asks else given))


def _filled(given: Mapping[str, object]) -> Mapping[str, object]:
    """With what stands for an answer that is left out: what the help names, else anything good."""
    from weighbridge.starting.answers import PLACEHOLDER_DOMAIN

    left_out = {
        "recipe": "training", "project": "my-project", "region": "us-central1", "domain": PLACEHOLDER_DOMAIN,
        "owner": git_email("--owner", needed=False) or f"somebody@{PLACEHOLDER_DOMAIN}",
    }  # fmt: skip
    values = {**given, **{key: value for key, value in left_out.items() if given[key] is None}}
    return {**values, "zone": values["zone"] or _first_zone(str(values["region"]))}


def _missing(given: Mapping[str, object]) -> Iterator[str]:
    """What has to be said where nobody can be asked."""
    from weighbridge.starting.answers import MEANING, NEEDS_DOMAIN

    recipe = given["recipe"]
    needed = ["recipe", "project", *(["domain"] if recipe in NEEDS_DOMAIN else [])]
    missing = [f"--{flag}" for flag in needed if given[flag] is None]
    if missing:
        yield f"say {' and '.join(missing)}: there is no terminal to ask at (`weighbridge init --help`)"
    if recipe is None and given["domain"] is None:
        without = " and ".join(name for name in MEANING if name not in NEEDS_DOMAIN)
        yield f"say --domain too, unless the recipe is {without}, which has no endpoints"
    if given["owner"] is None and not git_email("--owner", needed=False):
        yield "git has no user.email here: say who it is with --owner"


def _problems(values: Mapping[str, object]) -> Sequence[_Wrong]:
    """What is wrong with answers, by flag: each alone, or, where all are good, the spec that they make."""
    from pydantic import ValidationError

    from weighbridge.files.model_problems import problems_of
    from weighbridge.starting.answers import Answers

    try:
        answers = Answers.model_validate(values)
    except ValidationError as error:
        wrong = [(str(problem.path[0]), problem.message) for problem in problems_of(error, Answers, values)]
        derived = values["zone"] == _first_zone(str(values["region"])) and any(flag == "region" for flag, _ in wrong)
        return [(flag, message) for flag, message in wrong if not (derived and flag == "zone")]
    from weighbridge.files.problem import FileError
    from weighbridge.starting.project_files import needed_limits

    try:
        needed_limits(answers)
    except FileError as error:
        return [_of_spec(problem, answers.recipe) for problem in error.problems]
    return []


def _of_spec(problem: Problem, recipe: Recipe) -> _Wrong:
    flag = next((flag for path, flag in _FLAG_OF if problem.path[: len(path)] == path), None)
    return ("recipe", f"{recipe}: {problem.location}: {problem.message}") if flag is None else (flag, problem.message)


def _asked(given: Mapping[str, object]) -> Mapping[str, object]:
    """With what somebody answers; a wrong answer is said at once, and asked for again."""
    from weighbridge.starting.answers import MEANING, NEEDS_DOMAIN

    values = dict(given)
    if values["recipe"] is None:
        tell("".join(f"  {recipe:<9} {meaning}\n" for recipe, meaning in MEANING.items()))
    for key, question, default in (
        ("recipe", "What is the first stack for", next(iter(MEANING))),
        ("project", "Google Cloud project id", None),
        ("region", "Region", "us-central1"),
        ("owner", "E-mail address of who answers for it", git_email("--owner", needed=False) or None),
        ("domain", "Domain of the endpoints", None),
    ):
        if values[key] is not None or (key == "domain" and values["recipe"] not in NEEDS_DOMAIN):
            continue
        while True:
            values[key] = typer.prompt(question, default=default, err=True)
            wrong = _problems(_filled(values))
            if not wrong:
                break
            tell("".join(f"  {text}\n" for _, text in wrong))
    return values


def _first_zone(region: str) -> list[str]:
    from weighbridge.catalog import load as load_catalog

    return sorted(load_catalog().zones(region))[:1] or [f"{region}-a"]


def _refused(environment: str, action: str | None) -> Iterator[_Wrong]:
    """What no answer may be."""
    from weighbridge.stacks.names import QUOTA

    if f"{environment}.yaml" == QUOTA:
        yield "environment", f"{QUOTA} is the file that all stacks share, so name this one otherwise"
    if action is not None and not re.fullmatch(r"[\w.-]+/[\w.-]+(?:/[\w.-]+)*@[\w./-]+|\./[\w./-]*", action):
        yield "action", f"expected a repository with a version, such as example-org/weighbridge@v1, got {action!r}"


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
