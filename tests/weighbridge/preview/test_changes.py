"""What updates, what replaces, what is swept along, and what nobody can tell."""

import csv
from functools import cache, partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ml_platform import Platform
from tests.engine.schema_table import properties_of
from tests.support.paths import ROOT
from tests.support.recording import record
from tests.support.recordings import RECORDINGS
from tests.support.specs import CATALOG, everything
from weighbridge.preview.changes import compare, fact_of, flagged, value_texts
from weighbridge.preview.result import Operation
from weighbridge.preview.state import StackState, StateResource
from weighbridge.resources.graph import Graph, Options, Resource
from weighbridge.resources.values import Secret, Unknown

POOL, CLUSTER = "gcp:container/nodePool:NodePool", "gcp:container/cluster:Cluster"


def urn(type_, name):
    return f"urn:pulumi:dev::weighbridge::{type_}::{name}"


def resource(name, inputs, type_=POOL, **more):
    return Resource(urn=urn(type_, name), type=type_, name=name, custom=True, inputs=inputs, **more)


def existing(name, inputs, type_=POOL, **more):
    return StateResource(urn=urn(type_, name), type=type_, name=name, custom=True, inputs=inputs, **more)


def changes(new, old):
    return compare(Graph("weighbridge", "dev", tuple(new)), StackState("weighbridge", "dev", tuple(old)))


def only(new, old):
    (change,) = changes([new], [old])
    return change


with (RECORDINGS / "changes.csv").open(encoding="utf-8", newline="") as file:
    RECORDED = [(row["type"], row["path"], row["plan"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("type_", "path", "plan"), RECORDED)
def test_the_table_says_what_the_real_engine_did(type_, path, plan):
    assert fact_of(type_, path).effect.value == plan


def test_every_row_of_the_table_has_a_known_effect_and_confidence():
    file = ROOT / "weighbridge" / "preview" / "change_facts.csv"
    for row in csv.DictReader(file.read_text().splitlines()):
        assert row["effect"] in {"update", "replace", "may replace"}
        assert row["confidence"] in {"confirmed", "reported", "inferred", "unverified"}
        assert row["source"] or row["confidence"] == "unverified"


@pytest.mark.parametrize(
    ("old", "new", "operation"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 1.0}}, Operation.SAME),
        ({"autoscaling": {"totalMaxNodeCount": 4}}, {"autoscaling": {"totalMaxNodeCount": 6}}, Operation.UPDATE),
        ({"nodeConfig": {"spot": False}}, {"nodeConfig": {"spot": True}}, Operation.REPLACE),
        ({"somethingNew": 1}, {"somethingNew": 2}, Operation.MAY_REPLACE),
        ({"nodeConfig": {"somethingNew": 1}}, {"nodeConfig": {"somethingNew": 2}}, Operation.MAY_REPLACE),
        ({"nodeLocations": ["a"]}, {"nodeLocations": ["a", "b"]}, Operation.UPDATE),
        ({"name": "p-1234567", "__defaults": ["name"]}, {}, Operation.SAME),
        ({"upgradeSettings": {"maxSurge": 1, "strategy": "SURGE", "__defaults": ["strategy"]}},
         {"upgradeSettings": {"maxSurge": 1}}, Operation.SAME),
        ({}, {"nodeConfig": {"taints": []}}, Operation.SAME),
        ({"management": {"autoUpgrade": True}}, {"management": {"autoUpgrade": 1}}, Operation.UPDATE),
    ],
)  # fmt: skip
def test_one_change(old, new, operation):
    if "nodeConfig" in new and "nodeConfig" not in old:
        old = {**old, "nodeConfig": {}}
    assert only(resource("p", new), existing("p", old)).operation is operation


def test_a_change_says_path_old_new_and_that_nodes_are_recreated():
    change = only(
        resource("p", {"nodeConfig": {"machineType": "g2-standard-16"}}),
        existing("p", {"nodeConfig": {"machineType": "g2-standard-8"}}),
    )
    (found,) = change.properties
    assert (found.path, found.old, found.new) == ("nodeConfig.machineType", "g2-standard-8", "g2-standard-16")
    assert found.recreates_nodes


def test_a_named_resource_is_deleted_first_and_an_autonamed_one_last():
    old = existing("p", {"name": "p", "nodeConfig": {"spot": False}})
    assert only(resource("p", {"name": "p", "nodeConfig": {"spot": True}}), old).delete_first
    auto = existing("p", {"name": "p-1234567", "__defaults": ["name"], "nodeConfig": {"spot": False}})
    assert not only(resource("p", {"nodeConfig": {"spot": True}}), auto).delete_first


