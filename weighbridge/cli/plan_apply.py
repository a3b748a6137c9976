"""`weighbridge plan --apply`: writes planned hardware into a spec where the result is admitted."""

from __future__ import annotations

from pathlib import Path

from weighbridge.cli import terminal
from weighbridge.cli.spec_change import write_changed
from weighbridge.planner.plan import PlanResult


def apply_hardware(result: PlanResult, stack: str, root: Path, *, dry_run: bool) -> None:
    """Shows the change, writes it, previews the stack, and puts the old text back where that isn't admitted.

    Raises `Refused` with every reason, before anything is written where the quota or the spec itself says no.
    """
    from weighbridge.conventions import deploy_command
    from weighbridge.rollouts.change import Refused
    from weighbridge.stacks.load import read_stack_text
    from weighbridge.stacks.plan_edit import planned_by, rewrite_hardware

    hardware = result.hardware
    if hardware is None or not hardware.choice.fits or not hardware.choice.chosen:
        raise Refused(f"nothing was written: no hardware fits what is left of the quota for {stack}")
    missing = [plan.name for plan in result.plans if not any(c.workload == plan.name for c in hardware.choice.chosen)]
    if missing:
        raise Refused(f"nothing was written: {', '.join(missing)} would have no hardware")
    questions = hardware.choice.room.open_questions if hardware.choice.room is not None else ()
    if questions:
        raise Refused(*(f"nothing was written, as nothing is admitted: {question}" for question in questions))
    file = terminal.spec_file(root, stack)
    text = read_stack_text(file)
    edited = rewrite_hardware(text, file, planned_by(hardware.choice.chosen, hardware.targets))
    refused = _beyond_quota(edited, file, stack, root)
    if refused:
        raise Refused(*(f"nothing was written: {line}" for line in refused))
    terminal.put("\n")
    if edited == text:
        terminal.put(f"{terminal.relative(str(file))} has this hardware already\n")
        return
    following = f"commit, and after review: {deploy_command(stack)}"
    if dry_run:
        write_changed(file, text, edited, following, dry_run=True)
        return
    blockers = _written_and_previewed(file, text, edited, stack, root)
    if blockers:
        raise Refused(*(f"{terminal.relative(str(file))} is as it was: {line}" for line in blockers))
    write_changed(file, text, edited, following, dry_run=False)


def _beyond_quota(edited: str, file: Path, stack: str, root: Path) -> list[str]:
    """What the ledger says of all stacks with the changed spec, and of what is claimed."""
    from weighbridge.catalog import load as load_catalog
    from weighbridge.claims.opening import read_claims
    from weighbridge.quota.demand import spec_demand
    from weighbridge.rules.rule_input import Shared
    from weighbridge.rules.shared_quota import judge
    from weighbridge.stacks.load import parse_spec

    catalog = load_catalog()
    folder = terminal.read_stacks(root)
    spec = parse_spec(edited, file)
    own = spec_demand(spec, folder.quota, catalog)
    by_spec, claims = {**folder.demands, stack: own}, read_claims(folder.quota, root)
    shared = Shared.of(stack, spec, by_spec, folder.quota, catalog, claims)
    return [violation.message for violation in judge(stack, own, shared, catalog, terminal.now())]


def _written_and_previewed(file: Path, text: str, edited: str, stack: str, root: Path) -> list[str]:
    """What blocks the stack with the changed spec, which lies there only while it is previewed."""
    from weighbridge.files.whole_file import write_whole
    from weighbridge.preview.result import PreviewVerdict
    from weighbridge.preview.run import run_preview
    from weighbridge.preview.started import Request

    shown = terminal.relative(str(file))
    with terminal.writing(shown):
        write_whole(file, edited)
    try:
        with terminal.progress() as show:
            result = run_preview(Request(stack, root), terminal.now(), show)
    finally:
        with terminal.writing(shown):
            write_whole(file, text)
    if result.verdict is PreviewVerdict.ADMITTED:
        terminal.put(f"{stack} would be ADMITTED with it\n\n")
        return []
    if result.blocking:
        return [f"{violation.policy}: {violation.message}" for violation in result.blocking]
    reason = result.failure.reason if result.failure is not None else "no reason was given"
    return [f"whether it would be admitted can't be judged: {reason}"]
