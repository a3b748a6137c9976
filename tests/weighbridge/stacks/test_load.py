"""One change to a good spec, and the exact message; the published schema refuses what it can express.

The table is `tests/golden/wrong_specs.json`: the text that is changed, what it becomes, each message, and whether the
schema alone refuses it. ``--update-golden`` rewrites messages and that mark from the code: look at the diff.
"""

import json
from copy import deepcopy

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.paths import ROOT
from tests.support.specs import PROD_FILE, messages, prod_text
from weighbridge.files import yaml_text
from weighbridge.files.problem import FileError, FolderError
from weighbridge.spec.schema import spec_schema
from weighbridge.stacks.load import parse_quota, parse_spec, read_folder, read_spec

GOOD = prod_text()
TABLE = ROOT / "tests" / "golden" / "wrong_specs.json"
SCHEMA = jsonschema.Draft202012Validator(spec_schema())
CASES = json.loads(TABLE.read_text())


def refused_by_schema(text):
    try:
        document = yaml_text.parse(text)
    except yaml_text.NotYaml:
        return False  # there is nothing to validate
    return not SCHEMA.is_valid(document.value)


def test_there_are_enough_of_them():
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['from'].strip()} -> {case['to'].strip()}"[:80])
def test_a_wrong_spec_says_exactly_what_is_wrong(case, update_golden):
    text = prod_text((case["from"], case["to"]))
    if update_golden:
        case.update(says=messages(text), schema=refused_by_schema(text))
        TABLE.write_text(json.dumps(CASES, indent=1, ensure_ascii=False) + "\n")
    assert case["says"]
    assert messages(text) == case["says"]
    assert refused_by_schema(text) == case["schema"]


def test_what_only_the_models_can_say_is_about_more_than_one_value():
    """Each refusal of a single value, key or type is the schema's as well."""
    single = ("unknown key", "missing. Add it", 'got "', "expected true or false", "expected a whole number")
    for case in CASES:
        alone = any(word in case["says"][0] for word in single) and "not valid YAML" not in case["says"][0]
        if alone and len(case["says"]) == 1:
            assert case["schema"], case["says"]


FURTHER = (ROOT / "tests" / "integration" / "stacks").glob("*.yaml")


@pytest.mark.parametrize(
    "path",
    [*(ROOT / "stacks" / f"{stack}.yaml" for stack in ("dev", "staging", "prod")), *FURTHER],
    ids=lambda path: path.stem,
)
def test_the_examples_are_good_for_models_and_schema(path):
    assert read_spec(path).environment == path.stem
    SCHEMA.validate(yaml_text.parse(path.read_text()).value)


def test_a_spec_with_another_ending_is_refused_not_passed_over(tmp_path):
    """Demand that nobody reads is demand that nobody counts."""
    for name in ("quota.yaml", "dev.yaml", "staging.yaml", "prod.yaml"):
        (tmp_path / name).write_bytes((ROOT / "stacks" / name).read_bytes())
    (tmp_path / "Pulumi.dev.yml").write_text("config: {}\n")  # Pulumi's own
    read_folder(tmp_path)
    (tmp_path / "perf.yml").write_bytes((ROOT / "stacks" / "dev.yaml").read_bytes())

    with pytest.raises(FolderError) as refused:
        read_folder(tmp_path)

    assert refused.value.lines() == [
        f"{tmp_path / 'perf.yml'}: rename it to perf.yaml: only .yaml files are read as specs"
    ]


def test_all_errors_of_all_files_come_at_once(tmp_path):
    for file in ("dev", "prod", "staging", "quota"):
        text = (ROOT / "stacks" / f"{file}.yaml").read_text()
        (tmp_path / f"{file}.yaml").write_text(text.replace("version: 1", "version: 3"))
    with pytest.raises(FolderError) as error:
        read_folder(tmp_path)
    assert error.value.lines() == [
        f"{tmp_path}/{file}.yaml:{line}:10: version: expected 1, got 3." for file, line in
        (("quota", 4), ("dev", 1), ("prod", 1), ("staging", 1))
    ]  # fmt: skip


@pytest.fixture
def stacks(tmp_path):
    """The example folder, to be changed in one file at a time."""
    for file in ("dev", "prod", "staging", "quota"):
        (tmp_path / f"{file}.yaml").write_bytes((ROOT / "stacks" / f"{file}.yaml").read_bytes())

    def changed(file, old, new):
        text = (tmp_path / f"{file}.yaml").read_text()
        assert old in text
        (tmp_path / f"{file}.yaml").write_text(text.replace(old, new))
        return tmp_path

    return changed


def test_a_typo_of_another_stack_that_counts_nothing_stops_nobody(stacks):
    folder = stacks("staging", "    stable: ", "    stabel: ")
    read = read_folder(folder, judged="prod")
    assert (sorted(read.specs), sorted(read.bounded), sorted(read.demands)) == (
        ["dev", "prod"],
        ["staging"],
        ["dev", "prod", "staging"],
    )
    assert "stabel: unknown key" in read.bounded["staging"].lines()[0]
    for judged in (None, "staging"):
        with pytest.raises(FolderError) as refused:
            read_folder(folder, judged=judged)
        assert len(refused.value.lines()) == 1