OTHER_BOUND = {"name": "p", "autoscaling": {"totalMaxNodeCount": 2}}


def test_what_only_the_program_or_the_engine_replaces_comes_first_though_its_name_is_taken():
    """Providers ask for deleting first where they replace themselves, and are not asked here."""
    old = existing("p", {"name": "p", "autoscaling": {"totalMaxNodeCount": 1}, "nodeConfig": {"spot": False}})
    asked = Options(replace_on_changes=("autoscaling", "nodeConfig"))
    forced = resource("p", {**OTHER_BOUND, "nodeConfig": {"spot": False}}, options=asked)
    assert (only(forced, old).operation, only(forced, old).delete_first) == (Operation.REPLACE, False)
    both = resource("p", {**OTHER_BOUND, "nodeConfig": {"spot": True}}, options=asked)
    assert only(both, old).delete_first
    by_option = resource("p", forced.inputs, options=Options(replace_on_changes=("*",), delete_before_replace=True))
    assert only(by_option, old).delete_first


@pytest.mark.parametrize("options", [Options(replace_with=(urn(POOL, "a"),)), Options(deleted_with=urn(POOL, "a"))])
def test_what_is_replaced_because_another_is_comes_first(options):
    first = resource("a", {"nodeConfig": {"spot": True}})
    second = resource("b", {"name": "b"}, options=options)
    old = [existing("a", {"nodeConfig": {"spot": False}}), existing("b", {"name": "b"})]
    found = {change.name: change for change in changes([first, second], old)}["b"]
    assert (found.operation, found.delete_first) == (Operation.REPLACE, False)


PROVIDER = urn("pulumi:providers:gcp", "default")


@pytest.mark.parametrize(
    ("settings", "inputs", "paths"),
    [
        ({"project": "other", "region": "r"}, {}, ["provider.project"]),
        ({"project": "other", "region": "r"}, {"project": "one"}, []),
        ({"project": "one", "region": "s"}, {"location": "r"}, []),
        ({"project": "one", "region": "s"}, {}, ["provider.region"]),
        ({"project": "one", "region": "r", "version": "11"}, {}, []),
        ({"project": "one", "region": "r", "zone": "r-a"}, {}, []),  # nobody knows what it was before
    ],
)
def test_what_is_inherited_from_a_provider_changes_with_it(settings, inputs, paths):
    old = [
        existing("default", {"project": "one", "region": "r"}, "pulumi:providers:gcp"),
        existing("p", inputs, provider=PROVIDER),
    ]
    new = [resource("default", settings, "pulumi:providers:gcp"), resource("p", inputs, provider=PROVIDER)]
    found = {change.name: change for change in changes(new, old)}["p"]
    assert [changed.path for changed in found.properties] == paths
    assert found.operation is (Operation.MAY_REPLACE if paths else Operation.SAME)


def test_what_an_earlier_update_deleted_to_replace_it_is_created():
    pending = existing("p", {"name": "p"}, pending_replacement=True)
    change = only(resource("p", {"name": "p"}), pending)
    assert (change.operation, change.note) == (Operation.CREATE, "an earlier update deleted it to replace it")
    (gone,) = changes([], [pending])
    assert (gone.operation, gone.note) == (Operation.DELETE, "an earlier update deleted it already")


def test_what_is_new_and_what_is_gone():
    found = changes([resource("new", {})], [existing("old", {}, protect=True)])
    assert [(change.operation, change.name, change.note) for change in found] == [
        (Operation.DELETE, "old", "protected: Pulumi will refuse to delete it"),
        (Operation.CREATE, "new", ""),
    ]


def test_an_alias_keeps_a_renamed_resource():
    renamed = resource("new", {"a": 1}, options=Options(aliases=(urn(POOL, "old"),)))
    assert only(renamed, existing("old", {"a": 1})).operation is Operation.SAME


def test_ignored_and_replacing_paths():
    old = existing("p", {"initialNodeCount": 1})
    ignored = resource("p", {"initialNodeCount": 2}, options=Options(ignore_changes=("initialNodeCount",)))
    assert only(ignored, old).operation is Operation.SAME
    forced = resource(
        "p", {"autoscaling": {"totalMaxNodeCount": 2}}, options=Options(replace_on_changes=("autoscaling",))
    )
    assert only(forced, existing("p", {"autoscaling": {"totalMaxNodeCount": 1}})).operation is Operation.REPLACE


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("nodeLocations[0]", Operation.SAME),
        ("nodeLocations[*]", Operation.SAME),
        ("nodeLocations", Operation.SAME),
        ("*", Operation.SAME),
        ("nodeLocations[1]", Operation.UPDATE),
        ("nodeLoc", Operation.UPDATE),
        ("nodeLocations[0].x", Operation.UPDATE),
    ],
)
def test_an_ignored_path_leads_to_one_item_of_a_list_or_to_all(path, operation):
    ignoring = resource("p", {"nodeLocations": ["a", "c"]}, options=Options(ignore_changes=(path,)))
    assert only(ignoring, existing("p", {"nodeLocations": ["b", "c"]})).operation is operation


