"""What counts as too much, as the spec writes it: once for the environment, and again where one thing differs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from weighbridge.units import PART, Duration, Percent, WholeNumber

Distance = Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)]
"""Between two distributions: 0 alike, 1 nothing in common (Jensen-Shannon to base 2, L-infinity)."""

Factor = Annotated[float, Field(strict=True, gt=1, le=100, allow_inf_nan=False)]


class Thresholds(BaseModel):
    """`thresholds`: from where on somebody is told. Those of an endpoint or pipeline win over those of `monitoring`."""

    model_config = PART

    feature_skew: Distance = 0.3
    """Distance of a feature from the training data. Vertex AI's default."""

    feature_drift: Distance = 0.1
    """Distance of a feature from the window before. Evidently's default."""

    drifted_share: Percent = Decimal(50)
    """Share of all features that are skewed at once. Evidently's default."""

    prediction_skew: Distance = 0.1
    """Distance of predictions from those on the training data."""

    prediction_drift: Distance = 0.1
    """Distance of predictions from the window before."""

    label_skew: Distance = 0.1
    """Distance of labels from the training data."""

    label_drift: Distance = 0.1
    """Distance of labels from the window before."""

    test_data_skew: Distance = 0.1
    """Distance of a feature of the test data from the training data."""

    test_data_drift: Distance = 0.1
    """Distance of a feature of the test data from the test data before."""

    missing: Percent = Decimal(5)
    """Share of missing values, above the baseline's own."""

    invalid: Percent = Decimal(1)
    """Share of values of the wrong type or outside the baseline's domain."""

    quality_drop: Percent = Decimal(5)
    """Loss of model quality against its baseline."""

    proxy_shift: Percent = Decimal(50)
    """Change of a proxy of quality, up or down."""

    first_token: Duration = timedelta(seconds=10)
    """Time to the first token that 95 of 100 requests stay under, where a server exposes it."""

    tokens_per_second: Annotated[WholeNumber, Field(ge=1, le=10_000)] = 5
    """Tokens of one answer in a second, on average, below which it is too slow. About as fast as people read."""

    cache_use: Percent = Decimal(95)
    """Share of a replica's key-value cache that is used; beyond it, requests wait or are computed again."""

    slow_factor: Factor = 1.5
    """A run is slow that takes this many times as long as usual."""

    late_periods: Annotated[WholeNumber, Field(ge=1, le=100)] = 2
    """A pipeline is late when this many periods (`runs_every`) have passed since its last success."""

    window_age: Duration = timedelta(days=1)
    """The newest window of an endpoint is old when its newest file is this old."""

    quality_age: Duration = timedelta(days=7)
    """The newest report of a model's quality is old when it is this old."""

    failures: Annotated[WholeNumber, Field(ge=2, le=100)] = 3
    """Failed runs in a row that wake somebody; the first one makes a ticket."""

    quota_use: Percent = Decimal(80)
    """Share of a limit that is used."""

    quota_growth: Percent = Decimal(10)
    """Share of a limit by which its use grows in an hour."""

    quota_exhaustion: Duration = timedelta(days=1)
    """Time until a limit is reached, if use goes on growing as in the last six hours."""

    queued: Duration = timedelta(hours=1)
    """How long workloads may wait for quota."""

    above_guarantee: Duration = timedelta(hours=6)
    """How long a pipeline may use more than its guarantee before it is named."""

    least_requests: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] = 100
    """Fewest requests in an hour from which an error ratio says something."""

    def with_own(self, own: Thresholds | None) -> Thresholds:
        """These, with what `own` states itself instead."""
        if own is None:
            return self
        return self.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
