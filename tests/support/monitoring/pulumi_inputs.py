"""The API's JSON of what a Pulumi program registered, so that policies and dashboards are validated without a cloud.

Record the program as a preview: only then are the names of channels and policies unknown, as they are in truth.
"""

import json

from tests.support.monitoring.flaw import PLACEHOLDER
from weighbridge.resources.values import Unknown

RENAMED = {"notificationChannelStrategies": "notificationChannelStrategy"}
"""The only field of alert policies that Pulumi and the API name differently."""
PULUMIS_OWN = {"project", "deletionPolicy"}


class NotYetKnown(Exception):
    """The whole text of a dashboard is known only after the deployment, so nothing of it can be validated."""


def policy_of(inputs):
    """The AlertPolicy of the API. Names that are known only after the deployment become `PLACEHOLDER`."""
    return {name: _converted(value) for name, value in inputs.items() if name not in PULUMIS_OWN}


def dashboard_of(inputs):
    """The Dashboard of the API, its keys in the order of the text. Raises `NotYetKnown`, and ValueError for a key
    that stands twice."""
    text = inputs["dashboardJson"]
    if not isinstance(text, str):
        raise NotYetKnown(text)
    return json.loads(text, object_pairs_hook=_once)


def _converted(value):
    if isinstance(value, Unknown):
        return PLACEHOLDER
    if isinstance(value, dict):
        return {
            RENAMED.get(name, name): _converted(inner) for name, inner in value.items() if not name.startswith("__")
        }
    if isinstance(value, list):
        return [_converted(inner) for inner in value]
    return value


def _once(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError(f"a key stands twice: {sorted(name for name in names if names.count(name) > 1)}")
    return dict(pairs)
