"""Node pools as a report lists them, and what must not be overlooked when one of them changes."""

from __future__ import annotations

from dataclasses import replace

from tests.support.graphs import cluster
from tests.support.judged_previews import FITS, SHARED_QUOTA, exported, graph, pool
from weighbridge.host import Outcome
from weighbridge.resources.held_resource import HeldResource


def test_a_line_has_machine_accelerators_counts_and_prices(preview):
    (line,) = preview(Outcome(FITS, (), (SHARED_QUOTA,))).pools
    assert (line.name, line.machine_type, line.accelerators) == ("serve-l4", "g2-standard-4", "1 x NVIDIA L4")
    assert (line.provisioning, line.least_nodes, line.most_nodes, line.peak_nodes) == ("standard", 0, 2, 2)
    assert line.least_monthly == 0
    assert line.most_monthly >= line.expected_monthly > 0
    assert line.priced_on is not None


def test_a_machine_without_a_price_has_a_line_without_one(preview):
    a4x = {"machineType": "a3-ultragpu-8g", "guestAccelerators": [{"type": "nvidia-h200-141gb", "count": 8.0}]}
    (line,) = preview(Outcome(graph(cluster(), pool(2, "wide", **a4x)), (), (SHARED_QUOTA,))).pools
    assert (line.machine_type, line.most_monthly, line.priced_on) == ("a3-ultragpu-8g", None, None)


def test_a_replaced_accelerator_pool_is_flagged_with_what_runs_on_it(preview, tmp_path):
    state = exported(tmp_path, cluster(), pool(2, spot=True))
    (flag,) = (flag for flag in preview(Outcome(FITS, (), (SHARED_QUOTA,)), state).flags if flag.urn == pool(2).urn)
    assert flag.message == (
        "serve-l4: nodeConfig.spot true → none replaces this accelerator pool; it is deleted first, so its work stops. "
        "On it: pipeline prototypes."
    )


def test_one_that_is_created_first_says_how_many_nodes_it_takes_meanwhile(preview, tmp_path):
    """The provider names a pool without a name, so the new one can be created beside the old one."""
    after, before = unnamed(pool(2)), unnamed(pool(2, spot=True))
    outcome = Outcome(graph(cluster(), after), (), (SHARED_QUOTA,))
    found = preview(outcome, exported(tmp_path, cluster(), before)).flags
    (flag,) = (flag for flag in found if flag.urn == after.urn)
    assert flag.message == (
        "serve-l4: nodeConfig.spot true → none replaces this accelerator pool; the new one is created first, so "
        "both hold their quota for a while. That takes 2 nodes of g2-standard-4 more for a while. "
        "On it: pipeline prototypes."
    )


def unnamed(resource: HeldResource) -> HeldResource:
    return replace(resource, inputs={key: value for key, value in resource.inputs.items() if key != "name"})
