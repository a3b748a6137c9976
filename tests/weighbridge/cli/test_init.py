"""`weighbridge init`: a project of one's own with a verdict at once, asked for or by flags; nothing is overwritten."""

import io
import subprocess
import sys
from datetime import UTC, datetime

import pytest

import weighbridge as package_itself
from tests.weighbridge.starting.test_project_files import GOOD
from weighbridge.cli import main
from weighbridge.stacks import pack_project
from weighbridge.starting.answers import MEANING
from weighbridge.workflows import workflows

FLAGS = ("--project", "acme-ml", "--domain", "acme.example", "--owner", "ml@acme.example")


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self):
        return True


@pytest.fixture
def folder(tmp_path, monkeypatch):
    made = tmp_path / "My Models 2"
    made.mkdir()
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def weighbridge(monkeypatch, capsys, folder):
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments, typed=None):
        monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Terminal(typed))
        monkeypatch.setattr(sys, "argv", ["weighbridge", *arguments])
        code = main.run()
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run


@pytest.mark.slow  # a whole way through real processes
def test_a_first_verdict_takes_one_command_and_names_the_one_thing_to_fill_in(weighbridge, folder):
    ran = weighbridge("init", "--recipe", "llm-gpu", *FLAGS)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("\nBLOCKED  dev (acme-ml, us-central1): 1 violation\n")
    assert "stacks/quota.yaml: nobody has read these limits yet (pulled_at is 1970-01-01)" in ran.stdout
    assert "\n  CPUs (all regions)      14       0        0     0   14   none\n" in ran.stdout, "no limit is no zero"
    assert ran.stdout.endswith(
        "\nNext\n"
        "  weighbridge quota pull   # or write the limits into stacks/quota.yaml\n"
        "  edit stacks/dev.yaml\n"
        "  weighbridge preview dev\n"
        "  edit .github/workflows   # YOUR_ORG: who has Weighbridge on GitHub\n"
        "  weighbridge doctor dev   # what a deployment lacks\n"
        "  pulumi up --stack dev --policy-pack policies\n"
    )
    assert max(len(line) for line in ran.stdout.splitlines()) <= 80
    assert "wrote stacks/dev.yaml\nwrote stacks/quota.yaml\nwrote Pulumi.yaml\n" in ran.stderr
    assert "name: my-models\n" in (folder / "Pulumi.yaml").read_text()

    quota = folder / "stacks" / "quota.yaml"
    today = f"{datetime.now(UTC):%Y-%m-%dT00:00:00Z}"
    quota.write_text(quota.read_text().replace("1970-01-01T00:00:00Z", today))
    assert weighbridge("validate").stdout == "dev and the quota file: good\n"
    assert weighbridge("quota").returncode == 0
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    again = weighbridge("init", "--recipe", "training", *FLAGS)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr == (
        "weighbridge: Pulumi.yaml, __main__.py, requirements.txt, stacks/quota.yaml are in "
        f"{folder} already, and nothing is overwritten. Name another folder with -C; a further stack of a "
        "project is a further file in stacks\n"
    )
    assert before == {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("recipe", MEANING)
def test_every_recipe_is_admitted_where_its_limits_are_granted(recipe, weighbridge):
    ran = weighbridge("init", "--recipe", recipe, *FLAGS, "--limits-granted", "-C", "new/one")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("\nADMITTED  dev (acme-ml, us-central1): everything fits the shared quota\n")
    assert "\nNext\n  cd new/one\n  edit stacks/dev.yaml\n" in ran.stdout
    assert weighbridge("-C", "new/one", "validate").stdout == "dev and the quota file: good\n"
    preview = weighbridge("preview", "dev", "-C", "new/one")
    assert preview.returncode == 0
    assert preview.stdout.startswith("ADMITTED  dev (acme-ml, us-central1): ")


def test_it_asks_for_what_no_flag_says(weighbridge, monkeypatch, folder):
    monkeypatch.setattr("weighbridge.cli.init._show", lambda *_, **__: None)
    ran = weighbridge("init", "--owner", "ml@acme.example", typed="triton\nacme-ml\neurope-west4\nacme.example\n")
    assert ran.returncode == 0, ran.stderr
    assert "  training  training on spot NVIDIA A100, with pipelines before and after\n" in ran.stderr
    spec = (folder / "stacks" / "dev.yaml").read_text()
    assert "cloud: {project: acme-ml, region: europe-west4, zones: [europe-west4-a]}" in spec
    assert "hostname: detector.dev.acme.example" in spec


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"project": "My"}, "--project: expected a project id: 6 to 30 lower-case letters, digits and hyphens, "),
        ({"recipe": "lm-gpu"}, '--recipe: expected llm-gpu, llm-tpu, triton or training, got "lm-gpu". Did you mean '),
        ({"zone": "europe-west4-a"}, "--zone: europe-west4-a is not in us-central1, the region of this stack"),
        ({"domain": "acme"}, '--domain: expected a host name such as ranker.example.com, got "acme"'),
        ({"environment": "quota"}, "--environment: quota.yaml is the file that all stacks share"),
        ({"region": "us-centrall1"}, "--region: "),
        (
            {"recipe": "existing"},
            (
                "what runs already is taken over from its state, not from a recipe: begin a project by another recipe, "
                "then run `weighbridge adopt PROJECT/LOCATION/CLUSTER -s STACK --owner EMAIL` in it, and delete the "
                "recipe's spec\n"
            ),
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_named_by_its_flag_and_nothing_is_written(changed, message, weighbridge, folder):
    given = {**GOOD, "recipe": "llm-gpu", "zone": "us-central1-b", **changed}
    ran = weighbridge("init", *(word for key, value in given.items() for word in (f"--{key}", value)))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"weighbridge: {message}")
    assert list(folder.iterdir()) == []


