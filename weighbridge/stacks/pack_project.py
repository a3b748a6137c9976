"""Which project a policy pack judges: the one it lies in, or, installed, the one of the run.

Pulumi's engine starts a pack in the pack's own folder, names the same folder in its handshake, and says of the run only
how its project is called. So a pack that lies in a project belongs to it, and nothing that a caller sets can make it
read another quota file. One that is installed into an environment belongs to nobody: where that environment lies in the
project of the run, it is that; else the environment variables say where it is.

A project's pack is the one in its folder `policies`, if that holds one, else the installed one: the folder may be
somebody's own, of the same name.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import weighbridge
from weighbridge.conventions import PACK_FOLDER
from weighbridge.errors import NoVerdict
from weighbridge.files.problem import FileError, Problem
from weighbridge.files.project import Project, nearest_project_file, read_project

VARIABLE = "WEIGHBRIDGE_PROJECT"
"""The project's folder, for a pack that is installed; absolute."""

_STARTED_IN = "PWD"
"""Where the caller's shell was when it started the engine."""


PACK_FILES = ("PulumiPolicy.yaml", "__main__.py")
"""All that a pack is made of beside the package."""

_PACK_FILE = PACK_FILES[0]
_UNDER_PULUMI = "installed"
"""Below an installed folder, what Pulumi runs of it: with the way to the Python of its virtual environment."""


class NoPack(NoVerdict):
    """There is no pack, or no package of components, that Pulumi can run; the text says what to install."""


def pack_of(root: Path) -> Path:
    """The pack that judges a project, for the offline preview; where there is none at all, the folder for one."""
    own = root / PACK_FOLDER
    if (own / _PACK_FILE).is_file():
        return own
    return _installed() or own


def pulumis_pack_of(root: Path) -> Path:
    """The same pack as Pulumi's CLI runs it. Raises `NoPack`."""
    own, installed = root / PACK_FOLDER, _installed()
    if (own / _PACK_FILE).is_file():
        return own
    if installed is None:
        raise NoPack(
            f"there is no {_PACK_FILE} in {own}, and Weighbridge runs from its own checkout, whose pack judges the "
            "stacks of the checkout. Install it: pip install, without --editable"
        )
    return _run_by_pulumi(installed, "the pack")


def pulumis_plugin() -> Path:
    """The package for programs in other languages, as `pulumi package add` takes it. Raises `NoPack`."""
    shipped = _shipped("components")
    if shipped.parent != Path(weighbridge.__file__).resolve().parent:
        raise NoPack(
            "Weighbridge runs from its own checkout, and Pulumi runs the package by the Python of a virtual "
            "environment. Install it into one: pip install, without --editable"
        )
    return _run_by_pulumi(shipped, "the package")


def _run_by_pulumi(installed: Path, what: str) -> Path:
    """What Pulumi runs of an installed folder. Raises `NoPack` where there is no Python that it could take."""
    folder = installed / _UNDER_PULUMI
    environment = folder.parents[5]  # lib/pythonX.Y/site-packages/weighbridge/policies/installed
    if not (environment / "bin" / "python").is_file():
        raise NoPack(
            f"Pulumi runs {what} by the Python of a virtual environment, and {installed.parent} lies in none. "
            f"Install Weighbridge into one: python3 -m venv .venv && .venv/bin/pip install weighbridge "
            f"(this is {sys.executable})"
        )
    return folder


def shipped_pack() -> Path:
    """The pack that came with the package: a project may have a copy of its files as its own."""
    return _shipped("policies")


def _shipped(name: str) -> Path:
    found = find_spec(f"weighbridge.{name}")
    if found is None or found.origin is None:
        raise NoPack(f"the package in {Path(weighbridge.__file__).parent} has no {name}: install it again")
    return Path(found.origin).resolve().parent


def _installed() -> Path | None:
    """The shipped pack, if it is installed; None where it lies in a checkout, as it belongs to that project then."""
    folder = shipped_pack()
    return folder if folder.parent == Path(weighbridge.__file__).resolve().parent else None


def project_of_pack(pack: Path, name: str, environment: Mapping[str, str]) -> Project:
    """The project that the pack in a folder judges in a run of the project `name`. Raises `FileError`."""
    around = nearest_project_file(pack)
    installed = pack.parent == Path(weighbridge.__file__).resolve().parent
    if around is not None:
        project = read_project(around.parent)
        if not installed or project.name == name:
            return project
    return _of_run(name, environment, Path(environment.get(_STARTED_IN, "")), "this pack", pack)


def project_of_run(name: str, folder: Path, environment: Mapping[str, str]) -> Project:
    """The project that a program makes the stack of, which runs in a folder as project `name`. Raises `FileError`."""
    return _of_run(name, environment, folder, "Weighbridge", folder)


def _of_run(name: str, environment: Mapping[str, str], started: Path, asks: str, place: Path) -> Project:
    """`asks` is who wants to know, and `place` where that lies."""
    stated = environment.get(VARIABLE)
    if stated:
        if not Path(stated).is_absolute():
            raise FileError(place, [Problem((), f"{VARIABLE} is {stated!r}, expected an absolute path")])
        return read_project(Path(stated))
    file = nearest_project_file(started) if started.is_absolute() else None
    if file is None:
        message = (
            f"{asks} doesn't know where project {name} lies: there is no Pulumi.yaml in {started} or above. "
            f"Start Pulumi in the project's folder, or name that folder in {VARIABLE}"
        )
        raise FileError(place, [Problem((), message)])
    project = read_project(file.parent)
    if project.name != name:
        message = (
            f"this is project {project.name}, and what is judged is project {name}. "
            f"Start Pulumi in that project's folder, or name that folder in {VARIABLE}"
        )
        raise FileError(file, [Problem(("name",), message)])
    return project
