"""What is wrong with a model's architecture beyond what its own keys say."""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.files.problem import KeyPath, Problem
from weighbridge.spec.model_architecture import Architecture


def architecture_problems(architecture: Architecture, at: KeyPath) -> Iterator[Problem]:
    """Everything, in no order; `at` is where it stands."""
    if architecture.experts is not None:
        for key in ("experts_per_token", "active_billions"):
            if getattr(architecture, key) is None:
                yield Problem(at, f"`experts` needs `{key}` beside it")
    active = architecture.active_billions
    if active is not None and active > architecture.parameters_billions:
        message = f"expected at most `parameters_billions`, {architecture.parameters_billions:g}, got {active:g}"
        yield Problem((*at, "active_billions"), message)
    per_token, experts = architecture.experts_per_token, architecture.experts
    if per_token is not None and (experts is None or per_token > experts):
        yield Problem((*at, "experts_per_token"), f"expected at most `experts`, {experts or 'which is missing'}")
