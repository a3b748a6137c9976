"""The Prometheus of the tests holds what is written to it."""

from __future__ import annotations

import shutil
from contextlib import ExitStack

import pytest
import requests

from tests.support import debian, prometheus
from tests.support.processes import PATIENCE_SECONDS

SERIES = """\
# TYPE requests counter
requests_total{version="v7"} 0 1795000000
requests_total{version="v7"} 600 1795000060
# EOF
"""


def test_a_server_answers_from_the_series_it_is_given():
    with ExitStack() as stack:
        url = prometheus.or_skip(lambda: stack.enter_context(prometheus.serving(SERIES)))
        asked: dict[str, str | int] = {"query": "requests_total", "time": 1795000060}
        found = requests.get(f"{url}/api/v1/query", asked, timeout=PATIENCE_SECONDS).json()["data"]["result"]

    assert found == [
        {"metric": {"__name__": "requests_total", "version": "v7"}, "value": [1795000060, "600"]},
    ]


def test_without_apt_get_the_reason_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(debian.Unavailable, match="there is no apt-get to take prometheus from"):
        debian.program("prometheus", "prometheus", tmp_path)


@pytest.mark.parametrize("holder", ["prometheus", "promtool", "another"])
def test_a_program_may_be_in_a_package_of_its_own(tmp_path, monkeypatch, holder):
    def unpack(package, cache):
        if package == holder:
            (cache / "promtool").touch()

    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(debian, "_unpack", unpack)
    if holder == "another":
        with pytest.raises(debian.Unavailable, match="packages prometheus and promtool have no promtool"):
            debian.program("promtool", "prometheus", tmp_path)
    else:
        assert debian.program("promtool", "prometheus", tmp_path) == tmp_path / "promtool"


def nothing() -> None:
    raise debian.Unavailable("no network")


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_what_is_missing_is_skipped_but_fails_in_ci(monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no Prometheus: no network"):
        prometheus.or_skip(nothing)
