"""When a deployment of an endpoint fails: how to tell why, and what to do. Part of its runbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from shlex import quote

from weighbridge.conventions import APP_LABEL, GATEWAY_NAME, NODE_POOL_LABEL, VERSION_LABEL
from weighbridge.infrastructure.node_identity import IMAGE_ROLE
from weighbridge.runbook.sections import Block, Code, Table, Text, quoted
from weighbridge.runbook.subject import RunbookSubject, connect
from weighbridge.serving.endpoint import MODEL_ROLE, EndpointPlan, VersionPlan
from weighbridge.units import LEAST_MEMORY_BYTES, MILLICORE, amount_text, format_duration, plain


def failures(subject: RunbookSubject, plan: EndpointPlan) -> tuple[Block, ...]:
    """From the policy that blocks to the load balancer that doesn't answer; commands are of the newest version."""
    return tuple(_failures(subject, plan, plan.versions[-1]))


def workload(version: VersionPlan) -> str:
    """Kind and name of what runs a version."""
    return f"{'LeaderWorkerSet' if version.is_group else 'Deployment'} `{version.name}`"


def _failures(subject: RunbookSubject, plan: EndpointPlan, newest: VersionPlan) -> Iterator[Block]:
    conventions, namespace = plan.conventions, f"kubectl --namespace {plan.namespace}"
    pods = f"--selector {APP_LABEL}={plan.name},{VERSION_LABEL}={newest.version}"
    ready = format_duration(timedelta(seconds=newest.ready_within_seconds))
    yield Text(
        f"A new version gets no requests before its replicas are ready, so a deployment that fails leaves the others "
        f"as they were. A deployment waits {ready} for replicas. The commands below are for `{newest.version}`."
    )
    yield connect(subject.spec)
    yield Code((f"{namespace} get pods {pods} --output wide", f"{namespace} describe pods {pods}"))
    yield Table(("what you see", "what it is", "what to do"), tuple(_symptoms(plan, newest)))
    yield Text("A policy blocks it. The same words offline, with the place in the spec:")
    yield Code((f"weighbridge preview {subject.stack}", "weighbridge quota"))
    yield Text("Pods wait for a node; the last events say why:")
    yield Code(
        (
            f"{namespace} get events --sort-by=.lastTimestamp | tail -20",
            f"kubectl get nodes --selector {NODE_POOL_LABEL}={plan.settings.node_pool}",
            (
                f"gcloud compute regions describe {subject.spec.cloud.region} --project {plan.project} "
                f"--flatten quotas --format 'table(quotas.metric, quotas.usage, quotas.limit)'"
            ),
        )
    )
    yield Text("The image or the model:")
    yield Code((_image(newest), *_look_for_model(newest)))
    yield Text("It starts but doesn't get ready, or starts again and again:")
    yield Code(
        (
            f"{namespace} logs {pods} --container server --tail 200",
            f"{namespace} logs {pods} --container server --tail 200 --previous",
        )
    )
    yield Text("Pods are ready, yet requests fail:")
    yield Code(
        (
            f"{namespace} describe httproute {plan.name}",
            f"{namespace} describe gateway {GATEWAY_NAME}",
            f"{namespace} describe healthcheckpolicy,gcpbackendpolicy {newest.name}",
            f"{namespace} port-forward service/{newest.name} 8080:{conventions.ports.http}",
            f"curl --fail http://127.0.0.1:8080{conventions.probes.readiness}  # in another terminal",
        )
    )


def _symptoms(plan: EndpointPlan, newest: VersionPlan) -> Iterator[tuple[str, str, str]]:
    pool = plan.settings.node_pool
    load = format_duration(timedelta(seconds=newest.load_seconds))
    yield (
        "the deployment ends with a policy violation",
        "a rule of the pack, such as the shared quota or an approval that is missing",
        "do what the violation says; don't switch the pack off",
    )
    asked = newest.resources
    cpu = plain(asked.cpu_millicores * MILLICORE)
    memory = amount_text("memory", asked.memory_mib * Decimal(LEAST_MEMORY_BYTES))
    device = f", {asked.devices} x `{asked.device}`" if asked.device else ""
    yield (
        "`Pending`, event `FailedScheduling` or `NotTriggerScaleUp`",
        f"no node has room: a pod asks for {cpu} CPU{'s' if cpu != '1' else ''}, {memory} of memory{device}",
        f"see whether `node_pools.{pool}` is at its most nodes; raise that and preview, or lower `replicas.max`",
    )
    yield (
        "`Pending`, event `FailedScaleUp`",
        "Google gives no node: quota is used up, or the zone is sold out (quota is no promise of capacity)",
        "the event names which; for quota see `weighbridge quota`, else add a zone or wait",
    )
    yield (
        "`ErrImagePull`, `ImagePullBackOff`",
        "the image isn't there, or the nodes may not read it",
        f"check `versions.{newest.version}.image`; the nodes' account needs `{IMAGE_ROLE}` where it lies",
    )
    if newest.model.bucket is not None:
        how = "mounted by Cloud Storage FUSE" if newest.model.mounted else "read by the server itself"
        needs = f"`{plan.account_id}` needs `{MODEL_ROLE}` on the bucket"
    elif newest.needs_hub:
        how, needs = "loaded from Hugging Face", "it takes a token where the model is gated, and a way out to the hub"
    else:
        how, needs = "read by the server itself", "the image or a volume has it"
    yield (
        "logs name the model or a permission",
        f"the model is {how} from {quoted(_model(newest))}",
        f"check that it is there; {needs}",
    )
    yield (
        "`OOMKilled`",
        f"it needs more than {memory}" + (", shared memory included" if newest.shared_memory_mib else ""),
        f"set `versions.{newest.version}.memory`",
    )
    yield (
        "`CrashLoopBackOff`, or restarts before it is ready",
        f"it ends by itself, or doesn't answer `{plan.conventions.probes.startup}` within {load}",
        "read the logs, also of before (`--previous`)",
    )
    yield (
        "ready pods, but 502 or 503",
        f"the load balancer's check of `{plan.conventions.probes.readiness}` fails, or the route isn't in place yet",
        "look at the conditions of route and gateway below",
    )


def _image(version: VersionPlan) -> str:
    image = quote(version.image)
    if version.image.partition("/")[0].endswith("-docker.pkg.dev"):
        return f"gcloud artifacts docker images describe {image}"
    return f"docker manifest inspect {image}"


def _model(version: VersionPlan) -> str:
    return version.model.stated.rstrip("/")


def _look_for_model(version: VersionPlan) -> Iterator[str]:
    """What shows whether the model is there, where it lies outside the pods."""
    if version.model.bucket is not None:
        yield f"gcloud storage ls {quote(_model(version))}"
    elif version.needs_hub:
        yield f"curl --fail --head {quote(f'https://huggingface.co/{version.model.address}')}"
