"""The pack as Pulumi runs it: its protocol, and the ways around it that are closed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import grpc
import pulumi_policy
import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import policy

from policies import RULES
from policies.pack import Servicer
from tests.support.graphs import STACK, cluster, node_pool, resource
from tests.support.paths import ROOT
from tests.support.policy_pack import ADVISORY, DISABLED, RunningPack
from tests.support.processes import PATIENCE_SECONDS

THE_STACK = resource(STACK, "weighbridge-dev", {}, provider_inputs=None)
TOO_MANY = node_pool(autoscaling={"totalMaxNodeCount": 6.0})


def test_the_committed_pack_starts_and_prints_its_port_first():
    with RunningPack(ROOT / "policies") as pack:
        assert pack.first_line.strip().isdigit()
        info = pack.stub.GetAnalyzerInfo(_empty(), timeout=PATIENCE_SECONDS)
        assert info.name == "weighbridge"
        assert [policy.name for policy in info.policies] == [rule.name for rule in RULES]
        assert {policy.enforcementLevel for policy in info.policies} == {analyzer_pb2.MANDATORY}
        pack.start(dry_run=True)
        assert pack.analyze(THE_STACK) == []
        # dev's spec wants alerts that this stack doesn't have; outside production that is advice
        diagnostics = pack.analyze_stack([THE_STACK])
        assert {(diagnostic.policyName, diagnostic.enforcementLevel) for diagnostic in diagnostics} == {
            ("monitoring-coverage", ADVISORY)
        }


def test_the_sdk_is_the_one_that_the_servicer_was_written_for():
    version = (Path(pulumi_policy.__file__).parent / "version.py").read_text(encoding="utf-8")
    assert "1.21.0" in version, "policies/pack.py overrides private parts of pulumi_policy 1.21.0: read them again"
    overridden = [name for name in vars(Servicer) if name[0].isupper()]
    assert overridden == ["ConfigureStack", "Configure", "Remediate", "Analyze", "AnalyzeStack"]
    for name in overridden:
        parameters = list(inspect.signature(getattr(policy._PolicyAnalyzerServicer, name)).parameters)
        assert parameters == ["self", "request", "_context"], name
    source = inspect.getsource(policy.PolicyPack.__init__)
    assert "servicer = _PolicyAnalyzerServicer(" in source, "the server is made from the name that serve() replaces"


@pytest.mark.parametrize("level", [ADVISORY, DISABLED])
@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_configuration_may_not_weaken_a_rule(pack: RunningPack, rule: str, level: int):
    with pytest.raises(grpc.RpcError) as error:
        pack.configure(**{rule.replace("-", "_"): level})
    assert error.value.details() == (
        f"policy {rule} may not be set below mandatory: take it out of --policy-pack-config"
    )


def test_a_refused_configuration_changes_nothing(pack: RunningPack):
    with pytest.raises(grpc.RpcError):
        pack.configure(shared_quota=DISABLED)
    assert pack.preview(THE_STACK, cluster(), TOO_MANY) != []


@pytest.mark.parametrize("spoofed", ["true", "false"])
def test_the_engine_says_whether_it_is_a_preview_not_the_environment(start: Callable[..., RunningPack], spoofed: str):
    pack = start(PULUMI_DRY_RUN=spoofed, PULUMI_STACK="prod", PULUMI_CONFIG='{"a:b": "c"}')
    assert pack.create(THE_STACK, cluster(), TOO_MANY)[0] == [THE_STACK.name, "dev"]
    assert len(pack.preview(THE_STACK, cluster(), TOO_MANY)) == 1
    # PULUMI_STACK says prod, whose spec would then not be counted.
    assert "other stacks 4 (prod 4)" in pack.preview(THE_STACK, cluster(), TOO_MANY)[0]


def test_without_configure_stack_the_urn_names_the_stack_and_everything_is_judged(start: Callable[..., RunningPack]):
    pack = start()
    pack.configure()
    assert pack.analyze(THE_STACK) == pack.analyze(cluster()) == []
    assert len(pack.analyze(TOO_MANY)) == 1
    (found,) = pack.analyze_stack([THE_STACK, cluster(), TOO_MANY])
    assert "other stacks 4 (prod 4)" in found.message


def test_nothing_that_a_caller_sets_moves_a_pack_that_lies_in_a_project(tmp_path: Path):
    """The stack is one of this repository's, and the folder that the caller names has neither it nor a quota file."""
    (tmp_path / "Pulumi.yaml").write_text("name: weighbridge\nruntime: python\n")
    with RunningPack(ROOT / "policies", {"WEIGHBRIDGE_PROJECT": str(tmp_path), "PWD": str(tmp_path)}) as pack:
        pack.start(dry_run=True)
        assert {found.policyName for found in pack.analyze_stack([THE_STACK])} == {"monitoring-coverage"}


