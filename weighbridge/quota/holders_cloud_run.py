"""What Cloud Run draws on the limits of its own GPUs, where the quota file lists those: on none that nodes share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil

from weighbridge.catalog import QuotaId, QuotaResource
from weighbridge.quota.arithmetic import Claim, key_of
from weighbridge.resources.held_resource import HeldResource, Surroundings, project_of
from weighbridge.resources.inputs import CannotJudge, Inputs

SERVICE_TYPE = "gcp:cloudrunv2/service:Service"
WORKER_POOL_TYPE = "gcp:cloudrunv2/workerPool:WorkerPool"
JOB_TYPE = "gcp:cloudrunv2/job:Job"
OLD_SERVICE_TYPE = "gcp:cloudrun/service:Service"

DEFAULT_GPU = "nvidia-l4"
"""Cloud Run's own, where the node selector names none. Source: cloud-run-gpu-page."""

_GPU = "nvidia.com/gpu"
_MANUAL = "MANUAL"


def serving_claims(resource: HeldResource, around: Surroundings) -> Iterator[Claim]:
    """Of a service or worker pool: instances of one revision, and at the peak of the next too. Raises `CannotJudge`."""
    for listed in _listed(around):
        template = resource.read.inside("template")
        if _draws(listed, template, around):
            _refuse_earlier_revisions(resource.read, template)
            instances = _instances(resource.read, template)
            if instances is None:
                raise CannotJudge(
                    "template.scaling.maxInstanceCount is not set, so Cloud Run may start any number of instances: set "
                    "it"
                )
            yield _claim(listed, resource, instances * _gpus(template), revisions=2)


def job_claims(resource: HeldResource, around: Surroundings) -> Iterator[Claim]:
    """Of one execution of a job: as many tasks as run side by side. Raises `CannotJudge`."""
    for listed in _listed(around):
        outer = resource.read.inside("template")
        template = outer.inside("template")
        if _draws(listed, template, around):
            tasks = outer.count("taskCount") or 1
            side_by_side = min(tasks, outer.count("parallelism") or tasks)
            yield _claim(listed, resource, side_by_side * _gpus(template), revisions=1)


def old_service_claims(resource: HeldResource, around: Surroundings) -> Iterable[Claim]:
    """None where no limit of Cloud Run's is listed; else raises `CannotJudge` for GPUs, which annotations describe."""
    if _listed(around):
        template = resource.read.inside("template")
        if _gpus(template.inside("spec")):
            raise CannotJudge(f"annotations say how many GPUs it takes, which nobody reads: use {SERVICE_TYPE}")
    return ()


def _draws(quota: QuotaId, template: Inputs, around: Surroundings) -> bool:
    """Whether instances of a template draw on a limit. Raises `CannotJudge` and `UnknownQuota`."""
    if not _gpus(template):
        return False
    kind = template.inside("nodeSelector").text("accelerator") or DEFAULT_GPU
    if template.flag("gpuZonalRedundancyDisabled"):
        kind += "-no-zonal-redundancy"
    return quota in around.catalog.quota_ids(QuotaResource.CLOUD_RUN_GPU, kind)


def _claim(quota: QuotaId, resource: HeldResource, gpus: int, *, revisions: int) -> Claim:
    region = resource.read.required_text("location", "so nobody can tell whose quota it takes")
    key = key_of(quota, project_of(resource), region)
    return Claim(key, quota, resource.known_as, steady=gpus, peak=revisions * gpus)


def _instances(service: Inputs, template: Inputs) -> int | None:
    """The most that run at once; None where nothing bounds them."""
    whole = service.inside("scaling")
    if whole.text("scalingMode") == _MANUAL:
        return whole.count("manualInstanceCount")
    bounds = [scaling.count("maxInstanceCount") for scaling in (whole, template.inside("scaling"))]
    return min((bound for bound in bounds if bound), default=None)


def _refuse_earlier_revisions(service: Inputs, template: Inputs) -> None:
    """Raises `CannotJudge` where requests go to revisions whose own bounds nobody reads, and the service has none."""
    whole = service.inside("scaling")
    if whole.text("scalingMode") == _MANUAL or whole.count("maxInstanceCount"):
        return  # of all revisions together
    for target in service.parts("traffics"):
        revision = target.text("revision")
        if revision is not None and revision != template.text("revision"):
            raise CannotJudge(
                f"{target.path_of('revision')} keeps {revision[:63]} beside the newest revision, and how many "
                "instances it may have is not in the template: set scaling.maxInstanceCount, which bounds all "
                "revisions together"
            )


def _gpus(template: Inputs) -> int:
    """GPUs of one instance, a part of one as a whole; Cloud Run takes the number as a text, too."""
    total = 0
    for container in template.parts("containers"):
        limits = container.inside("resources").inside("limits")
        total += ceil(limits.quantity(_GPU) or 0)
    return total


def _listed(around: Surroundings) -> tuple[QuotaId, ...]:
    """Limits of Cloud Run's GPUs that the quota file lists, each once, wherever."""
    known = (around.catalog.units_of(entry.quota, ()) for entry in around.quota.limits)
    found = (quota for quota in known if quota is not None and quota.resource is QuotaResource.CLOUD_RUN_GPU)
    return tuple(dict.fromkeys(found))
