"""Compute Engine's machines: reservations, those of the future, what zones sell, and which VMs there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Generic, TypeVar

from weighbridge.cloud_api.client import Api, ApiAnswer, ApiCall, GoogleCloud, ListPage, NotFound
from weighbridge.prometheus import BadAnswer

PASSED_OVER = frozenset({"NO_RESULTS_ON_PAGE"})
"""Warnings of a scope that say nothing but that it is empty."""


OBSOLETE = frozenset({"OBSOLETE", "DELETED"})
"""States of a machine type in which nobody can have it."""


class _Warning(ApiAnswer):
    code: str = ""


class _Scope(ApiAnswer):
    """What a list over all zones and regions has of one of them."""

    warning: _Warning = _Warning()


_InScope = TypeVar("_InScope", bound=_Scope)


class _AggregatedPage(ListPage, Generic[_InScope]):
    items: Mapping[str, _InScope] = {}
    unreachables: tuple[str, ...] = ()


class Accelerator(ApiAnswer):
    """GPUs of one machine."""

    accelerator_type: str = ""
    accelerator_count: int = 0

    @property
    def gpu(self) -> str:
        """The GPU's name."""
        return self.accelerator_type.rpartition("/")[2]


class LocalDisk(ApiAnswer):
    """One local SSD; all are alike."""


class InstanceProperties(ApiAnswer):
    """What each machine of a reservation is."""

    machine_type: str = ""
    guest_accelerators: tuple[Accelerator, ...] = ()
    local_ssds: tuple[LocalDisk, ...] = ()


class SpecificReservation(ApiAnswer):
    """Machines of one shape."""

    count: int = 0
    instance_properties: InstanceProperties = InstanceProperties()


class ShareSettings(ApiAnswer):
    """With whom it is shared."""

    share_type: str = "LOCAL"

    @property
    def shared(self) -> bool:
        """Whether other projects may use it."""
        return self.share_type in ("ORGANIZATION", "SPECIFIC_PROJECTS")


class LiveReservation(ApiAnswer):
    """A reservation that exists."""

    name: str
    zone: str = ""
    status: str = ""
    specific_reservation: SpecificReservation | None = None
    share_settings: ShareSettings = ShareSettings()
    self_link: str = ""

    @property
    def zone_name(self) -> str:
        """Its zone, without the address before it."""
        return self.zone.rpartition("/")[2]


class _Window(ApiAnswer):
    start_time: str = ""
    end_time: str = ""


class _FutureStatus(ApiAnswer):
    procurement_status: str = ""
    auto_created_reservations: tuple[str, ...] = ()


class _FutureProperties(ApiAnswer):
    total_count: int = 0
    instance_properties: InstanceProperties = InstanceProperties()


class FutureReservation(ApiAnswer):
    """A reservation that begins on a day to come, or of which parts exist already."""

    name: str
    zone: str = ""
    reservation_name: str = ""
    reservation_mode: str = ""
    specific_sku_properties: _FutureProperties | None = None
    status: _FutureStatus = _FutureStatus()
    time_window: _Window = _Window()
    share_settings: ShareSettings = ShareSettings()

    @property
    def zone_name(self) -> str:
        """Its zone, without the address before it."""
        return self.zone.rpartition("/")[2]

    @property
    def begins(self) -> date | None:
        """The day on which it begins, in UTC's calendar."""
        return _day(self.time_window.start_time)

    @property
    def ends(self) -> date | None:
        """The day on which it ends."""
        return _day(self.time_window.end_time)


class _ReservationScope(_Scope):
    reservations: tuple[LiveReservation, ...] = ()


class _FutureScope(_Scope):
    future_reservations: tuple[FutureReservation, ...] = ()


class _Deprecated(ApiAnswer):
    state: str = ""


class _BundledDisks(ApiAnswer):
    partition_count: int = 0


class _MachineAccelerator(ApiAnswer):
    """That there is one is all that is read."""


class SoldMachine(ApiAnswer):
    """A machine type as a zone sells it."""

    name: str
    guest_cpus: int = 0
    memory_mb: int = 0
    is_shared_cpu: bool = False
    accelerators: tuple[_MachineAccelerator, ...] = ()
    bundled_local_ssds: _BundledDisks = _BundledDisks()
    deprecated: _Deprecated = _Deprecated()


class _MachineTypes(ListPage):
    items: tuple[SoldMachine, ...] = ()
    warning: _Warning = _Warning()


class _Scheduling(ApiAnswer):
    provisioning_model: str = ""
    preemptible: bool = False


