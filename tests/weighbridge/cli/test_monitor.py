"""`weighbridge monitor`, once and as a real exporter that is scraped over loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from tests.support.google_apis import google_apis
from tests.support.monitor_data import table, write
from tests.support.otlp_collector import otlp_receiver, values_sent
from tests.support.paths import ROOT
from tests.support.processes import PATIENCE_SECONDS, free_ports
from tests.support.specs import CATALOG, prod
from weighbridge.cli import terminal
from weighbridge.cli.main import app
from weighbridge.drift_monitor.config import config_of
from weighbridge.drift_monitor.plan import plan_monitors
from weighbridge.drift_monitor.series import METRICS

MEASURED_IN_PROD = (
    "those that are measured: ranker, click-features, ranker-training, embedder-training, ranker-validation"
)
KEY = "projects/example-ml/secrets/otlp-key/versions/latest"
NO_COLLECTOR = (
    "--otlp: expected an address such as http://localhost:4317, over gRPC, or http://localhost:4318/v1/metrics, over "
    "HTTP; without user, password and query"
)
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
CONFIG = """version: 1
pipeline: clicks
stage: data
runs: runs/
watch:
  baseline: data/baseline.parquet
  window: data/latest/
  features: [item_price, country, member]
  labels: [clicked]
  every: 1s
"""


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project whose prod.yaml watches local files."""
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    spec = tmp_path / "stacks/prod.yaml"
    text = spec.read_text().replace("gs://example-ml-data/click-features/", "data/")
    text = text.replace(
        "[user_age_days, item_price, country, clicks_1h]\n      labels", "[item_price, country, member]\n      labels"
    )
    text = text.replace(
        "    runs: gs://example-ml-runs/click-features/        # each run leaves its status file here\n", ""
    )
    spec.chmod(0o644)
    spec.write_text(text)
    (tmp_path / "monitor.yaml").write_text(CONFIG)
    write(table(), tmp_path / "data/baseline.parquet", NOW)
    write(table(seed=2), tmp_path / "data/latest/part.parquet", NOW - timedelta(minutes=5))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(terminal, "now", lambda: NOW)
    return tmp_path


def once(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["monitor", *arguments, "--once"])
    return result.exit_code, result.stdout, result.stderr


def test_nothing_over_its_threshold(project):
    code, out, err = once("click-features", "-s", "prod")

    assert code == 0
    lines = out.splitlines()
    assert lines[:4] == [
        "click-features (data): nothing is over its threshold",
        "",
        "Window: 2,000 rows, newest file 2026-11-20 07:55 UTC (5m ago)",
        "The window before is not known yet",
    ]
    assert lines[4].split() == ["column", "role", "training", "noise", "previous", "noise", "missing", "invalid"]
    assert re.fullmatch(
        r"2026-11-20T08:00:00Z click-features: window of 2,000 rows, 4 columns; farthest item_price, 0\.\d{3} from "
        r"training; all read; \d\.\d s\n",
        err,
    )


def test_drift_is_first_with_what_to_do_within_80_columns(project):
    write(table(seed=3, shift=3, countries=("de", "jp")), project / "data/latest/part.parquet", NOW)
    code, out, _ = once("click-features", "-s", "prod")

    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "click-features (data): 4 over a threshold"
    assert re.fullmatch(r"! (country|item_price): 0\.\d{3} from the baseline, above feature_skew 0\.3", lines[1])
    assert lines[3:5] == [
        "    compare its values with the other sample's; check what was released",
        "    upstream, units, join keys",
    ]
    assert any(
        re.fullmatch(r"! country: \d\d\.\d% invalid \(never seen in the baseline\), above invalid 1%", line)
        for line in lines
    )
    rows = [line.split() for line in lines[-4:]]
    assert [row[0] for row in rows][:2] in (["item_price", "country"], ["country", "item_price"])
    assert [row[-1] for row in rows][:2] == ["far", "far"]
    assert max(map(len, lines)) <= 80


def test_distances_of_few_rows_are_shown_and_not_judged(project):
    write(table(rows=500, seed=3, shift=3), project / "data/latest/part.parquet", NOW)
    code, out, _ = once("click-features", "-s", "prod")

    assert "Fewer than 1,000 rows (least_rows): distances are shown, not judged" in out
    assert "above feature_skew" not in out
    assert code == 1  # values out of range need no distance
    assert "outside the baseline's range" in out


def test_a_stage_whose_distances_no_alert_watches_says_so(project):
    """Without it, a training set that has moved far away would look calm."""
    (project / "monitor.yaml").write_text(CONFIG.replace("stage: data", "stage: training"))

    _, out, _ = once("--config", "monitor.yaml")

    assert "No alert watches distances of the stage training: they are shown, not judged" in out


