"""What this machine and the project's folder have of what a deployment needs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from weighbridge.doctor.finding import CheckedNeed, Health
from weighbridge.files.problem import FileError, FolderError
from weighbridge.files.project import Project, parse_settings
from weighbridge.files.reading import read_text
from weighbridge.stacks.install_command import install_command
from weighbridge.stacks.load import read_folder
from weighbridge.stacks.pack_project import NoPack, pulumis_pack_of

PROGRAM_SECONDS = 30.0
PLUGIN = "gke-gcloud-auth-plugin"


def look_at_programs(environment: Mapping[str, str]) -> Iterator[CheckedNeed]:
    """The programs that an update starts."""
    path = environment.get("PATH", "")
    cli = shutil.which("pulumi", path=path)
    if cli is None:
        words = "there is none on the PATH"
        yield CheckedNeed("Pulumi CLI", Health.MISSING, words, "curl -fsSL https://get.pulumi.com | sh")
    else:
        yield _version(cli, environment)
    if shutil.which(PLUGIN, path=path) is not None:
        yield CheckedNeed("kubectl plugin", Health.FINE, PLUGIN)
    else:
        words = f"there is no {PLUGIN} on the PATH, which kubectl and Pulumi ask for a token of the cluster"
        yield CheckedNeed("kubectl plugin", Health.MISSING, words, f"gcloud components install {PLUGIN}")


def look_at_project(project: Project) -> Iterator[CheckedNeed]:
    """Its specs, the environment in which Pulumi runs the program, and its pack. Raises `FileError`."""
    try:
        folder = read_folder(project.stacks)
        yield CheckedNeed("specs", Health.FINE, f"{', '.join(folder.specs)} and the quota file")
    except (FileError, FolderError) as error:
        lines = error.lines()
        more = f", and {len(lines) - 1} more" if len(lines) > 1 else ""
        yield CheckedNeed("specs", Health.MISSING, f"{lines[0]}{more}", "weighbridge validate")
    yield _virtual_environment(project)
    try:
        yield CheckedNeed("policy pack", Health.FINE, str(pulumis_pack_of(project.folder)))
    except NoPack as error:
        yield CheckedNeed(
            "policy pack", Health.MISSING, str(error), "python3 -m venv .venv && .venv/bin/pip install weighbridge"
        )


def _version(cli: str, environment: Mapping[str, str]) -> CheckedNeed:
    quiet = {**environment, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        ran = subprocess.run(
            [cli, "version"], env=quiet, capture_output=True, text=True, check=False, timeout=PROGRAM_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return CheckedNeed(
            "Pulumi CLI", Health.NOT_CHECKED, f"{cli} does not answer ({type(error).__name__})", f"{cli} version"
        )
    if ran.returncode:
        return CheckedNeed(
            "Pulumi CLI", Health.MISSING, f"{cli} ends with {ran.returncode}", "curl -fsSL https://get.pulumi.com | sh"
        )
    return CheckedNeed("Pulumi CLI", Health.FINE, ran.stdout.strip())


def _virtual_environment(project: Project) -> CheckedNeed:
    topic = "Python environment"
    runtime = parse_settings(read_text(project.file), project.file).get("runtime")
    options = runtime.get("options") if isinstance(runtime, dict) else None
    named = options.get("virtualenv") if isinstance(options, dict) else None
    if not isinstance(named, str):
        return CheckedNeed(
            topic, Health.NOT_CHECKED, f"{project.file.name} names none, so Pulumi takes the PATH's python3"
        )
    folder = project.folder / named
    mend = f"python3 -m venv {named} && {install_command(project.folder, named)}"
    if not (folder / "bin" / "python").is_file():
        return CheckedNeed(topic, Health.MISSING, f"there is none in {named}, where {project.file.name} says", mend)
    if not _has_weighbridge(folder):
        return CheckedNeed(topic, Health.MISSING, f"{named} has no Weighbridge in it", mend)
    return CheckedNeed(topic, Health.FINE, named)


def _has_weighbridge(environment: Path) -> bool:
    asked = [str(environment / "bin" / "python"), "-c", "import weighbridge.components, weighbridge.policies"]
    try:
        return subprocess.run(asked, capture_output=True, check=False, timeout=PROGRAM_SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