@pytest.mark.parametrize(("spot", "operation"), [(True, Operation.REPLACE), (False, Operation.SAME)])
def test_what_is_replaced_with_another(spot, operation):
    first = resource("a", {"nodeConfig": {"spot": spot}})
    second = resource("b", {"name": "b"}, options=Options(replace_with=(first.urn,)))
    old = [existing("a", {"nodeConfig": {"spot": False}}), existing("b", {"name": "b"})]
    assert {change.name: change.operation for change in changes([first, second], old)}["b"] is operation


def leaves(value, path=()):
    """The path of every input, without indices."""
    match value:
        case {} if value:
            for name, item in value.items():
                yield from leaves(item, (*path, name))
        case [{}, *_]:
            for item in value:
                yield from leaves(item, path)
        case _:
            yield path


@cache
def inputs_of_components():
    """Every input that a component gives, by type: of the examples, and of the spec that has everything."""
    found = set()
    for spec in everything():
        for registered in record(partial(Platform, spec.environment, spec, CATALOG)).resources:
            if registered.custom:
                found |= {(registered.type, path) for path in leaves(dict(registered.inputs))}
    return sorted(found)


@pytest.mark.slow
def test_every_input_of_a_component_has_a_certain_answer():
    answers = {(kind, ".".join(path)): fact_of(kind, ".".join(path)).effect for kind, path in inputs_of_components()}
    assert len(answers) > 400
    assert [where for where, effect in answers.items() if effect not in (Operation.UPDATE, Operation.REPLACE)] == []


def test_the_answer_is_that_of_the_real_providers_schema():
    differ = []
    for kind, path in inputs_of_components():
        rows = properties_of(kind)
        if rows is None:
            continue
        inside_map = next(
            (path[:n] for n in range(1, len(path)) if (row := rows.get(path[:n])) and row.kind == "map"), path
        )
        row = rows.get(inside_map)
        schema = Operation.REPLACE if row is not None and row.replaces else Operation.UPDATE
        if fact_of(kind, ".".join(path)).effect is not schema:
            differ.append((kind, ".".join(path)))
    assert differ == []


def test_a_label_is_never_a_reason_to_replace():
    labels = {"labels", "resourceLabels", "userLabels", "annotations"}
    found = [(kind, ".".join(path)) for kind, path in inputs_of_components() if labels & set(path[:-1])]
    assert {fact_of(*where).effect for where in found} == {Operation.UPDATE}


TOPOLOGY = "placementPolicy.tpuTopology"


@pytest.mark.parametrize(
    ("old", "new", "options", "operation"),
    [
        ("2x4", "4x4", Options(), Operation.UPDATE),  # which the provider doesn't send
        ("2x4", "4x4", Options(replace_on_changes=(TOPOLOGY,)), Operation.REPLACE),
        ("4x4", "4x4", Options(replace_on_changes=(TOPOLOGY,)), Operation.SAME),
        (None, "4x4", Options(), Operation.REPLACE),  # the block comes
        ("4x4", None, Options(), Operation.REPLACE),  # the block goes
    ],
)
def test_a_topology(old, new, options, operation):
    before, after = (
        {"placementPolicy": {"type": "COMPACT", "tpuTopology": topology}} if topology else {} for topology in (old, new)
    )
    assert only(resource("p", after, options=options), existing("p", before)).operation is operation


@pytest.mark.parametrize(
    ("old", "options", "delete_first"),
    [
        ("2x4", Options(replace_on_changes=(TOPOLOGY,)), False),  # the engine's doing, which asks for no name
        ("2x4", Options(replace_on_changes=(TOPOLOGY,), delete_before_replace=True), True),
        (None, Options(replace_on_changes=(TOPOLOGY,)), True),  # the provider's own
    ],
)
def test_a_taken_name_goes_first_where_the_provider_is_asked(old, options, delete_first):
    before = {"name": "p", "placementPolicy": {"type": "COMPACT", "tpuTopology": old}} if old else {"name": "p"}
    after = {"name": "p", "placementPolicy": {"type": "COMPACT", "tpuTopology": "4x4"}}
    found = only(resource("p", after, options=options), existing("p", before))
    assert (found.operation, found.delete_first) == (Operation.REPLACE, delete_first)