def test_columns_that_the_baseline_lacks_have_their_place_in_the_spec(project):
    spec = project / "stacks/prod.yaml"
    spec.write_text(spec.read_text().replace("[item_price, country, member]", "[item_price, contry, zip]"))
    line = next(index for index, text in enumerate(spec.read_text().splitlines(), 1) if "contry" in text)

    code, out, err = once("click-features", "-s", "prod")

    lacks, has = "the baseline data/baseline.parquet has no column", "but item_price, country, member and clicked."
    place = "pipelines.click-features.watch.features"
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"stacks/prod.yaml:{line}:30: {place}[1]: {lacks} 'contry', {has} Did you mean `country`?",
        f"stacks/prod.yaml:{line}:38: {place}[2]: {lacks} 'zip', {has}",
    ]


def test_with_a_config_the_place_is_the_configs(project):
    (project / "monitor.yaml").write_text(CONFIG.replace("country", "contry"))
    code, _, err = once("--config", "monitor.yaml")
    assert code == 2
    assert err.startswith(
        "monitor.yaml:8:26: watch.features[1]: the baseline data/baseline.parquet has no column 'contry'"
    )


def test_values_that_name_slices_move_no_cursor(project):
    for file in ("data/baseline.parquet", "data/latest/part.parquet"):
        write(table(countries=("de\x1b[31m", "us\n")), project / file, NOW)
    (project / "monitor.yaml").write_text(CONFIG.replace("labels: [clicked]", "slices: [country]"))
    _, out, _ = once("--config", "monitor.yaml")
    assert [line.split()[0] for line in out.splitlines() if "country=" in line] == [
        r"country=de\x1b[31m",
        r"country=us\n",
    ]
    assert "\x1b" not in out


def test_what_could_not_be_read(project):
    (project / "data/latest/part.parquet").write_bytes(b"PAR1")
    code, out, err = once("click-features", "-s", "prod")
    assert (code, out) == (3, "click-features (data): could not read: window\n")
    assert " window: data/latest/part.parquet can't be read: " in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say what to measure: NAME with --stack, or --config FILE"),
        (("x", "-s", "prod", "--config", "monitor.yaml"), "say what to measure: NAME with --stack, or --config FILE"),
        (("-s", "dev"), "nothing in dev is measured: give an endpoint or a pipeline `watch`, or `runs`"),
        (
            ("-s", "prod"),
            (
                "which endpoint or pipeline of prod? These are measured: ranker, click-features, ranker-training, "
                "embedder-training, ranker-validation. Add its name, such as: weighbridge monitor ranker -s prod"
            ),
        ),
        (
            ("rankr", "-s", "prod"),
            f"prod has no endpoint or pipeline 'rankr'; {MEASURED_IN_PROD}. Did you mean `ranker`?",
        ),
        (
            ("prototypes", "-s", "prod"),
            "prototypes has neither `watch` nor `runs` in prod, so there is nothing to measure: add one",
        ),
        (("ranker", "--config", "monitor.yaml"), "monitor.yaml is about clicks, not ranker: name that one, or none"),
        (
            ("--config", "monitor.yaml", "--listen", "9108"),
            '--listen: expected an address such as 127.0.0.1:9108 or :9108, got "9108"',
        ),
        (
            ("--config", "monitor.yaml", "--otlp", "localhost:4317"),
            NO_COLLECTOR,
        ),
        (
            ("--config", "monitor.yaml", "--otlp", "http://localhost:4317"),
            "--otlp: --once sends nothing, only a monitor that goes on measuring does: leave one out",
        ),
        (
            ("--config", "monitor.yaml", "--listen", "a:99999"),
            '--listen: expected an address such as 127.0.0.1:9108 or :9108, got "a:99999"',
        ),
    ],
)
def test_wrong_usage(project, arguments, message):
    assert once(*arguments) == (2, "", f"weighbridge: {message}\n")


@pytest.mark.parametrize("module", ["prometheus_client", "pyarrow", "py3langid"])
def test_without_its_extra_it_says_what_to_install(project, monkeypatch, module):
    text = CONFIG.replace("[clicked]\n", "[clicked]\n  texts: [country]\n")
    (project / "monitor.yaml").write_text(text)
    monkeypatch.setitem(sys.modules, module, None)
    message = f"weighbridge: {module} is not installed: pip install 'weighbridge[monitor]'\n"
    assert once("--config", "monitor.yaml") == (3, "", message)


