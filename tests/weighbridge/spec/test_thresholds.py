"""Thresholds of an endpoint win over those of the environment, key by key."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.models import accepts
from weighbridge.spec.thresholds import Thresholds

OWN = st.fixed_dictionaries(
    {},
    optional={
        "feature_skew": st.sampled_from([0.2, 0.3]),
        "missing": st.sampled_from(["5%", "7%"]),
        "failures": st.sampled_from([2, 3]),
    },
)


def test_what_is_said_wins_and_the_rest_stays():
    environment = Thresholds.model_validate({"feature_skew": 0.4, "missing": "3%"})
    merged = environment.with_own(Thresholds.model_validate({"missing": "8%"}))
    assert (merged.feature_skew, merged.missing, merged.failures) == (0.4, Decimal(8), 3)
    assert environment.with_own(None) is environment


def test_a_default_that_is_written_out_wins_too():
    environment = Thresholds.model_validate({"feature_skew": 0.4})
    assert environment.with_own(Thresholds.model_validate({"feature_skew": 0.3})).feature_skew == 0.3
    assert environment.with_own(Thresholds()).feature_skew == 0.4


@given(OWN, OWN)
def test_every_key_comes_from_whoever_says_it_last(environment, own):
    merged = Thresholds.model_validate(environment).with_own(Thresholds.model_validate(own))
    assert merged == Thresholds.model_validate({**environment, **own})


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("feature_skew", 0.999, 1),
        ("feature_drift", 0.001, 0),
        ("slow_factor", 100, 1),
        ("late_periods", 1, 0),
        ("failures", 2, 1),
        ("missing", "0.5%", "101%"),
        ("queued", "1h", "an hour"),
        ("least_requests", 1, 1_000_001),
    ],
)
def test_bounds(key, good, bad):
    assert accepts(Thresholds, {key: good})
    assert not accepts(Thresholds, {key: bad})


def test_some_defaults_are_those_of_others():
    """Vertex AI's skew, Evidently's drift; a page after three failures."""
    limits = Thresholds()
    assert (limits.feature_skew, limits.feature_drift, limits.failures) == (0.3, 0.1, 3)
    assert (limits.queued, limits.quality_age) == (timedelta(hours=1), timedelta(days=7))
