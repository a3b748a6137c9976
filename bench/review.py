"""Reviews: every format of the largest example, a comment about many stacks, and which of many a change touches."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.measure import median_ms
from bench.specs import spec_text
from weighbridge.preview.result import PreviewResult
from weighbridge.preview.run import run_preview
from weighbridge.preview.started import Request
from weighbridge.render.preview import codequality, html, json, junit, markdown, sarif, text
from weighbridge.render.style import Style

LARGEST, STACKS, POOLS = "prod", 1000, 5
FORMATS_SECONDS, COMMENT_SECONDS, COMMENT_MB, TOUCHED_SECONDS = 1.0, 10.0, 500, 0.5


def lines(root: Path) -> Iterator[str]:
    """One line for each target."""
    yield "Reviews, processor time"
    result = run_preview(Request(LARGEST, root, detailed=True), datetime.now(UTC))
    took = median_ms(partial(_every_format, result), runs=3) / 1000
    yield f"  all formats of {LARGEST}: {took:.2f} s (target: {FORMATS_SECONDS} s); ratio {took / FORMATS_SECONDS:.2f}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = json.render_line(replace(result, stack="STACK"))
        reports = "".join(one.replace("STACK", f"stack-{number}") for number in range(STACKS))
        (folder / "all.jsonl").write_text(reports, encoding="utf-8")
        seconds, megabytes = _measured(
            [sys.executable, "-m", "weighbridge", "review", "all.jsonl", "-o", "x.md"], folder
        )
        size = markdown.units((folder / "x.md").read_text(encoding="utf-8"))
    target = f"target: {COMMENT_SECONDS:.0f} s, {COMMENT_MB} MB"
    ratios = f"{seconds / COMMENT_SECONDS:.2f}, {megabytes / COMMENT_MB:.2f}"
    about = f"a comment about {STACKS:,} reports of {len(one) // 1000} kB, {size:,} characters"
    yield f"  {about}: {seconds:.1f} s, {megabytes:.0f} MB ({target}); ratio {ratios}"
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "project"
        _repository(project)
        command = [sys.executable, "-m", "weighbridge", "preview", "--changed-since", "HEAD", "--list"]
        seconds = min(_measured(command, project)[0] for _ in range(3))
    ratio = seconds / TOUCHED_SECONDS
    yield f"  --changed-since over {STACKS:,} stacks: {seconds:.2f} s (target: {TOUCHED_SECONDS} s); ratio {ratio:.2f}"


def _every_format(result: PreviewResult) -> None:
    text.render(result, Style())
    for format_ in (markdown, json, html, sarif, junit, codequality):
        format_.render(result)


def _measured(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Processor seconds, those of git too, and megabytes at most."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError((folder / "log").read_text()[-2000:])
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _repository(project: Path) -> None:
    (project / "stacks").mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: bench\nruntime: python\nstackConfigDir: stacks\n")
    (project / ".gitignore").write_text("log\n")
    text_of_all = spec_text(POOLS)
    for number in range(STACKS):
        spec = text_of_all.replace("environment: big", f"environment: stack-{number}")
        (project / "stacks" / f"stack-{number}.yaml").write_text(spec)
    own = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
        subprocess.run(["git", *own, *arguments], cwd=project, check=True)  # noqa: S607
    changed = project / "stacks" / "stack-7.yaml"
    changed.write_text(changed.read_text() + "\n")
