"""Programs that end badly, and some that only look as if they did."""

from tests.engine.programs.program import Small

FAILURES = (
    Small("an exception", 'Thing("a", size=1)\nraise ValueError("no")', fails=True),
    Small("a reason", 'raise pulumi.RunError("not today")', fails=True),
    Small("an exit code", 'import sys\nThing("a", size=1)\nsys.exit(3)', fails=True),
    Small("a good exit code", 'import sys\nThing("a", size=1)\nsys.exit(0)'),
    Small("a missing setting", 'pulumi.Config().require("nothere")', fails=True),
    Small("a missing module", "import nothing_of_this_name", fails=True),
    Small("one name twice", 'Thing("a", size=1)\nThing("a", size=2)', fails=True),
    Small("an exception on the way", 'Thing("a", size=1).urn.apply(lambda urn: 1 / 0)', fails=True),
    Small("a failing transform", """
        def change(args):
            raise ValueError("no")

        pulumi.runtime.register_resource_transform(change)
        Thing("a", size=1)
        """, fails=True),
    Small("an error in the log", 'pulumi.log.error("only said")\nThing("a", size=1)'),
    Small("a warning in the log", 'pulumi.log.warn("careful")\nThing("a", size=1)'),
    Small(
        "inputs that the provider refuses",
        'Thing("a", refused="not like this")',
        limits={r"outcome: .*": "what a provider's check refuses is not known offline"},
    ),
    Small(
        "something imported that doesn't exist",
        'Thing("a", Options(import_="toy:index:Thing/none"), size=1)',
        limits={r"outcome: .*": "whether what is imported exists is not known offline"},
    ),
    Small(
        "something read that doesn't exist",
        'Thing("a", Options(id="toy:index:Thing/none"))',
        limits={r"outcome: .*": "whether what is read exists is not known offline"},
    ),
    Small(
        "a protected resource that is to go",
        "",
        earlier='Thing("a", Options(protect=True), size=1)',
        limits={r"outcome: .*": "the engine refuses to plan the deletion; offline it is a note beside the delete"},
    ),
)  # fmt: skip
