"""What a pull found, for programs."""

from __future__ import annotations

import json

from tests.weighbridge.render.pull.test_text import KEY, pulled
from weighbridge.pull.limits import ChangedLimit, LimitShift
from weighbridge.render.pull.json import render


def test_numbers_are_numbers_and_nothing_is_null():
    change = ChangedLimit(KEY, LimitShift.GONE, 24, None)
    content = json.loads(render(pulled(limits=(change,), adjuster_unread="no"), changed=True, out_of_date=False))
    (limit,) = content["limits"]
    assert (limit["before"], limit["after"], limit["change"]) == (24, None, "gone")
    assert content["quota_adjuster"]["on"] is None
    assert (content["changed"], content["out_of_date"]) == (True, False)
