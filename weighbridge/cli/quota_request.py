"""Shows what is to be asked of Google, and writes it under `requests` of the quota file: the one way to ask."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.cli import terminal
from weighbridge.cli.spec_change import write_changed

if TYPE_CHECKING:
    from weighbridge.quota.request import Shortfall
    from weighbridge.spec.quota_file import QuotaFile


def write_requests(found: Sequence[Shortfall], quota: QuotaFile, root: Path, *, dry_run: bool) -> bool:
    """The quota file is read anew, so that its comments stay. Returns whether nothing can be asked for some limit."""
    from weighbridge.conventions import deploy_command
    from weighbridge.quota.request import with_requests
    from weighbridge.render.pull import request_text
    from weighbridge.stacks.load import read_stack_text
    from weighbridge.stacks.names import QUOTA
    from weighbridge.stacks.quota_edit import rewrite_quota

    terminal.put(request_text.render(found, terminal.style()) + "\n")
    wanted = with_requests(quota, found)
    if wanted != quota:
        file = terminal.stacks_folder(root) / QUOTA
        text = read_stack_text(file)
        asking = dict.fromkeys(short.request.stack for short in found if short.request is not None)
        commands = "".join(f"\n  {deploy_command(name)}" for name in asking)
        following = (
            "commit this file, before the spec that needs it (while that doesn't fit, no stack that draws on it is "
            f"admitted), and after review:{commands}\nthen, once Google has answered: weighbridge quota pull"
        )
        write_changed(file, text, rewrite_quota(text, file, wanted), following, dry_run=dry_run)
    return any(short.request is None for short in found)
