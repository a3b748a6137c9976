"""Headless Chromium, and axe-core: what a page looks like to a reader's eyes and to a screen reader's.

Both come from the PATH, else from Debian and npm into the repository's cache folder; nothing is installed.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support import debian
from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS

CACHE = ROOT / ".cache" / "browser"
AXE = "axe-core@4.14.1"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
PACKAGES = (
    "chromium-headless-shell", "chromium-common", "libasyncns0", "libdouble-conversion3", "libflac12",
    "libharfbuzz-subset0", "libminizip1", "libmp3lame0", "libmpg123-0", "libogg0", "libopenh264-7", "libopenjp2-7",
    "libopus0", "libpulse0", "libsndfile1", "libvorbis0a", "libvorbisenc2", "libxnvctrl0",
)  # fmt: skip
"""The browser, and those of its libraries that a small machine lacks."""

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_RESULT = re.compile(r'<pre id="measured">(.*?)</pre>', re.DOTALL)

_MEASURE = """
const texts = [];
for (const svg of document.querySelectorAll("svg")) {
  const around = svg.getBoundingClientRect();
  const placed = text => ({words: text.textContent, at: text.getBoundingClientRect()});
  const found = [...svg.querySelectorAll("text")].map(placed);
  for (const [index, one] of found.entries()) {
    const outside = Math.max(around.left - one.at.left, one.at.right - around.right,
                             around.top - one.at.top, one.at.bottom - around.bottom);
    if (outside > 1) texts.push(`outside by ${outside.toFixed(1)}: ${one.words}`);
    for (const other of found.slice(index + 1)) {
      const wide = Math.min(one.at.right, other.at.right) - Math.max(one.at.left, other.at.left);
      const high = Math.min(one.at.bottom, other.at.bottom) - Math.max(one.at.top, other.at.top);
      if (wide > 1 && high > 2) texts.push(`${one.words} / ${other.words}`);
    }
  }
}
const show = violations => {
  const pre = document.createElement("pre");
  pre.id = "measured";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const over = document.documentElement.scrollWidth - innerWidth;
  pre.textContent = JSON.stringify({violations, texts, dark, over});
  document.body.append(pre);
};
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
axe.run({runOnly: {type: "tag", values: tags}}).then(
  result => show(result.violations.map(found => `${found.id}: ${found.nodes.length} x ${found.nodes[0].html}`)),
  error => show([String(error)]));
"""


@dataclass(frozen=True, slots=True)
class PageMeasured:
    """What is wrong with a page: rules of WCAG that it breaks, texts of pictures that run into one another."""

    violations: Sequence[str]
    texts: Sequence[str]
    over: int  # pixels by which it is wider than the window
    dark: bool  # whether it was asked for dark colours


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that is there."""

    program: Path
    environment: Mapping[str, str]
    axe: str

    def measure(self, page: str, folder: Path, width: int, *, dark: bool = False) -> PageMeasured:
        """Opens the page, whose folds are opened and whose policy against scripts is taken out, as it is measured."""
        opened = _POLICY.sub("", page).replace("<details>", "<details open>")
        scripts = f"<script>{self.axe}</script><script>{_MEASURE}</script>"
        file = folder / "page.html"
        file.write_text(opened.replace("</body>", f"{scripts}</body>"), encoding="utf-8")
        options = (
            "--virtual-time-budget=60000",
            "--dump-dom",
            *(("--blink-settings=preferredColorScheme=0",) if dark else ()),
        )
        found = _RESULT.search(self._run(file, folder, width, *options))
        assert found is not None, "the page was not measured"
        return PageMeasured(**json.loads(html.unescape(found[1])))

    def screenshot(self, page: str, folder: Path, width: int, height: int) -> Path:
        """The page as a picture."""
        (folder / "shown.html").write_text(page, encoding="utf-8")
        self._run(folder / "shown.html", folder, width, f"--screenshot={folder / 'page.png'}", height=height)
        return folder / "page.png"

    def pdf(self, page: str, folder: Path) -> Path:
        """The page on paper."""
        (folder / "printed.html").write_text(page, encoding="utf-8")
        self._run(folder / "printed.html", folder, 1280, f"--print-to-pdf={folder / 'page.pdf'}")
        return folder / "page.pdf"

    def _run(self, file: Path, folder: Path, width: int, *options: str, height: int = 900) -> str:
        usual = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},{height}")
        profile = f"--user-data-dir={folder / 'profile'}"
        done = subprocess.run(
            [self.program, *usual, profile, *options, file.as_uri()], env={**os.environ, **self.environment},
            capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        return done.stdout


def browser() -> Browser:
    """One that is installed, else Debian's. Raises `debian.Unavailable`."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    environment: dict[str, str] = {}
    with debian.only_one_at_a_time(CACHE):
        if found is None:
            found = str(_unpacked())
            libraries = CACHE / "unpacked" / "usr" / "lib" / "x86_64-linux-gnu"
            environment["LD_LIBRARY_PATH"] = f"{libraries}:{libraries / 'pulseaudio'}"
        axe = _axe().read_text(encoding="utf-8")
    return Browser(Path(found), environment, axe)


def _unpacked() -> Path:
    program = CACHE / "unpacked" / "usr" / "lib" / "chromium" / "chromium-headless-shell"
    if not program.exists():
        if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            raise debian.Unavailable(f"no browser is on the PATH ({', '.join(NAMES)}), and no apt-get to take one from")
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            debian.run(["apt-get", "download", *PACKAGES], Path(name), debian.DOWNLOAD_SECONDS)
            for archive in sorted(Path(name).glob("*.deb")):
                unpack = ["dpkg-deb", "--extract", str(archive), str(CACHE / "unpacked")]
                debian.run(unpack, CACHE, debian.DOWNLOAD_SECONDS)
    return program


def _axe() -> Path:
    file = CACHE / "package" / "axe.min.js"
    if not file.exists():
        if not shutil.which("npm"):
            raise debian.Unavailable("npm is not on the PATH: axe-core, which looks for barriers, comes from there")
        debian.run(["npm", "pack", AXE], CACHE, debian.DOWNLOAD_SECONDS)
        with tarfile.open(next(CACHE.glob("axe-core-*.tgz"))) as archive:
            archive.extract("package/axe.min.js", CACHE, filter="data")
    return file
