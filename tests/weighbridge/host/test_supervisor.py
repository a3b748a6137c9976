"""Nothing that a command starts outlives it, however it detaches itself."""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.processes import PATIENCE_SECONDS
from weighbridge.host.child import running

WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")

DETACHED = {
    "a child": "subprocess.Popen(command)",
    "a new session": "subprocess.Popen(command, start_new_session=True)",
    "a new group": "subprocess.Popen(command, process_group=0)",
    "without variables": "subprocess.Popen(command, start_new_session=True, env={})",
    "a daemon": """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(command[0], command)
    os._exit(0)
os.wait()
""",
    "many": "[subprocess.Popen(command, start_new_session=True) for _ in range(8)]",
    "one that starts others": """
again = "import subprocess, sys; [subprocess.Popen(sys.argv[1:], start_new_session=True) for _ in range(4)]"
subprocess.Popen([sys.executable, "-c", again, *command], start_new_session=True).wait()
""",
}
"""How a program may start what is to go on without it."""

LIVES_ON = """
import os, signal, subprocess, sys
inner = "import signal, sys; [signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTERM, signal.SIGHUP)]"
inner += "; open(sys.argv[1], 'w').close(); signal.pause()"
command = [sys.executable, "-I", "-S", "-c", inner, sys.argv[1]]
"""


def holders(file):
    """Processes whose command names the file."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):
                if str(file).encode() in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands what is detached to whoever asked for it")
@pytest.mark.parametrize("then", ["returns", pytest.param("fails", marks=pytest.mark.slow), "is killed", "hangs"])
@pytest.mark.parametrize("how", DETACHED.values(), ids=DETACHED)
def test_nothing_that_it_has_detached_lives_on(tmp_path, how, then):
    mark = tmp_path / "mark"
    endings = {
        "returns": "",
        "fails": "sys.exit(7)",
        "is killed": "os.kill(os.getpid(), signal.SIGKILL)",
        "hangs": "print('ready', flush=True); signal.pause()",
    }
    wait = "while not os.path.exists(sys.argv[1]): pass\n"
    text = f"{LIVES_ON}{how}\n{wait}{endings[then]}"
    with running([sys.executable, "-c", text, str(mark)], tmp_path, {}) as child:
        if then == "hangs":
            assert child.first_line.wait(PATIENCE_SECONDS)
            assert holders(mark)
        else:
            child.process.wait()
            assert child.process.returncode == {"returns": 0, "fails": 7, "is killed": -signal.SIGKILL}[then]
    assert mark.exists()
    assert holders(mark) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has gone")
def test_nothing_lives_on_when_whoever_started_it_is_killed(tmp_path):
    mark = tmp_path / "mark"
    inner = f"{LIVES_ON}{DETACHED['a daemon']}\nsignal.pause()"
    text = f"""
import sys
import time
from pathlib import Path
from tests.support.processes import PATIENCE_SECONDS
from weighbridge.host.child import running
with running([sys.executable, "-c", {inner!r}, {str(mark)!r}], Path.cwd(), {{}}) as child:
    child.process.wait()
"""
    host = subprocess.Popen([sys.executable, "-c", text])
    until(mark.exists)
    host.kill()
    host.wait()
    until(lambda: not holders(mark))


def until(is_so):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_command_that_there_is_not_is_said(tmp_path):
    with running(["/nowhere/python"], tmp_path, {}) as child:
        assert child.process.wait() == 127  # as a shell's
    assert child.output == "/nowhere/python: No such file or directory"


def test_what_others_have_started_is_left_alone(tmp_path):
    other = subprocess.Popen(WAITS, stdin=subprocess.PIPE)
    with running([sys.executable, "-c", ""], tmp_path, {}) as child:
        child.process.wait()
    assert other.poll() is None
    other.kill()
    other.wait()
    assert other.stdin is not None
    other.stdin.close()
