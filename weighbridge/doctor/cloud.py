"""What Google Cloud has of what a deployment needs: APIs, the deployer's permissions, the bucket of the state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from urllib.parse import quote

from pydantic import Field

from weighbridge.cloud_api.client import Api, ApiAnswer, ApiCall, GoogleCloud, ListPage, NotFound, RefusedCall
from weighbridge.doctor.finding import CheckedNeed, Health
from weighbridge.doctor.needs import Permission, needed_apis, needed_permissions
from weighbridge.doctor.state import BUCKET, TOPIC
from weighbridge.errors import NoVerdict

APIS, PERMISSIONS = "APIs", "permissions"
MEMBER = '"user:$(gcloud config get-value account)"'
BUCKET_ROLE = "roles/storage.objectAdmin"
_BUCKET_PERMISSIONS = (
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.get",
    "storage.objects.list",
)


class EnabledService(ApiAnswer):
    """An API of the project, ``projects/123/services/compute.googleapis.com``."""

    name: str = ""


class EnabledServices(ListPage):
    """Answer of `services.list`."""

    services: tuple[EnabledService, ...] = ()


class TestedPermissions(ApiAnswer):
    """Answer of `testIamPermissions`: of those that were asked about, those that the caller has."""

    permissions: frozenset[str] = Field(default=frozenset())


def look_at_cloud(
    cloud: GoogleCloud, project: str, parts: Collection[str], backend: str | None
) -> Iterator[CheckedNeed]:
    """Each in its turn; what can't be asked is a finding, and the others are asked all the same."""
    yield _asked(APIS, project, lambda: _apis(cloud, project, needed_apis(parts)))
    yield _asked(PERMISSIONS, project, lambda: _permissions(cloud, project, needed_permissions(parts)))
    if backend is not None and backend.startswith(BUCKET):
        bucket = backend.removeprefix(BUCKET).partition("/")[0]
        yield _asked(TOPIC, project, lambda: _bucket(cloud, bucket))


def _asked(topic: str, project: str, look: Callable[[], CheckedNeed]) -> CheckedNeed:
    try:
        return look()
    except RefusedCall as error:
        return CheckedNeed(topic, Health.NOT_CHECKED, str(error), error.lack.command(project).replace("MEMBER", MEMBER))
    except NoVerdict as error:
        return CheckedNeed(topic, Health.NOT_CHECKED, str(error))


def _apis(cloud: GoogleCloud, project: str, needed: Sequence[str]) -> CheckedNeed:
    call = ApiCall(
        Api.SERVICES, f"v1/projects/{project}/services", "serviceusage.services.list",
        {"filter": "state:ENABLED", "pageSize": "200", "fields": "services/name,nextPageToken"},
    )  # fmt: skip
    enabled = {
        service.name.rpartition("/")[2] for page in cloud.pages(call, EnabledServices) for service in page.services
    }
    off = [api for api in needed if api not in enabled]
    if not off:
        return CheckedNeed(APIS, Health.FINE, f"all {len(needed)} that are needed are on")
    command = f"gcloud services enable {' '.join(off)} --project={project}"
    return CheckedNeed(APIS, Health.MISSING, f"off in {project}: {', '.join(off)}", command)


def _permissions(cloud: GoogleCloud, project: str, needed: Sequence[Permission]) -> CheckedNeed:
    call = ApiCall(
        Api.PROJECTS, f"v1/projects/{project}:testIamPermissions", "resourcemanager.projects.get",
        body={"permissions": [permission.name for permission in needed]},
    )  # fmt: skip
    has = cloud.ask(call, TestedPermissions).permissions
    lacking = [permission for permission in needed if permission.name not in has]
    if not lacking:
        return CheckedNeed(PERMISSIONS, Health.FINE, f"all {len(needed)} that are looked for are there")
    roles = dict.fromkeys(permission.role for permission in lacking)
    command = " && ".join(
        f"gcloud projects add-iam-policy-binding {project} --member={MEMBER} --role={role}" for role in roles
    )
    names = ", ".join(permission.name for permission in lacking)
    return CheckedNeed(PERMISSIONS, Health.MISSING, f"whoever asks lacks {names} in {project}", command)


def _bucket(cloud: GoogleCloud, bucket: str) -> CheckedNeed:
    call = ApiCall(
        Api.STORAGE, f"storage/v1/b/{quote(bucket, safe='')}/iam/testPermissions", "storage.buckets.get",
        {"permissions": _BUCKET_PERMISSIONS},
    )  # fmt: skip
    address = f"{BUCKET}{bucket}"
    try:
        has = cloud.ask(call, TestedPermissions).permissions
    except NotFound:
        command = f"gcloud storage buckets create {address} --uniform-bucket-level-access"
        return CheckedNeed(TOPIC, Health.MISSING, f"there is no bucket {address}", command)
    lacking = [name for name in _BUCKET_PERMISSIONS if name not in has]
    if not lacking:
        return CheckedNeed(TOPIC, Health.FINE, f"{address} can be read and written")
    command = f"gcloud storage buckets add-iam-policy-binding {address} --member={MEMBER} --role={BUCKET_ROLE}"
    return CheckedNeed(TOPIC, Health.MISSING, f"whoever asks lacks {', '.join(lacking)} in {address}", command)
