"""What the workflows' scripts do; GitHub's and Pulumi's command lines are programs that note how they are called."""

import json
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.support import workflow_steps
from tests.support.fake_gh import FakeGitHub, pull
from tests.support.paths import ROOT, copy_project
from weighbridge.workflows import ACTION, workflows

GIT = shutil.which("git") or "git"
ELSEWHERE = {
    ("ci.yml", "Package lists, for the Prometheus that tests ask"): "a machine's own package lists",
    ("ci.yml", "Checks"): "a target of make",
    ("ci.yml", "Tests"): "a target of make",
    ("release.yml", "Build"): "tests/test_wheel.py builds it",
    ("release.yml", "The wheel runs without the repository"): "tests/test_wheel.py runs it",
}
"""Scripts that no test here runs, and why."""

WEIGHBRIDGE = """#!/bin/sh
case "$1 $2" in
  "claim "* | "admit "* | "pack "* | "quota pull")
    echo "$@" >>"{folder}/claims"
    [ "$1" != pack ] || echo policies
    grep -qxF "$1 $2" "{folder}/refused" 2>/dev/null && {{ echo "refused"; exit 1; }}
    exit 0 ;;
  "rollout check")
    [ -f "{folder}/check" ] && {{ cat "{folder}/check.txt"; exit "$(cat "{folder}/check")"; }} ;;
esac
exec {python} -m weighbridge "$@"
"""

PULUMI = """#!/bin/sh
echo "$@" >>"{folder}/pulumi-calls"
grep -qF "$1 $2 $3 $4" "{folder}/refused" 2>/dev/null && {{ echo "~ prod changed"; exit 5; }}
exit 0
"""


@pytest.fixture(autouse=True)
def _needs_jq():
    if shutil.which("jq") is None:
        pytest.skip("jq is not on the PATH: every runner of GitHub has it")


@pytest.fixture
def project(tmp_path):
    """A repository with the example stacks on main, a change on it, and programs that note how they are called."""
    folder = tmp_path / "project"
    folder.mkdir()
    copy_project(folder)
    (folder / ".gitignore").write_text(".venv/\n__pycache__/\n")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name, text in (("weighbridge", WEIGHBRIDGE), ("pulumi", PULUMI)):
        (bin_folder / name).write_text(text.format(folder=bin_folder, python=sys.executable))
        (bin_folder / name).chmod(0o755)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder, "first")
    return folder


@pytest.fixture
def hub(project):
    fake = FakeGitHub(answers={"pr list": [], "issue list": [], "commits": []})
    fake.install(project.parent / "bin")
    return fake


def git(folder, *arguments):
    options = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    command = [GIT, *options, *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder, message):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def edit(folder, stack, old, new):
    file = folder / "stacks" / f"{stack}.yaml"
    text = file.read_text()
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new))


def run(project, file, name, **environment):
    programs = f"{project.parent / 'bin'}:/usr/local/bin:/usr/bin:/bin"
    environment = {"PATH": programs, "RUNNER_TEMP": str(project.parent / "temp"), **environment}
    return workflow_steps.step(file, name).run(project, **environment)


def noted(project, name):
    file = project.parent / "bin" / name
    return file.read_text().splitlines() if file.exists() else []


def refuse(project, *commands):
    (project.parent / "bin" / "refused").write_text("".join(f"{command}\n" for command in commands))


def outputs(project, name="GITHUB_OUTPUT"):
    text = (project.parent / "temp" / name).read_text()
    return dict(line.split("=", 1) for line in text.splitlines()) if name == "GITHUB_OUTPUT" else text


def test_the_workflows_of_this_repository_are_those_that_projects_get():
    for name, text in workflows("./").items():
        assert (workflow_steps.FOLDER / name).read_text(encoding="utf-8") == text, "run `make docs`"
    assert all(ACTION in text for text in workflows().values())


def test_no_value_reaches_a_script_but_by_its_environment():
    assert [step.name for step in workflow_steps.steps() if "${{" in step.script] == []


def test_only_one_workflow_runs_code_of_a_fork_and_it_may_only_read():
    for file in workflow_steps.FOLDER.glob("weighbridge-*.yml"):
        content = yaml.safe_load(file.read_text())
        assert content["permissions"] == {}
        triggers = content[True]  # YAML 1.1 reads `on` as true
        assert "pull_request_target" not in triggers
        if "workflow_run" in triggers:
            assert not re.search(r"ref:|head_sha \}\}\n +path", file.read_text())
        for job in content["jobs"].values():
            if "pull_request" in triggers and "write" in job["permissions"].values():
                assert "head.repo.full_name == github.repository" in job["if"], file.name


