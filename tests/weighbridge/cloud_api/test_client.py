"""What the client sends, when it asks again, and where it stops."""

from __future__ import annotations

import pytest

from tests.support.google_apis import FOREVER, Failure, google_apis
from weighbridge.cloud_api import client
from weighbridge.cloud_api.client import Api, ApiAnswer, ApiCall, GoogleCloud, ListPage, NotFound
from weighbridge.cloud_api.identity import Identity
from weighbridge.prometheus import BadAnswer, NoAnswer, UnsafeAddress

REGIONS = ApiCall(Api.COMPUTE, "compute/v1/projects/example-ml/regions", "compute.regions.list")
WHO = Identity(lambda: "token")


class Names(ListPage):
    items: tuple[dict[str, str], ...] = ()


class Empty(ApiAnswer):
    pass


def test_it_waits_longer_each_time_and_as_long_as_it_is_asked_to():
    waits: list[float] = []
    with google_apis(regions=[{"name": "a"}]) as apis, GoogleCloud(WHO, apis.url, waits.append) as cloud:
        apis.failures = {"regions": [Failure(500), Failure(500), Failure(429, headers={"Retry-After": "20"})]}
        (page,) = cloud.pages(REGIONS, Names)
    assert page.items == ({"name": "a"},)
    assert 1 <= waits[0] <= 2 <= waits[1] <= 4
    assert waits[2] == 20


@pytest.mark.parametrize(
    ("header", "longest"), [("999999", 30.0), ("nan", 0.0), ("-5", 0.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)]
)
def test_no_server_makes_it_wait_for_ever(header, longest):
    waits: list[float] = []
    with google_apis() as apis, GoogleCloud(WHO, apis.url, waits.append) as cloud:
        apis.failures = {"regions": [Failure(503, headers={"Retry-After": header})]}
        list(cloud.pages(REGIONS, Names))
    assert waits[0] == longest or (longest == 0.0 and 1 <= waits[0] <= 2)


def test_a_silent_api_is_not_waited_for_again():
    waits: list[float] = []
    with google_apis() as apis, GoogleCloud(WHO, apis.url, waits.append) as cloud:
        apis.failures = {"regions": [Failure(429, times=FOREVER)]}
        for _ in range(3):
            with pytest.raises(
                NoAnswer, match=r"compute.googleapis.com doesn't answer: 429 Too Many Requests, 5 times"
            ):
                list(cloud.pages(REGIONS, Names))
        assert (len(apis.asked), len(waits)) == (client.TRIES, client.TRIES - 1)


def test_what_nobody_listens_on_is_said():
    with GoogleCloud(WHO, "http://127.0.0.1:9", lambda _: None) as cloud, pytest.raises(NoAnswer, match="refused"):
        cloud.ask(REGIONS, Empty)


def test_what_there_is_none_of_and_what_is_wrong_are_told_apart():
    with google_apis() as apis, GoogleCloud(WHO, apis.url) as cloud:
        with pytest.raises(NotFound):
            cloud.ask(ApiCall(Api.COMPUTE, "compute/v1/nothing", "x"), Empty)
        apis.failures = {"regions": [Failure(400, {"error": {"message": "Invalid value\nfor field"}})]}
        with pytest.raises(BadAnswer, match="answers 400: Invalid value for field"):
            cloud.ask(REGIONS, Empty)


def test_a_body_makes_it_a_post():
    with google_apis(advice={"capacity": {}}) as apis, GoogleCloud(WHO, apis.url) as cloud:
        cloud.ask(ApiCall(Api.COMPUTE, "compute/v1/x/advice/capacity", "x", body={"size": 2}), Empty)
    assert apis.asked == ["POST compute.googleapis.com/compute/v1/x/advice/capacity"]
    assert apis.bodies == [{"size": 2}]


def test_plain_http_leaves_this_machine_never():
    with pytest.raises(UnsafeAddress, match=r"a token isn't sent over plain http"):
        GoogleCloud(WHO, "http://example.com")
