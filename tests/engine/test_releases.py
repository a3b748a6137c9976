"""A release and its way back under the real engine: the route never has weights that nobody approved."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.engine import offline
from tests.engine.bounded import Finished, end
from tests.engine.cloud import Hold
from tests.engine.engine import PACK, UP, RealEngine
from tests.engine.projects import edit, example, weighbridge

ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"
LEAD = ("--by", "lead-ranking@example.com", "--reason", "as good as v7")
NONE = {"ranker-v7": 100}
SPLIT = {step: {"ranker-v7": 100 - step, "ranker-v8": step} for step in (1, 10, 50)}
ALL = {"ranker-v8": 100}


def shares(inputs) -> dict[str, float]:
    """Per cent of ordinary requests by backend, by the route's last rule."""
    backends = inputs["spec"]["rules"][-1]["backendRefs"]
    total = sum(backend["weight"] for backend in backends)
    return {backend["name"]: 100 * backend["weight"] / total for backend in backends}


class Release:
    """The stack prod at 0%, and all shares that its route has had."""

    def __init__(self, pulumi: RealEngine, project: Path) -> None:
        self.pulumi, self.project = pulumi, project
        self.spec = project / "stacks" / "prod.yaml"
        text = re.sub(r"\n *accepted: .*", "", self.spec.read_text(encoding="utf-8"))
        text = re.sub(r"\n      approvals:\n(        - .*\n)+", "\n", text)
        text = text.replace("at: 10%", "at: 0%").replace("bake: 24h ", "bake: 1s ")
        self.spec.write_text(text, encoding="utf-8")

    def up(self, *flags: str) -> Finished:
        return self.pulumi.run(self.project, *(flags or UP), "--stack", "prod", *PACK)

    def deploy(self) -> dict[str, float]:
        done = self.up()
        assert done.code == 0, done.text
        return self.now()

    def now(self) -> dict[str, float]:
        (route,) = (found for found in self.pulumi.cloud.of_type(ROUTE) if found.inputs["metadata"]["name"] == "ranker")
        return shares(route.inputs)

    def history(self) -> list[dict[str, float]]:
        """What the route has given, each once, in order."""
        seen: list[dict[str, float]] = []
        for moment in self.pulumi.cloud.moments():
            for found in moment.values():
                if found.type == ROUTE and found.inputs["metadata"]["name"] == "ranker":
                    given = shares(found.inputs)
                    if not seen or seen[-1] != given:
                        seen.append(given)
        return seen

    def rollout(self, name: str, *arguments: str) -> Finished:
        return weighbridge(self.project, "rollout", name, "ranker", "-s", "prod", *arguments)

    def step(self) -> None:
        for name, arguments in (("approve", LEAD), ("advance", ())):
            done = self.rollout(name, *arguments)
            assert done.code == 0, done.text

    def refused(self, words: str, *flags: str) -> None:
        """It is refused, with a preview or without one, and the route stays as it is."""
        before = self.now()
        done = self.up(*flags)
        assert done.code != 0, done.text
        assert words in re.sub(r"\s+", " ", done.text)
        assert self.now() == before
        seen = offline.previewed(self.project, "prod", None)
        assert any(rule == "canary-approval" for rule, level, *_ in seen.findings if level == "mandatory")


@pytest.fixture
def release(pulumi, tmp_path) -> Release:
    project = example(tmp_path / "project")
    pulumi.init(project, "prod")
    made = Release(pulumi, project)
    assert made.up().code != 0, "nobody has accepted v7"
    assert not pulumi.cloud.of_type(ROUTE)
    done = made.rollout("accept", *LEAD)
    assert done.code == 0, done.text
    assert made.deploy() == NONE
    return made


def test_every_step_and_the_end_and_nothing_in_between(release):
    expected = [NONE]
    for step in (1, 10, 50):
        release.step()
        assert release.deploy() == SPLIT[step]
        expected.append(SPLIT[step])
    release.step()
    assert release.deploy() == ALL
    assert release.rollout("advance").code == 0
    assert release.deploy() == ALL
    assert release.history() == [*expected, ALL]


def test_an_edit_round_the_gates_changes_no_weight_and_no_pod(release):
    release.step()
    assert release.deploy() == SPLIT[1]
    right = release.spec.read_text(encoding="utf-8")
    for old, new, words in (
        ("at: 1%\n", "at: 50%\n", "ranker has reached 10%, which nobody approved"),
        ("ranker/v8", "ranker/v9", "isn't what was accepted"),
        ("ranker/v7", "ranker/v6", "isn't what was accepted"),
        ("as: stable, by: lead-ranking", "as: stable, by: stranger", "and who may for prod is"),
        ("hostname: ranker.example.com", "hostname: ranking.example.com", "isn't what was accepted"),
        (
            "bake: 1s ",
            "bake: 2s ",
            "was given for 1% 10% 50% 100% every 1s, and the rollout has 1% 10% 50% 100% every 2s now",
        ),
        ("steps: [1%, 10%, 50%, 100%]", "steps: [1%, 100%]", "and the rollout has 1% 100% every 1s now"),
        (", pace: 1% 10% 50% 100% every 1s", "", "doesn't say for which steps and bake time it was given"),
    ):
        edit(release.project, "prod", old, new)
        release.refused(words)
        if "at: 1%" in old:
            release.refused(words, "up", "--yes")
        release.spec.write_text(right, encoding="utf-8")
    assert release.history() == [NONE, SPLIT[1]]
    images = {
        json.dumps(found.inputs["spec"]["template"])
        for found in release.pulumi.cloud.of_type("kubernetes:apps/v1:Deployment")
    }
    assert not any("ranker/v9" in image or "ranker/v6" in image for image in images)
    assert release.deploy() == SPLIT[1]


