"""What BigQuery is asked, field by field, against Google's own description of its API."""

from __future__ import annotations

import pytest

from tests.support.google_apis import google_apis
from tests.support.monitoring.discovery import document, paths, validator
from weighbridge.cloud_api.bigquery import BigQueryApi, TableFacts
from weighbridge.cloud_api.client import GoogleCloud
from weighbridge.cloud_api.identity import Identity
from weighbridge.prometheus import NoAnswer

DONE = {"jobComplete": True, "schema": {"fields": [{"name": "n", "type": "INTEGER"}]}, "rows": [{"f": [{"v": "7"}]}]}
WAITS = {"jobComplete": False, "jobReference": {"projectId": "payer", "jobId": "j1", "location": "EU"}}


def asked(answers, call, calls=None):
    """What comes back, and each call's path, query and body."""
    seen = [] if calls is None else calls
    given = iter(answers)

    def answer(path, query, body):
        seen.append((path, query, body))
        return next(given)

    with google_apis(bigquery=answer) as apis, GoogleCloud(Identity(lambda: "t"), apis.url) as cloud:
        return call(BigQueryApi(cloud, "payer")), seen


def rows(api, most_bytes=10**9):
    return [list(page.rows) for page in api.run("SELECT 1 AS n", most_bytes)]


def test_every_field_and_path_is_one_of_googles():
    _, seen = asked([{"totalBytesProcessed": "5"}], lambda api: api.scanned("SELECT 1"))
    _, more = asked([WAITS, {**DONE, "pageToken": "2"}, DONE], rows)
    _, table = asked([{}], lambda api: api.table("p", "d", "t"))
    for _, _, body in [*seen, more[0]]:
        validator("bigquery.v2", "QueryRequest").validate(body)
    known = paths("bigquery.v2")
    assert ("POST", "bigquery/v2/projects/*/queries") in known
    assert ("GET", "bigquery/v2/projects/*/queries/*") in known
    assert ("GET", "bigquery/v2/projects/*/datasets/*/tables/*") in known
    assert [path for path, _, _ in more] == [
        "bigquery/v2/projects/payer/queries",
        "bigquery/v2/projects/payer/queries/j1",
        "bigquery/v2/projects/payer/queries/j1",
    ]
    assert table[0][0] == "bigquery/v2/projects/p/datasets/d/tables/t"
    method = document("bigquery.v2")["resources"]["jobs"]["methods"]["getQueryResults"]
    assert more[2][1].keys() <= method["parameters"].keys()
    assert more[2][1]["pageToken"] == "2"


def test_an_answer_is_waited_for_and_all_its_pages_are_read():
    found, _ = asked([WAITS, WAITS, {**DONE, "pageToken": "2"}, DONE], rows)
    assert found == [[["7"]], [["7"]]]


def test_what_may_be_billed_is_said_with_the_query_and_never_less_than_bigquery_bills_at_least():
    _, seen = asked([DONE], lambda api: rows(api, 10**9))
    assert seen[0][2]["maximumBytesBilled"] == "1000000000"
    _, seen = asked([DONE], lambda api: rows(api, 5))
    assert seen[0][2]["maximumBytesBilled"] == str(10 * 2**20)


def test_a_dry_run_says_what_would_be_scanned_and_runs_nothing():
    found, seen = asked([{"totalBytesProcessed": "5368709120"}], lambda api: api.scanned("SELECT 1"))
    assert found == 5 * 2**30
    assert seen[0][2]["dryRun"] is True


def test_a_query_that_does_not_end_is_given_up(monkeypatch):
    monkeypatch.setattr("weighbridge.cloud_api.bigquery._MOST_WAITS", 2)
    monkeypatch.setattr("weighbridge.cloud_api.bigquery._PAUSE_SECONDS", 0)
    with pytest.raises(NoAnswer, match="BigQuery's job j1 of payer has not ended within"):
        asked([WAITS] * 9, rows)


def test_what_a_table_says_of_itself_is_read_as_google_spells_it():
    facts = TableFacts.model_validate(
        {
            "schema": {"fields": [{"name": "a", "type": "RECORD", "fields": [{"name": "b", "type": "STRING"}]}]},
            "timePartitioning": {"type": "DAY"}, "requirePartitionFilter": True, "numRows": "7", "numBytes": "9",
            "lastModifiedTime": "1763600000000", "etag": "x",
        }
    )  # fmt: skip
    assert facts.fields[0].fields[0].name == "b"
    assert (facts.num_rows, facts.require_partition_filter, facts.last_modified_time) == (7, True, 1763600000000)
    assert facts.time_partitioning is not None
    assert facts.time_partitioning.field == ""
