"""Which store a quota file names."""

from pathlib import Path

from tests.support.claim_books import PROJECT, claim
from tests.support.specs import quota_file
from weighbridge.claims.book import Book
from weighbridge.claims.bucket_store import BucketStore
from weighbridge.claims.folder_store import FolderStore
from weighbridge.claims.held import UnreadClaims
from weighbridge.claims.opening import open_store, read_claims
from weighbridge.cloud_api.identity import own_identity


def opened(path: str):
    return open_store(quota_file(claims={"store": path}), Path("/project"))


def test_a_folder_below_the_project_one_anywhere_and_a_bucket():
    assert open_store(quota_file(), Path("/project")) is None
    assert opened("claims") == FolderStore(Path("/project/claims"), PROJECT)
    assert opened("/mnt/claims") == FolderStore(Path("/mnt/claims"), PROJECT)
    assert opened("gs://bucket-a/ml/claims/") == BucketStore("bucket-a", "ml/claims", PROJECT)
    assert opened("gs://bucket-a").name == f"gs://bucket-a/{PROJECT}.claims"


def test_what_is_claimed_or_why_it_cannot_be_told(tmp_path):
    quota = quota_file(claims={"store": "claims"})
    assert read_claims(quota_file(), tmp_path) is None
    assert read_claims(quota, tmp_path) == UnreadClaims(
        f"the claims can't be read, so nothing is admitted: there is no folder {tmp_path}/claims, where "
        f"{tmp_path}/claims/{PROJECT}.claims would be. Make it once, where all runners see it."
    )
    (tmp_path / "claims").mkdir()
    assert read_claims(quota, tmp_path) == Book(PROJECT)
    open_store(quota, tmp_path).change(lambda book, _: (book.holding(claim("dev", "pr-1", 1, until=None)), None))
    assert [held.holder for held in read_claims(quota, tmp_path).held] == ["pr-1"]


def test_without_credentials_it_says_that_nothing_is_admitted(monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "no token")
    own_identity.cache_clear()
    unread = read_claims(quota_file(claims={"store": "gs://bucket-a"}), tmp_path)
    assert isinstance(unread, UnreadClaims)
    assert unread.why.startswith(
        f"the claims can't be read, so nothing is admitted: gs://bucket-a/{PROJECT}.claims can't be reached: "
        "GOOGLE_OAUTH_ACCESS_TOKEN is no access token"
    )
