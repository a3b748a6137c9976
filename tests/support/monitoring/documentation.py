"""What an alert policy tells the people that it reaches. Limits: discovery document monitoring.v3."""

import re

from tests.support.monitoring.flaw import Flaw

MOST_LINKS = 3
_VARIABLE = re.compile(r"\$\{[A-Za-z_][\w.-]*\}")


def flaws(given):
    """What is wrong with it."""
    content, subject = given.get("content", ""), given.get("subject", "")
    if len(content) > 8192 or len(content.encode()) > 10240:
        size = f"{len(content)} characters, {len(content.encode())} bytes"
        yield Flaw("semantic", "documentation.content", f"{size}: at most 8192 and 10240")
    if content and given.get("mimeType", "text/markdown") != "text/markdown":
        yield Flaw("semantic", "documentation.mimeType", "only text/markdown is supported")
    if len(subject.encode()) > 255 or "\n" in subject:
        yield Flaw("semantic", "documentation.subject", "one line; what is beyond 255 bytes is cut off")
    for where, text in (("documentation.content", content), ("documentation.subject", subject)):
        if "{{" in text:
            yield Flaw("semantic", where, "{{ }} is Prometheus': write ${metric_or_resource.label.x}")
        if text.count("${") != len(_VARIABLE.findall(text)):
            yield Flaw("semantic", where, "a variable is ${name.of.something}")
    yield from _links(given.get("links", []))


def _links(links):
    if len(links) > MOST_LINKS:
        yield Flaw("semantic", "documentation.links", f"{len(links)} links, at most {MOST_LINKS}")
    for index, link in enumerate(links):
        where = f"documentation.links[{index}]"
        if not 1 <= len(link.get("displayName", "")) <= 63:
            yield Flaw("semantic", f"{where}.displayName", "1 to 63 characters")
        if not re.fullmatch(r"https?://[^\s/]+\S*", link.get("url", "")) or len(link["url"]) > 2083:
            yield Flaw("semantic", f"{where}.url", "a web address of at most 2083 characters")
