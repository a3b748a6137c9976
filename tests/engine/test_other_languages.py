"""The platform as a package for other languages: a YAML program makes it, and the pack judges what it makes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.bounded import finished
from tests.engine.engine import UP, Installed, RealEngine, engine
from tests.engine.projects import REPOSITORY, edit
from tests.integration import binaries
from tests.support.installed import command
from tests.support.paths import GOLDEN
from tests.support.processes import PATIENCE_SECONDS

MORE_TYPESCRIPT = """
const address: pulumi.Output<string | undefined> = platform.address;
const wrong: pulumi.Output<string> = platform.address;
export const all = [address, wrong, platform.nothing];
"""
OPTIONS = {
    "strict": True, "noEmit": True, "skipLibCheck": True, "target": "es2020", "module": "commonjs", "types": ["node"],
    "baseUrl": ".", "paths": {"@pulumi/weighbridge": ["./sdk"]},
}  # fmt: skip
SMALL, LARGE = ("nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 14}")


def documented(begin: str) -> str:
    """A program as the documentation shows it."""
    text = (REPOSITORY / "docs" / "start.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"^```\w+\n({begin}.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.fixture
def plugin(wheel_environment, tmp_path) -> Path:
    return Path(command(wheel_environment, tmp_path, "plugin").stdout.strip())


@pytest.fixture
def project(wheel_environment, plugin, tmp_path, monkeypatch) -> Path:
    """Somebody's YAML program with the specs of the repository, and the package that is installed beside it."""
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copytree(REPOSITORY / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("Pulumi.*"))
    program = documented("name: models").replace("PLUGIN", str(plugin))
    for place in ("  platform:", "${platform."):  # as Weighbridge's own program calls it
        assert place in program
        program = program.replace(place, place.replace("platform", "dev"))
    (folder / "Pulumi.yaml").write_text(program, encoding="utf-8")
    (packages,) = wheel_environment.glob("lib/python3*/site-packages")
    monkeypatch.setenv("PYTHONPATH", str(packages))
    monkeypatch.setenv("PWD", str(folder))
    return folder


@pytest.fixture
def pulumi(project, installed: Installed, tmp_path) -> Iterator[RealEngine]:
    with engine(installed, tmp_path / "engine", languages=binaries.pulumi_yaml().parent) as started:
        yield started


def test_a_yaml_program_makes_the_platform_and_the_pack_judges_it(wheel_environment, project, pulumi):
    pack = command(wheel_environment, project, "pack").stdout.strip()
    pulumi.init(project, "dev")
    edit(project, "dev", SMALL, "node: {min: 0, max: 2}")
    wrong = pulumi.run(project, *UP, "--stack", "dev")
    assert "Platform resource 'dev' has a problem: " in wrong.text
    assert "stacks/dev.yaml:11:5: node_pools.serve-l4.node: unknown key" in wrong.text, wrong.text
    assert "Traceback" not in wrong.text
    edit(project, "dev", "node: {min: 0, max: 2}", LARGE)
    blocked = pulumi.run(project, *UP, "--stack", "dev", "--policy-pack", pack)
    assert blocked.code != 0
    assert "serve-l4: 14 NVIDIA L4 at peak; other stacks 9 (prod 7, staging 2)" in blocked.text, blocked.text
    edit(project, "dev", LARGE, SMALL)
    pulumi.must(project, *UP, "--stack", "dev", "--policy-pack", pack)

    outputs = json.loads(pulumi.must(project, "stack", "output", "--json", "--stack", "dev").output)
    assert outputs == {"location": "us-central1", "pools": {"system": "system", "serve-l4": "serve-l4"}}
    ours = {
        urn.replace("::weighbridge::", "::models::").replace("::weighbridge-dev", "::models-dev")
        for file in (GOLDEN / "dev" / "resources").glob("*.yaml")
        for urn in re.findall(r"urn: (urn:\S+)", file.read_text(encoding="utf-8"))
    }
    theirs = {entry["urn"] for entry in pulumi.export(project, "dev")["deployment"]["resources"]}
    assert theirs - {"urn:pulumi:dev::models::pulumi:providers:weighbridge::default"} == ours


def test_the_library_of_typescript_has_the_types_of_the_schema(project, plugin, pulumi, tmp_path):
    folder, described = tmp_path / "typescript", pulumi.must(project, "package", "get-schema", str(plugin)).output
    done = subprocess.run(
        [binaries.typescript_library(), folder / "sdk"], input=described, text=True, capture_output=True,
        check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    program = 'import * as pulumi from "@pulumi/pulumi";\n' + documented("import ") + MORE_TYPESCRIPT
    (folder / "index.ts").write_text(program, encoding="utf-8")
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "files": ["index.ts"]}))
    (folder / "node_modules").symlink_to(binaries.node_modules())
    compiler = folder / "node_modules" / "typescript" / "bin" / "tsc"
    checked = finished(["node", str(compiler), "--project", str(folder)], folder, {"PATH": os.environ["PATH"]}, 120)
    errors = re.findall(r"^(\S+): error \S+: (.*)$", checked.output, re.MULTILINE)
    assert errors == [
        ("index.ts(9,7)", "Type 'Output<string | undefined>' is not assignable to type 'Output<string>'."),
        ("index.ts(10,46)", "Property 'nothing' does not exist on type 'Platform'."),
    ], checked.text
