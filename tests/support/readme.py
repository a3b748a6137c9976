"""The generated parts of README.md and docs/: tables from models and rules, outputs of real commands, a page for
each rule.

``python -m tests.support.readme --write`` rewrites them; `test_docs.py` fails when they are out of date.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tests.support import past_runs, policy_pages, prometheus, traces
from tests.support.example_pull_request import change_prod
from tests.support.paths import ROOT, copy_project
from weighbridge.workflows import workflows

README = ROOT / "README.md"
DOCUMENTS = (README, *sorted((ROOT / "docs").glob("*.md")))
"""Whatever may have generated parts."""


def spec_tables() -> str:
    """One table for each model of a spec, in the order in which a reader meets them."""
    from weighbridge.spec.root import Spec

    return _tables(Spec)


def quota_tables() -> str:
    """One table for each model of the quota file."""
    from weighbridge.spec.quota_file import QuotaFile

    return _tables(QuotaFile)


def policies_table() -> str:
    """The rules of the pack."""
    from weighbridge.rules.registry import RULES

    lines = ["| policy | level | stops | how to fix |", "|---|---|---|---|"]
    for rule in RULES:
        link = f"[`{rule.name}`]({policy_pages.FOLDER.name}/{rule.name}.md)"
        lines.append(f"| {link} | {policy_pages.level(rule)} | {rule.stops} | {rule.remediation} |")
    return "\n".join(lines)


def profile_tables() -> str:
    """What must be watched, by kind and profile."""
    from weighbridge.signals.rows import catalogue
    from weighbridge.spec.pipeline import Profile

    lines = ["| kind | signal | what of | tabular | text | image | none |", "|---|---|---|---|---|---|---|"]
    for kind, cells in catalogue().cells.items():
        for name, row in cells.items():
            words = (
                "required" if profile in row.required else "advice until `watch`" if profile in row.with_watch else "–"
                for profile in get_args(Profile)
            )
            lines.append(f"| {kind} | `{name}` | {row.means} | {' | '.join(words)} |")
    return "\n".join(lines)


def request_log_tables() -> str:
    """What each kind of request log is, and its columns."""
    from weighbridge.drift_monitor.request_logs import request_logs

    uses = {"compared": "", "text": "text", "key": "key", "time": "time"}
    lines: list[str] = []
    for name, log in request_logs().items():
        lines += [
            f"**`{name}`**: {log.what}. One record: {log.record}. Files: {log.files}.",
            "",
            f"Source: {log.source}; {log.version}; {log.as_of}; {log.confidence}, where a column says nothing else.",
            "",
            "| column | use | where | what it is |",
            "|---|---|---|---|",
        ]
        for column in log.columns:
            means = column.means + (f" ({column.confidence})" if column.confidence is not None else "")
            where = " or ".join(f"`{path}`" for path in column.where)
            lines.append(_row(f"`{column.name}`", uses[column.use], where, means))
        lines.append("")
    return "\n".join(lines[:-1])


def server_tables() -> str:
    """How each model server is started, and what it takes."""
    from weighbridge.serving.server import servers

    started = ["| server | image read | entry point of the image | its user | may write to | requests at its end |"]
    taken = [
        "| server | model in a bucket | from Hugging Face | loaders | on several nodes | on a shared GPU | options |"
    ]
    for lines in (started, taken):
        lines.append("|---" * (lines[0].count("|") - 1) + "|")
    for row in servers().values():
        image = row.image
        if image is not None:
            cells = [f"{image.name} {image.tag} ({image.as_of})", f"`{' '.join(image.entry_point)}`", image.user]
            cells.append(", ".join(image.writable))
        else:
            cells = ["your own" if row.ports is None else "**nobody has**", "–", "–", "–"]
        started.append(_row(f"`{row.name}`", *cells, row.drain))
        taken.append(
            _row(
                f"`{row.name}`",
                "Cloud Storage FUSE" if row.model_from == "gcs-fuse" else "by itself",
                "yes" if row.hub else "–",
                ", ".join(row.loaders) or "–",
                ", ".join(f"{kind} ({way.confidence})" for kind, way in row.several_hosts.items()) or "–",
                ", ".join(f"`{argument.partition('=')[0]}`" for argument in row.shared_gpu_arguments) or "–",
                f"{row.options.program} {row.options.version}" if row.options else "–",
            )
        )
    return "\n".join([*started, "", *taken])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def admitted() -> str:
    """The report of the dev stack as it stands."""
    return _session("preview", "dev")


def blocked() -> str:
    """The report when dev asks for too much."""
    return _session("preview", "dev", change=("nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 14}"))


def admitted_in_short() -> str:
    """Of the report of the dev stack, what a newcomer needs."""
    return _in_short(admitted(), "ADMITTED", "Quota at", "Cost")


def blocked_in_short() -> str:
    """Of the report when dev asks for too much, the verdict."""
    return _in_short(blocked(), "BLOCKED", "shared-quota")


def first_verdict() -> str:
    """What `weighbridge init` makes of a few answers, in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "models"
        empty.mkdir()
        flags = "--recipe llm-gpu --project acme-ml --domain acme.example --owner ml@acme.example --limits-granted"
        return _shown(empty, "init", *flags.split())


