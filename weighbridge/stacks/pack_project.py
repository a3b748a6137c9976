"""Which project a policy pack judges: the one it lies in, or, installed, the one of the run.

Pulumi's engine starts a pack in the pack's own folder, names the same folder in its handshake, and says of the run only
how its project is called. So a pack that lies in a project belongs to it, and nothing that a caller sets can make it
read another quota file. One that is installed into an environment belongs to nobody: where that environment lies in the
project of the run, it is that; else the environment variables say where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import weighbridge
from weighbridge.files.problem import FileError, Problem
from weighbridge.files.project import Project, nearest_project_file, read_project

VARIABLE = "WEIGHBRIDGE_PROJECT"
"""The project's folder, for a pack that is installed; absolute."""

_STARTED_IN = "PWD"
"""Where the caller's shell was when it started the engine."""


def project_of_pack(pack: Path, name: str, environment: Mapping[str, str]) -> Project:
    """The project that the pack in a folder judges in a run of the project `name`. Raises `FileError`."""
    around = nearest_project_file(pack)
    installed = pack.parent == Path(weighbridge.__file__).resolve().parent
    if around is not None:
        project = read_project(around.parent)
        if not installed or project.name == name:
            return project
    stated = environment.get(VARIABLE)
    if stated:
        if not Path(stated).is_absolute():
            raise FileError(pack, [Problem((), f"{VARIABLE} is {stated!r}, expected an absolute path")])
        return read_project(Path(stated))
    started = Path(environment.get(_STARTED_IN, ""))
    file = nearest_project_file(started) if started.is_absolute() else None
    if file is None:
        message = (
            f"this pack doesn't know where project {name} lies: there is no Pulumi.yaml in {started} or above. "
            f"Start Pulumi in the project's folder, or name that folder in {VARIABLE}"
        )
        raise FileError(pack, [Problem((), message)])
    project = read_project(file.parent)
    if project.name != name:
        message = (
            f"this is project {project.name}, and what is judged is project {name}. "
            f"Start Pulumi in that project's folder, or name that folder in {VARIABLE}"
        )
        raise FileError(file, [Problem(("name",), message)])
    return project
