"""Our tables and calls against what ships in installed packages: a newer package shows what has aged.

Google's discovery documents come with google-api-python-client; the Cloud Quotas API has none there, but the Pulumi
provider has its shapes. Prometheus' grammar is asked by `signals/test_dialect`.
"""

from __future__ import annotations

import csv

import pytest
from pulumi_gcp.cloudquota import outputs

from tests.support.monitoring.discovery import document, paths
from tests.support.paths import ROOT
from weighbridge.cloud_api import advice, billing, machines, quotas, usage
from weighbridge.cloud_api.client import ApiAnswer
from weighbridge.pull import reservations
from weighbridge.pull.capacity import MODELS

COMPUTE = document("compute.v1")["schemas"]
READ: dict[str, dict[str, type[ApiAnswer]]] = {
    "compute.v1": {
        "Region": usage._Region, "Quota": usage._Counter, "Project": usage._Project,
        "Reservation": machines.LiveReservation, "AllocationSpecificSKUReservation": machines.SpecificReservation,
        "AllocationSpecificSKUAllocationReservedInstanceProperties": machines.InstanceProperties,
        "AcceleratorConfig": machines.Accelerator, "ShareSettings": machines.ShareSettings,
        "FutureReservation": machines.FutureReservation, "FutureReservationStatus": machines._FutureStatus,
        "FutureReservationTimeWindow": machines._Window,
        "FutureReservationSpecificSKUProperties": machines._FutureProperties,
        "MachineType": machines.SoldMachine, "DeprecationStatus": machines._Deprecated,
        "BundledLocalSsds": machines._BundledDisks, "Instance": machines.Instance, "Scheduling": machines._Scheduling,
        "ReservationAggregatedList": machines._AggregatedPage[machines._ReservationScope],
        "InstanceAggregatedList": machines._AggregatedPage[machines._InstanceScope],
        "FutureReservationsAggregatedListResponse": machines._AggregatedPage[machines._FutureScope],
        "MachineTypeList": machines._MachineTypes,
        "MachineTypeAggregatedList": machines._AggregatedPage[machines._MachineTypeScope], "RegionList": usage._Regions,
        "CapacityAdviceResponseRecommendationScores": advice._Scores, "CapacityHistoryResponse": advice._History,
        "FutureResourcesRecommendation": advice._Slot, "CalendarModeRecommendation": advice._CalendarRecommendation,
        "CapacityHistoryResponsePriceRecord": advice._SpotPrice, "Money": advice.UsDollars,
        "CapacityHistoryResponsePreemptionRecord": advice._Preemptions,
    },
    "monitoring.v3": {
        "ListTimeSeriesResponse": usage._SeriesPage, "TimeSeries": usage._TimeSeries, "Point": usage._Point,
        "TypedValue": usage._Value,
    },
    "cloudbilling.v1": {
        "Sku": billing._Sku, "PricingInfo": billing._Pricing, "PricingExpression": billing._Expression,
        "TierRate": billing._Rate, "Category": billing._Category, "ListSkusResponse": billing._Skus,
        "Money": advice.UsDollars,
    },
}  # fmt: skip
QUOTAS: dict[str, type[ApiAnswer]] = {
    "GetSQuotaInfosQuotaInfoResult": quotas.QuotaInfo,
    "GetSQuotaInfosQuotaInfoDimensionsInfoResult": quotas.DimensionsInfo,
    "GetSQuotaInfosQuotaInfoDimensionsInfoDetailResult": quotas.Details,
    "SQuotaPreferenceQuotaConfig": quotas.QuotaConfig,
}


@pytest.mark.parametrize(("name", "schema"), [(name, schema) for name, models in READ.items() for schema in models])
def test_every_field_that_is_read_is_one_of_google_s(name, schema):
    model = READ[name][schema]
    fields = {field.alias for field in model.model_fields.values()}
    assert fields <= set(document(name)["schemas"][schema]["properties"]), schema


@pytest.mark.parametrize("shape", QUOTAS)
def test_every_field_of_the_cloud_quotas_api_is_one_of_the_provider_s(shape):
    known = {name for name in dir(getattr(outputs, shape)) if not name.startswith("_")}
    assert set(QUOTAS[shape].model_fields) <= known


def test_every_path_that_is_asked_is_one_of_google_s():
    asked = {
        "compute.v1": [
            ("GET", "compute/v1/projects/*/regions"), ("GET", "compute/v1/projects/*"),
            *(("GET", f"compute/v1/projects/*/aggregated/{what}")
              for what in ("reservations", "futureReservations", "instances", "machineTypes")),
            ("GET", "compute/v1/projects/*/zones/*/machineTypes"),
            *(("POST", f"compute/v1/projects/*/regions/*/advice/{method}")
              for method in ("capacity", "capacityHistory", "calendarMode")),
        ],
        "monitoring.v3": [("GET", "v3/projects/*/timeSeries")],
        "cloudbilling.v1": [("GET", "v1/services/*/skus")],
    }  # fmt: skip
    for name, calls in asked.items():
        assert set(calls) <= paths(name), name


def enum(schema: str, field: str) -> set[str]:
    shape = COMPUTE[schema]["properties"][field]
    return set(shape["enum"])


def test_states_and_families_are_among_google_s():
    assert reservations.HOLDING - {""} <= enum("Reservation", "status")
    statuses = enum("FutureReservationStatus", "procurementStatus")
    assert statuses >= reservations.COMING | reservations.ASKED
    assert reservations.CALENDAR in enum("FutureReservation", "reservationMode")
    assert set(advice.TPU_FAMILIES.values()) <= enum("FutureResourcesSpecAggregateResources", "vmFamily")
    assert set(MODELS.values()) <= enum("CapacityAdviceRequestInstancePropertiesScheduling", "provisioningModel")
    # What is neither holding, coming nor asked for is over, or was never to be.
    left = statuses - reservations.COMING - reservations.ASKED - {"PROCUREMENT_STATUS_UNSPECIFIED"}
    assert left == {"CANCELLED", "DECLINED", "FAILED", "FAILED_PARTIALLY_FULFILLED", "FULFILLED"}


def test_names_of_quota_metrics_that_compute_has_not_are_not_called_sure():
    known = enum("Quota", "metric")
    with (ROOT / "weighbridge" / "catalog" / "quota_metrics.csv").open() as file:
        shared = [row for row in csv.DictReader(file) if row["surface"] == "consumer_quota"]
    rows = [row for row in shared if row["metric"].startswith("compute.googleapis.com/")]
    names = {row["metric"].rpartition("/")[2].upper(): row["confidence"] for row in rows}
    assert len(names) == len(rows)
    assert {names[name] for name in names if name not in known} <= {"inferred", "unverified"}
    assert sum(name in known for name in names) >= 40
