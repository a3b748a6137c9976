"""The Cloud Quotas API: limits as granted, what was asked for, and the quota adjuster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from weighbridge.cloud_api.client import Api, ApiAnswer, ApiCall, GoogleCloud, ListPage

SERVICE = "compute.googleapis.com"
PERMISSION = "cloudquotas.quotas.get"
UNLIMITED, UNLIMITED_FROM = -1, 2**53
"""How a limit without end is spelled; some of Google's interfaces write 2**63 - 1."""

AUTO_ADJUSTER = "AUTO_ADJUSTER"


class Details(ApiAnswer):
    """`details` of a row. A value of 0 is left out by the API, as JSON of protocol buffers leaves out every zero."""

    value: int = Field(default=0, ge=UNLIMITED)


class DimensionsInfo(ApiAnswer):
    """One row of a quota. Without `details` nothing is in effect for it."""

    dimensions: Mapping[str, str] = {}
    details: Details | None = None
    applicable_locations: tuple[str, ...] = ()


class QuotaInfo(ApiAnswer):
    """One quota with its rows, from specific to general."""

    quota_id: str
    metric: str = ""
    dimensions_infos: tuple[DimensionsInfo, ...] = ()

    def value(self, region: str, dimensions: Mapping[str, str]) -> int | None:
        """The limit in effect in a region (or `global`), -1 for unlimited, None where no row says one.

        Of the rows that apply the most specific counts: place and family, then family, then place, then the rest. Of
        quotas that are set per zone the smallest of the region's zones counts.
        """
        best: tuple[tuple[bool, bool], list[int]] | None = None
        for row in self.dimensions_infos:
            if row.details is None or not _applies(row, region, dimensions):
                continue
            named = row.dimensions
            rank = (any(key in dimensions for key in named), "region" in named or "zone" in named)
            value = row.details.value
            if best is None or rank > best[0]:
                best = rank, [value]
            elif rank == best[0] and "zone" in named:
                best[1].append(value)
        if best is None:
            return None
        bounded = [value for value in best[1] if UNLIMITED < value < UNLIMITED_FROM]
        return min(bounded) if bounded else UNLIMITED


def _applies(row: DimensionsInfo, region: str, dimensions: Mapping[str, str]) -> bool:
    for name, value in row.dimensions.items():
        if name == "region":
            fits = value == region
        elif name == "zone":
            fits = value.rpartition("-")[0] == region
        else:
            fits = dimensions.get(name) == value
        if not fits:
            return False
    if "region" in row.dimensions or "zone" in row.dimensions or not row.applicable_locations:
        return True
    return any(place == region or place.rpartition("-")[0] == region for place in row.applicable_locations)


class _QuotaInfos(ListPage):
    quota_infos: tuple[QuotaInfo, ...] = ()


class QuotaConfig(ApiAnswer):
    """`quotaConfig`: what was asked for, and what came of it."""

    preferred_value: int = Field(default=0, ge=UNLIMITED)
    granted_value: int | None = Field(default=None, ge=UNLIMITED)
    request_origin: str = ""


class QuotaPreference(ApiAnswer):
    """What somebody asked for, or the quota adjuster did."""

    name: str
    quota_id: str = ""
    service: str = ""
    dimensions: Mapping[str, str] = {}
    quota_config: QuotaConfig = QuotaConfig()
    reconciling: bool = False

    @property
    def region(self) -> str:
        """Its region, or `global`."""
        return self.dimensions.get("region", "global")

    @property
    def further(self) -> tuple[tuple[str, str], ...]:
        """Its dimensions beyond the region."""
        return tuple(sorted((key, value) for key, value in self.dimensions.items() if key != "region"))


class _QuotaPreferences(ListPage):
    quota_preferences: tuple[QuotaPreference, ...] = ()


class _AdjusterSettings(ApiAnswer):
    enablement: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """All limits of a project, by quota id."""

    infos: Mapping[str, QuotaInfo]


def granted(cloud: GoogleCloud, project: str) -> Granted:
    """Every limit of Compute Engine that the project has."""
    call = ApiCall(Api.QUOTAS, f"v1/projects/{project}/locations/global/services/{SERVICE}/quotaInfos", PERMISSION)
    found: dict[str, QuotaInfo] = {}
    for page in cloud.pages(call, _QuotaInfos):
        for info in page.quota_infos:
            found[info.quota_id] = _joined(found.get(info.quota_id), info)
    return Granted(found)


def _joined(before: QuotaInfo | None, more: QuotaInfo) -> QuotaInfo:
    """One quota of two pages is one quota."""
    if before is None:
        return more
    return before.model_copy(update={"dimensions_infos": before.dimensions_infos + more.dimensions_infos})


def preferences(cloud: GoogleCloud, project: str) -> Sequence[QuotaPreference]:
    """What was asked for of Compute Engine's quotas."""
    return tuple(_preferences(cloud, project))


def _preferences(cloud: GoogleCloud, project: str) -> Iterator[QuotaPreference]:
    call = ApiCall(Api.QUOTAS, f"v1/projects/{project}/locations/global/quotaPreferences", PERMISSION)
    for page in cloud.pages(call, _QuotaPreferences):
        yield from (entry for entry in page.quota_preferences if entry.service in ("", SERVICE))


def adjuster_is_on(cloud: GoogleCloud, project: str) -> bool:
    """Whether Google's quota adjuster may raise the project's limits."""
    call = ApiCall(Api.QUOTAS, f"v1beta/projects/{project}/locations/global/quotaAdjusterSettings", PERMISSION)
    return cloud.ask(call, _AdjusterSettings).enablement == "ENABLED"
