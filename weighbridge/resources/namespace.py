"""The namespace that an object comes to lie in: its own word, else its provider's, else that of the kubeconfig.

The kubeconfig may be a file's path, or the machine's own, which nobody reads here: then it isn't known.
"""

from __future__ import annotations

from collections.abc import Mapping

from weighbridge.files import yaml_text as yaml
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import unknown_at
from weighbridge.resources.values import Unknown, Value, bare, items, mapping, text_of

DEFAULT = "default"


def namespace_of(resource: HeldResource) -> str:
    """Where an object lies; where only a kubeconfig that can't be read decides, ``default``, as it says as a rule.

    Raises `CannotJudge` where the object's own word isn't known yet.
    """
    own = bare(mapping(resource.inputs.get("metadata")).get("namespace"))
    if isinstance(own, Unknown):
        raise unknown_at("metadata.namespace")
    return certain_namespace(resource) or DEFAULT


def certain_namespace(resource: HeldResource) -> str | None:
    """Where an object lies; None: that isn't known, so it may be anywhere."""
    provider = resource.provider_inputs or {}
    for given in (mapping(resource.inputs.get("metadata")).get("namespace"), provider.get("namespace")):
        own = bare(given)
        if isinstance(own, Unknown):
            return None
        if own not in (None, ""):
            return text_of(own)
    return _by_context(provider.get("kubeconfig"), provider.get("context"))


def _by_context(kubeconfig: Value, context: Value) -> str | None:
    """The namespace of a kubeconfig's context: the one that is named, else the current one."""
    named = bare(context)
    if isinstance(named, Unknown):
        return None
    config = _read(bare(kubeconfig))
    if config is None:
        return None
    current = text_of(named or config.get("current-context", ""))
    for entry in map(mapping, items(config.get("contexts"))):
        if text_of(entry.get("name", "")) == current:
            return text_of(mapping(entry.get("context")).get("namespace") or DEFAULT)
    return DEFAULT


def _read(kubeconfig: Value) -> Mapping[str, Value] | None:
    """None: it isn't known, or isn't the text of one."""
    found: object = kubeconfig
    if isinstance(kubeconfig, str):
        try:
            found = yaml.parse(str.__str__(kubeconfig)).value  # the text of a secret, too
        except yaml.NotYaml:
            return None
    return found if isinstance(found, Mapping) else None