# The action: preview


def preview(project, base="HEAD^1"):
    return run(project, "action.yml", "Preview what the change touches", BASE=base)


@pytest.mark.slow  # `preview` and `review`, which it leads through, have tests of their own
def test_a_pull_request_gets_reports_and_a_comment_that_is_rendered_from_their_json(project, hub):
    edit(project, "dev", "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 14}")
    commit(project, "more")
    ran = preview(project)
    assert ran.returncode == 1, ran.stderr
    assert "BLOCKED  dev" in ran.stdout
    assert outputs(project) == {"stacks": "dev"}
    made = sorted(file.name for file in (project.parent / "temp" / "weighbridge").iterdir())
    assert made == ["dev.html", "dev.json", "dev.sarif", "dev.xml"]
    report = json.loads((project.parent / "temp" / "weighbridge" / "dev.json").read_text())
    assert [change["name"] for change in report["base"]["changes"]] == ["serve-l4"]
    assert "⛔ BLOCKED" in outputs(project, "GITHUB_STEP_SUMMARY")
    hub.pulls = [pull(7, "fork:$(touch hacked)", "c" * 40)]
    hub.files = [{"filename": "stacks/dev.yaml", "patch": "@@ -9,1 +9,1 @@\n-a\n+b\n"}]
    hub.save()
    (project.parent / "temp" / "reports").mkdir()
    shutil.copy(project.parent / "temp" / "weighbridge" / "dev.json", project.parent / "temp" / "reports")
    ran = comment(project)
    assert (ran.returncode, ran.stderr) == (0, "pull request 7: comment new; at lines 3 new, 0 resolved\n")
    (made,) = hub.reload().comments
    assert "**⛔ BLOCKED** dev: 3 violations" in made["body"]
    assert not (project / "hacked").exists()  # the name of a branch is no command


def test_a_pull_request_that_touches_no_stack_passes(project):
    (project / "README.md").write_text("words")
    commit(project, "words")
    ran = preview(project)
    assert (ran.returncode, outputs(project)) == (0, {"stacks": ""})
    assert outputs(project, "GITHUB_STEP_SUMMARY") == "No stack is touched.\n"


@pytest.mark.slow
def test_a_wrong_spec_fails_and_still_has_a_report(project):
    edit(project, "dev", "monthly_usd: 2500", "monthly_usd: -1")
    commit(project, "wrong")
    ran = preview(project)
    assert ran.returncode == 2
    assert "stacks/dev.yaml:24:" in ran.stderr
    assert "WRONG SPEC" in outputs(project, "GITHUB_STEP_SUMMARY")


def test_a_revision_that_is_not_there_fails(project):
    ran = preview(project, "HEAD^9")
    assert ran.returncode != 0
    assert not list((project.parent / "temp" / "weighbridge").iterdir())


def test_the_action_installs_into_the_environment_that_the_project_names(project):
    """`python` and its pip are programs that note how they are called."""
    bin_folder = project.parent / "bin"
    (bin_folder / "python").write_text(
        f'#!/bin/sh\necho "$@" >>{bin_folder}/python-calls\n'
        f"mkdir -p .venv/bin && ln -sf {bin_folder}/python .venv/bin/python\n"
    )
    (bin_folder / "python").chmod(0o755)
    ran = run(project, "action.yml", "Install Weighbridge", ACTION="/action", REQUIREMENTS="more.txt")
    assert ran.returncode == 0, ran.stderr
    pip = "-m pip --quiet --disable-pip-version-check install"
    assert noted(project, "python-calls") == [
        "-m venv .venv",
        f"{pip} --require-hashes --requirement /action/requirements.lock",
        f"{pip} --no-deps --no-build-isolation /action",
        f"{pip} --requirement more.txt",
    ]
    assert (project.parent / "temp" / "GITHUB_PATH").read_text() == f"{project}/.venv/bin\n"
    assert git(project, "status", "--porcelain") == ""


# The comment


def comment(project, **more):
    values = {
        "GH_TOKEN": "t", "REPOSITORY": "a/b", "HEAD_OWNER": "fork", "HEAD_BRANCH": "$(touch hacked)",
        "COMMIT": "c" * 40, "RUN_URL": "https://github.com/a/b/actions/runs/1", "CONCLUSION": "failure", **more,
    }  # fmt: skip
    return run(project, "weighbridge-comment.yml", "Render and keep the comment", **values)


