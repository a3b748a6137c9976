"""The example stacks: the offline preview says what the real engine says."""

from __future__ import annotations

import pytest

from tests.engine import offline, real
from tests.engine.limits import EVERYWHERE, unexplained
from tests.engine.previewed import differences
from tests.engine.projects import REPOSITORY, example

STACKS = ("dev", "staging", "prod")


def test_every_spec_of_the_repository_is_one_of_them():
    files = {file.stem for file in (REPOSITORY / "stacks").glob("*.yaml")}
    assert {stem for stem in files if not stem.startswith("Pulumi.")} - {"quota"} == set(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_both_previews_of_an_example_stack_agree(stack, pulumi, tmp_path):
    project = example(tmp_path / "project")
    pulumi.init(project, stack)
    theirs, ours = real.previewed(pulumi, project, stack), offline.previewed(project, stack)
    assert not theirs.failed, pulumi.words()
    assert theirs.resources, "nothing was previewed"
    assert theirs.calls[-1].name == "AnalyzeStack"
    assert unexplained(differences(theirs, ours), EVERYWHERE) == ()
