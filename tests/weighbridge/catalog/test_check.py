"""The committed tables hold together, and a wrong row is named."""

import pytest

from weighbridge.catalog.build import FOLDER, HAND_WRITTEN, read
from weighbridge.catalog.check import Tables, problems

MADE = ("machine_types", "prices", "quota_ids", "tpu_topologies")
CT6E_SPOT = {"machines": "ct6e", "region": "us-east5", "provisioning": "spot"}


@pytest.fixture
def rows():
    return {name: read(FOLDER / f"{name}.csv") for name in (*HAND_WRITTEN, *MADE)}


def test_every_table_beside_the_code_is_checked():
    assert {path.stem for path in FOLDER.glob("*.csv")} == {*HAND_WRITTEN, *MADE}


def test_the_committed_tables_are_good(rows):
    assert problems(Tables(rows)) == []


@pytest.mark.parametrize(
    ("table", "match", "change", "message"),
    [
        (
            "machine_types",
            {"machine_type": "e2-standard-4"},
            {"regions": "us-central1 mars-north1"},
            "machine_types: e2-standard-4: region mars-north1 is not in zones.csv",
        ),
        (
            "machine_types",
            {"machine_type": "ct5lp-hightpu-4t"},
            {"tpu_chips": "8"},
            "machine_types: ct5lp-hightpu-4t: 8 chips, but the name says otherwise",
        ),
        (
            "machine_types",
            {"machine_type": "g2-standard-4"},
            {"gpu": "nvidia-l5"},
            "machine_types: g2-standard-4: GPU 'nvidia-l5' x '1'",
        ),
        (
            "machine_types",
            {"machine_type": "c3-standard-8-lssd"},
            {"local_ssd_gb": "800"},
            "machine_types: c3-standard-8-lssd: local SSD of 800 GB is no whole number of disks",
        ),
        (
            "machine_types",
            {"machine_type": "e2-medium"},
            {"source": "hearsay"},
            "machine_types: e2-medium: source hearsay is not in sources.csv",
        ),
        (
            "tpu_topologies",
            {"machine_type": "ct5lp-hightpu-4t", "topology": "4x4"},
            {"chips": "15"},
            "tpu_topologies: ct5lp-hightpu-4t 4x4: 15 chips, its sides make 16",
        ),
        (
            "tpu_topologies",
            {"machine_type": "ct5lp-hightpu-4t", "topology": "4x4"},
            {"hosts": "2"},
            "tpu_topologies: ct5lp-hightpu-4t 4x4: 2 hosts of 4 chips are not 16 chips",
        ),
        (
            "quota_ids",
            {"match": "n2"},
            {"quota_id": "N2_CPUS"},
            "quota_ids: vcpu n2: id N2_CPUS of scope region",
        ),
        (
            "quota_ids",
            {"match": "n2"},
            {"match": "n22"},
            "quota_ids: no row for vcpu n2",
        ),
        (
            "quota_ids",
            {"match": "hyperdisk-ml"},
            {"note": ""},
            "quota_ids: disk hyperdisk-ml: an id that is not known needs a note that says why",
        ),
        (
            "quota_metrics",
            {"quota_id": "N2-CPUS-per-project-region"},
            {"quota_id": "N3-CPUS-per-project-region"},
            "quota_metrics: no row for N2-CPUS-per-project-region",
        ),
        (
            "quota_metrics",
            {"quota_id": "N2-CPUS-per-project-region"},
            {"quota_id": "N3-CPUS-per-project-region"},
            "quota_metrics: N3-CPUS-per-project-region is not in quota_ids.csv",
        ),
        (
            "quota_metrics",
            {"quota_id": "GPUS-PER-GPU-FAMILY-per-project-region"},
            {"family_label": "vm_family"},
            (
                "quota_metrics: GPUS-PER-GPU-FAMILY-per-project-region: family label 'vm_family', "
                "but its dimension differs"
            ),
        ),
        (
            "quota_metrics",
            {"quota_id": "N2-CPUS-per-project-region"},
            {"surface": "family"},
            "quota_metrics: N2-CPUS-per-project-region: surface 'family' with family label ''",
        ),
        (
            "quota_metrics",
            {"quota_id": "N2-CPUS-per-project-region"},
            {"metric": "n2_cpus"},
            "quota_metrics: N2-CPUS-per-project-region: metric 'n2_cpus' with project label 'project_id'",
        ),
        (
            "prices",
            {"machine_type": "e2-medium"},
            {"us-central1": "0.01/0.02"},
            "prices: e2-medium in us-central1: 0.01/0.02",
        ),
        (
            "accelerator_prices",
            CT6E_SPOT,
            {"usd_per_hour": "2.71"},
            "accelerator_prices: ct6e in us-east5: 2.7, 2.71, 1.35",
        ),
        (
            "accelerator_prices",
            CT6E_SPOT,
            {"per": "gpu"},
            "accelerator_prices: ct6e in us-east5: spot per gpu",
        ),
        (
            "accelerator_prices",
            CT6E_SPOT,
            {"provisioning": "flex-start"},
            "accelerator_prices: ct6e in us-east5: flex-start stands twice",
        ),
        (
            "accelerator_prices",
            CT6E_SPOT,
            {"as_of": ""},
            "accelerator_prices: ct6e in us-east5: no source or day",
        ),
        ("gpus", {"accelerator": "nvidia-l4"}, {"confidence": "sure"}, "gpus: nvidia-l4: confidence is 'sure'"),
        (
            "gpus",
            {"accelerator": "nvidia-tesla-a100"},
            {"partitions": "3g.20gb:3"},
            "gpus: nvidia-tesla-a100: partition 3g.20gb:3",
        ),
        ("zones", {"region": "us-east1"}, {"zones": "b c D"}, "zones: us-east1: 'b c D'"),
        (
            "not_sold",
            {"machines": "a4x-*", "provisioning": "spot"},
            {"machines": "a5-*"},
            "not_sold: a5-* matches no machine type",
        ),
        ("boot_disks", {"machines": "g2"}, {"machines": "g22"}, "boot_disks: no row for family g2"),
        ("sources", {"key": "xpk"}, {"as_of": "March"}, "sources: xpk: as_of is 'March', not a date"),
    ],
)
def test_a_wrong_row_is_named(rows, table, match, change, message):
    (row,) = (row for row in rows[table] if match.items() <= row.items() and row.get("draws", "") != "preemptible")
    row.update(change)
    assert message in problems(Tables(rows))


def test_a_family_that_is_missing_is_named(rows):
    rows["machine_types"] = [row for row in rows["machine_types"] if row["family"] != "a4"]
    assert "machine_types: no machine of family a4" in problems(Tables(rows))


def test_a_row_that_stands_twice_is_named(rows):
    rows["gpus"] = [*rows["gpus"], rows["gpus"][0]]
    assert "gpus: nvidia-tesla-t4 stands 2 times" in problems(Tables(rows))
