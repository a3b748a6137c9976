"""What the process of a program is variables."""

import json

from weighbridge.host.outcome import Program
from weighbridge.host.program import running_program, secrets_told

PRINTS = """#!/bin/sh
echo "$@"
env
"""


def test_the_process_is_told_its_stack_and_settings_and_nothing_of_the_caller_s(tmp_path, monkeypatch):
    python = tmp_path / "python"
    python.write_text(PRINTS)
    python.chmod(0o755)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "hunter2")
    program = Program(
        folder=tmp_path,
        project="proj",
        stack="dev",
        main="src",
        config={"proj:size": "7", "proj:token": "t"},
        config_secret_keys=frozenset({"proj:token"}),
        python=python,
    )
    with (tmp_path / "secrets").open("w+b") as secrets, running_program(program, tmp_path / "report", secrets) as child:
        child.process.wait()
        child.drain()
        first, *rest = child.output.splitlines()
        number = secrets.fileno()
    variables = dict(line.split("=", 1) for line in rest if "=" in line)
    assert first == f"-u -m weighbridge.host.runner {tmp_path} src {tmp_path / 'report'} {number}"
    assert {name: value for name, value in variables.items() if name.startswith("PULUMI_")} == {
        "PULUMI_ORGANIZATION": "organization",
        "PULUMI_PROJECT": "proj",
        "PULUMI_STACK": "dev",
        "PULUMI_CONFIG": json.dumps({"proj:size": "7", "proj:token": "t"}),
        "PULUMI_CONFIG_SECRET_KEYS": '["proj:token"]',
    }


def test_what_the_program_calls_secret_is_read_so_far_as_it_was_written(tmp_path):
    file = tmp_path / "secrets"
    file.write_text('"one"\n"two\\nlines"\n3\n"cut of')
    with file.open("rb") as secrets:
        assert list(secrets_told(secrets)) == ["one", "two\nlines"]
