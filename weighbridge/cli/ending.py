"""How every command ends: with its own exit code, or with 3 where something that nobody foresaw ended it.

1 means that a policy or a threshold says no, which nothing but a finished command may say: not a bug, a full disk, or
a reader of the output that has gone. Imports the standard library only, so that a broken installation ends well too.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from weighbridge.cli.stderr_text import tell
from weighbridge.errors import COULD_NOT_JUDGE, INTERRUPTED, INTERRUPTED_MESSAGE, OK, WeighbridgeError


def end_with(run: Callable[[], int]) -> NoReturn:
    """Ends the process with the exit code that `run` gives, or with what its failure means."""
    _open_closed_streams()
    code = _code(run)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not _flushed(stream.flush):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # else Python's own end says 120
            code = COULD_NOT_JUDGE
    sys.exit(code)


def _code(run: Callable[[], int]) -> int:
    try:
        return run()
    except SystemExit as ending:
        if isinstance(ending.__context__, BrokenPipeError):
            return COULD_NOT_JUDGE  # which typer makes 1
        return ending.code if isinstance(ending.code, int) else OK if ending.code is None else COULD_NOT_JUDGE
    except KeyboardInterrupt:
        _say(INTERRUPTED_MESSAGE)
        return INTERRUPTED
    except BrokenPipeError:
        return COULD_NOT_JUDGE  # whoever read the output has gone, and needs no word about it
    except WeighbridgeError as error:  # of a command that reports none itself, as nothing but its output can fail
        _say(f"{error.prefix}{error}\n")
        return error.exit_code
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _say(f"weighbridge: {where}{error.strerror or error}; the command did not finish\n")
    except MemoryError:
        _say("weighbridge: out of memory; the command did not finish\n")
    except BaseException as error:  # noqa: BLE001 - whatever it is, it must not look like a verdict
        # The error's own text is left out: it may hold a secret of the program that was previewed.
        _say("".join(traceback.format_tb(error.__traceback__)))
        _say(f"weighbridge: this is a bug ({type(error).__name__}), and nothing was judged; please report the above\n")
    return COULD_NOT_JUDGE


def _say(text: str) -> None:
    with suppress(OSError, ValueError):
        tell(text)


def _flushed(flush: Callable[[], object]) -> bool:
    try:
        flush()
    except (OSError, ValueError):
        return False
    return True


def _open_closed_streams() -> None:
    """What the shell has closed (``>&-``) must not become the number of the next file that is opened."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 - standard error
        pass
    os.close(number)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - until the end
