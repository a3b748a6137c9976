"""A first project: every recipe is good and fits the limits that it names, and admits nothing until they were read."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
import yaml

from tests.support.paths import ROOT
from tests.support.specs import CATALOG
from weighbridge.files.problem import FileError
from weighbridge.files.project import read_project
from weighbridge.quota.demand import demand_of_stacks
from weighbridge.rules.shared_quota import judge_all
from weighbridge.stacks.load import read_folder
from weighbridge.starting.answers import MEANING, NEEDS_DOMAIN, Answers, Recipe
from weighbridge.starting.project_files import frame_files, left_alone, project_files

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
GOOD = {
    "environment": "dev", "project": "acme-ml", "region": "us-central1", "zone": ("us-central1-b",),
    "owner": "ml@acme.example", "domain": "acme.example", "name": "platform",
}  # fmt: skip


def answers(recipe="llm-gpu", **changed):
    return Answers.model_validate({**GOOD, "recipe": recipe, **changed})


def written(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def judged(folder, now=NOW):
    read = read_folder(folder / "stacks", CATALOG)
    return judge_all(demand_of_stacks(read.demands, read.quota, CATALOG), read.quota, CATALOG, now)


@pytest.mark.parametrize("recipe", get_args(Recipe))
@pytest.mark.parametrize("environment", ["dev", "on", "null"])  # the last two are no texts, as YAML has them
def test_a_recipe_fits_exactly_the_limits_that_it_names(recipe, environment, tmp_path):
    made = answers(recipe, environment=environment, owner="a.b+c#d@acme.example")
    folder = written(tmp_path, project_files(made, granted_at=NOW))
    assert judged(folder) == ()
    quota = folder / "stacks" / "quota.yaml"
    listed = yaml.safe_load(quota.read_text())["limits"]
    for entry in listed:
        less = {**yaml.safe_load(quota.read_text()), "limits": [{**entry, "limit": entry["limit"] - 1}]}
        less["limits"] += [other for other in listed if other != entry]
        (tmp_path / "less" / "stacks").mkdir(parents=True, exist_ok=True)
        (tmp_path / "less" / "stacks" / f"{environment}.yaml").write_text(
            (folder / "stacks" / f"{environment}.yaml").read_text()
        )
        less["pulled_at"] = NOW.isoformat()
        (tmp_path / "less" / "stacks" / "quota.yaml").write_text(yaml.safe_dump(less))
        assert judged(tmp_path / "less"), f"{entry} is larger than it need be"


def test_limits_that_nobody_has_read_admit_nothing_and_that_is_all_that_is_wrong(tmp_path):
    folder = written(tmp_path, project_files(answers(), granted_at=None))
    (found,) = judged(folder)
    assert found == (
        "stacks/quota.yaml: nobody has read these limits yet (pulled_at is 1970-01-01), so they admit nothing. "
        "Read them: `weighbridge quota pull`; or write down what Google granted, and in pulled_at when you read it."
    )
    text = (folder / "stacks" / "quota.yaml").read_text()
    read = f"pulled_at: {NOW - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    (folder / "stacks" / "quota.yaml").write_text(text.replace("pulled_at: 1970-01-01T00:00:00Z", read))
    assert judged(folder) == ()


def test_the_project_is_one_of_pulumis_with_its_own_program_and_pack(tmp_path):
    files = project_files(answers(name="null"), granted_at=NOW)
    folder = written(tmp_path, files)
    found = read_project(folder)
    assert (found.name, found.stacks) == ("null", folder / "stacks")
    # The same program and pack as of this repository, so that what is tried there holds here.
    for name in ("__main__.py", "policies/__main__.py", "policies/PulumiPolicy.yaml"):
        assert files[name] == (ROOT / name).read_text(encoding="utf-8"), name
    assert {*frame_files(), "stacks/dev.yaml"} == set(files)


def test_what_the_region_does_not_have_is_found_before_anything_is_written():
    made = answers("llm-tpu", region="europe-west9", zone=("europe-west9-a",))
    with pytest.raises(FileError, match="ct6e-standard-4t is not sold in europe-west9, but in asia-east1"):
        project_files(made, granted_at=None)


def test_what_a_folder_has_stays_and_says_what_it_lacks(tmp_path):
    files = project_files(answers(), granted_at=None)
    assert left_alone(tmp_path, files) == {}
    (tmp_path / ".gitignore").write_text("node_modules\n.venv/\n")
    (tmp_path / "policies").mkdir()
    mine = ': policies is a folder of yours, so the pack is at "$(weighbridge pack)"'
    assert left_alone(tmp_path, files) == {
        ".gitignore": ": add __pycache__/, out/, .weighbridge/, gha-creds-*.json to it",
        "policies/PulumiPolicy.yaml": mine,
        "policies/__main__.py": mine,
    }


def test_every_recipe_says_what_it_is_for():
    assert set(MEANING) == set(get_args(Recipe)) > NEEDS_DOMAIN