def test_a_preview_without_a_report_is_told(project, hub):
    hub.pulls = [pull(7, "fork:$(touch hacked)", "c" * 40)]
    hub.save()
    assert comment(project).returncode == 0
    assert "**❓ No report**" in hub.reload().comments[0]["body"]


def test_what_is_no_report_is_not_posted(project, hub):
    (project.parent / "temp" / "reports").mkdir(parents=True)
    (project.parent / "temp" / "reports" / "dev.json").write_text('{"schema_version": "2.2", "body": "@team <b>"}')
    ran = comment(project)
    assert ran.returncode == 2
    assert hub.calls == []


# Claims


def claims(project, **more):
    values = {"HOLDER": "pr-7", "ACTION": "synchronize", "MERGED": "false", **more}
    return run(project, "weighbridge-claims.yml", "Reserve what the change takes, or give it back", **values)


def test_a_pull_request_reserves_for_the_stacks_that_it_touches(project):
    edit(project, "dev", "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 3}")
    commit(project, "more")
    assert claims(project).returncode == 0
    assert noted(project, "claims") == ["claim reserve dev --holder pr-7 --expires 14d"]


def test_a_refused_reservation_fails_the_check(project):
    edit(project, "dev", "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 3}")
    commit(project, "more")
    refuse(project, "claim reserve")
    assert claims(project).returncode == 1


@pytest.mark.parametrize(("merged", "calls"), [("true", []), ("false", ["claim release --holder pr-7", "claim next"])])
def test_a_closed_pull_request_gives_back_what_is_not_to_be_deployed(project, merged, calls):
    assert claims(project, ACTION="closed", MERGED=merged).returncode == 0
    assert noted(project, "claims") == calls


# Deployment


def plan(project, **more):
    values = {"GH_TOKEN": "t", "BEFORE": "", "ONE": "", "REPOSITORY": "a/b", "COMMIT": "c" * 40, **more}
    return run(project, "weighbridge-up.yml", "Which stacks, in which order", **values)


def test_what_is_merged_is_deployed_in_an_order_that_frees_quota_first(project, hub):
    before = git(project, "rev-parse", "HEAD")
    edit(project, "dev", "nodes: {min: 1, max: 2}", "nodes: {min: 1, max: 3}")
    edit(project, "prod", "nodes: {min: 2, max: 4}", "nodes: {min: 2, max: 3}")
    commit(project, "moved")
    hub.answers["commits"] = [{"number": 7, "merged_at": "2026-11-26T08:00:00Z"}, {"number": 8, "merged_at": None}]
    hub.save()
    ran = plan(project, BEFORE=before)
    assert ran.returncode == 0, ran.stderr
    assert outputs(project) == {"stacks": '["prod","dev"]', "holder": "pr-7"}


@pytest.mark.parametrize(
    ("given", "stacks"),
    [({}, '["dev","prod","staging"]'), ({"BEFORE": "0" * 40}, '["dev","prod","staging"]'), ({"ONE": "dev"}, '["dev"]')],
)
def test_by_hand_all_are_deployed_or_the_one_that_is_named(project, hub, given, stacks):
    assert plan(project, **given).returncode == 0
    assert outputs(project) == {"stacks": stacks, "holder": ""}


@pytest.mark.slow
def test_a_push_that_touches_no_stack_deploys_none(project, hub):
    assert plan(project, BEFORE=git(project, "rev-parse", "HEAD")).returncode == 0
    assert outputs(project)["stacks"] == "[]"


def up(project, **more):
    values = {
        "STACK": "dev", "HOLDER": "pr-7", "COMMIT": "c" * 40, "SECRETS_PROVIDER": "gcpkms://k",
        "PULUMI_BACKEND_URL": "gs://b", "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true", **more,
    }  # fmt: skip
    return run(project, "weighbridge-up.yml", "Claim, and deploy with the policy pack", **values)


def test_the_claim_is_held_before_anything_is_deployed_and_committed_after_and_the_pack_is_on(project):
    assert up(project).returncode == 0
    assert noted(project, "claims") == [
        "claim reserve dev --holder pr-7 --expires 14d", "pack", "claim commit dev --holder pr-7", "claim next",
    ]  # fmt: skip
    assert noted(project, "pulumi-calls") == [
        "stack export --stack dev --non-interactive",
        "up --stack dev --policy-pack policies --yes --non-interactive",
    ]


