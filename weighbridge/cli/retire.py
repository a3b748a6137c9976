"""`weighbridge retire`: writes into the spec that a stack is to be taken down."""

from __future__ import annotations

from typing import Annotated

import typer

from weighbridge.cli import terminal
from weighbridge.cli.spec_change import DryRun, write_changed
from weighbridge.cli.statement import By, statement
from weighbridge.cli.terminal import Root, StackArgument, StackOption


def retire(
    reason: Annotated[str, typer.Option(help="Why it goes.", metavar="TEXT")],
    stack: StackArgument = None,
    named: StackOption = None,
    by: By = None,
    *,
    dry_run: DryRun = False,
    root: Root = None,
) -> None:
    """Lift the protection of a production stack for a day, so that it can be destroyed.

    Exit code 0 written, 1 a policy would block it, 2 usage.
    """
    from weighbridge.conventions import deploy_command
    from weighbridge.rollouts.authority import Authority
    from weighbridge.rollouts.change import Refused
    from weighbridge.rollouts.retirement import judge_retirement
    from weighbridge.spec.retirement import Retirement
    from weighbridge.stacks.load import parse_quota, parse_spec, read_stack_text
    from weighbridge.stacks.names import QUOTA
    from weighbridge.stacks.rollout_edit import rewrite_retirement

    with terminal.problems_reported():
        project = terminal.root_of(root)
        stack = terminal.stack_named(project, stack, named)
        file = terminal.spec_file(project, stack)
        text = read_stack_text(file)
        spec = parse_spec(text, file)
        shared = file.with_name(QUOTA)
        authority = Authority.of(spec, parse_quota(read_stack_text(shared), shared))
        if not spec.production:
            raise Refused(f"{stack} is not production, so nothing protects it: `pulumi destroy --stack {stack}`")
        now = terminal.now().replace(microsecond=0)
        retirement = statement(Retirement, by, now, reason)
        wrong = judge_retirement(spec.model_copy(update={"retire": retirement}), authority, now)
        lines = [finding.message for finding in wrong]
        if lines:
            raise Refused(*lines)
        edited = rewrite_retirement(text, file, retirement)
        following = (
            f"weighbridge preview {stack}, commit, and after review, within a day:\n"
            f"  {deploy_command(stack)}\n"
            f"  pulumi destroy --stack {stack}"
        )
        write_changed(file, text, edited, following, dry_run=dry_run)
