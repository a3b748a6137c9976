"""The violations as SARIF 2.1.0, with every field that GitHub's code scanning asks for."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from weighbridge import __version__
from weighbridge.files.yaml_text import Plain
from weighbridge.preview.result import AskedPolicy, LocatedViolation, Location, PreviewResult, PreviewVerdict

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
NOT_JUDGED = AskedPolicy(
    "could-not-judge",
    "The preview could not be judged, so nothing is admitted.",
    "mandatory",
    "Mend what the message names.",
)
DESTRUCTIVE = AskedPolicy(
    "destructive-change",
    "What serves or trains is deleted or replaced.",
    "advisory",
    "See that it is meant, and that its traffic and its runs are elsewhere first.",
)
MOST_TEXT = 1000  # characters; GitHub takes 1,024 of a rule's texts


def render(result: PreviewResult) -> str:
    """One run; only rules that found something are listed."""
    rules = {rule.name: rule for rule in result.rules}
    listed: list[AskedPolicy] = []
    results = []
    seen: Counter[str] = Counter()
    for violation in result.violations:
        rule = rules.get(violation.policy, AskedPolicy(violation.policy, violation.policy, violation.level))
        if rule not in listed:
            listed.append(rule)
        fingerprint = _fingerprint(seen, rule.name, violation.resource or result.stack)
        results.append(_result(listed.index(rule), rule, violation, fingerprint))
    for flag in result.flags:
        if DESTRUCTIVE not in listed:
            listed.append(DESTRUCTIVE)
        violation = LocatedViolation(
            DESTRUCTIVE.name, "advisory", flag.message, flag.urn, flag.name, Location(result.spec_file)
        )
        fingerprint = _fingerprint(seen, DESTRUCTIVE.name, flag.name)
        results.append(_result(listed.index(DESTRUCTIVE), DESTRUCTIVE, violation, fingerprint))
    if result.verdict is PreviewVerdict.COULD_NOT_JUDGE:
        listed.append(NOT_JUDGED)
        reason = result.failure.reason if result.failure else "no reason was given"
        violation = LocatedViolation(NOT_JUDGED.name, "mandatory", reason, "", "", Location(result.spec_file))
        fingerprint = _fingerprint(seen, NOT_JUDGED.name, result.stack)
        results.append(_result(len(listed) - 1, NOT_JUDGED, violation, fingerprint))
    run = {
        "tool": {
            "driver": {"name": "Weighbridge", "semanticVersion": __version__, "rules": [_rule(rule) for rule in listed]}
        },
        "automationDetails": {"id": f"weighbridge/{result.stack}/"},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _rule(rule: AskedPolicy) -> dict[str, Plain]:
    description = (rule.description or rule.name)[:MOST_TEXT]
    content: dict[str, Plain] = {
        "id": f"weighbridge/{rule.name}",
        "name": rule.name,
        "shortDescription": {"text": description},
        "fullDescription": {"text": description},
        "help": {"text": (rule.remediation or description)[:MOST_TEXT]},
        "defaultConfiguration": {"level": "error" if rule.level == "mandatory" else "warning"},
        "properties": {"tags": ["policy"]},
    }
    if rule.help_uri:
        content["helpUri"] = rule.help_uri
    return content


def _result(index: int, rule: AskedPolicy, violation: LocatedViolation, fingerprint: str) -> dict[str, Plain]:
    location = violation.location
    at: dict[str, Plain] = {
        "physicalLocation": {
            "artifactLocation": {"uri": location.file, "uriBaseId": "%SRCROOT%"},
            "region": {
                "startLine": location.line,
                "startColumn": location.column,
                "endLine": location.line,
                "endColumn": location.column + 1,
            },
        }
    }
    if violation.urn:
        at["logicalLocations"] = [{"fullyQualifiedName": violation.urn}]
    return {
        "ruleId": f"weighbridge/{rule.name}",
        "ruleIndex": index,
        "level": "error" if violation.level == "mandatory" else "warning",
        "message": {"text": violation.message},
        "locations": [at],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    }


def _fingerprint(seen: Counter[str], rule: str, name: str) -> str:
    """From rule and name, not from the message or the line: the same finding keeps it while numbers change."""
    digest = hashlib.sha256(f"{rule}\n{name}".encode()).hexdigest()[:16]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
