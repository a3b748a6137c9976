"""What a path of `ignoreChanges` leads to, and what is left of a program's inputs when it is ignored."""

import pytest

from weighbridge.resources.property_path import after_ignoring, parse, with_unknown
from weighbridge.resources.values import Secret, Unknown


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("autoscaling", ("autoscaling",)),
        ("autoscaling.maxNodeCount", ("autoscaling", "maxNodeCount")),
        ("nodeLocations[0]", ("nodeLocations", 0)),
        ("nodePools[*].autoscaling", ("nodePools", "*", "autoscaling")),
        ('nodeConfig["labels"]["a.b"]', ("nodeConfig", "labels", "a.b")),
        ('["say \\"this\\""].x', ('say "this"', "x")),
        ("old.[0]", ("old", 0)),
        ("foo-bar", ("foo-bar",)),
        ("*", ("*",)),
        (".a", None),
        ("a.", None),
        ("a[", None),
        ("a[x]", None),
        ('a["b', None),
        ("", None),
    ],
)
def test_a_path_reads_as_the_engine_reads_it(text, path):
    assert parse(text) == path


@pytest.mark.parametrize(
    ("path", "new", "old", "kept"),
    [
        ("size", {"size": 1}, {"size": 9}, {"size": 9}),
        ("size", {"size": 1}, {}, {}),  # what wasn't there before is taken away
        ("size", {}, {"size": 9}, {"size": 9}),  # and what the program left out stays
        ("scale.most", {"scale": {"most": 1, "least": 0}}, {"scale": {"most": 9}}, {"scale": {"most": 9, "least": 0}}),
        ("scale.most", {"scale": {"most": 1}}, {}, {"scale": {}}),
        ("a.b.c", {"a": {"b": {"c": 1}}}, {}, {"a": {"b": {"c": 1}}}),  # no way to it: no change
        ("scale.most", {}, {"scale": {"most": 9}}, {}),
        ("scale.most", {"scale": {"most": 1}}, {"scale": {}}, {"scale": {}}),
        ("zones", {"zones": ["a"]}, {"zones": ["a", "b"]}, {"zones": ["a", "b"]}),
        ("zones[0]", {"zones": ["a"]}, {"zones": ["b", "c"]}, {"zones": ["b"]}),
        ("zones[1]", {"zones": ["a"]}, {"zones": ["b", "c"]}, {"zones": ["a"]}),
        ("zones[*]", {"zones": ["a", "x"]}, {"zones": ["b"]}, {"zones": ["b", "x"]}),
        (
            "pools[*].most",
            {"pools": [{"most": 1}, {"most": 2}]},
            {"pools": [{"most": 9}, {"least": 0}]},
            {"pools": [{"most": 9}, {}]},
        ),
        ("*", {"a": 1, "b": 2}, {"a": 9, "c": 3}, {"a": 9, "c": 3}),
        ("scale.*", {"scale": {"most": 1, "x": 1}}, {"scale": {"most": 9}}, {"scale": {"most": 9}}),
        ("a[", {"a": 1}, {"a": 2}, {"a": 1}),
        ("size", {"size": 1}, {"size": Secret(9)}, {"size": Secret(9)}),
        ("scale.most", {"scale": Secret({"most": 1})}, {"scale": {"most": 9}}, {"scale": Secret({"most": 9})}),
    ],
)
def test_an_ignored_path_has_what_was_there_before(path, new, old, kept):
    given = repr(new)
    assert after_ignoring(new, old, [path]) == kept
    assert repr(new) == given


@pytest.mark.parametrize(
    ("path", "inputs", "unknown"),
    [
        ("size", {}, {"size": Unknown()}),
        ("scale.most", {"scale": {"least": 0}}, {"scale": {"least": 0, "most": Unknown()}}),
        ("scale.most", {}, {}),
        ("pools[*].most", {"pools": [{"most": 1}]}, {"pools": [{"most": Unknown()}]}),
        ("zones[1]", {"zones": ["a", "b"]}, {"zones": ["a", Unknown()]}),
        ("*", {"a": 1}, {"a": Unknown()}),
    ],
)
def test_what_ignoring_may_change_is_unknown(path, inputs, unknown):
    steps = parse(path)
    assert steps is not None
    assert with_unknown(inputs, steps) == unknown