def test_a_typo_in_a_pool_of_another_stack_says_whose_fault_it_is(stacks):
    folder = stacks("staging", "machine_type: g2-standard-8", "machine_tipe: g2-standard-8")
    with pytest.raises(FolderError) as refused:
        read_folder(folder, judged="prod")
    where, closing = refused.value.lines()
    assert "machine_tipe: unknown key" in where
    assert closing == (
        "The spec of prod is good. It can't be judged, as it shares limits with staging (ml-platform@example.com), and "
        "nobody can tell from staging.yaml how much that draws: mend it, or go back to its last good version."
    )
    with pytest.raises(FolderError) as own:
        read_folder(folder, judged="staging")
    assert own.value.closing == ""


def test_a_wrong_quota_file_is_nobody_s_typo(stacks):
    stacks("staging", "machine_type: g2-standard-8", "machine_tipe: g2-standard-8")
    with pytest.raises(FolderError) as refused:
        read_folder(stacks("quota", "keep_free: 10%", "keep_free: some"), judged="prod")
    assert (len(refused.value.errors), refused.value.closing) == (2, "")


def test_a_bounded_stack_of_another_project_is_an_error_all_the_same(stacks):
    stacks("staging", "    stable: ", "    stabel: ")
    with pytest.raises(FolderError) as refused:
        read_folder(stacks("staging", "project: example-ml,", "project: other-ml-1,"), judged="prod")
    assert "expected example-ml, whose limits quota.yaml lists, got other-ml-1" in refused.value.lines()[0]


def test_a_host_name_that_two_others_share_stops_only_them(stacks):
    folder = stacks("staging", "ranker.staging.example.com", "ranker.dev.example.com")
    assert sorted(read_folder(folder, judged="prod").specs) == ["dev", "prod", "staging"]
    for judged in (None, "dev", "staging"):
        with pytest.raises(FolderError) as refused:
            read_folder(folder, judged=judged)
        assert "ranker.dev.example.com is a host name of dev already: choose another" in refused.value.lines()[0]


def test_a_host_name_that_is_kept_for_production_is_served_by_no_other_stack(stacks):
    """Even where the spec of production has given it up in the same change."""
    stacks("prod", "hostname: ranker.example.com", "hostname: ranker2.example.com")
    folder = stacks("staging", "ranker.staging.example.com", "ranker.example.com")
    with pytest.raises(FolderError) as refused:
        read_folder(folder, judged="staging")
    assert (
        "endpoints.ranker.hostname: ranker.example.com belongs to prod by stacks/quota.yaml: choose another, or let "
        "the quota's owners take it out of stacks.prod.hostnames"
    ) in refused.value.lines()[0]
    with pytest.raises(FolderError) as twice:
        read_folder(stacks("quota", "staging: {}", "staging: {hostnames: [ranker.example.com]}"))
    assert "ranker.example.com is kept for prod already: remove one of the two" in twice.value.lines()[0]


JOINED = """
network:
  proxy_range: 10.9.0.0/23
  existing: {network: corp, subnetwork: ml, pod_range: pods, service_range: services}
cluster:
  existing:
    {name: prod, version: "1.33", dns_endpoint: true, workload_identity: true, gateway_api: true,
     managed_prometheus: true, gcs_fuse: true}
node_pools:
"""


def test_no_stack_joins_the_cluster_of_another(stacks):
    folder = stacks("dev", "\nnode_pools:\n", JOINED)
    with pytest.raises(FolderError) as refused:
        read_folder(folder, judged="dev")
    assert (
        "cluster.existing.name: prod is the cluster of prod, which is production: both stacks name their namespaces "
        "and objects alike, so each would overwrite the other's, releases too. Give dev a cluster of its own"
    ) in refused.value.lines()[0]
    assert sorted(read_folder(folder, judged="staging").specs) == ["dev", "prod", "staging"]


def only_file_errors(parse, text):
    lines = ["good"]
    try:
        parse(text, PROD_FILE)
    except FileError as error:
        lines = error.lines()
    assert lines


NAMES = st.sampled_from(
    ["version", "environment", "cloud", "node_pools", "nodes", "min", "max", "a", "<<", "endpoints"]
)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["10%", "1h", "4Gi"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.integers(), inner, max_size=4),
    max_leaves=12,
)
LENIENT = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LENIENT
@given(st.text(max_size=200))
def test_any_text_is_a_spec_or_a_file_error(text):
    only_file_errors(parse_spec, text)
    only_file_errors(parse_quota, text)


@LENIENT
@given(PLAIN)
def test_any_yaml_is_a_spec_or_a_file_error(value):
    text = yaml.dump(value)
    only_file_errors(parse_spec, text)
    only_file_errors(parse_quota, text)


PLAIN_GOOD = yaml.safe_load(GOOD.replace("2026-11-17T09:00:00Z", "'2026-11-17T09:00:00Z'").replace(
    "2026-11-18T10:30:00Z", "'2026-11-18T10:30:00Z'"))  # fmt: skip


@LENIENT
@given(st.data())
def test_any_value_anywhere_in_a_good_spec_is_good_or_a_file_error(data):
    at = document = deepcopy(PLAIN_GOOD)
    while True:
        key = data.draw(st.sampled_from(sorted(at)) if isinstance(at, dict) else st.integers(0, len(at) - 1))
        inner = at[key]
        if not (isinstance(inner, dict | list) and inner) or data.draw(st.booleans()):
            at[key] = data.draw(PLAIN)
            break
        at = inner
    only_file_errors(parse_spec, yaml.dump(document, Dumper=yaml.CDumper))
