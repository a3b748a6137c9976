"""`weighbridge doctor`: without credentials it checks what it can; with them, all, against servers of this machine."""

import subprocess
import sys

import pytest

from tests.support.deployer_apis import deployer_apis
from tests.support.paths import copy_project
from tests.support.processes import PATIENCE_SECONDS, free_ports
from weighbridge.doctor.needs import needed_apis, needed_permissions

PARTS = ("all", "network", "cluster", "endpoints")
OBJECTS = {f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list")}


@pytest.fixture
def project(tmp_path):
    copy_project(tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    scripts = {
        ".venv/bin/python": f'exec {sys.executable} "$@"', "bin/pulumi": "echo v3.274.1",
        "bin/gke-gcloud-auth-plugin": "",
    }  # fmt: skip
    for name, script in scripts.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def doctor(project, *arguments, **environment):
    (port,) = free_ports(1)
    given = {
        "PATH": f"{project}/bin:/usr/bin:/bin", "HOME": str(project), "GCE_METADATA_ROOT": f"127.0.0.1:{port}",
        "GCE_METADATA_IP": f"127.0.0.1:{port}", "NO_GCE_CHECK": "true", "PYTHONUTF8": "1", **environment,
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "weighbridge", "doctor", *arguments], cwd=project, env=given, capture_output=True,
        text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip


def test_without_credentials_it_says_first_what_could_not_be_checked(project):
    ran = doctor(project, "dev", PULUMI_BACKEND_URL="gs://state", PULUMI_CONFIG_PASSPHRASE="of tests")  # noqa: S106
    assert ran.returncode == 3, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0] == "nothing missing; 1 not checked"
    assert lines[2].startswith("NOT CHECKED  APIs, permissions, and a bucket of state: ")
    assert "gcloud auth application-default login" in " ".join(ran.stdout.split())
    assert max(len(line) for line in lines if str(project) not in line) <= 80
    for fine in ("Pulumi CLI: v3.274.1", "kubectl plugin: gke-gcloud-auth-plugin", "Python environment: .venv"):
        assert f"fine  {fine}" in lines


def test_with_credentials_it_asks_for_everything(project):
    known = {
        "services": set(needed_apis(PARTS)), "permissions": {need.name for need in needed_permissions(PARTS)},
        "buckets": {"state": OBJECTS},
    }  # fmt: skip
    with deployer_apis(**known) as apis:
        signed_in = {
            "WEIGHBRIDGE_GOOGLE_APIS": apis.url, "GOOGLE_OAUTH_ACCESS_TOKEN": "token",
            "PULUMI_BACKEND_URL": "gs://state", "PULUMI_CONFIG_PASSPHRASE": "of tests",
        }  # fmt: skip
        ran = doctor(project, "stacks/dev.yaml", **signed_in)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout.startswith("nothing missing\n\nfine  APIs: all 7 that are needed are on\n")
        assert ran.stdout.endswith("ready to deploy\n")
        apis.services.discard("container.googleapis.com")
        ran = doctor(project, **signed_in)
        assert ran.returncode == 1
        assert "\n  $ gcloud services enable container.googleapis.com --project=example-ml\n" in ran.stdout


def test_a_stack_that_there_is_not_is_named_as_everywhere(project):
    ran = doctor(project, "dve", GOOGLE_OAUTH_ACCESS_TOKEN="token")  # noqa: S106
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "weighbridge: there is no stack 'dve'; there are dev, prod, staging. Did you mean `dev`?\n"
