"""The gcp provider: completes inputs, plans changes by the real provider's schema, and knows what Google fills in.

Delete before replace is the rule of pulumi-terraform-bridge (`nameRequiresDeleteBeforeReplace`, v3.120.0): a resource
whose name the provider would have made up, and which the program names itself, can't exist twice.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from tests.engine.cloud import Existing, RequestRefused
from tests.engine.properties import DEFAULTS, UNKNOWN, Properties, collapsed, is_unknown
from tests.engine.provider import Asked, Rules, autonamed, defaulted
from tests.engine.schema_table import Property, properties_of

CLUSTER, NODE_POOL = "gcp:container/cluster:Cluster", "gcp:container/nodePool:NodePool"
NAME_DIGITS = 7
OWN_LABEL = {"goog-pulumi-provisioned": "true"}

_NUMBERED = ("gcp:monitoring/alertPolicy:AlertPolicy", "gcp:monitoring/dashboard:Dashboard",
             "gcp:monitoring/notificationChannel:NotificationChannel")  # fmt: skip
"""What the cloud names itself: the same inputs may exist many times."""
_NAMES = ("name", "accountId", "sloId", "serviceId")
_PARTS_OF_POOL = ("projects", "locations", "clusters", "nodePools")
_PLACES = ("project", "location", "region", "zone", "cluster", "service")


class Gcp(Rules):
    """Google Cloud, as far as `provider_inputs.csv` goes; types that it doesn't list are refused."""

    package: ClassVar[str] = "gcp"
    version: ClassVar[str] = "10.2.0"

    def __init__(self) -> None:
        self._created = 0

    def check(self, asked: Asked, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        if properties_of(asked.type) is None:
            raise RequestRefused(f"{asked.type} is not emulated: add it to TYPES in tests/engine/schema_table.py")
        whole = _with_marks(asked.type, inputs, ())
        for path, value in _defaults_of(asked.type):
            *parents, name = path
            owner: Any = whole
            for parent in parents:
                owner = owner.get(parent) if isinstance(owner, dict) else None
            if isinstance(owner, dict) and name not in owner:
                owner[name] = value
                owner[DEFAULTS].append(name)
        if "name" not in whole and _takes_name(asked.type):
            kept = old["name"] if defaulted(old, "name") else None
            whole["name"] = kept or autonamed(asked.name, seed, NAME_DIGITS)
            whole[DEFAULTS].append("name")
        return whole

    def replaces(self, asked: Asked, path: tuple[str, ...]) -> bool:
        row = _row(asked.type, path)
        return row is not None and row.replaces

    def keeps(self, asked: Asked, path: tuple[str, ...]) -> bool:
        row = _row(asked.type, path)
        return row is not None and row.computed

    def deletes_first(self, asked: Asked, old: Properties, new: Properties) -> bool:
        del old
        return _takes_name(asked.type) and "name" in new and not defaulted(new, "name")

    def id_of(self, asked: Asked, inputs: Properties) -> str:
        kind = asked.type.rpartition(":")[2]
        if asked.type in _NUMBERED:
            self._created += 1
            return f"projects/{self._project(asked, inputs)}/{kind}/{self._created}"
        place = {"project": self._project(asked, inputs), **inputs}
        places = "/".join(f"{name}s/{str(place[name]).rpartition('/')[2]}" for name in _PLACES if name in place)
        for name in _NAMES:
            if name in inputs:
                return f"{places}/{kind}/{inputs[name]}"
        text = json.dumps(_without_marks(inputs), sort_keys=True)
        return f"{places}/{kind}/{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def imported(self, asked: Asked, id_: str) -> str:
        """A pool by ``PROJECT/LOCATION/CLUSTER/NAME``, the shortest form that the provider's documentation has."""
        parts = id_.split("/")
        if asked.type != NODE_POOL or len(parts) != len(_PARTS_OF_POOL):
            return id_
        return "/".join(f"{part}/{value}" for part, value in zip(_PARTS_OF_POOL, parts, strict=True))

    def outputs(self, asked: Asked, inputs: Properties, id_: str | None) -> Properties:
        whole: Properties = _without_marks(inputs)
        if id_ is None:
            whole = {name: collapsed(value) for name, value in whole.items()}
        rows = properties_of(asked.type) or {}
        if ("deletionPolicy",) in rows:
            whole.setdefault("deletionPolicy", "DELETE")
        if ("project",) in rows and "project" not in whole:
            whole["project"] = self._project(asked, inputs)
        if ("effectiveLabels",) in rows:
            given: Any = whole.get("labels", whole.get("resourceLabels", {}))
            labels = given if is_unknown(given) else {**given, **OWN_LABEL}
            whole |= {"effectiveLabels": labels, "pulumiLabels": labels}
        whole["id"] = UNKNOWN if id_ is None else id_
        for row in sorted((row for row in rows.values() if row.computed), key=lambda row: len(row.path)):
            *parents, name = row.path
            for owner in _objects(whole, parents):
                if name not in owner and (id_ is None or row.kind not in ("block", "map")):
                    owner[name] = UNKNOWN if id_ is None else _made_up(row, id_)
        if id_ is not None:
            _answer(asked.type, whole)
        return whole

    def may_delete(self, resource: Existing) -> None:
        if resource.type == CLUSTER and resource.inputs.get("deletionProtection") is True:
            raise RequestRefused(
                "Cannot destroy cluster because deletion_protection is set to true. Set it to false to proceed"
            )

    def sends(self, asked: Asked, old: Properties, new: Properties) -> Properties:
        """A changed TPU topology is planned as an update and never reaches the API (recorded with google-beta 7.45)."""
        if asked.type == NODE_POOL and isinstance(new.get("placementPolicy"), dict):
            before = old.get("placementPolicy") or {}
            return {**new, "placementPolicy": {**new["placementPolicy"], "tpuTopology": before.get("tpuTopology")}}
        return new

    def answer(self, token: str, arguments: Properties, settings: Mapping[str, Any]) -> Properties:
        match token:
            case "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess":
                return {**arguments, "id": "1", "name": "versions/1", "secretData": "https://chat.example.com/hook"}
            case "gcp:organizations/getProject:getProject":
                project = arguments.get("projectId") or settings.get("project", "")
                return {**arguments, "id": f"projects/{project}", "projectId": project, "number": "123456789012"}
        raise RequestRefused(f"{token} is not emulated")

    def _project(self, asked: Asked, inputs: Properties) -> str:
        return str(inputs.get("project") or asked.settings.get("project") or "no-project")


def _with_marks(type_: str, value: Any, path: tuple[str, ...]) -> Any:
    """Every object with its list of defaults, as the real provider gives them; a map with free keys has none."""
    if isinstance(value, Mapping):
        row = (properties_of(type_) or {}).get(path)
        inner = {name: _with_marks(type_, item, (*path, name)) for name, item in value.items() if name != DEFAULTS}
        return inner if row is not None and row.kind == "map" else {DEFAULTS: [], **inner}
    return [_with_marks(type_, item, path) for item in value] if isinstance(value, list) else value


def _without_marks(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_marks(item) for name, item in value.items() if name != DEFAULTS}
    return [_without_marks(item) for item in value] if isinstance(value, list) else value


def _row(type_: str, path: tuple[str, ...]) -> Property | None:
    """The row of a property, or of the map that it is an entry of."""
    rows = properties_of(type_) or {}
    inside = (rows.get(path[:length]) for length in range(1, len(path)))
    return next((row for row in inside if row is not None and row.kind == "map"), None) or rows.get(path)


def _objects(value: Any, path: list[str]) -> Iterator[dict[str, Any]]:
    """Every object at a path, in lists too."""
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, path)
    elif isinstance(value, dict):
        if not path:
            yield value
        elif path[0] in value:
            yield from _objects(value[path[0]], path[1:])


