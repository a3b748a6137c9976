"""Whether Google would take an alert policy or a dashboard, as far as that can be told offline.

The layers, in this order: the strict schema; where that finds nothing, the rules that Google states in words, the
grammar of filters, the normal form of dashboards; PromQL's syntax, Google's dialect, and the metrics that exist.
"""

from tests.support.monitoring import dashboard_semantic, discovery, normal_form, policy_semantic, promql_layer
from tests.support.monitoring.flaw import Flaw, walk


def problems_of_policy(policy, known, project=None):
    """What is wrong with an AlertPolicy of the API; `known` has the facts of every metric that something writes."""
    return [str(flaw) for flaw in flaws_of_policy(policy, known, project)]


def problems_of_dashboard(dashboard, known):
    """What is wrong with a Dashboard of the API; `known` has the facts of every metric that something writes."""
    return [str(flaw) for flaw in flaws_of_dashboard(dashboard, known)]


def flaws_of_policy(policy, known, project=None):
    """The same with the layer that found each."""
    return _schema(policy, *discovery.POLICY) or [
        *policy_semantic.flaws(policy, project),
        *_unspecified(policy),
        *_policy_expressions(policy, known),
    ]


def flaws_of_dashboard(dashboard, known):
    """The same with the layer that found each."""
    return _schema(dashboard, *discovery.DASHBOARD) or [
        *dashboard_semantic.flaws(dashboard),
        *normal_form.flaws(dashboard),
        *_dashboard_expressions(dashboard, known),
    ]


def _schema(given, document, root):
    errors = discovery.validator(document, root).iter_errors(given)
    return [
        Flaw("schema", error.json_path.removeprefix("$").removeprefix("."), error.message[:200]) for error in errors
    ]


def _unspecified(policy):
    for where, value in walk(policy):
        if isinstance(value, str) and value.endswith("_UNSPECIFIED") and where != "combiner":
            yield Flaw("semantic", where, f"{value} says nothing")


def _policy_expressions(policy, known):
    for where, value in walk(policy):
        last = where.rpartition(".")[2]
        if last == "conditionPrometheusQueryLanguage":
            hold = value.get("duration", "0s").removesuffix("s")
            yield from promql_layer.flaws(f"{where}.query", value["query"], hold, known)
        elif last in {"conditionThreshold", "conditionAbsent"}:
            for name in ("filter", "denominatorFilter"):
                yield from promql_layer.filtered_metric(f"{where}.{name}", value.get(name, ""), known)


def _dashboard_expressions(dashboard, known):
    for where, value in walk(dashboard):
        last = where.rpartition(".")[2]
        if last == "prometheusQuery":
            yield from promql_layer.flaws(where, value, 0, known)
        elif last == "filter" and "timeSeriesFilter" in where:
            yield from promql_layer.filtered_metric(where, value, known)
