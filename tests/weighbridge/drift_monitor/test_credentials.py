"""Without credentials a person is told at once, once for all files, and with what to do."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.support.processes import free_ports
from weighbridge.drift_monitor.credentials import found_out_once, refuse_without_credentials, refused_at_once
from weighbridge.drift_monitor.unreadable_data import UnreadableData

LACKING = (
    "there are no credentials for Google Cloud: run `gcloud auth application-default login`, or name a file of them in "
    "GOOGLE_APPLICATION_CREDENTIALS"
)


@contextmanager
def metadata_server(flavor: str | None):
    class MetadataAnswers(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            if flavor is not None:
                self.send_header("Metadata-Flavor", flavor)
            self.end_headers()

        def log_message(self, *_):
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), MetadataAnswers) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield {"GCE_METADATA_ROOT": f"127.0.0.1:{server.server_port}"}
        server.shutdown()


def nowhere():
    return {"GCE_METADATA_ROOT": f"127.0.0.1:{free_ports(1)[0]}"}


def test_nobody_is_signed_in(tmp_path):
    with pytest.raises(UnreadableData) as refused:
        refuse_without_credentials(nowhere(), tmp_path)
    assert str(refused.value) == LACKING


def test_a_server_that_answers_everything_is_no_metadata_server(tmp_path):
    with metadata_server(None) as environment, pytest.raises(UnreadableData):
        refuse_without_credentials(environment, tmp_path)
    with metadata_server("Google") as environment:
        refuse_without_credentials(environment, tmp_path)


@pytest.mark.parametrize("variables", [{}, {"CLOUDSDK_CONFIG": "{}/elsewhere"}])
def test_credentials_that_gcloud_has_written_are_found(variables, tmp_path):
    folder = tmp_path / ("elsewhere" if variables else ".config/gcloud")
    folder.mkdir(parents=True)
    environment = {**nowhere(), **{name: path.format(tmp_path) for name, path in variables.items()}}
    with pytest.raises(UnreadableData):
        refuse_without_credentials(environment, tmp_path)
    (folder / "application_default_credentials.json").touch()
    refuse_without_credentials(environment, tmp_path)


def test_a_file_that_is_named_counts_and_nothing_else(tmp_path):
    file = tmp_path / "key.json"
    with pytest.raises(UnreadableData) as refused:
        refuse_without_credentials({"GOOGLE_APPLICATION_CREDENTIALS": str(file)}, tmp_path)
    assert str(refused.value) == f"GOOGLE_APPLICATION_CREDENTIALS names {file}, and there is no such file"
    file.touch()
    refuse_without_credentials({"GOOGLE_APPLICATION_CREDENTIALS": str(file)}, tmp_path)


def test_a_server_in_place_of_cloud_storage_needs_none(tmp_path):
    refuse_without_credentials({**nowhere(), "CLOUD_STORAGE_EMULATOR_ENDPOINT": "http://127.0.0.1:9"}, tmp_path)


def test_what_was_found_is_not_looked_for_again():
    asked = []

    def look():
        asked.append(1)
        raise UnreadableData("nobody")

    refuse = found_out_once(look)
    for _ in range(3):
        with pytest.raises(UnreadableData, match="nobody"):
            refuse()
    assert asked == [1]
    fine = found_out_once(lambda: asked.append(2))
    fine()
    fine()
    assert asked == [1, 2]


@pytest.mark.parametrize(
    ("paths", "token", "refused"),
    [
        (("gs://b/x.parquet", "window"), "", True),
        (("bq://p/d/t", "gs://b/x"), "", True),
        (("bq://p/d/t",), "a-token", False),
        (("gs://b/x",), "a-token", True),
        (("spark://c/d/t", "gs://b/x"), "", False),
        (("baseline", "window"), "", False),
    ],
)
def test_who_waits_waits_for_nothing_that_nobody_may_read(paths, token, refused, tmp_path):
    store = refused_at_once(paths, tmp_path, {**nowhere(), "GOOGLE_OAUTH_ACCESS_TOKEN": token}, tmp_path)
    assert (store is not None) is refused
    if store is not None:
        with pytest.raises(UnreadableData, match="there are no credentials for Google Cloud"):
            store.file("gs://b/x")
        with pytest.raises(UnreadableData, match="there are no credentials for Google Cloud"):
            store.engine("bq://")


def test_what_is_signed_in_is_read(tmp_path):
    key = tmp_path / "key.json"
    key.touch()
    environment = {"GOOGLE_APPLICATION_CREDENTIALS": str(key)}
    assert refused_at_once(("gs://b/x",), tmp_path, environment, tmp_path) is None
