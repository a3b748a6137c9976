"""What a function of a provider answers that isn't called."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from weighbridge.host.functions import PLACEHOLDER, FunctionCall, answer, offline_answer
from weighbridge.host.outcome import HostError
from weighbridge.host.wire import properties, to_struct
from weighbridge.resources.values import Unknown

SECRET_TEXT = "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess"  # noqa: S105 - a function's name
PROJECT = "gcp:organizations/getProject:getProject"
CLIENT = "gcp:organizations/getClientConfig:getClientConfig"
POLICY = "gcp:organizations/getIAMPolicy:getIAMPolicy"
KUSTOMIZE, CHART, YAML = "kubernetes:kustomize:directory", "kubernetes:helm:template", "kubernetes:yaml:decode"


def answered(token: str, arguments: dict[str, Any], folder: Path = Path(), **settings: Any) -> Any:
    return properties(answer(FunctionCall(token, to_struct(arguments), settings, folder)))


def test_arguments_are_echoed_and_what_would_be_read_is_a_placeholder():
    arguments = to_struct({"secret": "pager", "project": "example-ml"})
    assert properties(offline_answer(SECRET_TEXT, arguments)) == {
        "secret": "pager",
        "project": "example-ml",
        "id": "[not read offline]",
        "name": "[not read offline]",
        "secretData": "[not read offline]",
    }
    assert properties(arguments) == {"secret": "pager", "project": "example-ml"}
    assert answered(SECRET_TEXT, {"secret": "pager"})["secretData"] == PLACEHOLDER


def test_no_other_function_has_an_answer():
    with pytest.raises(KeyError):
        offline_answer("gcp:compute/getZones:getZones", to_struct({}))
    with pytest.raises(HostError, match="which only the provider can answer"):
        answered("gcp:compute/getZones:getZones", {})


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [({"projectId": "p-1"}, {"project": "other"}), ({}, {"project": "p-1"}), ({"projectId": None}, {"project": "p-1"})],
)
def test_a_project_is_the_one_given_or_the_provider_s(arguments, settings):
    found = answered(PROJECT, arguments, **settings)
    assert (found["projectId"], found["id"], found["number"]) == ("p-1", "projects/p-1", PLACEHOLDER)


@pytest.mark.parametrize("settings", [{}, {"project": Unknown()}, {"project": ""}])
def test_a_project_that_nobody_names_is_no_guess(settings):
    with pytest.raises(HostError, match="set gcp:project in the stack's settings"):
        answered(PROJECT, {}, **settings)


def test_an_unknown_argument_has_no_answer():
    with pytest.raises(HostError, match="with a value that only a deployment knows"):
        answered(PROJECT, {"projectId": Unknown()})


def test_the_client_s_config_is_the_provider_s_settings():
    found = answered(CLIENT, {}, project="p-1", region="us-central1")
    assert [found[name] for name in ("project", "region", "zone", "accessToken")] == [
        "p-1",
        "us-central1",
        PLACEHOLDER,
        PLACEHOLDER,
    ]


def test_a_policy_is_the_json_of_its_bindings():
    bindings = [
        {"role": "roles/b", "members": ["user:z@x.com", "user:a@x.com"]},
        {"role": "roles/a", "members": ["allUsers"], "condition": {"title": "t", "expression": "true"}},
    ]
    audits = [
        {"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": ["user:a@x.com"]}]}
    ]
    found = answered(POLICY, {"bindings": bindings, "auditConfigs": audits})
    assert json.loads(found["policyData"]) == {
        "auditConfigs": [
            {
                "auditLogConfigs": [{"exemptedMembers": ["user:a@x.com"], "logType": "DATA_READ"}],
                "service": "allServices",
            }
        ],
        "bindings": [
            {"condition": {"expression": "true", "title": "t"}, "members": ["allUsers"], "role": "roles/a"},
            {"members": ["user:a@x.com", "user:z@x.com"], "role": "roles/b"},
        ],
    }
    assert json.loads(answered(POLICY, {})["policyData"]) == {"bindings": []}


def test_yaml_is_its_documents_as_kubernetes_reads_them():
    text = "a: 2026-01-01\n---\n# nothing\n---\nb: [1, true]\n"
    assert answered(YAML, {"text": text}) == {"result": [{"a": "2026-01-01"}, {"b": [1, True]}]}
    with pytest.raises(HostError, match="what is no YAML"):
        answered(YAML, {"text": "a: {"})


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """A program that prints its arguments and what it is given, as YAML, in place of the real ones."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    def make(name: str, body: str = 'printf "ran: \'%s\'\\n" "$*"') -> None:
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{file.parent}:/usr/bin:/bin")

    return make


def test_a_kustomization_here_is_rendered(tmp_path, tool):
    tool("kustomize")
    (tmp_path / "k").mkdir()
    (made,) = answered(KUSTOMIZE, {"directory": "k"}, tmp_path)["result"]
    assert made == {"ran": f"build {tmp_path / 'k'}"}
    tool("kustomize", "echo no such base >&2; exit 1")
    with pytest.raises(HostError, match="kustomize could not render 'k'") as failed:
        answered(KUSTOMIZE, {"directory": "k"}, tmp_path)
    assert failed.value.detail == "no such base\n"


def test_a_kustomization_elsewhere_or_without_a_tool_says_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(HostError, match="offline only a local one can be"):
        answered(KUSTOMIZE, {"directory": "https://github.com/a/b"}, tmp_path)
    (tmp_path / "k").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HostError, match="install one of them, or render it once"):
        answered(KUSTOMIZE, {"directory": "k"}, tmp_path)


def test_a_chart_here_is_rendered_with_its_values(tmp_path, tool):
    tool("helm", 'printf "ran: \'%s\'\\nvalues: " "$*"; cat')
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "Chart.yaml").write_text("name: c\n")
    options = {"path": "c", "release_name": "r", "namespace": "n", "values": {"a": 1}, "api_versions": ["batch/v1"]}
    (made,) = answered(CHART, {"jsonOpts": json.dumps(options)}, tmp_path)["result"]
    assert made["values"] == {"a": 1}
    assert made["ran"] == (
        f"template r {tmp_path / 'c'} --values - --namespace n --api-versions batch/v1 --skip-tests --include-crds"
    )


@pytest.mark.parametrize(
    "options", [{"path": "elsewhere"}, {"chart": "kueue", "fetch_opts": {"repo": "https://x"}}, {}]
)
def test_a_chart_elsewhere_says_what_to_do(options, tmp_path, tool):
    tool("helm")
    with pytest.raises(HostError, match=r"which stacks/quota\.yaml can allow"):
        answered(CHART, {"jsonOpts": json.dumps(options)}, tmp_path)
