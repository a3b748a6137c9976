"""Which SKUs are prices of an hour."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.google_apis import google_apis
from tests.weighbridge.cli.test_catalog import sku
from weighbridge.cloud_api.billing import ListPrice, list_prices
from weighbridge.cloud_api.client import GoogleCloud
from weighbridge.cloud_api.identity import Identity

GOOD = sku("N2 Instance Core", "us-central1", Decimal("0.031"), spot=True)


def found(*skus):
    with google_apis(skus=list(skus), page_size=1) as apis, GoogleCloud(Identity(lambda: "t"), apis.url) as cloud:
        return list(list_prices(cloud))


def test_words_are_those_of_the_part_and_the_newest_price_counts():
    assert found(GOOD) == [ListPrice("N2 Instance Core", spot=True, regions=("us-central1",), usd=Decimal("0.031"))]


@pytest.mark.parametrize(
    "changed",
    [
        {"description": "N2 Instance Core"},
        {"category": {"usageType": "Commit1Yr"}},
        {"pricingInfo": []},
        sku("N2 Instance Core", "us-central1", Decimal(0)),
        sku("N2 Instance Core", "us-central1", Decimal(1), unit="mo"),
    ],
)
def test_what_is_no_price_of_an_hour_is_left_out(changed):
    assert found(GOOD | changed) == []
