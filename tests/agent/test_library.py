"""The library: questions find their page, its code runs, other fields are left alone."""

import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
QUESTIONS = [json.loads(line) for line in (HERE / "questions.jsonl").open(encoding="utf-8")]
BLOCK = re.compile(r"```python(?: path=(\S+))?\n(.*?)```", re.S)


@pytest.fixture(scope="module")
def library(program):
    def run(*questions):
        done = subprocess.run(
            [program("library_ask")], input="\0".join(questions).encode(), capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.fixture(scope="module")
def pages(program):
    done = subprocess.run([program("library_ask"), "--all"], capture_output=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_questions_find_their_page(library):
    answers = library(*(q["question"] for q in QUESTIONS))
    wrong = []
    for q, a in zip(QUESTIONS, answers):
        found = a["passages"][0]["title"] if a["known"] else None
        if found != q["page"]:
            wrong.append((q["question"], q["page"], found))
    assert not wrong, wrong


def test_an_answer_in_markdown(library):
    (known, unknown) = library("How do I bulk insert many rows fast?", "How do I bake bread?")
    text = known["markdown"]
    assert text.index("executemany") < text.index("class User(Base)") < text.index("def add_users")
    assert text.count("```python") == 2 and "topics/queries.md" in text
    assert "I do not know" in unknown["markdown"] and "```" not in unknown["markdown"]


def test_a_quoted_error_leads_to_its_page(library):
    texts = [
        "what is this\nsqlalchemy.exc.InvalidRequestError: The unique() method must be invoked on this Result, as it contains results that include joined eager loads against collections",
        "help: (psycopg2.errors.InFailedSqlTransaction) current transaction is aborted, commands ignored until end of transaction block",
    ]
    first, second = library(*texts)
    assert first["known"] and first["passages"][0]["title"].startswith("The unique() method")
    assert second["known"] and "rolled back" in second["passages"][0]["title"]


def test_the_pages_are_complete(pages):
    topics = [p for p in pages if p["source"].startswith("topics/")]
    assert len(topics) > 80
    for p in topics:
        assert len(p["text"]) > 200, p["title"]
        assert p["text"].count("```") % 2 == 0, p["title"]
    assert len({p["title"] for p in topics}) == len(topics)


def failures(program, python, chosen):
    found = []
    for page in chosen:
        text = (page["prelude"] or "") + "\n" + page["text"]
        blocks = [{"path": path, "code": code} if path else {"code": code} for path, code in BLOCK.findall(text)]
        if not blocks:
            continue
        done = subprocess.run(
            [program("verify_blocks")], input=json.dumps({"blocks": blocks}).encode(), capture_output=True,
            env=dict(os.environ, VIRTUAL_ENV=os.path.dirname(os.path.dirname(python))), timeout=60,
        )  # fmt: skip
        report = json.loads(done.stdout)
        assert report["ran"], report
        found += [(page["title"], s["step"], s["name"], s["detail"]) for s in report["steps"] if s["status"] == "failed"]
    return found


def test_examples_run(program, pages, sa20):
    topics = [p for p in pages if p["source"].startswith("topics/")]
    assert failures(program, sa20, topics[::15]) == []


@pytest.mark.oracle
@pytest.mark.parametrize("version", ("sa20", "sa21"))
def test_all_examples_run(program, pages, request, version):
    topics = [p for p in pages if p["source"].startswith("topics/")]
    assert failures(program, request.getfixturevalue(version), topics) == []
