"""What fleet settings may make inside the clusters of the fleet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.graphs import resource
from tests.support.quota_demand import LITERAL, doubt, drawn
from weighbridge.quota.in_cluster import Where, at
from weighbridge.resources.values import Unknown

FEATURE = "gcp:gkehub/feature:Feature"
MEMBERSHIP = "gcp:gkehub/featureMembership:FeatureMembership"
SYNC = {"configSync": {"git": {"syncRepo": "https://example.com/r"}}}
ALLOW = "let the owners of the quota state under allow in stacks/quota.yaml what it holds"


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (FEATURE, {"name": "servicemesh"}),
        (FEATURE, {"name": "configmanagement"}),
        (MEMBERSHIP, {"feature": "policycontroller", "policycontroller": {"a": Unknown()}}),
        (MEMBERSHIP, {"feature": "configmanagement", "configmanagement": {"version": "1.20"}}),
        (MEMBERSHIP, {"feature": "configmanagement", "configmanagement": {"configSync": {"enabled": False}}}),
        ("gcp:gkehub/scope:Scope", {"scopeId": "s", "namespaceLabels": {"team": "a"}}),
        ("gcp:gkehub/namespace:Namespace", {"scopeId": "s"}),
        ("gcp:gkehub/fleet:Fleet", {"displayName": Unknown()}),
    ],
)
def test_fleet_settings_that_make_nothing(type_: str, inputs: dict[str, Any]):
    assert drawn(resource(type_, "x", inputs)) == {}


@pytest.mark.parametrize(
    ("type_", "inputs", "start"),
    [
        (MEMBERSHIP, {"feature": "configmanagement", "configmanagement": SYNC}, "configmanagement.configSync applies"),
        (MEMBERSHIP, {"feature": "configmanagement", "configmanagement": {"configSync": {"enabled": True}}},
         "configmanagement.configSync applies"),
        (MEMBERSHIP, {"feature": "configmanagement", "configmanagement": {"configSync": {**SYNC["configSync"],
         "enabled": False}}}, "configmanagement.configSync applies"),
        (MEMBERSHIP, {"feature": "configmanagement", "configmanagement": {"configSync": {"enabled": False, "oci": {
         "syncRepo": "europe-docker.pkg.dev/p/r/i"}}}}, "configmanagement.configSync applies"),
        (FEATURE, {"name": "configmanagement", "fleetDefaultMemberConfig": {"configmanagement": SYNC}},
         "fleetDefaultMemberConfig.configmanagement.configSync applies"),
        (MEMBERSHIP, {"feature": "configmanagement", "configmanagement": Unknown()},
         f"configmanagement is not known before the deployment: {LITERAL}"),
        (MEMBERSHIP, {"feature": "configdelivery"}, "feature 'configdelivery' is unknown, so is what it makes"),
        (MEMBERSHIP, {"feature": Unknown()}, "feature is not known before the deployment"),
        (FEATURE, {"name": "appdevexperience"},
         "name 'appdevexperience': Cloud Run for Anthos installs a gateway that takes an external address"),
        (FEATURE, {"name": "next"}, "name 'next' is unknown, so is what it makes: use one of configmanagement, "),
        (FEATURE, {"name": ""}, "name is not set, so nobody can tell what it does in clusters"),
        (FEATURE, {"name": Unknown()}, "name is not known before the deployment"),
        ("gcp:gkehub/scope:Scope", {"namespaceLabels": {"cloud.google.com/default-compute-class": "autopilot"}},
         "namespaceLabels has cloud.google.com/default-compute-class, which puts the pods of the namespace on"),
        ("gcp:gkehub/namespace:Namespace", {"namespaceLabels": Unknown()}, "namespaceLabels is not known"),
    ],
)  # fmt: skip
def test_fleet_settings_that_make_anything_in_a_cluster(type_: str, inputs: dict[str, Any], start: str):
    message = doubt(resource(type_, "x", inputs))
    assert message.startswith(start)
    assert message.endswith((ALLOW, LITERAL))


def test_what_is_said_of_a_feature_and_of_config_sync():
    assert doubt(resource(MEMBERSHIP, "x", {"feature": "configmanagement", "configmanagement": SYNC})) == (
        "configmanagement.configSync applies whatever its source holds, which this program does not show: node "
        f"classes, disks, load balancers. Write each object as its own Kubernetes resource, or {ALLOW}"
    )
    known = ", ".join(at(Where.FLEET_FEATURE))
    for type_, name in ((FEATURE, "name"), (MEMBERSHIP, "feature")):
        assert doubt(resource(type_, "x", {name: "next"})) == (
            f"{name} 'next' is unknown, so is what it makes: use one of {known}, or {ALLOW}"
        )
        why = at(Where.FLEET_FEATURE)["appdevexperience"].why
        assert doubt(resource(type_, "x", {name: "appdevexperience"})) == (
            f"{name} 'appdevexperience': {why}: leave it out, or {ALLOW}"
        )
        assert doubt(resource(type_, "x", {name: ""})) == (
            f"{name} is not set, so nobody can tell what it does in clusters: {LITERAL}"
        )
