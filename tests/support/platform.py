"""What the components create of a spec; recorded once, as that takes a second, and shared: copy it before a change."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from unittest.mock import patch

from components.ml_platform import Platform
from tests.support.recording import Recording, held, record
from tests.support.specs import CATALOG
from weighbridge.resources.held_resource import HeldResource
from weighbridge.spec.root import Spec

_recorded: dict[tuple[str, bool, bool], Recording] = {}
"""By what the spec says, as a model can't be hashed, whether it is a preview, and whether there are alerts."""


def platform(spec: Spec, *, preview: bool = False, alerts: bool = True) -> Recording:
    """Everything that the platform of a spec registers.

    Without alerts, which are most of what there is, it takes a third of the time: for tests of other parts.
    """
    key = (spec.model_dump_json(), preview, alerts)
    if key not in _recorded:
        program = partial(Platform, spec.environment, spec, CATALOG)
        planned = nullcontext() if alerts else patch("components.ml_platform.plan_alerts", return_value=())
        with planned:
            _recorded[key] = record(program, spec.environment, preview=preview)
    return _recorded[key]


def platform_resources(spec: Spec, *, alerts: bool = True) -> tuple[HeldResource, ...]:
    """The same as a policy pack is shown it in a preview."""
    return tuple(held(platform(spec, preview=True, alerts=alerts)))
