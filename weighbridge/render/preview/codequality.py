"""The violations as GitLab's code quality report, which it shows beside the lines of a merge request."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from weighbridge.files.yaml_text import Plain
from weighbridge.preview.result import LocatedViolation, Location, PreviewResult, PreviewVerdict

NOT_JUDGED, DESTRUCTIVE = "could-not-judge", "destructive-change"


def render(result: PreviewResult) -> str:
    """A list of findings; a fingerprint is of the rule and the resource, so that it stays while numbers change."""
    seen: Counter[str] = Counter()
    found = [*result.violations]
    for flag in result.flags:
        location = Location(result.spec_file)
        found.append(LocatedViolation(DESTRUCTIVE, "advisory", flag.message, flag.urn, flag.name, location))
    if result.verdict is PreviewVerdict.COULD_NOT_JUDGE:
        reason = result.failure.reason if result.failure else "no reason was given"
        found.append(LocatedViolation(NOT_JUDGED, "mandatory", reason, "", "", Location(result.spec_file)))
    listed = [_finding(violation, result.stack, seen) for violation in found]
    return json.dumps(listed, indent=1, ensure_ascii=False) + "\n"


def _finding(violation: LocatedViolation, stack: str, seen: Counter[str]) -> dict[str, Plain]:
    about = f"{stack}\n{violation.policy}\n{violation.resource or violation.path or ''}"
    seen[about] += 1
    return {
        "description": violation.message,
        "check_name": violation.policy,
        "fingerprint": hashlib.sha256(f"{about}\n{seen[about]}".encode()).hexdigest(),
        "severity": "blocker" if violation.level == "mandatory" else "minor",
        "location": {"path": violation.location.file, "lines": {"begin": violation.location.line}},
    }
