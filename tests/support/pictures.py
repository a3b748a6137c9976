"""The pictures of README.md and docs/: the review of the example pull request in a browser.

``python -m tests.support.pictures`` takes them anew into docs/pictures/.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.browser import Browser, browser
from tests.support.example_pull_request import change_prod
from tests.support.paths import ROOT, copy_project

FOLDER = ROOT / "docs" / "pictures"
WIDTH = 1160
_SECTION = re.compile(r"<section><h2>(.*?)</h2>.*?</section>", re.DOTALL)
_HEADER = re.compile(r"<header>.*?</header>", re.DOTALL)
_MOST_SERVED = ("What serves and trains, and on what", "Dashboards as they will look")
_MOST_CHARTS = 6
_CHARTS = re.compile(rf'(<div class="charts">(?:\n?<svg.*?</svg>){{{_MOST_CHARTS}}}).*', re.DOTALL)


def take(folder: Path) -> None:
    """Writes review.png, the head of the page, and platform.png, what serves and how it is watched."""
    chromium = browser()
    page = reviewed()
    folder.mkdir(parents=True, exist_ok=True)
    _shoot(chromium, page, folder / "review.png", 1160)
    _shoot(chromium, _only(page, _MOST_SERVED), folder / "platform.png", 1260)


def reviewed() -> str:
    """The page of the example pull request."""
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "project"
        copy_project(project)
        _git(project, "init", "--quiet", "--initial-branch", "main")
        _git(project, "add", "--all")
        _git(project, "commit", "--quiet", "--message", "main")
        change_prod(project)
        command = [sys.executable, "-m", "weighbridge", "report", "prod", "--base", "main", "-o", "page.html"]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stderr
        return (project / "page.html").read_text(encoding="utf-8")


def _only(page: str, titles: tuple[str, ...]) -> str:
    """The page with these sections alone, the first dashboard opened as far as its first charts."""
    kept = [found[0] for found in _SECTION.finditer(page) if found[1] in titles]
    kept[-1] = _CHARTS.sub(r"\1</div></details></section>", kept[-1]).replace("<details>", "<details open>", 1)
    head, _, _ = page.partition('<main id="main">')
    return f'{_HEADER.sub("", head)}<main id="main">{"".join(kept)}</main></body></html>'


def _shoot(chromium: Browser, page: str, file: Path, height: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        file.write_bytes(chromium.screenshot(page, Path(name), WIDTH, height).read_bytes())


def _git(folder: Path, *arguments: str) -> None:
    options = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *options, *arguments], cwd=folder, check=True)  # noqa: S607


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # else tests/policies would stand for the pack
    take(FOLDER)
