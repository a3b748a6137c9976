"""When GKE may upgrade, as the API takes it: a first window and an RRULE that repeats it every week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from weighbridge.spec.cluster import Maintenance

FIRST_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
"""Windows count from a fixed day in the past, so that the same spec always gives the same inputs."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """A recurring window. Times in RFC 3339, UTC; `recurrence` as RFC 5545 has it."""

    start_time: str
    end_time: str
    recurrence: str


AVAILABLE_IN, LEAST_AVAILABLE = timedelta(days=32), timedelta(hours=48)
"""In any such span GKE wants at least so much. Source: GKE, "Maintenance windows and exclusions"."""


def least_available(maintenance: Maintenance) -> timedelta:
    """The least time for maintenance in any 32 days: that of four weeks, and of the four days with least of it."""
    week, days = timedelta(days=7), sorted({_DAYS.index(day) for day in maintenance.days})
    hours, minutes = (int(part) for part in maintenance.start.split(":"))
    starts = [timedelta(days=day, hours=hours, minutes=minutes) for day in days]
    rest = AVAILABLE_IN % week
    # The sum changes its slope only where a window begins or ends at an end of the span.
    edges = [edge for start in starts for edge in (start, start + maintenance.duration)]
    spans = [edge - shift for edge in edges for shift in (timedelta(), rest)]

    def available(begin: timedelta) -> timedelta:
        windows = [start + turn * week for start in starts for turn in range(-2, 3)]
        overlaps = (min(window + maintenance.duration, begin + rest) - max(window, begin) for window in windows)
        return sum((overlap for overlap in overlaps if overlap > timedelta()), timedelta())

    return len(days) * maintenance.duration * (AVAILABLE_IN // week) + min(map(available, spans))


def maintenance_window(maintenance: Maintenance) -> MaintenanceWindow:
    """The window of a checked spec. Its first start lies on the first of its days, as RFC 5545 asks for."""
    days = sorted({_DAYS.index(day) for day in maintenance.days})
    hours, minutes = (int(part) for part in maintenance.start.split(":"))
    start = FIRST_MONDAY + timedelta(days=days[0], hours=hours, minutes=minutes)
    return MaintenanceWindow(
        start_time=_rfc3339(start),
        end_time=_rfc3339(start + maintenance.duration),
        recurrence=f"FREQ=WEEKLY;BYDAY={','.join(_DAYS[day][:2].upper() for day in days)}",
    )


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
