"""The committed tables are what `build` makes of the source tables, and no row of those is lost."""

import csv
from dataclasses import replace
from decimal import Decimal

import pytest

from weighbridge.catalog import Confidence, Provisioning, QuotaResource, UnknownQuota, build, load


@pytest.fixture
def source(shared):
    """Reads one of the source tables."""

    def read(name):
        with (shared("catalog") / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read


def test_building_again_gives_the_committed_bytes(shared):
    made = build.build(shared("catalog"))
    assert set(made) == {"machine_types", "prices", "tpu_topologies", "quota_ids"}
    for name, text in made.items():
        assert (build.FOLDER / f"{name}.csv").read_bytes() == text.encode(), f"{name}.csv is not what build makes"


def test_every_machine_type_is_in_the_catalog(source):
    catalog = load()
    rows = source("machine_types")
    variants = {row["machine_type"] for row in build.read(build.FOLDER / "machine_type_variants.csv")}
    assert {row["machine_type"] for row in rows} | variants == set(catalog.machine_types)
    corrected = {row["machine_type"]: row["vcpus"] for row in build.read(build.FOLDER / "machine_type_corrections.csv")}
    for row in rows:
        machine = catalog.machine_types[row["machine_type"]]
        vcpus = int(corrected.get(row["machine_type"], row["vcpus"]))
        assert (machine.family, machine.vcpus) == (row["family"], vcpus)
        assert machine.memory_gib == float(row["memory_gb"])
        assert machine.shared_core == (row["shared_cpu"] == "True")
        assert (machine.gpu or "", machine.tpu or "") == (row["gpu_type"], row["tpu_gke_accelerator"])
        assert machine.gpu_count == max(float(row["gpu_count"] or 0), 1 if row["gpu_type"] else 0)
        assert float(machine.gpu_fraction or machine.gpu_count) == float(row["gpu_count"] or 0)
        assert machine.tpu_chips == int(row["tpu_chips_per_vm"] or 0)
        assert machine.regions == set(row["regions"].split())
        if row["bundled_local_ssd_gb"]:
            assert machine.local_ssd_gb == int(row["bundled_local_ssd_gb"])


def test_a_variant_has_its_own_disks_and_no_price(shared):
    catalog = load()
    for row in build.read(build.FOLDER / "machine_type_variants.csv"):
        variant, other = catalog.machine_types[row["machine_type"]], catalog.machine_types[row["like"]]
        alike = {field: getattr(other, field) for field in ("name", "local_ssd_gb", "confidence", "source")}
        assert replace(variant, **alike) == other
        assert variant.confidence is not Confidence.CONFIRMED
        assert variant.local_ssd_gb == 0 < other.local_ssd_gb
        assert catalog.local_ssd_counts(variant) == ()
        assert catalog.price(variant.name, "us-central1", Provisioning.SPOT) is None


def test_every_price_is_in_the_catalog(source):
    catalog = load()
    rows = source("prices_by_region")
    assert len(rows) == 10_360
    for row in rows:
        for way, column in ((Provisioning.STANDARD, "usd_h_on_demand"), (Provisioning.SPOT, "usd_h_spot")):
            price = catalog.price(row["machine_type"], row["region"], way)
            assert abs(price.usd_per_hour - Decimal(row[column])) <= Decimal("0.0000005")


def test_every_slice_is_in_the_catalog(source):
    catalog = load()
    rows = source("tpu_topologies")
    assert len(rows) == sum(len(catalog.topologies(name)) for name in catalog.machine_types)
    for row in rows:
        shape = catalog.topology(row["machine_type"], row["topology"])
        assert (shape.chips, shape.hosts) == (int(row["chips"]), int(row["hosts"]))
        assert (shape.multi_host, shape.needs_workload_policy, shape.listed) == (
            row["multi_host"] == "1",
            row["requires_workload_policy"] == "1",
            row["origin"] == "listed",
        )
        assert shape.accelerator == row["gke_accelerator"]


def test_every_quota_id_is_in_the_catalog(source):
    catalog = load()
    for row in source("quota_map"):
        if not row["quota_id"]:
            continue
        dimensions = tuple(tuple(part.strip().split("=")) for part in row["dimensions"].split(",") if "=" in part)
        quota = catalog.units_of(row["quota_id"], dimensions)
        assert quota is not None, row
        assert quota.confidence == row["confidence"]
        assert quota.unit == (row["unit"] or quota.unit)


def test_every_quota_whose_id_is_not_known_is_refused(source):
    catalog = load()
    unknown = [row for row in source("quota_map") if not row["quota_id"] and row["unit"]]
    assert [row["resource"] for row in unknown] == ["disk", "disk", "disk", "local_ssd", "resize_requests"]
    questions = [(QuotaResource.DISK, row["match"]) for row in unknown if row["resource"] == "disk"]
    for resource, match in [*questions, (QuotaResource.LOCAL_SSD, "c4d"), (QuotaResource.RESIZE_REQUEST, "*")]:
        with pytest.raises(UnknownQuota):
            catalog.quota_ids(resource, match, Provisioning.STANDARD, frozenset())


def test_a_missing_source_folder_is_said_without_a_traceback(tmp_path, capsys):
    assert build.main([str(tmp_path)]) == 1
    assert "machine_types.csv" in capsys.readouterr().err


def test_the_tool_says_how_it_is_used(capsys):
    assert build.main([]) == 2
    assert capsys.readouterr().err == "usage: python -m weighbridge.catalog.build SOURCE_FOLDER\n"
