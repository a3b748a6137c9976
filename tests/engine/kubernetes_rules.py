"""The Kubernetes provider before an API server that takes everything.

What replaces is the list of immutable fields that the provider (4.34) documents and the API enforces; everything else
is applied in place. A replacement deletes first where the program itself has named the object and the name stays.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.engine.properties import Properties, holds_unknown
from tests.engine.provider import Asked, Rules, autonamed

NAME_DIGITS = 8
AUTONAMED = "pulumi.com/autonamed"

_IMMUTABLE: Mapping[str, tuple[str, ...]] = {
    "core/v1:ConfigMap": ("data", "binaryData", "immutable"),
    "core/v1:Secret": ("type", "data", "stringData"),
    "core/v1:Service": ("spec.clusterIP",),
    "core/v1:PersistentVolumeClaim": ("spec",),
    "apps/v1:Deployment": ("spec.selector",),
    "apps/v1:StatefulSet": (
        "spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates",
    ),
    "batch/v1:Job": ("spec.selector", "spec.template", "spec.completions"),
    "rbac.authorization.k8s.io/v1:RoleBinding": ("roleRef",),
    "rbac.authorization.k8s.io/v1:ClusterRoleBinding": ("roleRef",),
}  # fmt: skip
_ALWAYS = ("apiVersion", "kind", "metadata.name", "metadata.namespace")


class Kubernetes(Rules):
    """Kubernetes objects."""

    package: ClassVar[str] = "kubernetes"
    version: ClassVar[str] = "4.34.2"

    def check(self, asked: Asked, inputs: Properties, old: Properties, seed: bytes) -> Properties:
        metadata = inputs.get("metadata", {})
        if isinstance(metadata, Mapping):
            metadata = dict(metadata)
            if "name" not in metadata and "generateName" not in metadata:
                before = old.get("metadata") or {}
                kept = before.get("name") if _is_autonamed(before) else None
                metadata["name"] = kept or autonamed(asked.name, seed, NAME_DIGITS)
                metadata["annotations"] = {**metadata.get("annotations", {}), AUTONAMED: "true"}
            if "namespace" in asked.settings and "namespace" not in metadata:
                metadata["namespace"] = asked.settings["namespace"]
            inputs = {**inputs, "metadata": metadata}
        if asked.type == "kubernetes:core/v1:Secret" and "stringData" in inputs and not holds_unknown(inputs):
            texts = inputs.pop("stringData")
            encoded = {name: base64.b64encode(str(text).encode()).decode() for name, text in texts.items()}
            inputs["data"] = {**inputs.get("data", {}), **encoded}
        return inputs

    def replaces(self, asked: Asked, path: tuple[str, ...]) -> bool:
        named = ".".join(path)
        immutable = (*_ALWAYS, *_IMMUTABLE.get(asked.type.removeprefix("kubernetes:"), ()))
        return any(named == field or named.startswith(f"{field}.") for field in immutable)

    def deletes_first(self, asked: Asked, old: Properties, new: Properties) -> bool:
        del asked
        before, after = old.get("metadata") or {}, new.get("metadata") or {}
        same = all(before.get(name) == after.get(name) for name in ("name", "namespace"))
        return same and bool(after.get("name")) and not _is_autonamed(after)

    def id_of(self, asked: Asked, inputs: Properties) -> str:
        metadata = inputs.get("metadata", {})
        return f"{asked.type}/{metadata.get('namespace', 'default')}/{metadata.get('name')}"

    def outputs(self, asked: Asked, inputs: Properties, id_: str | None) -> Properties:
        del asked
        if id_ is None:
            return dict(inputs)
        return {**inputs, "metadata": {**inputs.get("metadata", {}), "uid": f"uid of {id_}"}}


def _is_autonamed(metadata: Any) -> bool:
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    return isinstance(annotations, Mapping) and annotations.get(AUTONAMED) == "true"
