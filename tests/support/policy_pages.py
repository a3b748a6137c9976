"""The pages of docs/policies/, one for each rule: what it says of itself, and a violation of an example stack."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from textwrap import fill
from typing import Any, get_args

from tests.support.paths import ROOT, STACKS
from tests.support.platform import platform_resources
from tests.support.quota_demand import shared_by
from tests.support.specs import CATALOG, NOW, changed
from weighbridge.conventions import NODE_POOL_LABEL
from weighbridge.resources.held_resource import HeldResource, Surroundings
from weighbridge.rules import alert_hygiene, budget, canary_gate, monitoring_coverage
from weighbridge.rules.registry import RULES
from weighbridge.rules.rule import Kind, Rule
from weighbridge.rules.rule_input import Gate, RuleInput
from weighbridge.spec.root import SoftPolicy
from weighbridge.stacks.load import Folder, parse_spec, read_folder

FOLDER = ROOT / "docs" / "policies"
"""Where the page is that a rule's `help_uri` leads to."""

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Example:
    """One change of an example stack that the rule doesn't let pass: of its spec, or of what a program creates."""

    stack: str
    old: str = ""
    new: str = ""
    program: str = ""
    """In words, what the program does."""
    spoilt: Callable[[HeldResource], HeldResource | None] = lambda _: None
    """The resource as that program has it; None for those that it leaves alone."""
    gate: Gate | None = None
    """What is said of the ticket of an update."""


Inputs = dict[str, Any]


def _spoilt(kind: str, name: str, change: Callable[[Inputs], object]) -> Callable[[HeldResource], HeldResource | None]:
    """The one resource of a kind and a name, with other inputs."""

    def spoil(resource: HeldResource) -> HeldResource | None:
        if resource.type.rpartition(":")[2] != kind or resource.name != name:
            return None
        inputs = copy.deepcopy(dict(resource.inputs))
        change(inputs)
        return replace(resource, inputs=inputs)

    return spoil


def _weights(inputs: Inputs, *weights: int) -> None:
    for rule in inputs["spec"]["rules"]:
        if len(rule["backendRefs"]) == len(weights):
            for reference, weight in zip(rule["backendRefs"], weights, strict=True):
                reference["weight"] = weight


def _nominal(inputs: Inputs, resource: str, amount: str) -> None:
    for group in inputs["spec"]["resourceGroups"]:
        for quota in group["flavors"][0]["resources"]:
            if quota["name"] == resource:
                quota["nominalQuota"] = amount


def _instead(kind: str, type_: str, inputs: Inputs) -> Callable[[HeldResource], HeldResource | None]:
    """Another resource in the place of the first of a kind."""

    def replaced(resource: HeldResource) -> HeldResource | None:
        if resource.type.rpartition(":")[2] != kind:
            return None
        return replace(resource, type=type_, name=inputs["metadata"]["name"], inputs=inputs)

    return replaced


KUEUE = ("cluster:\n", "cluster:\n  kueue: true\n")
_queue_beside = _instead(
    "PodMonitoring",
    "kubernetes:kueue.x-k8s.io/v1beta2:LocalQueue",
    {"metadata": {"name": "serving", "namespace": "serving"}, "spec": {"clusterQueue": "serving"}},
)
_kueue_release = _instead(
    "PodMonitoring",
    "kubernetes:helm.sh/v3:Release",
    {"metadata": {"name": "kueue"}, "chart": "oci://registry.k8s.io/kueue/charts/kueue", "values": {}},
)
_ray_alone = _instead("PodMonitoring", "kubernetes:ray.io/v1:RayJob", {"metadata": {"name": "tune"}, "spec": {}})
TOO_MANY = Example("dev", "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 14}")
EXAMPLES: Mapping[str, Example] = {
    "shared-quota": TOO_MANY,
    "quota-claim": TOO_MANY,
    "admission": Example(
        "dev",
        program="is updated without a preview, where the quota file asks for tickets",
        gate=Gate(
            "dev may not be updated without a ticket, and .weighbridge/dev.ticket is none. Preview this commit "
            "and have it admitted: weighbridge admit dev."
        ),
    ),
    "canary-steps": Example(
        "prod",
        program="gives the candidate of `ranker` 25% of the requests",
        spoilt=_spoilt("HTTPRoute", "ranker", lambda inputs: _weights(inputs, 75, 25)),
    ),
    "canary-approval": Example("prod", "by: sre-oncall@example.com, at", "by: ml-platform@example.com, at"),
    "canary-gate": Example("prod", "      at: 10%", "      at: 50%"),
    "canary-capacity": Example(
        "prod",
        program="lets `ranker-v8` have 3 replicas",
        spoilt=_spoilt("HorizontalPodAutoscaler", "ranker-v8", lambda inputs: inputs["spec"].update(maxReplicas=3)),
    ),
    "cluster-security": Example(
        "prod", "  release_channel: regular\n", "  release_channel: regular\n  security: {network_policies: false}\n"
    ),
    "serving-continuity": Example("prod", "replicas: {min: 2, max: 4}", "replicas: {min: 1, max: 4}"),
    "placement": Example(
        "dev",
        program="wants nodes for `ranker-v8` that no pool has",
        spoilt=_spoilt(
            "Deployment",
            "ranker-v8",
            lambda inputs: inputs["spec"]["template"]["spec"].update(nodeSelector={NODE_POOL_LABEL: "serve-h100"}),
        ),
    ),
    "operators": Example(
        "dev",
        program="creates a RayJob `tune` on a cluster of which the spec names no operator",
        spoilt=_ray_alone,
    ),
    "queue-capacity": Example(
        "prod",
        *KUEUE,
        program="has `kueue: true`, and gives the cohort `train-a100` all eight GPUs of its pool",
        spoilt=_spoilt("Cohort", "prod-queues-train-a100", lambda inputs: _nominal(inputs, "nvidia.com/gpu", "8")),
    ),
    "queue-lending": Example(
        "prod",
        *KUEUE,
        program="has `kueue: true`, and says nothing of preemption for `ranker-training`",
        spoilt=_spoilt("ClusterQueue", "prod-queues-ranker-training", lambda inputs: inputs["spec"].pop("preemption")),
    ),
    "queue-flavors": Example(
        "prod",
        *KUEUE,
        program="has `kueue: true`, and leaves out the tolerations of the flavor `train-tpu`",
        spoilt=_spoilt("ResourceFlavor", "prod-queues-train-tpu", lambda inputs: inputs["spec"].pop("tolerations")),
    ),
    "queue-references": Example(
        "prod",
        *KUEUE,
        program="has `kueue: true`, and misspells the queue of `prototypes`",
        spoilt=_spoilt(
            "LocalQueue",
            "prod-queues-pipeline-prototypes-default",
            lambda inputs: inputs["spec"].update(clusterQueue="prototype"),
        ),
    ),
    "queue-bypass": Example(
        "dev",
        program="gives the namespace of `ranker` a LocalQueue `serving`, and leaves `ranker-v8` without its label",
        spoilt=_queue_beside,
    ),
    "queue-start": Example(
        "dev",
        program="installs Kueue's chart without a word on `waitForPodsReady`",
        spoilt=_kueue_release,
    ),
    "endpoint-security": Example("dev", "serving/triton:25.09", "serving/triton:latest"),
    "model-server": Example("dev", "gpu: 1, accepted", "gpu: 1, arguments: [--log-vebrose=1], accepted"),
    "monitoring-coverage": Example("prod", "      predictions: [score]\n", ""),
    "alert-hygiene": Example(
        "prod",
        program="has the alert `ranker-replicas-gone` without documentation",
        spoilt=_spoilt("AlertPolicy", "ranker-replicas-gone", lambda inputs: inputs.pop("documentation")),
    ),
    "budget": Example("staging", "monthly_usd: 4000, blocks: true", "monthly_usd: 1000, blocks: true"),
}


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    return {f"{rule.name}.md": page(rule) for rule in RULES}


