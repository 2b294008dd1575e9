"""Errors from their text: the recorded messages of every entry, and the forms they come in."""

import json
import os
import pathlib
import re
import resource
import subprocess
import textwrap

import pytest

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
MESSAGES = [json.loads(line) for line in (HERE / "messages.jsonl").open(encoding="utf-8")]


def full(message):
    return (message["cls"] + ": " if message["cls"] else "") + message["text"]


@pytest.fixture(scope="module")
def diagnose(program):
    """Diagnoses texts, all in one process."""

    def run(*texts):
        done = subprocess.run(
            [program("diagnose_all")], input="\0".join(texts).encode("utf-8", "surrogateescape"),
            capture_output=True, timeout=100,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.decode("utf-8", "surrogateescape").splitlines()]
        assert len(found) == len(texts)
        return found

    return run


def wrong(found, messages):
    return [
        (m["entry"], d["entry"], d["inner_entry"], full(m)[:150])
        for m, d in zip(messages, found)
        if m["entry"] not in ((d["entry"], d["inner_entry"]) if m["sure"] else (d["possible_entry"],))
    ]


def test_every_recorded_message(diagnose):
    assert len(MESSAGES) > 800 and len({m["entry"] for m in MESSAGES}) > 300
    assert wrong(diagnose(*map(full, MESSAGES)), MESSAGES) == []


def as_traceback(m):
    return (
        "Traceback (most recent call last):\n"
        '  File "/srv/app/services.py", line 12, in create\n'
        "    session.commit()\n"
        '  File "/srv/venv/lib/python3.11/site-packages/sqlalchemy/orm/session.py", line 2030, in commit\n'
        "    trans.commit(_to_root=True)\n"
        "    ^^^^^^^^^^^^^^^^^^^^^^^^^^^\n" + full(m) + "\n"
    )


