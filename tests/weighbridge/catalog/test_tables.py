"""How cells of the tables become rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.catalog import Confidence, Provisioning, load, tables

MIB, GIB = 1024**2, 1024**3


@pytest.mark.parametrize(
    ("text", "between", "expected"),
    [
        ("1:48 2:96", ":", [("1", "48"), ("2", "96")]),
        ("", ":", []),
        ("a=b=c", "=", [("a", "b=c")]),
        ("alone", ":", [("alone", "")]),
    ],
)
def test_pairs_of_a_cell(text, between, expected):
    assert list(tables.pairs(text, between)) == expected


def write(folder, name, *lines):
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    return tmp_path


def test_a_machine_with_a_part_of_a_gpu_and_one_without_anything(folder):
    header = "name,family,vcpus,memory_gib,shared_core,gpu,gpus,tpu,chips,ssd,confidence,source,regions"
    write(
        folder,
        "machine_types",
        header,
        "g4-half,g4,24,90.5,0,rtx,1/2,,,750,reported,s,us-central1 us-east1",
        "e2-micro,e2,2,1,1,,,,,,confirmed,s,us-central1 us-east1",
    )
    part, small = tables.machine_types().values()
    assert (part.gpu, part.gpu_count, part.gpu_fraction, part.local_ssd_gb) == ("rtx", 1, Fraction(1, 2), 750)
    assert (small.gpu, small.gpu_count, small.gpu_fraction, small.tpu_chips) == (None, 0, None, 0)
    assert (part.shared_core, small.shared_core, part.memory_gib) == (False, True, 90.5)
    assert part.regions is small.regions, "equal sets are kept once"
    assert part.confidence is Confidence.REPORTED


def test_what_is_not_sold_is_written_by_pattern_and_way(folder):
    write(folder, "not_sold", "machines,ways,reason,confidence,source", "a3-* a4-x,standard queued,Not so.,confirmed,s")
    machines = dict.fromkeys(("a3-high", "a4-x", "a4-y"), load().machine_types["e2-medium"])
    assert tables.not_sold(machines) == {
        (name, way): "Not so." for name in ("a3-high", "a4-x") for way in (Provisioning.STANDARD, Provisioning.QUEUED)
    }


def test_zones_have_their_full_names(folder):
    write(folder, "zones", "region,zones,a,b,c", "us-central1,a b ai1a,,,")
    assert tables.zones() == {"us-central1": {"us-central1-a", "us-central1-b", "us-central1-ai1a"}}


@pytest.mark.parametrize(
    ("name", "region", "way", "usd", "confidence"),
    [
        ("e2", "us-central1", Provisioning.STANDARD, "0.5", Confidence.CONFIRMED),
        ("e2", "us-central1", Provisioning.SPOT, "0.2", Confidence.CONFIRMED),
        ("e2", "us-central1", Provisioning.RESERVATION, "0.5", Confidence.INFERRED),
        ("e2", "us-central1", Provisioning.QUEUED, None, None),
        ("e2", "us-east1", Provisioning.STANDARD, "0.6", Confidence.CONFIRMED),
        ("e2", "us-east1", Provisioning.SPOT, None, None),
        ("e2", "us-west1", Provisioning.STANDARD, None, None),
        ("n2", "us-central1", Provisioning.STANDARD, None, None),
    ],
)
def test_a_price_is_a_cell_with_what_one_pays_on_demand_and_as_spot(folder, name, region, way, usd, confidence):
    write(
        folder,
        "prices",
        "machine,as_of,confidence,source,us-central1,us-east1",
        "e2,2026-11-01,confirmed,s,0.5/0.2,0.6",
    )
    price = tables.Prices().price(name, region, way)
    assert (price and price.usd_per_hour) == (usd and Decimal(usd))
    assert (price and price.confidence) == confidence
    assert price is None or price.as_of == date(2026, 11, 1)


@given(st.lists(st.tuples(st.integers(1, 9), st.fractions(0, 1)), max_size=4), st.integers(0, 40))
def test_tiers_take_a_part_of_what_lies_in_them_and_of_nothing_above(widths, size):
    """As if each whole unit were looked at alone."""
    tops = [sum(width for width, _ in widths[: n + 1]) for n in range(len(widths))]
    tiers = tuple((Fraction(top), part) for top, (_, part) in zip(tops, widths, strict=True))
    parts = [part for width, part in widths for _ in range(width)]
    assert tables._tiered(Fraction(size), tiers) == sum(parts[:size])
    everything_above = (*tiers, (None, Fraction(1, 2)))
    assert tables._tiered(Fraction(size), everything_above) == sum(parts[:size]) + Fraction(
        max(0, size - len(parts)), 2
    )


sizes = st.fractions(min_value=Fraction(1, 2), max_value=4000)


@given(vcpus=st.integers(1, 1000), more=st.integers(0, 1000), memory=sizes, extra=sizes)
def test_a_larger_machine_leaves_at_least_as_much(vcpus, more, memory, extra):
    reserved = tables.gke_reserved()
    small = reserved.taken_off(vcpus, memory, shared_core=False)
    large = reserved.taken_off(vcpus + more, memory + extra, shared_core=False)
    assert small.cpu_millicores <= large.cpu_millicores < (vcpus + more) * 1000
    # Below one GiB another rule holds: 255 MiB is more than a quarter of what is just above. Above three, Linux keeps
    # 64 MiB more.
    if memory > 3 or (memory >= 1 and memory + extra <= 3):
        assert small.memory_bytes <= large.memory_bytes < (memory + extra) * GIB


def test_a_machine_of_less_than_one_gib():
    left = tables.gke_reserved().taken_off(1, Fraction(3, 4), shared_core=False)
    kernel = Fraction(768, 64) + 16 + 8 + 768 * Fraction("0.00175")
    assert left.memory_bytes == int((768 - 255 - 100 - kernel) * MIB)
