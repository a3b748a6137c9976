"""The page in headless Chromium: no barrier that axe-core knows, no text on another, nothing to the side; and paper."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import debian
from tests.support.browser import browser
from tests.support.paths import STACKS
from tests.support.reviews import advanced_rollout
from weighbridge.catalog import load
from weighbridge.dashboards.plausible import plausible
from weighbridge.preview.review import dashboards_of, pipelines_of, rollouts_of
from weighbridge.render.dashboard import svg as dashboard_svg
from weighbridge.render.preview.html import render
from weighbridge.stacks.load import read_folder

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chromium():
    try:
        return browser()
    except debian.Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def page():
    """With everything that a page may show."""
    return render(everything())


def everything():
    folder, result = read_folder(STACKS), advanced_rollout()
    spec = folder.specs["prod"]
    return replace(
        result,
        rollouts=(*result.rollouts, *rollouts_of(spec, folder.quota, result.at)),
        pipelines=pipelines_of(spec),
        dashboards=dashboards_of(spec, load()),
    )


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_has_no_barrier_and_no_text_on_another(chromium, page, tmp_path, width, dark):
    measured = chromium.measure(page, tmp_path, width, dark=dark)
    assert measured.dark == dark
    assert list(measured.violations) == []
    assert list(measured.texts) == []
    assert measured.over <= 0


@pytest.mark.parametrize("made_up", [False, True], ids=["layout", "curves"])
def test_texts_of_the_dashboards_as_one_picture_do_not_overlap(chromium, tmp_path, made_up):
    result = everything()
    curves = plausible(result.dashboards, result.at) if made_up else None
    drawn = dashboard_svg.render(result.dashboards, curves)
    measured = chromium.measure(f"<html lang=en><title>x</title><body>{drawn}</body>", tmp_path, 1280)
    assert list(measured.texts) == []


def test_what_is_measured_is_noticed(chromium, tmp_path):
    text = '<text x="5" y="20">one word</text>'
    drawn = f'<svg width="200" height="50">{text}{text}<text x="190" y="40">too long for it</text></svg>'
    page = f"<html><body><img src=x>{drawn}<div style='width:3000px'>x</div></body>"
    measured = chromium.measure(page, tmp_path, 390)
    assert {found.partition(":")[0] for found in measured.violations} >= {"image-alt", "document-title"}
    assert measured.texts[0] == "one word / one word"
    assert measured.texts[-1].endswith(": too long for it")
    assert measured.over > 2000


def test_it_prints(chromium, page, tmp_path):
    paper: Path = chromium.pdf(page, tmp_path)
    assert paper.read_bytes().startswith(b"%PDF")
    assert paper.read_bytes().count(b"/Type /Page\n") > 2
