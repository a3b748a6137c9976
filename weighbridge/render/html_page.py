"""One page of HTML: no network, no script, for light and dark, paper and phones.

A picture says what stands in words or numbers beside it, and never more. Everything that comes from a program or a file
passes `escaped`; only the page's own words and numbers don't.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTED = re.compile(r"`([^`\n]+)`")


def page(title: str, head: Iterable[str], main: Iterable[str], style: str = "") -> str:
    """The whole page: its header, then what it is about; `style` is CSS beyond that of every page."""
    css = resources.files("weighbridge.render").joinpath("page.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escaped(title)} — Weighbridge</title>",
            f"<style>\n{css}{style}</style></head><body>",
            '<a class="skip" href="#main">To the report</a>',
            *head,
            '<main id="main">',
            *main,
            "</main></body></html>",
            "",
        ]
    )


def table(
    caption: str, titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: Iterable[int] = (), wide: int = -1
) -> Iterator[str]:
    """A table that scrolls by itself where it is too wide. `numbers` are columns that stand right."""
    looks = {**dict.fromkeys(numbers, ' class="n"'), wide: ' class="wide"'}
    name = escaped(caption)
    yield f'<div class="box" tabindex="0" role="region" aria-label="{name}"><table><caption>{name}</caption>'
    heads = (f'<th scope="col"{looks.get(index, "")}>{escaped(title)}</th>' for index, title in enumerate(titles))
    yield f"<thead><tr>{''.join(heads)}</tr></thead><tbody>"
    for first, *rest in rows:
        cells = (f"<td{looks.get(index, '')}>{_lines(content)}</td>" for index, content in enumerate(rest, 1))
        yield f'<tr><th scope="row">{escaped(first)}</th>{"".join(cells)}</tr>'
    yield "</tbody></table></div>"


def _lines(content: str) -> str:
    return "<br>".join(map(escaped, content.split("\n")))


def worded(message: str) -> str:
    """A message, where what stands in backticks is code."""
    return _QUOTED.sub(r"<code>\1</code>", escaped(message))


def escaped(content: str) -> str:
    """Content as HTML has it, without characters that it can't hold."""
    return html.escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", content))
