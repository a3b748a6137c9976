"""A bucket as a store: on condition of a generation, patient where Google asks for it, clear where it can't go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.claim_books import PROJECT, claim
from tests.support.fake_claim_bucket import ClaimBucket, claim_bucket
from weighbridge.claims.bucket_store import BucketStore
from weighbridge.claims.store import StoreUnreadable
from weighbridge.cloud_api.identity import Identity, NoCredentials

NAME = f"gs://example-claims/quota/{PROJECT}.claims"


@pytest.fixture
def bucket() -> Iterator[ClaimBucket]:
    with claim_bucket(seconds_per_write=0) as made:
        yield made


def store(bucket: ClaimBucket, name: str = "example-claims", patience: float = 0.5) -> BucketStore:
    return BucketStore(
        name, "quota", PROJECT, lambda scope: Identity(lambda: f"token of {scope}"), bucket.url, patience
    )


def hold(found: BucketStore, holder: str = "pr-1") -> None:
    found.change(lambda book, _: (book.holding(claim("dev", holder, 2, until=None)), None))


def holders(bucket: ClaimBucket) -> list[str]:
    return [held.holder for held in store(bucket).read().held]


def test_one_object_a_project_with_a_token_that_may_write(bucket):
    assert store(bucket).name == NAME
    hold(store(bucket))
    assert list(bucket.objects) == [f"quota/{PROJECT}.claims"]
    assert {token for _, _, token in bucket.asked} == {
        "Bearer token of https://www.googleapis.com/auth/devstorage.read_write"
    }
    assert [path for method, path, _ in bucket.asked if method == "POST"] == [
        f"/upload/storage/v1/b/example-claims/o?uploadType=media&name=quota%2F{PROJECT}.claims&ifGenerationMatch=0"
    ]


def test_who_comes_second_looks_again(bucket):
    found, seen = store(bucket), []

    def decide(book, _):
        seen.append([held.holder for held in book.held])
        if len(seen) == 1:
            hold(store(bucket), "pr-2")
        return book.holding(claim("dev", "pr-1", 2, until=None)), None

    found.change(decide)
    assert seen == [[], ["pr-2"]]
    assert holders(bucket) == ["pr-2", "pr-1"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 408])
def test_what_passes_is_asked_again(bucket, status):
    bucket.failures = [status, status]
    hold(store(bucket, patience=5))
    assert holders(bucket) == ["pr-1"]


def test_what_does_not_pass_is_given_up(bucket):
    bucket.failures = [429] * 100
    with pytest.raises(StoreUnreadable) as error:
        hold(store(bucket))
    assert str(error.value) == f"{NAME}: it answers 429 Too Many Requests, for 0.5 s. Try again in a while."


def test_a_write_whose_answer_was_lost_counts_once(bucket):
    bucket.lose_next_answer = True
    hold(store(bucket, patience=5))
    assert holders(bucket) == ["pr-1"]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, f"{NAME} may not be read by this identity (403). Grant it roles/storage.objectViewer there."),
        (401, f"{NAME} may not be read by this identity (401). Grant it roles/storage.objectViewer there."),
        (400, f"{NAME} can't be read: 400 Bad Request, {{}}"),
    ],
)
def test_what_is_refused_says_what_to_do(bucket, status, message):
    bucket.failures = [status]
    with pytest.raises(StoreUnreadable) as error:
        store(bucket).read()
    assert str(error.value) == message


def test_a_reader_that_may_not_write_is_told(bucket):
    hold(store(bucket))

    def decide(book, _):
        bucket.failures = [403]
        return book.holding(claim("dev", "pr-2", 1)), None

    with pytest.raises(StoreUnreadable, match=r"may not be written by this identity \(403\). Grant it roles/st"):
        store(bucket).change(decide)
    assert holders(bucket) == ["pr-1"]


def test_a_bucket_that_is_missing_is_no_empty_store(bucket):
    with pytest.raises(StoreUnreadable) as error:
        store(bucket, "other").read()
    assert str(error.value) == (
        f"gs://other/quota/{PROJECT}.claims: there is no such bucket. Make it, or mend `claims` in stacks/quota.yaml."
    )


def test_nobody_there_is_given_up(bucket):
    gone = BucketStore("example-claims", "", PROJECT, lambda _: Identity(lambda: "t"), "http://127.0.0.1:9", 0.3)
    with pytest.raises(StoreUnreadable, match=r"it can't be reached \(ConnectionError\), for 0.3 s"):
        gone.read()


def nobody(*_):
    raise NoCredentials("no credentials")


@pytest.mark.parametrize("identity", [nobody, lambda _: Identity(nobody)], ids=["at first", "any more"])
def test_without_credentials_it_says_how_to_sign_in(bucket, identity):
    found = BucketStore("example-claims", "", PROJECT, identity, bucket.url, 0.3)
    with pytest.raises(StoreUnreadable) as error:
        found.read()
    assert str(error.value) == f"gs://example-claims/{PROJECT}.claims can't be reached: no credentials"
    assert bucket.asked == []


@pytest.mark.parametrize("ahead", [-600, 600])
def test_the_time_is_the_services(bucket, ahead):
    bucket.skew = ahead
    now = store(bucket).change(lambda book, now: (book.holding(claim("dev", "pr-1", 2, until=now + 60)), now))
    assert len(store(bucket).read().held) == 1
    bucket.skew = ahead + 120
    assert store(bucket).read().held == ()
    assert store(bucket).change(lambda book, now: (book, now)) - now in range(110, 400)
