"""Compute Engine's advice: how likely machines are to be had, how long Spot lasts and costs, when a slot is free.

Which machine types and projects it answers for is not documented, so each answer may be a refusal of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from weighbridge.cloud_api.client import Api, ApiAnswer, ApiCall, GoogleCloud
from weighbridge.units import format_timestamp

SPECIFICATION = "machines"
"""Our name of what is asked for, where the API wants one."""

TPU_FAMILIES: Mapping[str, str] = {
    "ct5lp": "VM_FAMILY_CLOUD_TPU_LITE_POD_SLICE_CT5LP",
    "ct5p": "VM_FAMILY_CLOUD_TPU_POD_SLICE_CT5P",
    "ct6e": "VM_FAMILY_CLOUD_TPU_LITE_POD_SLICE_CT6E",
    "tpu7x": "VM_FAMILY_CLOUD_TPU_POD_SLICE_TPU7X",
}
"""How the API names machine families that have TPUs."""


class _Scores(ApiAnswer):
    obtainability: float | None = None
    estimated_uptime: str = ""  # seconds, such as 3600s


class _Recommendation(ApiAnswer):
    scores: _Scores = _Scores()


class _CapacityAdvice(ApiAnswer):
    recommendations: tuple[_Recommendation, ...] = ()


class _Span(ApiAnswer):
    end_time: str = ""


class UsDollars(ApiAnswer):
    """An amount of money; of another currency it is not read."""

    currency_code: str = "USD"
    units: int = 0
    nanos: int = 0

    @property
    def usd(self) -> Decimal | None:
        """In dollars; None: it is another currency's."""
        amount = self.units + Decimal(self.nanos) / 10**9
        return amount if self.currency_code == "USD" and amount >= 0 else None


class _Preemptions(ApiAnswer):
    interval: _Span = _Span()
    preemption_rate: float = 0.0


class _SpotPrice(ApiAnswer):
    interval: _Span = _Span()
    list_price: UsDollars = UsDollars()


class _History(ApiAnswer):
    preemption_history: tuple[_Preemptions, ...] = ()
    price_history: tuple[_SpotPrice, ...] = ()


class _Slot(ApiAnswer):
    location: str = ""
    start_time: str = ""
    end_time: str = ""


class _CalendarRecommendation(ApiAnswer):
    recommendations_per_spec: Mapping[str, _Slot] = {}


class _CalendarAdvice(ApiAnswer):
    recommendations: tuple[_CalendarRecommendation, ...] = ()


@dataclass(frozen=True, slots=True)
class Obtainability:
    """How likely so many machines are to be had, from 0 to 1, and how long Spot would last. None: not said."""

    score: float | None
    uptime_seconds: int | None


@dataclass(frozen=True, slots=True)
class SpotHistory:
    """Of Spot machines that stopped, the part that was preempted; and the newest list price. None: not said."""

    preemption_rate: float | None
    usd_per_hour: Decimal | None


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """When and where machines can be reserved in calendar mode."""

    zone: str
    begins: str
    ends: str


def obtainability(
    cloud: GoogleCloud, project: str, region: str, machine_type: str, zones: Sequence[str], size: int, model: str
) -> Obtainability:
    """`model` is STANDARD, SPOT or FLEX_START."""
    body = {
        "size": size,
        "instanceProperties": {"scheduling": {"provisioningModel": model}},
        "instanceFlexibilityPolicy": {"instanceSelections": {SPECIFICATION: {"machineTypes": [machine_type]}}},
        "distributionPolicy": {
            "targetShape": "ANY" if len(zones) > 1 else "ANY_SINGLE_ZONE",
            "zones": [{"zone": f"zones/{zone}"} for zone in zones],
        },
    }
    answer = cloud.ask(_call(project, region, "capacity", body), _CapacityAdvice)
    scores = answer.recommendations[0].scores if answer.recommendations else _Scores()
    uptime = scores.estimated_uptime.removesuffix("s").partition(".")[0]
    return Obtainability(scores.obtainability, int(uptime) if uptime.isdecimal() else None)


def spot_history(cloud: GoogleCloud, project: str, region: str, machine_type: str, zone: str) -> SpotHistory:
    """What became of Spot machines in a zone lately."""
    body = {
        "instanceProperties": {"machineType": machine_type, "scheduling": {"provisioningModel": "SPOT"}},
        "locationPolicy": {"location": f"zones/{zone}"},
        "types": ["PREEMPTION", "PRICE"],
    }
    answer = cloud.ask(_call(project, region, "capacityHistory", body), _History)
    preempted = max(answer.preemption_history, key=lambda entry: entry.interval.end_time, default=None)
    price = max(answer.price_history, key=lambda entry: entry.interval.end_time, default=None)
    return SpotHistory(
        preempted.preemption_rate if preempted is not None else None,
        price.list_price.usd if price is not None else None,
    )


def free_slot(
    cloud: GoogleCloud, project: str, region: str, machine_type: str, count: int, now: datetime, days: int,
    chips: tuple[str, int] | None,
) -> FreeSlot | None:  # fmt: skip
    """The next slot of so many days within 90; None: none is recommended. `chips`: family and number, of TPUs."""
    if chips is None:
        resources = {"specificSkuResources": {"machineType": machine_type, "instanceCount": str(count)}}
    else:
        family, number = chips
        resources = {"aggregateResources": {"vmFamily": TPU_FAMILIES[family], "acceleratorCount": str(number)}}
    seconds = f"{days * 86400}s"
    body = {
        "futureResourcesSpecs": {
            SPECIFICATION: {
                "targetResources": resources,
                "timeRangeSpec": {
                    "minDuration": seconds,
                    "maxDuration": seconds,
                    "startTimeNotEarlierThan": format_timestamp(now + timedelta(days=1)),
                    "startTimeNotLaterThan": format_timestamp(now + timedelta(days=90)),
                },
            }
        }
    }
    answer = cloud.ask(_call(project, region, "calendarMode", body), _CalendarAdvice)
    for recommendation in answer.recommendations:
        slot = recommendation.recommendations_per_spec.get(SPECIFICATION)
        if slot is not None and slot.location and slot.start_time:
            return FreeSlot(slot.location.rpartition("/")[2], slot.start_time[:10], slot.end_time[:10])
    return None


def _call(project: str, region: str, method: str, body: Mapping[str, object]) -> ApiCall:
    path = f"compute/v1/projects/{project}/regions/{region}/advice/{method}"
    return ApiCall(Api.COMPUTE, path, f"compute.advice.{method}", body=body)