@pytest.mark.parametrize(
    ("window", "extras"),
    [("bq://example-ml.serving.clicks", "monitor,tables,cloud"), ("spark://lake.serving.clicks", "monitor,spark")],
)
def test_without_ibis_it_says_which_extra_counts_the_table(project, monkeypatch, window, extras):
    (project / "monitor.yaml").write_text(CONFIG.replace("data/latest/", window))
    monkeypatch.setitem(sys.modules, "ibis", None)
    assert once("--config", "monitor.yaml") == (
        3, "", f"weighbridge: ibis is not installed: pip install 'weighbridge[{extras}]'\n"
    )  # fmt: skip


# The exporter as a process.


def replay(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["monitor", "--config", "monitor.yaml", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def past(project) -> Path:
    """Windows of three days, of which the last one is shifted."""
    text = CONFIG.replace(", country, member]", "]").replace("runs: runs/\n", "")
    (project / "monitor.yaml").write_text(text)
    for day, shift in ((18, 0), (19, 0), (20, 3)):
        at = datetime(2026, 11, day, tzinfo=UTC)
        write(table(seed=day, shift=shift), project / f"past/dt=2026-11-{day}/part.parquet", at)
    return project


def test_a_replay_says_what_each_window_would_have_raised_within_80_columns(past):
    code, out, _ = replay("--replay", "past", "--windows", "2")
    assert code == 1
    assert max(map(len, out.splitlines())) <= 80
    shown = re.sub(r"0\.5\d\d", "0.5nn", re.sub(r"0\.\d%", "0.n%", out))
    assert (
        shown
        == """\
clicks (data): 1 of the last 2 windows of past would have raised an alert
  dt=2026-11-19: 2,000 rows
! dt=2026-11-20: 2,000 rows
    feature-skew: item_price: 0.5nn from the baseline, above feature_skew 0.3
    feature-drift: item_price: 0.5nn from the window before, above feature_drift
      0.1

Highest: the largest value that chance does not explain, - where there is none
  signal          threshold  windows  highest  of          window
  feature-skew    0.3              1    0.5nn  item_price  dt=2026-11-20
  feature-drift   0.1              1    0.5nn  item_price  dt=2026-11-20
  label-skew      0.1              0        -  -           -
  label-drift     0.1              0        -  -           -
  missing-values  5%               0        -  -           -
  invalid-values  1%               0     0.n%  item_price  dt=2026-11-20
"""
    )


def test_a_replay_of_windows_that_raise_nothing_is_good(past):
    shutil.rmtree(past / "past/dt=2026-11-20")
    code, out, _ = replay("--replay", "past")
    assert (code, out.splitlines()[0]) == (
        0,
        "clicks (data): 0 of the last 2 windows of past would have raised an alert",
    )
    assert "feature-skew    0.3              0        -" in out


def test_a_window_that_cannot_be_read_is_told_and_the_next_compared_with_the_one_before_it(past):
    (past / "past/dt=2026-11-19/part.parquet").write_bytes(b"PAR1")
    code, out, _ = replay("--replay", "past")
    assert code == 3
    assert "1 of the last 3 windows of past would have raised an alert; 1\n  could not be read\n" in out
    assert "? dt=2026-11-19: past/dt=2026-11-19/part.parquet can't be read: " in out
    assert "feature-drift: item_price: 0.5" in out


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (("past", "nowhere"), 3, "weighbridge: there is no Parquet or CSV file in nowhere\n"),
        (("data/baseline.parquet", "data/gone.parquet"), 3, "weighbridge: there is no file data/gone.parquet\n"),
        (("item_price", "price"), 2, "has no column 'price', but item_price"),
    ],
)
def test_what_is_wrong_with_a_replay(past, change, code, message):
    (past / "monitor.yaml").write_text((past / "monitor.yaml").read_text().replace(*change))
    found, _, err = replay("--replay", "past".replace(*change))
    assert found == code
    assert message in err
    assert "Traceback" not in err