def _made_up(row: Property, id_: str) -> Any:
    match row.kind:
        case "number":
            return 1
        case "flag":
            return False
    return id_ if row.path[-1] in ("name", "selfLink") else f"{row.path[-1]} of {id_}"


def _answer(type_: str, outputs: Properties) -> None:
    """What programs go on with: addresses and the like that Google gives."""
    match type_:
        case "gcp:container/cluster:Cluster":
            for endpoint in _objects(outputs, ["controlPlaneEndpointsConfig", "dnsEndpointConfig"]):
                endpoint["endpoint"] = "gke-0a1b2c.us-central1.gke.goog"
        case "gcp:certificatemanager/dnsAuthorization:DnsAuthorization":
            record = {"name": f"_acme.{outputs['domain']}.", "type": "CNAME", "data": "0a1b.authorize."}
            outputs["dnsResourceRecords"] = [record]
        case "gcp:compute/address:Address" | "gcp:compute/globalAddress:GlobalAddress":
            outputs["address"] = "203.0.113.7"
        case "gcp:serviceaccount/account:Account":
            outputs["email"] = f"{outputs['accountId']}@{outputs.get('project')}.iam.gserviceaccount.com"
            outputs["member"] = f"serviceAccount:{outputs['email']}"


@cache
def _defaults_of(type_: str) -> tuple[tuple[tuple[str, ...], Any], ...]:
    with Path(__file__).with_name("provider_defaults.csv").open(encoding="utf-8", newline="") as rows:
        found = [row for row in csv.DictReader(rows) if row["type"] == type_]
    return tuple((tuple(row["path"].split(".")), json.loads(row["value"])) for row in found)


@cache
def _takes_name(type_: str) -> bool:
    """Whether a program may give the resource its name: those are the names that are made up where it doesn't."""
    row = (properties_of(type_) or {}).get(("name",))
    return row is not None and row.replaces
