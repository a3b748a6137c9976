"""The command line as a user meets it: exact exit codes, what is on which stream; in real processes and in this one."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from tests.support.paths import ROOT, copy_project
from tests.support.processes import PATIENCE_SECONDS
from weighbridge.cli import main

PATIENT = ("--program-timeout", str(PATIENCE_SECONDS), "--pack-timeout", str(PATIENCE_SECONDS))


def weighbridge(folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "weighbridge", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


@pytest.fixture
def command_line(monkeypatch, capsys):
    """The same in this process, which takes a hundredth of the time of starting one."""

    def run(folder, *arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setattr(sys, "argv", ["weighbridge", *arguments])
        code = main.run()
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run


@pytest.fixture
def project(tmp_path):
    """A copy of the example stacks, to be changed."""
    copy_project(tmp_path)
    return tmp_path


def change(project, old, new, file="dev.yaml"):
    path = project / "stacks" / file
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))


SERVE = "machine_type: g2-standard-4\n    nodes: {min: 0, max: 2}"


@pytest.mark.slow  # the documentation has the report of dev, and a test
@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_examples_are_admitted(stack):
    ran = weighbridge(ROOT, "preview", stack, *PATIENT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith(f"ADMITTED  {stack} (example-ml, us-central1): everything fits the shared quota\n")
    assert ran.stderr == ""
    assert max(len(line) for line in ran.stdout.splitlines()) <= 80


def test_over_quota_is_blocked_with_the_numbers_in_every_format(project):
    change(project, SERVE, SERVE.replace("max: 2", "max: 14"))
    also = [f"--also={kind}=out/dev.{kind}" for kind in ("json", "markdown", "sarif", "junit")]
    ran = weighbridge(project, "preview", "dev", *also)
    assert ran.returncode == 1
    message = (
        "serve-l4: 14 NVIDIA L4 at peak; other stacks 9 (prod 7, staging 2); outside 2 (search team notebooks); "
        "kept free 3 → 28 of 24 in us-central1. Lower nodes.max to 10, or ask for 4 more."
    )
    assert ran.stdout.startswith(
        "BLOCKED  dev (example-ml, us-central1): 3 violations\n"
        "  and 2 pieces of advice, which block nothing\n\nshared-quota  stacks/dev.yaml:9\n"
    )
    assert message in " ".join(ran.stdout.split())
    assert json.loads((project / "out/dev.json").read_text())["violations"][0]["message"] == message
    for kind in ("markdown", "sarif", "junit"):
        assert message in (project / f"out/dev.{kind}").read_text()
    assert ran.stderr.splitlines() == [f"wrote out/dev.{kind}" for kind in ("json", "markdown", "sarif", "junit")]


def test_a_misspelt_key_exits_2_with_its_line(project, command_line):
    change(project, "machine_type: g2-standard-4", "machin_type: g2-standard-4")
    for run, *command in ((weighbridge, "preview", "dev"), (command_line, "validate"), (command_line, "quota")):
        ran = run(project, *command)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.startswith(
            "stacks/dev.yaml:10:5: node_pools.serve-l4.machin_type: unknown key. Allowed here: "
        )
        assert ran.stderr.endswith("Did you mean `machine_type`?\n")


def test_a_program_that_needs_the_cloud_cannot_be_judged(project):
    ask = "pulumi.runtime.invoke('gcp:compute/getZones:getZones', {})"  # as the SDK, whose import takes seconds
    (project / "__main__.py").write_text(f"import pulumi\n{ask}\n")
    ran = weighbridge(project, "preview", "dev", "--also=junit=out.xml", "--also=sarif=out.sarif")
    assert ran.returncode == 3
    assert " ".join(ran.stdout.split()).startswith(
        "COULD NOT JUDGE dev (example-ml, us-central1): the program calls gcp:compute/getZones:getZones, which only "
        "the provider can answer"
    )
    assert 'failures="1"' in (project / "out.xml").read_text()
    assert "could-not-judge" in (project / "out.sarif").read_text()


def test_a_program_that_hangs_is_ended(project):
    (project / "__main__.py").write_text("import threading\nthreading.Event().wait()\n")
    ran = weighbridge(project, "preview", "dev", "--program-timeout", "1")
    assert ran.returncode == 3
    assert "the program did not end within 1 s." in " ".join(ran.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("preview dve", "there is no stack 'dve'; there are dev, prod, staging. Did you mean `dev`?"),
        ("render", "name a stack; there are dev, prod, staging"),
        ("report -o page.html dev -s prod", "two stacks are named, dev and prod: name one"),
        ("signals list -s dve", "there is no stack 'dve'; there are dev, prod, staging. Did you mean `dev`?"),
        ("rollout status ranker -s dve", "there is no stack 'dve'; there are dev, prod, staging. Did you mean `dev`?"),
        ("monitor ranker -s dve --once", "there is no stack 'dve'; there are dev, prod, staging. Did you mean `dev`?"),
        ("runbook ranker -s dve", "there is no stack 'dve'; there are dev, prod, staging. Did you mean `dev`?"),
        ("retire dve --reason x", "there is no stack 'dve'; there are dev, prod, staging. Did you mean `dev`?"),
        ("dashboard -s dve", "there is no stack 'dve'; there are dev, prod, staging. Did you mean `dev`?"),
        ("preview stacks/dve.yaml", "there is no stack 'dve'; there are dev, prod, staging. Did you mean `dev`?"),
        ("preview dev.yaml", "dev.yaml is no spec of this project, whose specs lie in stacks. Did you mean `dev`?"),
        ("validate ../stacks/dev.yaml", "../stacks/dev.yaml is no spec of this project, whose specs lie in stacks."),
        ("preview stacks/quota.yaml", "stacks/quota.yaml is no spec of this project, whose specs lie in stacks."),
        ("preview dev --also text", "--also text: expected FORMAT=FILE, where FORMAT is one of text, json, markdown, "),
        ("validate x", "there is no stack 'x'; there are dev, prod, staging"),
        ("catalog --family g3", "there is no machine family 'g3'; there are a2, a3, a4, a4x, "),
        (
            "quota -C stacks",
            "there is no Pulumi.yaml in {}/stacks; run this inside a project, or name its folder with -C; ",
        ),
        (
            "preview dev --against none.json",
            "none.json: cannot be read: No such file or directory. Give the output of ",
        ),
    ],
)
def test_what_is_named_wrong_says_what_there_is(project, command_line, arguments, message):
    ran = command_line(project, *arguments.split())
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"weighbridge: {message.format(project)}")


def stack_arguments(command, *names):
    """All commands below one that take a stack as argument, and the names of their options."""
    for name, child in getattr(command, "commands", {}).items():
        yield from stack_arguments(child, *names, name)
    if any(parameter.name == "stack" and parameter.param_type_name == "argument" for parameter in command.params):
        yield names, [option for parameter in command.params for option in parameter.opts]


def test_every_command_that_takes_a_stack_takes_it_as_an_option_too():
    found = list(stack_arguments(typer.main.get_command(main.app)))
    assert [names for names, options in found if "-s" not in options] == []
    assert ("claim", "reserve") in [names for names, _ in found]


def test_whatever_names_stacks_completes_them():
    def lacking(command, *names):
        for parameter in command.params:
            if str(parameter.metavar).startswith("STACK") and parameter._custom_shell_complete is None:
                yield *names, parameter.name
        for name, child in getattr(command, "commands", {}).items():
            yield from lacking(child, *names, name)

    assert list(lacking(typer.main.get_command(main.app))) == []


@pytest.mark.parametrize(
    ("arguments", "built"),
    [
        ("validate dev", ["validate"]),
        ("-C quota validate", ["validate"]),
        ("--root quota validate", ["validate"]),
        ("-Cquota --root=plan validate", ["validate"]),
        ("quota pull", ["quota"]),
        ("render --kind quota", ["render"]),
        ("", None),
        ("-C", None),
        ("--help", None),
        ("valdiate dev", None),
    ],
)
def test_only_the_command_that_is_named_is_built(arguments, built):
    whole = typer.main.get_group(main.app).commands
    narrow = typer.main.get_group(main._commands_of(arguments.split())).commands
    assert list(narrow) == (built or list(whole))
    for name in built or ():
        assert [parameter.opts for parameter in narrow[name].params] == [
            parameter.opts for parameter in whole[name].params
        ]


PLACES = ("{0}", "-s {0}", "--stack {0}", "stacks/{0}.yaml", "-s stacks/{0}.yaml", "-s {root}/stacks/{0}.yaml")


@pytest.mark.parametrize("command", ["dashboard", "signals list", "signals lint"])
def test_a_stack_is_named_in_the_same_ways_everywhere(project, command_line, command):
    by_name = command_line(project, *command.split(), "prod")
    assert by_name.returncode == 0
    for place in PLACES[1:]:
        ran = command_line(project, *command.split(), *place.format("prod", root=project).split())
        assert (place, ran.returncode, ran.stdout) == (place, 0, by_name.stdout)


@pytest.mark.parametrize("command", ["rollout status ranker", "runbook ranker"])
def test_so_it_is_where_something_in_it_is_the_argument(project, command_line, command):
    by_name = command_line(project, *command.split(), "-s", "prod")
    assert by_name.returncode == 0
    for place in PLACES[2:3] + PLACES[4:]:
        ran = command_line(project, *command.split(), *place.format("prod", root=project).split())
        assert (place, ran.returncode, ran.stdout) == (place, 0, by_name.stdout)


@pytest.mark.parametrize(
    "arguments",
    ["-C {} signals lint dev", "signals -C {} lint dev", "signals lint dev -C {}", "signals lint -C {} dev"],
)
def test_the_folder_may_stand_before_and_after(project, command_line, arguments, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    ran = command_line(elsewhere, *arguments.format(project).split())
    assert (ran.returncode, ran.stdout) == (0, "dev: all 12 conditions are good\n")


def commands(command, *names):
    """Every command, groups too, with its options."""
    yield names, {option for parameter in command.params for option in parameter.opts}
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, *names, name)


def test_every_command_and_group_takes_the_folder():
    found = list(commands(typer.main.get_command(main.app)))
    assert [names for names, options in found if "-C" not in options] == []
    assert ("claim", "next") in [names for names, _ in found]


@pytest.mark.slow
def test_a_name_is_never_cut_in_a_pipe(project, command_line):
    name = "a-pool-whose-name-takes-all-forty-letters"[:40]
    change(project, "  serve-l4:\n    machine_type: g2-standard-4", f"  {name}:\n    machine_type: g2-standard-4")
    spec = project / "stacks" / "dev.yaml"
    spec.write_text(spec.read_text().replace("node_pool: serve-l4", f"node_pool: {name}"))
    assert f"  {name} g2-standard-4" in command_line(project, "preview", "dev", *PATIENT).stdout


def test_a_program_s_folder_that_is_none_says_what_to_name(project, command_line):
    (project / "training").mkdir()
    shutil.copy(project / "Pulumi.yaml", project / "training")
    ran = command_line(project, "preview", "dev", "--program", "trainning")
    message = "there is no such folder. Name a folder that holds a Pulumi project; in "
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"trainning: {message}{project}: training. Did you mean `training`?\n"


@pytest.mark.parametrize("arguments", ["preview", "preview dev --format yaml", "preview dev --nonsense", "nonsense"])
def test_wrong_usage_exits_2(command_line, arguments):
    assert command_line(ROOT, *arguments.split()).returncode == 2


def test_the_ledger_says_what_does_not_fit(project, command_line):
    assert command_line(project, "quota").returncode == 0
    change(project, SERVE, SERVE.replace("max: 2", "max: 14"))
    ran = command_line(project, "quota", "--format", "json")
    assert ran.returncode == 1
    ledger = json.loads(ran.stdout)
    assert not ledger["fits"]
    assert ledger["findings"][0].startswith("dev: serve-l4: 14 NVIDIA L4 at peak; other stacks 9 (prod 7, staging 2);")
    row = next(row for row in ledger["rows"] if row["display"] == "NVIDIA L4")
    assert (row["stacks"]["dev"]["peak"], row["limit"], row["left"]) == (14, 24, -4)


def test_the_schema_is_the_published_one(command_line):
    assert command_line(ROOT, "schema").stdout == (ROOT / "stacks" / "schema.json").read_text()


def test_the_catalog_lists_machines_and_their_quota(command_line):
    ran = command_line(ROOT, "catalog", "--gpu", "l4", "--format", "json")
    entries = json.loads(ran.stdout)
    assert [entry["machine_type"] for entry in entries][:2] == ["g2-standard-4", "g2-standard-8"]
    assert "1 NVIDIA-L4-GPUS-per-project-region" in entries[0]["draws"]


def test_every_command_has_help_with_an_example(command_line):
    commands = ("validate", "schema", "preview", "quota", "catalog")
    top = command_line(ROOT, "--help").stdout
    for command in commands:
        assert f"  {command} " in top
        ran = command_line(ROOT, command, "--help")
        assert ran.returncode == 0
        assert f"Example: weighbridge {command}" in ran.stdout


def test_help_imports_nothing_heavy():
    heavy = ["numpy", "pulumi", "grpc", "pydantic", "yaml", "rich", "jsonschema", "ruamel"]
    code = f"import sys\nimport weighbridge.cli.main\nprint(sorted(set(sys.modules) & set({heavy!r})))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_a_report_is_written_whole_or_not_at_all(project):
    (project / "__main__.py").write_text("raise SystemExit(1)\n")  # which is a report too, and soon made
    blocker = project / "file"
    blocker.write_text("")
    ran = weighbridge(project, "preview", "dev", "-o", "file/report.txt")
    assert ran.returncode == 2
    assert ran.stderr.startswith("weighbridge: file/report.txt can't be written: ")


def children_of(pid):
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def test_ctrl_c_in_a_command_that_has_not_begun_its_work_is_told(command_line, monkeypatch, project, takes_ctrl_c):
    monkeypatch.setattr(
        "weighbridge.cli.terminal.root_before_the_command", lambda _: signal.raise_signal(signal.SIGINT)
    )
    ran = command_line(project, "quota", "-C", ".", "pull")
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "\ninterrupted; nothing was changed\n")


def test_ctrl_c_during_the_work_is_told_once(command_line, monkeypatch, project, takes_ctrl_c):
    monkeypatch.setattr("weighbridge.cli.terminal.read_stacks", lambda _: signal.raise_signal(signal.SIGINT))
    ran = command_line(project, "quota")
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "\ninterrupted; nothing was changed\n")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to look for processes in")
def test_ctrl_c_leaves_no_process_behind(project, takes_ctrl_c):
    (project / "__main__.py").write_text("import threading\nthreading.Event().wait()\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "weighbridge", "preview", "dev"],
        cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        children: list[int] = []
        while len(children) < 2 and process.poll() is None:
            children = children_of(process.pid)
            time.sleep(0.02)
        assert len(children) == 2, "program and pack"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 130
    assert errors == "\ninterrupted; nothing was changed\n"
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []


@pytest.mark.slow  # test_monitoring_coverage.py leaves out each alert; this is the whole way there
def test_a_program_that_leaves_one_alert_out_is_blocked(project):
    program = project / "__main__.py"
    text = program.read_text()
    left_out = (
        "import weighbridge.components.ml_platform\n"
        "plan = weighbridge.components.ml_platform.plan_alerts\n"
        "weighbridge.components.ml_platform.plan_alerts = lambda *given: tuple(\n"
        "    each for each in plan(*given) if each.name != 'ranker-model-quality'\n"
        ")\n"
    )
    program.chmod(0o644)
    program.write_text(text.replace("\nplatform = deploy(", f"\n{left_out}platform = deploy(", 1))

    ran = weighbridge(project, "preview", "prod")

    assert ran.returncode == 1, ran.stdout
    assert (
        "ranker: no alert policy has the conditions of model-quality. To mend "
        "it, create them with components.alerts, from the same spec"
    ) in " ".join(ran.stdout.split())
