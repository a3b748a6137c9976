"""Whatever a test makes a rule find is well formed: of that rule, and of a level that there is."""

from __future__ import annotations

import sys
from typing import get_args, get_type_hints

import pytest

from weighbridge.rules import shared_quota
from weighbridge.rules.violation import Violation
from weighbridge.spec.root import Spec

LEVELS = get_args(get_type_hints(Violation)["level"])


@pytest.fixture(autouse=True)
def _well_formed(request, monkeypatch):
    judge = getattr(request.module, "judge", None)
    rule = getattr(sys.modules.get(getattr(judge, "__module__", ""), None), "RULE", None)
    if judge is None or rule is None:
        return

    def checked(*given, **named):
        answer = judge(*given, **named)
        found = [*answer]
        for violation in found:
            assert violation.rule == rule.name
            assert violation.level in LEVELS
            assert violation.path is None or violation.path[0] in Spec.model_fields
            assert violation.urn or violation.path or rule is shared_quota.RULE, violation  # a limit is nobody's own
        return type(answer)(found) if isinstance(answer, list | tuple) else iter(found)

    monkeypatch.setattr(request.module, "judge", checked)
