"""Fixtures of all tests: the program under test and the environments it is held against.

ALUDEL        the program; else build/release/aludel, else build/asan/aludel
ALUDEL_VENVS  the folder of the virtual environments; else build/venvs

Whatever is missing fails the test that asks for it. Nothing is skipped.
"""

import os
import pathlib
import subprocess

import pytest

from servers import mariadb, postgresql  # noqa: F401 (fixtures)

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENVS = pathlib.Path(os.environ.get("ALUDEL_VENVS") or ROOT / "build" / "venvs")
VERSIONS = ("sa14", "sa20", "sa21")
SANITIZER_CODE = 86  # see run(): no result of Aludel's own


class Result:
    """What one run gave. `out` and `err` are text; `out_bytes` is what was written."""

    def __init__(self, done):
        self.code = done.returncode
        self.out_bytes = done.stdout
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    def __repr__(self):
        return "exit %d\n--- out\n%s\n--- err\n%s" % (self.code, self.out, self.err)


class Aludel(str):
    """The path of the program, and a way to run it.

    result = aludel.run("check", "--select", "Q101", "app.py", cwd=folder)
    """

    def run(self, *args, input=None, cwd=None, env=None, timeout=120):
        """Runs the program. Arguments may also come as one list. `env` is added to the environment.

        A crash, a sanitizer's report or a hang is never a result: it fails the test.
        """
        if len(args) == 1 and isinstance(args[0], (list, tuple)):
            args = args[0]
        if isinstance(input, str):
            input = input.encode("utf-8")
        variables = dict(os.environ, NO_COLOR="1", **(env or {}))
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            variables[name] = variables.get(name, "") + ":exitcode=%d" % SANITIZER_CODE
        variables["UBSAN_OPTIONS"] += ":halt_on_error=1:print_stacktrace=1"
        done = subprocess.run(
            [self, *map(str, args)],
            input=input if input is not None else b"",
            capture_output=True,
            cwd=cwd,
            env=variables,
            timeout=timeout,
        )
        result = Result(done)
        crashed = done.returncode < 0 or done.returncode == SANITIZER_CODE
        assert not crashed, "aludel %s: %r" % (" ".join(map(str, args)), result)
        return result

    __call__ = run


def find_aludel():
    named = os.environ.get("ALUDEL")
    choices = [named] if named else [ROOT / "build" / b / "aludel" for b in ("release", "asan")]
    for choice in choices:
        if os.access(choice, os.X_OK):
            return str(pathlib.Path(choice).resolve())
    pytest.fail("no program to test: %s" % ", ".join(map(str, choices)))


def python_of(name):
    python = VENVS / name / "bin" / "python"
    if not os.access(python, os.X_OK):
        pytest.fail("%s is missing: run tools/setup_venvs.sh" % python)
    return str(python)


@pytest.fixture(scope="session")
def aludel():
    return Aludel(find_aludel())


@pytest.fixture(scope="session")
def sa14():
    """The Python that has SQLAlchemy 1.4."""
    return python_of("sa14")


@pytest.fixture(scope="session")
def sa20():
    """The Python that has the newest SQLAlchemy 2.0."""
    return python_of("sa20")


@pytest.fixture(scope="session")
def sa21():
    """The Python that has the newest SQLAlchemy 2.1."""
    return python_of("sa21")


@pytest.fixture(scope="session")
def models_python():
    """The Python of the environment with published packages that have models."""
    return python_of("models")


@pytest.fixture(scope="session", params=VERSIONS)
def each_sa(request):
    """One Python for each SQLAlchemy, one after the other."""
    return python_of(request.param)


@pytest.fixture(scope="session")
def program(aludel):
    """Finds a small C program that shows one module, built with the unit tests."""

    def find(name):
        for build in (pathlib.Path(aludel).parent, ROOT / "build" / "asan"):
            path = build / "tests" / name
            if os.access(path, os.X_OK):
                return str(path)
        pytest.fail("%s was not built: meson setup build/asan -Dtests=true" % name)

    return find


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory):
    """A folder that mypy keeps what it knows of SQLAlchemy in, for all tests of a run."""
    return str(tmp_path_factory.mktemp("mypy"))


def pytest_configure(config):
    config.addinivalue_line("markers", "oracle: a long run, started by `make oracle`")
