"""Runs a Pulumi program as Pulumi's own language host does; started by `weighbridge.host.program` as a process.

What it adds: for each resource registered, which of its outputs only a provider could tell, by its typed SDK class
(``Output[T]`` without a given input is computed, ``Output[Optional[T]]`` is simply not set). Written to the report file
when the program has ended, with the error it ended with, if any. And what the program calls a secret, at once: an error
may hold it before any resource does.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import runpy
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from weighbridge.resources.values import Secret, secret_texts

REGISTRATIONS_AT_ONCE = 64
BURST_SECONDS = 0.01

OBJECTS_PER_COLLECTION = 200_000
"""New objects until Python looks for garbage again. The SDKs' classes are two million that stay: with Python's own 700
it looks at them over and over, which takes a quarter of a program's time."""


def main() -> None:
    """``python -m weighbridge.host.runner FOLDER MAIN REPORT SECRETS``; the last is an open file's number.

    The environment names the stack; the address of the services comes on standard input, as they start meanwhile.
    """
    folder, main_folder, report, secrets = sys.argv[1:5]
    gc.set_threshold(OBJECTS_PER_COLLECTION)
    import pulumi
    from pulumi.runtime import settings
    from pulumi.runtime.stack import run_in_stack

    from weighbridge.host.computed import Computed

    address = sys.stdin.readline().strip()
    if not address:
        return  # whoever started this has gone
    settings.configure(
        settings.Settings(
            monitor=address,
            engine=address,
            project=os.environ["PULUMI_PROJECT"],
            stack=os.environ["PULUMI_STACK"],
            organization=os.environ["PULUMI_ORGANIZATION"],
            root_directory=folder,
            parallel=None,
            dry_run=True,
        )
    )
    _tell_secrets(int(secrets))
    _without_debug_lines(settings.get_engine())
    _in_bursts(settings.get_monitor())
    computed = Computed()
    computed.watch(settings.get_monitor())
    program = str(Path(folder, main_folder).resolve())
    os.chdir(program)
    sys.argv = [program]
    sys.path[0] = program  # where `python -m` had put the current folder
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(REGISTRATIONS_AT_ONCE))
    failure: dict[str, str] | None = None
    try:
        loop.run_until_complete(run_in_stack(lambda: _execute(program)))
    except pulumi.RunError as error:  # a program's own way to say why it can't go on
        failure = {"reason": str(error), "detail": ""}
    except SystemExit as error:
        if error.code not in (None, 0):
            failure = {"reason": f"the program called sys.exit({error.code!r})", "detail": ""}
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer, and is handed on
        failure = {"reason": _last_line(error), "detail": "".join(_user_frames(error))}
    Path(report).write_text(
        json.dumps({"failure": failure, "computed": computed.found, "autonamed": computed.autonamed})
    )
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if failure else 0)  # threads that a program has left must not keep the preview waiting


def _tell_secrets(file: int) -> None:
    """Has each value that the program calls secret written to the file, one JSON text a line."""
    import pulumi

    make: Any = pulumi.Output.secret

    def secret(value: Any) -> Any:
        for text in secret_texts(Secret(value)):
            os.write(file, f"{json.dumps(text)}\n".encode())
        return make(value)

    pulumi.Output.secret = staticmethod(secret)  # type: ignore[assignment] # as the SDK declares it


def _without_debug_lines(engine: Any) -> None:
    """The SDK logs four debug lines for each resource, each a round trip, and the host would drop them."""
    from google.protobuf import empty_pb2
    from pulumi.runtime.proto import engine_pb2

    send = engine.Log

    def log(request: Any, **arguments: Any) -> Any:
        return empty_pb2.Empty() if request.severity == engine_pb2.DEBUG else send(request, **arguments)

    engine.Log = log


def _in_bursts(monitor: Any) -> None:
    """Answers are handed to the program in bursts.

    While any output is outstanding, the SDK looks at all of them again after each answer, which is quadratic: one by
    one, 200 resources take 4 s instead of 0.5 s. A longer wait is paid once for each link of the longest chain of
    dependencies.
    """
    for name in ("RegisterResource", "RegisterResourceOutputs"):
        ask = getattr(monitor, name)

        def asked(request: Any, ask: Any = ask, **arguments: Any) -> Any:
            answer = ask(request, **arguments)
            time.sleep(BURST_SECONDS - time.monotonic() % BURST_SECONDS)  # in a thread of the SDK's executor
            return answer

        setattr(monitor, name, asked)


def _execute(program: str) -> None:
    # A folder, so that its __main__.py runs with the folder on sys.path.
    runpy.run_path(program, run_name="__main__")


def _last_line(error: BaseException) -> str:
    lines = traceback.format_exception_only(error)
    return lines[-1].strip() if lines else type(error).__name__


def _user_frames(error: BaseException) -> list[str]:
    """The traceback from the program's own first frame on; ours and runpy's tell nobody anything."""
    frames: Any = error.__traceback__
    while frames is not None and Path(frames.tb_frame.f_code.co_filename).name in (
        "runner.py", "stack.py", "base_events.py", "<frozen runpy>", "rpc_manager.py",
    ):  # fmt: skip
        frames = frames.tb_next
    return traceback.format_exception(type(error), error, frames or error.__traceback__)


if __name__ == "__main__":
    main()