def test_a_ticket_is_signed_where_a_key_is_named_and_before_anything_is_deployed(project):
    names = [step.name for step in workflow_steps.steps() if step.file == "weighbridge-up.yml"]
    ticket = "Sign the ticket without which no update begins"
    assert names.index("Claim, and deploy with the policy pack") == names.index(ticket) + 1
    assert run(project, "weighbridge-up.yml", ticket, STACK="dev", KEY="gcpkms://k").returncode == 0
    assert noted(project, "claims") == ["admit dev --key gcpkms://k"]


def test_without_a_pull_request_the_commit_holds_the_claim(project):
    assert up(project, HOLDER="").returncode == 0
    assert noted(project, "claims")[0] == "claim reserve dev --holder commit-cccccccccc --expires 14d"


def test_a_claim_that_is_refused_ends_it_before_it_begins(project):
    refuse(project, "claim reserve")
    assert up(project).returncode == 1
    assert noted(project, "pulumi-calls") == []


def test_what_cannot_be_noted_as_deployed_frees_nothing(project):
    refuse(project, "claim commit")
    assert up(project).returncode == 1
    assert "claim next" not in noted(project, "claims")


@pytest.mark.parametrize(("provider", "flags"), [("", ""), ("gcpkms://k", " --secrets-provider gcpkms://k")])
def test_a_missing_stack_is_made(project, provider, flags):
    refuse(project, "stack export --stack dev")
    assert up(project, SECRETS_PROVIDER=provider).returncode == 0
    assert noted(project, "pulumi-calls")[1] == f"stack init dev --no-select --non-interactive{flags}"


def test_a_deployment_that_fails_frees_nothing_and_ends_the_rest(project):
    refuse(project, "up --stack dev --policy-pack")
    assert up(project).returncode == 5
    assert not {"claim commit dev --holder pr-7", "claim next"} & set(noted(project, "claims"))


@pytest.mark.slow
def test_the_preview_before_a_deployment_blocks_it(project):
    edit(project, "dev", "nodes: {min: 0, max: 2}", "nodes: {min: 0, max: 14}")
    ran = run(project, "weighbridge-up.yml", "Preview offline with the code that is being deployed", STACK="dev")
    assert (ran.returncode, "BLOCKED" in ran.stdout) == (1, True)


# Rollouts


def rollout(project, check, report="FAIL  ranker (prod): v8 is worse\nmore"):
    (project.parent / "bin" / "check").write_text(str(check))
    (project.parent / "bin" / "check.txt").write_text(report)
    values = {"GH_TOKEN": "t", "REPOSITORY": "a/b", "BRANCH": "main", "PROMETHEUS_URL": "", "PROMETHEUS_TOKEN": ""}
    return run(project, "weighbridge-rollout.yml", "Check each rollout, and open what follows", **values)


@pytest.fixture
def origin(project):
    """What is pushed goes to a repository beside it."""
    folder = project.parent / "origin.git"
    git(project.parent, "init", "--quiet", "--bare", str(folder))
    git(project, "remote", "add", "origin", str(folder))
    return folder


def opened(hub):
    return [call for call in hub.calls if call[0] == "pr" and call[1] in ("create", "edit")]


def test_a_worse_candidate_opens_its_rollback(project, hub, origin):
    ran = rollout(project, 1)
    assert ran.returncode == 0, ran.stderr
    (call,) = opened(hub)
    assert call[:8] == ["pr", "create", "--repo", "a/b", "--base", "main", "--head", "weighbridge/rollout/prod/ranker"]
    assert call[9] == "ranker (prod): rollback, as the candidate is worse"
    assert "FAIL  ranker (prod): v8 is worse\nmore\n```" in hub.texts[0]
    shown = git(origin, "show", "weighbridge/rollout/prod/ranker", "--", "stacks/prod.yaml")
    assert "+" in shown
    assert "rolled_back" in shown
    assert git(project, "diff", "main", "--stat", "--", "stacks/dev.yaml") == ""


@pytest.mark.parametrize(
    ("title", "calls"),
    [
        ("ranker (prod): rollback, as the candidate is worse", []),
        pytest.param("ranker (prod): next step of the rollout", ["pr", "edit", "9"], marks=pytest.mark.slow),
    ],
)
def test_what_is_open_already_is_not_opened_again_and_a_step_becomes_a_rollback(project, hub, origin, title, calls):
    hub.answers["pr list"] = [{"number": 9, "title": title}]
    hub.save()
    ran = rollout(project, 1)
    assert ran.returncode == 0, ran.stderr
    assert [call[:3] for call in opened(hub)] == ([calls] if calls else [])


