"""Runbooks of the specs that tests read, as Markdown."""

from __future__ import annotations

import re
from typing import Any

from tests.support.paths import ROOT
from tests.support.specs import CATALOG, full, prod
from weighbridge.render.runbook.markdown import render
from weighbridge.runbook.document import runbook
from weighbridge.runbook.sections import AlertNote
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


def changed(spec: Spec, name: str, **keys: Any) -> Spec:
    return spec.model_copy(update={"endpoints": {name: spec.endpoints[name].model_copy(update=keys)}})


def with_rollout(spec: Spec, name: str, **keys: Any) -> Spec:
    return changed(spec, name, rollout=spec.endpoints[name].rollout.model_copy(update=keys))
