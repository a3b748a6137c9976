"""The conditions of alert policies: exactly one kind in each, and the bounds of every kind."""

import re

from tests.support.monitoring import filters
from tests.support.monitoring.flaw import Flaw, seconds
from tests.support.monitoring.promql_layer import own_metrics

KINDS = (
    "conditionPrometheusQueryLanguage",
    "conditionThreshold",
    "conditionAbsent",
    "conditionMatchedLog",
    "conditionSql",
    "conditionMonitoringQueryLanguage",
)
ALONE = {"conditionMatchedLog", "conditionMonitoringQueryLanguage"}
HOUR = 3600
LONGEST_ALIGNMENT = 90_000
_LABEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,2047}")


def kinds_of(condition):
    """The kinds that are given."""
    return [kind for kind in KINDS if kind in condition]


def flaws(where, condition):
    """What is wrong with one condition, its expression left out."""
    if "name" in condition:
        yield Flaw("semantic", f"{where}.name", "is Google's to write: leave it out")
    kinds = kinds_of(condition)
    if len(kinds) != 1:
        yield Flaw("semantic", where, f"exactly one kind of condition, not {' and '.join(kinds) or 'none'}")
    for kind in kinds:
        yield from _CHECKS.get(kind, _unsupported)(f"{where}.{kind}", condition[kind])


def aggregation_flaws(where, aggregation, longest=LONGEST_ALIGNMENT):
    """What is wrong with one aggregation, of a condition or of a chart."""
    aligner = aggregation.get("perSeriesAligner", "ALIGN_NONE")
    reducer = aggregation.get("crossSeriesReducer", "REDUCE_NONE")
    period = aggregation.get("alignmentPeriod")
    if aligner != "ALIGN_NONE" and period is None:
        yield Flaw("semantic", where, f"{aligner} needs an alignmentPeriod")
    if period is not None and not 60 <= seconds(period) <= longest:
        yield Flaw("semantic", f"{where}.alignmentPeriod", f"{period}: from 60s to {longest}s")
    if reducer != "REDUCE_NONE" and aligner == "ALIGN_NONE":
        yield Flaw("semantic", where, f"{reducer} needs a perSeriesAligner")
    if aggregation.get("groupByFields") and reducer == "REDUCE_NONE":
        yield Flaw("semantic", where, "groupByFields needs a crossSeriesReducer")


def _promql(where, condition):
    if not condition["query"].strip():
        yield Flaw("semantic", f"{where}.query", "empty")
    interval = seconds(condition.get("evaluationInterval", "30s"))
    if interval <= 0 or interval % 30:
        yield Flaw("semantic", f"{where}.evaluationInterval", f"{interval}s is no multiple of 30s above zero")
    rule, group = condition.get("alertRule"), condition.get("ruleGroup", "")
    if rule is not None and not _LABEL_NAME.fullmatch(rule):
        yield Flaw("semantic", f"{where}.alertRule", f"{rule!r} is no name of a Prometheus label")
    if len(group) > 2048:
        yield Flaw("semantic", f"{where}.ruleGroup", "more than 2048 characters")
    for label in condition.get("labels", {}):
        if not _LABEL_NAME.fullmatch(label):
            yield Flaw("semantic", f"{where}.labels", f"{label!r} is no name of a Prometheus label")
    own = own_metrics(condition["query"])
    if own and not condition.get("disableMetricValidation"):
        yield Flaw(
            "semantic",
            f"{where}.disableMetricValidation",
            f"needed: before the first sample of {own[0]} Google refuses the policy",
        )


def _threshold(where, condition):
    yield from filters.flaws(f"{where}.filter", condition["filter"])
    if condition.get("comparison") not in {"COMPARISON_GT", "COMPARISON_LT"}:
        yield Flaw("semantic", f"{where}.comparison", "only COMPARISON_GT and COMPARISON_LT work")
    duration = seconds(condition["duration"])
    if duration % 60:
        yield Flaw("semantic", f"{where}.duration", f"{duration}s is no multiple of 60s")
    if "evaluationMissingData" in condition and duration < 60:
        yield Flaw("semantic", f"{where}.evaluationMissingData", "needs a duration of at least 60s")
    if "denominatorFilter" in condition:
        yield from filters.flaws(f"{where}.denominatorFilter", condition["denominatorFilter"])
    if "denominatorAggregations" in condition and "denominatorFilter" not in condition:
        yield Flaw("semantic", f"{where}.denominatorAggregations", "needs a denominatorFilter")
    if "forecastOptions" in condition:
        horizon = seconds(condition["forecastOptions"]["forecastHorizon"])
        if not HOUR <= horizon <= 60 * HOUR:
            # The discovery document says 60 hours; a third party has seen 7 days. The narrower one is safe.
            yield Flaw("semantic", f"{where}.forecastOptions", f"{horizon}s: from 1 to 60 hours")
    yield from _series(where, condition)


def _absent(where, condition):
    yield from filters.flaws(f"{where}.filter", condition["filter"])
    duration = seconds(condition["duration"])
    if duration < 120 or duration % 60:
        yield Flaw("semantic", f"{where}.duration", f"{duration}s: a multiple of 60s from 120s up")
    yield from _series(where, condition)


def _series(where, condition):
    for name in ("aggregations", "denominatorAggregations"):
        for index, aggregation in enumerate(condition.get(name, [])):
            yield from aggregation_flaws(f"{where}.{name}[{index}]", aggregation)
    trigger = condition.get("trigger")
    if trigger is not None and len(trigger) != 1:
        yield Flaw("semantic", f"{where}.trigger", "exactly one of count and percent")
    elif trigger is not None and not 0 < next(iter(trigger.values())) <= (100 if "percent" in trigger else 2**31 - 1):
        yield Flaw("semantic", f"{where}.trigger", "above zero, and at most 100 percent")


def _log(where, condition):
    if not condition["filter"].strip():
        yield Flaw("semantic", f"{where}.filter", "empty")


def _unsupported(where, _):
    yield Flaw("semantic", where, "not supported: MQL ended on 2025-07-22, SQL conditions are in preview")


_CHECKS = {
    "conditionPrometheusQueryLanguage": _promql,
    "conditionThreshold": _threshold,
    "conditionAbsent": _absent,
    "conditionMatchedLog": _log,
}
