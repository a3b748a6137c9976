"""The policies as test cases."""

from xml.etree import ElementTree as ET

from tests.support import results
from weighbridge.render.preview.junit import render


def test_junit_has_a_case_for_each_policy_and_one_for_the_review():
    (suite,) = ET.fromstring(render(results.blocked()))  # noqa: S314 - our own text
    assert [(case.get("name"), case.find("failure") is not None) for case in suite] == [
        ("review completed", False),
        ("shared-quota", True),
        ("advice", False),
    ]
    flagged = "serve-l4: nodeConfig.spot none → true replaces this accelerator pool."
    assert suite[0].findtext("system-out") == flagged
    (suite,) = ET.fromstring(render(results.blocked(unread=("x is encrypted",))))  # noqa: S314
    assert suite[0].findtext("system-out") == f"not known: x is encrypted\n\n{flagged}"
    broken = ET.fromstring(render(results.not_judged()))  # noqa: S314
    assert broken.get("failures") == "1"
