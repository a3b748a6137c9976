"""What docs/training.md shows: the spec is admitted, and each job fits its pool beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.graphs import resource
from tests.support.platform import platform_resources
from tests.support.quota_demand import shared_by
from tests.support.specs import CATALOG, NOW, quota_file
from tests.support.training import jobs, spec_text
from weighbridge.resources.held_resource import Surroundings
from weighbridge.rules.registry import RULES
from weighbridge.rules.rule import Kind
from weighbridge.rules.rule_input import RuleInput
from weighbridge.stacks.load import parse_spec

SPEC_FILE = Path("stacks/training.yaml")
SPEC = parse_spec(spec_text(), SPEC_FILE)
JOBS = {job["kind"] + "-" + job["metadata"]["name"]: job for job in jobs()}


def found(*manifests, spec=SPEC):
    held = [
        resource(f"kubernetes:{job['apiVersion']}:{job['kind']}", job["metadata"]["name"], job) for job in manifests
    ]
    resources = (*platform_resources(spec), *held)
    shared = shared_by(spec.environment, {spec.environment: spec}, quota_file())
    given = RuleInput(spec.environment, resources, Surroundings.of(resources, quota_file(), CATALOG), shared, NOW)
    return [
        (violation.level, violation.message)
        for rule in RULES
        if rule.kind is Kind.STACK
        for violation in rule.violations(given)
    ]


def test_the_spec_is_admitted():
    assert [message for level, message in found() if level == "mandatory"] == []


@pytest.mark.parametrize("name", JOBS)
def test_each_job_is_admitted_beside_it(name):
    assert [message for level, message in found(JOBS[name]) if level == "mandatory"] == []


@pytest.mark.parametrize("name", ["JobSet-pretrain", "RayJob-tune", "Job-distill"])
def test_of_those_that_own_no_node_nobody_finds_anything(name):
    assert set(found(JOBS[name])) <= set(found())


def test_without_its_operator_a_job_is_advised_against():
    without = spec_text().replace("operators: {jobset: installed, ray: installed}", "operators: {ray: installed}")
    messages = [message for _, message in found(JOBS["JobSet-pretrain"], spec=parse_spec(without, SPEC_FILE))]
    assert any(message.startswith("JobSet pretrain waits for a controller") for message in messages)


def test_there_is_one_of_each_kind():
    assert list(JOBS) == ["JobSet-pretrain", "JobSet-finetune", "RayJob-tune", "Job-distill"]
