"""Runs a command and ends whatever it leaves behind; started by `weighbridge.host.child` as a file, by Linux only.

A process that detaches itself (a new session, a second fork, no ears for SIGTERM) is handed by the kernel to its
nearest ancestor that has asked for orphans. That is this process, so that its descendants are all there is to end, and
nothing of anybody else's is touched. Needs nothing but the standard library, as it starts without any packages.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
KILL_SECONDS = 1.0
POLL_SECONDS = 0.005


def main() -> None:
    """``supervisor.py PARENT GRACE COMMAND…``: process id of who starts it; seconds between SIGTERM and SIGKILL."""
    parent, grace, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    watched = {signal.SIGTERM, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        return  # it has gone before the kernel was asked to tell
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        try:
            os.execvp(command[0], command)  # noqa: S606 - a command that is given as a list needs no shell
        except OSError as error:
            os.write(2, f"{command[0]}: {error.strerror}\n".encode())
            os._exit(127)
    status = _wait(child, grace, watched)
    _end_descendants()
    code = os.waitstatus_to_exitcode(status)
    if code < 0:  # as it ended, so does this
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _wait(child: int, grace: float, watched: set[signal.Signals]) -> int:
    """The child's status when it has ended, by itself or because SIGTERM came here too."""
    deadline = float("inf")
    while True:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == child:
                    return ended[1]
        left = deadline - time.monotonic()
        if left <= 0:
            os.kill(child, signal.SIGKILL)
            return os.waitpid(child, 0)[1]
        came = signal.sigtimedwait(watched, min(left, 3600.0))
        if came is not None and came.si_signo == signal.SIGTERM and deadline == float("inf"):
            deadline = time.monotonic() + grace
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)


def _end_descendants() -> None:
    deadline = time.monotonic() + KILL_SECONDS
    while time.monotonic() < deadline:
        for process in _descendants():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return  # nobody is left
        time.sleep(POLL_SECONDS)


def _descendants() -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):  # noqa: PTH208 - pathlib takes as long as all else here
        try:
            with open(f"/proc/{name}/stat", errors="replace") as stat:  # noqa: PTH123
                _, _, rest = stat.read().rpartition(")")
        except OSError:
            continue  # it has ended meanwhile
        children.setdefault(int(rest.split()[1]), []).append(int(name))
    left = children.get(os.getpid(), [])
    while left:
        process = left.pop()
        yield process
        left += children.get(process, [])


if __name__ == "__main__":
    main()
