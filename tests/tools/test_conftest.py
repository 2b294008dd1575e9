"""The fixtures themselves: a crash never passes for a result."""

import subprocess

import pytest


@pytest.fixture
def program(aludel, tmp_path):
    def make(script):
        path = tmp_path / "program"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        return type(aludel)(path)

    return make


def test_result(program):
    result = program('cat; echo "$1" >&2; exit 3').run("one", input="two")
    assert (result.code, result.out, result.err) == (3, "two", "one\n")


def test_arguments_as_list_and_environment(program):
    result = program('echo "$1 $NAME"').run(["a"], env={"NAME": "b"})
    assert result.out == "a b\n"


def test_crash_fails(program):
    with pytest.raises(AssertionError):
        program("kill -SEGV $$").run()


def test_sanitizer_report_fails(program):
    with pytest.raises(AssertionError):
        program('exit "${ASAN_OPTIONS##*exitcode=}"').run()


def test_versions(sa14, sa20, sa21):
    code = "import sqlalchemy; print('.'.join(sqlalchemy.__version__.split('.')[:2]))"
    found = [subprocess.check_output([p, "-c", code], text=True).strip() for p in (sa14, sa20, sa21)]
    assert found == ["1.4", "2.0", "2.1"]


def test_each_sa(each_sa):
    subprocess.check_call([each_sa, "-c", "import sqlalchemy, alembic"])