class Exporter:
    """A running exporter; `address` is where it listens."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self.log = process, log
        found = self.until(lambda: re.search(r"listening on (http://127\.0\.0\.1:\d+)/metrics", log.read_text()))
        self.address = found[1]

    def until(self, found: Callable[[], object]):
        """What is found, in time."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if got := found():
                return got
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise AssertionError(f"not within {PATIENCE_SECONDS:.0f} s; the log says:\n{self.log.read_text()}")

    def scrape(self) -> dict[tuple[str, ...], float]:
        """All values by the metric's name and its labels but pipeline and stage, which are checked."""
        answer = requests.get(f"{self.address}/metrics", timeout=PATIENCE_SECONDS)
        assert answer.headers["Content-Type"].startswith("text/plain")
        values = {}
        for family in text_string_to_metric_families(answer.text):
            assert family.type == "gauge"
            assert family.documentation
            for sample in family.samples:
                labels = dict(sample.labels)
                assert (labels.pop("pipeline"), labels.pop("stage")) == ("clicks", "data")
                names = METRICS[sample.name].labels
                assert labels.keys() == set(names)
                values[sample.name, *(labels[name] for name in names)] = sample.value
        return values

    def value(self, *name: str) -> float | None:
        return self.scrape().get(name)


@contextmanager
def exporter(project: Path, *more: str, run: tuple[str, ...] = ("-m", "weighbridge", "monitor")) -> Iterator[Exporter]:
    log = project / f"log-{time.monotonic_ns()}.txt"
    command = [sys.executable, *run, "--config", "monitor.yaml", "--listen", "127.0.0.1:0", *more]
    with log.open("w") as stream:
        process = subprocess.Popen(command, cwd=project, stderr=stream, stdout=stream, text=True)
    try:
        yield Exporter(process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def end(one: Exporter, number: int) -> None:
    """A signal ends it with 0 and without a word of Python's."""
    one.process.send_signal(number)
    assert one.process.wait(PATIENCE_SECONDS) == 0, one.log.read_text()
    assert "Traceback" not in one.log.read_text()


MEASURED = ("ml_window_rows",)


def test_a_scrape_has_everything_and_the_end_is_clean(project):
    with exporter(project) as one:
        one.until(lambda: one.value(*MEASURED))
        values = one.scrape()
        health = requests.get(f"{one.address}/healthz", timeout=PATIENCE_SECONDS)
        lost = requests.get(f"{one.address}/other", timeout=PATIENCE_SECONDS)
        end(one, signal.SIGTERM)

    assert (health.status_code, health.text, lost.status_code) == (200, "ok\n", 404)
    assert values["ml_window_rows",] == 2000
    assert values["ml_window_timestamp_seconds",] == (NOW - timedelta(minutes=5)).timestamp()
    numbers = ("jensen-shannon", "population-stability-index", "l-infinity", "wasserstein")
    assert all(0 <= values["ml_feature_distance", "item_price", method, "training"] < 0.1 for method in numbers)
    categories = ("l-infinity", "chi-square", "jensen-shannon")
    assert all(("ml_feature_distance", "country", method, "training") in values for method in categories)
    assert {key[2] for key in values if key[:2] == ("ml_feature_distance_noise", "country")} == {"l-infinity"}
    assert {key[2] for key in values if key[:2] == ("ml_label_distance_noise", "clicked")} == {"jensen-shannon"}
    reasons = {key[2] for key in values if key[:2] == ("ml_feature_invalid_ratio", "clicked")}
    assert reasons == {"type", "range", "unseen"}
    assert values["ml_pipeline_last_success_timestamp_seconds",] == 0
    assert {key[1]: value for key, value in values.items() if key[0] == "ml_monitor_errors"} == {
        "baseline": 0, "window": 0, "runs": 0
    }  # fmt: skip
    assert abs(values["ml_monitor_last_success_timestamp_seconds",] - time.time()) < 60
    assert values["ml_monitor_measure_seconds",] > 0
    assert not [key for key in values if "previous" in key]


def test_a_deployed_monitor_sends_what_is_scraped_to_the_collector_of_the_spec(project, monkeypatch):
    """Its config as it is deployed, with the collector's service on this machine; run by hand it sends nothing."""
    otlp = f"  otlp: {{endpoint: 'https://collector.example.com', headers: {{x-api-key: {KEY}}}}}\n"
    spec = prod(("monitoring:\n", f"monitoring:\n{otlp}"))
    (plan,) = (plan for plan in plan_monitors(spec, CATALOG) if plan.subject == "click-features")
    secrets = {KEY: {"payload": {"data": "c2VjcmV0"}}}
    with otlp_receiver() as receiver, google_apis(secrets=secrets) as apis:
        monkeypatch.setenv("WEIGHBRIDGE_GOOGLE_APIS", apis.url)
        monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "token")
        config = json.loads(plan.config)
        watch = {"baseline": "data/baseline.parquet", "window": "data/latest/", "features": ["item_price"]}
        config["otlp"]["endpoint"] = receiver.http_endpoint
        config |= {"pipeline": "clicks", "watch": watch, "runs": "runs/"}
        (project / "monitor.yaml").write_text(json.dumps(config))
        with exporter(project) as one:
            one.until(lambda: one.value(*MEASURED))
            request, headers = receiver.messages.get(timeout=PATIENCE_SECONDS)
            end(one, signal.SIGTERM)
    assert headers["x-api-key"] == "secret"
    assert "ml_monitor_errors" in {name for name, _ in values_sent(request)}
    assert "otlp" not in one.log.read_text()
    assert config_of("click-features", spec).otlp is None


