"""Where it fits, in words."""

from __future__ import annotations

from weighbridge.pull.where import PossibleRegion
from weighbridge.render.pull.where_text import render


def test_a_line_a_region_and_what_is_in_the_way():
    here = PossibleRegion("us-central1", ("us-central1-a",), True, (), ("a4-highgpu-8g",), ("train: nobody knows",))
    there = PossibleRegion("us-east4", ("us-east4-a", "us-east4-b"), False, (), (), ())
    assert render("prod", (here, there)) == (
        "prod, at its peak, beside all other stacks\n"
        "  us-central1  no    where it is\n"
        "    not sold: a4-highgpu-8g\n"
        "    can't be counted: train: nobody knows\n"
        "  us-east4     fits  zones a, b\n"
    )
