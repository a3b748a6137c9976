"""A project of somebody's own, made by the installed command and deployed with the pack of the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.cloud import names
from tests.engine.engine import UP
from tests.engine.projects import edit
from tests.support.installed import command

FLAGS = ("--project", "acme-ml", "--domain", "acme.example", "--owner", "ml@acme.example", "--limits-granted")


@pytest.fixture
def project(wheel_environment, tmp_path, monkeypatch) -> Path:
    """It has folders of the same names as Weighbridge's own; programs and packs run with the installed package."""
    folder = tmp_path / "models"
    for name in ("components", "policies"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("OURS = True\n", encoding="utf-8")
    made = command(wheel_environment, folder, "init", "--recipe", "llm-gpu", *FLAGS)
    assert made.returncode == 0, made.stdout + made.stderr
    (folder / "__main__.py").write_text(
        "import components\nimport policies\n\nassert components.OURS and policies.OURS\n"
        + (folder / "__main__.py").read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    (packages,) = wheel_environment.glob("lib/python3*/site-packages")
    monkeypatch.setenv("PYTHONPATH", str(packages))
    monkeypatch.setenv("PWD", str(folder))  # as a shell in that folder has it
    return folder


def test_the_pack_of_the_package_judges_the_callers_stacks(wheel_environment, project, request):
    pulumi = request.getfixturevalue("pulumi")  # after the wheel_environment is set
    pack = command(wheel_environment, project, "pack").stdout.strip()
    assert Path(pack).is_relative_to(wheel_environment)
    pulumi.init(project, "dev")
    small, large = (f"    nodes: {{min: 1, max: {most}}}\nendpoints:" for most in (2, 9))
    edit(project, "dev", small, large)
    blocked = pulumi.run(project, *UP, "--stack", "dev", "--policy-pack", pack)
    assert blocked.code != 0
    assert "serve-l4: 9 NVIDIA L4 at peak" in blocked.text, blocked.text
    edit(project, "dev", large, small)
    pulumi.must(project, *UP, "--stack", "dev", "--policy-pack", pack)
    assert "serve-l4" in names(pulumi.cloud.urns("create"))
