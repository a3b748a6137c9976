"""What of a program's log is kept."""

import pytest
from pulumi.runtime.proto import engine_pb2

from weighbridge.host.engine import Engine
from weighbridge.host.outcome import LogLine


@pytest.mark.parametrize(
    ("severity", "kept"),
    [(0, []), (1, ["info"]), (2, ["warning"]), (3, ["error"]), (9, ["info"])],
)
def test_all_but_debug_lines_are_kept_with_their_severity(severity, kept):
    engine = Engine()
    engine.Log(engine_pb2.LogRequest(severity=severity, message="look", urn="urn:x"), None)
    assert engine.log == [LogLine(word, "look", "urn:x") for word in kept]


def test_progress_that_is_overwritten_is_not_kept():
    engine = Engine()
    engine.Log(engine_pb2.LogRequest(severity=engine_pb2.INFO, message="50%", ephemeral=True), None)
    assert engine.log == []


def test_the_root_is_whoever_was_set():
    engine = Engine()
    assert engine.GetRootResource(None, None).urn == ""
    engine.SetRootResource(engine_pb2.SetRootResourceRequest(urn="urn:stack"), None)
    assert engine.GetRootResource(None, None).urn == "urn:stack"
