"""Every error that the packages raise on purpose, and the exit code that a command ends with because of it.

The text of an error is for people: what is wrong, what was given, what is allowed, what to do; one line a problem.

    WeighbridgeError
    ├── WrongInput (exit code 2: what a person gave can't be used; nothing was evaluated)
    │   ├── BelowService
    │   ├── CatalogWrong
    │   ├── FileError
    │   ├── FolderError
    │   ├── AcceleratorRangeTooSmall
    │   ├── KeyWrong
    │   ├── NetworkTooSmall
    │   ├── NoFigure
    │   ├── NoSample
    │   ├── NotAReport
    │   ├── NotARepository
    │   ├── NotAdoptable
    │   ├── NotInASpec
    │   ├── NotJson
    │   ├── NotPromQl
    │   ├── NothingFound
    │   ├── NothingSelected
    │   ├── NotYaml
    │   ├── RevisionError
    │   ├── StateError
    │   ├── TicketWrong
    │   ├── UnreadableSpecs
    │   ├── UnsafeAddress
    │   ├── UsageError
    │   ├── WrongCell
    │   ├── WrongColumns
    │   └── WrongHardware
    ├── NoVerdict (exit code 3: the answer can't be known)
    │   ├── BadAnswer
    │   ├── BrokenBook
    │   ├── CannotJudge
    │   ├── GitHubFailed
    │   ├── HostError
    │   ├── KeyUnreachable
    │   ├── NeverEnough
    │   ├── NewerBook
    │   ├── NoAnswer
    │   ├── NoCredentials
    │   ├── NoPack
    │   ├── NoProfiles
    │   ├── NoSolver
    │   ├── NotAllowed
    │   ├── NotCounted
    │   ├── NotEvaluated
    │   ├── NotFound
    │   ├── NotPrinted
    │   ├── NotRecorded
    │   ├── NotRun
    │   ├── NotTaken
    │   ├── Overloaded
    │   ├── RefusedCall
    │   ├── StoreUnreadable
    │   ├── TryAgain
    │   ├── UnknownQuota
    │   ├── Unread
    │   └── UnreadableData
    └── Refused (exit code 1: a rule says no)
"""

from __future__ import annotations

from typing import ClassVar

OK, BLOCKED, WRONG, COULD_NOT_JUDGE, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes of commands. A shell gives 128 and the signal's number to what a signal ended, hence the last."""

INTERRUPTED_MESSAGE = "\ninterrupted; nothing was changed\n"


class WeighbridgeError(Exception):
    """What the command line catches, once; anything else that reaches it is a bug, and ends with 3 as well."""

    exit_code: ClassVar[int]
    prefix: ClassVar[str] = "weighbridge: "
    """What the command line writes before each line; empty where the line begins with a file's name."""


class WrongInput(WeighbridgeError):
    """A spec, another file or an argument can't be used; nothing was evaluated."""

    exit_code = WRONG


class NoVerdict(WeighbridgeError):
    """What was asked can't be known: something doesn't answer, doesn't end, or nobody can count it."""

    exit_code = COULD_NOT_JUDGE
