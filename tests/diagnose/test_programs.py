"""What real failures print, under frameworks and in the forms of logs, and what is made of it (programs.py).

Written before they were tried: 57 of 66 were right then. Every sixth is run by `make test`, all by `make oracle`.
"""

import json
import os
import subprocess

import pytest
from programs import CASES, MODELS

SECRETS = ("hunter2secret", "topsecretpw")
SAMPLE = 6


def said(d, key):
    value = d["inner_entry" if key == "inner" else key]
    return value["function"] if key == "frame" and value else value


def parameter(i, case):
    return pytest.param(case, id=case[0], marks=[pytest.mark.oracle] if i % SAMPLE else [])


@pytest.mark.parametrize("case", [parameter(i, case) for i, case in enumerate(CASES)])
def test_program(aludel, request, tmp_path, case):
    name, environment, url, program, form, expected = case
    python = request.getfixturevalue(environment)
    server = "postgresql" if url.startswith("postgresql") else "mariadb" if url.startswith("mysql") else ""
    address = request.getfixturevalue(server).url(url) if server else "%s:///%s" % (url, tmp_path / "app.db")
    tests = program.startswith("PYTEST")
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / ("test_app.py" if tests else "app.py")).write_text(program.removeprefix("PYTEST"))
    command = [python, *(["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_app.py"] if tests else ["app.py"])]
    environ = dict(os.environ, DATABASE_URL=address, PYTHONWARNINGS="ignore")
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    printed = form((done.stdout if tests else "") + done.stderr)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    result = aludel.run("diagnose", "--json", "--no-run", "-", input=printed, cwd=elsewhere)
    d = json.loads(result.out)
    for key, value in expected.items():
        assert value is None or said(d, key) in (value if isinstance(value, tuple) else (value,)), (key, value, said(d, key), printed[-3000:])
    assert not [s for s in SECRETS if s in result.out], result.out
