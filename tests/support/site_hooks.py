"""What mkdocs does besides: documents of the repository's top are pages too, and links to its files are words."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
TOP = ("SECURITY.md", "CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md")
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the documents of the top."""
    for name in TOP:
        files.append(File.generated(config, name, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links as the site has them: of a file of the repository only the words stay."""
    source = page.file.src_uri

    def link(found: re.Match[str]) -> str:
        mark, words, target = found.groups()
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith(("#", "mailto:")):
            return found[0]
        from_top = source in TOP
        place = path.removeprefix("docs/") if from_top else path
        if not from_top and path.startswith("../") and "/" not in source:
            place = path.removeprefix("../")
            if place not in TOP:
                return f"**{words}**" if "`" not in words else words
        if from_top and not path.startswith("docs/") and path not in TOP:
            return words
        return f"{mark}[{words}]({place}{'#' + anchor if anchor else ''})"

    return _LINK.sub(link, markdown)