PROGRAM = """
import pulumi

def changed(args):
    if args.type_ == "kubernetes:apps/v1:Deployment" and args.name == "ranker-v7":
        (container,) = args.props["spec"]["template"]["spec"]["containers"]
        container["env"].append({"name": "MODEL", "value": "other"})
    return pulumi.ResourceTransformationResult(args.props, args.opts)

pulumi.runtime.register_stack_transformation(changed)
"""
SECOND_ROUTE = """
import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

CustomResource(
    "second", api_version="gateway.networking.k8s.io/v1", kind="HTTPRoute",
    metadata={"name": "second", "namespace": "serving"},
    spec={"hostnames": ["ranker.example.com"], "rules": [{"backendRefs": [{"name": "other", "port": 80}]}]},
    opts=pulumi.ResourceOptions(parent=platform.endpoints["ranker"]),
)
"""


def test_a_program_that_changes_what_was_approved_changes_nothing_that_serves(release):
    file = release.project / "__main__.py"
    right = file.read_text(encoding="utf-8")
    file.write_text(PROGRAM + right, encoding="utf-8")
    release.refused("the Deployment ranker-v7 has spec.template.spec.containers[0].env[")
    file.write_text(right.replace("\ndeploy(", "\nplatform = deploy(") + SECOND_ROUTE, encoding="utf-8")
    release.refused("the HTTPRoute second has ranker.example.com, whose requests the route of ranker splits alone")
    assert [found.inputs["metadata"]["name"] for found in release.pulumi.cloud.of_type(ROUTE)] == ["ranker"]
    file.write_text(right, encoding="utf-8")
    assert release.deploy() == NONE


def test_a_host_name_that_is_kept_for_production_is_served_by_no_other_stack(pulumi, tmp_path):
    """In its spec, and by its program, even where production's own spec has given it up."""
    project = example(tmp_path / "project")
    pulumi.init(project, "dev")
    right = (project / "stacks" / "dev.yaml").read_text(encoding="utf-8")
    edit(project, "prod", "hostname: ranker.example.com", "hostname: ranking.example.com")
    edit(project, "dev", "hostname: ranker.dev.example.com", "hostname: ranker.example.com")
    done = pulumi.run(project, *UP, "--stack", "dev", *PACK)
    assert done.code != 0
    assert "ranker.example.com belongs to prod by stacks/quota.yaml: choose another" in " ".join(done.text.split())
    (project / "stacks" / "dev.yaml").write_text(right, encoding="utf-8")
    program = project / "__main__.py"
    program.write_text(
        program.read_text(encoding="utf-8").replace("\ndeploy(", "\nplatform = deploy(") + SECOND_ROUTE,
        encoding="utf-8",
    )
    done = pulumi.run(project, *UP, "--stack", "dev", *PACK)
    assert done.code != 0
    assert "the HTTPRoute second has ranker.example.com, which belongs to prod by" in " ".join(done.text.split())
    names = {found.inputs["metadata"]["name"] for found in pulumi.cloud.of_type(ROUTE)}
    assert "second" not in names


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_a_rollback_from_each_step_and_a_second_one(release, steps):
    reached = [*SPLIT.values(), ALL][:steps]
    for split in reached:
        release.step()
        assert release.deploy() == split
    assert release.rollout("rollback", "--reason", "p99 doubled").code == 0
    text = release.spec.read_text(encoding="utf-8")
    second = release.rollout("rollback", "--reason", "again")
    assert (second.code, release.spec.read_text(encoding="utf-8")) == (1, text)
    assert release.deploy() == NONE
    assert release.rollout("rollback", "--remove").code == 0
    assert release.deploy() == NONE
    assert release.history() == [NONE, *reached, NONE]


def test_a_crash_between_the_edit_and_the_deployment_leaves_the_weights_of_before(release):
    release.step()  # written, and the process that was to deploy it never came
    assert release.now() == NONE
    hold = release.pulumi.cloud.holds[ROUTE] = Hold()
    with release.pulumi.started(release.project, *UP, "--stack", "prod", *PACK) as process:
        assert hold.reached.wait(120), "the engine never came to the route"
        end(process)
    hold.released.set()
    del release.pulumi.cloud.holds[ROUTE]
    release.pulumi.must(release.project, "cancel", "--yes", "--stack", "prod")
    assert release.now() in (NONE, SPLIT[1])
    assert release.deploy() == SPLIT[1]
    assert release.history() == [NONE, SPLIT[1]]
