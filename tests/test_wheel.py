"""What a wheel installs: one name, every data file, and a pack that judges the project of the run."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.support.graphs import STACK, resource
from tests.support.installed import SOURCES, command, pip
from tests.support.paths import ROOT
from tests.support.policy_pack import RunningPack
from tests.support.processes import PATIENCE_SECONDS
from tests.support.signing_keys import write_keys
from tests.support.specs import limit, quota_file
from tests.weighbridge.preview.test_revision import git
from weighbridge import __version__

SPEC = """
version: 1
environment: dev
owner: ml@example.com
cloud: {project: example-ml, region: us-central1, zones: [us-central1-a]}
node_pools:
  train: {machine_type: a2-highgpu-1g, nodes: {min: 0, max: MOST}}
"""

# Folders of the same names as the repository's two, as any project may have.
FOREIGN = """
import components
import policies

assert (components.OURS, policies.OURS) == (1, 2)
"""


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("target")
    pip("install", "--no-deps", "--no-index", "--no-compile", "--target", str(folder), str(wheel))
    return folder


def project(folder: Path, most: int) -> Path:
    """Somebody's project, without `stackConfigDir`: `most` GPUs of the four that there are."""
    for name, number in (("components", 1), ("policies", 2), ("stacks", 3)):
        (folder / name).mkdir(parents=True)
        if name != "stacks":
            (folder / name / "__init__.py").write_text(f"OURS = {number}\n")
    (folder / "Pulumi.yaml").write_text("name: theirs\nruntime: python\n")
    (folder / "__main__.py").write_text(FOREIGN + (ROOT / "__main__.py").read_text())
    (folder / "stacks" / "dev.yaml").write_text(SPEC.replace("MOST", str(most)))
    quota = quota_file(limit("NVIDIA-A100-GPUS-per-project-region", 4)).model_dump(mode="json", exclude_defaults=True)
    (folder / "stacks" / "quota.yaml").write_text(json.dumps({"version": 1, **quota}))
    return folder


def test_it_claims_one_name(wheel):
    names = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert names == {"weighbridge", f"weighbridge-{__version__}.dist-info"}


def test_it_has_every_file_of_the_sources(wheel):
    packed = set(zipfile.ZipFile(wheel).namelist())
    for name in SOURCES:
        into = "" if name == "weighbridge" else "weighbridge/"
        files = (path for path in (ROOT / name).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        assert {f"{into}{path.relative_to(ROOT).as_posix()}" for path in files} <= packed, name


@pytest.mark.slow
def test_its_pack_judges_a_project_that_has_folders_of_the_same_names(installed, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(installed), "PWD": "/", "COLUMNS": "120", "PYTHONUTF8": "1"}
    pack = str(installed / "weighbridge" / "policies")
    ran = subprocess.run(
        [sys.executable, "-m", "weighbridge", "preview", "dev", "--policy-pack", pack],
        cwd=project(tmp_path / "theirs", 6), env=environment, capture_output=True, text=True, check=False,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert ran.stdout.startswith("BLOCKED  dev (example-ml, us-central1): 1 violation\n"), (
        "nothing but what is too much"
    )
    assert "\nshared-quota  stacks/dev.yaml:7\n" in ran.stdout
    assert "train: 6 NVIDIA A100 at peak" in ran.stdout


@pytest.mark.parametrize("pack_folder", [pytest.param("policies", marks=pytest.mark.slow), "policies/installed"])
def test_its_pack_admits_nothing_where_it_finds_no_project(installed, pack_folder):
    nowhere = {"PYTHONPATH": str(installed), "PULUMI_PROJECT": "theirs", "PWD": "/"}
    with RunningPack(installed / "weighbridge" / pack_folder, nowhere) as pack:
        pack.start(dry_run=True)
        (found,) = pack.analyze_stack([resource(STACK, "theirs-dev", {}, provider_inputs=None)])
    assert found.policyName == "shared-quota"
    assert "this pack doesn't know where project weighbridge lies: there is no Pulumi.yaml in /" in found.message


@pytest.mark.slow
def test_a_ticket_opens_the_installed_pack(installed, tmp_path):
    """The project's own `policies` holds no pack, so both `admit` and Pulumi take the installed one."""
    theirs = project(tmp_path / "theirs", 4)
    (theirs / "Pulumi.yaml").write_text("name: weighbridge\nruntime: python\n")  # as `RunningPack` names it
    quota = theirs / "stacks" / "quota.yaml"
    quota.write_text(json.dumps({**json.loads(quota.read_text()), "admission": {"public_key": "admission.pub"}}))
    write_keys(tmp_path / "admission.key", theirs / "admission.pub")
    (theirs / ".gitignore").write_text("__pycache__/\n.weighbridge/\n")
    for arguments in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "c")):
        git(theirs, *arguments)
    environment = {**os.environ, "PYTHONPATH": str(installed), "PWD": str(theirs), "PYTHONUTF8": "1"}
    of_pulumi = str(installed / "weighbridge" / "policies" / "installed")
    the_stack = resource(STACK, "theirs-dev", {}, provider_inputs=None)
    with RunningPack(Path(of_pulumi), {"PYTHONPATH": str(installed), "PWD": str(theirs)}) as pack:
        assert "may not be updated without a ticket" in pack.create(the_stack)[1][0]
        for more in ((), ("--policy-pack", of_pulumi)):
            ran = subprocess.run(
                [sys.executable, "-m", "weighbridge", "admit", "dev", "--key", str(tmp_path / "admission.key"), *more],
                cwd=theirs, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
            )  # fmt: skip
            assert ran.returncode == 0, ran.stdout + ran.stderr
            assert pack.create(the_stack) == ([the_stack.name], [])


