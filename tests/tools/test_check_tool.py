"""tools/check: the repository holds to its own rules, and the checks can fail."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def check():
    loader = importlib.machinery.SourceFileLoader("check", str(ROOT / "tools" / "check"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check", loader))
    loader.exec_module(module)
    return module


def test_layers(check):
    assert list(check.check_layers()) == []


def test_headers(check):
    assert list(check.check_headers()) == []


def test_tables(check):
    assert list(check.check_tables()) == []


def test_docs(check, aludel):
    assert list(check.check_docs(aludel)) == []


def test_an_upward_include_is_found(check, tmp_path, monkeypatch):
    (tmp_path / "LAYERS").write_text("base\nsqla\nrules gen\n")
    for folder, include in [("base", "sqla/x.h"), ("rules", "gen/y.h"), ("gen", "base/z.h")]:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.c").write_text('#include "%s"\n' % include)
    monkeypatch.setattr(check, "SRC", tmp_path)
    monkeypatch.setattr(check, "ROOT", tmp_path)
    assert [line.split(":")[0] for line in check.check_layers()] == ["base/a.c", "rules/a.c"]


def test_a_mutable_global_is_found(check, tmp_path):
    folder = tmp_path / "src" / "x.a.p"
    folder.mkdir(parents=True)
    (tmp_path / "a.c").write_text("static int n;\nint f(void);\nint f(void) { return n++; }\n")
    (tmp_path / "b.c").write_text("extern const int t[];\nconst int t[] = {1, 2};\n")
    for name in "ab":
        subprocess.run(["cc", "-c", tmp_path / (name + ".c"), "-o", folder / (name + ".o")], check=True)
    found = list(check.check_globals(tmp_path))
    assert len(found) == 1 and found[0].startswith("a.o: 4 bytes")
