"""What is asked of Compute Engine's advice, field by field, and how little of an answer is enough."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.google_apis import google_apis
from tests.support.monitoring.discovery import validator
from tests.support.specs import NOW
from weighbridge.cloud_api import advice
from weighbridge.cloud_api.client import GoogleCloud
from weighbridge.cloud_api.identity import Identity

WHERE = ("example-ml", "us-central1")


def asked(answers, *calls):
    with google_apis(advice=answers) as apis, GoogleCloud(Identity(lambda: "t"), apis.url) as cloud:
        return [call(cloud) for call in calls], apis.bodies


CALLS = (
    lambda cloud: advice.obtainability(cloud, *WHERE, "a4-highgpu-8g", ["us-central1-a"], 4, "SPOT"),
    lambda cloud: advice.spot_history(cloud, *WHERE, "a4-highgpu-8g", "us-central1-a"),
    lambda cloud: advice.free_slot(cloud, *WHERE, "a4-highgpu-8g", 4, NOW, 7, None),
    lambda cloud: advice.free_slot(cloud, *WHERE, "ct6e-standard-4t", 4, NOW, 7, ("ct6e", 16)),
)


def test_every_field_that_is_sent_is_one_of_google_s():
    _, bodies = asked({"capacity": {}, "capacityHistory": {}, "calendarMode": {}}, *CALLS)
    schemas = ("CapacityAdviceRequest", "CapacityHistoryRequest", "CalendarModeAdviceRequest")
    for body, schema in zip(bodies, (*schemas, schemas[2]), strict=True):
        validator("compute.v1", schema).validate(body)


def test_an_answer_without_anything_says_nothing():
    found, _ = asked({"capacity": {}, "capacityHistory": {}, "calendarMode": {}}, *CALLS)
    assert found == [advice.Obtainability(None, None), advice.SpotHistory(None, None), None, None]


@pytest.mark.parametrize(("currency", "usd"), [("USD", Decimal("1.5")), ("EUR", None)])
def test_only_dollars_are_dollars(currency, usd):
    price = {"currencyCode": currency, "units": "1", "nanos": 500_000_000}
    (found,), _ = asked({"capacityHistory": {"priceHistory": [{"listPrice": price}]}}, CALLS[1])
    assert found.usd_per_hour == usd
