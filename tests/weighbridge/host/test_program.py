"""What the process of a program is variables."""

import json

from weighbridge.host.outcome import Program
from weighbridge.host.program import running_program

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
    with running_program(program, tmp_path / "report.json") as child:
        child.process.wait()
        child.drain()
        first, *rest = child.output.splitlines()
    variables = dict(line.split("=", 1) for line in rest if "=" in line)
    assert first == f"-u -m weighbridge.host.runner {tmp_path} src {tmp_path / 'report.json'}"
    assert {name: value for name, value in variables.items() if name.startswith("PULUMI_")} == {
        "PULUMI_ORGANIZATION": "organization",
        "PULUMI_PROJECT": "proj",
        "PULUMI_STACK": "dev",
        "PULUMI_CONFIG": json.dumps({"proj:size": "7", "proj:token": "t"}),
        "PULUMI_CONFIG_SECRET_KEYS": '["proj:token"]',
    }
