"""What a ticket is for: the commit, the pack and the quota file with which a stack is admitted, and then updated."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from weighbridge.admission.digests import limits_digest, pack_digest
from weighbridge.admission.ticket import FOLDER, PlannedUpdate, Ticket
from weighbridge.files.project import Project
from weighbridge.preview.result import PreviewResult
from weighbridge.preview.revision import RevisionError, changed_files, edited_files, find_revision
from weighbridge.stacks.load import read_stack_text
from weighbridge.stacks.names import QUOTA


def update_of(project: Project, stack: str, pack: Path) -> PlannedUpdate:
    """What is about to be deployed. Raises `FileError` and OSError; outside a repository there is no commit."""
    commit = ""
    with suppress(RevisionError):
        commit = find_revision(project.folder, "HEAD").commit
    limits = limits_digest(read_stack_text(project.stacks / QUOTA))
    return PlannedUpdate(project.name, stack, commit, pack_digest(pack), limits)


def not_committed(project: Path) -> tuple[str, ...]:
    """Files that no commit has as they are, other than tickets. Raises `RevisionError`."""
    changed = changed_files(find_revision(project, "HEAD")).files
    return tuple(name for name in changed if FOLDER not in Path(name).parts)


def edited_since(project: Path) -> tuple[str, ...]:
    """Files of the commit that are another text by now; files that it lacks are none. Raises `RevisionError`."""
    return edited_files(find_revision(project, "HEAD"))


def ticket_of(result: PreviewResult, update: PlannedUpdate, lasts: timedelta) -> Ticket:
    """The ticket of an update that was previewed; its times are whole seconds."""
    issued = result.at.replace(microsecond=0)
    peaks = {line.row.key: line.peak for line in result.quota if line.peak}
    return Ticket(update, peaks, issued, issued + lasts)
