"""`weighbridge dashboard` as a user runs it: the layout, and the curves of a real Prometheus with a day that drifts."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from tests.support import prometheus
from tests.support.dashboard_series import openmetrics
from tests.support.paths import GOLDEN, ROOT
from tests.support.processes import PATIENCE_SECONDS, free_ports
from weighbridge.cli import terminal
from weighbridge.cli.main import app

EXPECTED = GOLDEN / "dev"
SVG = "{http://www.w3.org/2000/svg}"
NO_ADDRESS = "PROMETHEUS_URL has to be an http or https address without user, query and fragment"
END = datetime(2026, 11, 24, 18, tzinfo=UTC)


@pytest.fixture
def run(monkeypatch):
    """Runs the command; gives the exit code, and what was printed on stdout and stderr together."""
    monkeypatch.setattr(terminal, "now", lambda: END)
    for name in ("PROMETHEUS_URL", "PROMETHEUS_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def invoke(*arguments):
        ran = CliRunner().invoke(app, ["dashboard", *map(str, arguments), "-C", str(ROOT)])
        return ran.exit_code, ran.output

    return invoke


@pytest.fixture(scope="module")
def server():
    with ExitStack() as stack:
        yield prometheus.or_skip(lambda: stack.enter_context(prometheus.serving(openmetrics(END))))


def charts(text):
    """Every tile that is a chart, by what a screen reader says of it."""
    root = ET.fromstring(text)  # noqa: S314 - our own text
    return [(element.get("aria-label"), element) for element in root.iter(f"{SVG}svg") if element.get("aria-label")][1:]


def words(tile):
    return ["".join(element.itertext()) for element in tile.iter(f"{SVG}text")]


@pytest.mark.parametrize("ending", ["svg", "txt"])
def test_the_dashboards_of_dev(run, tmp_path, update_golden, ending):
    golden = EXPECTED / f"dashboards.{ending}"
    more = ["--format", "text"] if ending == "txt" else []
    code, output = run("dev", "-o", tmp_path / f"dev.{ending}", *more)

    assert (code, output) == (0, f"wrote {tmp_path / f'dev.{ending}'}\n")
    found = (tmp_path / f"dev.{ending}").read_text(encoding="utf-8")
    if update_golden:
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8"), (
        "if this is meant: pytest tests/test_dashboard_cli.py --update-golden"
    )


def test_a_day_of_production_that_drifts(server, run, tmp_path):
    code, output = run("prod", "-o", tmp_path / "prod.svg", "--prometheus", server)

    assert (code, output) == (0, f"wrote {tmp_path / 'prod.svg'}\n")
    found = charts((tmp_path / "prod.svg").read_text(encoding="utf-8"))
    assert not [label for label, tile in found if any(line.startswith("error") for line in words(tile))]
    blank = {label for label, tile in found if "no data" in words(tile)}
    # No series of nodes, of accelerators and of the experiment's use was made.
    assert blank == {
        "Nodes in count",
        "Cost by pool in USD/h",
        "Cost of all pools in USD/h, threshold: budget 57.53",
        "Accelerators busy in share",
        "Accelerator memory used in share",
        "Use against the guarantee in amount, threshold: ticket above 4 for 6h",
        "Use against the guarantee in amount, threshold: ticket above 16 for 6h",
        "Use against the guarantee in amount, threshold: ticket above 0 for 6h",
    }


def test_what_is_wrong_is_seen_above_its_line_and_by_name(server, run, tmp_path):
    run("prod", "-o", tmp_path / "ranker.svg", "--only", "ranker", "--prometheus", server)
    found = dict(charts((tmp_path / "ranker.svg").read_text(encoding="utf-8")))

    skew = found["Features against the training data in distance, threshold: ticket above 0.3 for 30m"]
    assert {"country", "item_price", "ticket above 0.3 for 30m"} <= set(words(skew))
    (line,) = (
        float(element.get("y1")) for element in skew.iter(f"{SVG}line") if element.get("stroke-dasharray") == "6 4"
    )
    ends = [float(element.get("points").split(",")[-1]) for element in skew.iter(f"{SVG}polyline")]
    assert [end < line for end in ends] == [False, True, False, False]  # country, the second by name
    share = found["Share of features that differ in share, threshold: page above 50% for 15m"]
    assert len(list(share.iter(f"{SVG}polyline"))) == 1  # from 0, without a gap
    by_version = found["Error ratio in share"]
    assert {"v8 (candidate)", "v7 (stable)"} <= set(words(by_version))
    assert {"v8 (candidate)", "v7 (stable)"} <= set(words(found["Latency p99 in seconds"]))


def test_a_shorter_span(server, run, tmp_path):
    run("prod", "-o", tmp_path / "q.svg", "--only", "quota", "--prometheus", server, "--hours", "2")
    assert "2026-11-24 16:00 to 2026-11-24 18:00 UTC" in (tmp_path / "q.svg").read_text(encoding="utf-8")


def test_the_json_of_one_dashboard_is_the_api_s_and_all_are_by_name(run):
    code, one = run("dev", "--only", "ranker", "--format", "json")
    assert code == 0
    assert json.loads(one)["displayName"] == "[dev] ranker"
    _, every = run("dev", "--format", "json")
    assert list(json.loads(every)) == ["endpoint-ranker", "overview", "quota"]
    assert json.loads(every)["endpoint-ranker"] == json.loads(one)


def test_the_list_fits_80_columns(run):
    code, output = run("prod")
    assert code == 0
    assert max(map(len, output.splitlines())) <= 80
    assert "    Time since the last successful run      seconds     page above 2h for 10m\n" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prd"], "weighbridge: there is no stack 'prd'; there are dev, prod, staging. Did you mean `prod`?\n"),
        (
            ["dev", "--only", "rankr"],
            "weighbridge: --only rankr: dev has no such dashboard; it has overview, endpoint-ranker, quota\n",
        ),
        (["dev", "-o", "x.png"], "weighbridge: -o x.png: expected a file that ends in .svg or .json, or --format\n"),
        (
            ["dev", "--format", "svg", "--prometheus", "ftp://x"],
            f"weighbridge: {NO_ADDRESS}, such as http://127.0.0.1:9090\n",
        ),
        (
            ["dev", "--format", "svg", "--prometheus", "http://192.0.2.1:9090"],
            "weighbridge: plain http is for a server on this machine: use https for 192.0.2.1\n",
        ),
    ],
)
def test_what_is_wrong_is_said(run, arguments, message):
    assert run(*arguments) == (2, message)


def test_a_server_that_is_not_there(run):
    (port,) = free_ports(1)
    code, output = run("dev", "--format", "svg", "--prometheus", f"http://127.0.0.1:{port}")
    assert (code, output) == (3, f"could not draw: 127.0.0.1:{port} can't be reached: connection refused\n")


class Refuses(BaseHTTPRequestHandler):
    """Answers every query as Prometheus answers one that it can't read."""

    def do_GET(self) -> None:
        body = b'{"status":"error","errorType":"bad_data","error":"parse error: <b> unexpected"}'
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


def test_a_refused_query_is_said_on_its_tile(run, monkeypatch):
    refuses = HTTPServer(("127.0.0.1", 0), Refuses)
    thread = Thread(target=refuses.serve_forever, daemon=True)
    thread.start()
    try:
        monkeypatch.setenv("PROMETHEUS_URL", f"http://127.0.0.1:{refuses.server_port}")
        code, output = run("dev", "--format", "svg", "--only", "ranker")
    finally:
        refuses.shutdown()
        refuses.server_close()
        thread.join(timeout=PATIENCE_SECONDS)
    assert code == 0
    for _, tile in charts(output):
        assert " ".join(words(tile)).endswith("parse error: <b> unexpected")


def test_help_is_quick_and_loads_nothing_heavy():
    script = (
        "import sys, weighbridge.cli.dashboard\n"
        "print([each for each in ('requests', 'numpy', 'promql_parser', 'pydantic') if each in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    )
    assert ran.stdout == "[]\n"
