"""A namespace holds its pods to the strictest standard unless somebody says another."""

from __future__ import annotations

import pulumi
import pytest

from components.namespace import namespace
from tests.support.recording import record

ENFORCE = "pod-security.kubernetes.io/enforce"


@pytest.mark.parametrize(("given", "expected"), [((), "restricted"), (("baseline",), "baseline")])
def test_a_namespace_holds_its_pods_to_a_standard(given, expected):
    recording = record(lambda: namespace("dev-web", "web", pulumi.ResourceOptions(), *given))
    made = recording.only("kubernetes:core/v1:Namespace").inputs["metadata"]
    assert (made["name"], made["labels"][ENFORCE]) == ("web", expected)
