"""What Google Cloud lacks is named with the command that mends it; what can't be asked keeps nothing else from it."""

import pytest

from tests.support.deployer_apis import deployer_apis
from weighbridge.doctor.cloud import look_at_cloud
from weighbridge.doctor.finding import CheckedNeed, Health
from weighbridge.doctor.needs import needed_apis, needed_permissions

PARTS = frozenset({"all", "network", "cluster", "endpoints"})
ALL_OF_IT = {name.name for name in needed_permissions(PARTS)}
OBJECTS = {f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list")}
SERVICES = set(needed_apis(PARTS))
GOOD = {"services": SERVICES, "permissions": ALL_OF_IT, "buckets": {"state": OBJECTS}}
ME = '"user:$(gcloud config get-value account)"'


def looked(backend="gs://state/weighbridge", **known):
    with deployer_apis(**{**GOOD, **known}) as apis:
        with apis.cloud() as cloud:
            found = list(look_at_cloud(cloud, "acme-ml", PARTS, backend))
        return found, apis


def test_where_all_is_there_all_is_fine():
    found, _ = looked()
    assert found == [
        CheckedNeed("APIs", Health.FINE, "all 7 that are needed are on"),
        CheckedNeed("permissions", Health.FINE, "all 18 that are looked for are there"),
        CheckedNeed("state", Health.FINE, "gs://state can be read and written"),
    ]


def test_apis_that_are_off_are_turned_on_by_one_command():
    found, _ = looked(services=SERVICES - {"container.googleapis.com", "certificatemanager.googleapis.com"})
    assert found[0] == CheckedNeed(
        "APIs",
        Health.MISSING,
        "off in acme-ml: certificatemanager.googleapis.com, container.googleapis.com",
        "gcloud services enable certificatemanager.googleapis.com container.googleapis.com --project=acme-ml",
    )


def test_permissions_are_given_by_the_roles_that_have_them_each_once():
    lacking = {"container.clusters.create", "container.clusters.get", "iam.serviceAccounts.actAs"}
    found, _ = looked(permissions=ALL_OF_IT - lacking)
    assert found[1].health is Health.MISSING
    assert found[1].words == (
        "whoever asks lacks container.clusters.create, container.clusters.get, iam.serviceAccounts.actAs in acme-ml"
    )
    assert found[1].command == (
        f"gcloud projects add-iam-policy-binding acme-ml --member={ME} --role=roles/container.admin && "
        f"gcloud projects add-iam-policy-binding acme-ml --member={ME} --role=roles/iam.serviceAccountUser"
    )


@pytest.mark.parametrize(
    ("buckets", "words", "command"),
    [
        ({}, "there is no bucket gs://state", "gcloud storage buckets create gs://state --uniform-bucket-level-access"),
        (
            {"state": OBJECTS - {"storage.objects.delete"}},
            "whoever asks lacks storage.objects.delete in gs://state",
            f"gcloud storage buckets add-iam-policy-binding gs://state --member={ME} --role=roles/storage.objectAdmin",
        ),
    ],
)
def test_the_bucket_of_the_state_is_there_and_writable(buckets, words, command):
    found, _ = looked(buckets=buckets)
    assert found[2] == CheckedNeed("state", Health.MISSING, words, command)


def test_what_is_refused_is_not_checked_and_the_rest_is():
    found, _ = looked(refused=("/services",))
    assert [finding.health for finding in found] == [Health.NOT_CHECKED, Health.FINE, Health.FINE]
    assert "serviceusage.services.list" in found[0].words
    assert found[0].command.startswith(f"gcloud projects add-iam-policy-binding acme-ml --member={ME} --role=roles/")


def test_another_backend_is_not_asked_for_at_google():
    found, apis = looked(backend="file:///state")
    assert [finding.topic for finding in found] == ["APIs", "permissions"]
    assert not any("/b/" in path for path in apis.asked)
