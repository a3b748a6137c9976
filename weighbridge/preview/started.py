"""What is known of a preview before its program runs: what was asked for, specs, settings and state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from weighbridge.catalog import Catalog
from weighbridge.claims.held import ClaimsRead
from weighbridge.errors import WrongInput
from weighbridge.files.problem import FileError
from weighbridge.files.project import Project
from weighbridge.host import Program, StackConfig, Timeouts
from weighbridge.preview.locate import Locator
from weighbridge.preview.result import NotJudged, PreviewResult, PreviewVerdict
from weighbridge.preview.state import COUNTED_AS_EITHER, StackState
from weighbridge.spec.root import Spec
from weighbridge.stacks.load import Folder
from weighbridge.stacks.spec_cache import SpecCache


class UsageError(WrongInput):
    """What was asked for can't be done; the text says what to ask for instead."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to preview. `root` holds Pulumi.yaml; `program` and `pack` stand in for the project's own."""

    stack: str
    root: Path
    against: Path | None = None
    program: Path | None = None
    pack: Path | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    cache: SpecCache | None = None  # of the report; the pack counts for itself
    base: str | None = None  # a git revision to compare with
    detailed: bool = False  # where rollouts stand, what is watched, dashboards; a base needs all but these


@dataclass(frozen=True, slots=True)
class Started:
    """Everything that is known before the program runs."""

    request: Request
    project: Project  # of the program
    home: Project  # of the specs; another one where another program is previewed
    config: StackConfig
    folder: Folder
    spec: Spec | None
    state: StackState | None
    catalog: Catalog
    now: datetime
    claims: ClaimsRead = None

    @property
    def program(self) -> Program:
        """What is run."""
        return Program(
            folder=self.project.folder,
            project=self.project.name,
            stack=self.request.stack,
            main=self.project.main,
            config=self.config.values,
            config_secret_keys=self.config.secret_keys,
        )

    def not_judged(self, failure: NotJudged, seconds: Mapping[str, float]) -> PreviewResult:
        """The result of what could not be run."""
        return self.result(PreviewVerdict.COULD_NOT_JUDGE, failure=failure, seconds=seconds, unread=self.unread())

    def result(self, verdict: PreviewVerdict, **found: object) -> PreviewResult:
        """A result with what is known before the program runs filled in."""
        spec = self.spec
        return PreviewResult(
            stack=self.request.stack,
            project=spec.cloud.project if spec else self.folder.quota.project,
            region=spec.cloud.region if spec else "",
            owner=spec.owner if spec else "",
            production=spec.production if spec else False,
            spec_file=self.locator().file,
            at=self.now,
            verdict=verdict,
            **found,  # type: ignore[arg-type] # the callers above
        )

    def locator(self) -> Locator:
        """Of the stack's spec; without one, of the project."""
        file = self.home.stacks / f"{self.request.stack}.yaml" if self.spec else self.home.file
        return Locator(file, self.request.root)

    def unread(self) -> tuple[str, ...]:
        """What the program would be given at a deployment and was not given here, and wrong specs of others."""
        return (
            *self.environments(),
            *(
                f"{key} is encrypted in the stack's settings; the program was given a placeholder"
                for key in self.config.unreadable
            ),
            *(
                f"{stack} counts as what its node pools and cluster draw at most, until its spec is mended: {line}"
                for stack, error in self.folder.bounded.items()
                for line in FileError(Path(Locator(error.file, self.request.root).file), error.problems).lines()
            ),
            *self._interrupted(),
        )

    def _interrupted(self) -> Iterator[str]:
        """What of the state nobody knows, as an earlier update was interrupted; what it deletes stays in the state."""
        for operation in self.state.interrupted if self.state is not None else ():
            if operation.doing in COUNTED_AS_EITHER:
                yield (
                    f"an earlier update was interrupted while {operation.doing} {operation.resource.name}, so that "
                    f"counts as done and as not done; `pulumi refresh --stack {self.request.stack}` finds out"
                )

    def environments(self) -> tuple[str, ...]:
        """That the settings import environments of Pulumi ESC, if they do."""
        named = ", ".join(self.config.environments)
        file = self.project.settings_file(self.request.stack).name
        return (f"{file} imports {named} of Pulumi ESC, which can't be read offline",) if named else ()
