"""What an alert policy must have to help whoever is told: steps, an owner, a person at its end, a metric that exists.

Judged from the resources: every alert policy of the stack, whoever wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from weighbridge.alerting.channels import HUMAN_TYPES, OPSGENIE, reaches_person
from weighbridge.alerting.held_policies import Policy, policies_of
from weighbridge.catalog import Catalog
from weighbridge.resources.held_resource import HeldResource
from weighbridge.resources.inputs import CannotJudge, Inputs
from weighbridge.resources.values import mapping
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation
from weighbridge.signals.dialect import promql_name
from weighbridge.signals.emitters import known, known_of
from weighbridge.signals.expression import NotPromQl, metrics_of, normal
from weighbridge.signals.metric_facts import MetricFacts, facts_of
from weighbridge.signals.quota_words import quota_lists
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched
from weighbridge.spec.root import Spec

RULE = Rule(
    name="alert-hygiene",
    description="Every alert says what to do, who answers for it, and reaches a person when it pages.",
    stops="Alerts without steps or owner, pages that reach no person, duplicates, metrics that nothing exposes.",
    remediation="Do what the violation says; components.alerts does all of it.",
    judge=lambda given: judge(given.resources, given.spec, given.catalog),
)
PAGES = "CRITICAL"
_METRIC_TYPE = re.compile(r'metric\.type\s*=\s*"([^"]+)"')


def judge(resources: Sequence[HeldResource], spec: Spec | None, catalog: Catalog) -> list[Violation]:
    """What is wrong. `spec` is the stack's own; None: it has none, so only the catalogue's metrics are known."""
    metrics = known_of(spec) if spec is not None else known()
    quiet = _measured_only(spec, catalog) if spec is not None else frozenset()
    policies = tuple(policies_of(resources))
    found = [
        Violation(RULE.name, f"{policy.resource.name}: {message}", policy.resource.urn, holder=policy.resource.name)
        for policy in policies
        for message in _judge(policy, spec, metrics, quiet)
    ]
    return [*found, *_duplicates(policies)]


def _judge(
    policy: Policy, spec: Spec | None, metrics: Mapping[str, MetricFacts], quiet: frozenset[str]
) -> Iterator[str]:
    inputs = policy.resource.read
    try:
        documentation, labels = inputs.part("documentation"), inputs.part("userLabels")
        if documentation is None or not (documentation.text("content") or documentation.parts("links")):
            yield "whoever is told doesn't know what to do: write first steps into documentation.content, or a link"
        if labels is None or labels.text("owner") is None:
            yield "nobody answers for it: add userLabels.owner"
        queries = tuple(_queries(inputs))
        paging = inputs.text("severity") == PAGES and spec is not None and spec.production
        if paging and not {text for text, _ in policy.conditions} & quiet:
            yield from _unheard(policy)
    except CannotJudge as unclear:
        yield str(unclear)
        return
    for query in queries:
        yield from _unknown(query, metrics)


def _unheard(policy: Policy) -> Iterator[str]:
    if policy.foreign_channels:
        why = "it pages through a channel of another stack, so nobody can tell here whether a person is at its end"
        yield f"{why}: use one of `monitoring.notify`"
    elif not any(
        reaches_person(channel.inputs.get("type"), mapping(channel.inputs.get("userLabels")))
        for channel in policy.channels
    ):
        does = ", ".join(sorted((*HUMAN_TYPES, OPSGENIE)))
        kinds = ", ".join(sorted({str(channel.inputs.get("type")) for channel in policy.channels})) or "none"
        yield f"it pages, and no person is at the end of its channels ({kinds}): add one of {does}"


def _queries(inputs: Inputs) -> Iterator[str]:
    for condition in inputs.parts("conditions"):
        promql, threshold = condition.part("conditionPrometheusQueryLanguage"), condition.part("conditionThreshold")
        if promql is not None:
            yield promql.text("query") or ""
        elif threshold is not None:
            yield from (promql_name(name) for name in _METRIC_TYPE.findall(threshold.text("filter") or ""))


def _unknown(query: str, metrics: Mapping[str, MetricFacts]) -> Iterator[str]:
    try:
        names = metrics_of(query)
    except NotPromQl as wrong:
        yield f"its query is not PromQL, {wrong}"
        return
    for name in names:
        if facts_of(name, metrics) is None:
            why = f"it reads {name}, which nothing known exposes, so it would never fire"
            yield f"{why}: correct the name, or add the metric to an emitter of weighbridge/signals/catalogue.yaml"


def _duplicates(policies: Iterable[Policy]) -> Iterator[Violation]:
    first: dict[frozenset[tuple[str, str]], str] = {}
    for policy in policies:
        if not policy.conditions:
            continue
        name = policy.resource.name
        before = first.setdefault(policy.conditions, name)
        if before != name:
            message = f"{name}: it fires exactly when {before} does, so the same people are told twice: take one out"
            yield Violation(RULE.name, message, policy.resource.urn, holder=name)


def _measured_only(spec: Spec, catalog: Catalog) -> frozenset[str]:
    """Conditions of signals that are to tell nobody yet."""
    return frozenset(
        normal(condition.expression)
        for signal in watched(subject for subject in subjects(spec, quota_lists(spec, catalog)) if subject.measure_only)
        for condition in signal.conditions
        if condition.expression
    )