def test_a_pack_that_finds_no_project_admits_nothing(tmp_path: Path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "__main__.py").write_text((ROOT / "policies" / "__main__.py").read_text())
    with RunningPack(tmp_path / "policies", {"PWD": str(tmp_path)}) as pack:
        for dry_run in (True, False):
            pack.start(dry_run=dry_run)
            blocked = [*pack.analyze(TOO_MANY), *pack.analyze_stack([THE_STACK])]
            assert {found.policyName for found in blocked} >= {"shared-quota"}
            assert all(found.enforcementLevel == analyzer_pb2.MANDATORY for found in blocked)
            assert "this pack doesn't know where project weighbridge lies" in blocked[0].message


def test_a_new_run_forgets_the_one_before(pack: RunningPack):
    assert pack.create(THE_STACK, cluster(), TOO_MANY)[1] != []
    fits = node_pool(autoscaling={"totalMaxNodeCount": 5.0})
    assert pack.create(THE_STACK, cluster(), fits) == ([THE_STACK.name, "dev", "train"], [])
    assert pack.create(THE_STACK, cluster(), fits) == ([THE_STACK.name, "dev", "train"], [])
    assert pack.preview(THE_STACK, cluster(), fits) == []


OPEN_POD = resource("kubernetes:core/v1:Pod", "open", {"spec": {"hostPID": True}})
SAID = "open: hostPID lets its pods see those of others on the node: take it out"


def levels(pack: RunningPack, *resources) -> dict[str, int]:
    """Levels by message, of everything that a preview reports."""
    pack.start(dry_run=True)
    for held in resources:
        pack.analyze(held)
    return {
        diagnostic.message.partition("\n")[2]: diagnostic.enforcementLevel
        for diagnostic in pack.analyze_stack(resources)
    }


def test_a_policy_that_the_spec_makes_advisory_advises_and_the_others_block(
    start: Callable[..., RunningPack], stacks: Path
):
    pack = start()
    assert levels(pack, THE_STACK, OPEN_POD)[SAID] == analyzer_pb2.MANDATORY
    spec = stacks / "dev.yaml"
    spec.write_text(spec.read_text() + "advisory: [endpoint-security]\n")
    found = levels(pack, THE_STACK, cluster(), TOO_MANY, OPEN_POD)
    (over,) = (message for message in found if message.startswith("train: "))
    assert (found[SAID], found[over]) == (analyzer_pb2.ADVISORY, analyzer_pb2.MANDATORY)


def test_a_stack_without_a_good_spec_is_given_no_advice(start: Callable[..., RunningPack], stacks: Path):
    pack = start()
    spec = stacks / "dev.yaml"
    good = spec.read_text()
    spec.write_text(good + "advisory: [endpoint-security, wrong]\n")
    assert set(levels(pack, THE_STACK, OPEN_POD).values()) == {analyzer_pb2.MANDATORY}
    spec.unlink()
    assert levels(pack, THE_STACK, OPEN_POD)[SAID] == analyzer_pb2.MANDATORY


ADVISER = """
from datetime import UTC, datetime
from pathlib import Path

from weighbridge.files.project import Project
from weighbridge.policies.pack import serve
from weighbridge.rules.rule import Rule
from weighbridge.rules.violation import Violation


def judge(_given):
    yield Violation("placement", "first", level="advisory")
    yield Violation("placement", "second")
    yield Violation("placement", "both")
    yield Violation("placement", "both", level="advisory")


def guard(_given):
    yield Violation("shared-quota", "quota", level="advisory")


rules = [
    Rule("placement", "One.", "", "", judge),
    Rule("shared-quota", "Two.", "", "", guard, may_be_advisory=False),
]
stacks = Path({stacks!r})
project = Project(stacks.parent / "Pulumi.yaml", "weighbridge", "python", ".", stacks, stacks.parent, {{}})
serve(rules, lambda _project: project, lambda: datetime(2026, 11, 24, tzinfo=UTC))
"""


def test_a_finding_may_advise_by_itself_but_not_about_the_quota(stacks: Path, tmp_path: Path):
    (tmp_path / "adviser").mkdir()
    (tmp_path / "adviser" / "__main__.py").write_text(ADVISER.format(stacks=str(stacks)))
    with RunningPack(tmp_path / "adviser") as pack:
        pack.start(dry_run=True)
        found = [(diagnostic.message, diagnostic.enforcementLevel) for diagnostic in pack.analyze_stack([THE_STACK])]
    assert found == [
        ("One.\nfirst", analyzer_pb2.ADVISORY),
        ("One.\nsecond", analyzer_pb2.MANDATORY),
        ("One.\nboth", analyzer_pb2.MANDATORY),
        ("One.\nboth", analyzer_pb2.ADVISORY),
        ("Two.\nquota", analyzer_pb2.MANDATORY),
    ]


def test_nothing_is_printed_that_pulumi_would_show_as_a_message(start: Callable[..., RunningPack]):
    pack = start()
    pack.preview(THE_STACK, cluster(), TOO_MANY)
    pack.process.kill()
    out, errors = pack.process.communicate()
    assert (out, errors) == ("", "")


def _empty() -> object:
    from google.protobuf.empty_pb2 import Empty

    return Empty()