def misspelt() -> str:
    """What a misspelt key says."""
    return _session("validate", "dev", change=("machine_type: g2-standard-4", "machin_type: g2-standard-4"))


def tutorial_blocked() -> str:
    """The verdict once more, where the tutorial asks for too much."""
    return blocked_in_short()


@cache
def tutorial_base() -> tuple[str, str]:
    """A pool of dev is raised after a commit: what changes, and which stacks that touches."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "weighbridge"
        copy_project(project)
        commit_all(project)
        change_pool(project, "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 3}")
        return (
            _in_short(_shown(project, "preview", "dev", "--base", "HEAD"), "ADMITTED", "Since"),
            _shown(project, "preview", "--changed-since", "HEAD", "--list"),
        )


def base_session() -> str:
    """Of the example pull request, what a base adds to the report."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "weighbridge"
        copy_project(project)
        commit_all(project)
        change_prod(project)
        return _in_short(_shown(project, "preview", "prod", "--base", "main"), "BLOCKED", "Since")


def signals_list() -> str:
    """The matrix of prod, of its ranker and one pipeline beside."""
    return _in_short(_session("signals", "list", "-s", "prod"), "WATCHED", "ranker", "click")


def dashboard_list() -> str:
    """One dashboard of prod as a list."""
    return _session("dashboard", "prod", "--only", "quota")


def signals_test() -> str:
    """What the alerts' unit tests print. Raises `Unavailable` where there is no promtool."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "weighbridge"
        copy_project(project)
        tools = Path(folder) / "bin"
        tools.mkdir()
        (tools / "promtool").symlink_to(prometheus.promtool())
        return _shown(project, "signals", "test", "-s", "dev", path=f"{tools}:{os.environ['PATH']}")


def commit_all(project: Path) -> None:
    """Makes a repository of a folder, with one commit on main."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for arguments in (("init", "--quiet", "--initial-branch", "main"), ("add", "--all"), ("commit", "-qm", "main")):
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True)  # noqa: S607


def workload_tables() -> str:
    """One table for each model of the file of workloads."""
    from weighbridge.spec.workloads import Workloads

    return _tables(Workloads)


def plan_workloads() -> str:
    """The file of the worked example."""
    return f"```yaml\n{traces.WORKLOADS}```"


def plan_session() -> str:
    """What the worked example prints."""
    with tempfile.TemporaryDirectory() as folder:
        traces.write_example(Path(folder))
        return _shown(Path(folder), "plan", "workloads.yaml")


def plan_month() -> str:
    """The file of the worked example of runs."""
    return f"```yaml\n{past_runs.MONTH}```"


def plan_month_session() -> str:
    """What the worked example of runs prints."""
    with tempfile.TemporaryDirectory() as folder:
        past_runs.write_example(Path(folder))
        return _shown(Path(folder), "plan", "month.yaml")


