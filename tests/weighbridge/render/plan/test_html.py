"""The page of a plan: whole, running nothing, its pictures beside their words."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from tests.support.hardware import L4, option, plan, plan_result
from weighbridge.planner.plan import PlanResult
from weighbridge.render.plan import html

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class PlanPage(HTMLParser):
    """Elements with their attributes, and whether all that was opened is closed."""

    def __init__(self, content):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(content)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "line", "circle", "polyline", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += f" {data.strip()}"


@pytest.mark.parametrize("of", ["fits", "fits not", "no stack"])
def test_the_page_is_whole_and_runs_nothing(of):
    made = plan_result(2, plan("a", option(L4, 8))) if of == "fits not" else plan_result()
    page = PlanPage(html.render(PlanResult(made.plans) if of == "no stack" else made))
    assert not {"script", "img", "iframe", "link"} & {tag for tag, _ in page.elements}
    drawn = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert all("aria-labelledby" in found or found.get("aria-hidden") == "true" for found in drawn)
    names = [found["id"] for _, found in page.elements if "id" in found]
    assert len(names) == len(set(names))


def test_pictures_stand_beside_their_words():
    page = PlanPage(html.render(plan_result()))
    assert [found["class"] for tag, found in page.elements if tag == "svg" and "class" in found] == ["plot"] * 3
    assert "planned replicas: 8 requests a second" in page.words
    assert "the quota's most: 48 requests a second" in page.words
    assert "Fits: $9,491 a month for the expected nodes" in page.words


@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_it_without_a_scroll_to_the_side(tmp_path, width):
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser to look with: none of {', '.join(BROWSERS)} is on the PATH")
    script = (
        "<script>document.documentElement.dataset.over = document.documentElement.scrollWidth - innerWidth</script>"
    )
    content = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html.render(plan_result()))
    (tmp_path / "page.html").write_text(content.replace("</body>", f"{script}</body>"), encoding="utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom")
    done = subprocess.run(
        [program, *options, f"--window-size={width},900", (tmp_path / "page.html").as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    over = re.search(r'data-over="(-?\d+)"', done.stdout)
    assert over is not None
    assert int(over[1]) <= 0
