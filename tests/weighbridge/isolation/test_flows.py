"""The table of flows holds together."""

from __future__ import annotations

import re

import pytest

from weighbridge.isolation.flows import SUBJECT_KINDS, flows, read_flows

PORT_NAMES = {"http", "metrics", "grpc", "picking", "health", "questions", "telemetry"}


@pytest.mark.parametrize("row", flows().rows, ids=lambda row: row.flow)
def test_a_flow_names_who_is_known_and_touches_the_platform(row):
    known = SUBJECT_KINDS | set(flows().peers)
    assert {*row.sources, *row.targets} <= known
    assert SUBJECT_KINDS & {*row.sources, *row.targets}
    assert {port for port in row.ports if isinstance(port, str)} <= PORT_NAMES


def test_every_peer_is_of_some_flow_and_says_who_it_is():
    used = {name for row in flows().rows for name in (*row.sources, *row.targets)}
    assert set(flows().peers) <= used
    for peer in flows().peers.values():
        assert bool(peer.namespaces) != bool(peer.ranges), peer.peer
        assert peer.source, peer.peer


def test_only_pods_of_one_owner_are_open_to_one_another_on_all_ports():
    open_wide = {(row.sources, row.targets) for row in flows().rows if not row.ports}
    assert open_wide == {
        (("servers",), ("servers",)),
        (("pipelines",), ("pipelines",)),
        (("collectors",), ("pipelines",)),
    }


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "{flow: x, from: [monitors], to: [servers], ports: [http]}",
            (
                "x: nothing says which servers belong to which monitors, and no policy comes of it: only pods of one "
                "kind, and servers and pickers of one version, know one another. Make one of the two a peer, by its "
                "namespace"
            ),
        ),
        (
            "{flow: x, from: [collectors, adapter], to: [pipelines]}",
            "x: nothing says which pipelines",
        ),
        ("{flow: x, from: [collectors], to: [collectors]}", "x: neither collectors nor collectors is a subject"),
        ("{flow: x, from: [collector], to: [servers]}", "x: no subject or peer is called collector"),
    ],
)
def test_a_row_without_effect_is_refused(row, message):
    peer = "{peer: collectors, namespaces: [x], source: y, as_of: 2026-11-26, confidence: reported}"
    with pytest.raises(ValueError, match=re.escape(message)):
        read_flows(f"peers: [{peer}]\nflows: [{row}]\n")
