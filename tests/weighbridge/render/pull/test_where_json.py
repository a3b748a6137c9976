"""Where it fits, for programs."""

from __future__ import annotations

import json

from weighbridge.pull.where import PossibleRegion
from weighbridge.render.pull.where_json import render


def test_each_place_says_whether_it_fits():
    place = PossibleRegion("us-east4", ("us-east4-a",), False, (), ("x",), ())
    content = json.loads(render("prod", "train", (place,)))
    assert (content["stack"], content["pool"]) == ("prod", "train")
    assert content["places"] == [
        {"region": "us-east4", "zones": ["us-east4-a"], "here": False, "fits": False, "not_sold": ["x"],
         "uncounted": [], "short": []}
    ]  # fmt: skip
