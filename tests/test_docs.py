"""README.md and docs/ say what is true: tables and outputs are the generated ones, commands and links exist."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support import policy_pages, prometheus, readme
from tests.support.paths import ROOT
from weighbridge.conventions import DOCUMENTATION
from weighbridge.rules.registry import RULES
from weighbridge.stacks.load import parse_spec

SKIPPED = {".venv", ".git", ".cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}
TEXT = {".py", ".md", ".toml", ".lock", ".yml", ".yaml", ".txt", ".csv", ".go", ".mod", ".sum", ""}
FORBIDDEN = ("pypi.org", "files.pythonhosted", "registry.npmjs", "proxy.golang", "sum.golang", "repo.maven",
             "crates.io", "\n--find-links")  # fmt: skip
FENCE = r"^```.*?^```"

documents = pytest.mark.parametrize("path", readme.DOCUMENTS, ids=lambda path: path.name)
every_text = pytest.mark.parametrize(
    "path",
    sorted({*readme.DOCUMENTS, *ROOT.glob("*.md"), *policy_pages.FOLDER.glob("*.md")}),
    ids=lambda path: path.name,
)


def anchors(text):
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(FENCE, "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@documents
def test_generated_parts_are_current(path):
    text = path.read_text()
    assert readme.generated(text, without=readme.SLOW) == text, "run `make docs`"


@pytest.mark.slow
@pytest.mark.parametrize("name", readme.SLOW)
def test_generated_parts_that_take_previews_are_current(name):
    if name == "signals-test":
        prometheus.or_skip(prometheus.promtool)
    (text,) = (text for text in map(Path.read_text, readme.DOCUMENTS) if name in readme.parts_of(text))
    others = tuple(part for part in readme.parts_of(text) if part != name)
    assert readme.generated(text, without=others) == text, "run `make docs`"


def test_the_worked_example_of_hardware_is_admitted_and_asks_for_quota():
    """Its output is the real one, by the slow test above."""
    text = (ROOT / "docs" / "planner.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ weighbridge (.+)$", text[text.index("## On which machines") :], re.MULTILINE)
    assert commands == [
        "plan hardware.yaml --stack prod", "plan hardware.yaml --apply prod --request", "preview prod",
    ]  # fmt: skip
    assert "prod would be ADMITTED with it\n" in text
    assert "ADMITTED  prod (example-ml, us-central1): everything fits the shared quota\n" in text
    assert "\n+requests:\n+  - {quota: NVIDIA-L4-GPUS-per-project-region, " in text


def test_the_pages_of_the_policies_are_current():
    found = {file.name: file.read_text(encoding="utf-8") for file in policy_pages.FOLDER.glob("*.md")}
    assert found == policy_pages.pages(), "run `make docs`"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_a_finding_links_to_is_a_page(rule):
    place = rule.help_uri.removeprefix(f"{DOCUMENTATION}/")
    page = ROOT / "docs" / f"{place}.md"
    assert page.read_text(encoding="utf-8").startswith(f"# {rule.name}\n")
    assert f"]({place}.md)" in (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")


def test_every_generated_part_is_shown_once():
    shown = [name for path in readme.DOCUMENTS for name in readme.parts_of(path.read_text())]
    assert sorted(shown) == sorted(readme.PARTS)


def test_every_whole_spec_that_a_document_shows_is_good():
    shown = [
        block
        for path in readme.DOCUMENTS
        for block in re.findall(r"^```yaml\n(version: 1\n.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)
        if "\nenvironment: " in block
    ]
    assert shown
    for block in shown:
        name = re.search(r"^environment: (\S+)", block, re.MULTILINE)
        assert name is not None
        assert parse_spec(block, Path(f"stacks/{name[1]}.yaml")).environment == name[1]


@every_text
def test_every_make_target_that_is_named_exists(path):
    makefile = (ROOT / "Makefile").read_text()
    named = {word for words in re.findall(r"(?:`|\$ )make ([a-z ]+)", path.read_text()) for word in words.split()}
    assert {name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()


@every_text
def test_every_command_that_is_named_exists(path):
    named = set(re.findall(r"(?:`|\$ )weighbridge ([a-z]+)", path.read_text()))
    assert named <= commands()


@every_text
def test_every_link_leads_somewhere(path):
    text = path.read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("https://", "http://", "mailto:")):
            name, _, anchor = target.partition("#")
            file = (path.parent / name) if name else path
            assert file.exists(), target
            assert not anchor or anchor in anchors(file.read_text()), target


def test_the_readme_leads_to_every_document():
    named = set(re.findall(r"\]\(docs/([a-z-]+\.md)", readme.README.read_text()))
    assert named == {path.name for path in readme.DOCUMENTS} - {"README.md"}


def test_the_site_leads_to_every_document():
    """What `make docs-site` refuses, found where it costs nothing."""
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    names = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert names <= set(re.findall(r"[\w-]+\.md", navigation))
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert names - {"index.md"} <= set(re.findall(r"\(([\w-]+\.md)\)", index))


def test_no_file_names_a_package_registry_or_a_way_of_working():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = set(folders) - SKIPPED  # not even looked into
        for path in (Path(folder, name) for name in names):
            if path.suffix in TEXT and path.name != "test_docs.py" and path.is_file():
                text = f"\n{path.read_text(errors='replace')}"
                found = [name for name in FORBIDDEN if name in text]
                assert found == [], f"{path.relative_to(ROOT)} names {found}"


@cache
def commands():
    ran = subprocess.run(
        [sys.executable, "-m", "weighbridge", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(re.findall(r"^  ([a-z]+)  +", ran.stdout.partition("Commands:")[2], re.MULTILINE))
