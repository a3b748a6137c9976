"""Resources by kind and name."""

from __future__ import annotations

import pytest

from weighbridge.preview.selection import NothingSelected, select
from weighbridge.resources.graph import STACK_TYPE, Graph, Resource

GRAPH = Graph(
    "p",
    "dev",
    (
        Resource("u0", STACK_TYPE, "p-dev", custom=False),
        Resource("u1", "kubernetes:apps/v1:Deployment", "b", custom=True, inputs={"metadata": {"name": "ranker-v7"}}),
        Resource("u2", "gcp:container/nodePool:NodePool", "serve", custom=True),
        Resource("u3", "kubernetes:apps/v1:Deployment", "a", custom=True),
    ),
)


@pytest.mark.parametrize(
    ("asked", "urns"),
    [
        ({}, ["u2", "u3", "u1"]),
        ({"kind": "deployment"}, ["u3", "u1"]),
        ({"kind": "gcp:container/nodePool:NodePool"}, ["u2"]),
        ({"name": "ranker-v7"}, ["u1"]),
        ({"kind": "Deployment", "name": "a"}, ["u3"]),
    ],
)
def test_by_type_and_then_by_name(asked, urns):
    assert [resource.urn for resource in select(GRAPH, **asked)] == urns


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"kind": "Nodepol"},
            "--kind Nodepol: dev has no such resource; it has Deployment, NodePool. Did you mean `NodePool`?",
        ),
        (
            {"kind": "Deployment", "name": "serve"},
            "--name serve: dev has no resource of kind Deployment of that name; it has a, b.",
        ),
    ],
)
def test_what_is_not_there_says_what_is(asked, message):
    with pytest.raises(NothingSelected) as caught:
        select(GRAPH, **asked)
    assert str(caught.value) == message
