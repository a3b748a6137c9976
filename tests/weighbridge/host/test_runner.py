"""A program that fails says why, from its own first line on."""

import pytest

from tests.support.programs import URN, failure

DUPLICATE = (
    f"duplicate resource URN '{URN}test:index:Thing::a': two resources of this type and parent are both named 'a'; "
    "give one of them another name"
)
CLOUD = (
    "the program calls gcp:compute/getZones:getZones, which only the provider can answer; offline the answer is "
    "not known. Pass the value as configuration or in the spec, or preview with the Pulumi CLI"
)
REMOTE = (
    "the program uses the remote component remote:index:Thing, which only its plugin can build; offline its "
    "resources are not known. Use the component as a Python class, or preview with the Pulumi CLI"
)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ('raise ValueError("no such zone")', "ValueError: no such zone"),
        ('raise pulumi.RunError("say this")', "say this"),
        ('Thing("a", x=Thing("b", y=1).urn.apply(lambda _: 1 / 0))', "ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "the program called sys.exit(3)"),
        ("def broken(:", "SyntaxError: invalid syntax"),
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("import os; os._exit(9)", "the program ended with exit code 9 before it was finished"),
        ('Thing("a"); Thing("a")', DUPLICATE),
        ('pulumi.runtime.invoke("gcp:compute/getZones:getZones", {})', CLOUD),
        ('pulumi.ComponentResource("remote:index:Thing", "a", {}, None, True)', REMOTE),
    ],
)
def test_a_program_that_fails_says_why(tmp_path, program, reason):
    assert failure(tmp_path, program).reason == reason


def test_a_programs_traceback_begins_in_the_program(tmp_path):
    detail = failure(tmp_path, 'def f():\n    raise ValueError("x")\nf()').detail
    assert "__main__.py" in detail
    assert "runner.py" not in detail
