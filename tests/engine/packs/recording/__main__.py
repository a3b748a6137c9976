"""The project's own pack over the specs beside it, which also writes down each call with its answer, one a line."""

import json
import runpy
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from weighbridge.policies import pack

FOLDER = Path(__file__).resolve().parent
LOG = FOLDER / "calls.jsonl"


class RecordingServicer(pack.Servicer):  # type: ignore[misc] # the SDK's class has no types
    """The pack's server, between the engine and a log."""

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's names
        return _written("ConfigureStack", request, super().ConfigureStack(request, context))

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _written("Configure", request, super().Configure(request, context))

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _written("Analyze", request, super().Analyze(request, context))

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802
        return _written("AnalyzeStack", request, super().AnalyzeStack(request, context))


def _written(call: str, request: Any, answer: Any) -> Any:
    entry = {"call": call, "request": MessageToDict(request), "answer": MessageToDict(answer)}
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"{json.dumps(entry)}\n")
    return answer


pack.Servicer = RecordingServicer  # the pack makes its server from this name
runpy.run_path(str(FOLDER / "own_main.py"), run_name="__main__")  # the pack's own, copied here with the project
