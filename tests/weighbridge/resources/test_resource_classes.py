"""The tables of resource types: which row decides, that every type of the SDKs has one, what patterns may match."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.support.sdk_types import sdk_types
from tests.support.specs import CATALOG
from weighbridge.catalog.rows import Confidence
from weighbridge.quota.holders import HOLDS
from weighbridge.quota.holders_kubernetes import READ
from weighbridge.resources import resource_classes
from weighbridge.resources.resource_classes import Verdict, api_group, class_of, groups, is_cloud_package, rows

KINDS_IN_ALL_VERSIONS = re.compile(r"kubernetes:[a-z0-9.-]+/\*:[A-Z][A-Za-z]+")
PERMISSIONS = re.compile(r"gcp:\*:\*I(am|AM)(Member|Binding|Policy)")
STATE_ONLY = {"pulumi:providers:*", "random:index/*", "tls:index/*", "time:index/*"}
NAMED_BY_THEIR_OWNERS = {"kubernetes:constraints.gatekeeper.sh/*"}


@pytest.fixture
def tables(tmp_path, monkeypatch):
    def write(*types, groups=("any,free,any,,confirmed,a", "one,refused,no,another,confirmed,a")):
        for name, head, lines in (
            ("TYPES", "type,group", types),
            ("GROUPS", "group,class,why,fix,confidence,source", groups),
        ):
            file = tmp_path / getattr(resource_classes, name).name
            file.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
            monkeypatch.setattr(resource_classes, name, file)
        resource_classes._table.cache_clear()

    yield write
    resource_classes._table.cache_clear()


def test_a_type_of_its_own_comes_before_a_pattern_and_the_longest_pattern_before_others(tables):
    tables("a:*,any", "a:b/*,one", "a:b/c:D,any")
    assert [class_of(type_).type for type_ in ("a:b/c:D", "a:b/c:E", "a:x:Y")] == ["a:b/c:D", "a:b/*", "a:*"]
    assert class_of("b:x:Y") is None


def test_a_patch_is_judged_as_what_it_patches_unless_a_row_names_it(tables):
    tables("kubernetes:apps/*:Deployment,any", "kubernetes:core/v1:Service,any", "kubernetes:core/v1:ServicePatch,one")
    assert class_of("kubernetes:apps/v1:DeploymentPatch").group.verdict is Verdict.FREE
    assert class_of("kubernetes:core/v1:ServicePatch").group.verdict is Verdict.REFUSED
    assert class_of("gcp:apps/v1:DeploymentPatch") is None


@pytest.mark.parametrize(
    "line",
    ["any,free,,,,", "any,refused,why,,,", "any,free,why,do this,,"],
    ids=["no reason", "refused without a way out", "free with one"],
)
def test_a_group_that_says_half_is_refused(tables, line):
    tables("a:b:C,any", groups=[line])
    with pytest.raises(ValueError, match=r"^resource_groups.csv: any: why is never empty, and fix is for refused"):
        rows()


def test_a_group_that_there_is_not_is_refused(tables):
    tables("a:b:C,others")
    with pytest.raises(ValueError, match=r"^resource_classes.csv: a:b:C: resource_groups.csv has no group 'others'"):
        rows()


def test_packages_of_clouds_are_told_from_components():
    assert is_cloud_package("gcp:container/cluster:Cluster")
    assert is_cloud_package("kubernetes:apps/v1:Deployment")
    assert not is_cloud_package("weighbridge:index:Platform")


def test_every_type_of_the_installed_sdks_is_classed():
    assert [type_ for type_ in sdk_types() if class_of(type_) is None] == []


def test_the_sdks_types_are_all_found():
    found = Counter(type_.partition(":")[0] for type_ in sdk_types())
    assert found["gcp"] > 1400
    assert found["kubernetes"] > 500
    assert {"gcp:container/nodePool:NodePool", "kubernetes:yaml/v2:ConfigFile", "kubernetes:helm.sh/v3:Chart"} <= {
        *sdk_types()
    }


def test_the_tables_name_types_that_exist_each_once_and_groups_that_are_used():
    types = [row.type for row in rows()]
    assert len(types) == len(set(types))
    exact = {type_ for type_ in types if "*" not in type_ and type_.partition(":")[0] in ("gcp", "kubernetes")}
    assert exact - {*sdk_types()} == {"kubernetes:core/v1:List"}
    assert set(groups()) == {row.group.name for row in rows()}


def test_types_that_pass_are_named_exactly_but_for_a_few_families():
    passing = [row for row in rows() if "*" in row.type and row.group.verdict is not Verdict.REFUSED]
    patterns = [row.type for row in passing if row.group.name != "other-service"]
    known = STATE_ONLY | NAMED_BY_THEIR_OWNERS
    others = [type_ for type_ in patterns if not KINDS_IN_ALL_VERSIONS.fullmatch(type_) and type_ not in known]
    assert [type_ for type_ in others if not PERMISSIONS.fullmatch(type_)] == []
    assert len(others) == 6


def test_services_outside_google_cloud_pass_and_other_clouds_do_not():
    passing = {row.type for row in rows() if row.group.name == "other-service"}
    assert {"github:*", "datadog:*", "cloudflare:*"} <= passing
    assert all(re.fullmatch(r"[a-z]+:\*", type_) for type_ in passing)
    assert class_of("github:index/repository:Repository").group.verdict is Verdict.ELSEWHERE
    assert class_of("aws:ec2/instance:Instance").group.verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    "type_",
    [
        "monitoring.coreos.com/v1:Prometheus", "monitoring.coreos.com/v1alpha1:PrometheusAgent",
        "kubeflow.org/v1beta1:Notebook", "extensions.agents.x-k8s.io/v1alpha1:SandboxTemplate",
        "nvidia.com/v1:ClusterPolicy", "kueue.x-k8s.io/v1beta2:ProvisioningRequestConfig",
    ],
)  # fmt: skip
def test_what_becomes_pods_is_read(type_):
    assert class_of(f"kubernetes:{type_}").group.verdict is Verdict.COUNTED


@pytest.mark.parametrize(
    "type_",
    [
        "scheduling.volcano.sh/v1beta1:Queue", "cilium.io/v2:CiliumNetworkPolicy",
        "gkebackup.gke.io/v1:ProtectedApplication",
        "templates.gatekeeper.sh/v1:ConstraintTemplate", "constraints.gatekeeper.sh/v1beta1:K8sRequiredLabels",
    ],
)  # fmt: skip
def test_policies_and_queues_of_common_operators_pass(type_):
    assert class_of(f"kubernetes:{type_}").group.verdict is Verdict.FREE


def test_the_pattern_of_permissions_matches_members_bindings_and_policies_alone():
    matched = [type_ for type_ in sdk_types() if class_of(type_).type.startswith("gcp:*")]
    assert len(matched) > 400
    assert {type_[-6:] for type_ in matched} == {"Member", "inding", "Policy"}
    assert all(re.search(r"I(am|AM)[A-Z][a-z]+$", type_) for type_ in matched)


def test_each_counted_type_is_read_and_nothing_else_is():
    counted = {row.type for row in rows() if row.group.verdict is Verdict.COUNTED}
    assert {type_ for type_ in counted if type_.startswith("gcp:")} == {*HOLDS}
    for group, kind in READ:
        assert class_of(f"kubernetes:{group or 'core'}/v1:{kind}").group.verdict is Verdict.COUNTED


def test_the_group_of_the_core_is_empty_however_it_is_written():
    versions = ("v1", "core/v1", "apps/v1", "networking.k8s.io/v1beta1")
    assert [api_group(version) for version in versions] == ["", "", "apps", "networking.k8s.io"]


def test_each_group_has_a_source_and_says_how_sure_it_is():
    for group in groups().values():
        assert group.source in CATALOG.sources, group.name
        assert group.confidence in set(Confidence), group.name
