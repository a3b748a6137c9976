"""The ledger of all stacks for a terminal."""

from __future__ import annotations

from tests.support.quota_demand import demand_of_specs
from tests.support.specs import CATALOG, NOW, limit, quota_file, spec
from weighbridge.quota.ledger import ClaimedUse, build_ledger
from weighbridge.render.quota.text import render
from weighbridge.render.style import Style

L4 = limit("NVIDIA-L4-GPUS-per-project-region", 8)
POOL = {"serve": {"machine_type": "g2-standard-8", "nodes": {"min": 0, "max": 6}}}


def text(over: tuple[str, ...] = ()) -> list[str]:
    quota = quota_file(L4, keep_free="10%")
    demands = demand_of_specs({"dev": spec(POOL)}, quota)
    return render(build_ledger(quota, demands, CATALOG, NOW), ["dev", "prod"], over, Style(width=140)).splitlines()


def test_a_row_says_what_each_stack_draws_and_what_is_left():
    assert text()[0] == "FITS  all stacks at their peaks, together"
    (row,) = (line.split() for line in text() if line.startswith("  NVIDIA L4  "))
    assert row == ["NVIDIA", "L4", "6", "·", "·", "1", "7", "8", "███████░", "1"]


def test_what_does_not_fit_comes_first():
    assert text(("dev: too much",))[:2] == ["OVER  1 finding", "  dev: too much"]
    assert text(("a", "b"))[0] == "OVER  2 findings"


def test_what_does_not_fit_is_as_wide_as_the_terminal():
    over = (f"dev: {'14 NVIDIA L4 at peak; ' * 9}ask for 4 more.",)
    assert [len(line) > 140 for line in text(over)[1:4]] == [False, False, False]
    assert " ".join(" ".join(text(over)[1:3]).split()) == over[0]
    assert text(over)[2].startswith("    ")


def test_what_is_claimed_has_a_column_where_anything_is():
    quota = quota_file(L4, keep_free="10%")
    demands = demand_of_specs({"dev": spec(POOL)}, quota)
    key = next(key for key in demands["dev"].drawn if key.quota_id == L4["quota"])
    claimed = {key: (ClaimedUse("prod", "pr-1", 3, NOW),)}
    ledger = build_ledger(quota, demands, CATALOG, NOW, claimed)
    lines = render(ledger, ["dev"], (), Style(width=140)).splitlines()
    assert lines[3].split() == ["dev", "claimed", "outside", "free", "sum", "limit", "left"]
    (row,) = (line.split() for line in lines if line.startswith("  NVIDIA L4  "))
    assert row == ["NVIDIA", "L4", "6", "3", "·", "1", "10", "8", "!!!!!!!!", "-2"]
    assert not any("claimed" in line for line in text())
