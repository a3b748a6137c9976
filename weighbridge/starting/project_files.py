"""The files of a first project. Text only: who calls decides where they go, and whether they may."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from string import Template

import yaml

from weighbridge import __version__
from weighbridge.catalog import load as load_catalog
from weighbridge.conventions import PACK_FOLDER
from weighbridge.files.project import STACKS
from weighbridge.quota.demand import spec_demand
from weighbridge.quota.ledger import NEVER, LedgerRow, LimitState, build_ledger, least_limit
from weighbridge.spec.quota_file import QuotaFile
from weighbridge.stacks.load import parse_spec
from weighbridge.stacks.names import QUOTA
from weighbridge.stacks.pack_project import PACK_FILES, shipped_pack
from weighbridge.starting.answers import Answers
from weighbridge.units import format_timestamp
from weighbridge.workflows import ACTION, workflows

HERE = Path(__file__).parent
GITIGNORE = ".gitignore"
WORKFLOWS = ".github/workflows"
MAY_BE_THERE = frozenset({GITIGNORE, *(f"{PACK_FOLDER}/{name}" for name in PACK_FILES)})
"""What a folder may have: it stays as it is."""

KEEP_FREE = Decimal(10)
MOST_AGE_DAYS = 30
_FRAME = ("Pulumi.yaml", "__main__.py", "requirements.txt", GITIGNORE)


def frame_files() -> tuple[str, ...]:
    """Paths of the files that are the same whatever the answers, and the quota file."""
    return (*_FRAME, f"{STACKS}/{QUOTA}", *(f"{PACK_FOLDER}/{name}" for name in PACK_FILES))


def workflow_files(action: str = ACTION) -> Mapping[str, str]:
    """The workflows of GitHub, by path, which run the action that is named."""
    return {f"{WORKFLOWS}/{name}": text for name, text in workflows(action).items()}


def project_files(answers: Answers, *, granted_at: datetime | None) -> Mapping[str, str]:
    """Texts by path below the project's folder, in the order in which a person would read them.

    `granted_at` is when somebody saw that the project has the limits that the spec needs; None: nobody has yet.
    Raises `FileError` where these answers make no good spec.
    """
    text = spec_text(answers)
    pack = shipped_pack()
    return {
        f"{STACKS}/{answers.environment}.yaml": text,
        f"{STACKS}/{QUOTA}": quota_text(answers, needed_limits(answers), granted_at),
        **{name: _filled(HERE / "project" / name, answers) for name in _FRAME},
        **{f"{PACK_FOLDER}/{name}": (pack / name).read_text(encoding="utf-8") for name in PACK_FILES},
    }


def left_alone(folder: Path, files: Mapping[str, str]) -> Mapping[str, str]:
    """What stays as it is of a folder where these files are to be written, and why, to follow its name."""
    own_policies, gitignore = (folder / PACK_FOLDER).exists(), folder / GITIGNORE
    left = {}
    for name, text in files.items():
        if own_policies and name.startswith(f"{PACK_FOLDER}/"):
            left[name] = f': {PACK_FOLDER} is a folder of yours, so the pack is at "$(weighbridge pack)"'
        elif name == GITIGNORE and gitignore.exists():
            has = gitignore.read_text(encoding="utf-8", errors="replace").split()
            lacking = [line for line in text.split() if line not in has]
            left[name] = f": add {', '.join(lacking)} to it" if lacking else ""
    return left


def spec_text(answers: Answers) -> str:
    """The spec of the first stack, as its recipe has it."""
    return _filled(HERE / "recipes" / f"{answers.recipe}.yaml", answers)


def needed_limits(answers: Answers) -> tuple[tuple[LedgerRow, int], ...]:
    """Every limit that the spec draws on, and the least that it may be. Raises `FileError`."""
    catalog = load_catalog()
    spec = parse_spec(spec_text(answers), Path(STACKS, f"{answers.environment}.yaml"), catalog)
    none = QuotaFile.model_construct(
        version=1, project=answers.project, pulled_at=NEVER, keep_free=Decimal(0), limits=()
    )
    demand = spec_demand(spec, none, catalog)
    ledger = build_ledger(none, {answers.environment: demand}, catalog, NEVER)
    rows = [row for row in ledger.rows if row.state is LimitState.ABSENT]
    return tuple((row, least_limit(row.demand, KEEP_FREE) or 0) for row in rows)


def quota_text(answers: Answers, needed: tuple[tuple[LedgerRow, int], ...], granted_at: datetime | None) -> str:
    """The quota file with the limits that are needed; they admit nothing until somebody has read them."""
    asks = "weighbridge quota pull"
    if granted_at is None:
        intro = [
            f"# These are the least that {answers.environment} needs. Nobody has read yet what is granted, so they",
            f"# admit nothing: `{asks}` reads it, with credentials, or write it down with the day in pulled_at.",
        ]
    else:
        intro = [f"# These are the least that {answers.environment} needs. `{asks}` reads what is granted."]
    lines = [
        "# What all stacks in this folder share. A limit that is missing here counts as zero.",
        *intro,
        "version: 1",
        f"project: {answers.project}",
        f"pulled_at: {format_timestamp(granted_at or NEVER)}",
        f"max_age: {MOST_AGE_DAYS}d      # limits that were read longer ago admit nothing",
        f"keep_free: {KEEP_FREE:f}%    # of every limit, for incidents and for what this file does not see",
        "limits:",
    ]
    for row, least in needed:
        key = row.key
        further = f", dimensions: {{{', '.join(f'{name}: {value}' for name, value in key.dimensions)}}}"
        lines.append(
            f"  - {{quota: {key.quota_id}, region: {key.region}{further if key.dimensions else ''}, limit: {least}}}"
        )
    lines += [
        "# spot_pools: [NVIDIA_A100]    # models whose preemptible quota was granted; spot nodes of others draw on the",
        "                               # standard one",
    ]
    return "\n".join(lines) + "\n"


def _filled(template: Path, answers: Answers) -> str:
    return Template(template.read_text(encoding="utf-8")).substitute(
        environment=answers.environment,
        environment_value=_scalar(answers.environment),
        project=answers.project,
        region=answers.region,
        zones=", ".join(answers.zone),
        first_zone=answers.zone[0],
        owner=_scalar(answers.owner),
        domain=answers.domain,
        name=_scalar(answers.name),
        version=__version__,
    )


def _scalar(text: str) -> str:
    """A text as YAML reads it back, inside brackets too."""
    try:
        plain = yaml.safe_load(f"[{text}]") == [text]
    except yaml.YAMLError:
        plain = False
    return text if plain else json.dumps(text)
