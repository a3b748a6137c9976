"""Runbooks of every kind of server, gateway and pipeline; alerts; and nothing from a spec becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.paths import ROOT
from tests.support.specs import CATALOG, full, prod
from weighbridge.render.runbook.markdown import render
from weighbridge.runbook.document import runbook
from weighbridge.runbook.sections import AlertNote, Code, Listing, Runbook, Section, Table, Text, quoted
from weighbridge.runbook.subject import RunbookSubject
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import read_spec

STACKS = ROOT / "tests" / "integration" / "stacks"
ACCELERATED, CPU = (read_spec(STACKS / f"{name}.yaml") for name in ("accelerated", "cpu"))
PROD, FULL = prod(), full()


def subject(name: str, spec: Spec, **others: Spec) -> RunbookSubject:
    return RunbookSubject(name, spec.environment, f"stacks/{spec.environment}.yaml", spec, others)


def text(name: str, spec: Spec, *alerts: AlertNote, **others: Spec) -> str:
    return render(runbook(subject(name, spec, **others), CATALOG, alerts))


def section(name: str, spec: Spec, title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text(name, spec), re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def changed(spec: Spec, name: str, **keys) -> Spec:
    return spec.model_copy(update={"endpoints": {name: spec.endpoints[name].model_copy(update=keys)}})


def with_rollout(spec: Spec, name: str, **keys) -> Spec:
    return changed(spec, name, rollout=spec.endpoints[name].rollout.model_copy(update=keys))


@pytest.mark.parametrize("spec", [ACCELERATED, CPU, PROD, FULL], ids=lambda spec: spec.environment)
def test_every_subject_has_one(spec):
    for name in (*spec.endpoints, *spec.pipelines):
        said = text(name, spec)
        assert said.startswith(f"# Runbook: {name} in {spec.environment}\n")
        assert "None" not in said
        assert "## Alerts" not in said
        assert said.count("```") % 2 == 0


def test_a_slice_of_several_hosts_is_a_leader_worker_set():
    where = section("writer", ACCELERATED, "Where it runs")

    assert "| v1 | LeaderWorkerSet `writer-v1` and Service `writer-v1`, 1 to 2 replicas |" in where
    assert "`https://writer.example.com/`, from inside the VPC network only" in where


def test_a_mirrored_candidate_is_no_emergency():
    said = text("chat", ACCELERATED)

    assert "By the spec, of the requests: `v1` 100%, `v2` 0%." in said
    assert "Roll back now" not in said
    assert "`v2` takes no requests now." in section("chat", ACCELERATED, "Roll back")
    assert "mounted by Cloud Storage FUSE from `gs://example-ml-models/chat/v2`" in said
    assert "waits 1h for replicas" in said  # half an hour for a node, half an hour for the model


def test_without_a_rollout_the_way_back_is_a_new_one():
    said = section("writer", ACCELERATED, "Roll back")

    assert "No rollout is under way: `v1` takes all requests." in said
    assert "takes up to 1h30m (a node, then the model)" in said
    assert "weighbridge rollout rollback" not in said
    assert "weighbridge rollout check" not in section("writer", ACCELERATED, "What to watch at each step")


def test_identity_aware_proxy_is_mentioned():
    assert "Identity-Aware Proxy is in front of it" in section("spam", CPU, "Where it runs")


def test_what_a_server_does_not_expose_is_said():
    watch = section("words", CPU, "What to watch at each step")

    assert "increase(requests&#95;total" not in watch
    assert "increase(requests_total{" in watch
    assert "- saturation: not watched by this server (custom exposes no gauge)" in watch


def test_who_approves():
    production = section("ranker", PROD, "Who approves")
    elsewhere = section("chat", ACCELERATED, "Who approves")
    single = section("chat", with_rollout(ACCELERATED, "chat", steps=(Decimal(100),)), "Who approves")
    advised = ACCELERATED.model_copy(update={"advisory": ("canary-approval",)})

    assert "by somebody else than its owner, `ml-platform@example.com`" in production
    assert "The policies `canary-steps` and `canary-approval` block" in production
    assert "Outside production anybody may approve" in elsewhere
    assert "| 10% | not yet | nobody yet |" in elsewhere
    assert "a single step, which needs no approval" in single
    assert "Only advice here, by `advisory` in the spec: `canary-approval`." in section("chat", advised, "Who approves")


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
    said = text("ranker", PROD, note)

    assert said.endswith(
        "## Alerts\n\n"
        "| alert | severity | what it means | do first |\n| --- | --- | --- | --- |\n"
        "| Outage | page | nothing answers | roll back with `weighbridge rollout rollback` |\n"
    )


def test_other_stacks_are_named():
    said = text("ranker", PROD, staging=read_spec(ROOT / "stacks" / "staging.yaml"))

    assert "Try it first in `staging`, which has the same endpoint." in said
    assert "| `staging` | `example-ml`, cluster `staging` | `https://ranker.staging.example.com/` | `v8` |" in said


def test_nothing_from_a_spec_becomes_markup():
    hostile = "`<b>|\n# x ![](http://x)` @me"
    approval = PROD.endpoints["ranker"].rollout.approvals[0].model_copy(update={"reason": hostile})
    said = text("ranker", with_rollout(PROD, "ranker", approvals=(approval,)))

    assert "| `'<b>\\| # x ![](http://x)' @me` |" in said


def test_words_outside_code_are_escaped():
    lead = (Text("a_b `c_d` <i>"), Listing(("x|y", "`z"), numbered=True))
    table = Section("T", (Table(("h",), (("p|`q|r`",),)), Code(("ls",))))

    assert render(Runbook("t", lead, (table,))) == (
        "# t\n\na&#95;b `c_d` &#60;i&#62;\n\n1. x&#124;y\n2. &#96;z\n\n"
        "## T\n\n| h |\n| --- |\n| p&#124;`q\\|r` |\n\n```sh\nls\n```\n"
    )
    assert quoted("a`b\nc") == "`a'b c`"


def test_a_subject_knows_its_file():
    other = replace(subject("ranker", PROD), file="specs/prod.yaml")

    assert "from `specs/prod.yaml`" in render(runbook(other, CATALOG))
