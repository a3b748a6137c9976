"""What is kept between runs changes no output, is believed only where it must be right, and stays small."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.graphs import of_spec
from tests.support.paths import ROOT, copy_project
from tests.support.specs import CATALOG, NOW, REGION, quota_file
from tests.support.stacks_folder import LIMITS, ledger_of, small_quota, small_spec, write
from weighbridge.quota.arithmetic import QuotaKey
from weighbridge.quota.demand import what_counts
from weighbridge.quota.holders import graph_demand
from weighbridge.quota.ledger import Doubt, Drawn
from weighbridge.rules.rule_input import Shared
from weighbridge.rules.shared_quota import judge
from weighbridge.stacks import load, spec_cache
from weighbridge.stacks.spec_cache import SpecCache, SpecFacts, cache_of_user

FACTS = SpecFacts(
    "example-ml",
    {"ranker": "ranker.example.com"},
    "projects/example-ml/locations/us-central1/clusters/prod",
    ("example-ml/ml-example-com",),
    True,
    {QuotaKey("example-ml", REGION, "X", (("gpu_family", "NVIDIA_H100"),)): Drawn(3, 4)},
    (Doubt("serve", 'has no "quota" id: ż'),),
)


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    """Two good specs; one is over the limit, so that messages name its pools."""
    folder = tmp_path / "project" / "stacks"
    write(
        folder, quota=small_quota(), dev=small_spec("dev"), prod=small_spec("prod", a={"nodes": {"min": 0, "max": 99}})
    )
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> SpecCache:
    return SpecCache(tmp_path / "cache" / "weighbridge")


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stems of the specs that were parsed."""
    stems: list[str] = []
    parse = load.parse_spec

    def noted(text: str, file: Path, *rest: Any) -> Any:
        stems.append(file.stem)
        return parse(text, file, *rest)

    monkeypatch.setattr(load, "parse_spec", noted)
    return stems


def kept(cache: SpecCache) -> Path:
    (file,) = cache.folder.iterdir()
    return file


# What it is for


def test_a_spec_that_nobody_changed_is_not_read_twice(stacks: Path, cache: SpecCache, parsed: list[str]):
    load.read_folder(stacks, CATALOG, cache=cache)
    assert parsed == ["dev", "prod"]
    write(stacks, dev=small_spec("dev", serve={}), quota=small_quota(keep_free="5%"))
    folder = load.read_folder(stacks, CATALOG, cache=cache)
    assert parsed == ["dev", "prod", "dev"]
    assert {key.quota_id: drawn for key, drawn in folder.demands["prod"].drawn.items()}[LIMITS[0]].steady == 99 * 8
    assert parsed == ["dev", "prod", "dev"]
    assert folder.specs["prod"].node_pools["a"].nodes is not None  # asked for, and so read
    assert folder.demands["prod"].claims
    assert parsed == ["dev", "prod", "dev", "prod"]


def test_the_others_are_not_read_to_judge_one_stack(stacks: Path, cache: SpecCache, parsed: list[str]):
    load.read_folder(stacks, CATALOG, cache=cache)
    parsed.clear()
    folder = load.read_folder(stacks, CATALOG, cache=cache)
    shared = Shared.of("dev", folder.specs["dev"], folder.demands, folder.quota, CATALOG)
    (over, *_) = judge("dev", graph_demand(of_spec(folder.specs["dev"]), folder.quota, CATALOG), shared, CATALOG, NOW)
    assert "other stacks 10,100 (prod 10,100)" in over.message
    assert parsed == ["dev"]


def test_a_wrong_spec_is_read_each_time_and_says_the_same(stacks: Path, cache: SpecCache, parsed: list[str]):
    write(stacks, dev=small_spec("dev", a={"machine_type": "n2-standard-9"}))
    without = ledger_of(stacks, None)
    assert "dev.yaml" in without
    parsed.clear()
    assert [ledger_of(stacks, cache) for _ in range(2)] == [without, without]
    assert parsed == ["dev", "prod", "dev"]