def test_a_dashboard_compares_as_json():
    kind = "gcp:monitoring/dashboard:Dashboard"
    new = resource("d", {"dashboardJson": '{"a": 1, "b": {}}'}, kind)
    assert only(new, existing("d", {"dashboardJson": '{"b":{},"a":1}'}, kind)).operation is Operation.SAME


def cluster(name="ml", **more):
    return resource("ml", {"name": name, "location": "us-central1", **more}, CLUSTER)


def test_an_unknown_input_keeps_its_value_while_its_source_stays():
    source = {"property_dependencies": {"network": (urn(CLUSTER, "ml"),)}, "dependencies": (urn(CLUSTER, "ml"),)}
    user = resource("p", {"network": Unknown()}, **source)
    old = [existing("ml", {"name": "ml", "location": "us-central1"}, CLUSTER), existing("p", {"network": "x"})]
    assert {change.operation for change in changes([cluster(), user], old)} == {Operation.SAME}
    new = changes([cluster(), user], old[1:])
    assert [change.operation for change in new] == [Operation.MAY_REPLACE, Operation.CREATE]


def test_a_replaced_cluster_takes_its_pools_along_and_is_flagged():
    pool = resource("p", {"cluster": "ml"}, property_dependencies={"cluster": (urn(CLUSTER, "ml"),)})
    old = [
        existing("ml", {"name": "ml", "location": "us-east1", "deletionProtection": True}, CLUSTER),
        existing("p", {"cluster": "ml"}),
    ]
    found = changes([cluster(), pool], old)
    assert [(change.name, change.operation) for change in found] == [
        ("ml", Operation.REPLACE),
        ("p", Operation.REPLACE),
    ]
    assert found[0].note == "deletion protection is on, so the replacement fails at the delete"
    flags = flagged(found, lambda _urn: True)
    assert flags[0].message == (
        "ml: location us-east1 → us-central1 replaces the cluster and everything in it; "
        "it is deleted first, so its work stops."
    )
    assert flags[1].message.startswith("p: cluster ml → (known after) replaces this accelerator pool;")


def test_only_accelerator_pools_are_flagged():
    found = changes([resource("p", {"nodeConfig": {"spot": True}})], [existing("p", {"nodeConfig": {"spot": False}})])
    assert flagged(found, lambda _urn: False) == ()
    (flag,) = flagged(found, lambda _urn: True)
    assert flag.message == (
        "p: nodeConfig.spot false → true replaces this accelerator pool; "
        "the new one is created first, so both hold their quota for a while."
    )


def test_secrets_are_neither_compared_nor_shown():
    change = only(resource("p", {"s": Secret("canary")}), existing("p", {"s": Secret(None)}))
    assert change.operation is Operation.SAME
    assert change.note == "holds a secret, which is not compared"
    assert "canary" not in repr(change)


NAMES = st.sampled_from(("a", "b", "nodeConfig", "name"))
VALUES = st.recursive(
    st.sampled_from((None, True, 0, 1, "", "x")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_a_stack_compared_with_itself_stays_as_it_is(inputs):
    assert only(resource("p", inputs), existing("p", inputs)).operation is Operation.SAME


QUERY = (
    'max by (app) (requests_seconds{app="a", quantile="0.99"}) > 0.4 '
    'and on (app) sum by (app) (rate(requests{app="a"}[5m])) > 100'
)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (1, 2, ("1", "2")),
        ("a b", "c", ('"a b"', "c")),
        (QUERY, QUERY.replace("0.4", "0.3"), ("… > 0.4 …", "… > 0.3 …")),
        (QUERY, QUERY.replace(' and on (app) sum by (app) (rate(requests{app="a"}[5m])) > 100', ""), None),
        ("x" * 700, "y" * 700, ("x" * 600 + " …", "y" * 600 + " …")),
    ],
)
def test_of_long_values_only_what_differs_is_shown(old, new, shown):
    assert shown is None or value_texts(old, new) == shown
    assert max(map(len, value_texts(old, new))) <= 610


def test_two_secrets_that_are_known_are_compared_and_not_shown():
    kind = "kubernetes:core/v1:Secret"
    before = existing("s", {"stringData": {"k": "canary-1"}}, kind)
    same, other = (only(resource("s", {"stringData": {"k": text}}, kind), before) for text in ("canary-1", "canary-2"))
    assert (same.operation, same.properties) == (Operation.SAME, ())
    assert [changed.path for changed in other.properties] == ["stringData"]
    assert "canary" not in repr(other)