def test_a_checkout_has_all_parts_under_their_installed_names():
    """Whichever Weighbridge is installed, a program in a checkout imports the checkout's, so that has to be whole."""
    nothing_editable = f"import sys; sys.path += {[str(ROOT), sysconfig.get_path('purelib')]!r}"
    imports = "import weighbridge.components.program as it, weighbridge.policies; print(it.__file__)"
    ran = subprocess.run(
        [sys.executable, "-S", "-c", f"{nothing_editable}; {imports}"], cwd="/", capture_output=True, text=True,
        check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert (ran.stdout, ran.stderr) == (f"{ROOT}/components/program.py\n", "")


@pytest.mark.slow
def test_the_installed_command_judges_the_stacks_of_a_checkout(wheel_environment, tmp_path):
    for name in (*SOURCES, "stacks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path)
    ran = command(wheel_environment, tmp_path, "preview", "dev")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("ADMITTED  dev (example-ml, us-central1): everything fits the shared quota\n")


@pytest.mark.slow
def test_a_first_verdict_on_a_spec_of_ones_own_takes_one_install_and_init(wheel_environment, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    flags = ("--project", "acme-ml", "--domain", "acme.example", "--owner", "ml@acme.example", "--limits-granted")
    ran = command(wheel_environment, folder, "init", "--recipe", "llm-gpu", *flags)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("\nADMITTED  dev (acme-ml, us-central1): everything fits the shared quota\n")
    assert command(wheel_environment, folder, "pack").stdout == f"{folder}/policies\n"
    assert command(wheel_environment, folder, "preview", "dev").returncode == 0
    # Somebody's own folder of that name makes it the installed pack, which judges this project all the same.
    shutil.rmtree(folder / "policies")
    (folder / "policies").mkdir()
    spec = folder / "stacks" / "dev.yaml"
    spec.write_text(
        spec.read_text().replace("nodes: {min: 1, max: 2}\nendpoints", "nodes: {min: 1, max: 9}\nendpoints")
    )
    ran = command(wheel_environment, folder, "preview", "dev")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "serve-l4: 9 NVIDIA L4 at peak" in ran.stdout
    pack = Path(command(wheel_environment, folder, "pack").stdout.strip())
    assert pack == next(wheel_environment.glob("lib/python3*/site-packages")) / "weighbridge" / "policies" / "installed"
    named = yaml.safe_load((pack / "PulumiPolicy.yaml").read_text())["runtime"]["options"]["virtualenv"]
    assert (pack / named).resolve() == wheel_environment.resolve()
    assert (pack / named / "bin" / "python").is_file(), "Pulumi runs the pack by it"
