"""Kueue's objects as they are read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.support.kueue import GPU, flavor, good, kueue, local_queue, queue
from weighbridge.queues.objects import Quota, kueue_objects
from weighbridge.resources.values import Unknown


def only(*resources):
    (found,) = kueue_objects(resources).queues.values()
    return found


def test_a_queue_with_its_quota_in_base_units():
    found = only(queue("a", limits={"borrowingLimit": "2k", "lendingLimit": 0}))
    assert found.quotas == (Quota("train", GPU, Decimal(2), Decimal(2000), Decimal(0)),)
    assert (found.cohort, found.flavors, found.strict, found.reclaims, found.fungible) == (
        "train",
        ("train",),
        False,
        True,
        False,
    )


def test_the_older_version_spells_the_cohort_otherwise():
    old = queue("a", cohortName=None, cohort="train")
    assert only(replace(old, type=old.type.replace("v1beta2", "v1beta1"))).cohort == "train"


def test_nothing_stated_of_preemption_is_never():
    assert not only(queue("a", preemption=None)).reclaims
    assert not only(queue("a", preemption={"reclaimWithinCohort": "Never"})).reclaims


def test_checks_in_either_place():
    assert only(queue("a", admissionChecks=["one"])).checks == ("one",)
    named = {"admissionChecks": [{"name": "two", "onFlavors": ["train"]}]}
    assert only(queue("a", admissionChecksStrategy=named)).checks == ("two",)


def test_what_is_only_read_does_not_count():
    assert not kueue_objects([replace(queue("a"), existing=True)]).queues


def test_what_is_not_known_yet_is_told_of_that_object_alone():
    unknown = kueue("ClusterQueue", "b", {"cohortName": Unknown()})
    found = kueue_objects([queue("a"), unknown])
    assert list(found.queues) == ["a"]
    ((resource, why),) = found.unclear
    assert resource is unknown
    assert why.startswith("spec.cohortName is not known before the deployment")


def test_tolerations_of_any_value_and_any_effect():
    entries = [{"key": "a", "operator": "Exists"}, {"key": "b", "value": "c", "effect": "NoSchedule"}]
    (found,) = kueue_objects([flavor(tolerations=entries)]).flavors.values()
    assert found.tolerations == (("a", None, ""), ("b", "c", "NoSchedule"))


def test_the_queue_behind_a_local_one():
    found = kueue_objects(good())
    assert found.queue_of("team", "default").name == "a"
    assert found.queue_of("team", "other") is None
    assert kueue_objects([local_queue("gone")]).queue_of("team", "default") is None
