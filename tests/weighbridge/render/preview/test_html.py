"""The page: nothing from outside, nothing that runs, every number in words too, and no overflow in a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import results
from weighbridge.preview.result import (
    Base,
    CoverageCell,
    Operation,
    PreviewVerdict,
    PropertyChange,
    RolloutStep,
    RolloutView,
)
from weighbridge.render.preview.html import render

VOID = {"meta", "br", "link", "rect"}
STEPS = (
    RolloutStep(Decimal(10), "done", datetime(2026, 11, 18, tzinfo=UTC), ("a@example.com",), "as v7"),
    RolloutStep(Decimal(50), "now", datetime(2026, 11, 20, tzinfo=UTC), ("b@example.com",)),
    RolloutStep(Decimal(100), "next"),
)


def full(**more):
    view = RolloutView("ranker", (("v7", Decimal(50)), ("v8", Decimal(50))), "v8", STEPS, "next 100%, ready to advance")
    before = replace(view, weights=(("v7", Decimal(90)), ("v8", Decimal(10))))
    cells = (
        CoverageCell("ranker", "serving", "latency", "watched", ("latency-burn",)),
        CoverageCell("ranker", "serving", "freshness", "blind", (), "say in `watch` what its data is compared with"),
        CoverageCell("embedder", "serving", "latency", "exempt", (), "a@example.com until 2027-01-01: new"),
    )
    base = Base("main (0123456789)", PreviewVerdict.ADMITTED, rollouts=((before, view),))
    long = PropertyChange("spec.template.metadata.annotations.x", "a" * 200, "b" * 200, Operation.UPDATE)
    changes = (*results.blocked().changes, results.change("x" * 60, Operation.UPDATE, long))
    return replace(results.blocked(), rollouts=(view,), coverage=cells, base=base, changes=changes, **more)


class Page(HTMLParser):
    """Notes elements with their attributes, and refuses what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def test_the_page_says_all_of_it():
    page = Page(render(full()))
    for words in (
        "✘ Blocked : 1 violation, and 1 piece of advice",
        "serve-l4: nodeConfig.spot none → true replaces this accelerator pool.",
        "serve-l4: 14 NVIDIA L4 at peak → 28 of 24. Lower nodes.max to 10.",
        "Fix: Lower the bound.",
        "ranker: v7 90%, v8 10% → v7 50%, v8 50%; next 100%, ready to advance",
        "NVIDIA L4: 24 of 24 (0 left)",
        "dev 2 → 14 · prod 7 · kept free 3",
        "no price",
        "50% ▶ now",
        "approved by b@example.com",
        "What is watched (1 blind spot)",
        "ranker, freshness: say in watch what its data is compared with",
        "1 to replace",
    ):
        assert words in page.text, words
    assert ("a", {"href": "https://weighbridge.dev/policies/shared-quota"}) in page.elements
    assert results.CANARY not in render(full())


def test_it_needs_no_network_and_runs_nothing():
    page = Page(render(full()))
    assert not {"script", "img", "iframe", "object", "link", "form"} & {tag for tag, _ in page.elements}
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "srcset"}
    policy = next(attributes["content"] for tag, attributes in page.elements if attributes.get("http-equiv"))
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"url\((?!#)|@import", render(full()))


def test_tables_have_heads_pictures_have_titles_and_names_are_unique():
    page = Page(render(full()))
    tags = [tag for tag, _ in page.elements]
    assert tags.count("h1") == 1
    assert tags.count("caption") == tags.count("table")
    assert all(attributes["scope"] in ("row", "col") for tag, attributes in page.elements if tag == "th")
    drawn = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert all("aria-labelledby" in attributes or attributes.get("aria-hidden") == "true" for attributes in drawn)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("variant", [results.admitted, results.advised, results.not_judged, results.blocked])
def test_every_verdict_is_a_page(variant):
    assert Page(render(variant())).text


@settings(max_examples=40, deadline=None)
@given(st.text(st.sampled_from("a<>&\"'\x00\x1b`</script>é😀"), max_size=30))
def test_hostile_text_stays_text(text):
    name = text or "x"
    shown = render(results.admitted(
        stack=name, changes=(results.change(name),), violations=(results.violation(text),), notes=(text,)))  # fmt: skip
    page = Page(shown)
    assert "script" not in {tag for tag, _ in page.elements}
    assert "\x00" not in shown
    assert "\x1b" not in shown
