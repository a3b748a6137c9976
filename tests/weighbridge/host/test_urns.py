"""URNs as the engine builds them."""

import pytest
from pulumi.runtime.proto.alias_pb2 import Alias
from pulumi.runtime.proto.resource_pb2 import RegisterResourceRequest

from weighbridge.host.urns import Urns

URNS = Urns("proj", "dev")
STACK = "urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev"
GROUP = "urn:pulumi:dev::proj::a:index:Group::g"


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ("", "urn:pulumi:dev::proj::a:b:C::n"),
        (STACK, "urn:pulumi:dev::proj::a:b:C::n"),
        (GROUP, "urn:pulumi:dev::proj::a:index:Group$a:b:C::n"),
        ("urn:pulumi:dev::proj::a:index:Group$a:b:D::d", "urn:pulumi:dev::proj::a:index:Group$a:b:D$a:b:C::n"),
    ],
)
def test_types_of_all_parents_but_the_stack_lead_to_the_type(parent, expected):
    assert URNS.of(parent, "a:b:C", "n") == expected


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        (Alias(urn="urn:pulumi:dev::proj::a:b:Old::n"), "urn:pulumi:dev::proj::a:b:Old::n"),
        (Alias(spec=Alias.Spec(name="old")), "urn:pulumi:dev::proj::a:index:Group$a:b:C::old"),
        (Alias(spec=Alias.Spec(type="a:b:Old")), "urn:pulumi:dev::proj::a:index:Group$a:b:Old::n"),
        (Alias(spec=Alias.Spec(noParent=True)), "urn:pulumi:dev::proj::a:b:C::n"),
        (Alias(spec=Alias.Spec(parentUrn=STACK)), "urn:pulumi:dev::proj::a:b:C::n"),
        (
            Alias(spec=Alias.Spec(stack="test", project="old")),
            "urn:pulumi:test::old::a:index:Group$a:b:C::n",
        ),
    ],
)
def test_an_alias_names_the_parts_that_were_different(alias, expected):
    request = RegisterResourceRequest(type="a:b:C", name="n", parent=GROUP, aliases=[alias], aliasURNs=["urn:whole"])
    assert list(URNS.of_aliases(request)) == ["urn:whole", expected]
