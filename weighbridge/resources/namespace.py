"""The namespace that an object comes to lie in: its own word, else its provider's, else that of the kubeconfig.

The kubeconfig may be a file's path, or the machine's own, which nobody reads here: then it isn't known.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

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


def may_be_in(resource: HeldResource, namespace: str) -> bool:
    """Whether an object lies in a namespace, or nobody knows that it doesn't."""
    return certain_namespace(resource) in (namespace, None)


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
    found = _parsed(str.__str__(kubeconfig)) if isinstance(kubeconfig, str) else kubeconfig  # a secret's text, too
    return found if isinstance(found, Mapping) else None


@lru_cache(maxsize=8)
def _parsed(kubeconfig: str) -> object:
    """None: it is no YAML. Read once, as each object of a provider asks."""
    try:
        return yaml.parse(kubeconfig).value
    except yaml.NotYaml:
        return None
