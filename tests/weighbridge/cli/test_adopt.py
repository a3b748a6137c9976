"""`weighbridge adopt` as people run it: what it prints, writes, and refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.google_apis import FOREVER, Failure, GoogleApis, denied, google_apis, switched_off
from tests.support.paths import ROOT
from tests.support.recorded_pools import NOT_SAID, RECORDED, cluster
from weighbridge.cli.main import app
from weighbridge.cloud_api import client
from weighbridge.stacks.load import read_spec

OWNER = "ml-infra@example.com"
TEXT = json.dumps(cluster(RECORDED[0], NOT_SAID[0][0]))


@pytest.fixture
def project(tmp_path) -> Path:
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    return tmp_path


def adopt(project: Path, *arguments: str, stdin: str = TEXT) -> tuple[int, str]:
    given = ["adopt", "-", "--stack", "platform", "--owner", OWNER, "-C", str(project), *arguments]
    done = CliRunner().invoke(app, given, input=stdin)
    return done.exit_code, done.output.replace(f"{project}/", "")


def test_it_writes_a_spec_and_says_what_stays_and_what_is_left_out(project):
    code, output = adopt(project)
    assert code == 0
    assert output == (
        "1 of 2 pools of platform are in stacks/platform.yaml, by import id:\n"
        "  example-ml/us-central1/platform/default-pool\n"
        "    stays, as setting ours would replace the pool: networkConfig,\n"
        "      nodeConfig.metadata, nodeConfig.oauthScopes, nodeConfig.serviceAccount,\n"
        "      nodeConfig.shieldedInstanceConfig\n"
        "    stays, as setting ours would make new nodes: version, nodeConfig.gcfsConfig,\n"
        "      nodeConfig.gvnic\n"
        "    stays, as an import changes nothing: nodeConfig.labels,\n"
        "      nodeConfig.resourceLabels\n"
        "  preempted is left out, as its nodes are preemptible, which the spec doesn't\n"
        "    have: spot nodes are their successors\n"
        "\n"
        "Next: list platform under stacks in the quota file, then\n"
        "  weighbridge preview platform\n"
        "Once the pools are imported, take nodeConfig.labels out of `keeps` of those that\n"
        "endpoints and pipelines are to run on: it is by a label that pods find them.\n"
    )
    assert read_spec(project / "stacks" / "platform.yaml").node_pools["default-pool"].adopted is not None


def test_a_dry_run_writes_nothing_and_shows_the_spec(project):
    code, output = adopt(project, "--dry-run")
    assert (code, output.partition("\n")[0]) == (0, "version: 1")
    assert "nothing was written (--dry-run)" in output
    assert not (project / "stacks" / "platform.yaml").exists()


def test_pools_from_a_file_of_their_own(project):
    file = project / "pools.json"
    file.write_text(json.dumps([RECORDED[1]]), encoding="utf-8")
    code, output = adopt(project, "--pools", str(file), "--dry-run")
    assert code == 0
    assert "platform/queued" in output


def test_a_description_that_is_cut_off_says_where_and_how_to_write_it_again(project):
    again = "so the file is cut off. Write it again: gcloud container {} --format json\n"
    code, output = adopt(project, stdin='{"name": "platform",\n "nodePools": [')
    assert (code, output) == (
        2,
        "weighbridge: standard input:2:16: no JSON: it ends here, before it is whole, "
        + again.format("clusters describe CLUSTER"),
    )
    file = project / "pools.json"
    file.write_text('[{"na', encoding="utf-8")
    code, output = adopt(project, "--pools", str(file))
    assert (code, output) == (
        2,
        "weighbridge: pools.json:1:3: no JSON: the text that begins here never ends, "
        + again.format("node-pools list --cluster CLUSTER"),
    )


def test_nobody_who_signs_in_is_no_answer(project, monkeypatch):
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "two words")
    done = CliRunner().invoke(
        app, ["adopt", "a-project/us-central1/c", "-s", "c", "--owner", OWNER, "-C", str(project)]
    )
    assert (done.exit_code, done.output) == (
        3,
        'weighbridge: GOOGLE_OAUTH_ACCESS_TOKEN is no access token: set it to "$(gcloud auth print-access-token)"\n',
    )


def test_a_spec_that_is_there_is_not_written_over(project):
    adopt(project)
    assert adopt(project) == (
        2,
        "weighbridge: stacks/platform.yaml is there already: choose another stack, or remove it first\n",
    )


@pytest.mark.parametrize("stdin", ["", "\x00\x01", "{}", "[" * 100_000, '"text"', '{"selfLink": 3}'])
def test_what_is_no_cluster_is_said_on_one_line(project, stdin):
    code, output = adopt(project, stdin=stdin)
    assert code == 2
    assert output.startswith("weighbridge: ")
    assert "Traceback" not in output


def test_an_owner_that_is_no_address_is_the_user_s_mistake(project):
    code, output = adopt(project, "--owner", "nobody")
    assert code == 2
    assert "owner: expected" in output


# Asked of Google Cloud.

PLATFORM = "example-ml/us-central1/platform"


@pytest.fixture
def apis(monkeypatch) -> Iterator[GoogleApis]:
    monkeypatch.delenv("GOOGLE_CLOUD_QUOTA_PROJECT", raising=False)
    monkeypatch.setattr(client, "BACKOFF_SECONDS", 0.001)
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "token-1")
    with google_apis(clusters=[json.loads(TEXT)]) as server:
        monkeypatch.setenv("WEIGHBRIDGE_GOOGLE_APIS", server.url)
        yield server


def adopt_live(project: Path, named: str = PLATFORM, *arguments: str) -> tuple[int, str]:
    given = ["adopt", named, "--stack", "live", "--owner", OWNER, "-C", str(project), *arguments]
    done = CliRunner().invoke(app, given)
    return done.exit_code, done.output.replace(f"{project}/", "")


@pytest.mark.parametrize("named", [PLATFORM, cluster()["selfLink"]])
def test_what_google_says_becomes_the_spec_that_its_description_does(project, apis, named):
    code, output = adopt_live(project, named)
    assert (code, output) == (0, adopt(project)[1].replace("platform.yaml", "live.yaml").replace(*STACK_NAMED))
    live, described = (project / "stacks" / f"{stack}.yaml" for stack in ("live", "platform"))
    assert live.read_text().replace("environment: live", "environment: platform") == described.read_text()
    assert {header["Authorization"] for header in apis.headers} == {"Bearer token-1"}


STACK_NAMED = ("list platform under stacks in the quota file, then\n  weighbridge preview platform",
               "list live under stacks in the quota file, then\n  weighbridge preview live")  # fmt: skip
NO_ACCESS = (
    "nothing was changed, as not everything could be read:\n"
    "  the cluster: the permission container.clusters.get is missing\n"
    "To mend it:\n"
    "  gcloud projects add-iam-policy-binding example-ml --member=MEMBER --role=roles/container.clusterViewer\n"
    "MEMBER is who runs this, such as user:you@example.com or serviceAccount:ci@…\n"
)
API_OFF = (
    "nothing was changed, as not everything could be read:\n"
    "  the cluster: the API container.googleapis.com is off\n"
    "To mend it:\n"
    "  gcloud services enable container.googleapis.com --project=example-ml\n"
)
SILENT = (
    "nothing was changed, as not everything could be read:\n  the cluster: container.googleapis.com doesn't answer: "
)


@pytest.mark.parametrize(
    ("failure", "code", "expected"),
    [
        (denied("container.clusters.get"), 3, NO_ACCESS),
        (switched_off("container.googleapis.com"), 3, API_OFF),
        (Failure(500, times=FOREVER), 3, f"{SILENT}500 Internal Server Error, 5 times in a row"),
        (Failure(429, times=FOREVER), 3, f"{SILENT}429 Too Many Requests, 5 times in a row"),
        (Failure(0, seconds=0.3, times=FOREVER), 3, f"{SILENT}no answer within 0.05 s, 5 times in a row"),
        (
            Failure(401, {}, times=FOREVER),
            3,
            "nothing was changed, as not everything could be read:\n  the cluster: the t",
        ),
        (Failure(200, "<html>"), 3, "nothing was changed, as not everything could be read:\n  the cluster: container."),
        (Failure(200, "[]"), 3, "nothing was changed, as not everything could be read:\n  the cluster: container."),
        (Failure(200, {}), 2, "weighbridge: this is no description of a GKE cluster, which has a selfLink"),
        (Failure(404, {}), 2, "weighbridge: example-ml has no cluster us-central1/platform. Did you mean `"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Failure) else "",
)
def test_what_keeps_it_from_being_read(project, apis, monkeypatch, failure, code, expected):
    monkeypatch.setattr(client, "READ_SECONDS", 0.05 if failure.seconds else 5.0)
    apis.failures = {"clusters/platform": [deepcopy(failure)]}
    found, output = adopt_live(project)
    assert found == code
    assert output.startswith(expected)
    assert not (project / "stacks" / "live.yaml").exists()


def test_what_passes_is_asked_again(project, apis, monkeypatch):
    monkeypatch.setattr(client, "READ_SECONDS", 0.3)
    apis.failures = {"clusters/platform": [Failure(503), Failure(429), Failure(0, seconds=0.6)]}
    assert adopt_live(project)[0] == 0
    assert len(apis.asked) == 4


def test_a_cluster_of_another_name_is_named_with_those_that_there_are(project, apis):
    code, output = adopt_live(project, "example-ml/us-central1/platfrm")
    assert (code, output.partition(" Did you mean")[::2]) == (
        2,
        (
            "weighbridge: example-ml has no cluster us-central1/platfrm.",
            " `us-central1/platform`? There are us-central1/platform\n",
        ),
    )


def test_without_credentials_it_says_how_to_sign_in(project, apis, monkeypatch):
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(project / "none.json"))
    code, output = adopt_live(project)
    assert code == 3
    assert "gcloud auth application-default login" in output


def test_a_file_is_never_taken_for_the_name_of_a_cluster(project, apis, monkeypatch):
    monkeypatch.chdir(project)
    Path(PLATFORM).parent.mkdir(parents=True)
    Path(PLATFORM).write_text(TEXT)
    assert adopt_live(project)[0] == 0
    assert apis.asked == []


@pytest.mark.parametrize(
    ("named", "arguments", "expected"),
    [
        (
            PLATFORM,
            ("--pools", "pools.json"),
            "--pools goes with a description in a file: Google Cloud lists the pools of",
        ),
        ("platform", (), "there is no file platform, and it names no cluster either, as PROJECT/LOCATION/CLUSTER does"),
        ("none.json", (), "none.json: there is no such file"),
    ],
)
def test_what_is_neither_a_file_nor_a_cluster(project, apis, named, arguments, expected):
    code, output = adopt_live(project, named, *arguments)
    assert (code, apis.asked) == (2, [])
    assert expected in output
