"""What is left of broken Python: tests/python/errors/*.md.

Each case has a `py` block and two result blocks, `errors` (where and what) and `ast` (the
tree). `UPDATE=1 pytest tests/python/test_errors.py` rewrites the result blocks; read the
difference. Whatever is broken, the statement `after = 1` must be in the tree as it is in
a sound file.
"""

import os
import pathlib
import re
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).resolve().parent / "errors"
CASE = re.compile(r"^## (?P<title>.+?)\n\n```py\n(?P<code>.*?)```\n(?P<results>.*?)(?=^## |\Z)", re.M | re.S)
SURVIVOR = "targets: (Name after)"


def read_cases(path):
    return list(CASE.finditer(path.read_text(encoding="utf-8")))


def all_cases():
    for path in sorted(FOLDER.glob("*.md")):
        for match in read_cases(path):
            yield pytest.param(path, match["title"], id="%s: %s" % (path.stem, match["title"]))


def results_of(aludel, code, folder):
    source = folder / "case.py"
    source.write_text(code, encoding="utf-8", newline="")
    done = subprocess.run(
        [str(aludel), "dump", "ast", source.name],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=20,
    )
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    errors = done.stderr.replace("case.py:", "")
    return "\n```errors\n%s```\n\n```ast\n%s```\n" % (errors, done.stdout)


@pytest.mark.parametrize("path, title", list(all_cases()))
def test_next_statement_survives(aludel, tmp_path, path, title):
    match = next(m for m in read_cases(path) if m["title"] == title)
    results = results_of(aludel, match["code"], tmp_path)
    assert SURVIVOR in results, results
    if os.environ.get("UPDATE"):
        text = path.read_text(encoding="utf-8")
        tail = "\n" if match.end() < len(text) else ""
        text = text[: match.start("results")] + results + tail + text[match.end() :]
        path.write_text(text, encoding="utf-8")
    else:
        assert results.strip() == match["results"].strip()


def test_there_are_enough_cases():
    assert len(list(all_cases())) >= 60
