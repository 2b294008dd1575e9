"""`aludel dump request`: prose, code and errors apart."""

import json

import pytest

TRACE = """Traceback (most recent call last):
  File "app.py", line 3, in <module>
    session.commit()
sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: users.email
[SQL: INSERT INTO users (email) VALUES (?)]
[parameters: ('a@b.c',)]
(Background on this error at: https://sqlalche.me/e/20/gkpj)"""

MODEL = "class User(Base):\n    __tablename__ = 'users'\n\n    id = Column(Integer)"

# request, prose, blocks
CASES = [
    ("count users", "count users", []),
    (
        "Convert this: session.query(User).filter(User.active == True).all().",
        "Convert this: .",
        [("python", "session.query(User).filter(User.active == True).all()")],
    ),
    ("what is `User.query.get(1)` now?", "what is  now?", [("python", "User.query.get(1)")]),
    ("rename `email` to mail", "rename `email` to mail", []),
    ("fix\n```python\nx = 1\n```\nplease", "fix\nplease", [("python", "x = 1")]),
    ("see\n~~~\nselect 1;\n~~~", "see", [("other", "select 1;")]),
    ("I get this\n" + TRACE + "\nwhy?", "I get this\nwhy?", [("error", TRACE)]),
    (MODEL + "\n\nadd a Post model", "add a Post model", [("python", MODEL)]),
    ("from the last month", "from the last month", []),
    ("import users from a csv file", "import users from a csv file", []),
    ("with posts and comments", "with posts and comments", []),
    ("class diagrams would be nice", "class diagrams would be nice", []),
    (
        "sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called",
        "",
        [("error", "sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called")],
    ),
    ("open ```python\nx = (", "open ```python", [("python", "x = (")]),
]


def dump(aludel, text):
    result = aludel.run("dump", "request", input=text)
    assert result.code == 0, result
    return json.loads(result.out)


@pytest.mark.parametrize("text, prose, blocks", CASES, ids=[str(i) for i in range(len(CASES))])
def test_parts(aludel, text, prose, blocks):
    found = dump(aludel, text)
    assert found["prose"] == prose
    assert [(b["kind"], b["text"]) for b in found["blocks"]] == blocks


def test_nothing_is_lost(aludel):
    text = "\n".join([MODEL, "", "please look at", TRACE, "", "and `s.query(A).all()` too"])
    found = dump(aludel, text)
    kept = found["prose"] + "".join(b["text"] for b in found["blocks"])
    for word in text.split():
        assert word.strip("`") in kept, word


def test_files_are_named(aludel):
    assert dump(aludel, "review app/models.py and db.py.")["files"] == ["app/models.py", "db.py"]


@pytest.mark.parametrize("text", ["", "\x01\x02", "```", "((((" * 5000, "a" * 300_000, "Traceback (most recent call last)"])
def test_odd_requests(aludel, text):
    assert isinstance(dump(aludel, text + " ")["prose"], str)
