"""The coverage matrix for programs."""

from __future__ import annotations

import json
from datetime import date

from tests.support.specs import prod
from weighbridge.render.signals.json import render
from weighbridge.signals.coverage import coverage
from weighbridge.signals.subjects import subjects
from weighbridge.signals.watched import watched


def test_a_cell_is_watched_or_blind_with_what_to_say():
    spec = prod(("      predictions: [score]\n", ""))
    known = subjects(spec)
    found = json.loads(render("prod", coverage(known, watched(known), (), date(2026, 11, 25))))
    cells = {(cell["of"], cell["cell"]): cell for cell in found["cells"]}
    skew = cells["ranker", "serving/prediction-skew"]
    assert (skew["watched_by"], skew["exempt"]) == ([], None)
    assert skew["blind"] == "name the columns that are predictions in `watch.predictions`"
    drift = cells["ranker", "serving/feature-drift"]
    assert (bool(drift["watched_by"]), drift["blind"]) == (True, None)
