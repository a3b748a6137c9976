"""A text beside the words of a diagnostic: there for whom it is meant, unseen by everybody else."""

from __future__ import annotations

from google.protobuf.json_format import MessageToDict
from hypothesis import example, given
from hypothesis import strategies as st
from pulumi.runtime.proto.analyzer_pb2 import AnalyzeDiagnostic, AnalyzeResponse

from weighbridge.host.attachment import FIELD, attach, attached


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
@example("x" * 127)
@example("x" * 128)
@example("x" * 20_000)
def test_it_comes_over_the_wire_as_it_was(text):
    sent = AnalyzeResponse()
    attach(sent.diagnostics.add(message="m"), text)
    received = AnalyzeResponse.FromString(sent.SerializeToString())
    assert attached(received.diagnostics[0]) == text


def test_the_protocol_sees_nothing_of_it():
    diagnostic = AnalyzeDiagnostic(message="m", urn="u")
    before = MessageToDict(diagnostic)
    attach(diagnostic, "x" * 70_000)
    assert MessageToDict(diagnostic) == before
    assert FIELD not in AnalyzeDiagnostic.DESCRIPTOR.fields_by_number


def test_without_one_it_is_empty():
    assert attached(AnalyzeDiagnostic(message="m")) == ""
