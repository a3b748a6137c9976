"""A runbook as a whole: every subject has one, and it says who is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.runbooks import ACCELERATED, CPU, FULL, PROD, section, subject, text
from tests.support.specs import CATALOG
from weighbridge.render.runbook.markdown import render
from weighbridge.runbook.document import runbook
from weighbridge.runbook.sections import AlertNote


@pytest.mark.parametrize("spec", [ACCELERATED, CPU, PROD, FULL], ids=lambda spec: spec.environment)
def test_every_subject_has_one(spec):
    for name in (*spec.endpoints, *spec.pipelines):
        document = text(name, spec)
        assert document.startswith(f"# Runbook: {name} in {spec.environment}\n")
        assert "None" not in document
        assert "## Alerts" not in document
        assert document.count("```") % 2 == 0


def test_who_is_told():
    nobody = text("chat", ACCELERATED)
    notify = PROD.monitoring.notify.model_copy(update={"page": None})
    without_page = PROD.model_copy(update={"monitoring": PROD.monitoring.model_copy(update={"notify": notify})})

    assert "Nobody: the spec has no `monitoring`. The owner of `stacks/accelerated.yaml` is `ml@example.com`." in nobody
    assert "| page | as `ticket`: e-mail to `ml-platform@example.com` | on the next working day |" in section(
        "ranker", without_page, "Who is told"
    )


def test_alerts_are_told_where_there_are_some():
    note = AlertNote("Outage", "page", "nothing answers", "roll back with `weighbridge rollout rollback`")
    document = text("ranker", PROD, note)

    assert document.endswith(
        "## Alerts\n\n"
        "| alert | severity | what it means | do first |\n| --- | --- | --- | --- |\n"
        "| Outage | page | nothing answers | roll back with `weighbridge rollout rollback` |\n"
    )


def test_a_subject_knows_its_file():
    other = replace(subject("ranker", PROD), file="specs/prod.yaml")

    assert "from `specs/prod.yaml`" in render(runbook(other, CATALOG))