def test_a_good_candidate_whose_step_is_approved_opens_the_step(project, hub, origin):
    spec = project / "stacks" / "prod.yaml"
    given = next(line for line in spec.read_text().splitlines() if "{step: 10%" in line)
    edit(project, "prod", given, f"{given}\n{given.replace('step: 10%', 'step: 50%').replace('11-18T10', '11-20T11')}")
    commit(project, "approved")
    ran = rollout(project, 0, "OK")
    assert ran.returncode == 0, ran.stderr
    (call,) = opened(hub)
    assert call[9] == "ranker (prod): next step of the rollout"
    assert "at: 50%" in git(origin, "show", "weighbridge/rollout/prod/ranker:stacks/prod.yaml")


@pytest.mark.slow
def test_a_good_candidate_whose_step_waits_opens_nothing(project, hub, origin):
    ran = rollout(project, 0, "OK\n")
    assert ran.returncode == 0, ran.stderr
    assert opened(hub) == []


@pytest.mark.slow
def test_too_few_requests_open_nothing_and_wrong_usage_fails(project, hub, origin):
    assert rollout(project, 3).returncode == 0
    assert rollout(project, 2).returncode == 1
    assert opened(hub) == []


# Drift


def drift(project):
    values = {
        "GH_TOKEN": "t", "REPOSITORY": "a/b", "RUN_URL": "https://x/1", "PULUMI_BACKEND_URL": "gs://b",
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
    }  # fmt: skip
    return run(project, "weighbridge-drift.yml", "Look at each stack and at the limits", **values)


def test_without_drift_every_stack_was_looked_at_and_an_open_issue_is_closed(project, hub):
    hub.answers["issue list"] = [{"number": 3}]
    hub.save()
    ran = drift(project)
    assert ran.returncode == 0, ran.stderr
    assert [call.split()[2] for call in noted(project, "pulumi-calls")] == ["dev", "prod", "staging"]
    assert noted(project, "pulumi-calls")[0] == (
        "preview --stack dev --policy-pack policies --refresh --expect-no-changes --diff --non-interactive"
    )
    assert noted(project, "claims")[0] == "quota pull --check"
    assert hub.calls[-1][:3] == ["issue", "close", "3"]


@pytest.mark.parametrize(("known", "call"), [([], ["issue", "create"]), ([{"number": 3}], ["issue", "edit", "3"])])
def test_drift_is_an_issue_with_what_differs(project, hub, known, call):
    hub.answers["issue list"] = known
    hub.save()
    refuse(project, "preview --stack prod --policy-pack", "quota pull")
    assert drift(project).returncode == 1
    assert hub.calls[-1][: len(call)] == call
    (text,) = hub.texts
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["The limits that Google grants", "Stack prod"]
    assert "~ prod changed" in text


# Releases


@pytest.mark.parametrize(("version", "code"), [("0.1.0", 0), ("0.2.0", 1)])
def test_a_tag_has_the_files_and_the_changelog_of_its_version(project, version, code):
    (project / "dist").mkdir()
    for name in ("weighbridge-0.1.0.tar.gz", "weighbridge-0.1.0-py3-none-any.whl"):
        (project / "dist" / name).touch()
    (project / "CHANGELOG.md").write_text("## [0.1.0] - 2026-11-26\n")
    name = "The files and the changelog have the tag's version"
    assert run(project, "release.yml", name, GITHUB_REF_NAME=f"v{version}").returncode == code


def test_a_tag_that_is_not_on_main_is_not_released(project, origin):
    git(project, "push", "--quiet", "origin", "main")
    git(project, "fetch", "--quiet", "origin")
    name = "The tag is on main, where everything was reviewed"
    assert run(project, "release.yml", name, GITHUB_SHA=git(project, "rev-parse", "HEAD")).returncode == 0
    (project / "x.md").write_text("x")
    assert run(project, "release.yml", name, GITHUB_SHA=commit(project, "elsewhere")).returncode != 0


def test_every_script_has_a_test():
    here = (ROOT / "tests" / "test_workflows.py").read_text(encoding="utf-8").partition("# The action: preview")[2]
    untested = {(step.file, step.name) for step in workflow_steps.steps() if f'"{step.name}"' not in here}
    assert untested == set(ELSEWHERE)