class Instance(ApiAnswer):
    """A VM."""

    name: str
    zone: str = ""
    machine_type: str = ""
    status: str = ""
    labels: Mapping[str, str] = {}
    guest_accelerators: tuple[Accelerator, ...] = ()
    scheduling: _Scheduling = _Scheduling()

    @property
    def machine(self) -> str:
        """Its machine type, without the address before it."""
        return self.machine_type.rpartition("/")[2]

    @property
    def region(self) -> str:
        """The region of its zone."""
        return self.zone.rpartition("/")[2].rpartition("-")[0]

    @property
    def spot(self) -> bool:
        """Whether it is charged as spot VMs are: flex-start is."""
        return self.scheduling.preemptible or self.scheduling.provisioning_model in ("SPOT", "FLEX_START")


class _InstanceScope(_Scope):
    instances: tuple[Instance, ...] = ()


class _MachineTypeScope(_Scope):
    machine_types: tuple[SoldMachine, ...] = ()


def reservations(cloud: GoogleCloud, project: str) -> Sequence[LiveReservation]:
    """Every reservation of the project, in all zones."""
    call = _aggregated(project, "reservations", "compute.reservations.list")
    return tuple(
        found for _, scope in _scopes(cloud, call, _AggregatedPage[_ReservationScope]) for found in scope.reservations
    )


def future_reservations(cloud: GoogleCloud, project: str) -> Sequence[FutureReservation]:
    """Every reservation of the future, in all zones."""
    call = _aggregated(project, "futureReservations", "compute.futureReservations.list")
    return tuple(
        found for _, scope in _scopes(cloud, call, _AggregatedPage[_FutureScope]) for found in scope.future_reservations
    )


def instances(cloud: GoogleCloud, project: str) -> Sequence[Instance]:
    """Every VM of the project, in all zones."""
    shown = "name,zone,machineType,status,labels,guestAccelerators,scheduling(provisioningModel,preemptible)"
    call = _aggregated(
        project, "instances", "compute.instances.list",
        {"fields": f"items/*(instances({shown}),warning),nextPageToken,unreachables"},
    )  # fmt: skip
    return tuple(
        found for _, scope in _scopes(cloud, call, _AggregatedPage[_InstanceScope]) for found in scope.instances
    )


def machine_types(cloud: GoogleCloud, project: str) -> Mapping[str, Sequence[SoldMachine]]:
    """The machine types that each zone sells, by zone, obsolete ones left out."""
    shown = "name,guestCpus,memoryMb,isSharedCpu,accelerators,bundledLocalSsds,deprecated"
    call = _aggregated(
        project, "machineTypes", "compute.machineTypes.list",
        {"maxResults": "500", "fields": f"items/*(machineTypes({shown}),warning),nextPageToken,unreachables"},
    )  # fmt: skip
    found: dict[str, list[SoldMachine]] = {}
    for scope, part in _scopes(cloud, call, _AggregatedPage[_MachineTypeScope]):
        current = [machine for machine in part.machine_types if machine.deprecated.state not in OBSOLETE]
        found.setdefault(scope.rpartition("/")[2], []).extend(current)
    return {zone: sold for zone, sold in found.items() if sold}


def sold_in(cloud: GoogleCloud, project: str, zone: str) -> Sequence[SoldMachine] | None:
    """The machine types that a zone sells, obsolete ones left out; None: the project has no such zone."""
    shown = "name,guestCpus,memoryMb,isSharedCpu,accelerators,bundledLocalSsds,deprecated"
    call = ApiCall(
        Api.COMPUTE, f"compute/v1/projects/{project}/zones/{zone}/machineTypes", "compute.machineTypes.list",
        {"maxResults": "500", "fields": f"items({shown}),nextPageToken,warning"},
    )  # fmt: skip
    try:
        return tuple(_sold(cloud, call))
    except NotFound:
        return None


def _sold(cloud: GoogleCloud, call: ApiCall) -> Iterator[SoldMachine]:
    for page in cloud.pages(call, _MachineTypes):
        if page.warning.code and page.warning.code not in PASSED_OVER:
            raise BadAnswer(f"{Api.COMPUTE} answers a part only: {page.warning.code} ({call.path})")
        yield from (machine for machine in page.items if machine.deprecated.state not in OBSOLETE)


def _aggregated(project: str, what: str, permission: str, query: Mapping[str, str] | None = None) -> ApiCall:
    return ApiCall(Api.COMPUTE, f"compute/v1/projects/{project}/aggregated/{what}", permission, query or {})


def _scopes(cloud: GoogleCloud, call: ApiCall, form: type[_AggregatedPage[_InScope]]) -> Iterator[tuple[str, _InScope]]:
    """What each zone or region holds, page by page.

    Raises `BadAnswer` where one is missing: what is not there was not asked.
    """
    for page in cloud.pages(call, form):
        wrong = [scope for scope, part in page.items.items() if part.warning.code not in {"", *PASSED_OVER}]
        missing = [*page.unreachables, *wrong]
        if missing:
            raise BadAnswer(f"{Api.COMPUTE} answers a part only: {', '.join(sorted(missing)[:3])} can't be reached")
        yield from page.items.items()


def _day(moment: str) -> date | None:
    try:
        return date.fromisoformat(moment[:10])
    except ValueError:
        return None
