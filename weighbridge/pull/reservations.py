"""Reservations as the file has them against those that there are, and those that are to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from weighbridge.catalog import LOCAL_SSD_DISK_GB, Catalog
from weighbridge.cloud_api.machines import FutureReservation, InstanceProperties, LiveReservation
from weighbridge.spec.quota_file import LONGEST_CALENDAR_DAYS, CalendarPeriod, HeldReservation, QuotaFile

HOLDING = frozenset({"READY", "CREATING", "UPDATING", "DELETING", ""})
"""States of a reservation in which it holds its machines."""

COMING = frozenset({"APPROVED", "COMMITTED", "PROCURING", "PROVISIONING", "PENDING_AMENDMENT_APPROVAL"})
"""States of one of the future in which Google has promised its machines, and has not delivered all of them."""

ASKED = frozenset({"PENDING_APPROVAL", "DRAFTING"})
CALENDAR = "CALENDAR"


@dataclass(frozen=True, slots=True)
class PulledReservations:
    """The reservations as they should be, those that can't be written as machines, and those only asked for."""

    entries: tuple[HeldReservation, ...]
    uncounted: tuple[str, ...]
    asked: tuple[str, ...]


def pull_reservations(
    quota: QuotaFile, reservations: Sequence[LiveReservation], futures: Sequence[FutureReservation], catalog: Catalog
) -> PulledReservations:
    """Entries of other projects stay as they are: a project lists only its own."""
    known = {(entry.name, entry.zone): entry for entry in quota.reservations if entry.project in (None, quota.project)}
    uncounted: list[str] = []
    found: dict[tuple[str, str], HeldReservation] = {}
    periods = _periods(futures)
    for reservation in reservations:
        if reservation.status not in HOLDING:
            continue
        made = _entry(reservation, periods.get((reservation.name, reservation.zone_name)), catalog)
        if made is None:
            uncounted.append(f"reservation {reservation.name} in {reservation.zone_name}")
        else:
            found[made.name, made.zone] = made
    for made in _coming(futures, found, uncounted, catalog):
        found[made.name, made.zone] = made
    entries: list[HeldReservation] = []
    for entry in quota.reservations:
        if entry.project not in (None, quota.project):
            entries.append(entry)
        elif (now := found.get((entry.name, entry.zone))) is not None:
            kept = {"project": entry.project, "owner": entry.owner, "review_by": entry.review_by}
            entries.append(now.model_copy(update=kept))
    entries += [made for place, made in found.items() if place not in known]
    asked = (f"{one.name} in {one.zone_name}" for one in futures if one.status.procurement_status in ASKED)
    return PulledReservations(tuple(entries), tuple(uncounted), tuple(asked))


def _entry(reservation: LiveReservation, period: CalendarPeriod | None, catalog: Catalog) -> HeldReservation | None:
    """None where it is not of machines that the catalog has."""
    specific = reservation.specific_reservation
    if specific is None or specific.count < 1:
        return None
    return _machines(
        reservation.name, reservation.zone_name, specific.count, specific.instance_properties, catalog,
        shared=reservation.share_settings.shared, calendar=period,
    )  # fmt: skip


def _machines(
    name: str, zone: str, count: int, properties: InstanceProperties, catalog: Catalog, **more: object
) -> HeldReservation | None:
    machine = catalog.machine_types.get(properties.machine_type.rpartition("/")[2])
    if machine is None or zone.rpartition("-")[0] not in catalog.regions:
        return None
    attached = next((entry for entry in properties.guest_accelerators if entry.accelerator_count), None)
    gpu: dict[str, object] | None = None
    if machine.gpu is None and attached is not None:
        if attached.gpu not in catalog.gpus:
            return None
        gpu = {"type": attached.gpu, "count": attached.accelerator_count}
    brought = machine.local_ssd_gb // LOCAL_SSD_DISK_GB
    values = {
        "name": name, "zone": zone, "machine_type": machine.name, "count": count,
        "local_ssd": max(0, len(properties.local_ssds) - brought),
    }  # fmt: skip
    try:
        return HeldReservation.model_validate({**values, "gpu": gpu, **more})
    except ValidationError:  # larger than anything that the file may say
        return None


def _periods(futures: Sequence[FutureReservation]) -> Mapping[tuple[str, str], CalendarPeriod]:
    """When reservations exist that were made in calendar mode, by name and zone."""
    found = {}
    for future in futures:
        period = _period(future)
        if period is not None:
            made = [address.rpartition("/")[2] for address in future.status.auto_created_reservations]
            for name in [*made, *([future.reservation_name] if future.reservation_name else [])]:
                found[name, future.zone_name] = period
    return found


def _period(future: FutureReservation) -> CalendarPeriod | None:
    if future.reservation_mode != CALENDAR or future.begins is None or future.ends is None:
        return None
    if not 1 <= (future.ends - future.begins).days <= LONGEST_CALENDAR_DAYS:
        return None  # none of calendar mode's, so that its machines count
    return CalendarPeriod.model_validate({"from": future.begins, "to": future.ends})


def _coming(
    futures: Sequence[FutureReservation], found: Mapping[tuple[str, str], HeldReservation], uncounted: list[str],
    catalog: Catalog,
) -> Iterator[HeldReservation]:  # fmt: skip
    """Those that are promised and of which nothing exists yet."""
    for future in futures:
        if future.status.procurement_status not in COMING:
            continue
        made = [address.rpartition("/")[2] for address in future.status.auto_created_reservations]
        name = future.reservation_name or future.name
        if any((delivered, future.zone_name) in found for delivered in [*made, name]):
            continue
        properties = future.specific_sku_properties
        entry = None
        if properties is not None and properties.total_count > 0:
            period = _period(future)
            entry = _machines(
                name, future.zone_name, properties.total_count, properties.instance_properties, catalog,
                shared=future.share_settings.shared, calendar=period, starts=None if period else future.begins,
            )  # fmt: skip
        if entry is None:
            uncounted.append(f"future reservation {future.name} in {future.zone_name}")
        else:
            yield entry