def serving(stack: str, hostname: str) -> dict[str, Any]:
    version = {
        "image": "us-docker.pkg.dev/p/s/rules:1.0", "model": "gs://example-ml-models/r/v1", "cpu": 1,
        "replicas": {"min": 1, "max": 1},
    }  # fmt: skip
    endpoint = {
        "node_pool": "batch", "hostname": hostname, "server": "tf-serving", "stable": "v1", "versions": {"v1": version},
        "slo": {"availability": "99%", "latency_p99": "1s"},
    }  # fmt: skip
    notify = {"notify": {"ticket": {"email": "ml@example.com"}, "page": {"email": "ml@example.com"}}}
    return {**small_spec(stack), "endpoints": {"ranker": endpoint}, "monitoring": notify}


POOLS = st.fixed_dictionaries(
    {
        "machine_type": st.sampled_from(
            ["n2-standard-8", "n2-standard-16", "g2-standard-8", "g2-standard-8", "n2-standard-7"]
        ),
        "nodes": st.fixed_dictionaries({"min": st.just(0), "max": st.integers(1, 20)}),
    },
    optional={"provisioning": st.sampled_from(["spot", "standard"])},
)
SPECS = st.builds(
    lambda pools, more: lambda stack: {**small_spec(stack, **pools), **more},
    st.dictionaries(st.sampled_from(["a", "b", "c"]), POOLS, min_size=1),
    st.sampled_from([{}, {"cluster": {"auto_provisioning": {"cpu": 8, "memory": "64Gi", "gpus": {"nvidia-l4": 1}}}}]),
) | st.sampled_from(
    [
        lambda stack: serving(stack, "a.example.com"),
        lambda stack: {**small_spec(stack), "environment": "other"},
        lambda stack: {**small_spec(stack), "budget": {"monthly_usd": "much"}},
        lambda stack: {**small_spec(stack), "cloud": {**small_spec(stack)["cloud"], "project": "other-ml"}},
        lambda stack: small_spec(
            stack, a={"machine_type": "g2-standard-8", "provisioning": "reservation", "reservation": {"name": "block"}}
        ),
    ]
)
RESERVED = [
    {"name": "block", "zone": f"{REGION}-a", "machine_type": machine, "count": 5, "owner": "ml@example.com"}
    for machine in ("g2-standard-8", "n2-standard-8")
]
WHO = {"reason": "r", "owner": "ml@example.com", "review_by": "2035-01-31"}
BEYOND = [{"stack": "s0", "quota": LIMITS[0], "region": REGION, "amount": 7, **WHO}]
QUOTAS = st.fixed_dictionaries(
    {
        "limits": st.lists(
            st.fixed_dictionaries(
                {"quota": st.sampled_from(LIMITS), "region": st.just(REGION), "limit": st.integers(0, 300)}
            ),
            min_size=1,
            unique_by=lambda entry: entry["quota"],
        ),
    },
    optional={
        "spot_pools": st.sampled_from([["NVIDIA_L4"], []]),
        "reservations": st.sampled_from([RESERVED[:1], RESERVED[1:]]),
        "beyond_spec": st.just(BEYOND),
        "shares": st.just({"s1": "50%"}),
    },
)
STACKS = st.sampled_from(["s0", "s1", "s2"])
EDITS = st.one_of(
    st.builds(lambda stack, spec: lambda folder: write(folder, **{stack: spec(stack)}), STACKS, SPECS),
    st.builds(lambda quota: lambda folder: write(folder, quota=small_quota(**quota)), QUOTAS),
    st.builds(lambda stack: lambda folder: (folder / f"{stack}.yaml").unlink(missing_ok=True), STACKS),
    st.builds(lambda a, b: lambda folder: rename(folder / f"{a}.yaml", folder / f"{b}.yaml"), STACKS, STACKS),
)  # fmt: skip


def rename(old: Path, new: Path) -> None:
    if old.exists():
        old.rename(new)


@pytest.mark.slow
@given(st.lists(EDITS, min_size=2, max_size=6))
@settings(max_examples=60)
def test_no_edit_makes_a_difference_between_with_and_without(
    tmp_path_factory: pytest.TempPathFactory, edits: list[Callable[[Path], None]]
):
    top = tmp_path_factory.mktemp("folder")
    stacks, cache = top / "stacks", SpecCache(top / "cache")
    write(stacks, quota=small_quota(), s0=small_spec("s0"), s1=small_spec("s1"))
    for edit in edits:
        edit(stacks)
        for judged in (None, "s0"):
            without = ledger_of(stacks, None, judged)
            assert [ledger_of(stacks, cache, judged), ledger_of(stacks, cache, judged)] == [without, without]


