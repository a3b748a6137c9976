from __future__ import annotations

import pytest

from tests.integration import judges
from tests.integration.judges import ACCEPTED, Objection, Waiver, new, read_accepted, report, unused

CPU = Objection("kube-score", "container-resources", "Deployment", "serving/a", "dev", "CPU limit is not set")
ROOT_USER = Objection("checkov", "CKV_K8S_6", "Deployment", "serving/a", "prod", "runs as root")
WHY = Waiver("kube-score", "container-resources", "Deployment", "a limit throttles")


def test_only_what_somebody_accepted_with_a_reason_passes():
    assert new([CPU, ROOT_USER], [WHY]) == [ROOT_USER]


@pytest.mark.parametrize(
    "entry",
    [
        Waiver("checkov", "container-resources", "Deployment", "why"),
        Waiver("kube-score", "other", "Deployment", "why"),
        Waiver("kube-score", "container-resources", "StatefulSet", "why"),
        Waiver("kube-score", "container-resources", "Deployment", "why", names="monitors/*"),
    ],
)
def test_an_entry_is_for_one_judge_check_kind_and_names(entry):
    assert new([CPU], [entry]) == [CPU]
    assert unused([CPU], [entry]) == [entry]


def test_the_report_has_what_is_new_first_and_what_is_accepted_in_vain():
    vain = Waiver("checkov", "CKV_K8S_1", "Pod", "why")
    assert report([CPU, ROOT_USER], [WHY, vain], 7).splitlines() == [
        "prod: Deployment serving/a: checkov CKV_K8S_6: runs as root",
        "judges_accepted.yaml: checkov CKV_K8S_1 of Pod * is found nowhere: remove it",
        "accepted:   1 x kube-score container-resources of Deployment: a limit throttles",
        "accepted:   0 x checkov CKV_K8S_1 of Pod: why",
        "7 objects judged, 1 new findings",
    ]


def test_each_entry_of_the_list_says_why():
    entries = read_accepted(ACCEPTED)
    assert all(len(entry.why.split()) >= 5 for entry in entries)
    assert len({(entry.judge, entry.check, entry.kind, entry.names) for entry in entries}) == len(entries)


def test_a_privileged_container_is_found_by_both(tmp_path):
    """The judges themselves, on an object that nobody would sign."""
    (tmp_path / "bad.yaml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: bad, namespace: serving}\n"
        "spec:\n  selector: {matchLabels: {app: bad}}\n  template:\n    metadata: {labels: {app: bad}}\n"
        "    spec: {containers: [{name: c, image: 'example.com/c:1', securityContext: {privileged: true}}]}\n"
    )
    by_kube_score, by_checkov = judges.by_kube_score(tmp_path), judges.by_checkov(tmp_path)
    assert ("container-security-context-privileged", "serving/bad") in {
        (found.check, found.name) for found in by_kube_score
    }
    assert ("CKV_K8S_16", "serving/bad") in {(found.check, found.name) for found in by_checkov}
