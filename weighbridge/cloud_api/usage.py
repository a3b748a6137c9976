"""How much of each quota is used: by Cloud Monitoring, on both of its surfaces, and by Compute Engine itself.

Monitoring's series are sparse and may be a day old; Compute's counters are of the moment, and know no family quotas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from weighbridge.cloud_api.client import Api, ApiAnswer, ApiCall, GoogleCloud, ListPage
from weighbridge.errors import NoVerdict
from weighbridge.prometheus import BadAnswer
from weighbridge.units import format_timestamp

LOOK_BACK = timedelta(hours=25)
GLOBAL = "global"
SERIES_PERMISSION = "monitoring.timeSeries.list"


@dataclass(frozen=True, slots=True)
class MeasuredUse:
    """What is used of one quota in one place. `family` is the value of the label that tells families apart."""

    metric: str  # as the quota's own, such as compute.googleapis.com/nvidia_l4_gpus
    region: str  # or global
    family: str
    amount: int


class NotCounted(NoVerdict):
    """Compute Engine says itself that its counters can't be had at the moment."""


class _Interval(ApiAnswer):
    end_time: str = ""


class _Value(ApiAnswer):
    int64_value: int | None = None
    double_value: float | None = None


class _Point(ApiAnswer):
    interval: _Interval = _Interval()
    value: _Value = _Value()


class _Labels(ApiAnswer):
    type: str = ""
    labels: Mapping[str, str] = {}


class _TimeSeries(ApiAnswer):
    metric: _Labels
    resource: _Labels
    points: tuple[_Point, ...] = ()

    def newest(self) -> int | None:
        if not self.points:
            return None
        value = max(self.points, key=lambda point: point.interval.end_time).value
        if value.int64_value is not None:
            return value.int64_value
        return None if value.double_value is None else -int(-value.double_value // 1)


class _SeriesPage(ListPage):
    time_series: tuple[_TimeSeries, ...] = ()
    execution_errors: tuple[Mapping[str, object], ...] = ()
    unreachable: tuple[str, ...] = ()


class _Counter(ApiAnswer):
    metric: str = ""
    usage: float | None = None


class _Region(ApiAnswer):
    name: str
    quotas: tuple[_Counter, ...] = ()
    quota_status_warning: Mapping[str, object] | None = None


class _Regions(ListPage):
    items: tuple[_Region, ...] = ()


class _Project(ApiAnswer):
    quotas: tuple[_Counter, ...] = ()


def allocation_use(cloud: GoogleCloud, project: str, now: datetime) -> Sequence[MeasuredUse]:
    """Use by the surface that has most quotas: one metric for all, told apart by a label."""
    wanted = (
        'metric.type="serviceruntime.googleapis.com/quota/allocation/usage" AND resource.type="consumer_quota" '
        'AND resource.labels.service="compute.googleapis.com"'
    )
    found = []
    for series in _series(cloud, project, wanted, now):
        amount = series.newest()
        metric = series.metric.labels.get("quota_metric", "")
        if amount is not None and metric:
            found.append(MeasuredUse(metric, series.resource.labels.get("location", GLOBAL), "", amount))
    return _largest(found)


def family_use(cloud: GoogleCloud, project: str, metric: str, label: str, now: datetime) -> Sequence[MeasuredUse]:
    """Use of a quota that goes by families; its surface has metrics of their own, which begin with `metric`."""
    wanted = f'metric.type="{metric}/usage" AND resource.type="compute.googleapis.com/Location"'
    found = []
    for series in _series(cloud, project, wanted, now):
        amount, family = series.newest(), series.metric.labels.get(label, "")
        if amount is not None:
            found.append(MeasuredUse(metric, series.resource.labels.get("location", GLOBAL), family, amount))
    return _largest(found)


def compute_use(cloud: GoogleCloud, project: str) -> Sequence[MeasuredUse]:
    """Use by Compute Engine's own counters, of each region and of the project. Raises `NotCounted` too."""
    found: list[MeasuredUse] = []
    regions = ApiCall(
        Api.COMPUTE, f"compute/v1/projects/{project}/regions", "compute.regions.list",
        {"fields": "items(name,quotas(metric,usage),quotaStatusWarning),nextPageToken"},
    )  # fmt: skip
    for page in cloud.pages(regions, _Regions):
        for region in page.items:
            if region.quota_status_warning:
                raise NotCounted(f"Compute Engine can't tell the use in {region.name} at the moment")
            found += _counted(region.quotas, region.name)
    whole = ApiCall(
        Api.COMPUTE, f"compute/v1/projects/{project}", "compute.projects.get", {"fields": "quotas(metric,usage)"}
    )
    return _largest([*found, *_counted(cloud.ask(whole, _Project).quotas, GLOBAL)])


def _counted(counters: Sequence[_Counter], region: str) -> Iterator[MeasuredUse]:
    for counter in counters:
        if counter.metric and counter.usage is not None:
            yield MeasuredUse(f"compute.googleapis.com/{counter.metric.lower()}", region, "", -int(-counter.usage // 1))


def _series(cloud: GoogleCloud, project: str, wanted: str, now: datetime) -> Iterator[_TimeSeries]:
    call = ApiCall(
        Api.MONITORING, f"v3/projects/{project}/timeSeries", SERIES_PERMISSION,
        {
            "filter": wanted,
            "interval.startTime": format_timestamp(now - LOOK_BACK),
            "interval.endTime": format_timestamp(now),
            "view": "FULL",
        },
    )  # fmt: skip
    for page in cloud.pages(call, _SeriesPage):
        if page.execution_errors or page.unreachable:
            where = f" of {', '.join(page.unreachable)}" if page.unreachable else ""
            raise BadAnswer(f"{Api.MONITORING} answers a part only: series{where} are missing")
        yield from page.time_series


def _largest(found: Sequence[MeasuredUse]) -> Sequence[MeasuredUse]:
    """Each quota in each place once: a series more than one says it is taken at its largest."""
    best: dict[tuple[str, str, str], MeasuredUse] = {}
    for use in found:
        key = use.metric, use.region, use.family
        if key not in best or use.amount > best[key].amount:
            best[key] = use
    return tuple(best.values())
