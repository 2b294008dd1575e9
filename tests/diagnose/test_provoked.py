"""Errors that are provoked now, through every driver, on SQLite, PostgreSQL and MariaDB."""

import json
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent

SQLITE = {
    "unique": "DB-UQ-SQLITE", "unique pair": "DB-UQ-SQLITE", "primary key": "DB-UQ-SQLITE", "not null": "DB-NN-SQLITE",
    "foreign key": "DB-FK-SQLITE", "delete parent": "DB-FK-SQLITE", "check": "DB-CK-SQLITE", "no table": "DB-NOTABLE-SQLITE",
    "no column": "DB-NOCOL-SQLITE", "syntax": "DB-SYNTAX-SQLITE", "no function": "DB-NOFUNC-SQLITE", "exists": "DB-EXISTS", "ambiguous": "DB-AMBIG",
}  # fmt: skip
POSTGRESQL = {
    "unique": "DB-UQ-PG", "unique pair": "DB-UQ-PG", "primary key": "DB-UQ-PG", "not null": "DB-NN-PG", "foreign key": "DB-FK-PG-CHILD",
    "delete parent": "DB-FK-PG-PARENT", "check": "DB-CK-PG", "too long": "DB-LEN-PG", "out of range": "DB-RANGE-PG", "no table": "DB-NOTABLE-PG",
    "no column": "DB-NOCOL-PG", "syntax": "DB-SYNTAX-PG", "no function": "DB-NOFUNC-PG", "exists": "DB-EXISTS", "ambiguous": "DB-AMBIG",
}  # fmt: skip
MARIADB = {
    "unique": "DB-UQ-MYSQL", "unique pair": "DB-UQ-MYSQL", "primary key": "DB-UQ-MYSQL", "not null": "DB-NN-MYSQL", "foreign key": "DB-FK-MYSQL-CHILD",
    "delete parent": "DB-FK-MYSQL-PARENT", "check": "DB-CK-MYSQL", "too long": "DB-LEN-MYSQL", "out of range": "DB-RANGE-MYSQL", "no table": "DB-NOTABLE-MYSQL",
    "no column": "DB-NOCOL-MYSQL", "syntax": "DB-SYNTAX-MYSQL", "no function": "DB-NOFUNC-MYSQL", "exists": "DB-EXISTS", "ambiguous": "DB-AMBIG",
}  # fmt: skip
DRIVERS = [
    ("sqlite", "sqlite", "sqlite3", SQLITE), ("sqlite", "sqlite+aiosqlite", "sqlite3", SQLITE),
    ("postgresql", "postgresql+psycopg", "psycopg", POSTGRESQL), ("postgresql", "postgresql+psycopg2", "psycopg2", POSTGRESQL),
    ("postgresql", "postgresql+asyncpg", "asyncpg", POSTGRESQL),
    ("mariadb", "mysql+pymysql", "pymysql", MARIADB), ("mariadb", "mysql+mysqldb", "mysqlclient", MARIADB),
]  # fmt: skip


@pytest.mark.parametrize("server, url, driver, expected", DRIVERS, ids=[d[1] for d in DRIVERS])
@pytest.mark.parametrize("version", ("sa20", "sa21"))
def test_provoked_errors(program, request, tmp_path, server, url, driver, expected, version):
    python = request.getfixturevalue(version)
    address = url + ":///" + str(tmp_path / "a.db") if server == "sqlite" else request.getfixturevalue(server).url(url)
    asynchronous = ["async"] if url.endswith(("aiosqlite", "asyncpg")) else []
    done = subprocess.run([python, HERE / "provoke.py", address, *asynchronous], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    errors = [json.loads(line) for line in done.stdout.splitlines()]
    assert {e["case"] for e in errors} == set(expected)
    texts = "\0".join("%s: %s" % (e["cls"], e["text"]) for e in errors)
    said = subprocess.run([program("diagnose_all")], input=texts.encode(), capture_output=True, timeout=60)
    for e, line in zip(errors, said.stdout.splitlines()):
        d = json.loads(line)
        assert d["entry"] == expected[e["case"]], (e, d)
        assert d["driver"] == driver and d["exception"] == e["cls"], (e, d)
        assert d["series"] == {"sa20": "2.0", "sa21": "2.1"}[version], (e, d)
        if e["case"] == "not null":
            assert (d["table"], d["columns"]) == ("parent", ["email"]), d
        if e["case"] == "unique pair" and server != "sqlite":
            assert d["constraint"] == "uq_ab" and d["table"] == "parent", d
        if e["case"] == "no table":
            assert d["table"] == "no_such_table", d
        if e["case"] == "foreign key" and server != "sqlite":
            assert (d["constraint"], d["table"]) == ("fk_child_parent", "child"), d
