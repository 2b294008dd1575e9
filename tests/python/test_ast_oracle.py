"""The dump against CPython's own `ast`: every Python on this machine, and 3.14 by Pyodide.

See oracle_ast.py for the conventions. The fast run takes a sample that depends on nothing
but the names of the files; `-m oracle` takes every file.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ORACLE = HERE / "oracle_ast.py"
SOURCES = HERE / "sources"
BATCH = 150
VERSIONS = [(3, minor) for minor in range(8, 16)]
NPM_FOLDER = ROOT / "build" / "npm"


def version_of(python):
    code = "import sys; print(sys.implementation.name, *sys.version_info[:2])"
    try:
        out = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=30)
    except OSError:
        return None
    words = out.stdout.split()
    return (int(words[1]), int(words[2])) if words[:1] == ["cpython"] else None


def find_pythons():
    """One interpreter for each CPython on this machine, by version."""
    found = {}
    candidates = [shutil.which("python%d.%d" % v) for v in VERSIONS]
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    candidates += sorted(pyenv.glob("versions/3.*/bin/python"))
    candidates += [sys.executable]
    for python in candidates:
        version = python and version_of(str(python))
        if version and version >= VERSIONS[0]:
            found.setdefault(version, str(python))
    return dict(sorted(found.items()))


PYTHONS = find_pythons()
NEWEST = max(PYTHONS)


def stdlib_of(python):
    code = "import sysconfig; print(sysconfig.get_path('stdlib'))"
    return pathlib.Path(subprocess.check_output([python, "-c", code], text=True).strip())


def python_files(folder):
    for path in sorted(folder.rglob("*.py")):
        if path.is_file():
            yield path


def stdlib_files(version):
    root = stdlib_of(PYTHONS[version])
    return [p for p in python_files(root) if "site-packages" not in p.relative_to(root).parts]


def package_files():
    venvs = pathlib.Path(os.environ.get("ALUDEL_VENVS", ROOT / "build" / "venvs"))
    if not venvs.is_dir():
        pytest.skip("no test environments in %s" % venvs)
    seen, files = set(), []
    for path in python_files(venvs):
        digest = hashlib.sha1(path.read_bytes()).digest()
        if digest not in seen:
            seen.add(digest)
            files.append(path)
    return files


def sample(files, one_of):
    """A part of the files that stays the same from run to run, and what was once wrong."""

    def number(path):
        return int(hashlib.sha1("/".join(path.parts[-3:]).encode()).hexdigest()[:8], 16)

    return [p for p in files if number(p) % one_of == 0] + sorted(SOURCES.glob("*.py"))


def write_dumps(aludel, files, folder, number):
    """FILES and DUMPS for oracle_ast.py."""
    names, dumps = folder / ("files%d" % number), folder / ("dumps%d" % number)
    names.write_text("".join("%s\n" % p for p in files), encoding="utf-8")
    # A file alone that is rejected has no line: name it twice.
    arguments = [str(p) for p in files]
    extra = arguments[-1:] if len(arguments) == 1 else []
    with open(dumps, "wb") as out:
        done = subprocess.run(
            [str(aludel), "dump", "ast", "--json", *arguments, *extra],
            stdout=out,
            stderr=subprocess.PIPE,
        )
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return names, dumps


def run_native(python, names, dumps):
    out = subprocess.run(
        [python, "-X", "utf8", "-W", "ignore", str(ORACLE), str(names), str(dumps)],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert out.returncode == 0, out.stderr[-3000:]
    return json.loads(out.stdout)


def install(npm):
    """What npm said; it may hang on its network long after all files are there."""
    quiet = ["--silent", "--no-audit", "--no-fund", "--no-update-notifier"]
    try:
        done = subprocess.run(
            [npm, "install", *quiet, "--prefix", NPM_FOLDER, "pyodide@314"],
            capture_output=True,
            text=True,
            timeout=240,
        )
    except subprocess.TimeoutExpired:
        return "it did not come to an end within four minutes"
    return done.stderr.strip()[-300:]


class Pyodide:
    """CPython 3.14 inside node; one process for many batches."""

    def __init__(self):
        node, npm = shutil.which("node"), shutil.which("npm")
        if not node:
            pytest.skip("node is not installed: CPython 3.14 is not compared")
        module = NPM_FOLDER / "node_modules" / "pyodide" / "pyodide.mjs"
        if not module.exists():
            if not npm:
                pytest.skip("npm is not installed: CPython 3.14 is not compared")
            NPM_FOLDER.mkdir(parents=True, exist_ok=True)
            why = install(npm)
            if not module.exists():
                pytest.skip("npm cannot install pyodide: %s" % why)
        self.process = subprocess.Popen(
            [node, str(HERE / "pyodide_run.mjs"), str(module), str(ORACLE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.lock = threading.Lock()

    def ask(self, function, *arguments):
        with self.lock:
            self.process.stdin.write(json.dumps([function, *arguments]) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        assert line, "pyodide ended"
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def pyodide():
    runner = Pyodide()
    yield runner
    runner.close()


@pytest.fixture(scope="module")
def judge():
    """Which of the files the newest Python there is accepts."""
    try:
        runner = Pyodide()
    except pytest.skip.Exception:
        yield lambda paths: accepted_natively(paths)
        return
    yield lambda paths: set(runner.ask("accepts", json.dumps(paths)))
    runner.close()


def accepted_natively(paths):
    code = "import oracle_ast, sys; print(oracle_ast.accepts(sys.stdin.read()))"
    out = subprocess.run(
        [PYTHONS[NEWEST], "-X", "utf8", "-W", "ignore", "-c", code],
        input=json.dumps(paths),
        capture_output=True,
        text=True,
        cwd=HERE,
    )
    return set(json.loads(out.stdout))


def merge(total, part):
    for key, value in part.items():
        if isinstance(value, list):
            total.setdefault(key, []).extend(value)
        elif isinstance(value, dict):
            for name, count in value.items():
                merged = total.setdefault(key, {})
                merged[name] = merged.get(name, 0) + count
        elif isinstance(value, int):
            total[key] = total.get(key, 0) + value
        else:
            total[key] = value
    return total


def compare(aludel, files, run, workers=2):
    assert files
    batches = [files[i : i + BATCH] for i in range(0, len(files), BATCH)]
    with tempfile.TemporaryDirectory() as folder:

        def work(number):
            names, dumps = write_dumps(aludel, batches[number], pathlib.Path(folder), number)
            part = run(names, dumps)
            dumps.unlink()
            return part

        total = {}
        with ThreadPoolExecutor(workers) as pool:
            for part in pool.map(work, range(len(batches))):
                merge(total, part)
    return total


def check(report, judge):
    """No differences. Where only one of the two accepts a file the newest Python decides."""
    summary = {k: v for k, v in report.items() if not isinstance(v, list)}
    print(json.dumps(summary))
    assert report["difference_count"] == 0, "\n".join(report["differences"][:40])
    one_sided = report["only_aludel"] + report["only_python"]
    accepted = judge(one_sided) if one_sided else set()
    wrong = ["accepted: " + p for p in report["only_aludel"] if p not in accepted]
    wrong += ["rejected: " + p for p in report["only_python"] if p in accepted]
    assert not wrong, "\n".join(wrong[:40])
    assert report["files"] and report["nodes"]


def native(version):
    return lambda names, dumps: run_native(PYTHONS[version], names, dumps)


def test_newest_python_agrees_on_a_sample(aludel, judge):
    files = sample(package_files(), 12) + sample(stdlib_files(NEWEST), 8)
    check(compare(aludel, files, native(NEWEST)), judge)


@pytest.mark.parametrize("version", [v for v in PYTHONS if v != NEWEST], ids=str)
def test_older_python_agrees_on_a_sample(aludel, judge, version):
    files = sample(stdlib_files(version), 40)
    check(compare(aludel, files, native(version)), judge)


def test_python_3_14_agrees_on_a_sample(aludel, pyodide, judge):
    files = sample(package_files(), 60) + sample(stdlib_files(NEWEST), 40)
    check(compare(aludel, files, lambda n, d: pyodide.ask("main", str(n), str(d))), judge)


@pytest.mark.oracle
@pytest.mark.parametrize("version", list(PYTHONS), ids=str)
def test_every_file(aludel, judge, version):
    files = stdlib_files(version) + package_files()
    check(compare(aludel, files, native(version)), judge)


@pytest.mark.oracle
def test_every_file_with_python_3_14(aludel, pyodide, judge):
    files = stdlib_files(NEWEST) + package_files()
    check(compare(aludel, files, lambda n, d: pyodide.ask("main", str(n), str(d))), judge)