def plan_mfu() -> str:
    """What published trainings reach, by device, precision and kind of model, with the interval of a further one."""
    from weighbridge.catalog.training_speed import model_mfus
    from weighbridge.planner.training_time import mfu_of
    from weighbridge.spec.planned_runs import ModelTraining

    lines = [
        "| accelerator | precision | kind | trainings | models | published | planned with | source |",
        "|---|---|---|---|---|---|---|---|",
    ]
    groups = dict.fromkeys((row.accelerator, row.precision, row.kind) for row in model_mfus())
    for accelerator, precision, kind in groups:
        own = [
            row for row in model_mfus() if (row.accelerator, row.precision, row.kind) == (accelerator, precision, kind)
        ]
        training = ModelTraining(model="any", tokens_billions=1, sequence=1, precision=precision)
        mfu = mfu_of(accelerator, training, kind)
        sources = ", ".join(sorted({source for row in own for source in row.source.split()}))
        lines.append(
            f"| `{accelerator}` | {precision} | {kind} | {sum(row.rows for row in own)} | {len(own)} |"
            f" {min(row.least for row in own):.2f} to {max(row.most for row in own):.2f} |"
            f" {mfu.middle:.2f} ({mfu.low:.2f} to {mfu.high:.2f}) | {sources}, {max(row.as_of for row in own)} |"
        )
    return "\n".join(lines)


def plan_hardware_workloads() -> str:
    """The file of the worked example of hardware."""
    return f"```yaml\n{traces.HARDWARE}```"


def plan_hardware() -> str:
    """Its first command: what is chosen, and why."""
    return _cut(hardware_example()[0], "hardware  ")


def plan_apply() -> str:
    """Its second: the request is written, and the spec changed."""
    return _cut(hardware_example()[1], "Quota to ask for")


def plan_admitted() -> str:
    """Its third: the changed spec is admitted."""
    return _in_short(hardware_example()[2], "ADMITTED", "Cost")


