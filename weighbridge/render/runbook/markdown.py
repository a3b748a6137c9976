"""A runbook as Markdown. Words are escaped, so that nothing from a spec breaks a table or becomes markup."""

from __future__ import annotations

from collections.abc import Iterator

from weighbridge.render.markdown_text import escape
from weighbridge.runbook.sections import Block, Code, Listing, Runbook, Table, Text

FENCE = "```"


def render(runbook: Runbook) -> str:
    """The runbook as one Markdown document, ended by one line break."""
    lines = [f"# {_inline(runbook.title)}", "", *_blocks(runbook.lead)]
    for section in runbook.sections:
        lines += [f"## {_inline(section.title)}", "", *_blocks(section.blocks)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _blocks(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        yield from _block(block)
        yield ""


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text():
            yield _inline(block.text)
        case Listing():
            for index, item in enumerate(block.items, start=1):
                yield f"{index}. {_inline(item)}" if block.numbered else f"- {_inline(item)}"
        case Code():
            yield f"{FENCE}{block.language}"
            yield from block.lines
            yield FENCE
        case Table():
            yield _row(block.header)
            yield _row(("---",) * len(block.header))
            for row in block.rows:
                yield _row(tuple(_inline(cell).replace("|", "\\|") for cell in row))


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _inline(text: str) -> str:
    """Escaped, but for what stands between backticks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a mark without its partner is a mere character
        parts[-2:] = ["`".join(parts[-2:])]
    spaced = [part if index % 2 else _plain(part) for index, part in enumerate(parts)]
    return "`".join(spaced)


def _plain(text: str) -> str:
    """`escape` trims, and the blanks beside code matter."""
    inner = escape(text)
    lead, trail = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() and inner else "")
    return f"{lead}{inner}{trail}"
