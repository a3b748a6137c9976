"""A child process: its output is kept within bounds, and nothing of it stays behind, also where Ctrl-C comes early."""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.processes import PATIENCE_SECONDS
from weighbridge.host.child import MOST_COLUMNS, MOST_LINES, environment, running

WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")


def ended(folder, text):
    """The child that ran this Python text to its end."""
    with running([sys.executable, "-c", text], folder, {}) as child:
        child.process.wait()
    return child


def test_both_streams_are_kept_and_the_first_line_of_standard_output_apart(tmp_path):
    child = ended(tmp_path, 'import sys; print("8080"); print("ready"); print("careful", file=sys.stderr)')
    assert child.stdout_first == "8080"
    assert sorted(child.output.splitlines()) == ["8080", "careful", "ready"]
    assert child.first_line.is_set()


def test_a_child_that_says_nothing_has_no_first_line_but_is_not_waited_for(tmp_path):
    child = ended(tmp_path, "")
    assert (child.stdout_first, child.output) == ("", "")
    assert child.first_line.is_set()


def test_of_very_much_output_the_end_is_kept(tmp_path):
    child = ended(tmp_path, f'for i in range({MOST_LINES} + 1): print(i)\nprint("x" * {MOST_COLUMNS + 1})')
    lines = child.output.splitlines()
    assert (lines[0], len(lines), lines[-1]) == ("2", MOST_LINES, "x" * MOST_COLUMNS)


def test_a_line_is_written_to_it_and_then_nothing_more(tmp_path):
    with running([sys.executable, "-c", "import sys; print(sys.stdin.read())"], tmp_path, {}) as child:
        child.write_line("127.0.0.1:1")
        child.process.wait()
    assert child.output == "127.0.0.1:1"


def test_a_child_that_has_gone_is_no_error_for_who_writes_to_it(tmp_path):
    with running([sys.executable, "-c", ""], tmp_path, {}) as child:
        child.process.wait()
        child.write_line("too late")


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when somebody else's child has ended")
@pytest.mark.parametrize("stubborn", [False, True], ids=["ends when asked", "must be killed"])
def test_it_ends_with_whoever_started_it_and_so_does_what_it_started(tmp_path, monkeypatch, stubborn):
    monkeypatch.setattr("weighbridge.host.child.GRACE_SECONDS", 0.2)
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" if stubborn else ""
    text = f"""{ignore}
import subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
print(grandchild.pid, flush=True)
sys.stdin.read()
"""
    with suppress(KeyboardInterrupt), running([sys.executable, "-c", text], tmp_path, {}) as child:
        assert child.first_line.wait(30)
        grandchild = os.pidfd_open(int(child.stdout_first))
        raise KeyboardInterrupt
    assert child.process.poll() is not None
    ended_too, _, _ = select.select([grandchild], [], [], 10)
    os.close(grandchild)
    assert ended_too


def test_pulumi_s_variables_of_the_caller_are_not_handed_on(monkeypatch):
    monkeypatch.setenv("PULUMI_STACK", "prod")
    monkeypatch.setenv("HOME", "/somewhere")
    found = environment({"PULUMI_PROJECT": "proj"})
    assert (found.get("PULUMI_STACK"), found["PULUMI_PROJECT"], found["HOME"]) == (None, "proj", "/somewhere")
    assert found["PYTHONUTF8"] == "1"


@pytest.fixture
def interrupted_start(monkeypatch):
    """Ctrl-C as soon as the process runs, before anybody knows of it; gives what was started."""
    started = []
    start = subprocess.Popen

    def popen(*arguments, **options):
        started.append(start(*arguments, **options))
        signal.raise_signal(signal.SIGINT)
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    return started


@pytest.fixture
def handler():
    """Lets a test say what Ctrl-C does."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda new: signal.signal(signal.SIGINT, new)
    signal.signal(signal.SIGINT, before)


def test_a_child_that_starts_as_ctrl_c_comes_is_ended(tmp_path, interrupted_start, handler):
    handler(signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt), running(WAITS, tmp_path, {}):
        pytest.fail("the block is not reached")
    (process,) = interrupted_start
    assert process.returncode == -signal.SIGTERM
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_where_ctrl_c_is_ignored_it_stays_so(tmp_path, interrupted_start, handler):
    """A shell starts what runs in the background like that."""
    handler(signal.SIG_IGN)
    with running(WAITS, tmp_path, {}) as waiting:
        assert waiting.process.poll() is None
    assert waiting.process.returncode == -signal.SIGTERM


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
@pytest.mark.parametrize("then", ["returns", "fails", "is killed", "hangs"])
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
    ended(tmp_path, "")
    assert other.poll() is None
    other.kill()
    other.wait()
    assert other.stdin is not None
    other.stdin.close()
