"""The report for programs, read again: what another machine previewed becomes a result, for any other format.

A file may come from whoever opened a pull request. It is data: it is bounded in size, held against the schema, and
nothing in it is believed but as text and numbers, which the other formats escape.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weighbridge.alerting.cost import AlertingCost
from weighbridge.errors import WrongInput
from weighbridge.files.problem import Problem
from weighbridge.preview.result import (
    AskedPolicy,
    Base,
    Before,
    Change,
    CostShare,
    CoverageCell,
    Effect,
    Flag,
    LimitChange,
    LocatedViolation,
    Location,
    NotJudged,
    Operation,
    PoolLine,
    PreviewResult,
    PreviewVerdict,
    PropertyChange,
    QuotaLine,
    RolloutStep,
    RolloutView,
    ShortLimit,
)
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.cost import Cost
from weighbridge.quota.ledger import ClaimedUse, Demand, LedgerRow, LimitState, OutsideUse, Use
from weighbridge.quota.prices import Commitment
from weighbridge.resources.values import Secret, Unknown, Value
from weighbridge.rules.violation import Excess

if TYPE_CHECKING:
    import jsonschema

MOST_BYTES = 5_000_000
_MOST_SHOWN = 200  # characters of what is wrong


class NotAReport(WrongInput):
    """A file is no report of a preview, or one of another version; the text says where and why."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """The part of a limit that a report has as one number."""

    stack: str
    steady: int
    peak: int


def read_reports(file: Path) -> Iterator[PreviewResult]:
    """What previews wrote: one as JSON, or several as lines of a file that ends in .jsonl. Raises `NotAReport`."""
    try:
        with file.open("rb") as opened:
            if file.suffix == ".jsonl":
                number = 0
                while line := opened.readline(MOST_BYTES + 1):
                    number += 1
                    yield _read(f"{file}:{number}", line)
            else:
                yield _read(str(file), opened.read(MOST_BYTES + 1))
    except OSError as error:
        raise NotAReport(f"{file}: it can't be read: {error.strerror}") from error


def _read(where: str, found: bytes) -> PreviewResult:
    if len(found) > MOST_BYTES:
        raise NotAReport(f"{where}: more than {MOST_BYTES:,} bytes, which no report needs")
    try:
        document = json.loads(found.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        what = "too deeply nested" if isinstance(error, RecursionError) else str(error)
        raise NotAReport(f"{where}: no JSON: {what[:_MOST_SHOWN]}") from error
    version = document.get("schema_version") if isinstance(document, dict) else None
    if not isinstance(version, str) or not version.startswith("2."):
        given = f"schema_version {json.dumps(version)[:40]}" if isinstance(document, dict) else "something else"
        raise NotAReport(
            f"{where}: no report of `weighbridge preview --format json`: expected an object with schema_version 2.x,"
            f" got {given}"
        )
    shortened = _without_known(document)
    wrong = next(_validator().iter_errors(shortened), None)
    if wrong is not None and shortened != document:  # so that the place is that in the file
        wrong = next(_validator().iter_errors(document), None)
    if wrong is not None:
        at = Problem(tuple(wrong.absolute_path), "").location or "the report"
        raise NotAReport(f"{where}: {at[:_MOST_SHOWN]}: {wrong.message[:_MOST_SHOWN]}")
    try:
        return _result(document)
    except (ValueError, ArithmeticError, KeyError, RecursionError) as error:
        raise NotAReport(f"{where}: {type(error).__name__}: {str(error)[:_MOST_SHOWN]}") from error


_CHANGE = frozenset(("operation", "urn", "type", "name", "parent", "delete_first", "note", "properties"))
_OPERATIONS = tuple(operation.value for operation in Operation)
_MOST_KNOWN = 20_000
_known: set[tuple[str, str]] = set()
"""Parts of a list that the schema has passed, with the list's name: of many stacks' reports most are alike."""


def _without_known(document: dict[str, Any]) -> dict[str, Any]:
    """The report without what needs no schema to be right: its time is most of reading a thousand reports."""
    shorter = dict(document)
    changes = document.get("changes")
    if isinstance(changes, list):
        shorter["changes"] = [change for change in changes if not _is_plain(change)]
    for name in ("coverage", "rules"):
        parts = document.get(name)
        if isinstance(parts, list):
            shorter[name] = [part for part in parts if not _is_known(name, part)]
    return shorter


def _is_plain(change: Any) -> bool:
    """Whether it is a change without properties, as the schema has it."""
    return (
        isinstance(change, dict)
        and change.keys() == _CHANGE
        and change["operation"] in _OPERATIONS
        and change["properties"] == []
        and change["delete_first"] is False
        and all(isinstance(change[name], str) for name in ("urn", "type", "name", "note"))
        and (change["parent"] is None or isinstance(change["parent"], str))
    )


def _is_known(name: str, part: Any) -> bool:
    key = (name, json.dumps(part, sort_keys=True))
    if key in _known:
        return True
    if len(_known) < _MOST_KNOWN and _validator(name).is_valid(part):
        _known.add(key)
        return True
    return False


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


@cache
def _schema() -> dict[str, Any]:
    text = resources.files("weighbridge.render.preview").joinpath("preview.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def _validator(part: str = "") -> jsonschema.Draft202012Validator:
    """Of a whole report, or of what stands in one of its lists."""
    import jsonschema

    of_part = {"$defs": _schema()["$defs"], **_schema()["properties"][part]["items"]} if part else _schema()
    return jsonschema.Draft202012Validator(of_part)


def _result(found: Mapping[str, Any]) -> PreviewResult:
    cost, alerting = found["cost"], (found["cost"] or {}).get("alerting")
    unread = tuple(found.get("not_known", ()))
    headlines = found.get("headlines")
    if headlines is None:
        headlines = [
            *({**flag, "operation": "delete"} for flag in found.get("deletes", ())),
            *({**flag, "operation": "replace"} for flag in found["replacements"]),
        ]
    return PreviewResult(
        stack=found["stack"],
        project=found["project"],
        region=found["region"],
        owner=found["owner"],
        production=found["production"],
        spec_file=found["spec_file"],
        at=datetime.fromisoformat(found["at"]),
        verdict=PreviewVerdict(found["verdict"]),
        rules=tuple(AskedPolicy(**rule) for rule in found["rules"]),
        violations=tuple(map(_violation, found["violations"])),
        guarded=found.get("guarded", True),
        changes=tuple(map(_change, found["changes"])),
        compared=found["compared"],
        with_state=found.get("with_state", found.get("base") is None and found["compared"]),
        base=_base(found["base"]) if found.get("base") else None,
        rollouts=tuple(filter(None, map(_rollout, found.get("rollouts", ())))),
        coverage=tuple(filter(None, map(_cell, found.get("coverage", ())))),
        pipelines=tuple((line["name"], line["node_pool"]) for line in found.get("pipelines", ())),
        flags=tuple(Flag(**{**flag, "operation": Operation(flag["operation"])}) for flag in headlines),
        quota=tuple(_quota(found["stack"], line) for line in found["quota"]),
        quota_untouched=found["quota_untouched"],
        pools=tuple(map(_pool, found["node_pools"])),
        cost=_cost(cost),
        cost_shares=tuple(map(_cost_share, found.get("cost_shares", ()))),
        alerting=_alerting(alerting),
        failure=NotJudged(**found["failure"]) if found["failure"] else None,
        unread=unread,
        notes=tuple(found["notes"])[len(unread) :],
    )


def _violation(found: Mapping[str, Any]) -> LocatedViolation:
    path, excess = found.get("path"), found.get("excess")
    return LocatedViolation(
        policy=found["policy"],
        level=found["level"],
        message=found["message"],
        urn=found["urn"],
        resource=found["resource"],
        location=Location(**found["location"]),
        path=None if path is None else tuple(path),
        holder=found.get("holder"),
        excess=None
        if excess is None
        else Excess(
            excess["demand"], excess["limit"], excess["unit"], _key(excess["quota"]) if excess["quota"] else None
        ),
    )


def _key(found: Mapping[str, Any]) -> QuotaKey:
    return QuotaKey(found["project"], found["region"], found["quota"], tuple(sorted(found["dimensions"].items())))


def _change(found: Mapping[str, Any]) -> Change:
    return Change(
        operation=Operation(found["operation"]),
        urn=found["urn"],
        type=found["type"],
        name=found["name"],
        properties=tuple(
            PropertyChange(
                changed["path"],
                _value(changed["old"]),
                _value(changed["new"]),
                Operation(changed["effect"]),
                recreates_nodes=changed["recreates_nodes"],
            )
            for changed in found["properties"]
        ),
        delete_first=found["delete_first"],
        note=found["note"],
        parent=found["parent"],
    )


def _value(found: Any) -> Value:
    match found:
        case {"unknown": True}:
            return Unknown()
        case {"secret": True}:
            return Secret("")
        case dict():
            return {name: _value(item) for name, item in found.items()}
        case list():
            return [_value(item) for item in found]
        case str() | int() | float() | None:  # true and false are int
            return found
    raise ValueError(f"{type(found).__name__} is nothing that JSON has")


def _quota(stack: str, found: Mapping[str, Any]) -> QuotaLine:
    key = _key(found)
    amounts = [*_sums(stack, found)]
    outside = tuple(OutsideUse(**use) for use in found.get("outside_uses", ()))
    if not outside and found["outside"]:
        outside = (OutsideUse("outside of the stacks", found["outside"], ""),)
    row = LedgerRow(
        key=key,
        display=found["display"],
        unit=found["unit"],
        limit=found["limit"],
        kept_free=found["kept_free"],
        outside=outside,
        uses=tuple(Use(part.stack, part.steady, part.peak, key, Demand()) for part in amounts),
        share_caps={},
        state=LimitState(found["state"]),
        claimed=tuple(map(_claimed, found.get("claimed", ()))),
    )
    before = found["peak_before"]
    return QuotaLine(
        row, found["steady"], found["peak"], None if before is None else Before(before, before), found["peak_during"]
    )


def _claimed(found: Mapping[str, Any]) -> ClaimedUse:
    until = found["until"]
    moment = None if until is None else datetime.fromisoformat(until)
    return ClaimedUse(found["stack"], found["holder"], found["amount"], moment)


def _sums(stack: str, found: Mapping[str, Any]) -> Iterator[_Sum]:
    if found["peak"] or found["steady"]:
        yield _Sum(stack, found["steady"], found["peak"])
    for other, peak in found["others"].items():
        yield _Sum(other, peak, peak)


def _pool(found: Mapping[str, Any]) -> PoolLine:
    priced_on = found.get("priced_on")
    return PoolLine(
        found["name"],
        found["machine_type"],
        found["accelerators"],
        found["provisioning"],
        found["least_nodes"],
        found["most_nodes"],
        found["peak_nodes"],
        _money(found.get("least_monthly")),
        _money(found.get("most_monthly")),
        None if priced_on is None else date.fromisoformat(priced_on),
        _money(found.get("expected_monthly")),
    )


def _cost_share(found: Mapping[str, Any]) -> CostShare:
    priced_on = found["priced_on"]
    return CostShare(
        found["name"],
        found["kind"],
        found["node_pool"],
        _money(found["least_monthly"]),
        _money(found["expected_monthly"]),
        _money(found["most_monthly"]),
        None if priced_on is None else date.fromisoformat(priced_on),
        found["assumed"],
    )


def _money(found: str | None) -> Decimal | None:
    return None if found is None else Decimal(found)


def _cost(found: Mapping[str, Any] | None) -> Cost | None:
    if found is None:
        return None
    return Cost(
        least=Decimal(found["least_monthly"]),
        most=Decimal(found["most_monthly"]),
        most_before=_money(found["most_monthly_before"]),
        budget=_money(found["budget_monthly"]),
        unpriced=tuple(found["unpriced"]),
        prices_of=None if found["prices_of"] is None else date.fromisoformat(found["prices_of"]),
        unpriced_before=tuple(found.get("unpriced_before", ())),
        commitments=tuple(
            Commitment(**{**one, "until": date.fromisoformat(one["until"])}) for one in found.get("commitments", ())
        ),
        idle=Decimal(found.get("idle_commitments_monthly", 0)),
        expected=_money(found.get("expected_monthly")),
    )


def _alerting(found: Mapping[str, Any] | None) -> AlertingCost | None:
    if found is None:
        return None
    day = date.fromisoformat(found["prices_of"])
    return AlertingCost(found["policies"], found["metric_references"], Decimal(found["monthly"]), day)


def _rollout(found: Mapping[str, Any] | None) -> RolloutView | None:
    if found is None:
        return None
    weights = found["weights"]
    steps = (
        RolloutStep(
            Decimal(step["weight"]),
            step["place"],
            None if step["began"] is None else datetime.fromisoformat(step["began"]),
            tuple(step["approved_by"]),
            step["reason"],
        )
        for step in found["steps"]
    )
    return RolloutView(
        found["endpoint"],
        tuple((version, Decimal(weights[version])) for version in found.get("versions", weights)),
        found["candidate"],
        tuple(steps),
        found["then"],
        tuple(found["blocks"]),
        found.get("rolled_back", False),
        found.get("hostname", ""),
        found.get("node_pool", ""),
    )


def _cell(found: Mapping[str, Any] | None) -> CoverageCell | None:
    return None if found is None else CoverageCell(**{**found, "signals": tuple(found["signals"])})


def _base(found: Mapping[str, Any]) -> Base:
    return Base(
        revision=found["revision"],
        verdict=PreviewVerdict(found["verdict"]),
        existed=found["existed"],
        blocked=found.get("blocked", 0),
        mended=tuple(map(_violation, found["mended"])),
        added=tuple(map(_violation, found["added"])),
        changes=tuple(map(_change, found["changes"])),
        limits=tuple(LimitChange(**change) for change in found["limits"]),
        cost=_cost(found.get("cost")),
        budget_before=_money(found["budget_monthly"]),
        rollouts=tuple((_rollout(pair["before"]), _rollout(pair["after"])) for pair in found["rollouts"]),
        cells=tuple((_cell(pair["before"]), _cell(pair["after"])) for pair in found["coverage"]),
        effects=tuple(map(_effect, found.get("effects", ()))),
    )


def _effect(found: Mapping[str, Any]) -> Effect:
    return Effect(found["stack"], found["holder"] or "", tuple(ShortLimit(**limit) for limit in found["short"]))
