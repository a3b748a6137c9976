"""Starts a Pulumi program as a process; it waits for the address of the services."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from weighbridge.host.child import Child, running
from weighbridge.host.outcome import Program


def running_program(program: Program, report: Path, secrets: IO[bytes]) -> AbstractContextManager[Child]:
    """The program's process; what it has to say at its end is in the file `report`, its secrets in `secrets`."""
    folder = program.folder.resolve()
    command = [str(program.python or sys.executable), "-u", "-m", "weighbridge.host.runner"]
    command += [str(folder), program.main, str(report), str(secrets.fileno())]
    extra = {
        "PULUMI_ORGANIZATION": program.organization,
        "PULUMI_PROJECT": program.project,
        "PULUMI_STACK": program.stack,
        "PULUMI_CONFIG": json.dumps(dict(program.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(program.config_secret_keys)),
    }
    return running(command, folder, extra, (secrets.fileno(),))


def secrets_told(secrets: IO[bytes]) -> Iterator[str]:
    """Texts that the program has called secret so far, whether or not a resource has them."""
    content = os.pread(secrets.fileno(), os.fstat(secrets.fileno()).st_size, 0)
    for line in content.decode(errors="replace").splitlines():
        try:
            text = json.loads(line)
        except ValueError:  # the program ended in the middle of it
            continue
        if isinstance(text, str):
            yield text
