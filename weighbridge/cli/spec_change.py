"""Shows a change of a spec's text, and writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weighbridge.cli import terminal

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the change, write nothing.")]


def write_changed(file: Path, text: str, edited: str, following: str, *, dry_run: bool) -> None:
    """`following` is what comes next, after `Next: `."""
    from difflib import unified_diff

    from weighbridge.files.whole_file import write_whole

    shown = terminal.relative(str(file))
    lines = unified_diff(text.splitlines(keepends=True), edited.splitlines(keepends=True), shown, shown, n=1)
    terminal.put("".join(lines))
    if dry_run:
        terminal.put("\nnothing was written (--dry-run)\n")
        return
    with terminal.writing(shown):
        write_whole(file, edited)
    terminal.put(f"\nNext: {following}\n")