# What is believed


def test_what_is_kept_comes_back(stacks: Path, cache: SpecCache):
    known = cache.of(stacks, quota_file())
    assert known is not None
    known.save({("dev", "text"): FACTS})
    for quota, stack, text, folder, found in (
        (quota_file(), "dev", "text", stacks, FACTS),
        (quota_file(), "prod", "text", stacks, None),
        (quota_file(), "dev", "text ", stacks, None),
        (quota_file(spot_pools=["NVIDIA_L4"]), "dev", "text", stacks, None),
        (quota_file(), "dev", "text", stacks.parent, None),
    ):
        again = cache.of(folder, quota)
        assert again is not None
        assert again.get(stack, text) == found


def signed(content: str) -> bytes:
    return f"weighbridge specs 2 {sha256(content.encode()).hexdigest()}\n{content}".encode()


def forged(**changes: Any) -> bytes:
    entry = {
        "project": "example-ml",
        "hostnames": {},
        "cluster": "c",
        "zones": [],
        "joins": False,
        "drawn": [[0, 0, 0]],
        "doubts": [],
        **changes,
    }
    limits = [["example-ml", REGION, LIMITS[0], []]]
    return signed(json.dumps({"limits": limits, "specs": {"x": entry}}))


def test_the_forged_form_is_that_of_the_cache(stacks: Path, cache: SpecCache):
    """Else the test below would show nothing."""
    ledger_of(stacks, cache)
    kept(cache).write_bytes(forged())
    assert list(spec_cache._read(kept(cache))) == ["x"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\xff\xfe\x00",
        signed(""),
        signed("[" * 100_000),
        signed('{"limits": []}'),
        signed('{"limits": [], "specs": {"x": null}}'),
        forged(drawn=[[0, -8, 0]]),
        forged(drawn=[[1, 0, 0]]),
        forged(drawn=[[-1, 0, 0]]),
        forged(drawn=[[0, 0.5, 1]]),
        forged(drawn=[[0, True, 1]]),
        forged(doubts=[["a"]]),
        forged(hostnames=[]),
        forged(project=None),
        forged(more=1),
        forged().replace(b"specs 2", b"specs 1"),
        forged() + b" ",
    ],
    ids=repr,
)
def test_what_has_another_form_is_passed_over(stacks: Path, cache: SpecCache, content: bytes):
    without = ledger_of(stacks, cache)
    whole = kept(cache).read_bytes()
    kept(cache).write_bytes(content)
    assert spec_cache._read(kept(cache)) == {}
    assert ledger_of(stacks, cache) == without
    assert kept(cache).read_bytes() == whole  # and written anew


@given(st.data())
@settings(max_examples=60)
def test_what_is_not_whole_is_passed_over(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    file = tmp_path_factory.mktemp("cache", numbered=True) / "specs-x"
    file.parent.chmod(0o700)
    whole = forged()
    at = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["cut", "flipped"]))
    file.write_bytes(whole[:at] if kind == "cut" else whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    file.chmod(0o600)
    assert spec_cache._read(file) == {}


def replaced_by(make: Callable[[Path, Path], object]) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        file.rename(file.parent.parent / "moved")
        make(file, file.parent.parent / "moved")

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.chmod(0o620),
        lambda file: file.chmod(0o602),
        lambda file: file.parent.chmod(0o750),
        lambda file: file.parent.chmod(0o701),
        replaced_by(lambda file, moved: file.symlink_to(moved)),
        replaced_by(lambda file, _: file.mkdir()),
        replaced_by(lambda file, _: os.mkfifo(file)),
    ],
    ids=["group", "others", "folder of a group", "folder of others", "link", "folder", "pipe"],
)
def test_what_others_may_write_or_is_no_file_is_passed_over(
    stacks: Path, cache: SpecCache, change: Callable[[Path], None]
):
    without = ledger_of(stacks, cache)
    file = kept(cache)
    assert len(spec_cache._read(file)) == 2
    change(file)
    assert spec_cache._read(file) == {}
    assert ledger_of(stacks, cache) == without
    assert [left.name for left in cache.folder.iterdir()] == [file.name]


