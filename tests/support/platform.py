"""What the components create of a spec; recorded once, as that takes a second, and shared: copy it before a change."""

from __future__ import annotations

from functools import partial

from components.ml_platform import Platform
from tests.support.recording import Recording, held, record
from tests.support.specs import CATALOG
from weighbridge.resources.held_resource import HeldResource
from weighbridge.spec.root import Spec

_recorded: dict[tuple[str, bool], Recording] = {}
"""By what the spec says, as a model can't be hashed, and whether it is a preview."""


def platform(spec: Spec, *, preview: bool = False) -> Recording:
    """Everything that the platform of a spec registers."""
    key = (spec.model_dump_json(), preview)
    if key not in _recorded:
        program = partial(Platform, spec.environment, spec, CATALOG)
        _recorded[key] = record(program, spec.environment, preview=preview)
    return _recorded[key]


def platform_resources(spec: Spec) -> tuple[HeldResource, ...]:
    """The same as a policy pack is shown it in a preview."""
    return tuple(held(platform(spec, preview=True)))
