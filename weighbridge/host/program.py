"""Starts a Pulumi program as a process; it waits for the address of the services."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from weighbridge.host.child import Child, running
from weighbridge.host.outcome import Program


def running_program(program: Program, report: Path) -> AbstractContextManager[Child]:
    """The program's process; what it has to say at its end is in the file `report`."""
    folder = program.folder.resolve()
    command = [str(program.python or sys.executable), "-u", "-m", "weighbridge.host.runner"]
    command += [str(folder), program.main, str(report)]
    extra = {
        "PULUMI_ORGANIZATION": program.organization,
        "PULUMI_PROJECT": program.project,
        "PULUMI_STACK": program.stack,
        "PULUMI_CONFIG": json.dumps(dict(program.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(program.config_secret_keys)),
    }
    return running(command, folder, extra)
