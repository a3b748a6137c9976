"""Points that Google measured for the GKE Inference Quickstart, by its client `google-cloud-gkerecommender`.

A profile is one model server on one machine; its statistics are a curve of load: requests and tokens a second, the time
to the first token, and NTPOT, the time of a whole request by its output tokens. From these follow tokens of a request,
its time after the first token, and by Little's law the requests in flight.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Protocol

from weighbridge.errors import NoVerdict
from weighbridge.spec.workloads import InferenceQuickstart, MeasuredPoint, ServedWorkload

GOOGLE = "Google's Inference Quickstart"
MILLISECONDS = 1000.0


class NoProfiles(NoVerdict):
    """The quickstart can't be asked, or has nothing of that model; the message says what to do."""


class LoadStats(Protocol):
    """`PerformanceStats` of the client: one point of the curve."""

    queries_per_second: float
    output_tokens_per_second: float
    ntpot_milliseconds: float
    ttft_milliseconds: float


class Resources(Protocol):
    """`ResourcesUsed` of the client."""

    accelerator_count: int


class Profile(Protocol):
    """`Profile` of the client."""

    accelerator_type: str
    resources_used: Resources
    performance_stats: Sequence[LoadStats]


Profiles = Callable[[InferenceQuickstart], Iterable[Profile]]
"""Asks for the profiles of a model server. Raises `NoProfiles`."""


def with_profiles(workload: ServedWorkload, profiles: Profiles | None) -> ServedWorkload:
    """The workload with Google's points of its accelerators, where it states none of its own. Raises `NoProfiles`."""
    source = workload.quickstart
    if source is None:
        return workload
    if profiles is None:
        raise NoProfiles("the Inference Quickstart can't be asked here")
    own = {(point.accelerator, point.devices) for point in workload.measured}
    found = [
        point
        for profile in profiles(source)
        if profile.accelerator_type in workload.accelerators
        for point in points_of(profile)
        if (point.accelerator, point.devices) not in own
    ]
    if not found:
        named = ", ".join(workload.accelerators)
        raise NoProfiles(f"{GOOGLE} has no profile of {source.model} on {source.server} with {named}")
    return workload.model_copy(update={"measured": (*workload.measured, *_lines(found))})


def points_of(profile: Profile) -> Iterator[MeasuredPoint]:
    """The points of one profile; a load from which no time of a token follows is left out."""
    for stats in profile.performance_stats:
        if stats.queries_per_second <= 0:
            continue
        outputs = stats.output_tokens_per_second / stats.queries_per_second
        whole = stats.ntpot_milliseconds / MILLISECONDS * outputs
        first = stats.ttft_milliseconds / MILLISECONDS
        if outputs <= 1 or not 0 < first < whole:
            continue
        yield MeasuredPoint(
            accelerator=profile.accelerator_type, devices=max(1, profile.resources_used.accelerator_count),
            concurrency=max(1, round(stats.queries_per_second * whole)),
            per_token=timedelta(seconds=(whole - first) / (outputs - 1)), first_token=timedelta(seconds=first),
            by=GOOGLE,
        )  # fmt: skip


def _lines(points: Sequence[MeasuredPoint]) -> Iterator[MeasuredPoint]:
    """Those of places with two concurrencies or more: one makes no line."""
    for point in points:
        place = point.accelerator, point.devices
        if len({other.concurrency for other in points if (other.accelerator, other.devices) == place}) > 1:
            yield point


def google_profiles(endpoint: str | None = None) -> Profiles:
    """Asks Google, with the machine's own credentials; or a server on this machine, ``host:port``, without any.

    Raises `NoProfiles`, where the client isn't installed too.
    """

    def ask(source: InferenceQuickstart) -> Iterable[Profile]:
        try:
            with warnings.catch_warnings():  # of Python versions whose support ends in years
                warnings.simplefilter("ignore")
                from google.api_core.exceptions import GoogleAPIError
                from google.auth.credentials import AnonymousCredentials
                from google.auth.exceptions import GoogleAuthError
                from google.cloud import gkerecommender_v1 as api
        except ModuleNotFoundError:
            raise NoProfiles("`quickstart` needs Google's client: pip install 'weighbridge[quickstart]'") from None
        try:
            if endpoint is None:
                client = api.GkeInferenceQuickstartClient(transport="rest")
            else:
                transport = api.GkeInferenceQuickstartClient.get_transport_class("rest")
                here = transport(host=endpoint, url_scheme="http", credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]  # google.auth has no types
                client = api.GkeInferenceQuickstartClient(transport=here)
            server = api.ModelServerInfo(
                model=source.model, model_server=source.server, model_server_version=source.version or ""
            )
            answer = client.fetch_benchmarking_data(api.FetchBenchmarkingDataRequest(model_server_info=server))
        except (GoogleAPIError, GoogleAuthError) as error:
            raise NoProfiles(f"{GOOGLE} can't be asked: {' '.join(str(error).split())[:200]}") from None
        return list(answer.profile)

    return ask
