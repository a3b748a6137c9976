"""Names that a stack's settings let Pulumi make up."""

import json

import pytest

from weighbridge.resources.autonaming import ANYTHING, fits, random_patterns


@pytest.mark.parametrize(
    ("setting", "patterns"),
    [
        ({"mode": "verbatim"}, ()),
        ({"pattern": "${stack}-${name}"}, ()),
        ({"pattern": "${name}-${hex(4)}"}, ("${name}-${hex(4)}",)),
        (
            {
                "mode": "default",
                "providers": {
                    "gcp": {
                        "pattern": "${name}_${num(2)}",
                        "resources": {"gcp:container/nodePool:NodePool": {"pattern": "${uuid}", "enforce": True}},
                    },
                    "aws": {"pattern": "${name}"},
                },
            },
            ("${name}_${num(2)}", "${uuid}"),
        ),
    ],
)
def test_patterns_with_a_random_part_are_found_wherever_they_stand(setting, patterns):
    assert random_patterns(json.dumps(setting)) == patterns


def test_a_setting_that_cannot_be_read_may_make_any_name():
    assert random_patterns("{") == (ANYTHING,)
    assert fits("whatever", "p", ANYTHING)


@pytest.mark.parametrize(
    ("name", "pattern", "does"),
    [
        ("p-ab12", "${name}-${hex(4)}", True),
        ("p-ab1", "${name}-${hex(4)}", False),
        ("p-xyz1", "${name}-${hex(4)}", False),
        ("q-ab12", "${name}-${hex(4)}", False),
        ("p-zz9", "${name}-${alphanum(3)}", True),
        ("p-abc", "${name}-${string(3)}", True),
        ("p-123", "${name}-${num(3)}", True),
        ("p.123", "${name}-${num(3)}", False),
        ("org-any-dev-p1", "${organization}-${config.key}-${stack}-${name}${num(1)}", True),
        ("p-0a1b2c3d-0000-4000-8000-0123456789ab", "${name}-${uuid}", True),
        ("p", "${name}-${hex(4)}", False),
    ],
)
def test_a_name_is_known_by_its_form(name, pattern, does):
    assert fits(name, "p", pattern) is does
