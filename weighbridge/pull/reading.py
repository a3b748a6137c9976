"""Everything that a pull reads, or all that kept it from being read: an answer in part is none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from weighbridge.catalog import Catalog
from weighbridge.cloud_api import machines, quotas, usage
from weighbridge.cloud_api.client import GoogleCloud, RefusedCall
from weighbridge.cloud_api.machines import FutureReservation, Instance, LiveReservation, SoldMachine
from weighbridge.cloud_api.quotas import Granted, QuotaPreference
from weighbridge.cloud_api.refusal import Lack, LackKind
from weighbridge.cloud_api.usage import MeasuredUse
from weighbridge.errors import NoVerdict
from weighbridge.prometheus import BadAnswer

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reading:
    """What Google Cloud says of one project, whole."""

    granted: Granted
    uses: Sequence[MeasuredUse]
    reservations: Sequence[LiveReservation]
    futures: Sequence[FutureReservation]
    instances: Sequence[Instance]
    sold: Mapping[str, Sequence[SoldMachine] | None]  # by zone; None: the project has no such zone
    preferences: Sequence[QuotaPreference]
    adjuster: bool | None  # whether the quota adjuster is on; None: it can't be told
    adjuster_unread: str = ""  # why


class Unread(NoVerdict):
    """Something could not be read, so nothing is changed. The message is the whole list, commands included."""

    prefix = ""


class Gathering:
    """Runs reads, notes what each of them lacks, and says all of it at once."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._lacks: dict[Lack, list[str]] = {}
        self._failures: dict[str, list[str]] = {}

    def read(self, what: str, ask: Callable[[], _T], instead: _T) -> _T:
        """What `ask` gives; `instead`, and a note of why, where it gives nothing."""
        try:
            return ask()
        except RefusedCall as refused:
            self._lacks.setdefault(refused.lack, []).append(what)
        except NoVerdict as failed:
            self._failures.setdefault(str(failed), []).append(what)
        return instead

    def end(self) -> None:
        """Raises `Unread` where anything is missing: permissions and APIs first, then what did not answer."""
        if not self._lacks and not self._failures:
            return
        lines = ["nothing was changed, as not everything could be read:"]
        commands: dict[str, None] = {}
        for lack, wanted in sorted(self._lacks.items(), key=lambda entry: list(LackKind).index(entry[0].kind)):
            lines.append(f"  {', '.join(dict.fromkeys(wanted))}: {lack.message}")
            if command := lack.command(self._project):
                commands[command] = None
        for failure, wanted in self._failures.items():
            lines.append(f"  {', '.join(dict.fromkeys(wanted))}: {failure}")
        if commands:
            lines += ["To mend it:", *(f"  {command}" for command in commands)]
        if any("MEMBER" in command for command in commands):
            lines.append("MEMBER is who runs this, such as user:you@example.com or serviceAccount:ci@…")
        raise Unread("\n".join(lines))


def read_project(
    cloud: GoogleCloud, project: str, zones: Iterable[str], catalog: Catalog, now: datetime,
    show: Callable[[str], None] | None = None,
) -> Reading:  # fmt: skip
    """Reads all that a quota file may have of a project. Raises `Unread`, with everything that is missing."""
    gathering = Gathering(project)

    def read(what: str, ask: Callable[[], _T], instead: _T) -> _T:
        if show is not None:
            show(f"reading {what}")
        return gathering.read(what, ask, instead)

    def listed(what: str, ask: Callable[[], Sequence[_T]]) -> Sequence[_T]:
        return read(what, ask, ())

    granted = read("limits", partial(_limits, cloud, project), Granted({}))
    preferences = listed("requests", partial(quotas.preferences, cloud, project))
    uses = [
        *listed("use (Monitoring)", partial(usage.allocation_use, cloud, project, now)),
        *listed("use (Compute Engine)", partial(usage.compute_use, cloud, project)),
    ]
    for metric, label in _families(catalog):
        uses += listed("use by family (Monitoring)", partial(usage.family_use, cloud, project, metric, label, now))
    reservations = listed("reservations", partial(machines.reservations, cloud, project))
    futures = listed("future reservations", partial(machines.future_reservations, cloud, project))
    instances = listed("VMs", partial(machines.instances, cloud, project))
    sold = {zone: read("machine types", partial(machines.sold_in, cloud, project, zone), None) for zone in zones}
    adjuster, why = _adjuster(cloud, project)
    gathering.end()
    return Reading(granted, uses, reservations, futures, instances, sold, preferences, adjuster, why)


def _limits(cloud: GoogleCloud, project: str) -> Granted:
    found = quotas.granted(cloud, project)
    if not found.infos:
        raise BadAnswer("the Cloud Quotas API lists no quota at all, which no project with Compute Engine has")
    return found


def _adjuster(cloud: GoogleCloud, project: str) -> tuple[bool | None, str]:
    """It only names what may happen, so that it keeps nothing else from being read."""
    try:
        return quotas.adjuster_is_on(cloud, project), ""
    except NoVerdict as failed:
        return None, str(failed)


def _families(catalog: Catalog) -> Collection[tuple[str, str]]:
    return dict.fromkeys(
        (row.metric, row.family_label)
        for row in catalog.quota_metrics.values()
        if row.surface == "family" and row.family_label is not None
    )
