"""`weighbridge quota pull`, asked as a user asks it, against a server that answers as Google's APIs do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.google_apis import (
    FOREVER,
    Failure,
    GoogleApis,
    Json,
    denied,
    google_apis,
    quota_info,
    series,
    switched_off,
)
from tests.support.paths import ROOT
from tests.support.specs import CATALOG, NOW
from weighbridge.cli import terminal
from weighbridge.cli.main import app
from weighbridge.cloud_api import client
from weighbridge.stacks.load import parse_quota

REGION = "us-central1"
ALLOCATION = "serviceruntime.googleapis.com/quota/allocation/usage"
FAMILY = "compute.googleapis.com/quota/gpus_per_gpu_family/usage"
LIMITS: dict[str, int | None] = {
    "CPUS": 120, "N2-CPUS": 200, "NVIDIA-L4-GPUS": 24, "NVIDIA-A100-GPUS": 16, "PREEMPTIBLE-NVIDIA-A100-GPUS": 16,
    "TPU-LITE-PODSLICE-V5": 32, "SSD-TOTAL-GB": 20000, "LOCAL-SSD-TOTAL-GB": 20000, "IN-USE-ADDRESSES": 64,
    "INSTANCES": 500,
}  # fmt: skip


def example(limits: Mapping[str, int | None]) -> list[Json]:
    """What the API lists where the example file is right, with these limits."""
    regional = [
        quota_info(
            f"{name}-per-project-region", name.lower().replace("-", "_"),
            ({"region": REGION}, value, [REGION]), ({}, 1, [REGION, "us-east4"]),
        )
        for name, value in limits.items()
    ]  # fmt: skip
    family = quota_info(
        "GPUS-PER-GPU-FAMILY-per-project-region", "gpus_per_gpu_family",
        ({"region": REGION, "gpu_family": "NVIDIA_H100"}, 8, [REGION]), ({"region": REGION}, 2, [REGION]),
        ({}, 0, [REGION]),
    )  # fmt: skip
    return [
        *regional,
        family,
        quota_info("GPUS-ALL-REGIONS-per-project", "gpus_all_regions", ({}, 48, ["global"])),
        quota_info("SOMETHING-NEW-per-project-region", "something_new", ({"region": REGION}, 3, [REGION])),
    ]


def counters(**used: int) -> list[Json]:
    return [
        {"name": REGION, "quotas": [{"metric": name, "limit": 999.0, "usage": float(n)} for name, n in used.items()]}
    ]


@pytest.fixture
def apis(monkeypatch) -> Iterator[GoogleApis]:
    for name in (*client.Api, "GOOGLE_CLOUD_QUOTA_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(client, "BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr(client, "LONGEST_WAIT_SECONDS", 0.01)
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "token-1")
    zones = CATALOG.zones(REGION)
    with google_apis(
        quota_infos=example(LIMITS),
        regions=counters(CPUS=14, N2_CPUS=112, NVIDIA_L4_GPUS=9),
        project_quotas=[{"metric": "GPUS_ALL_REGIONS", "usage": 9.0}],
        machine_types={zone: [{"name": name} for name in CATALOG.machine_types] for zone in zones},
    ) as server:
        monkeypatch.setenv("WEIGHBRIDGE_GOOGLE_APIS", server.url)
        yield server


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    (tmp_path / "stacks" / "quota.yaml").chmod(0o644)
    monkeypatch.setattr(terminal, "now", lambda: NOW)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def pull(project: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["quota", "pull", "-C", str(project), *arguments])
    return done.exit_code, done.output


def quota_text(project: Path) -> str:
    return (project / "stacks" / "quota.yaml").read_text()


def quota(project: Path):
    return parse_quota(quota_text(project), Path("stacks/quota.yaml"))


def limit(project: Path, name: str, region: str = REGION) -> int | None:
    found = [entry for entry in quota(project).limits if entry.quota.startswith(name) and entry.region == region]
    return found[0].limit if found else None


def test_it_updates_the_example_and_keeps_its_comments(project, apis):
    before = quota_text(project)
    apis.quota_infos = example(LIMITS | {"NVIDIA-L4-GPUS": 32})
    code, output = pull(project)
    assert code == 0, output
    after = quota_text(project)
    assert limit(project, "NVIDIA-L4") == 32
    assert "raised   NVIDIA L4 in us-central1: 24 → 32" in output
    assert "+  - {quota: NVIDIA-L4-GPUS-per-project-region, region: us-central1, limit: 32, used: 9}" in output
    for comment in [line.partition("#")[2] for line in before.splitlines() if "#" in line]:
        assert comment in after
    assert quota(project).pulled_at == NOW.replace(microsecond=0)
    assert quota(project).sold[f"{REGION}-a"] == tuple(sorted({m.family for m in CATALOG.machine_types.values()}))
    assert CliRunner().invoke(app, ["quota", "-C", str(project)]).exit_code == 0


def test_a_second_pull_changes_only_the_day(project, apis):
    pull(project)
    before = quota_text(project)
    assert pull(project)[0] == 0
    assert quota_text(project) == before


def test_check_tells_a_file_that_is_out_of_date_and_writes_nothing(project, apis):
    pull(project)
    before = quota_text(project)
    assert pull(project, "--check")[0] == 0
    apis.regions = counters(CPUS=15, N2_CPUS=1, NVIDIA_L4_GPUS=2)  # use that is accounted for is no change
    assert pull(project, "--check")[0] == 0
    apis.quota_infos = example(LIMITS | {"CPUS": 96})
    code, output = pull(project, "--check")
    assert (code, quota_text(project)) == (1, before)
    assert output.endswith("quota.yaml is out of date: weighbridge quota pull\n")
    assert "lowered  CPUs (E2, N1) in us-central1: 120 → 96" in output


def test_unlimited_absent_and_zero_are_three_things(project, apis):
    limits = LIMITS | {"CPUS": -1, "N2-CPUS": 2**63 - 1, "NVIDIA-L4-GPUS": 0, "INSTANCES": None}
    apis.quota_infos = [
        info | {"dimensionsInfos": [row for row in info["dimensionsInfos"] if "region" in row["dimensions"]]}
        if "INSTANCES" in info["quotaId"] else info
        for info in example(limits)
    ]  # fmt: skip
    output = pull(project)[1]
    found = (limit(project, "CPUS-per"), limit(project, "N2-CPUS"), limit(project, "NVIDIA-L4"))
    assert (found, limit(project, "INSTANCES")) == ((-1, -1, 0), None), output


def test_google_s_zero_is_a_limit_and_its_silence_is_none(project, apis):
    infos = example(LIMITS | {"NVIDIA-L4-GPUS": 0})
    apis.quota_infos = [info for info in infos if not info["quotaId"].startswith(("LOCAL-SSD", "NVIDIA-A100"))]
    code, output = pull(project)
    assert code == 0, output
    assert (limit(project, "NVIDIA-L4"), limit(project, "NVIDIA-A100"), limit(project, "LOCAL-SSD")) == (0, None, None)
    assert "lowered  NVIDIA L4 in us-central1: 24 → 0" in output
    assert "gone     NVIDIA A100 in us-central1: Google lists no such limit, so it" in output


def test_what_only_a_person_can_say_stays(project, apis):
    file = project / "stacks" / "quota.yaml"
    file.write_text(quota_text(project).replace("region: global, limit: 48", "region: global, limit: -1"))
    apis.quota_infos = [
        info for info in example(LIMITS) if not info["quotaId"].startswith(("GPUS-ALL", "NVIDIA-L4"))
    ]  # fmt: skip
    code, output = pull(project)
    assert code == 0, output
    assert limit(project, "GPUS-ALL-REGIONS", "global") == -1  # Google lists none, and the owners say so
    assert limit(project, "NVIDIA-L4") == 24  # an outside use names it
    assert "kept     NVIDIA L4 in us-central1: Google lists no such limit" in output


def test_limits_that_stacks_draw_on_are_added_and_those_of_a_region_on_demand(project, apis):
    file = project / "stacks" / "quota.yaml"
    text = quota_text(project)
    file.write_text("".join(line for line in text.splitlines(keepends=True) if "quota: N2-CPUS" not in line))
    assert pull(project)[0] == 0
    assert limit(project, "N2-CPUS") == 200
    assert limit(project, "N2-CPUS", "us-east4") is None
    assert pull(project, "--region", "us-east4")[0] == 0
    assert limit(project, "N2-CPUS", "us-east4") == 1  # by the row without dimensions
    code, output = pull(project, "--region", "us-east4x")
    assert (code, output) == (
        2, "weighbridge: --region: the catalog has no region 'us-east4x'. Did you mean `us-east4`?\n",
    )  # fmt: skip


# What goes wrong.


def test_pages_are_read_to_the_last(project, apis):
    apis.page_size = 2
    apis.machine_types = {zone: [{"name": f"e2-standard-{n}"} for n in (2, 4, 8)] for zone in apis.machine_types}
    apis.quota_infos = example(LIMITS | {"INSTANCES": 600})
    code, output = pull(project)
    assert (code, limit(project, "INSTANCES")) == (0, 600), output
    assert sum("quotaInfos" in path for path in apis.asked) == 7


def test_permissions_and_apis_that_are_off_come_first_in_one_list(project, apis):
    before = quota_text(project)
    apis.failures = {
        "quotaInfos": [switched_off("cloudquotas.googleapis.com")],
        "timeSeries": [denied("monitoring.timeSeries.list")],
        "aggregated/reservations": [denied("compute.reservations.list")],
        "aggregated/instances": [Failure(500, times=FOREVER)],
    }
    code, output = pull(project)
    assert (code, quota_text(project)) == (3, before)
    assert output == (
        "nothing was changed, as not everything could be read:\n"
        "  limits: the API cloudquotas.googleapis.com is off\n"
        "  use (Monitoring), use by family (Monitoring): the permission monitoring.timeSeries.list is missing\n"
        "  reservations: the permission compute.reservations.list is missing\n"
        "  VMs: compute.googleapis.com doesn't answer: 500 Internal Server Error, 5 times in a row "
        "(compute/v1/projects/example-ml/aggregated/instances)\n"
        "To mend it:\n"
        "  gcloud services enable cloudquotas.googleapis.com --project=example-ml\n"
        "  gcloud projects add-iam-policy-binding example-ml --member=MEMBER --role=roles/monitoring.viewer\n"
        "  gcloud projects add-iam-policy-binding example-ml --member=MEMBER --role=roles/compute.viewer\n"
        "MEMBER is who runs this, such as user:you@example.com or serviceAccount:ci@…\n"
    )


def test_compute_s_older_way_of_refusing_is_read_too(project, apis):
    body = {
        "error": {
            "code": 403,
            "message": "Required 'compute.regions.list' permission for 'projects/example-ml'",
            "errors": [{"reason": "forbidden", "domain": "global"}],
        }
    }
    apis.failures = {"/regions": [Failure(403, body, times=FOREVER)]}
    code, output = pull(project)
    assert code == 3
    assert "use (Compute Engine): the permission compute.regions.list is missing" in output


def test_a_token_that_has_expired_is_said_with_what_to_do(project, apis):
    apis.failures = {"": [Failure(401, {"error": {"message": "Invalid credentials"}}, times=FOREVER)]}
    code, output = pull(project)
    assert code == 3
    assert output.splitlines()[1].endswith("machine types: the token has expired, or is none of Google's")
    assert "  gcloud auth application-default login\n" in output


NEGATIVE = {"quotaId": "X", "dimensionsInfos": [{"details": {"value": "-7"}}]}
BUSY = Failure(403, {"error": {"errors": [{"reason": "rateLimitExceeded"}], "message": "Rate Limit Exceeded"}})


@pytest.mark.parametrize(
    "failures",
    [
        [Failure(429, headers={"Retry-After": "1"}), Failure(429, headers={"Retry-After": "soon"})],
        [Failure(500), Failure(502), Failure(503, "<html>"), Failure(504)],
        [BUSY],
        [Failure(0, seconds=0.6)],  # slower than what is waited for, once
    ],
    ids=["429", "5xx", "403 for too much", "time-out"],
)
def test_what_passes_is_asked_again(project, apis, monkeypatch, failures):
    monkeypatch.setattr(client, "READ_SECONDS", 0.3)
    apis.failures = {"quotaInfos": list(failures)}
    apis.quota_infos = example(LIMITS | {"CPUS": 96})
    code, output = pull(project)
    assert (code, limit(project, "CPUS-per")) == (0, 96), output


@pytest.mark.parametrize(
    ("path", "failure", "words"),
    [
        ("quotaInfos", Failure(429, times=FOREVER), "limits, requests: cloudquotas.googleapis.com doesn't answer: 429"),
        ("timeSeries", Failure(0, seconds=0.3, times=FOREVER), "doesn't answer: no answer within 0.05 s, 5 times"),
        ("machineTypes", Failure(200, "<html>login</html>"), "machine types: compute.googleapis.com answers what this"),
        ("quotaInfos", Failure(200, {"quotaInfos": [{"quotaId": 7}]}), "quotaInfos.0.quotaId: Input should be a valid"),
        (
            "quotaInfos", Failure(200, {"quotaInfos": [NEGATIVE]}),
            "dimensionsInfos.0.details.value: Input should be greater than or equal to -1",
        ),
        ("quotaInfos", Failure(200, {}), "limits: the Cloud Quotas API lists no quota at all"),
        ("quotaInfos", Failure(302, headers={"Location": "http://127.0.0.1:1/"}), "answers 302: Found"),
        (
            "aggregated/reservations", Failure(200, {"items": {}, "unreachables": ["zones/us-central1-a"]}),
            "answers a part only: zones/us-central1-a can't be reached",
        ),
        (
            "timeSeries", Failure(200, {"timeSeries": [], "unreachable": ["us-central1"]}),
            "answers a part only: series of us-central1 are missing",
        ),
        (
            "/regions", Failure(200, {"items": [{"name": "us-central1", "quotaStatusWarning": {"code": "X"}}]}),
            "Compute Engine can't tell the use in us-central1 at the moment",
        ),
        (
            "quotaInfos", Failure(200, {"quotaInfos": [], "nextPageToken": "0"}, times=FOREVER),
            "answers a list that doesn't end",
        ),
    ],
)  # fmt: skip
def test_an_answer_in_part_never_overwrites_a_good_file(project, apis, monkeypatch, path, failure, words):
    monkeypatch.setattr(client, "READ_SECONDS", 0.05 if failure.seconds else 5.0)
    before = quota_text(project)
    apis.failures = {path: [failure]}
    code, output = pull(project)
    assert (code, quota_text(project)) == (3, before)
    assert words in output


def test_without_credentials_it_says_how_to_sign_in(project, apis, monkeypatch):
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(project / "none.json"))
    code, output = pull(project)
    assert code == 3
    assert "gcloud auth application-default login" in output


@pytest.mark.parametrize("server", ["http://example.com", "ftp://127.0.0.1", "127.0.0.1:80", "http://u:p@127.0.0.1"])
def test_a_token_goes_to_no_server_that_anybody_may_read(project, apis, monkeypatch, server):
    monkeypatch.setenv("WEIGHBRIDGE_GOOGLE_APIS", server)
    code, output = pull(project)
    assert (code, apis.asked) == (2, [])
    assert "WEIGHBRIDGE_GOOGLE_APIS has to be" in output


def test_whom_the_calls_are_charged_to_is_sent(project, apis, monkeypatch):
    monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "billing-project")
    assert pull(project)[0] == 0
    assert {header["X-Goog-User-Project"] for header in apis.headers} == {"billing-project"}
    assert {header["Authorization"] for header in apis.headers} == {"Bearer token-1"}


# Use that nobody accounts for.


def vm(name: str, machine: str, zone: str = f"{REGION}-a", **more) -> Json:
    where = f"https://www.googleapis.com/compute/v1/projects/example-ml/zones/{zone}"
    return {"name": name, "zone": where, "machineType": f"{where}/machineTypes/{machine}", "status": "RUNNING"} | more


def unexplained(project: Path) -> dict[str, tuple[int, str | None]]:
    return {entry.quota.partition("-per")[0]: (entry.amount, entry.what) for entry in quota(project).unexplained}


def test_use_above_what_stacks_account_for_is_outside_use_with_names(project, apis):
    apis.regions = counters(NVIDIA_L4_GPUS=19)  # stacks 11 and 2 outside
    apis.instances = {
        f"{REGION}-a": [vm("nb-2", "g2-standard-8"), vm("nb-1", "g2-standard-8")],
        f"{REGION}-b": [
            vm("gke-prod-serve-l4-1", "g2-standard-12", labels={"goog-k8s-cluster-name": "prod"}),
            vm("gke-lab-1", "g2-standard-24", labels={"goog-k8s-cluster-name": "lab"}),
            vm("nb-3", "g2-standard-8", status="TERMINATED"),
            vm("own", "unheard-of-8"),
        ],
    }
    code, output = pull(project)
    assert code == 0, output
    assert unexplained(project)["NVIDIA-L4-GPUS"] == (6, "1 VM of cluster lab; VMs nb-1, nb-2")
    assert "NVIDIA L4 in us-central1: 6 more than stacks, outside use and reservations" in output
    ledger = json.loads(CliRunner().invoke(app, ["quota", "--format", "json", "-C", str(project)]).output)
    row = next(row for row in ledger["rows"] if row["display"] == "NVIDIA L4")
    what = "unexplained use of 1 VM of cluster lab; VMs nb-1, nb-2"
    assert row["outside"][1] == {"what": what, "amount": 6, "owner": None}
    assert row["left"] == 24 - 3 - 11 - 2 - 6


def test_vms_of_others_show_even_behind_stacks_that_use_less_than_they_may(project, apis):
    apis.regions = counters(NVIDIA_L4_GPUS=9)
    apis.instances = {f"{REGION}-a": [vm("big", "g2-standard-96")]}
    pull(project)
    assert unexplained(project)["NVIDIA-L4-GPUS"] == (6, "VM big")  # 8 GPUs, of which 2 are declared


def test_nodes_of_older_clusters_are_known_by_their_names(project, apis):
    apis.instances = {f"{REGION}-a": [vm("gke-staging-pool-1", "g2-standard-96"), vm("gke-prod-x", "g2-standard-96")]}
    pull(project)
    assert unexplained(project) == {}


def test_family_quotas_are_read_from_their_own_surface_and_the_larger_counter_counts(project, apis):
    apis.series = [
        series(FAMILY, {"gpu_family": "NVIDIA_H100", "limit_name": "x"}, REGION, 4, 8),
        series(FAMILY, {"gpu_family": "NVIDIA_H200", "limit_name": "x"}, REGION, 2),
        series(ALLOCATION, {"quota_metric": "compute.googleapis.com/nvidia_l4_gpus"}, REGION, 15),
        series(ALLOCATION, {"quota_metric": "compute.googleapis.com/nvidia_l4_gpus"}, "europe-west4", 99),
        series(ALLOCATION, {"quota_metric": "unheard.googleapis.com/of"}, REGION, 99),
    ]
    pull(project)
    assert unexplained(project) == {"GPUS-PER-GPU-FAMILY": (4, None), "NVIDIA-L4-GPUS": (2, None)}
    used = {entry.quota.partition("-per")[0]: entry.used for entry in quota(project).limits}
    assert (used["GPUS-PER-GPU-FAMILY"], used["NVIDIA-L4-GPUS"], used["INSTANCES"]) == (4, 15, None)


def test_what_nobody_measured_lowers_nothing_and_is_said_first(project, apis):
    apis.regions = counters(NVIDIA_L4_GPUS=19, CPUS=1)
    pull(project)
    assert unexplained(project)["NVIDIA-L4-GPUS"][0] == 6
    apis.regions = counters(CPUS=1)
    code, output = pull(project)
    assert (code, unexplained(project)["NVIDIA-L4-GPUS"][0]) == (0, 6)
    assert output.startswith("Not known\n  how much is used of N2 vCPU in us-central1, NVIDIA L4 in us-central1,")
    apis.regions = counters(NVIDIA_L4_GPUS=14)
    pull(project)
    assert unexplained(project)["NVIDIA-L4-GPUS"][0] == 1


def test_check_fails_on_more_unexplained_use_and_not_on_less(project, apis):
    apis.regions = counters(NVIDIA_L4_GPUS=15)
    pull(project)
    apis.regions = counters(NVIDIA_L4_GPUS=14)
    assert pull(project, "--check")[0] == 0
    apis.regions = counters(NVIDIA_L4_GPUS=16)
    assert pull(project, "--check")[0] == 1


# Reservations, zones, budgets and requests.


def reservation(name: str, machine: str, count: int, **more) -> Json:
    where = f"https://www.googleapis.com/compute/v1/projects/example-ml/zones/{REGION}-a"
    specific = {"count": str(count), "instanceProperties": {"machineType": machine}}
    return {"name": name, "zone": where, "status": "READY", "specificReservation": specific} | more


def future(name: str, machine: str, count: int, status: str, **more) -> Json:
    where = f"https://www.googleapis.com/compute/v1/projects/example-ml/zones/{REGION}-a"
    return {
        "name": name,
        "zone": where,
        "specificSkuProperties": {"totalCount": str(count), "instanceProperties": {"machineType": machine}},
        "status": {"procurementStatus": status},
        "timeWindow": {"startTime": "2026-12-10T00:00:00Z", "endTime": "2026-12-24T00:00:00Z"},
    } | more


def test_reservations_are_written_kept_and_taken_out(project, apis):
    file = project / "stacks" / "quota.yaml"
    file.write_text(
        quota_text(project)
        + "reservations:\n"
        + f"  - {{name: held, zone: {REGION}-a, machine_type: a3-highgpu-8g, count: 1, owner: a@example.com}}  # ours\n"
        + f"  - {{name: gone, zone: {REGION}-a, machine_type: a3-highgpu-8g, count: 1, owner: a@example.com}}\n"
        + f"  - {{name: theirs, project: other-ml, zone: {REGION}-a, machine_type: a3-highgpu-8g, count: 1}}\n"
    )
    n1 = reservation("t4s", "n1-standard-8", 2, shareSettings={"shareType": "SPECIFIC_PROJECTS"})
    n1["specificReservation"]["instanceProperties"] |= {
        "guestAccelerators": [{"acceleratorType": "nvidia-tesla-t4", "acceleratorCount": 1}],
        "localSsds": [{"diskSizeGb": "375", "interface": "NVME"}],
    }
    apis.reservations = {
        f"{REGION}-a": [reservation("held", "a3-highgpu-8g", 3), n1, reservation("odd", "z9-mega-1", 1)],
        f"{REGION}-b": [{"name": "tpus", "zone": "x/us-central1-b", "status": "READY", "aggregateReservation": {}}],
    }
    code, output = pull(project)
    assert code == 0, output
    found = {entry.name: entry for entry in quota(project).reservations}
    assert list(found) == ["held", "theirs", "t4s"]
    assert (found["held"].count, found["held"].owner) == (3, "a@example.com")
    assert (found["t4s"].gpu.type, found["t4s"].local_ssd, found["t4s"].shared) == ("nvidia-tesla-t4", 1, True)
    assert "count: 3, owner: a@example.com}  # ours" in quota_text(project)
    assert output.startswith("Not known\n  reservation odd in us-central1-a: not of machines that the catalog has")


def test_reservations_of_the_future_count_once_google_has_promised_them(project, apis):
    delivered = f"https://www.googleapis.com/compute/v1/projects/example-ml/zones/{REGION}-a/reservations/sprint-1"
    apis.futures = {
        f"{REGION}-a": [
            future("soon", "a3-highgpu-8g", 1, "APPROVED"),
            future("asked", "a3-highgpu-8g", 9, "PENDING_APPROVAL"),
            future("no", "a3-highgpu-8g", 9, "DECLINED"),
            future("block", "ct5lp-hightpu-4t", 8, "APPROVED", reservationMode="CALENDAR", reservationName="v5e"),
            future("sprint", "a3-highgpu-8g", 2, "PROVISIONING", reservationMode="CALENDAR")
            | {"status": {"procurementStatus": "PROVISIONING", "autoCreatedReservations": [delivered]}},
        ]
    }
    apis.reservations = {f"{REGION}-a": [reservation("sprint-1", "a3-highgpu-8g", 2)]}
    code, output = pull(project)
    assert code == 0, output
    found = {entry.name: entry for entry in quota(project).reservations}
    assert list(found) == ["sprint-1", "soon", "v5e"]
    assert str(found["soon"].starts) == "2026-12-10"
    assert [str(found[name].calendar.end) for name in ("sprint-1", "v5e")] == ["2026-12-24", "2026-12-24"]
    assert "Asked for, not promised, not counted\n  asked in us-central1-a\n" in output
    ledger = json.loads(CliRunner().invoke(app, ["quota", "--format", "json", "-C", str(project)]).output)
    row = next(row for row in ledger["rows"] if row["display"] == "NVIDIA H100")
    assert row["outside"] == [{"what": "reservation soon", "amount": 8, "owner": None}]


def test_a_zone_lists_families_and_what_it_sells_of_others(project, apis):
    g2 = [name for name, machine in CATALOG.machine_types.items() if machine.family == "g2"]
    apis.machine_types[f"{REGION}-a"] = [{"name": name} for name in [*g2, "e2-medium", "z9-mega-1"]]
    apis.machine_types[f"{REGION}-a"].append({"name": "n2-standard-8", "deprecated": {"state": "OBSOLETE"}})
    del apis.machine_types[f"{REGION}-f"]
    code, output = pull(project)
    assert code == 0, output
    assert quota(project).sold[f"{REGION}-a"] == ("e2-medium", "g2")
    assert f"{REGION}-f" not in quota(project).sold
    assert "what us-central1-f sells: the project has no such zone" in output


def test_a_budget_is_lowered_and_never_raised_and_the_adjuster_is_named(project, apis):
    file = project / "stacks" / "quota.yaml"
    file.write_text(
        quota_text(project).replace("region: us-central1, limit: 24}", "region: us-central1, limit: 24, fixed: true}")
    )
    apis.adjuster = "ENABLED"
    apis.quota_infos = example(LIMITS | {"NVIDIA-L4-GPUS": 28})
    code, output = pull(project)
    assert (code, limit(project, "NVIDIA-L4")) == (0, 24)
    assert "held     NVIDIA L4 in us-central1: Google grants 28; the budget stays 24" in output
    assert "Quota adjuster: it is on, and may raise NVIDIA L4 in us-central1, a budget of\n  24." in output
    assert pull(project, "--check")[0] == 0
    apis.quota_infos = example(LIMITS | {"NVIDIA-L4-GPUS": 20})
    pull(project)
    assert limit(project, "NVIDIA-L4") == 20
    apis.preferences = [preference("NVIDIA-L4-GPUS", 30, 22, requestOrigin="AUTO_ADJUSTER")]
    apis.failures = {"quotaAdjusterSettings": [Failure(404, times=FOREVER)]}
    output = pull(project)[1]
    assert "it has asked for more of NVIDIA L4" in output
    assert "whether the quota adjuster is on: cloudquotas.googleapis.com knows no" in output


def preference(name: str, wanted: int, given: int | None, *, reconciling: bool = False, **more) -> Json:
    config = {"preferredValue": str(wanted)} | ({} if given is None else {"grantedValue": str(given)}) | more
    return {
        "name": f"projects/1/locations/global/quotaPreferences/{name.lower()}-{REGION}",
        "service": "compute.googleapis.com", "quotaId": f"{name}-per-project-region",
        "dimensions": {"region": REGION}, "quotaConfig": config, "reconciling": reconciling,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("found", "state", "granted"),
    [
        (None, None, None),
        (preference("NVIDIA-L4-GPUS", 40, 24, reconciling=True), "pending", 24),
        (preference("NVIDIA-L4-GPUS", 40, None, reconciling=True), "pending", None),
        (preference("NVIDIA-L4-GPUS", 40, 40), "granted", 40),
        (preference("NVIDIA-L4-GPUS", -1, -1), "granted", -1),
        (preference("NVIDIA-L4-GPUS", 40, 30), "denied", 30),
        (preference("NVIDIA-L4-GPUS", 24, 24), None, None),  # of before, for less
        (preference("NVIDIA-A100-GPUS", 40, 40), None, None),
    ],
)
def test_what_came_of_a_request_is_told_and_only_the_limit_counts(project, apis, found, state, granted):
    file = project / "stacks" / "quota.yaml"
    file.write_text(
        quota_text(project)
        + "requests:\n  - {quota: NVIDIA-L4-GPUS-per-project-region, region: us-central1, value: 40, stack: prod, "
        "contact: ml@example.com, justification: more}\n"
    )
    apis.preferences = [found] if found else []
    code, output = pull(project)
    (request,) = quota(project).requests
    assert (code, request.state, request.granted, limit(project, "NVIDIA-L4")) == (0, state, granted, 24), output


# Capacity.


def test_advice_is_kept_beside_the_file_and_shown_and_decides_nothing(project, apis):
    interval = {"startTime": "2026-11-20T00:00:00Z", "endTime": "2026-11-21T00:00:00Z"}
    apis.advice = {
        "capacity": {"recommendations": [{"scores": {"obtainability": 0.2, "estimatedUptime": "7200s"}}]},
        "capacityHistory": {
            "preemptionHistory": [{"interval": interval, "preemptionRate": 0.25}],
            "priceHistory": [{"interval": interval, "listPrice": {"currencyCode": "USD", "nanos": 500000000}}],
        },
        "calendarMode": {
            "recommendations": [
                {"recommendationsPerSpec": {"machines": {"location": "zones/us-central1-a",
                 "startTime": "2026-12-01T00:00:00Z", "endTime": "2026-12-08T00:00:00Z"}}}
            ]
        },
    }  # fmt: skip
    code, output = pull(project, "--advice")
    assert code == 0, output
    kept = json.loads((project / "stacks" / "capacity.json").read_text())
    assert kept["asked_at"] == "2026-11-24T12:00:00Z"
    train = next(entry for entry in kept["pools"] if entry["provisioning"] == "spot")
    assert (train["obtainability"], train["preemption_rate"], train["spot_usd_per_hour"]) == (0.2, 0.25, 0.5)
    assert f"  prod: {train['pool']}: quota yes, capacity doubtful (0.2), 25% of Spot machines preempted" in output


@pytest.mark.slow
def test_the_preview_shows_it_as_a_note_and_a_broken_file_as_another(project, apis):
    for name in ("__main__.py", "policies"):
        (project / name).symlink_to(ROOT / name)
    apis.advice = {"capacity": {"recommendations": [{"scores": {"obtainability": 0.2}}]}}
    assert pull(project, "--advice")[0] == 0

    def notes() -> list[str]:
        done = CliRunner().invoke(app, ["preview", "prod", "--format", "json", "-C", str(project)])
        assert done.exit_code == 0, done.output
        found: list[str] = json.loads(done.output)["notes"]
        return found

    assert any("quota yes, capacity doubtful (0.2) (Google, 2026-11-24)" in note for note in notes())
    (project / "stacks" / "capacity.json").write_bytes(b"\xff{")
    assert any(note.startswith("capacity.json can't be read: not UTF-8") for note in notes())


def test_advice_that_is_refused_is_said_and_the_limits_are_written_all_the_same(project, apis):
    apis.quota_infos = example(LIMITS | {"CPUS": 96})
    apis.failures = {"advice/": [denied("compute.advice.capacity")]}
    code, output = pull(project, "--advice")
    assert (code, limit(project, "CPUS-per")) == (0, 96)
    assert "quota yes, capacity unknown (Google, 2026-11-24)" in output
    assert "not known:\n    obtainability: the permission compute.advice.capacity is missing" in output
