"""What all commands share: exit codes, the project's folder, printing, and how a person's mistakes are said."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, Optional

import typer

from weighbridge.cli.interrupts import NotedInterrupt, interrupts_noted
from weighbridge.cli.stderr_text import tell
from weighbridge.errors import (
    BLOCKED,
    INTERRUPTED,
    INTERRUPTED_MESSAGE,
    WRONG,
    NoVerdict,
    WeighbridgeError,
)

if TYPE_CHECKING:
    from weighbridge.render.style import Style
    from weighbridge.stacks.load import Folder
    from weighbridge.stacks.spec_cache import SpecCache

NARROWEST, WIDTH, WIDEST = 60, 80, 140

Root = Annotated[
    Optional[Path],  # noqa: UP045 - typer evaluates it
    typer.Option(
        "--root", "-C", help="Folder that holds Pulumi.yaml. Left out: the nearest one upward.", metavar="DIR"
    ),
]

AnyRoot = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--root", "-C", help="As in every command; this one needs no project.", metavar="DIR"),
]
"""Of commands that read no project: whoever calls several names it for all."""


def stacks_to_complete(context: typer.Context, incomplete: str) -> list[str]:
    """Stacks of the project that begin so, for a shell's completion: what goes wrong completes nothing."""
    from weighbridge.files.project import nearest_project_file, read_project
    from weighbridge.stacks.names import stack_names

    named: Path | None = context.params.get("root")
    around = context.parent
    while around is not None and named is None:  # named before the command
        named, around = around.params.get("root"), around.parent
    try:
        file = nearest_project_file(named or Path.cwd())
        names = stack_names(read_project(file.parent).stacks) if file is not None else ()
    except (WeighbridgeError, OSError):
        return []
    return [name for name in names if name.startswith(incomplete)]


STACK = "The stack, or the path of its spec, stacks/STACK.yaml."

Stack = Annotated[str, typer.Option("--stack", "-s", help=STACK, metavar="STACK", autocompletion=stacks_to_complete)]
"""Of commands whose argument is something in a stack."""

StackArgument = Annotated[
    Optional[str],  # noqa: UP045
    typer.Argument(help=STACK, metavar="STACK", autocompletion=stacks_to_complete),
]
StackOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--stack", "-s", help="The same as STACK.", metavar="STACK", autocompletion=stacks_to_complete),
]
"""Beside `StackArgument`, so that the option names a stack in every command."""

_before: ContextVar[Path | None] = ContextVar("root before the command", default=None)

OVER = BLOCKED  # a threshold says so, where no policy is asked

_MISNAMED = (
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP,
    errno.ENAMETOOLONG, errno.EINVAL, errno.EBADF, errno.ENXIO,
)  # fmt: skip
"""What is wrong with the name of a file rather than with the disk it is on."""


class NotPrinted(NoVerdict):
    """What a command found could not be written, because of a full disk for example."""


def now() -> datetime:
    """This moment. Everything below the command line is given it."""
    return datetime.now(UTC)


def root_before_the_command(given: Path | None) -> None:
    """Notes the folder that was named before the command's name; one that is named after it comes first."""
    _before.set(given)


def root_of_group(root: Root = None) -> None:
    """Notes the folder that was named between a group's name and its command's."""
    if root is not None:
        _before.set(root)


def root_of(given: Path | None) -> Path:
    """The project's folder: the one given, after the command or before it, else the nearest one upward."""
    from weighbridge.files.project import folder_exists, project_file

    given = given or _before.get()
    start = (given or Path.cwd()).resolve()
    folders = (start,) if given else (start, *start.parents)
    found = next((folder for folder in folders if project_file(folder) is not None), None)
    if found is None:
        where = f"in {start}" if given else f"in {start} or any folder above it"
        if not folder_exists(start):
            wrong(f"there is no folder {start}; run this inside a project, or name its folder with -C")
        wrong(
            f"there is no Pulumi.yaml {where}; run this inside a project, or name its folder with -C; "
            "`weighbridge init` begins one"
        )
    return found


def start_of(given: Path | None) -> Path:
    """The folder for a new project: the one given, after the command or before it, else the current one."""
    return (given or _before.get() or Path.cwd()).resolve()


def stacks_folder(root: Path) -> Path:
    """Where the project keeps its specs. Raises `FileError`."""
    from weighbridge.files.project import read_project

    return read_project(root).stacks


def read_stacks(root: Path) -> Folder:
    """All that the project's stacks share and all of its specs, with what earlier runs know. Raises `FolderError`."""
    from weighbridge.stacks.load import read_folder

    return read_folder(stacks_folder(root), cache=spec_cache(root))


def spec_cache(root: Path) -> SpecCache | None:
    """What earlier runs know of the project's specs, where that may be kept."""
    from weighbridge.stacks.spec_cache import cache_of_user

    return cache_of_user(root, os.environ)


def put(text: str) -> None:
    """Prints text as it is, at once: a report is out before the process may end.

    Raises BrokenPipeError where the reader has gone, and `NotPrinted`.
    """
    if sys.stdout is None:
        raise NotPrinted("standard output is closed, so nothing can be shown")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise NotPrinted(f"standard output can't be written: {error.strerror}") from error


