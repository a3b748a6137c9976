"""What must be watched, and what is: the coverage matrix.

Each endpoint and pipeline has the cells of its kind and profile, some of them as advice only. A cell is watched by the
signals that name it, exempt for a while by the spec, or blind: then the reason is what the spec would have to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from weighbridge.signals.rows import CellRow, SignalRow, catalogue
from weighbridge.signals.subjects import Subject
from weighbridge.signals.watched import WatchedSignal
from weighbridge.spec.monitoring import SignalExemption

SHARED = "quota"
"""Kind of the subject whose signals count for every pipeline that draws on the quota."""


WATCH = "watch"
"""The need that a spec meets by saying what its data is compared with."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One requirement of one subject. Without `watched_by` and `exempt` it is blind, and `blind` says why."""

    subject: Subject
    name: str
    meaning: str
    required: bool
    """Else it is advice."""
    watched_by: tuple[WatchedSignal, ...]
    exempt: SignalExemption | None
    blind: str = ""

    @property
    def key(self) -> str:
        """As exemptions name it."""
        return f"{self.subject.kind}/{self.name}"


def coverage(
    subjects: Sequence[Subject], signals: Iterable[WatchedSignal], exemptions: Iterable[SignalExemption], today: date
) -> tuple[Cell, ...]:
    """The matrix, by subject and then by cell. An exemption counts until its day."""
    by_name: dict[str, list[WatchedSignal]] = {}
    for signal in signals:
        by_name.setdefault(signal.subject.name if signal.subject.kind != SHARED else SHARED, []).append(signal)
    held = {
        (exemption.of, exemption.cell.rpartition("/")[2]): exemption
        for exemption in exemptions
        if today < exemption.until
    }
    return tuple(
        _cell(subject, name, row, by_name, held)
        for subject in subjects
        for name, row in catalogue().cells_of(subject.kind, subject.profile).items()
    )


def _cell(
    subject: Subject,
    name: str,
    row: CellRow,
    signals: Mapping[str, Sequence[WatchedSignal]],
    exempt: Mapping[tuple[str, str], SignalExemption],
) -> Cell:
    near = (*signals.get(subject.name, ()), *signals.get(SHARED, ()))
    found = tuple(signal for signal in near if name in signal.row.cells)
    exemption = exempt.get((subject.name, name))
    required = subject.profile in row.required or WATCH in subject.meets
    blind = "" if found or exemption else _why(subject, name)
    return Cell(subject, name, row.means, required, found, exemption, blind)


def _why(subject: Subject, cell: str) -> str:
    """What the spec would have to say: for the signal that lacks least."""
    lacking = [tuple(_unmet(subject, row)) for row in _rows(subject, cell)]
    least = min(lacking, key=len, default=())
    needs = catalogue().needs
    return "; ".join(needs[need].say for need in least) or "nothing in the catalogue watches it"


def _rows(subject: Subject, cell: str) -> Iterator[SignalRow]:
    for kind in (subject.kind, SHARED):
        yield from (row for row in catalogue().signals if kind in row.kinds and cell in row.cells)


def _unmet(subject: Subject, row: SignalRow) -> Iterator[str]:
    # Of the shared quota a subject itself knows nothing: there `quota` is what is unmet.
    return (need for need in row.needs if need not in subject.meets)
