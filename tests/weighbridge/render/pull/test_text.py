"""What a pull found, in words; the command's tests read the rest."""

from __future__ import annotations

from tests.support.specs import CATALOG, quota_file
from weighbridge.pull.quota_file import PulledFile
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.render.pull.text import amount, render, shown
from weighbridge.render.style import Style

KEY = QuotaKey("example-ml", "us-central1", "NVIDIA-L4-GPUS-per-project-region")


def pulled(**keys) -> PulledFile:
    nothing = {"limits": (), "use_unknown": (), "uncounted": (), "no_such_zones": (), "adjuster_unread": "",
               "unexplained": (), "adjuster_on": False, "adjusted": (), "asked": (), "spot_pools": ()}  # fmt: skip
    return PulledFile(quota=quota_file(), **{**nothing, **keys})


def test_amounts_and_limits_have_names():
    assert [amount(value) for value in (None, -1, 0, 12000)] == ["none", "unlimited", "0", "12,000"]
    assert shown(KEY, CATALOG) == "NVIDIA L4 in us-central1"


def test_what_is_not_known_comes_first_and_no_line_is_wider_than_the_terminal():
    text = render(
        pulled(use_unknown=(KEY,) * 9, uncounted=("reservation x in us-central1-a",), adjuster_unread="403",
               spot_pools=(KEY,), adjuster_on=True),
        CATALOG, Style(width=60),
    )  # fmt: skip
    assert text.startswith("Not known\n")
    assert max(map(len, text.splitlines())) <= 60


def test_where_all_is_well_it_is_one_line():
    assert render(pulled(), CATALOG).count("\n") == 1
