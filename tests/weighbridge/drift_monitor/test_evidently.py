"""Distances against Evidently on the same data: the same where the definition is, and where not, by how much."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pandas.core.dtypes.common as pandas_types
import pytest

from weighbridge.drift_monitor.distance import jensen_shannon, population_stability_index, shares, wasserstein
from weighbridge.drift_monitor.number_bins import KeptNumbers

pytestmark = pytest.mark.slow  # scipy's distances are the first check; to load Evidently takes five seconds

TO_BASE_2 = np.sqrt(np.log(2))
"""Evidently takes natural logarithms, so its divergence is ln 2 times ours, and its distance the root of that."""


@pytest.fixture(scope="module")
def evidently():
    """Evidently's distance by its name, for data of a kind."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        # Evidently 0.7 imports a name that pandas 3 has no more; only its tests of types, unused here, call it.
        if not hasattr(pandas_types, "infer_dtype_from_object"):
            patch.setattr(pandas_types, "infer_dtype_from_object", None, raising=False)
        from evidently.legacy.calculations.stattests import registry
        from evidently.legacy.core import ColumnType

    def distance(name, kind, one, other):
        feature = ColumnType.Numerical if kind == "number" else ColumnType.Categorical
        series = pd.Series(one), pd.Series(other)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = registry.get_stattest(*series, feature, name)
            return found(*series, feature, 0.1).drift_score  # 0.1 is for its verdict, which is not compared

    return distance


@pytest.fixture(scope="module")
def numbers():
    random = np.random.default_rng(5)
    one, other = random.normal(size=20_000), random.normal(0.3, 1.2, 10_000)
    kept = KeptNumbers()
    kept.add(one)
    return one, other, *kept.bins()


def test_categories_have_the_same_jensen_shannon_distance_and_stability_index(evidently):
    random = np.random.default_rng(3)
    names = np.array(["de", "fr", "us", "jp"])
    one, other = random.choice(names, 5000, p=[0.4, 0.3, 0.2, 0.1]), random.choice(names, 4000, p=[0.2, 0.3, 0.3, 0.2])
    p, q = (shares(np.array([(values == name).sum() for name in names])) for values in (one, other))

    theirs = evidently("jensenshannon", "category", one, other) / TO_BASE_2
    assert jensen_shannon(p, q) == pytest.approx(theirs, rel=1e-6)
    assert population_stability_index(p, q) == pytest.approx(evidently("psi", "category", one, other), rel=1e-6)


def test_numbers_have_the_same_wasserstein_distance(evidently, numbers):
    one, other, bins, tally = numbers
    theirs = evidently("wasserstein", "number", one, other)
    assert wasserstein(bins, tally, bins.tally(other)) == pytest.approx(theirs, rel=0.001)


def test_numbers_are_binned_by_quantiles_here_and_by_width_there_so_distances_are_near(evidently, numbers):
    one, other, bins, tally = numbers
    p, q = shares(bins.coarse(tally)), shares(bins.coarse(bins.tally(other)))

    theirs = evidently("jensenshannon", "number", one, other) / TO_BASE_2
    assert jensen_shannon(p, q) == pytest.approx(theirs, rel=0.1)
    assert population_stability_index(p, q) == pytest.approx(evidently("psi", "number", one, other), rel=0.2)
