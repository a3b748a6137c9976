"""What is run, and what becomes of a program that fails."""

from __future__ import annotations

from tests.support.graphs import NODE_POOL
from tests.support.judged_previews import FITS, NOW, exported, pool
from weighbridge.host import HostError, Outcome
from weighbridge.preview import run
from weighbridge.preview.result import PreviewVerdict
from weighbridge.preview.started import Request
from weighbridge.resources.graph import Graph, Resource


def test_a_program_that_cannot_run_is_not_judged(tmp_path, preview, monkeypatch):
    def fail(*_: object) -> Outcome:
        raise HostError("the program ended", "\n".join(map(str, range(100))))

    preview(Outcome(FITS))
    monkeypatch.setattr(run, "run_host", fail)
    result = run.run_preview(Request("dev", tmp_path), NOW)
    assert (result.verdict, result.failure.reason) == (PreviewVerdict.COULD_NOT_JUDGE, "the program ended")
    assert result.failure.detail.splitlines()[0] == "40"


def test_sources_come_before_what_uses_them_however_they_were_registered():
    first = Resource("urn:b", NODE_POOL, "b", custom=True)
    second = Resource("urn:a", NODE_POOL, "a", custom=True, dependencies=("urn:b",))
    ordered = run._ordered(Graph("weighbridge", "dev", (second, first)))
    assert [resource.name for resource in ordered.resources] == ["b", "a"]


def test_the_host_is_given_what_exists(preview, tmp_path, monkeypatch):
    given: list[object] = []

    def host(*arguments: object) -> Outcome:
        given.append(arguments[-1])
        return Outcome(FITS)

    preview(Outcome(FITS))
    monkeypatch.setattr(run, "run_host", host)
    file = exported(tmp_path, pool(4, "old"))
    run.run_preview(Request("dev", tmp_path, file), NOW)
    run.run_preview(Request("dev", tmp_path), NOW)
    assert given == [{pool(4, "old").urn: pool(4, "old").inputs}, None]
