"""Golden cases of `aludel modernize` (README.md)."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import VENVS

HERE = Path(__file__).parent
FENCE = re.compile(r"^(```+)(\w+)(?: ([^\n]+))?\n(.*?)^\1\n", re.M | re.S)


def read_cases(path):
    text = path.read_text()
    parts = re.split(r"^(## .+\n)", text, flags=re.M)
    for i in range(1, len(parts), 2):
        yield parts[i][3:].strip(), parts[i + 1]


def blocks(body):
    return [(m[2], m[3], m[4]) for m in FENCE.finditer(body)]


CASES = [
    pytest.param(path, title, id=f"{path.stem}: {title}")
    for path in sorted(HERE.glob("*.md"))
    if path.name != "README.md"
    for title, _ in read_cases(path)
]


def modernize(aludel, folder, *args):
    run = aludel.run("modernize", "--isolated", *args, ".", cwd=folder)
    assert run.code in (0, 1), run
    assert run.err == "", run
    return run.out


def left_lines(report):
    lines = []
    for site in json.loads(report)["sites"]:
        if not site["converted"]:
            stop = site["stopped_at"]
            at = f" ({stop['file']}:{stop['line']})" if stop else ""
            lines.append(
                f"{site['file']}:{site['line']}: {site['code']} {site['reason']}{at}\n"
            )
    return "".join(lines)


def program(venv, folder, text):
    """What a program prints that uses the files of the folder."""
    run = subprocess.run(
        [VENVS / venv / "bin" / "python", "-W", "ignore", "-c", text],
        cwd=folder,
        env=dict(os.environ, SQLALCHEMY_SILENCE_UBER_WARNING="1", PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def without_block(body, kind):
    return FENCE.sub(lambda m: "" if m[2] == kind else m[0], body)


def update(path, title, diff, left):
    head, *rest = re.split(r"^(?=## )", path.read_text(), flags=re.M)
    for i, part in enumerate(rest):
        if part[3:].split("\n", 1)[0].strip() == title:
            part = without_block(without_block(part, "diff"), "left").rstrip() + "\n"
            if diff:
                part += f"\n```diff\n{diff}```\n"
            if left:
                part += f"\n```left\n{left}```\n"
            rest[i] = part + ("\n" if i + 1 < len(rest) else "")
    path.write_text(head + "".join(rest))


@pytest.mark.parametrize("path, title", CASES)
def test_golden(aludel, path, title, tmp_path):
    body = dict(read_cases(path))[title]
    options, want, programs = [], {"diff": "", "left": ""}, []
    for kind, name, text in blocks(body):
        if kind == "options":
            options = text.split()
        elif kind in want:
            want[kind] = text
        elif kind == "run":
            programs.append((text, ("sa20",) if name == "2.0" else ("sa20", "sa21")))
        else:
            assert name, f"a {kind} block without a file name"
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    diff = modernize(aludel, tmp_path, *options, "--diff")
    left = left_lines(modernize(aludel, tmp_path, *options, "--output-format", "json"))
    if os.environ.get("UPDATE"):
        update(path, title, diff, left)
        return
    assert diff == want["diff"]
    assert left == want["left"]
    printed = [program("sa14", tmp_path, text) for text, _ in programs]
    modernize(aludel, tmp_path, *options, "--write")
    assert modernize(aludel, tmp_path, *options, "--diff") == ""
    for file in tmp_path.rglob("*.py"):
        compile(file.read_text(), str(file), "exec")
    for (text, venvs), before in zip(programs, printed):
        for venv in venvs:
            assert program(venv, tmp_path, text) == before
