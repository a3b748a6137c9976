"""Workflows of GitHub that a project starts with, and this repository's own: one text for both."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

ACTION = "YOUR_ORG/weighbridge@v1"
"""The action, as the texts name it: nobody can publish on GitHub under a name with an underscore, in place of you."""

NAMES = ("preview", "comment", "claims", "up", "rollout", "drift")


def workflows(action: str = ACTION) -> Mapping[str, str]:
    """The text of each workflow by the name of its file; `action` is where the action is, such as ``./``."""
    folder = resources.files("weighbridge.workflows")
    return {
        f"weighbridge-{name}.yml": (folder / f"{name}.yml").read_text(encoding="utf-8").replace(ACTION, action)
        for name in NAMES
    }
