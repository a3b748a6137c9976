"""What the monitor remembers over a restart: the newest window's counts and those of the one before, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from weighbridge.drift_monitor.dependence import Dependence
from weighbridge.drift_monitor.log_lines import LineCounts
from weighbridge.drift_monitor.sampled_rows import SampledRows
from weighbridge.drift_monitor.summary import Summary
from weighbridge.drift_monitor.tally import Tally
from weighbridge.files.whole_file import write_whole
from weighbridge.units import FormatVersion

_STRICT = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_Count = Annotated[int, Field(strict=True, ge=0, le=2**53)]
_Key = Annotated[int, Field(strict=True, ge=0, lt=2**64)]
_Times = Annotated[float, Field(ge=1, allow_inf_nan=False)]


class _Tally(BaseModel):
    model_config = _STRICT

    counts: list[_Count]
    sums: list[Annotated[float, Field(allow_inf_nan=False)]]
    keys: list[_Key]
    folded: bool
    rows: _Count
    missing: _Count
    mistyped: _Count
    outside: _Count
    below: _Count
    above: _Count


class _Dependence(BaseModel):
    model_config = _STRICT

    factor: _Times
    spread: _Times


class _Lines(BaseModel):
    model_config = _STRICT

    requests: _Count
    other: _Count
    unreadable: _Count
    cut: _Count


class _Sampled(BaseModel):
    model_config = _STRICT

    rows: _Count
    untimed: _Count


class _Summary(BaseModel):
    model_config = _STRICT

    key: str
    name: str
    baseline: str
    rows: _Count
    modified: datetime
    tallies: dict[str, _Tally]
    vanished: list[str]
    dependences: dict[str, _Dependence]
    changed: datetime
    disagreements: list[str]
    lines: _Lines | None = None
    sampled: _Sampled | None = None


class _Memory(BaseModel):
    model_config = _STRICT

    version: FormatVersion
    newest: _Summary | None
    previous: _Summary | None


@dataclass(frozen=True, slots=True)
class Memory:
    """The newest window and the one before, as far as they are known."""

    newest: Summary | None = None
    previous: Summary | None = None


def read_memory(file: Path) -> Memory:
    """What was remembered; nothing if there is no file. Raises ValueError or OSError, with the reason."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Memory()
    try:
        read = _Memory.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}".lstrip(": ")) from None
    return Memory(_summary(read.newest), _summary(read.previous))


def write_memory(file: Path, memory: Memory) -> None:
    """Writes the file whole; its folder is made. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    plain = {"version": 1, "newest": _plain(memory.newest), "previous": _plain(memory.previous)}
    write_whole(file, json.dumps(plain, separators=(",", ":")) + "\n", 0o600)


def _summary(read: _Summary | None) -> Summary | None:
    if read is None:
        return None
    tallies = {
        column: Tally(
            **{
                **{name: getattr(tally, name) for name in _Tally.model_fields},
                "counts": np.array(tally.counts, np.int64),
                "sums": np.array(tally.sums, np.float64),
                "keys": np.array(tally.keys, np.uint64),
            }
        )
        for column, tally in read.tallies.items()
    }
    return Summary(
        **{
            **dict(read),
            "tallies": tallies,
            "vanished": tuple(read.vanished),
            "dependences": {name: Dependence(**dict(rows)) for name, rows in read.dependences.items()},
            "disagreements": tuple(read.disagreements),
            "lines": LineCounts(**dict(read.lines)) if read.lines is not None else None,
            "sampled": SampledRows(**dict(read.sampled)) if read.sampled is not None else None,
        }
    )


def _plain(summary: Summary | None) -> Mapping[str, Any] | None:
    if summary is None:
        return None
    names = ("key", "name", "baseline", "rows")
    tallies = {
        name: {field: _json(getattr(tally, field)) for field in _Tally.model_fields}
        for name, tally in summary.tallies.items()
    }
    return {
        **{name: getattr(summary, name) for name in names},
        "modified": summary.modified.isoformat(),
        "tallies": tallies,
        "vanished": list(summary.vanished),
        "dependences": {name: asdict(rows) for name, rows in summary.dependences.items()},
        "changed": summary.changed.isoformat(),
        "disagreements": list(summary.disagreements),
        "lines": asdict(summary.lines) if summary.lines is not None else None,
        "sampled": asdict(summary.sampled) if summary.sampled is not None else None,
    }


def _json(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    return np.nan_to_num(value).tolist() if value.dtype.kind == "f" else value.tolist()
