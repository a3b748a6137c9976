"""Which setting of a policy wins, and which are refused."""

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2

from weighbridge.host import HostError
from weighbridge.host.policy_config import settings_of

SCHEMA = {"most": {"type": "number", "default": 3}, "why": {"type": "string"}}


def info(*, level=analyzer_pb2.ADVISORY, required=(), **own):
    found = analyzer_pb2.AnalyzerInfo(name="pack")
    policy = found.policies.add(name="limit", enforcementLevel=level)
    policy.configSchema.properties.CopyFrom(ParseDict(SCHEMA, Struct()))
    policy.configSchema.required.extend(required)
    found.policies.add(name="other", enforcementLevel=level)
    for name, (its_level, properties) in own.items():
        found.initialConfig[name].enforcementLevel = its_level
        found.initialConfig[name].properties.update(properties)
    return found


def limit(given, **more):
    settings = settings_of(info(**more), given)["limit"]
    return settings.level, dict(settings.properties)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("advisory", {"most": 3})),
        ({"limit": "mandatory"}, ("mandatory", {"most": 3})),
        ({"all": "disabled"}, ("disabled", {"most": 3})),
        ({"all": "disabled", "limit": {"most": 5}}, ("disabled", {"most": 5})),
        ({"all": "disabled", "limit": {"enforcementLevel": "mandatory", "why": "x"}},
         ("mandatory", {"most": 3, "why": "x"})),
        ({"other": "mandatory"}, ("advisory", {"most": 3})),
    ],
)  # fmt: skip
def test_the_users_settings_for_a_policy_win_over_those_for_all_and_the_schemas_defaults(given, expected):
    assert limit(given) == expected


def test_the_packs_own_settings_win_over_the_schema_and_lose_to_the_users():
    own = {"all": (analyzer_pb2.MANDATORY, {"most": 4}), "limit": (analyzer_pb2.REMEDIATE, {"why": "pack"})}
    assert limit({}, **own) == ("remediate", {"most": 4, "why": "pack"})
    assert limit({"limit": {"enforcementLevel": "advisory", "why": "user"}}, **own) == (
        "advisory",
        {"most": 4, "why": "user"},
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"bound": "mandatory"},
         "the policy configuration names bound, which the pack pack does not have; it has limit, other"),
        ({"limit": "fatal"},
         ("the policy configuration gives limit the enforcement level 'fatal'; "
          "it may be advisory, disabled, mandatory, remediate")),
        ({"limit": {"most": "many"}},
         "the policy configuration is wrong at limit.most: 'many' is not of type 'number'"),
    ],
)  # fmt: skip
def test_what_the_pack_does_not_know_is_refused(given, reason):
    with pytest.raises(HostError) as error:
        limit(given)
    assert error.value.reason == reason


def test_a_setting_that_is_required_must_be_given():
    with pytest.raises(HostError) as error:
        limit({}, required=["why"])
    assert error.value.reason == "the policy configuration is wrong at limit: 'why' is a required property"
    assert limit({"limit": {"why": "x"}}, required=["why"]) == ("advisory", {"most": 3, "why": "x"})
