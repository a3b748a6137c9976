"""Questions to the catalog, answered from its tables without reading them twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache, cached_property

from weighbridge.catalog import tables
from weighbridge.catalog.charges import ChargeRule, charge_rules
from weighbridge.catalog.rows import (
    LOCAL_SSD_DISK_GB,
    Allocatable,
    Confidence,
    Gpu,
    MachineType,
    Price,
    Provisioning,
    QuotaId,
    QuotaMetric,
    QuotaResource,
    Source,
    TpuTopology,
    UnknownQuota,
)
from weighbridge.spelling import did_you_mean

PREEMPTIBLE_WHERE_GRANTED = frozenset({Provisioning.SPOT, Provisioning.FLEX_START})
NEVER_CHARGED_TO_RESERVATIONS = frozenset(
    {QuotaResource.VCPU, QuotaResource.GPU, QuotaResource.TPU, QuotaResource.LOCAL_SSD}
)
"""What the creation of a reservation has been charged for already."""

MOST_SHOWN = 60
"""Characters of a name that a message shows."""

_NOTHING: Mapping[str, TpuTopology] = {}


class Catalog:
    """All facts. Small tables are read when first asked for, and once."""

    @cached_property
    def machine_types(self) -> Mapping[str, MachineType]:
        """Machine types by name."""
        return tables.machine_types()

    @cached_property
    def gpus(self) -> Mapping[str, Gpu]:
        """GPU models by GKE accelerator name."""
        return tables.gpus()

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """What the `source` keys of rows stand for."""
        return tables.sources()

    @cached_property
    def quota_metrics(self) -> Mapping[str, QuotaMetric]:
        """Where Cloud Monitoring shows a limit, by quota id."""
        return tables.quota_metrics()

    @cached_property
    def regions(self) -> frozenset[str]:
        """Every region that the tables know."""
        return frozenset(self._zones)

    @cached_property
    def quota_id_names(self) -> frozenset[str]:
        """Every Cloud Quotas id that a quota file may list."""
        return frozenset(quota_id for quota_id, _ in self._by_key)

    @cached_property
    def spot_pools(self) -> frozenset[str]:
        """Every name that `spot_pools` of a quota file may list."""
        return frozenset(quota.spot_pool for quota in self._by_key.values() if quota.spot_pool is not None)

    @cached_property
    def _zones(self) -> Mapping[str, frozenset[str]]:
        return tables.zones()

    @cached_property
    def _rules(self) -> Mapping[QuotaResource, Mapping[str, ChargeRule]]:
        return charge_rules()

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, tuple[tuple[str, str], ...]], QuotaId]:
        found: dict[tuple[str, tuple[tuple[str, str], ...]], QuotaId] = {}
        for rules in self._rules.values():
            for rule in rules.values():
                for quota in rule.known():
                    found.setdefault((quota.quota_id, quota.dimensions), quota)
        return found

    @cached_property
    def _topologies(self) -> Mapping[str, Mapping[str, TpuTopology]]:
        return tables.tpu_topologies(self.machine_types)

    @cached_property
    def _reserved(self) -> tables.GkeReserved:
        return tables.gke_reserved()

    @cached_property
    def _allocatable(self) -> dict[tuple[int, float, bool], Allocatable]:
        """What was reckoned before: exact fractions take longer than all else that checks a node pool."""
        return {}

    @cached_property
    def _boot_disks(self) -> Mapping[str, tuple[str, ...]]:
        return tables.boot_disks()

    @cached_property
    def _not_sold(self) -> Mapping[tuple[str, Provisioning], str]:
        return tables.not_sold(self.machine_types)

    @cached_property
    def compact_placement(self) -> frozenset[str]:
        """Machine families of which nodes can be placed close together."""
        return tables.compact_placement()

    @cached_property
    def _local_ssd_counts(self) -> Mapping[str, tuple[int, ...]]:
        return tables.local_ssd_counts(self.machine_types)

    @cached_property
    def _accelerator_prices(self) -> Mapping[tuple[str, str, Provisioning], Price]:
        return tables.accelerator_prices(self.machine_types)

    @cached_property
    def _prices(self) -> tables.Prices:
        return tables.Prices()

    def without_machine(self, name: str) -> str:
        """What is said of a machine type that isn't in the tables: what may be meant, or why none like it is there."""
        family, *rest = name[:MOST_SHOWN].split("-")
        known = {machine.family for machine in self.machine_types.values()}
        if "custom" in (family, *rest):
            return (
                f"the catalog has no custom machine types, got {name[:MOST_SHOWN]}: choose one that"
                " `weighbridge catalog` lists"
            )
        if family not in known and family in self._rules[QuotaResource.VCPU]:
            return (
                f"the catalog has no machine types of the family {family}, so nobody could tell what"
                f" {name[:MOST_SHOWN]} draws and costs: choose one that `weighbridge catalog` lists"
            )
        return f"the catalog has no machine type {name[:MOST_SHOWN]}.{did_you_mean(name, self.machine_types)}"

    def quota_ids(
        self,
        resource: QuotaResource,
        match: str = "*",
        provisioning: Provisioning = Provisioning.STANDARD,
        spot_pools: frozenset[str] = frozenset(),
    ) -> tuple[QuotaId, ...]:
        """Every limit that one unit draws on; empty if it draws on none.

        `match` is a machine family (vCPU, TPU, local SSD), a GKE accelerator name (GPU), a disk type (disk) or ``*``.
        By default it is drawn as standard quota, as all that is no node is.
        `spot_pools` names the preemptible limits that were granted: Spot and flex-start draw on those and on nothing
        else, and on standard limits where none was granted; queued provisioning always draws on preemptible limits.
        Raises `UnknownQuota`. Sources: the rows of quota_ids.csv.
        """
        rules = self._rules[resource]
        rule = rules.get(match) or rules.get("*")
        if rule is None:
            raise UnknownQuota(resource, match, provisioning, f"the catalog has no quota id for {match}")
        if provisioning is Provisioning.RESERVATION and resource in NEVER_CHARGED_TO_RESERVATIONS:
            return ()
        preemptible = provisioning is Provisioning.QUEUED or (
            provisioning in PREEMPTIBLE_WHERE_GRANTED and rule.spot_pool in spot_pools
        )
        drawn = []
        for charge in rule.charges(preemptible=preemptible):
            if charge.quota is None:
                raise UnknownQuota(resource, match, provisioning, charge.note)
            drawn.append(charge.quota)
        return tuple(drawn)

    def vcpu_quota_ids(self) -> tuple[QuotaId, ...]:
        """Every limit that counts vCPUs, preemptible and all-region ones too, each once."""
        return tuple(quota for quota in self._by_key.values() if quota.resource is QuotaResource.VCPU)

    def units_of(self, quota_id: str, dimensions: tuple[tuple[str, str], ...]) -> QuotaId | None:
        """The limit of that name and those dimensions (beyond the region, sorted)."""
        return self._by_key.get((quota_id, dimensions))

    def topology(self, machine_type: str, topology: str) -> TpuTopology | None:
        """That shape on that machine type, None if there is no such slice."""
        return self._topologies.get(machine_type, _NOTHING).get(topology)

    def topologies(self, machine_type: str) -> tuple[TpuTopology, ...]:
        """The shapes that a machine type can form, smallest first; empty if it has no TPU."""
        return tuple(self._topologies.get(machine_type, _NOTHING).values())

    def zones(self, region: str) -> frozenset[str]:
        """Full names of the region's zones; empty if the region is not known."""
        return self._zones.get(region, frozenset())

    def price(self, machine_type: str, region: str, provisioning: Provisioning) -> Price | None:
        """What one machine costs by the hour; None where nobody says.

        Reservations cost what the machine costs on demand. Queued prices are not known, those of flex-start few.
        """
        price = self._prices.price(machine_type, region, provisioning)
        if price is not None or provisioning is not Provisioning.RESERVATION:
            return price or self._accelerator_prices.get((machine_type, region, provisioning))
        price = self._accelerator_prices.get((machine_type, region, Provisioning.STANDARD))
        return price and replace(price, confidence=Confidence.INFERRED)

    def allocatable(self, machine: MachineType) -> Allocatable:
        """What pods can ask for on a node of this type, of what Linux and GKE leave. Formulas: gke_reserved.csv."""
        key = machine.vcpus, machine.memory_gib, machine.shared_core
        if key not in self._allocatable:
            taken_off = self._reserved.taken_off
            self._allocatable[key] = taken_off(key[0], Fraction(key[1]), shared_core=key[2])
        return self._allocatable[key]

    def boot_disk_types(self, machine: MachineType) -> tuple[str, ...]:
        """Disk types that the machine boots from; the first is the one to take when nothing is said."""
        return self._boot_disks.get(machine.name) or self._boot_disks[machine.family]

    def local_ssd_counts(self, machine: MachineType) -> tuple[int, ...]:
        """How many local SSDs the machine may have, fewest first: those that it brings, or what may be added to it."""
        brought = (machine.local_ssd_gb // LOCAL_SSD_DISK_GB,) if machine.local_ssd_gb else ()
        return self._local_ssd_counts.get(machine.name, brought)

    def sold(self, machine: MachineType, provisioning: Provisioning) -> str | None:
        """None if Google sells the machine this way, else why not."""
        return self._not_sold.get((machine.name, provisioning))


@cache
def load() -> Catalog:
    """The catalog of this process; its tables are read when first asked for."""
    return Catalog()
