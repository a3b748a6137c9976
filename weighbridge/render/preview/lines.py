"""Findings as comments at lines of a spec, worst first; the report has the rest."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from weighbridge.github import LineComment
from weighbridge.preview.result import LocatedViolation, PreviewResult
from weighbridge.render.markdown_text import code, with_code

_DIGITS = 16


def line_comments(results: Sequence[PreviewResult], folder: str = "") -> Sequence[LineComment]:
    """One for each finding: what blocks, then advice. `folder` is the project's, in the repository."""
    seen: Counter[str] = Counter()
    found = [(result, violation) for result in results for violation in result.blocking]
    found += [(result, violation) for result in results for violation in result.advice]
    return [_comment(result, violation, folder, seen) for result, violation in found]


def _comment(result: PreviewResult, violation: LocatedViolation, folder: str, seen: Counter[str]) -> LineComment:
    about = f"{folder}\n{result.stack}\n{violation.policy}\n{violation.resource or violation.path or ''}"
    seen[about] += 1
    key = hashlib.sha256(f"{about}\n{seen[about]}".encode()).hexdigest()[:_DIGITS]
    rule = next((rule for rule in result.rules if rule.name == violation.policy), None)
    level = "blocks" if violation.level == "mandatory" else "advice"
    lines = [with_code(line) for line in violation.message.splitlines()]
    if rule is not None and rule.help_uri.startswith("https://"):
        lines += ["", f"[What the policy is about, and how to mend it]({rule.help_uri.partition(')')[0]})"]
    body = "\n".join([f"**{code(violation.policy)}** ({level})", "", *lines])
    path = (PurePosixPath(folder) / violation.location.file).as_posix()
    return LineComment(key, path, violation.location.line, body)
