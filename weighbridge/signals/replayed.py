"""Which alerts the windows of the past would have raised, and what thresholds would have let through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.drift_monitor.config import MonitorConfig
from weighbridge.drift_monitor.replay import Replayed
from weighbridge.signals.verdict import Breach, breaches, monitor_signals
from weighbridge.signals.watched import WatchedSignal
from weighbridge.spec.thresholds import Thresholds

_LOWERED = {
    **dict.fromkeys(
        ("feature_skew", "feature_drift", "prediction_skew", "prediction_drift", "label_skew", "label_drift"), 1e-12
    ),
    **dict.fromkeys(("test_data_skew", "test_data_drift"), 1e-12),
    **dict.fromkeys(("missing", "invalid", "drifted_share"), Decimal("1e-10")),
}
"""Thresholds of a window, as low as can be: what is above is all that chance doesn't explain."""


@dataclass(frozen=True, slots=True)
class JudgedWindow:
    """A window and the alerts that it would have raised, their hold times aside."""

    replayed: Replayed
    raised: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class SignalReplay:
    """One signal over all windows: `highest` is its largest value beyond what chance gives, of `subject`, and when."""

    signal: WatchedSignal
    threshold: str
    windows: int  # that would have raised it
    highest: float | None = None
    subject: str = ""
    window: str = ""


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What all windows would have raised, the oldest first, and each signal that a threshold of the spec decides."""

    config: MonitorConfig
    folder: str
    windows: tuple[JudgedWindow, ...]
    signals: tuple[SignalReplay, ...]

    @property
    def raising(self) -> int:
        """How many windows would have raised an alert."""
        return sum(1 for window in self.windows if window.raised)

    @property
    def unread(self) -> int:
        """How many windows could not be read."""
        return sum(1 for window in self.windows if window.replayed.snapshot is None)


def judge(config: MonitorConfig, folder: str, replayed: Iterable[Replayed]) -> ReplayResult:
    """Holds each window to the alerts of its monitor, at the time when its newest file was written."""
    windows: list[JudgedWindow] = []
    values: dict[str, list[tuple[float, str, str]]] = {}  # by signal: value, subject and window
    low = config.model_copy(update={"thresholds": config.thresholds.model_copy(update=_LOWERED)})
    for one in replayed:
        raised: tuple[Breach, ...] = ()
        if one.snapshot is not None:
            raised = breaches(one.snapshot, config, one.at)
            for breach in breaches(one.snapshot, low, one.at):
                values.setdefault(breach.signal, []).append((breach.value, breach.subject, one.name))
        windows.append(JudgedWindow(one, raised))
    return ReplayResult(config, folder, tuple(windows), _signals(config, windows, values))


def _signals(
    config: MonitorConfig, windows: list[JudgedWindow], values: dict[str, list[tuple[float, str, str]]]
) -> tuple[SignalReplay, ...]:
    found = []
    for signal in monitor_signals(config):
        name = signal.row.threshold.removeprefix("${").removesuffix("}")
        raising = sum(1 for window in windows if any(breach.signal == signal.row.id for breach in window.raised))
        if name in _LOWERED:
            highest = max(values.get(signal.row.id, []), default=None)
            found.append(SignalReplay(signal, _threshold(name, config.thresholds), raising, *(highest or ())))
        elif raising:
            found.append(SignalReplay(signal, "", raising))
    return tuple(found)


def _threshold(name: str, thresholds: Thresholds) -> str:
    value = getattr(thresholds, name)
    return f"{value}%" if isinstance(value, Decimal) else f"{value:g}"