def write() -> None:
    """Rewrites all of them; a rule that is no more has none."""
    FOLDER.mkdir(exist_ok=True)
    expected = pages()
    for file in FOLDER.glob("*.md"):
        if file.name not in expected:
            file.unlink()
    for name, text in expected.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def level(rule: Rule) -> str:
    """Whether it blocks, in words."""
    if rule.only_advises:
        return "advisory"
    if rule.name in get_args(SoftPolicy):
        return "mandatory, or advisory by the spec's `advisory`"
    if rule is budget.RULE:
        return "advisory, or mandatory by `budget: {blocks: true}`"
    return "as those that it stands in for" if rule is canary_gate.RULE else "mandatory"


def page(rule: Rule) -> str:
    """One page."""
    example = EXAMPLES[rule.name]
    text = (
        f"# {rule.name}\n\n{rule.description}\n\n"
        f"- **Stops:** {rule.stops}\n- **How to fix:** {rule.remediation}\n- **Level:** {level(rule)}.\n\n"
        f"## An example\n\n{_change(example)}\n\nThe violation:\n\n```text\n{_wrapped(violation(rule))}\n```\n\n"
    )
    return text + "All policies, and where they run: [Policies](../policies.md).\n"


def violation(rule: Rule) -> str:
    """What the rule says first of its example."""
    example = EXAMPLES[rule.name]
    file = STACKS / f"{example.stack}.yaml"
    text = file.read_text(encoding="utf-8")
    spec = parse_spec(changed(text, (example.old, example.new)) if example.old else text, file)
    folder = _folder()
    created = platform_resources(spec, alerts=rule in (alert_hygiene.RULE, monitoring_coverage.RULE))
    resources = tuple(example.spoilt(resource) or resource for resource in created)
    around = Surroundings.of(resources, folder.quota, CATALOG)
    shared = shared_by(example.stack, {**folder.specs, example.stack: spec}, folder.quota)
    asked = [resources] if rule.kind is Kind.STACK else [(resource,) for resource in resources]
    given = (RuleInput(spec.environment, some, around, shared, NOW, gate=example.gate) for some in asked)
    found = (found for one in given for found in _judged(rule, one))
    return next(found)


@cache
def _folder() -> Folder:
    return read_folder(STACKS)


def _wrapped(message: str) -> str:
    return "\n".join(fill(line, WIDTH, subsequent_indent="  ") for line in message.splitlines())


def _judged(rule: Rule, given: RuleInput) -> Iterator[str]:
    yield from (found.message for found in rule.violations(given))


def _change(example: Example) -> str:
    if example.program:
        return f"A program for the stack `{example.stack}` that {example.program}."
    lines = [(mark, line) for mark, text in (("-", example.old), ("+", example.new)) for line in _lines(example, text)]
    shown = "\n".join(f"{mark}{line}" for mark, line in lines)
    return f"In `stacks/{example.stack}.yaml`:\n\n```diff\n{shown}\n```"


def _lines(example: Example, text: str) -> list[str]:
    """The whole lines of the spec that a part of one stands in, as they are with it."""
    whole = (STACKS / f"{example.stack}.yaml").read_text(encoding="utf-8")
    start = whole.index(example.old)
    end = start + len(example.old)
    begin = whole.rfind("\n", 0, start) + 1
    rest = "" if example.old.endswith("\n") else whole[end:].partition("\n")[0]
    return f"{whole[begin:start]}{text}{rest}".splitlines()
