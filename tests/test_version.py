"""The version is written once, in the package; what can't read it from there is held to it."""

import re

import yaml

import weighbridge
from tests.support.paths import ROOT


def test_the_packs_files_have_it():
    files = list((ROOT / "policies").rglob("PulumiPolicy.yaml"))
    assert {yaml.safe_load(file.read_text())["version"] for file in files} == {weighbridge.__version__}


def test_the_documentation_builds_the_monitors_image_of_this_version():
    text = "".join(file.read_text() for file in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))))
    assert set(re.findall(r"weighbridge/monitor:([0-9.]*[0-9])", text)) == {weighbridge.__version__}


def test_nothing_else_in_the_packages_writes_it():
    written = f'"{weighbridge.__version__}"'
    files = [ROOT / "pyproject.toml"]
    files += [path for package in ("weighbridge", "components", "policies") for path in (ROOT / package).rglob("*.py")]
    holders = [path.relative_to(ROOT).as_posix() for path in files if written in path.read_text()]
    assert holders == ["weighbridge/__init__.py"]