def deliver(text: str, file: Path | None) -> None:
    """Writes to a file, whole, where one is named; else prints. Raises BrokenPipeError and `NotPrinted`."""
    from weighbridge.files.whole_file import write_whole

    if file is None:
        put(text)
        return
    with writing(str(file)):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text)
    tell(f"wrote {file}\n")


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Ends the command where what was named can't be written: a mistake in the name, or else `NotPrinted`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"{what} can't be written: {error.strerror}"
        if error.errno in _MISNAMED:
            wrong(message)
        raise NotPrinted(message) from error


def width_of_terminal() -> int | None:
    """Columns of the terminal that standard output is; None where it is none, and lines stay whole."""
    from weighbridge.cli.stderr_text import columns_of

    return columns_of(sys.stdout) if sys.stdout is not None else None


def style() -> Style:
    """How standard output wants text: its width, colour only on a terminal, and which characters it knows."""
    from shutil import get_terminal_size

    from weighbridge.render.style import Style

    terminal = sys.stdout is not None and sys.stdout.isatty()
    columns = get_terminal_size().columns if terminal or "COLUMNS" in os.environ else WIDTH
    encoding = ((sys.stdout and sys.stdout.encoding) or "ascii").lower().replace("-", "")
    return Style(
        width=max(NARROWEST, min(WIDEST, columns)),
        colour=terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb",
        unicode=encoding.startswith("utf"),
        whole=not terminal,
    )


def wrong(text: str) -> NoReturn:
    """Ends the command: what a person did wrong, on stderr."""
    tell(f"weighbridge: {text}\n")
    raise typer.Exit(WRONG)


def no_stack(stack: str, known: Iterable[str]) -> NoReturn:
    """Ends the command: a person named a stack that there isn't."""
    from weighbridge.spelling import no_such_stack

    wrong(no_such_stack(stack, known))


def stack_named(root: Path, argument: str | None, option: str | None = None) -> str:
    """The stack that a person named, as argument or as option; ends the command where there is no one such.

    Whether it has a spec is left to who reads that. Raises `FileError`.
    """
    if argument is not None and option is not None and argument != option:
        wrong(f"two stacks are named, {argument} and {option}: name one")
    given = argument if argument is not None else option
    if given is None:
        from weighbridge.stacks.names import stack_names

        wrong(f"name a stack; there are {', '.join(stack_names(stacks_folder(root))) or 'none'}")
    return stack_of(root, given)


def stack_of(root: Path, given: str) -> str:
    """The stack of a name or of the path of its spec; ends the command where a path is none of this project's specs."""
    if not is_path(given):
        return given
    from weighbridge.spelling import did_you_mean
    from weighbridge.stacks.names import is_spec, stack_names

    path, stacks = Path(given).resolve(), stacks_folder(root)
    if path.parent == stacks.resolve() and is_spec(path):
        return path.stem
    mean = did_you_mean(path.stem, stack_names(stacks))
    wrong(f"{given} is no spec of this project, whose specs lie in {relative(str(stacks))}.{mean}")


def is_path(given: str) -> bool:
    """Whether a person means a file rather than the name of a stack."""
    return os.sep in given or given.endswith((".yaml", ".yml", ".json"))


def spec_file(root: Path, stack: str) -> Path:
    """The file of a stack's spec; ends the command where there is none. Raises `FolderError` and `FileError`."""
    from weighbridge.stacks.names import stack_names

    stacks = stacks_folder(root)
    stack = stack_of(root, stack)
    known = stack_names(stacks)
    if stack not in known:
        no_stack(stack, known)
    return stacks / f"{stack}.yaml"


@contextmanager
def problems_reported(task: str = "") -> Iterator[None]:
    """Ends the command with an error's own text, line by line on stderr, and its exit code; Ctrl-C ends with 130.

    So does an error after a Ctrl-C that got lost: it may have come of that. `task` is the verb of what has no verdict
    then, as in ``could not check``.
    """
    with interrupts_noted() as interrupt:
        try:
            interrupt.end_if_seen()
            yield
        except KeyboardInterrupt:
            _interrupted(interrupt)
        except WeighbridgeError as error:
            if interrupt.seen:
                _interrupted(interrupt)
            prefix = f"could not {task}: " if task and isinstance(error, NoVerdict) else error.prefix
            tell("".join(f"{prefix}{relative(line)}\n" for line in str(error).split("\n")))
            raise typer.Exit(error.exit_code) from None


def _interrupted(interrupt: NotedInterrupt) -> NoReturn:
    tell(INTERRUPTED_MESSAGE)
    interrupt.reported = True
    raise typer.Exit(INTERRUPTED) from None


def relative(text: str) -> str:
    """Paths below the current folder as people would type them."""
    return text.removeprefix(f"{Path.cwd()}{os.sep}")


@contextmanager
def progress() -> Iterator[Callable[[str], None] | None]:
    """A line on stderr that says what is going on; only where somebody watches."""
    if not sys.stderr.isatty():
        yield None
        return

    from shutil import get_terminal_size

    width = get_terminal_size().columns - 1  # what is longer would go on in a line that nothing deletes

    def show(text: str) -> None:
        sys.stderr.write(f"\r\x1b[2K{f'{text} ...'[:width]}")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()