def test_what_belongs_to_somebody_else_is_passed_over(stacks: Path, cache: SpecCache, monkeypatch: pytest.MonkeyPatch):
    ledger_of(stacks, cache)
    assert spec_cache._is_private(cache.folder)
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    assert spec_cache._read(kept(cache)) == {}
    assert not spec_cache._is_private(cache.folder)


def test_a_folder_that_others_may_look_into_gets_nothing(stacks: Path, cache: SpecCache):
    cache.folder.mkdir(parents=True, mode=0o755)
    assert ledger_of(stacks, cache) == ledger_of(stacks, None)
    assert list(cache.folder.iterdir()) == []


def test_a_link_in_place_of_the_folder_is_passed_over(stacks: Path, cache: SpecCache):
    ledger_of(stacks, cache)
    elsewhere = cache.folder.rename(cache.folder.parent / "elsewhere")
    cache.folder.symlink_to(elsewhere)
    assert spec_cache._read(kept(cache)) == {}


PROGRAM = """
import sys
from pathlib import Path
from weighbridge.stacks.load import read_folder
from weighbridge.stacks.spec_cache import SpecCache
for key, drawn in read_folder(Path(sys.argv[1]), cache=SpecCache(Path(sys.argv[2]))).demands["dev"].drawn.items():
    print(key.quota_id, drawn.peak)
"""


def test_a_changed_table_or_module_counts_anew_whatever_its_size_and_date(
    stacks: Path, cache: SpecCache, tmp_path: Path
):
    shutil.copytree(ROOT / "weighbridge", tmp_path / "lib" / "weighbridge", ignore=shutil.ignore_patterns("*.pyc"))
    table = tmp_path / "lib" / "weighbridge" / "catalog" / "machine_types.csv"

    def counted() -> str:
        command = [sys.executable, "-B", "-c", PROGRAM, str(stacks), str(cache.folder)]
        return subprocess.run(command, cwd=tmp_path / "lib", check=True, capture_output=True, text=True).stdout

    assert "N2-CPUS-per-project-region 32\n" in counted()
    before = table.stat()
    table.write_text(table.read_text().replace("\nn2-standard-8,n2,8,", "\nn2-standard-8,n2,9,"))
    os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert table.stat().st_size == before.st_size
    assert "N2-CPUS-per-project-region 36\n" in counted()
    module = tmp_path / "lib" / "weighbridge" / "quota" / "arithmetic.py"
    module.write_text(module.read_text().replace("peak=group.nodes.peak * amount", "peak=group.nodes.peak + amount"))
    assert "N2-CPUS-per-project-region 13\n" in counted()


def test_code_that_cannot_be_listed_is_no_reason_to_believe_what_is_kept(
    stacks: Path, cache: SpecCache, monkeypatch: pytest.MonkeyPatch
):
    """A package in an archive has no folder: without its digest, a new version would find what an old one has kept."""
    ledger_of(stacks, cache)
    monkeypatch.setattr("weighbridge.__file__", str(stacks / "lib.zip" / "weighbridge" / "__init__.py"))
    spec_cache._code.cache_clear()
    try:
        assert cache.of(stacks, what_counts(load.read_folder(stacks, CATALOG).quota)) is None
        assert ledger_of(stacks, cache) == ledger_of(stacks, None)
    finally:
        spec_cache._code.cache_clear()


# Where it lies


def test_it_lies_in_the_cache_folder_of_the_user(tmp_path: Path):
    project, home, named = tmp_path / "project", tmp_path / "home", tmp_path / "xdg"
    assert cache_of_user(project, {"XDG_CACHE_HOME": str(named)}) == SpecCache(named / "weighbridge")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for empty in ({}, {"XDG_CACHE_HOME": ""}, {"XDG_CACHE_HOME": "relative"}, {"CI": ""}):
            assert cache_of_user(project, empty) == SpecCache(home / ".cache" / "weighbridge")
        patch.setenv("HOME", "relative")
        assert cache_of_user(project, {}) is None


@pytest.mark.parametrize("name", spec_cache.CI)
def test_there_is_none_in_ci(tmp_path: Path, name: str):
    assert cache_of_user(tmp_path / "project", {"XDG_CACHE_HOME": str(tmp_path / "xdg"), name: "true"}) is None