FORMS = {
    "traceback": as_traceback,
    "chained": lambda m: as_traceback({"cls": "sqlite3.Error", "text": "first"})
    + "\nThe above exception was the direct cause of the following exception:\n\n"
    + as_traceback(m),
    "log": lambda m: "2024-05-01 10:00:00,123 INFO app.main: started\n"
    "2024-05-01 10:00:01,123 ERROR app.main: request failed\n" + as_traceback(m) + "2024-05-01 10:00:02,000 INFO app.main: bye\n",
    "containers": lambda m: "".join("web-1  | %s\n" % line for line in as_traceback(m).splitlines()),
    "kubernetes": lambda m: "".join("2024-05-01T10:00:00.123456789Z stderr F %s\n" % line for line in as_traceback(m).splitlines()),
    "colours": lambda m: re.sub(r"(?m)^(\S+)", "\x1b[31m\\1\x1b[0m", as_traceback(m)),
    "json": lambda m: '{"level": "info", "message": "started"}\n' + json.dumps({"level": "error", "message": "failed", "exc_info": as_traceback(m)}) + "\n",
    "group": lambda m: "  + Exception Group Traceback (most recent call last):\n"
    '  |   File "/srv/app/main.py", line 3, in main\n  |     async with asyncio.TaskGroup() as g:\n'
    "  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)\n  +-+---------------- 1 ----------------\n"
    + textwrap.indent(as_traceback(m), "    | ", lambda line: True)
    + "    +------------------------------------\n",
    "echo": lambda m: "2024-05-01 10:00:00,123 INFO sqlalchemy.engine.Engine SELECT users.id, users.email\nFROM users\n"
    "2024-05-01 10:00:00,124 INFO sqlalchemy.engine.Engine [generated in 0.0001s] ('duplicate key value violates unique constraint \"x\"',)\n"
    + as_traceback(m),
    "pytest": lambda m: "____ test_x ____\ntests/test_x.py:4: in test_x\n    create()\napp/services.py:12: in create\n    session.commit()\n"
    + textwrap.indent(full(m), "E   ", lambda line: True)
    + "\n\n/srv/venv/lib/python3.11/site-packages/sqlalchemy/engine/default.py:942: Error\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_the_forms_of_a_text(diagnose, form):
    chosen = [m for m in MESSAGES if m["sure"] and m["cls"]][::7]
    texts = [FORMS[form](m) for m in chosen]
    found = diagnose(*texts)
    assert wrong(found, chosen) == []
    for d, m in zip(found, chosen):
        if m["cls"].endswith("Warning"):
            continue
        assert d["exception"] == m["cls"], d
        assert d["frame"]["path"].endswith("services.py") and d["frame"]["line"] == 12, d
        if form == "traceback":
            assert d["frame"]["function"] == "create" and d["frame"]["source"] == "session.commit()"


def test_what_a_message_tells(diagnose):
    text = (
        "sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint \"users_email_key\"\n"
        "DETAIL:  Key (tenant_id, email)=(1, a@example.org) already exists.\n\n"
        "[SQL: INSERT INTO users (tenant_id, email, password) VALUES (%(tenant_id)s, %(email)s, %(password)s) RETURNING users.id]\n"
        "[parameters: {'tenant_id': 1, 'email': 'a@example.org', 'password': 'hunter2'}]\n"
        "(Background on this error at: https://sqlalche.me/e/20/gkpj)"
    )
    (d,) = diagnose(text)
    assert d["entry"] == "DB-UQ-PG"
    assert (d["driver"], d["driver_class"], d["series"], d["code"]) == ("psycopg2", "psycopg2.errors.UniqueViolation", "2.0", "gkpj")
    assert (d["table"], d["columns"], d["constraint"]) == ("users", ["tenant_id", "email"], "users_email_key")
    assert d["statement"].startswith("INSERT INTO users") and d["statement"].endswith("users.id")
    assert d["parameters"] == "{'tenant_id': 1, 'email': 'a@example.org', 'password': ***}"


def test_the_error_behind_another(diagnose):
    text = (
        "sqlalchemy.exc.PendingRollbackError: This Session's transaction has been rolled back due to a previous exception during flush. "
        "To begin a new transaction with this Session, first issue Session.rollback(). Original exception was: "
        "(sqlite3.IntegrityError) NOT NULL constraint failed: users.email\n[SQL: INSERT INTO users (name) VALUES (?)]\n[parameters: ('x',)]\n"
        "(Background on this error at: https://sqlalche.me/e/20/gkpj) (Background on this error at: https://sqlalche.me/e/20/7s2a)"
    )
    (d,) = diagnose(text)
    assert (d["entry"], d["inner_entry"]) == ("SA-PENDING-ROLLBACK", "DB-NN-SQLITE")
    assert (d["table"], d["columns"]) == ("users", ["email"])


SECRETS = [
    "sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server failed: FATAL:  password authentication failed for user \"app\"\n"
    "the URL was postgresql://app:hunter2@db.example.org/shop and password=hunter2 sslmode=require",
    "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: u.email\n"
    "[SQL: INSERT INTO u (email, password_hash, age) VALUES (?, ?, ?)]\n[parameters: ('a', 'hunter2', 3)]",
    "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: u.email\n"
    "[SQL: INSERT INTO u (email, api_token) VALUES (?, ?)]\n[parameters: [('a', 'hunter2'), ('b', 'hunter2')]]",
    "sqlalchemy.exc.IntegrityError: (psycopg.errors.NotNullViolation) null value in column \"a\" of relation \"u\" violates not-null constraint\n"
    "DETAIL:  Failing row contains (1, hunter2, null).\n[SQL: INSERT INTO u (x) VALUES (1)]\n[parameters: {'secret_key': 'hunter2'}]",
    "sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from string 'postgresql://app:hun@ter2@host/db'",
    "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such table: users\n[SQL: SELECT id FROM users WHERE token == 'hunter2']",
    'Traceback (most recent call last):\n  File "app.py", line 3, in f\n    session.add(User(password=b"hunter2", pwd=hashed("hunter2")))\n'
    "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such table: users",
]


def test_what_is_typed_is_no_code_of_a_library(diagnose):
    for path in ("<stdin>", "<console>", "<ipython-input-3-1f2e>", "<string>"):
        (d,) = diagnose(as_traceback(MESSAGES[0]).replace("/srv/app/services.py", path))
        assert (d["frame"] or {}).get("path") == (path if path != "<string>" else None), path


def test_secrets_are_masked(aludel):
    for text in SECRETS:
        for extra in ([], ["--json"]):
            result = aludel.run("diagnose", "--no-run", *extra, input=text)
            assert result.code == 0, result
            assert "hunter2" not in result.out and "ter2" not in result.out, result
            assert "***" in result.out or not extra, result


def test_what_is_no_error_of_ours(aludel):
    for text in ("hello", "", "KeyError: 'x'\n", "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x\nZeroDivisionError: division by zero\n"):
        result = aludel.run("diagnose", "--json", "--no-run", input=text)
        assert result.code == 1, result
        assert json.loads(result.out)["entry"] is None


def test_a_cut_message_is_told_by_its_class(diagnose):
    cut = 'Traceback (most recent call last):\n  File "app.py", line 3, in f\n    session.commit()\nsqlalchemy.exc.IntegrityError: (psycopg2.errors.Uni'
    other = "ProgrammingError: something of another library"
    first, second = diagnose(cut, other)
    assert first["entry"] is None and "constraint" in first["what"] and first["fix"]["text"]
    assert second["what"] is None


def test_command_line(aludel, tmp_path):
    text = full(MESSAGES[0])
    (tmp_path / "error.txt").write_text(text)
    by_file = aludel.run("diagnose", "--no-run", "error.txt", cwd=tmp_path)
    assert by_file.code == 0 and by_file.out == aludel.run("diagnose", "--no-run", "-", input=text, cwd=tmp_path).out
    missing = aludel.run("diagnose", "nothing.txt", cwd=tmp_path)
    assert missing.code == 2 and "nothing.txt" in missing.err


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def test_hostile_input_is_bounded(aludel, tmp_path):
    error = as_traceback(MESSAGES[0]).encode()
    line = b"2024-05-01 10:00:00,123 INFO app.main: handled /items/1 in 3 ms\n"
    nested = "".join("%s| Traceback (most recent call last):\n" % (" " * i) for i in range(3000))
    inputs = {
        "long log": line * ((100 << 20) // len(line)) + error,
        "one line": b"x" * (40 << 20),
        "binary": os.urandom(8 << 20),
        "groups": nested.encode() + error,
        "json": (b'{"a": ' * 100000) + b"1" + b"}" * 100000 + b"\n" + error,
        "frames": b"Traceback (most recent call last):\n" + b'  File "a.py", line 1, in f\n    f()\n' * 100000 + b"sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00\n",
        "open bracket": b"sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: " + b"a.b, " * 200000,
    }
    for name, data in inputs.items():
        done = subprocess.run([aludel, "diagnose", "--json", "--no-run"], input=data, capture_output=True, timeout=300, preexec_fn=None if "asan" in aludel else limited)
        assert done.returncode in (0, 1), (name, done.stderr[-300:])
        if name in ("long log", "groups", "json", "frames"):
            assert json.loads(done.stdout)["entry"], name


def test_ranked_causes_are_listed():
    """Every row of rank.def names an entry and a part of one of its causes."""
    source = ROOT / "src" / "diagnose"
    entries = json.loads((source / "errors.json").read_text())
    rows = re.findall(r'^RANK\("([^"]+)", "((?:[^"\\]|\\.)+)", "([^"]+)"\)$', (source / "rank.def").read_text(), re.M)
    assert len(rows) > 5
    for entry, _, cause in rows:
        meant = [e for e in entries if e["id"] == entry or entry[-1] == "*" and e["id"].startswith(entry[:-1])]
        assert any(cause in text for e in meant for text in e["causes"]), entry


@pytest.mark.parametrize("value", ["datetime.datetime(2024, 1, 2, 3, 4, 5, 678901)", "b'1, 99999, 99999'", "'it\\'s, 99999'"])
def test_a_value_with_commas_is_one(aludel, value):
    text = """sqlalchemy.exc.DataError: (psycopg2.errors.NumericValueOutOfRange) smallint out of range

[SQL: INSERT INTO stock (a, made, c, d, e, f, g, h, amount) VALUES (%%s, %%s, %%s, %%s, %%s, %%s, %%s, %%s, %%s)]
[parameters: (1, %s, 2, 3, 4, 5, 6, 7, 99999)]
""" % value
    found = json.loads(aludel.run("diagnose", "--json", "--no-run", input=text).out)
    assert found["columns"] == ["amount"]
