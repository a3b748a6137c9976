"""List prices of Compute Engine, as the Cloud Billing API has them: public, the same for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from weighbridge.cloud_api.advice import UsDollars
from weighbridge.cloud_api.client import Api, ApiAnswer, ApiCall, GoogleCloud, ListPage

COMPUTE_ENGINE = "6F81-5844-456A"
"""How Cloud Billing calls the service."""

PERMISSION = "serviceusage.services.use"  # prices are public, but somebody's project makes the call
SPOT_WORDS = "Spot Preemptible "
PLACE_WORDS = " running in "
HOURLY = frozenset({"h", "GiBy.h"})


class _Category(ApiAnswer):
    usage_type: str = ""


class _Rate(ApiAnswer):
    unit_price: UsDollars = UsDollars()


class _Expression(ApiAnswer):
    usage_unit: str = ""
    tiered_rates: tuple[_Rate, ...] = ()


class _Pricing(ApiAnswer):
    effective_time: str = ""
    pricing_expression: _Expression = _Expression()


class _Sku(ApiAnswer):
    description: str = ""
    category: _Category = _Category()
    service_regions: tuple[str, ...] = ()
    pricing_info: tuple[_Pricing, ...] = ()


class _Skus(ListPage):
    skus: tuple[_Sku, ...] = ()


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What one core, GiB or GPU costs by the hour in these regions."""

    words: str  # of the SKU, without where it runs and whether it is Spot
    spot: bool
    regions: tuple[str, ...]
    usd: Decimal


def list_prices(cloud: GoogleCloud) -> Iterator[ListPrice]:
    """Every hourly price on demand and of Spot; commitments and other units are left out."""
    call = ApiCall(
        Api.BILLING, f"v1/services/{COMPUTE_ENGINE}/skus", PERMISSION, {"pageSize": "5000", "currencyCode": "USD"}
    )
    for page in cloud.pages(call, _Skus):
        for sku in page.skus:
            price = _price(sku)
            if price is not None:
                yield price


def _price(sku: _Sku) -> ListPrice | None:
    words, runs, _ = sku.description.partition(PLACE_WORDS)
    if not runs or sku.category.usage_type not in ("OnDemand", "Preemptible") or not sku.pricing_info:
        return None
    current = max(sku.pricing_info, key=lambda info: info.effective_time).pricing_expression
    paid = [rate for rate in current.tiered_rates if rate.unit_price.usd]
    if current.usage_unit not in HOURLY or len(paid) != 1:
        return None  # a price in tiers, or of another unit, is no price of one hour
    usd = paid[0].unit_price.usd
    if usd is None or usd <= 0:
        return None
    spot = sku.category.usage_type == "Preemptible"
    return ListPrice(words.removeprefix(SPOT_WORDS), spot, sku.service_regions, usd)
