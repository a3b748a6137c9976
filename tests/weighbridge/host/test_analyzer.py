"""What a policy pack reports, changes, and how it fails."""

import pytest
from google.protobuf.struct_pb2 import Struct

from tests.support.processes import PATIENCE_SECONDS
from tests.support.programs import STACK, URN, by_name, failure, run, write
from weighbridge.host import HostError, Pack, Program, Timeouts, preview
from weighbridge.host.analyzer import _changed, _seconds
from weighbridge.host.wire import to_struct


def policy(kind, body, level="MANDATORY"):
    return f"""
def check(args, report):
    {body}
PolicyPack("p", policies=[{kind}("rule", "what it is for", check, EnforcementLevel.{level})])
"""


def test_violations_of_resources_and_of_the_stack_come_with_urn_and_level(tmp_path):
    outcome = run(
        tmp_path,
        'Thing("a")',
        policy("ResourceValidationPolicy", 'args.name == "a" and report("not this one")', "ADVISORY"),
    )
    (diagnostic,) = outcome.diagnostics
    assert (diagnostic.policy, diagnostic.pack, diagnostic.level, diagnostic.message) == (
        "rule",
        "p",
        "advisory",
        "not this one",
    )
    assert (diagnostic.description, diagnostic.urn) == ("what it is for", f"{URN}test:index:Thing::a")
    assert [(policy.name, policy.level, policy.kind) for policy in outcome.policies] == [
        ("rule", "advisory", "resource")
    ]
    outcome = run(tmp_path, 'Thing("a")', policy("StackValidationPolicy", 'report(f"{len(args.resources)} resources")'))
    (diagnostic,) = outcome.diagnostics
    assert (diagnostic.level, diagnostic.message, diagnostic.urn) == ("mandatory", "3 resources", STACK)


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ("import nothing_of_that_name", "did not start: it ended before it was ready"),
        ('print("hello")', "did not start: its first line was 'hello', not a port"),
        (policy("ResourceValidationPolicy", "1 / 0"), "failed in Analyze: division by zero"),
        (policy("StackValidationPolicy", "1 / 0"), "failed in AnalyzeStack: division by zero"),
        (policy("StackValidationPolicy", "import os; os._exit(1)"), "ended while it was asked (AnalyzeStack)"),
    ],
)
def test_a_pack_that_fails_admits_nothing(tmp_path, pack, reason):
    assert failure(tmp_path, 'Thing("a")', pack).reason == f"the policy pack pack {reason}"


def test_a_pack_that_hangs_is_given_up(tmp_path):
    """The time is enough to start: where it is not, as on a busy machine, more of it has to be."""
    for seconds in (2, 20, 200):
        pack = policy("StackValidationPolicy", "import threading; threading.Event().wait()")
        given = Timeouts(PATIENCE_SECONDS, seconds)
        reason = failure(tmp_path, 'Thing("a")', pack, timeouts=given).reason
        if "did not start" not in reason:
            break
    assert reason == f"the policy pack pack hangs: AnalyzeStack took more than {seconds} s"


def test_a_remediation_changes_what_is_planned(tmp_path):
    outcome = run(
        tmp_path,
        'Thing("a", size=1)',
        'PolicyPack("p", policies=[ResourceValidationPolicy("r", "d", '
        'remediate=lambda args: {**args.props, "size": 2} if args.name == "a" else None, '
        "enforcement_level=EnforcementLevel.REMEDIATE)])",
    )
    assert by_name(outcome)["a"].inputs == {"size": 2}


def test_a_folder_that_is_no_pack_says_so(tmp_path):
    folder = write(tmp_path / "program", "")
    with pytest.raises(HostError) as error:
        preview(Program(folder=folder, project="proj", stack="dev"), Pack(tmp_path))
    assert error.value.reason == f"{tmp_path} is no policy pack: it has no PulumiPolicy.yaml"
    with pytest.raises(HostError) as error:
        preview(Program(folder=folder, project="proj", stack="dev"), Pack(tmp_path / "polices"))
    assert error.value.reason == f"{tmp_path}/polices is no policy pack: there is no such folder"
    assert error.value.detail == "Name the folder of a pack, which holds its PulumiPolicy.yaml."


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", 0), ("90s", 90), ("1h30m", 5400), ("1.5m", 90), ("250ms", 0.25), ("3us", 3e-6), ("2µs", 2e-6), ("7ns", 7e-9)],
)
def test_a_timeout_is_read_as_go_writes_it(text, seconds):
    assert _seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, []),
        ({"a": 1, "b": 2}, {"a": 2, "c": 3}, ["a", "b", "c"]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ["a"]),
        ({"a": None}, {}, ["a"]),
    ],
)
def test_a_remediation_names_what_it_changed_added_and_took_away(before, after, expected):
    given: Struct = to_struct(before)
    assert _changed(given, to_struct(after)) == expected
