"""A stack beside the same stack of another revision: two programs compared, with no state and no cloud.

The base runs in a folder of its own with its own specs and quota file, and is judged by the working tree's pack: a copy
of it lies in that folder, as a pack judges the project that it lies in.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from weighbridge.host.masking import Mask
from weighbridge.preview.result import (
    Base,
    Change,
    LimitChange,
    LocatedViolation,
    PreviewResult,
)
from weighbridge.preview.revision import Revision
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.ledger import Ledger, LedgerRow
from weighbridge.resources.graph import Graph

_Key = TypeVar("_Key")
_Shown = TypeVar("_Shown")

PACK = ".weighbridge-pack"
_NO_PACK = ("__pycache__", ".venv", "venv", "node_modules", ".git", ".mypy_cache", ".pytest_cache")


@dataclass(frozen=True, slots=True)
class BaseRun:
    """The base, run and judged; without a result where the stack wasn't there."""

    revision: Revision
    graph: Graph
    mask: Mask = field(default_factory=Mask, repr=False)
    result: PreviewResult | None = None
    ledger: Ledger | None = None


def prepare(root: Path, pack: Path) -> Path:
    """Makes a checked-out project ready to run; the folder of the pack that judges it."""
    if (root / "weighbridge" / "__init__.py").is_file():  # the package's own project: laid out as it is installed
        for name in ("components", "policies"):
            if (root / name).is_dir() and not (root / "weighbridge" / name).exists():
                (root / "weighbridge" / name).symlink_to(root / name, target_is_directory=True)
    if not pack.is_dir():
        return pack  # whoever runs it says what is wrong
    copy = root / PACK
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(pack, copy, ignore=shutil.ignore_patterns(*_NO_PACK))
    return copy


def compared_with(base: BaseRun, result: PreviewResult, ledger: Ledger, changes: Sequence[Change]) -> Base:
    """The difference from a base to a result that has everything but this."""
    before = base.result
    blocked = before.blocking if before is not None else ()
    return Base(
        revision=str(base.revision),
        verdict=before.verdict if before is not None else result.verdict,
        existed=before is not None,
        blocked=len(blocked),
        mended=_without(blocked, result.blocking),
        added=_without(result.blocking, blocked),
        changes=tuple(changes),
        limits=tuple(_limits(base.ledger, ledger, result.stack)) if base.ledger is not None else (),
        cost=before.cost if before is not None else None,
        budget_before=_budget(before),
        rollouts=_differing(
            {view.endpoint: view for view in (before.rollouts if before is not None else ())},
            {view.endpoint: view for view in result.rollouts},
        ),
        cells=_differing(
            {(cell.subject, cell.kind, cell.name): cell for cell in (before.coverage if before is not None else ())},
            {(cell.subject, cell.kind, cell.name): cell for cell in result.coverage},
        ),
    )


def _budget(result: PreviewResult | None) -> Decimal | None:
    return result.cost.budget if result is not None and result.cost is not None else None


def _without(found: Sequence[LocatedViolation], others: Sequence[LocatedViolation]) -> tuple[LocatedViolation, ...]:
    """Those that the others don't have: by rule and resource, as numbers in messages change."""
    known = {(violation.policy, violation.resource or violation.holder or violation.path) for violation in others}
    return tuple(
        violation
        for violation in found
        if (violation.policy, violation.resource or violation.holder or violation.path) not in known
    )


def _limits(before: Ledger, after: Ledger, stack: str) -> Iterator[LimitChange]:
    old, new = _rows(before), _rows(after)
    for key in dict.fromkeys([*new, *old]):
        one, other = old.get(key), new.get(key)
        row = other or one
        if row is None:
            continue
        for what, was, now in (
            ("limit", _limit(one), _limit(other)),
            ("kept free", one.kept_free if one else 0, other.kept_free if other else 0),
            ("outside", one.outside_amount if one else 0, other.outside_amount if other else 0),
            ("other stacks", _others(one, stack), _others(other, stack)),
        ):
            if was != now:
                yield LimitChange(row.display, what, was, now)


def _rows(ledger: Ledger) -> Mapping[QuotaKey, LedgerRow]:
    return {row.key: row for row in ledger.rows}


def _limit(row: LedgerRow | None) -> int | None:
    return row.limit if row is not None else None


def _others(row: LedgerRow | None, stack: str) -> int:
    return sum(use.peak for use in row.uses if use.stack != stack) if row is not None else 0


def _differing(
    before: Mapping[_Key, _Shown], after: Mapping[_Key, _Shown]
) -> tuple[tuple[_Shown | None, _Shown | None], ...]:
    pairs = ((before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after]))
    return tuple(pair for pair in pairs if pair[0] != pair[1])
