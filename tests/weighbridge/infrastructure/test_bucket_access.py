"""Contents are read below the named paths only."""

from __future__ import annotations

from weighbridge.infrastructure.bucket_access import BucketAccess, bucket_accesses

OBJECTS = "projects/_/buckets/models/objects"
NO_OBJECT = 'resource.type != "storage.googleapis.com/Object"'


def test_a_folder_is_read_with_all_below_it_and_nothing_that_begins_alike():
    assert BucketAccess("models", "ranker/v7/").condition == (
        f'{NO_OBJECT} || resource.name.startsWith("{OBJECTS}/ranker/v7/")'
    )


def test_what_may_be_a_file_or_a_folder_is_read_as_both():
    assert BucketAccess("models", "ranker/v7").condition == (
        f'{NO_OBJECT} || resource.name == "{OBJECTS}/ranker/v7" || resource.name.startsWith("{OBJECTS}/ranker/v7/")'
    )


def test_paths_are_told_apart_by_bucket_and_those_below_another_are_left_out():
    assert bucket_accesses(["gs://b/runs/", "gs://a/x/y.parquet", "gs://b/runs/daily/", "gs://b/runs-2/"]) == (
        BucketAccess("a", "x/y.parquet"),
        BucketAccess("b", "runs-2/"),
        BucketAccess("b", "runs/"),
    )


def test_a_bucket_without_a_path_is_read_whole():
    (whole,) = bucket_accesses(["gs://models/ranker/", "gs://models/"])
    assert (whole, whole.condition) == (BucketAccess("models", ""), None)
    assert bucket_accesses(["gs://models"]) == (whole,)


def test_a_further_path_changes_none_that_is_read_already():
    """So that an update adds a grant and replaces none."""
    before = bucket_accesses(["gs://models/ranker/v7"])
    after = bucket_accesses(["gs://models/ranker/v7", "gs://models/ranker/v8"])
    assert set(before) < set(after)
    assert [access.name for access in after] == ["models/ranker/v7", "models/ranker/v8"]