def test_there_is_none_where_a_pull_request_could_bring_it_along(tmp_path: Path):
    project = tmp_path / "project"
    (tmp_path / "checkout" / ".git").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "checkout")
    for inside in (
        project,
        project / ".cache",
        tmp_path / "checkout",
        tmp_path / "checkout" / "a" / "b",
        tmp_path / "link",
    ):
        assert cache_of_user(project, {"XDG_CACHE_HOME": str(inside)}) is None


# What it may cost


def test_where_nothing_can_be_written_nothing_is(stacks: Path, tmp_path: Path):
    without = ledger_of(stacks, None)
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "weighbridge"):
        assert ledger_of(stacks, SpecCache(folder)) == without
    assert (tmp_path / "file").read_text() == ""


def test_a_full_disk_is_no_reason_for_a_message(stacks: Path, cache: SpecCache, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert ledger_of(stacks, cache) == ledger_of(stacks, None)


def test_it_holds_the_specs_that_there_are_and_no_others(stacks: Path, cache: SpecCache):
    for most in range(20):
        write(stacks, dev=small_spec("dev", a={"nodes": {"min": 0, "max": most + 1}}))
        ledger_of(stacks, cache)
    assert len(spec_cache._read(kept(cache))) == 2
    (stacks / "prod.yaml").unlink()
    ledger_of(stacks, cache)
    assert len(spec_cache._read(kept(cache))) == 1


def test_it_is_written_only_where_something_changed(stacks: Path, cache: SpecCache):
    ledger_of(stacks, cache)
    before = kept(cache).stat()
    ledger_of(stacks, cache)
    assert (kept(cache).stat().st_ino, kept(cache).stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_there_are_so_many_files_and_no_more(stacks: Path, cache: SpecCache):
    cache.folder.mkdir(mode=0o700, parents=True)
    (cache.folder / ".specs-left.by-an-interrupted-run").write_text("")
    (cache.folder / "somebody-elses").write_text("")
    for number, name in enumerate([".specs-left.by-an-interrupted-run", *(f"specs-{n}" for n in range(40))]):
        (cache.folder / name).write_text("")
        os.utime(cache.folder / name, (number, number))
    ledger_of(stacks, cache)
    left = {file.name for file in cache.folder.iterdir()}
    assert len(left) == spec_cache.MOST_FILES + 1
    assert left > {"somebody-elses", *(f"specs-{n}" for n in range(9, 40))}


def test_a_file_beyond_its_size_is_neither_written_nor_read(
    stacks: Path, cache: SpecCache, monkeypatch: pytest.MonkeyPatch
):
    ledger_of(stacks, cache)
    monkeypatch.setattr(spec_cache, "MOST_BYTES", kept(cache).stat().st_size - 1)
    assert spec_cache._read(kept(cache)) == {}
    kept(cache).unlink()
    assert ledger_of(stacks, cache) == ledger_of(stacks, None)
    assert list(cache.folder.iterdir()) == []


def test_runs_at_the_same_time_find_one_or_the_other_whole(stacks: Path, cache: SpecCache):
    quota = quota_file()
    names = [{(f"s{n}", "text"): FACTS for n in range(first, first + 200)} for first in (0, 200)]

    def run(number: int) -> int:
        known = cache.of(stacks, quota)
        assert known is not None
        found = sum(known.get(f"s{n}", "text") is not None for n in range(400))
        known.save(names[number % 2])
        return found

    run(0)
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(run, range(60))) == {200}
    assert [file.name for file in cache.folder.iterdir()] == [kept(cache).name]


# As a user meets it


def run(project: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "weighbridge", *arguments],
        cwd=project,
        env={**os.environ, "COLUMNS": "100", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("quota",),
        *(
            pytest.param(rest, marks=pytest.mark.slow)
            for rest in (("validate",), ("runbook", "ranker", "-s", "prod"), ("dashboard", "prod"))
        ),
    ],
)
def test_each_command_prints_the_same(tmp_path: Path, arguments: tuple[str, ...]):
    project = tmp_path / "project"
    project.mkdir()
    copy_project(project)
    without = run(project, *arguments)
    kept = {"CI": "", "XDG_CACHE_HOME": str(tmp_path / "xdg")}
    assert [run(project, *arguments, **kept) for _ in range(2)] == [without, without]
    assert len(list((tmp_path / "xdg" / "weighbridge").iterdir())) == 1
    assert without[0] == 0
