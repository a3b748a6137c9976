"""How a choice of hardware is shown: text, JSON, page, and the request to Google."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from tests.support.hardware import A100, L4, SYSTEM, chosen_in, option, plan, quota_file, stack
from tests.support.specs import REGION
from weighbridge.planner.plan import PlanResult
from weighbridge.render.plan import html, request, text
from weighbridge.render.plan import json as plan_json
from weighbridge.render.plan.plots import ticks
from weighbridge.render.style import Style

L4_ID = "NVIDIA-L4-GPUS-per-project-region"
NOW = datetime(2026, 11, 26, tzinfo=UTC)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def result(limit=12, *plans):
    plans = plans or (plan("a", option(L4, 8, high=9), option(A100, 2)), plan("b", option(L4, 8)))
    return PlanResult(tuple(plans), chosen_in(stack(quota_file({L4_ID: limit})), *plans))


def shown(of):
    printed = text.render(of, Style())
    assert max(map(len, printed.splitlines())) <= 80
    return " ".join(printed[printed.index("hardware  in") :].split())


def test_text_says_what_is_chosen_and_why():
    words = shown(result())
    assert "hardware in us-central1, within what all stacks leave of the quota for dev" in words
    assert "b 8 g2-standard-4 on demand $4,128 8" in words
    assert "together $9,491 a month for the expected nodes" in words
    assert (
        "barred 8 to 9 g2-standard-4, on demand, at $4,128 a month: it lacks NVIDIA L4"
        " (needs 9 beside 8 of the other workloads, 12 left)"
    ) in words
    assert (
        "cheapest with more quota: $8,256 a month, 5 units of 1 limit more NVIDIA L4 in us-central1: 12 -> 17" in words
    )
    assert "why 2 replicas a node; of" in words


def test_text_says_what_one_node_more_would_save():
    words = shown(result(7, plan("a", option(L4, 8), option(A100, 3))))
    assert "one more 1 NVIDIA L4 more (a node of g2-standard-4) would save $3,917 a month" in words
    assert "would save nothing" in shown(result(24))


def test_what_does_not_fit_says_how_little_more_would_do():
    of = result(2, plan("a", option(L4, 8)))
    words = shown(of)
    assert of.exit_code == 1
    assert "together no set fits what is left of the quota" in words
    assert (
        "few units with more quota: $4,128 a month, 6 units of 1 limit more NVIDIA L4 in us-central1: 2 -> 8" in words
    )


def test_no_price_is_said_and_is_not_called_the_cheapest():
    words = shown(result(0, plan("a", option("nvidia-gb200", 1)), plan("b", option("", 2))))
    assert "none: no machine is known on which it would hold its objective" in words
    t4 = quota_file({"NVIDIA-T4-GPUS-per-project-region": 8})
    plans = (plan("a", option("nvidia-tesla-t4", 1)),)
    words = shown(PlanResult(plans, chosen_in(stack(t4), *plans)))
    assert "together at least $0 a month for the expected nodes: a has no price, so nobody knows the cheapest" in words


def test_without_a_stack_quota_bounds_nothing():
    plans = (plan("a", option(L4, 8)),)
    words = shown(PlanResult(plans, chosen_in(None, *plans, region=REGION)))
    assert "in us-central1; no stack is named, so quota bounds nothing" in words


def test_a_pool_that_others_run_on_is_said():
    shared = {"kind": "experiment", "node_pool": "chat", "guaranteed": {}, "at_most": {"cpu": 1}}
    pools = {"system": SYSTEM, "chat": {"machine_type": "g2-standard-4", "nodes": {"min": 0, "max": 2}}}
    plans = (plan("chat", option(L4, 2)),)
    found = chosen_in(stack(pools=pools, pipelines={"prototypes": shared}), *plans)
    words = shown(PlanResult(plans, found))
    assert "pool chat-serving: the pool that it has, or is named, runs prototypes as well" in words


def test_json_has_all_of_it():
    made = json.loads(plan_json.render(result()))["hardware"]
    assert made["fits"] is True
    assert made["workloads"]["a"]["chosen"]["machine_type"] == "a2-highgpu-2g"
    assert made["workloads"]["a"]["obvious_lacks"][0]["limit_to_ask_for"] == 17
    assert made["workloads"]["b"]["chosen"]["draws"][0]["amount"] >= 1
    assert made["cheapest"]["units"] == 5
    assert made["writes"] == {"a": {"pool": "a", "endpoint": None}, "b": {"pool": "b", "endpoint": None}}


def test_the_request_asks_for_the_cheapest_or_for_what_fits():
    assert request.render(result(), NOW) == (
        "#!/bin/sh\n"
        "# Quota that `weighbridge plan` would ask for, 2026-11-26. Google decides.\n"
        "# $8,256 a month, 5 units of 1 limit more; what fits without it costs more.\n"
        "set -e\n"
        "\n"
        "# NVIDIA L4: 12 now, 17 needed\n"
        "gcloud beta quotas preferences create \\\n"
        "  --service=compute.googleapis.com \\\n"
        "  --project=example-ml \\\n"
        "  --quota-id=NVIDIA-L4-GPUS-per-project-region \\\n"
        "  --preferred-value=17 \\\n"
        "  --dimensions=region=us-central1 \\\n"
        "  --justification='a: 8 to 9 g2-standard-4, on demand; b: 8 g2-standard-4, on demand'\n"
    )
    assert "; nothing fits without it." in request.render(result(2, plan("a", option(L4, 8))), NOW)
    assert "there is nothing to ask for" in request.render(result(24), NOW)


class Page(HTMLParser):
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
    made = result(2, plan("a", option(L4, 8))) if of == "fits not" else result()
    page = Page(html.render(PlanResult(made.plans) if of == "no stack" else made))
    assert not {"script", "img", "iframe", "link"} & {tag for tag, _ in page.elements}
    drawn = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert all("aria-labelledby" in found or found.get("aria-hidden") == "true" for found in drawn)
    names = [found["id"] for _, found in page.elements if "id" in found]
    assert len(names) == len(set(names))


def test_pictures_stand_beside_their_words():
    page = Page(html.render(result()))
    assert [found["class"] for tag, found in page.elements if tag == "svg" and "class" in found] == ["plot"] * 3
    assert "planned replicas: 8 requests a second" in page.words
    assert "the quota's most: 48 requests a second" in page.words
    assert "Fits: $9,491 a month for the expected nodes" in page.words


def test_ticks_are_round():
    assert ticks(9.5) == [0, 2, 4, 6, 8]
    assert ticks(0.07) == pytest.approx([0, 0.02, 0.04, 0.06])
    assert ticks(130_000) == [0, 50_000, 100_000]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_it_without_a_scroll_to_the_side(tmp_path, width):
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser to look with: none of {', '.join(BROWSERS)} is on the PATH")
    script = (
        "<script>document.documentElement.dataset.over = document.documentElement.scrollWidth - innerWidth</script>"
    )
    content = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html.render(result()))
    (tmp_path / "page.html").write_text(content.replace("</body>", f"{script}</body>"), encoding="utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom")
    done = subprocess.run(
        [program, *options, f"--window-size={width},900", (tmp_path / "page.html").as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    over = re.search(r'data-over="(-?\d+)"', done.stdout)
    assert over is not None
    assert int(over[1]) <= 0
