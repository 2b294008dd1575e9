"""`aludel fix-query`: snippets without a project."""

import ast
import json

import pytest


def fix(aludel, text, *args, code=0):
    done = aludel.run("fix-query", *args, "--json", text)
    assert done.code == code, done
    return json.loads(done.out)


CASES = [
    (
        "session.query(User).filter(User.active == True).all()",
        "session.scalars(select(User).where(User.active.is_(True))).all()",
    ),
    ("session.query(User).get(5)", "session.get(User, 5)"),
    (
        "User.query.filter_by(name=name).first_or_404()",
        "db.first_or_404(select(User).filter_by(name=name).limit(1))",
    ),
    (
        "n = self.session.query(User).filter(User.age > 3).count()",
        "n = self.session.scalar(select(func.count()).select_from(User).where(User.age > 3))",
    ),
    (
        "[r[0] for r in get_session().query(User.id)]",
        "[r[0] for r in get_session().execute(select(User.id))]",
    ),
    (
        "session.query(User).filter(~(User.active == True)).all()",
        "session.scalars(select(User).where(~(User.active == True))).all()",
    ),
    (
        "q = session.query(User)\nif name:\n    q = q.filter(User.name == name)\nu = q.first()",
        "q = select(User)\nif name:\n    q = q.where(User.name == name)\n"
        "u = session.scalars(q.limit(1)).first()",
    ),
    (
        "session.query(User).filter(User.id == 1).delete(synchronize_session=False)",
        "session.execute(delete(User).where(User.id == 1)"
        ".execution_options(synchronize_session=False))",
    ),
    (
        "session.query(User).join(User.orders).filter(User.name == None).one()",
        "session.scalars(select(User).join(User.orders).where(User.name.is_(None)))"
        ".unique().one()",
    ),
    (
        "session.query(User).options(joinedload('orders')).join('tags').first()",
        "session.scalars(select(User).options(joinedload(User.orders)).join(User.tags)"
        ".limit(1)).first()",
    ),
    (
        "User.query.options(joinedload('a'),).options(joinedload(User.b)).get(3)",
        "db.session.get(User, 3, options=[joinedload(User.a), joinedload(User.b)])",
    ),
    ("select([users.c.id], users.c.id == 3)", "select(users.c.id).where(users.c.id == 3)"),
    (
        "users.update(users.c.id == 3, {'name': 'x'})",
        "users.update().where(users.c.id == 3).values({'name': 'x'})",
    ),
    (
        "conn.execute(select([users], users.c.id == 3)).fetchone()['name']",
        "conn.execute(select(users).where(users.c.id == 3)).fetchone()._mapping['name']",
    ),
    (
        "rows = engine.execute('select * from users').fetchall()",
        "with engine.connect() as conn:\n"
        "    rows = conn.execute(text('select * from users')).fetchall()",
    ),
]


@pytest.mark.parametrize("before, after", CASES)
def test_forms(aludel, before, after):
    got = fix(aludel, before)
    assert got["code"].rstrip("\n") == after
    ast.parse("\n".join(got["imports"]) + "\n" + got["code"])
    assert got["changes"] and all(c["converted"] and c["reason"] for c in got["changes"])


def test_what_is_imported_and_assumed(aludel):
    got = fix(aludel, CASES[0][0])
    assert got["imports"] == ["from sqlalchemy import select"]
    assert "`session` is a Session" in got["assumed"]
    assert any("`User`" in a for a in got["assumed"])
    assert [c["code"] for c in got["changes"]] == ["M202", "Q107"]


def test_own_imports_are_extended(aludel, tmp_path):
    file = tmp_path / "old.py"
    file.write_text(
        "from sqlalchemy import func\nfrom sqlalchemy.orm import Session\n\n\n"
        "def count(session: Session):\n    return session.query(func.count(User.id)).scalar()\n"
    )
    got = fix(aludel, file)
    assert got["imports"] == []
    assert got["code"].startswith("from sqlalchemy import func, select\n")
    assert "session.scalar(select(func.count(User.id)))" in got["code"]


def test_lines_and_comments_stay(aludel):
    before = (
        "    return (\n        session.query(User)  # all of them\n        # but the bad\n"
        "        .filter(User.good == True)\n        .first()\n    )\n"
    )
    got = fix(aludel, before)
    assert got["code"] == (
        "return (\n    session.scalars(\n        select(User)  # all of them\n"
        "        # but the bad\n        .where(User.good.is_(True))\n        .limit(1)\n"
        "    ).first()\n)\n"
    )


def test_text_and_standard_input(aludel):
    done = aludel.run("fix-query", "-", input="session.query(User).all()\n")
    assert done.code == 0
    assert done.out.startswith("session.scalars(select(User)).all()\n\nneeds    from sqlalchemy")
    assert "changed line 1: M202" in done.out


@pytest.mark.parametrize(
    "text, lost",
    [
        ("conn.execute('INSERT INTO t VALUES (1)')", True),
        ("conn.execute('  delete from t')", True),
        ("with engine.connect() as c:\n    c.execute('CREATE TABLE t (x INT)')", True),
        ("with engine.begin() as c:\n    c.execute('CREATE TABLE t (x INT)')", False),
        ("conn.execute('SELECT 1')", False),
        ("session.execute('DELETE FROM t')", False),
        ("engine.execute('DELETE FROM t')", False),
    ],
)
def test_what_nobody_commits_any_more(aludel, text, lost):
    run = aludel.run("fix-query", "--json", text)
    changes = json.loads(run.out)["changes"]
    assert "M105" in [c["code"] for c in changes], run
    said = [c for c in changes if "2.0 rolls it back unless commit() follows" in c["reason"]]
    assert [c["code"] for c in said] == ["M105"] * lost


def test_left_with_the_reason(aludel):
    got = fix(aludel, "q = session.query(User)\nrows = paginate(q)", code=1)
    assert got["code"] == "q = session.query(User)\nrows = paginate(q)"
    assert "paginate" in got["changes"][0]["reason"]


@pytest.mark.parametrize(
    "text",
    [
        "session.query(User).options(joinedload('orders.items')).all()",
        "session.query(User).join('orders').join('items').all()",
        "session.query(User).join('orders', 'items').all()",
        "session.query(User).with_for_update().with_for_update(read=True).get(3)",
        "rows = engine.execute(users.select(users.c.id == 1))",
    ],
)
def test_left_as_it_is(aludel, text):
    got = fix(aludel, text, code=1)
    assert [c["reason"] for c in got["changes"] if not c["converted"]]
    ast.parse(got["code"])


@pytest.mark.parametrize("text", ["session.query(User", "", "   \n"])
def test_what_cannot_be_read(aludel, text):
    done = aludel.run("fix-query", text)
    assert done.code == 2 and done.out == "" and len(done.err.strip().splitlines()) == 1
