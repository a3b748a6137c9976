"""Functions of providers that a preview can do without the cloud: pure ones, and reads that nothing planned depends on.

A pure one is computed, one about the provider's settings is answered from them, and a placeholder stands for every text
that would be read. A secret's text is such a read: it reaches a field that no policy judges, and nobody should need it
to preview a stack. The SDK checks the types of results, so none of them can be an unknown.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from google.protobuf.struct_pb2 import Struct

from weighbridge.host.outcome import HostError
from weighbridge.host.wire import properties, to_struct
from weighbridge.resources.values import Value, bare, has_unknown, items, mapping

PLACEHOLDER = "[not read offline]"
RENDER_SECONDS = 60

CLOUD_CALL = (
    "the program calls {token}, which only the provider can answer; offline the answer is not known. Pass the value "
    "as configuration or in the spec, or preview with the Pulumi CLI"
)
ANSWERED_OFFLINE: Mapping[str, tuple[str, ...]] = {
    "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess": ("id", "name", "secretData"),
}
"""Texts that are placeholders, by the function's token; its arguments are echoed."""


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One call: its arguments, the settings of the provider that it goes to, and where the program runs."""

    token: str
    arguments: Struct
    settings: Mapping[str, Value] = field(default_factory=dict)
    folder: Path = Path()

    @property
    def given(self) -> Mapping[str, Value]:
        """The arguments. Raises `HostError` where one is unknown."""
        found = properties(self.arguments)
        if has_unknown(found):
            raise HostError(
                f"the program calls {self.token} with a value that only a deployment knows: give it literally"
            )
        return found

    def setting(self, name: str) -> str | None:
        """A setting of the provider, None where it is not set or not known."""
        value = bare(self.settings.get(name))
        return value if isinstance(value, str) and value else None


def answer(call: FunctionCall) -> Struct:
    """What a function answers offline. Raises `HostError`, with what to do, where nobody knows."""
    if call.token in ANSWERED_OFFLINE:
        return offline_answer(call.token, call.arguments)
    computed = COMPUTED.get(call.token)
    if computed is None:
        raise HostError(CLOUD_CALL.format(token=call.token))
    return to_struct(computed(call))


def offline_answer(token: str, arguments: Struct) -> Any:
    """What a function answers that isn't called."""
    answer = Struct()
    answer.CopyFrom(arguments)
    for name in ANSWERED_OFFLINE[token]:
        answer.fields[name].string_value = PLACEHOLDER
    return answer


def _project(call: FunctionCall) -> dict[str, Value]:
    project = bare(call.given.get("projectId")) or call.setting("project")
    if not isinstance(project, str):
        raise HostError(
            f"the program calls {call.token} without a project, and its provider has none: give project_id, or set "
            "gcp:project in the stack's settings"
        )
    read: dict[str, Value] = dict.fromkeys(("name", "number", "orgId", "folderId", "billingAccount"), PLACEHOLDER)
    empty: dict[str, Value] = {
        "labels": {},
        "effectiveLabels": {},
        "pulumiLabels": {},
        "tags": {},
        "autoCreateNetwork": False,
    }
    return {**read, **empty, "id": f"projects/{project}", "projectId": project, "deletionPolicy": ""}


def _client_config(call: FunctionCall) -> dict[str, Value]:
    places = {name: call.setting(name) or PLACEHOLDER for name in ("project", "region", "zone")}
    return {**places, "accessToken": PLACEHOLDER, "defaultLabels": {}, "id": PLACEHOLDER}


def _iam_policy(call: FunctionCall) -> dict[str, Value]:
    """The JSON that the provider makes of the arguments: bindings by role, members sorted."""
    bindings = [
        {
            **({"condition": dict(mapping(binding["condition"]))} if mapping(binding.get("condition")) else {}),
            "members": sorted(str(bare(member)) for member in items(binding.get("members"))),
            "role": str(bare(binding.get("role"))),
        }
        for binding in map(mapping, items(call.given.get("bindings")))
    ]
    audits = [
        {
            "auditLogConfigs": [
                {
                    **(
                        {"exemptedMembers": list(items(log["exemptedMembers"]))}
                        if items(log.get("exemptedMembers"))
                        else {}
                    ),
                    "logType": str(bare(log.get("logType"))),
                }
                for log in map(mapping, items(audit.get("auditLogConfigs")))
            ],
            "service": str(bare(audit.get("service"))),
        }
        for audit in map(mapping, items(call.given.get("auditConfigs")))
    ]
    policy = {
        **({"auditConfigs": audits} if audits else {}),
        "bindings": sorted(bindings, key=lambda binding: str(binding["role"])),
    }
    text = json.dumps(policy, separators=(",", ":"), sort_keys=True)
    return {**call.given, "policyData": text, "id": PLACEHOLDER}