@cache
def hardware_example() -> tuple[str, str, str]:
    """From a trace to an admitted spec and a request for quota: three commands."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "weighbridge"
        copy_project(project)
        traces.write_example(project)
        return (
            _shown(project, "plan", "hardware.yaml", "--stack", "prod"),
            _shown(project, "plan", "hardware.yaml", "--apply", "prod", "--request"),
            _shown(project, "preview", "prod"),
        )


def _cut(session: str, begin: str) -> str:
    """A session without what it shows before a line that begins so."""
    head, _, shown = session.partition("\n")[2].partition("\n")
    at = shown.index(f"\n{begin}")
    return f"```console\n{head}\n…{shown[at:]}"


def plan_errors() -> str:
    """How far estimates of a model's speed were off on rows that they were not fitted on."""
    from weighbridge.catalog.model_speed import speed_errors

    lines = [
        "| estimate | held-out rows | mean error | median | 9 of 10 below | target | 9 of 10 measured are | share |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for error in speed_errors().values():
        target = "–"
        if error.target_mean is not None and error.target_median is not None:
            missed = error.mean > error.target_mean or error.median > error.target_median
            target = f"{error.target_mean:.0%}, {error.target_median:.0%}{': **not reached**' if missed else ''}"
        lines.append(
            f"| {error.estimate} | {error.rows:,} | {error.mean:.1%} | {error.median:.1%} | {error.p90:.0%} |"
            f" {target} | {error.low:.2f} to {error.high:.2f} times the estimate | {error.coverage:.1%} |"
        )
    return "\n".join(lines)


def plan_numbers() -> str:
    """The four numbers of each engine, device and kind of model."""
    from weighbridge.catalog.model_speed import fitted_speeds

    lines = [
        "| engine | accelerator | kind | e_m | e_c | o, µs | o_n, µs | rows | held out: mean, median | measured |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for speed in fitted_speeds().values():
        error = "–"
        if speed.held_out_mean is not None and speed.held_out_median is not None:
            error = f"{speed.held_out_mean:.0%}, {speed.held_out_median:.0%}"
        days = f"{speed.first} to {speed.last}" if speed.first else "2025 to 2026"
        lines.append(
            f"| {speed.engine} | `{speed.accelerator}` | {speed.kind} | {speed.memory_efficiency:.2f} |"
            f" {speed.compute_efficiency:.2f} | {speed.layer_us:.0f} | {speed.layer_us_several:.0f} | {speed.rows} |"
            f" {error} | {days} |"
        )
    return "\n".join(lines)


def quota_session() -> str:
    """The ledger of the example stacks."""
    return _session("quota")


def rollouts_session() -> str:
    """The rollouts of the example stacks."""
    return _session("rollout", "list")


def signals_table() -> str:
    """Every row of the catalogue of signals."""
    from weighbridge.signals.rows import catalogue

    lines = ["| signal | kinds | cells | means | tells | who | after |", "|---|---|---|---|---|---|---|"]
    for row in catalogue().signals:
        tells = f"{row.compare} {row.threshold}".replace("|", "\\|")
        means = " ".join(row.means.split())
        kinds, cells = ", ".join(row.kinds), ", ".join(f"`{cell}`" for cell in row.cells)
        lines.append(f"| `{row.id}` | {kinds} | {cells} | {means} | `{tells}` | {row.severity} | {row.hold} |")
    return "\n".join(lines)


def flags() -> str:
    """What every command says of itself."""
    import typer

    from weighbridge.cli.main import app

    parts = []
    for names in _commands(typer.main.get_command(app), ()):
        words = " ".join(("weighbridge", *names))
        shown = _help(*names)
        parts += [f"## {words}", "", f"```console\n$ {words} --help\n{shown}\n```", ""]
    return "\n".join(parts).rstrip()


def _commands(command: Any, names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield names
        return
    for name in sorted(inner):
        yield from _commands(inner[name], (*names, name))


def _help(*names: str) -> str:
    """In this process: a hundred times as fast as one for each."""
    from unittest import mock

    from typer.testing import CliRunner

    from weighbridge.cli.main import app

    with mock.patch.dict(os.environ, {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}):
        result = CliRunner().invoke(app, [*names, "--help"], prog_name="weighbridge")
    return "\n".join(line.rstrip() for line in result.output.strip("\n").splitlines())


PARTS: dict[str, Callable[[], str]] = {
    "spec": spec_tables,
    "quota": quota_tables,
    "policies": policies_table,
    "profiles": profile_tables,
    "request-logs": request_log_tables,
    "servers": server_tables,
    "admitted": admitted,
    "blocked": blocked,
    "admitted-in-short": admitted_in_short,
    "blocked-in-short": blocked_in_short,
    "first-verdict": first_verdict,
    "misspelt": misspelt,
    "workloads": workload_tables,
    "plan-workloads": plan_workloads,
    "plan-session": plan_session,
    "plan-month": plan_month,
    "plan-month-session": plan_month_session,
    "plan-mfu": plan_mfu,
    "plan-errors": plan_errors,
    "plan-hardware-workloads": plan_hardware_workloads,
    "plan-hardware": plan_hardware,
    "plan-apply": plan_apply,
    "plan-admitted": plan_admitted,
    "plan-numbers": plan_numbers,
    "quota-session": quota_session,
    "tutorial-blocked": tutorial_blocked,
    "tutorial-base": lambda: tutorial_base()[0],
    "tutorial-touched": lambda: tutorial_base()[1],
    "base": base_session,
    "signals-list": signals_list,
    "signals-test": signals_test,
    "dashboard-list": dashboard_list,
    "rollouts-session": rollouts_session,
    "signals": signals_table,
    "flags": flags,
}


SLOW = (
    "first-verdict", "blocked", "blocked-in-short", "plan-hardware", "plan-apply", "plan-admitted",
    "tutorial-blocked", "tutorial-base", "tutorial-touched", "base", "signals-list", "signals-test", "dashboard-list",
)  # fmt: skip
"""Parts that take several previews or promtool, or repeat another or a test: `make test-slow` looks at them."""


def generated(text: str, without: tuple[str, ...] = ()) -> str:
    """The text with every generated part that it has renewed, but some."""
    for name in parts_of(text):
        if name in without:
            continue
        begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
        head, _, rest = text.partition(begin)
        _, found, tail = rest.partition(end)
        assert found, f"the part {name} has no end"
        text = f"{head}{begin}{PARTS[name]()}\n{end}{tail}"
    return text


def parts_of(text: str) -> list[str]:
    """The names of the generated parts that a text has."""
    return re.findall(r"^<!-- ([a-z-]+):begin -->$", text, re.MULTILINE)


def _tables(root: type[BaseModel]) -> str:
    from weighbridge.spec.descriptions import models

    return "\n\n".join(_table(model) for model in models(root))


def _in_short(session: str, *kept: str) -> str:
    """The paragraphs of a report that begin with one of the words, and a mark where others were."""
    command, report, ending = re.fullmatch(r"(```console\n.*?\n)(.*)(\n\$ echo .*)", session, re.DOTALL).groups()
    found: list[str] = []
    for paragraph in report.split("\n\n"):
        if paragraph.startswith(kept):
            found.append(paragraph)
        elif found[-1] != "…":
            found.append("…")
    return command + "\n\n".join(found).replace("\n\n…", "\n…") + ending


def _table(model: type[BaseModel]) -> str:
    from weighbridge.spec.descriptions import descriptions

    intro = " ".join((model.__doc__ or "").split())
    lines = [f"### {model.__name__}", "", intro, "", "| key | value | what it is |", "|---|---|---|"]
    described = descriptions(model)
    for name, field in model.model_fields.items():
        required = " (required)" if field.is_required() else ""
        words = " ".join(described.get(name, "").split()).replace("|", "\\|")
        lines.append(f"| `{field.alias or name}`{required} | {_kind(field)} | {words} |")
    return "\n".join(lines)


def _kind(field: FieldInfo) -> str:
    return _type(field.annotation, field.metadata).replace("|", "\\|")


_ALIASES = {"timedelta": "time span", "Decimal": "quantity", "datetime": "time", "date": "date", "str": "text",
            "int": "number", "float": "number", "bool": "true or false"}  # fmt: skip


def _type(annotation: Any, metadata: list[Any] | None = None) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0], list(arguments[1:]))
    if origin is Literal:
        return " \\| ".join(f"`{choice}`" for choice in arguments).replace("\\|", "or")
    if origin in (Union, UnionType):
        return " or ".join(_type(argument, metadata) for argument in arguments if argument is not NoneType)
    if origin is dict:
        return f"map of name to {_type(arguments[1])}"
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    written = next((kind for extra in metadata or () for kind in _written_as(extra)), None)
    if written is not None:
        return written
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return _ALIASES.get(getattr(annotation, "__name__", ""), str(annotation))


def _written_as(extra: Any) -> Iterator[str]:
    """What a scalar with a unit is called, by its pattern."""
    schema = str(getattr(extra, "json_schema", None) or "")
    for mark, kind in (("%", "percentage"), ("ms|s", "latency"), ("+(?:Gi|Ti)", "disk size")):
        if mark in schema:
            yield kind


@cache
def _session(*arguments: str, change: tuple[str, str] | None = None) -> str:
    """What a terminal of 80 columns shows for a command, run on a copy of the example stacks."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "weighbridge"
        copy_project(copy)
        if change is not None:
            change_pool(copy, *change)
        return _shown(copy, *arguments)


def change_pool(project: Path, old: str, new: str) -> None:
    """Changes the pool serve-l4 of dev, which has to have what is changed."""
    spec = project / "stacks" / "dev.yaml"
    head, tail = spec.read_text().split("serve-l4:", 1)
    assert old in tail
    spec.write_text(f"{head}serve-l4:{tail.replace(old, new, 1)}")


def _shown(folder: Path, *arguments: str, path: str = os.environ.get("PATH", "")) -> str:
    """In this process: to start one for each command takes half of the time."""
    from unittest import mock

    from typer.testing import CliRunner

    from weighbridge.cli import main

    environment = {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1", "PATH": path}
    with (
        chdir(folder),
        mock.patch.dict(os.environ, environment),
        mock.patch.object(sys, "argv", ["weighbridge", *arguments]),
        CliRunner().isolation() as (_, _, output),
    ):
        code = main.run()
        sys.stdout.flush()
        sys.stderr.flush()
        shown = output.getvalue().decode().rstrip()  # both streams
    shown = re.sub(r"(?<= \()[0-9a-f]{10}(?=\))", "4bdf6e847d", shown)  # a commit, which depends on the day too
    return f"```console\n$ weighbridge {' '.join(arguments)}\n{shown}\n$ echo $?\n{code}\n```"


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # else tests/policies would stand for the pack
    for document in DOCUMENTS:
        text = generated(document.read_text())
        if "--write" in sys.argv:
            document.write_text(text)
        else:
            sys.stdout.write(text)
    if "--write" in sys.argv:
        policy_pages.write()
        for name, text in workflows("./").items():
            (ROOT / ".github" / "workflows" / name).write_text(text, encoding="utf-8")
