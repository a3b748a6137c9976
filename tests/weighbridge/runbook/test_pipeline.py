"""The runbook of a pipeline: its numbers are those of its spec and thresholds."""

from __future__ import annotations

from tests.support.runbooks import PROD, section, subject, text
from tests.support.specs import CATALOG, prod
from weighbridge.runbook.pipeline import pipeline_sections
from weighbridge.runbook.sections import Table
from weighbridge.spec.root import Spec


def troubles(name: str, spec: Spec) -> dict[str, str]:
    """When each trouble is one."""
    (found,) = (part for part in pipeline_sections(subject(name, spec), CATALOG) if part.title.startswith("When it is"))
    (table,) = (block for block in found.blocks if isinstance(block, Table))
    return {trouble: when for trouble, when, _ in table.rows}


def with_pipeline(name: str, **keys) -> Spec:
    pipelines = {**PROD.pipelines, name: PROD.pipelines[name].model_copy(update=keys)}
    return PROD.model_copy(update={"pipelines": pipelines})


def test_it_begins_with_what_it_is_and_when_it_runs():
    runs = text("click-features", PROD)
    assert "A pipeline of kind `data`. It runs every 1h." in runs
    assert "It runs every 1d, and takes 6h." in text("ranker-training", PROD)
    spec = with_pipeline("click-features", runs_every=None)
    assert "It runs at any time." in text("click-features", spec)


def test_troubles_are_those_of_the_alerts():
    assert troubles("ranker-training", PROD) == {
        "late": "its last success is 2d ago",
        "slow": "a run takes longer than 9h",
        "failing": "a run has failed; from 3 in a row on it is urgent",
        "waiting": "work waits for quota for 1h",
    }


def test_its_own_thresholds_win_over_those_of_the_environment():
    spec = prod(
        ("  notify:\n", "  thresholds: {failures: 5, late_periods: 4}\n  notify:\n"),
        ("    runs_every: 1h\n", "    runs_every: 1h\n    thresholds: {failures: 2}\n"),
    )
    found = troubles("click-features", spec)
    assert found["failing"] == "a run has failed; from 2 in a row on it is urgent"
    assert found["late"] == "its last success is 4h ago"


def test_without_a_schedule_nothing_is_late_and_slow_is_against_its_usual_time():
    found = troubles("click-features", with_pipeline("click-features", runs_every=None, expected_duration=None))
    assert "late" not in found
    assert found["slow"] == "a run takes longer than 1.5 times its usual time"


def test_without_status_files_one_looks_where_it_is_scheduled():
    spec = with_pipeline("click-features", runs=None)
    assert "Its runs leave no status files" in section("click-features", spec, "How its last runs went")
    assert "gcloud storage cat" not in text("click-features", spec)


def test_what_is_not_watched_has_no_section():
    titles = [part.title for part in pipeline_sections(subject("prototypes", PROD), CATALOG)]
    assert "What its data is compared with" not in titles
    assert "## What its data is compared with" in text("click-features", PROD)


def test_a_model_serves_nobody_until_a_rollout():
    assert "serves nobody until" in section("ranker-training", PROD, "Run it again")
    assert "serves nobody until" not in section("click-features", PROD, "Run it again")
