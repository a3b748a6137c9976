"""What is installed into another environment: the Weighbridge that runs, wherever it came from."""

from importlib.metadata import PackageNotFoundError

import pytest

from weighbridge.stacks import install_command as module
from weighbridge.stacks.install_command import install_command

COMMIT = "6c4cafd2a0b1f3e5d7c9b8a70695847362514031"


class RecordedSource:
    def __init__(self, direct_url):
        self.direct_url = direct_url

    def read_text(self, name):
        assert name == "direct_url.json"
        return self.direct_url


@pytest.mark.parametrize(
    ("direct_url", "words"),
    [
        (None, ""),
        ('{"url": "file:///srv/weigh%20bridge", "dir_info": {}}', "'/srv/weigh bridge' "),
        ('{"url": "file:///srv/weighbridge", "dir_info": {"editable": true}}', "/srv/weighbridge "),
        (
            f'{{"url": "https://git.example/w.git", "vcs_info": {{"vcs": "git", "commit_id": "{COMMIT}"}}}}',
            f"git+https://git.example/w.git@{COMMIT} ",
        ),
        ('{"url": "https://files.example/w-0.1.0.whl", "archive_info": {}}', "https://files.example/w-0.1.0.whl "),
    ],
)
def test_what_came_from_no_index_is_named_beside_the_requirements(direct_url, words, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "distribution", lambda _: RecordedSource(direct_url))
    assert install_command(tmp_path, ".venv") == f".venv/bin/pip install {words.rstrip() or 'weighbridge'}"
    (tmp_path / "requirements.txt").touch()
    assert install_command(tmp_path, "env") == f"env/bin/pip install {words}-r requirements.txt"


def test_one_that_is_not_installed_at_all_goes_by_its_name(monkeypatch, tmp_path):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "distribution", missing)
    assert install_command(tmp_path, ".venv") == ".venv/bin/pip install weighbridge"
