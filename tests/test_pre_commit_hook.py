"""The hook for other repositories: what it is called with is what `weighbridge validate` takes."""

import re
import subprocess
import sys

import yaml

from tests.support.paths import ROOT, copy_project
from tests.support.processes import PATIENCE_SECONDS

(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


def test_it_looks_at_everything_that_says_something_of_stacks_and_at_nothing_else():
    taken = re.compile(HOOK["files"])
    for path in (
        "stacks/dev.yaml",
        "infra/ml/stacks/quota.yaml",
        "stacks/prod.yml",
        "Pulumi.yaml",
        "infra/Pulumi.json",
    ):
        assert taken.search(path), path
    for path in (
        "stacks/schema.json",
        "stacks/old/dev.yaml",
        "mystacks/dev.yaml",
        "docs/Pulumi.yaml.md",
        "Pulumi.dev.yaml",
    ):
        assert not taken.search(path), path


def test_it_is_called_with_the_paths_that_changed(tmp_path):
    program, *arguments = HOOK["entry"].split()
    assert program == "weighbridge"
    copy_project(tmp_path / "infra")
    spec = tmp_path / "infra" / "stacks" / "dev.yaml"

    def called(*paths):
        command = [sys.executable, "-m", "weighbridge", *arguments, *paths]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )

    assert called("infra/stacks/dev.yaml", "infra/stacks/quota.yaml", "infra/Pulumi.yaml").returncode == 0
    spec.write_text(spec.read_text().replace("max: 2", "max: two", 1))
    ran = called("infra/stacks/dev.yaml")
    assert ran.returncode == 2
    assert ran.stderr.startswith("infra/stacks/dev.yaml:8:26: node_pools.system.nodes.max: ")
