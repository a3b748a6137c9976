"""For jobs: says in a status file that a run is running, and how it ended.

    from weighbridge.run_status import run_status

    with run_status("gs://example-ml-runs/ranker-training/", run="2026-11-20T02", work=rows, devices=16):
        train()

The folder is the pipeline's `runs` in the spec; the drift monitor reads it, and `weighbridge plan` learns from it how
long the next run takes. Needs the standard library only, and pyarrow for ``gs://``. A job that is killed leaves its
status at running, and the alert on long runs names it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from weighbridge.files.whole_file import write_whole

_CLOUD = "gs://"
_PATIENCE = timedelta(minutes=2)
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,99}")


@contextmanager
def run_status(
    folder: str | Path, *, run: str, work: float | None = None, devices: float | None = None
) -> Iterator[None]:
    """Writes ``<folder>/<run>.json``: running, then succeeded, or failed with the exception's type and nothing more.

    `work` is what the run works on, in any unit that is the same each time; `devices` how many it has; both above 0.
    `run` is different for each run: 1 to 100 letters, digits and ``_.:+-``. A status that can't be written when the run
    begins ends it there, before anything is spent. Raises ValueError, OSError, or ImportError without pyarrow.
    """
    if not _RUN.fullmatch(run):
        expected = "1 to 100 letters, digits and _.:+-, a letter or digit first"
        raise ValueError(f"run: expected {expected}, got {run[:120]!r}")
    status: dict[str, object] = {"version": 1, "run": run, "state": "running", "started": _now()}
    for name, amount in (("work", work), ("devices", devices)):
        if amount is not None:
            if not 0 < amount < math.inf:
                raise ValueError(f"{name}: expected a number above 0, got {amount}")
            status[name] = amount
    _write(folder, run, status)
    try:
        yield
    except BaseException as error:
        if isinstance(error, SystemExit) and not error.code:
            _write(folder, run, status | {"state": "succeeded", "finished": _now()})
            raise
        try:
            _write(folder, run, status | {"state": "failed", "finished": _now(), "message": type(error).__name__})
        except OSError as unwritten:  # what ended the run matters more
            error.add_note(f"the status of run {run} couldn't be written either: {unwritten}")
        raise
    _write(folder, run, status | {"state": "succeeded", "finished": _now()})


def _write(folder: str | Path, run: str, status: dict[str, object]) -> None:
    text = json.dumps(status, indent=2) + "\n"
    if isinstance(folder, str) and folder.startswith(_CLOUD):
        from pyarrow.fs import GcsFileSystem

        # An object appears when its stream is closed, whole.
        system = GcsFileSystem(retry_time_limit=_PATIENCE)
        with system.open_output_stream(f"{folder.removeprefix(_CLOUD).rstrip('/')}/{run}.json") as stream:
            stream.write(text.encode())
        return
    directory = Path(folder)
    directory.mkdir(parents=True, exist_ok=True)
    write_whole(directory / f"{run}.json", text)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
