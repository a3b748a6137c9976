"""The table of what makes nodes, disks or addresses inside a cluster."""

from tests.support.specs import CATALOG
from weighbridge.catalog.rows import Confidence
from weighbridge.quota.in_cluster import Makes, Where, at


def test_each_row_has_a_source_and_says_how_sure_it_is():
    for where in Where:
        assert at(where), where
        for name, maker in at(where).items():
            assert maker.why, name
            assert maker.source in CATALOG.sources, name
            assert maker.confidence in set(Confidence), name


def test_what_stands_somewhere_makes_what_that_place_can_make():
    allowed = {
        Where.TEXT: {Makes.NODES, Makes.ADDRESS, Makes.DISKS},
        Where.NAMESPACE_LABEL: {Makes.NODES},
        Where.CLAIM: {Makes.DISKS},
        Where.OPAQUE: {Makes.ANYTHING},
        Where.UNREAD: {Makes.NOTHING},
        Where.LOAD_BALANCER_TYPE: {Makes.NOTHING},
        Where.LOAD_BALANCER_CLASS: {Makes.NOTHING, Makes.ADDRESS},
        Where.INGRESS_CLASS: {Makes.NOTHING, Makes.ADDRESS, Makes.GLOBAL},
        Where.GATEWAY_CLASS: {Makes.NOTHING, Makes.ADDRESS, Makes.GLOBAL},
        Where.FLEET_FEATURE: {Makes.NOTHING, Makes.ADDRESS},
    }
    for where in Where:
        assert {maker.makes for maker in at(where).values()} == allowed[where]


def test_nothing_that_is_skipped_is_a_name_that_decides():
    deciding = {*at(Where.CLAIM), *at(Where.OPAQUE), "nodeSelector", "affinity", "tolerations", "volumes", "ephemeral"}
    assert not deciding & {*at(Where.UNREAD)}
