"""What could not be checked comes first; a command stands on a line of its own, to be copied."""

from weighbridge.doctor.finding import CheckedNeed, Health
from weighbridge.render.doctor.text import render
from weighbridge.render.style import Style

FINE = CheckedNeed("Pulumi CLI", Health.FINE, "v3")
MISSING = CheckedNeed(
    "APIs", Health.MISSING, "off in acme-ml: " + ", ".join(["container.googleapis.com"] * 3), "gcloud a && b"
)
UNKNOWN = CheckedNeed("state", Health.NOT_CHECKED, "s3://bucket is asked by Pulumi only")


def test_all_that_is_not_fine_comes_first_with_its_command():
    assert render([FINE, MISSING, UNKNOWN]) == (
        "1 missing; 1 not checked\n\n"
        "NOT CHECKED  state: s3://bucket is asked by Pulumi only\n\n"
        "MISSING  APIs: off in acme-ml: container.googleapis.com,\n"
        "  container.googleapis.com, container.googleapis.com\n"
        "  $ gcloud a\n  $ b\n\n"
        "fine  Pulumi CLI: v3\n"
    )


def test_where_nothing_is_missing_it_says_so():
    assert render([FINE]) == "nothing missing\n\nfine  Pulumi CLI: v3\nready to deploy\n"
    assert render([UNKNOWN]).startswith("nothing missing; 1 not checked\n")


def test_colours_are_no_part_of_the_width():
    painted = render([MISSING], Style(colour=True))
    assert painted.count("\n") == render([MISSING]).count("\n")
