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
