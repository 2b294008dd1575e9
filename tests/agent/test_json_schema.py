"""What `ask --json` and `diagnose --json` print is of the form that docs/*.schema.json describe."""

import json
import os
import pathlib
import re

import jsonschema
import pytest

from conftest import VENVS
from test_ask_prompts import CASES, SHOP, ask

ROOT = pathlib.Path(__file__).resolve().parents[2]
MESSAGES = [json.loads(line) for line in (ROOT / "tests/diagnose/messages.jsonl").open(encoding="utf-8")]
REQUESTS = [
    ("add a phone to customers", True),
    ("migration that drops products.price", True),
    ("customers without orders, newest first", True),
    ("delete all products", True),
    ("review the project", True),
    ("set up an engine for postgres, async", False),
    ("FastAPI CRUD for a Note (title, content)", False),
    ("start a project with models Author and Book", False),
    ("How do I bake bread?", False),
    ("what is a session", False),
    ("modernise: session.query(User).all()", False),
    ("sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: users.email", False),
    ("", False),
    ("?", False),
]


def validator(name):
    schema = json.loads((ROOT / "docs" / (name + ".schema.json")).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def documented(name):
    """The keys of the table in docs/NAME.md."""
    rows = re.findall(r"^\| (`[^|]+) \|", (ROOT / "docs" / (name + ".md")).read_text(), re.M)
    return {key for row in rows for key in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("name", ["ask", "diagnose"])
def test_schema_and_page_name_the_same_keys(name):
    schema = validator(name).schema
    assert set(schema["properties"]) == documented(name) == set(schema["required"])


@pytest.mark.parametrize("case", CASES[::23], ids=lambda case: case.name)
def test_answers(aludel, case):
    validator("ask").validate(ask(aludel, case))


@pytest.mark.parametrize("request_, project", REQUESTS)
def test_answers_that_were_run(aludel, tmp_path, request_, project):
    env = {"PATH": "%s:%s" % (VENVS / "sa20" / "bin", os.environ["PATH"])}
    options = ["--project", "."] if project else []
    result = aludel.run("ask", request_, "--json", *options, cwd=SHOP if project else tmp_path, env=env)
    if result.code == 2:  # no request: a message, no object
        assert not request_ and not result.out and result.err
    else:
        validator("ask").validate(json.loads(result.out))


@pytest.mark.parametrize("message", MESSAGES[::29], ids=lambda message: message["entry"] or "none")
def test_diagnoses(aludel, tmp_path, message):
    text = "%s: %s" % (message["cls"], message["text"]) if message.get("cls") else message["text"]
    result = aludel.run("diagnose", "--json", "-", input=text, cwd=tmp_path)
    assert result.code in (0, 1), result
    validator("diagnose").validate(json.loads(result.out))


@pytest.mark.parametrize("name, text", [("binary", "\0\1\2"), ("empty", ""), ("prose", "it does not work")])
def test_diagnoses_of_no_error(aludel, name, text):
    result = aludel.run("diagnose", "--json", "-", input=text)
    assert result.code in (1, 2), result
    if result.out:
        validator("diagnose").validate(json.loads(result.out))


def test_a_diagnosis_in_a_project(aludel):
    text = "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: customers.email"
    found = json.loads(aludel.run("diagnose", "--project", ".", "--json", "-", input=text, cwd=SHOP).out)
    validator("diagnose").validate(found)
    shown = [cause for cause in found["causes"] if cause["evidence"] == "shown"]
    assert shown[0]["path"] == "models.py" and shown[0]["line"] > 0
    assert {cause["line"] for cause in found["causes"] if cause["path"] is None} == {None}


@pytest.mark.parametrize("change", [{"intent": "cook"}, {"confident": 1}, {"questions": ["a"] * 3}, {"more": 1}, {"edits": None}])
def test_schema_refuses(aludel, tmp_path, change):
    answer = json.loads(aludel.run("ask", "what is a session", "--json", "--no-run", cwd=tmp_path).out)
    validator("ask").validate(answer)
    with pytest.raises(jsonschema.ValidationError):
        validator("ask").validate({**answer, **change})
