from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.integration import check
from tests.integration.check import Checked, judge, main, table
from tests.integration.client import Accepted, NotChecked, Rejected
from tests.integration.stack_objects import StackObject
from tests.support.debian import Unavailable
from tests.support.paths import ROOT

PS = shutil.which("ps")
GOOD = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "good", "namespace": "serving"}}
BAD = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "bad", "namespace": "serving"}, "daat": {}}
ODD = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "odd"}}


def test_the_table_shows_every_verdict_and_counts_them():
    results = [
        Checked(StackObject("dev", "Service", "serving/fraud", GOOD), Accepted()),
        Checked(StackObject("dev", "Endpoints", "old", GOOD), Accepted(("v1 Endpoints is deprecated",))),
        Checked(StackObject("prod", "HTTPRoute", "serving/fraud", BAD, ("spec.x",)), Rejected("spec.rules: Too many")),
        Checked(StackObject("prod", "Widget", "odd", ODD), NotChecked("no definition of it")),
        Checked(StackObject("prod", "Widget", "odder", ODD), NotChecked("no definition of it")),
    ]
    assert table(results).splitlines() == [
        "stack  kind       name           verdict",
        "dev    Service    serving/fraud  accepted",
        "dev    Endpoints  old            accepted",
        "    warning: v1 Endpoints is deprecated",
        "prod   HTTPRoute  serving/fraud  rejected",
        "    spec.rules: Too many",
        "    placeholders stood in for values not known yet: spec.x",
        "prod   Widget     odd            not checked",
        "prod   Widget     odder          not checked",
        "Not checked: 2 x Widget: no definition of it",
        "5 objects: 2 accepted, 1 rejected, 2 not checked",
    ]


def test_a_secret_that_the_server_repeats_is_not_shown(server):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "serving"}}
    secret |= {"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "hunter2"}}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "hunter2!", "namespace": "serving"}}
    objects = [StackObject("dev", str(manifest["kind"]), "s", manifest, secret=True) for manifest in (secret, account)]
    shown = table(judge(server, objects))
    assert "2 rejected" in shown
    assert "hunter2" not in shown
    assert (
        "the server's message is left out, for the object holds secrets; it named: metadata.name: FieldValueInvalid"
        in shown
    )
    assert "hunter2!" in server.apply(account).reason  # or the test would prove nothing


@pytest.mark.skipif(PS is None, reason="ps is not on the PATH")
def test_objects_from_a_file_are_judged_and_no_server_outlives_the_check(tmp_path, server):
    file = tmp_path / "dev.jsonl"
    file.write_text("\n".join(json.dumps(manifest) for manifest in (GOOD, BAD, ODD)))
    (tmp_path / "here").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.check", "--objects", str(file)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "here")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    misspelt = ".daat: field not declared in schema"
    assert done.stdout.splitlines() == [
        "stack  kind       name          verdict",
        "dev    ConfigMap  serving/good  accepted",
        "dev    ConfigMap  serving/bad   rejected",
        f"    failed to create typed patch object (serving/bad; /v1, Kind=ConfigMap): {misspelt}",
        "dev    Widget     odd           not checked",
        "Not checked: 1 x Widget: no definition of Widget in example.com is installed",
        "3 objects: 1 accepted, 1 rejected, 1 not checked",
    ]
    assert (done.returncode, done.stderr) == (1, "")
    assert list((tmp_path / "here").iterdir()) == []
    assert not [line for line in _command_lines() if str(tmp_path / "here") in line]


def _command_lines():
    return subprocess.run([str(PS), "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize(
    ("ci", "end"),
    [
        ("true", (1, "FAILED: no API server, so 1 objects are not checked.\nno etcd\n")),
        ("", (0, "SKIPPED: no API server, so 1 objects are not checked (a failure under CI).\nno etcd\n")),
    ],
)
def test_no_server_is_a_failure_in_ci_and_a_visible_skip_elsewhere(tmp_path, monkeypatch, capsys, ci, end):
    @contextmanager
    def missing():
        raise Unavailable("no etcd")
        yield

    file = tmp_path / "dev.jsonl"
    file.write_text(json.dumps(GOOD))
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(check, "api_server", missing)
    assert (main(["--objects", str(file)]), capsys.readouterr().out) == end


def test_no_object_proves_nothing(tmp_path, capsys):
    file = tmp_path / "dev.jsonl"
    file.touch()
    assert main(["--objects", str(file)]) == 1
    assert capsys.readouterr().out == "No Kubernetes object in the files: nothing is proved.\n"