def _yaml(call: FunctionCall) -> dict[str, Value]:
    return {"result": _objects(call.token, str(bare(call.given.get("text")) or ""))}


def _kustomize(call: FunctionCall) -> dict[str, Value]:
    given = str(bare(call.given.get("directory")) or "")
    directory = call.folder / given
    if not directory.is_dir():
        raise HostError(
            f"the program renders the kustomization {given!r}, which is no folder here: offline only a local one can be"
        )
    tool = next((tool for tool in (("kustomize", "build"), ("kubectl", "kustomize")) if shutil.which(tool[0])), None)
    if tool is None:
        raise HostError(
            f"the program renders the kustomization {given!r}, and neither kustomize nor kubectl is installed here: "
            "install one of them, or render it once and give the file to kubernetes.yaml.ConfigFile"
        )
    return {"result": _objects(call.token, _rendered([*tool, str(directory)], call.folder, given))}


def _chart(call: FunctionCall) -> dict[str, Value]:
    """A chart that lies here, as Helm renders it; one from elsewhere would have to be fetched."""
    options = json.loads(str(bare(call.given.get("jsonOpts")) or "{}"))
    given = str(options.get("path") or options.get("chart") or "")
    if not (call.folder / given / "Chart.yaml").is_file() or shutil.which("helm") is None:
        raise HostError(
            f"the program renders the Helm chart {given!r}, which needs Helm and the chart in a folder here: fetch it "
            "with `helm pull --untar` and give its path; or render it once with `helm template` and give the file to "
            "kubernetes.yaml.ConfigFile; or install it with helm.v3.Release, which stacks/quota.yaml can allow"
        )
    command = ["helm", "template", str(options.get("release_name") or options.get("releaseName") or "release")]
    command += [str(call.folder / given), "--values", "-"]
    if options.get("namespace"):
        command += ["--namespace", str(options["namespace"])]
    for version in options.get("api_versions") or ():
        command += ["--api-versions", str(version)]
    if options.get("kube_version"):
        command += ["--kube-version", str(options["kube_version"])]
    if options.get("include_test_hook_resources") is not True:
        command.append("--skip-tests")
    if options.get("skip_crd_rendering") is not True:
        command.append("--include-crds")
    text = _rendered(command, call.folder, given, json.dumps(options.get("values") or {}))
    return {"result": _objects(call.token, text)}


def _rendered(command: Sequence[str], folder: Path, what: str, entered: str = "") -> str:
    try:
        ran = subprocess.run(
            command, cwd=folder, input=entered, capture_output=True, text=True, timeout=RENDER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HostError(f"{command[0]} could not render {what!r}: {error}") from error
    if ran.returncode:
        raise HostError(f"{command[0]} could not render {what!r}", ran.stderr)
    return ran.stdout


class _Loader(yaml.SafeLoader):
    """As Kubernetes reads YAML: a time is text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _objects(token: str, text: str) -> list[Value]:
    try:
        return [document for document in yaml.load_all(text, _Loader) if document]
    except yaml.YAMLError as error:
        raise HostError(f"the program calls {token} with what is no YAML", str(error)) from error


COMPUTED: Mapping[str, Callable[[FunctionCall], Mapping[str, Value]]] = {
    "gcp:organizations/getProject:getProject": _project,
    "gcp:organizations/getClientConfig:getClientConfig": _client_config,
    "gcp:organizations/getIAMPolicy:getIAMPolicy": _iam_policy,
    "kubernetes:yaml:decode": _yaml,
    "kubernetes:kustomize:directory": _kustomize,
    "kubernetes:helm:template": _chart,
}
"""Functions that are computed here, by token."""