def test_without_a_terminal_it_says_all_that_is_missing_at_once(weighbridge, monkeypatch):
    email = ["ml@acme.example"]
    monkeypatch.setattr("weighbridge.cli.init.git_email", lambda *_, **__: email[0])
    ran = weighbridge("init", "--recipe", "triton")
    assert ran.returncode == 2
    assert ran.stderr == (
        "weighbridge: say --project and --domain: there is no terminal to ask at (`weighbridge init --help`)\n"
    )
    email[0] = ""
    assert weighbridge("init", "--region", "us-centrall1", "--action", "acme").stderr == (
        "weighbridge: say --recipe and --project: there is no terminal to ask at (`weighbridge init --help`)\n"
        "weighbridge: say --domain too, unless the recipe is training, which has no endpoints\n"
        "weighbridge: git has no user.email here: say who it is with --owner\n"
        "weighbridge: --action: expected a repository with a version, such as example-org/weighbridge@v1, got 'acme'\n"
        "weighbridge: --region: the catalog has no region us-centrall1. Did you mean `us-central1`?\n"
    )


def test_the_zone_of_a_region_that_is_none_is_nobodys_mistake(weighbridge):
    given = ("init", "--recipe", "training", "--project", "acme-ml", "--owner", "ml@acme.example", "--region", "Iowa")
    region = 'weighbridge: --region: expected a region such as us-central1, got "Iowa".\n'
    assert weighbridge(*given).stderr == region
    zone = 'weighbridge: --zone: expected a zone such as us-central1-a, got "Ames".\n'
    assert weighbridge(*given, "--zone", "Ames").stderr == region + zone


def test_a_wrong_answer_is_said_at_once_and_asked_for_again(weighbridge, monkeypatch, folder):
    monkeypatch.setattr("weighbridge.cli.init._show", lambda *_, **__: None)
    typed = "tritn\ntriton\nAcme\nacme-ml\nmoon-west4\neurope-west4\nacme\nacme.example\n"
    ran = weighbridge("init", "--owner", "ml@acme.example", typed=typed)
    assert ran.returncode == 0, ran.stderr
    for words in (
        '  expected llm-gpu, llm-tpu, triton or training, got "tritn". Did you mean `triton`?\n',
        "  expected a project id: 6 to 30 lower-case letters, digits and hyphens, ",
        "  the catalog has no region moon-west4.",
        '  expected a host name such as ranker.example.com, got "acme".\n',
    ):
        assert words in ran.stderr
    assert "cloud: {project: acme-ml, region: europe-west4" in (folder / "stacks" / "dev.yaml").read_text()


