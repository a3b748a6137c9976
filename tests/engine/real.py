"""A preview by the real engine, read from its own report, its log of events, and what the pack wrote down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.engine.engine import RealEngine
from tests.engine.previewed import STACK_TYPE, Previewed, filled_in, plain, read_calls, without

PACK = "recording"
_REPLACING = ("create-replacement", "delete-replaced", "replace", "read-replacement", "import-replacement")
_OPTIONS = ("protect", "ignoreChanges", "replaceOnChanges", "retainOnDelete", "additionalSecretOutputs")


def previewed(engine: RealEngine, project: Path, stack: str, *arguments: str) -> Previewed:
    """Previews a project whose folder holds the recording pack."""
    log, events = project / PACK / "calls.jsonl", project / "events.jsonl"
    log.unlink(missing_ok=True)
    events.unlink(missing_ok=True)
    flags = ("--json", "--show-sames", "--show-replacement-steps", "--policy-pack", PACK, "--event-log", str(events))
    done = engine.run(project, "preview", "--stack", stack, *flags, *arguments, PULUMI_DEBUG_COMMANDS="true")
    report = _report(done.output)
    calls = read_calls(log)
    findings = frozenset(_findings(events))
    blocked = any(level == "mandatory" for _, level, _, _ in findings)
    judged = any(call.name == "AnalyzeStack" for call in calls)
    failed = "" if done.code == 0 or (blocked and judged) else _why(report, done.errors) or done.text
    steps = report.get("steps") or []
    states = [step["newState"] for step in steps if step.get("newState")]
    added = {state["urn"]: frozenset(filled_in(state.get("inputs") or {})) for state in states}
    return Previewed(
        failed=failed,
        resources={state["urn"]: _aspects(state, added[state["urn"]]) for state in states},
        operations=_operations(steps),
        calls=calls,
        findings=findings,
        filled_in=added,
    )


def _report(output: str) -> dict[str, Any]:
    start = output.find("{")
    try:
        return dict(json.JSONDecoder().raw_decode(output[start:])[0]) if start >= 0 else {}
    except ValueError:
        return {}


def _why(report: Mapping[str, Any], errors: str) -> str:
    messages = [entry["message"].strip() for entry in report.get("diagnostics") or () if entry["severity"] == "error"]
    return " / ".join(messages) or errors.strip()


def _aspects(state: Mapping[str, Any], added: frozenset[tuple[str, ...]]) -> dict[str, Any]:
    custom = state["custom"]
    dependencies = state.get("propertyDependencies") or {}
    provider = state.get("provider") or ""
    return {
        "type": state["type"],
        "custom": custom,
        "parent": state.get("parent"),
        "provider": provider.rpartition("::")[0] or None,
        "dependencies": sorted(set(state.get("dependencies") or ())),
        "propertyDependencies": {name: sorted(set(urns)) for name, urns in dependencies.items() if urns},
        "inputs": without(plain(state.get("inputs") or {}), added),
        **{name: state[name] for name in _OPTIONS if state.get(name)},
    }


def _operations(steps: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for step in steps:
        if step["urn"].split("::")[2] == STACK_TYPE:
            continue  # nothing exists behind it
        found.setdefault(step["urn"], []).append(step["op"])
    return {urn: _operation(kinds) for urn, kinds in found.items()}


def _operation(kinds: list[str]) -> str:
    if not any(kind in _REPLACING for kind in kinds):
        return " and ".join(dict.fromkeys(kinds))
    deleted, created = (
        kinds.index(kind) if kind in kinds else -1 for kind in ("delete-replaced", "create-replacement")
    )
    return "replace, delete first" if 0 <= deleted < created else "replace"


def _findings(events: Path) -> Iterable[tuple[str, str, str, str]]:
    for line in events.read_text(encoding="utf-8").splitlines() if events.is_file() else ():
        event = json.loads(line).get("policyEvent")
        if event:
            text = re.sub(r"<\{%.*?%\}>", "", event["message"])
            yield event["policyName"], event["enforcementLevel"], event.get("resourceUrn", ""), text.strip()