@pytest.mark.slow
def test_values_outlive_the_window_and_a_restart_knows_the_window_before(project):
    with exporter(project, "--state", "state") as one:
        one.until(lambda: one.value(*MEASURED))
        (project / "data/latest/part.parquet").unlink()
        one.until(lambda: one.value("ml_monitor_errors", "window"))
        kept = one.scrape()
        assert kept[MEASURED] == 2000
        last = kept["ml_monitor_last_success_timestamp_seconds",]

        write(table(rows=1500, seed=3, shift=4), project / "data/latest/part.parquet", NOW)
        one.until(lambda: one.value(*MEASURED) == 1500)
        changed = one.scrape()
        assert changed["ml_monitor_last_success_timestamp_seconds",] > last
        assert changed["ml_feature_distance", "item_price", "jensen-shannon", "previous"] > 0.5
        end(one, signal.SIGINT)
    with exporter(project, "--state", "state") as again:
        again.until(lambda: again.value(*MEASURED))
        name = ("ml_feature_distance", "item_price", "jensen-shannon", "previous")
        assert again.value(*name) == pytest.approx(changed[name])


HANGS = """
import sys, threading
from weighbridge.__main__ import main
from weighbridge.drift_monitor.measure import DriftMonitor

DriftMonitor.measure = lambda self: threading.Event().wait()
main()
"""


@pytest.mark.slow
def test_a_measurement_that_hangs_does_not_hold_up_the_end(project):
    with exporter(project, run=("-c", HANGS, "monitor")) as one:
        assert requests.get(f"{one.address}/healthz", timeout=PATIENCE_SECONDS).ok
        end(one, signal.SIGTERM)


def test_a_baseline_without_a_column_ends_the_exporter_with_2_and_no_traceback(project):
    (project / "monitor.yaml").write_text(CONFIG.replace("country", "contry"))
    command = [sys.executable, "-m", "weighbridge", "monitor", "--config", "monitor.yaml", "--listen", "127.0.0.1:0"]
    ran = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert ran.returncode == 2
    assert "monitor.yaml:8:26: watch.features[1]: the baseline data/baseline.parquet has no column" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.slow
def test_an_address_in_use_is_said(project):
    with exporter(project) as one:
        taken = one.address.removeprefix("http://")
        command = [sys.executable, "-m", "weighbridge", "monitor", "--config", "monitor.yaml", "--listen", taken]
        ran = subprocess.run(
            command, cwd=project, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )
    assert ran.returncode == 2
    assert ran.stderr == f"weighbridge: --listen: can't listen on {taken}: Address already in use\n"


def test_a_replay_without_credentials_ends_at_once_and_says_why(past, monkeypatch):
    (port,) = free_ports(1)
    monkeypatch.setenv("HOME", str(past))
    monkeypatch.setenv("GCE_METADATA_ROOT", f"127.0.0.1:{port}")
    for variable in ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG", "CLOUD_STORAGE_EMULATOR_ENDPOINT"):
        monkeypatch.delenv(variable, raising=False)
    began = time.monotonic()
    code, out, err = replay("--replay", "gs://example-ml-data/windows/")
    assert (code, out) == (3, "")
    assert err == (
        "weighbridge: there are no credentials for Google Cloud: run `gcloud auth application-default login`, or name "
        "a file of them in GOOGLE_APPLICATION_CREDENTIALS\n"
    )
    assert time.monotonic() - began < 10 * max(1, os.getloadavg()[0])


def test_once_without_credentials_ends_at_once_and_says_why(tmp_path):
    (port,) = free_ports(1)
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin", "GCE_METADATA_ROOT": f"127.0.0.1:{port}"}
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "weighbridge", "monitor", "ranker", "-s", "prod", "--once"], cwd=ROOT, env=environment,
        capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert ran.returncode == 3
    assert ran.stdout.startswith("ranker (serving): could not read: baseline, quality\n")
    for source in ("baseline", "quality"):
        assert f" {source}: there are no credentials for Google Cloud: run `gcloud auth applic" in ran.stderr
    assert time.monotonic() - began < 10 * max(1, os.getloadavg()[0])
