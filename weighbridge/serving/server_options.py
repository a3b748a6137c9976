"""The options of the servers' programs, from the table `server_options.csv`: what a command line may say.

    takes      a value                                    written
    value      one                                        --a=1, --a 1
    values     one or more                                --a 1 2
    optional   one, or none, which means true             --a, --a=true
    either     none; the opposite has `no-` before it     --a, --no-a
    nothing    none                                       --a

Names are compared as the programs do: hyphens and underscores alike, and a part of a JSON value after a dot
(``--compilation-config.level=3``) is of the option before it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from weighbridge.spelling import nearest

TABLE = Path(__file__).parent / "server_options.csv"
_NUMBER = re.compile(r"-\d")
_SHORTEST_ABBREVIATION = 3  # characters of an option without its hyphens; shorter ones are ambiguous


@dataclass(frozen=True, slots=True)
class ServerOption:
    """One option of a program."""

    program: str
    option: str  # with its hyphens
    takes: str
    short: str  # its short names, a space between them


@cache
def server_options() -> Mapping[str, Mapping[str, ServerOption]]:
    """The table, by program and by folded name; short names and opposites are names too."""
    found: dict[str, dict[str, ServerOption]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            option = ServerOption(**line)
            names = found.setdefault(option.program, {})
            names[_folded(option.option)] = option
            names.update({_folded(name): option for name in option.short.split()})
            if option.takes == "either":
                names[f"no-{_folded(option.option)}"] = option
    return found


def is_option(program: str, name: str) -> bool:
    """Whether a program has an option of exactly this name, with or without its hyphens."""
    return _folded(name) in server_options()[program]


@dataclass(frozen=True, slots=True)
class UnknownOption:
    """An argument that is no option of the program; `near` is the one that was perhaps meant."""

    index: int
    option: str
    near: str | None


def unknown_options(program: str, arguments: Sequence[str]) -> Iterator[UnknownOption]:
    """The arguments that a program doesn't know; values between them are passed over."""
    known = server_options()[program]
    spelled = [option.option for option in known.values()]
    for index, argument in enumerate(arguments):
        name = argument.partition("=")[0]
        if not argument.startswith("-") or _NUMBER.match(argument) or _option(name, known) is not None:
            continue
        yield UnknownOption(index, name, nearest(name, spelled))


@dataclass(frozen=True, slots=True)
class MistakenValue:
    """An option, the `index` of its argument, and whether it lacks a value; else it has one and takes none."""

    index: int
    option: str
    lacking: bool


def mistaken_values(program: str, arguments: Sequence[str]) -> Iterator[MistakenValue]:
    """Options of a command line that need a value and have none, or have one and take none."""
    known = server_options()[program]
    for index, argument in enumerate(arguments):
        name, equals, _ = argument.partition("=")
        option = _option(name, known) if argument.startswith("-") else None
        if option is None:
            continue
        follows = index + 1 < len(arguments) and not arguments[index + 1].startswith("--")
        takes_one = option.takes in ("value", "values")
        if takes_one and not equals and not follows:
            yield MistakenValue(index, name, lacking=True)
        elif equals and option.takes in ("either", "nothing"):
            yield MistakenValue(index, name, lacking=False)


def _option(name: str, known: Mapping[str, ServerOption]) -> ServerOption | None:
    folded = _folded(name.partition(".")[0])
    if folded in known or len(folded) < _SHORTEST_ABBREVIATION or not name.startswith("--"):
        return known.get(folded)
    return next((option for text, option in known.items() if text.startswith(folded)), None)


def _folded(name: str) -> str:
    return name.lstrip("-").replace("_", "-")