def test_who_ends_the_questions_is_told_that_nothing_changed(weighbridge, folder):
    ran = weighbridge("init", typed="triton\nacme-ml\n")
    assert (ran.returncode, ran.stdout.strip()) == (130, "")
    assert ran.stderr.endswith("\ninterrupted; nothing was changed\n")
    assert list(folder.iterdir()) == []


def test_a_project_with_a_folder_policies_of_its_own_gets_no_pack_in_it(weighbridge, monkeypatch, folder):
    monkeypatch.setattr("weighbridge.cli.init._show", lambda *_, **__: None)
    (folder / "policies").mkdir()
    ran = weighbridge("init", "--recipe", "training", *FLAGS)
    assert ran.returncode == 0
    assert 'policies is a folder of yours, so the pack is at "$(weighbridge pack)"' in ran.stderr
    assert list((folder / "policies").iterdir()) == []


def test_workflows_use_the_action_that_is_named(weighbridge, monkeypatch, folder):
    monkeypatch.setattr("weighbridge.cli.init._show", lambda *_, **__: None)
    ran = weighbridge("init", "--recipe", "training", *FLAGS, "--action", "acme/tools$(id)")
    assert (ran.returncode, list(folder.iterdir())) == (2, [])
    assert "--action: expected a repository with a version, such as example-org/weighbridge@v1, got" in ran.stderr
    assert weighbridge("init", "--recipe", "training", *FLAGS, "--action", "acme/weighbridge@v2").returncode == 0
    texts = [file.read_text() for file in sorted((folder / ".github" / "workflows").iterdir())]
    assert len(texts) == len(workflows())
    assert not any("YOUR_ORG" in text for text in texts)
    assert "      - uses: acme/weighbridge@v2\n" in "".join(texts)


def test_nobody_has_to_take_workflows(weighbridge, monkeypatch, folder):
    monkeypatch.setattr("weighbridge.cli.init._show", lambda *_, **__: None)
    assert weighbridge("init", "--recipe", "training", *FLAGS, "--no-github").returncode == 0
    assert not (folder / ".github").exists()


def test_pack_prints_the_projects_own(weighbridge, folder):
    (folder / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    (folder / "policies").mkdir()
    (folder / "policies" / "PulumiPolicy.yaml").touch()
    assert weighbridge("pack").stdout == f"{folder}/policies\n"


def test_pack_prints_the_installed_one_or_says_that_pulumi_can_not_run_it(weighbridge, tmp_path, monkeypatch, folder):
    (folder / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    package = tmp_path / "venv" / "lib" / "python3.11" / "site-packages" / "weighbridge"
    (package / "policies").mkdir(parents=True)
    monkeypatch.setattr(pack_project, "shipped_pack", lambda: package / "policies")
    ran = weighbridge("pack")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "Weighbridge runs from its own checkout, whose pack judges the stacks of the checkout." in ran.stderr

    monkeypatch.setattr(package_itself, "__file__", str(package / "__init__.py"))
    ran = weighbridge("pack")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert f"the Python of a virtual environment, and {package} lies in none" in ran.stderr

    (tmp_path / "venv" / "bin").mkdir()
    (tmp_path / "venv" / "bin" / "python").touch()
    assert weighbridge("pack").stdout == f"{package}/policies/installed\n"


def test_plugin_prints_what_pulumi_adds_or_says_that_it_can_not_run_it(weighbridge, tmp_path, monkeypatch):
    ran = weighbridge("plugin")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith("weighbridge: Weighbridge runs from its own checkout, and Pulumi runs the package by")
    package = tmp_path / "venv" / "lib" / "python3.11" / "site-packages" / "weighbridge"
    monkeypatch.setattr(package_itself, "__file__", str(package / "__init__.py"))
    monkeypatch.setattr(pack_project, "_shipped", lambda name: package / name)
    ran = weighbridge("plugin")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert f"Pulumi runs the package by the Python of a virtual environment, and {package} lies in none" in ran.stderr
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").touch()
    assert weighbridge("plugin").stdout == f"{package}/components/installed\n"
