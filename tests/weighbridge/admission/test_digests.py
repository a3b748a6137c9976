"""Whatever decides a verdict changes its digest; what doesn't, doesn't."""

from weighbridge.admission.digests import limits_digest, pack_digest


def test_a_file_of_the_pack_changes_the_digest_and_what_python_keeps_does_not(tmp_path):
    (tmp_path / "__main__.py").write_text("serve()\n")
    first = pack_digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert pack_digest(tmp_path) == first
    (tmp_path / "__main__.py").write_text("serve( )\n")
    second = pack_digest(tmp_path)
    (tmp_path / "__main__.py").rename(tmp_path / "main.py")
    assert len({first, second, pack_digest(tmp_path)}) == 3


def test_the_package_is_a_part_of_it(tmp_path, monkeypatch):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.setattr("weighbridge.__file__", str(package / "__init__.py"))
    (tmp_path / "pack").mkdir()
    before = pack_digest(tmp_path / "pack")
    (package / "rule.py").write_text("x = 1\n")
    assert pack_digest(tmp_path / "pack") != before


def test_the_shipped_pack_is_one_by_whichever_of_its_folders_it_is_named(tmp_path, monkeypatch):
    package = tmp_path / "weighbridge"
    (package / "policies" / "installed").mkdir(parents=True)
    monkeypatch.setattr("weighbridge.__file__", str(package / "__init__.py"))
    (package / "policies" / "installed" / "__main__.py").write_text("x = 1\n")
    first = pack_digest(package / "policies")
    assert pack_digest(package / "policies" / "installed") == first
    (package / "policies" / "installed" / "__main__.py").write_text("x = 2\n")
    assert pack_digest(package / "policies") == pack_digest(package / "policies" / "installed") != first


def test_the_quota_file_by_its_text():
    assert limits_digest("a: 1\n") != limits_digest("a: 1 \n")
