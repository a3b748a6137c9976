"""The cases of every signal that is tried: of the full spec with the quota that it draws on, and of other specs."""

from __future__ import annotations

from functools import cache

from tests.support.specs import full
from weighbridge.catalog import load
from weighbridge.signals.cases import ConditionCases, cases_of_spec
from weighbridge.signals.quota_words import quota_lists
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import WatchedSignal, watched
from weighbridge.spec.root import Spec


def signals_of(spec: Spec) -> tuple[WatchedSignal, ...]:
    """All signals of a spec, of the quota that it draws on as well."""
    return watched(subjects(spec, quota_lists(spec, load())))


@cache
def all_cases() -> tuple[ConditionCases, ...]:
    """Those of the full spec."""
    spec = full()
    return tuple(cases_of_spec(spec, signals_of(spec)))
