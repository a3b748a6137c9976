"""One column of a window beside the baseline and the window before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.support.monitor_data import NOW
from weighbridge.drift_monitor.baseline import Baseline, BaselineColumn
from weighbridge.drift_monitor.category_cells import cells_of, counted
from weighbridge.drift_monitor.comparison import compare
from weighbridge.drift_monitor.config import Watched
from weighbridge.drift_monitor.keys import keys_of
from weighbridge.drift_monitor.number_bins import KeptNumbers
from weighbridge.drift_monitor.summary import Summary
from weighbridge.drift_monitor.tally import Tally

NUMBERS = np.arange(1000.0)


def baseline() -> Baseline:
    """A number, `price`, and a category, `country`, half de and half fr."""
    numbers = KeptNumbers()
    numbers.add(NUMBERS)
    bins, tally = numbers.bins()
    both = counted(keys_of(pa.array(["de", "fr"])), np.array([500, 500]))
    return Baseline(
        {
            "price": BaselineColumn(Watched("price", "features", 0), "number", bins, tally),
            "country": BaselineColumn(Watched("country", "labels", 0), "category", cells_of(both), both),
        }
    )


BASE = baseline()
PRICE: Any = BASE.columns["price"].bins
COUNTRY: Any = BASE.columns["country"].bins


def countries(**counts: int) -> Tally:
    return COUNTRY.tally(keys_of(pa.array(list(counts))), np.array(list(counts.values())))


def window(price: Tally | None = None, country: Tally | None = None) -> Summary:
    tallies = {
        "price": price if price is not None else PRICE.tally(NUMBERS),
        "country": country if country is not None else countries(de=50, fr=50),
    }
    return Summary("k", "w", BASE.fingerprint, 1000, NOW, tallies)


def test_a_window_like_the_baseline_has_no_distance():
    price, country = compare(BASE, window(), None)
    assert (price.name, price.role, country.name, country.role) == ("price", "features", "country", "labels")
    for column in (price, country):
        (measured,) = column.measured
        assert measured.against == "training"
        assert measured.distance == pytest.approx(0, abs=1e-9)
        assert measured.noise > 0
        assert column.invalid == {"type": 0, "range": 0, "unseen": 0}


def test_the_method_that_decides_comes_first_and_all_are_given():
    price, country = compare(BASE, window(), None)
    assert (price.measured[0].method, country.measured[0].method) == ("jensen-shannon", "l-infinity")
    assert "wasserstein" in price.measured[0].distances
    assert "wasserstein" not in country.measured[0].distances


def test_the_window_before_is_a_second_measure():
    moved = countries(de=90, fr=10)
    _, country = compare(BASE, window(country=moved), window())
    training, previous = country.measured
    assert (training.against, previous.against) == ("training", "previous")
    assert training.distance == previous.distance == pytest.approx(0.4)
    _, steady = compare(BASE, window(country=moved), window(country=moved))
    assert [measured.distance for measured in steady.measured] == [pytest.approx(0.4), 0]


def test_what_lies_beyond_is_out_of_range_for_numbers_and_unseen_for_categories():
    price = replace(PRICE.tally(np.array([1.0, 2.0, 5000.0, -1.0])), rows=6, missing=1, mistyped=1)
    country = countries(de=3, es=1)
    found = compare(BASE, window(price, country), None)
    assert [column.invalid for column in found] == [
        {"type": 0.2, "range": 0.4, "unseen": 0},
        {"type": 0, "range": 0, "unseen": 0.25},
    ]
    assert found[0].missing == pytest.approx(1 / 6)
    assert found[0].missing_baseline == 0


def test_without_values_there_is_no_distance():
    price, country = compare(BASE, window(price=PRICE.empty()), window())
    assert price.measured == ()
    assert len(country.measured) == 2
    price, _ = compare(BASE, window(), window(PRICE.empty()))
    assert [measured.against for measured in price.measured] == ["training"]
