"""Flavors against the nodes that they name. Made after the reports that each test names."""

from __future__ import annotations

from tests.support.kueue import GPU, around, cohort, flavor, good, group, job, kueue, nodes, queue, without
from tests.support.platform import platform_resources
from tests.support.specs import full
from weighbridge.rules.queue_flavors import judge

OWN = {"key": "team", "value": "vision", "effect": "NO_SCHEDULE"}
CHECK = (
    kueue(
        "AdmissionCheck",
        "dws",
        {"parameters": {"apiGroup": "kueue.x-k8s.io", "kind": "ProvisioningRequestConfig", "name": "dws"}},
    ),
    kueue("ProvisioningRequestConfig", "dws", {"retryStrategy": {"backoffLimitCount": 3.0}}),
)
ASKS = {"admissionChecks": [{"name": "dws"}]}


def messages(*resources):
    return [found.message for found in judge(resources, around(resources))]


def test_flavors_of_the_components_tolerate_their_nodes():
    assert messages(*platform_resources(full())) == []
    assert messages(*good()) == []


def test_a_taint_that_is_not_tolerated():
    """kubernetes-sigs/kueue#5711, #3158: admitted, and pending without a word."""
    tainted = nodes(taints=[OWN])
    kept = without(good(), "NodePool")
    assert messages(*kept, tainted) == [
        (
            "train: doesn't tolerate the taint team=vision:NoSchedule of train, and its pods stay pending (kueue#5711, "
            "#3158). Add to spec.tolerations: {key: team, operator: Equal, value: 'vision', effect: NoSchedule}"
        )
    ]
    tolerating = flavor(tolerations=[{"key": "team", "operator": "Exists"}])
    assert messages(*without(kept, "ResourceFlavor"), tainted, tolerating) == []


def test_nodes_that_are_requested_get_no_help_with_tolerations():
    """kubernetes-sigs/kueue#2572: the request has the pods as they are, without GKE's own toleration of GPUs."""
    kept = without(good(), "ClusterQueue")
    found = messages(*kept, *CHECK, queue("a", admissionChecksStrategy=ASKS))
    assert found == [
        (
            "train: doesn't tolerate the taint nvidia.com/gpu=present:NoSchedule of train, and nodes are requested "
            "for pods as they are in the queue (kueue#2572, #2560). Add to spec.tolerations: {key: nvidia.com/gpu, "
            "operator: Equal, value: 'present', effect: NoSchedule}"
        )
    ]
    assert messages(*kept, *CHECK, queue("a")) == []


def test_labels_that_no_pool_has():
    assert messages(*good(), flavor("lost", "trian")) == [
        (
            "lost: no node pool of this stack has nodes with cloud.google.com/gke-nodepool=trian, so what is admitted "
            "waits for ever. Pools are train; name the labels of one of them"
        )
    ]


def test_several_flavors_without_a_word_on_when_to_go_on():
    """kubernetes-sigs/kueue#1344, #1276: it stops at the first flavor where it can preempt or borrow."""
    more = (nodes("spare"), flavor("spare", "spare"))
    assert messages(*good(), *more, queue("c", 1, ("train", "spare"))) == [
        (
            "c: tries train, spare in turn, and doesn't state when it goes on to the next: it may stop at the first "
            "where it can borrow (kueue#1344, #1276). State flavorFungibility with whenCanBorrow and whenCanPreempt"
        )
    ]
    stated = {"flavorFungibility": {"whenCanBorrow": "TryNextFlavor", "whenCanPreempt": "TryNextFlavor"}}
    assert messages(*good(), *more, queue("c", 1, ("train", "spare"), **stated)) == []


def test_a_required_topology_of_nodes_that_are_only_requested():
    """kubernetes-sigs/kueue#5078: what comes may lie apart."""
    near = job(
        metadata={"annotations": {"kueue.x-k8s.io/podset-required-topology": "cloud.google.com/gce-topology-block"}}
    )
    tolerating = flavor(tolerations=[{"key": GPU, "operator": "Exists"}])
    kept = without(without(good(), "ClusterQueue"), "ResourceFlavor")
    resources = (*without(kept, "Job"), tolerating, *CHECK, queue("a", admissionChecksStrategy=ASKS), near)
    (found,) = judge(resources, around(resources))
    assert (found.level, found.message) == (
        "advisory",
        (
            "fit: requires a topology of nodes that a only requests, and those that come may lie apart, so it may "
            "never start (kueue#5078). Use podset-preferred-topology"
        ),
    )


def test_a_cohort_alone_is_nothing_to_say():
    assert messages(cohort()) == []


def test_of_several_groups_the_one_with_most_flavors_is_named():
    more = (nodes("spare"), flavor("spare", "spare"), nodes("zone"), flavor("zone", "zone"))
    groups = [group("zone", nominalQuota=1), group("train", "spare", nominalQuota=1)]
    (message,) = messages(*good(), *more, queue("c", resourceGroups=groups))
    assert message.startswith("c: tries train, spare in turn")
