"""The PromQL of policies and dashboards: syntax, Google's dialect, and whether each metric exists."""

from datetime import timedelta

from tests.support.monitoring.filters import metric_type
from tests.support.monitoring.flaw import Flaw
from weighbridge.signals.dialect import promql_name
from weighbridge.signals.expression import NotPromQl, metrics_of
from weighbridge.signals.lint import lint
from weighbridge.signals.metric_facts import facts_of

_PROMETHEUS = "prometheus.googleapis.com/"


def flaws(where, query, hold_seconds, known):
    """What is wrong with one expression that must hold for so many seconds."""
    for finding in lint(query, timedelta(seconds=float(hold_seconds)), known):
        yield Flaw("syntax" if finding.rule == "syntax" else "lint", where, str(finding))
    try:
        names = metrics_of(query)
    except NotPromQl:
        return
    for name in names:
        if facts_of(name, known) is None:
            yield Flaw("catalogue", where, f"nothing writes the metric {name}")


def filtered_metric(where, text, known):
    """Whether the metric of a filter exists."""
    found = metric_type(text)
    if found is None:
        return
    name = found.removeprefix(_PROMETHEUS).rpartition("/")[0] if found.startswith(_PROMETHEUS) else promql_name(found)
    if name not in known:
        yield Flaw("catalogue", where, f"nothing writes the metric {found}")


def own_metrics(query):
    """The metrics that aren't Google's; empty for text that isn't PromQL."""
    try:
        names = metrics_of(query)
    except NotPromQl:
        return ()
    return tuple(name for name in names if "_googleapis_com:" not in name and not name.startswith("kubernetes_io:"))
