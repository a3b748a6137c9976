"""The real gcp provider's schema, cut down to what its emulation asks: what replaces, and what Google fills in.

`provider_inputs.csv` is derived from a recording of google-beta 7.45 (which the gcp provider 9.35 wraps) taken on
2026-11-26: one row for each property that replaces its resource, that is computed or that is a map with free keys, by
Pulumi's own name for it. A property without a row updates in place and stays empty when it isn't given. Rewrite it with

    python -m tests.engine.schema_table RECORDING
"""

from __future__ import annotations

import csv
import importlib
import io
import re
import sys
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("provider_inputs.csv")
FURTHER = Path(__file__).with_name("provider_inputs_documented.csv")
"""Types that the recording lacks, from the documentation of the provider's resources; not seen in its schema."""

HEADER = ("type", "path", "kind", "replaces", "computed")

TYPES: Mapping[str, str] = {
    "google_certificate_manager_certificate": "gcp:certificatemanager/certificate:Certificate",
    "google_certificate_manager_dns_authorization": "gcp:certificatemanager/dnsAuthorization:DnsAuthorization",
    "google_compute_address": "gcp:compute/address:Address",
    "google_compute_global_address": "gcp:compute/globalAddress:GlobalAddress",
    "google_compute_instance": "gcp:compute/instance:Instance",
    "google_compute_network": "gcp:compute/network:Network",
    "google_compute_reservation": "gcp:compute/reservation:Reservation",
    "google_compute_resource_policy": "gcp:compute/resourcePolicy:ResourcePolicy",
    "google_compute_router": "gcp:compute/router:Router",
    "google_compute_router_nat": "gcp:compute/routerNat:RouterNat",
    "google_compute_subnetwork": "gcp:compute/subnetwork:Subnetwork",
    "google_container_cluster": "gcp:container/cluster:Cluster",
    "google_container_node_pool": "gcp:container/nodePool:NodePool",
    "google_monitoring_alert_policy": "gcp:monitoring/alertPolicy:AlertPolicy",
    "google_monitoring_custom_service": "gcp:monitoring/customService:CustomService",
    "google_monitoring_dashboard": "gcp:monitoring/dashboard:Dashboard",
    "google_monitoring_notification_channel": "gcp:monitoring/notificationChannel:NotificationChannel",
    "google_monitoring_slo": "gcp:monitoring/slo:Slo",
    "google_project_iam_member": "gcp:projects/iAMMember:IAMMember",
    "google_secret_manager_secret_iam_member": "gcp:secretmanager/secretIamMember:SecretIamMember",
    "google_service_account": "gcp:serviceaccount/account:Account",
    "google_service_account_iam_member": "gcp:serviceaccount/iAMMember:IAMMember",
    "google_storage_bucket_iam_member": "gcp:storage/bucketIAMMember:BucketIAMMember",
}
"""The types that are emulated, by the provider's own names."""


@dataclass(frozen=True, slots=True)
class Property:
    """One row. `path` is without indices (``nodeConfig.taints.key``); `kind` is text, number, flag, map or block."""

    path: tuple[str, ...]
    kind: str
    replaces: bool
    computed: bool


@cache
def properties_of(type_: str) -> Mapping[tuple[str, ...], Property] | None:
    """The rows of one type by path; None for a type that the table doesn't know."""
    return _table().get(type_)


@cache
def _table() -> Mapping[str, Mapping[tuple[str, ...], Property]]:
    found: dict[str, dict[tuple[str, ...], Property]] = {type_: {} for type_ in TYPES.values()}
    for table in (TABLE, FURTHER):
        with table.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                path = tuple(row["path"].split("."))
                made = Property(path, row["kind"], row["replaces"] == "yes", row["computed"] == "yes")
                found.setdefault(row["type"], {})[path] = made
    return found


KINDS = {
    "TypeBool": "flag",
    "TypeInt": "number",
    "TypeFloat": "number",
    "TypeString": "text",
    "TypeMap": "map",
}


def derive(recording: Path) -> str:
    """The text of `provider_inputs.csv` from a recording of the provider's schema."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    with recording.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            wanted = "true" in (row["force_new"], row["computed"]) or row["type"] == "TypeMap"
            if row["resource"] not in TYPES or not wanted:
                continue
            type_ = TYPES[row["resource"]]
            path = _pulumi_path(type_, row["path"].split("."))
            if path:
                replaces, computed = (("no", "yes")[row[name] == "true"] for name in ("force_new", "computed"))
                writer.writerow((type_, path, KINDS.get(row["type"], "block"), replaces, computed))
    return text.getvalue()


def _pulumi_path(type_: str, steps: list[str]) -> str:
    """A path by the names of the installed SDK; empty where the SDK has no such property."""
    package, _, name = type_.partition(":")[2].partition(":")
    owner: type | None = getattr(importlib.import_module(f"pulumi_gcp.{package.partition('/')[0]}"), name)
    found = []
    for step in steps:
        if owner is None:
            return ""
        names = dict(_properties(owner))
        match = next((name for name in _spellings(step) if name in names), None)
        if match is None:
            return ""
        found.append(match)
        owner = names[match]
    return ".".join(found)


def _spellings(step: str) -> Iterator[str]:
    """How Pulumi may call a property: in camelCase, and in the plural where several can be given."""
    camel = re.sub(r"_+([a-z0-9])", lambda match: match[1].upper(), step)
    yield camel
    yield f"{camel}s"
    yield f"{camel}es"
    yield f"{camel.removesuffix('y')}ies"


def _properties(owner: type) -> Iterator[tuple[str, type | None]]:
    for attribute in vars(owner).values():
        getter = getattr(attribute, "fget", None)
        name = getattr(getter, "_pulumi_name", None)
        if getter is not None and name is not None:
            yield name, _class_inside(typing.get_type_hints(getter).get("return"))


def _class_inside(hint: object) -> type | None:
    """The SDK's own class in a hint such as ``Output[Optional[Sequence[NodeConfig]]]``."""
    arguments = typing.get_args(hint)
    if not arguments:
        return hint if isinstance(hint, type) and hint.__module__.startswith("pulumi_") else None
    return next((inner for inner in map(_class_inside, arguments) if inner is not None), None)


if __name__ == "__main__":
    TABLE.write_text(derive(Path(sys.argv[1])), encoding="utf-8")
