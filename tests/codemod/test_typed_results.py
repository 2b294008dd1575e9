"""What type checkers took before is taken after: random modules with annotations."""

import subprocess

import pytest

import typed_programs
from conftest import VENVS


def type_errors(venv, folder, cache):
    run = subprocess.run(
        [
            VENVS / "test" / "bin" / "python",
            "-m",
            "mypy",
            "--python-executable",
            VENVS / venv / "bin" / "python",
            "--cache-dir",
            cache / venv,
            "--config-file=",
            "--no-error-summary",
            ".",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return [line for line in run.stdout.splitlines() if ": error:" in line]


def write(folder, seeds):
    folder.mkdir()
    for seed in seeds:
        (folder / f"module_{seed}.py").write_text(typed_programs.module(seed))


def compare(aludel, tmp_path, seeds):
    write(tmp_path / "before", seeds)
    assert type_errors("sa20", tmp_path / "before", tmp_path) == []
    for target, venv in ("2.0", "sa20"), ("2.1", "sa21"):
        folder = tmp_path / target
        write(folder, seeds)
        args = ("--isolated", "--profile", "modern", "--target", target)
        run = aludel.run("modernize", *args, "--write", ".", cwd=folder)
        assert run.code in (0, 1) and run.err == "", run
        assert aludel.run("modernize", *args, "--diff", ".", cwd=folder).out == ""
        assert "session.query(" not in (folder / f"module_{seeds[0]}.py").read_text()
        assert type_errors(venv, folder, tmp_path) == []


def test_types(aludel, tmp_path):
    compare(aludel, tmp_path, range(40))


@pytest.mark.oracle
@pytest.mark.parametrize("first", range(1000, 5000, 500))
def test_types_at_length(aludel, tmp_path, first):
    compare(aludel, tmp_path, range(first, first + 500))
