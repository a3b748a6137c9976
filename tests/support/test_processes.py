from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS, NotReady, running

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(3600)"]


def test_a_server_that_ends_early_shows_the_end_of_its_log(tmp_path):
    command = [sys.executable, "-c", "print('first'); print('port taken'); raise SystemExit(3)"]
    with running("etcd", command, tmp_path) as server, pytest.raises(NotReady) as raised:
        server.await_ready(lambda: False, PATIENCE_SECONDS)
    assert str(raised.value) == (
        "etcd ended with exit code 3 before it was ready.\nThe end of its log:\n  first\n  port taken"
    )


def test_a_server_that_is_not_ready_in_time_shows_the_end_of_its_log(tmp_path):
    with running("etcd", SLEEPER, tmp_path) as server:
        server.await_ready(lambda: "up" in server.log.read_text(), PATIENCE_SECONDS)
        with pytest.raises(NotReady, match=r"^etcd was not ready within 0 s\.\nThe end of its log:\n  up$"):
            server.await_ready(lambda: False, 0.1)


def test_a_server_ends_with_its_block_even_if_the_block_fails(tmp_path):
    with pytest.raises(KeyboardInterrupt), running("etcd", SLEEPER, tmp_path) as server:
        raise KeyboardInterrupt
    assert server.process.poll() == -signal.SIGTERM


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_a_server_ends_when_the_process_that_started_it_is_killed(tmp_path):
    program = (
        "import pathlib, sys; from tests.support.processes import running\n"
        f"with running('etcd', {SLEEPER!r}, pathlib.Path({str(tmp_path)!r})) as server:\n"
        "    server.await_ready(lambda: 'up' in server.log.read_text(), 600)\n"
        "    print(server.process.pid, flush=True); sys.stdin.read()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _lives(pid):
        assert time.monotonic() < deadline, "the server outlives its parent"
        time.sleep(0.05)


def _lives(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:  # noqa: PTH123 - may vanish while it is read
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
