"""The policies as test cases in JUnit's XML."""

from __future__ import annotations

import re
from datetime import UTC
from xml.etree import ElementTree as ET

from weighbridge.preview.result import LocatedViolation, PreviewResult, PreviewVerdict
from weighbridge.render.preview.wording import not_known

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for."""


def render(result: PreviewResult) -> str:
    """One suite; one case for each policy, and one that fails when it could not be judged."""
    names = dict.fromkeys([rule.name for rule in result.rules] + [violation.policy for violation in result.violations])
    suite = ET.Element("testsuite", name=f"weighbridge {result.stack}")
    failures = 0
    classname = f"weighbridge.{result.stack}"
    completed = ET.SubElement(suite, "testcase", classname=classname, name="review completed", time="0.000")
    if result.verdict is PreviewVerdict.COULD_NOT_JUDGE:
        failures += 1
        reason = result.failure.reason if result.failure else "no reason was given"
        detail = result.failure.detail if result.failure else ""
        _fail(completed, "could not judge", reason, f"{reason}\n\n{detail}".strip())
    beside = [*(f"not known: {line}" for line in not_known(result)), *(flag.message for flag in result.flags)]
    if beside:
        ET.SubElement(completed, "system-out").text = _clean("\n\n".join(beside))
    for name in names:
        case = ET.SubElement(suite, "testcase", classname=classname, name=name, time="0.000")
        blocking = [violation for violation in result.blocking if violation.policy == name]
        if blocking:
            failures += 1
            _fail(case, "policy violation", blocking[0].message, "\n\n".join(map(_body, blocking)))
        advice = [violation for violation in result.advice if violation.policy == name]
        if advice:
            ET.SubElement(case, "system-out").text = _clean("\n\n".join(map(_body, advice)))
    counts = {"tests": str(len(names) + 1), "failures": str(failures), "errors": "0", "time": "0.000"}
    for attribute, value in counts.items():
        suite.set(attribute, value)
    suite.set("skipped", "0")
    suite.set("timestamp", result.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    root = ET.Element("testsuites", {"name": "weighbridge", **counts})
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _fail(case: ET.Element, kind: str, message: str, body: str) -> None:
    ET.SubElement(case, "failure", type=kind, message=_clean(message)).text = _clean(body)


def _body(violation: LocatedViolation) -> str:
    return f"{violation.location.file}:{violation.location.line}: {violation.message}"


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
