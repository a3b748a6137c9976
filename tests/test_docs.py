"""README.md says what is true: its tables and outputs are the generated ones, its commands exist."""

import re

from tests.support import readme

SKIPPED = {".venv", ".git", ".cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}
TEXT = {".py", ".md", ".toml", ".lock", ".yml", ".yaml", ".txt", ".csv", ".go", ".mod", ".sum", ""}
HOSTS = r"pypi\.org|files\.pythonhosted|registry\.npmjs|proxy\.golang|sum\.golang|repo\.maven|crates\.io|^--find-links"


def test_generated_parts_of_the_readme_are_current():
    text = readme.README.read_text()
    assert readme.generated(text) == text, "run `make docs`"


def test_every_make_target_that_the_readme_names_exists():
    makefile = (readme.ROOT / "Makefile").read_text()
    named = set(re.findall(r"(?:`|\$ )make ([a-z]+)", readme.README.read_text()))
    assert named
    assert {name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()


def test_no_file_names_a_package_registry_or_a_way_of_working():
    for path in readme.ROOT.rglob("*"):
        parts = set(path.relative_to(readme.ROOT).parts)
        if path.is_file() and not parts & SKIPPED and path.suffix in TEXT and path.name != "test_docs.py":
            found = re.search(HOSTS, path.read_text(errors="replace"), re.MULTILINE)
            assert found is None, f"{path.relative_to(readme.ROOT)} names {found and found[0]}"
