"""What the project's code adds to a diagnosis: places, causes, a diff, a program that raises it."""

import json
import os
import re
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

MODELS = '''from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(50), unique=True)
    tenant: Mapped[int]
    number: Mapped[int]
    posts: Mapped[list["Post"]] = relationship(
        back_populates="user",
    )
    __table_args__ = (UniqueConstraint("tenant", "number", name="uq_tenant_number"),)


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped["User"] = relationship(back_populates="posts")
'''
SERVICES = '''from sqlalchemy.orm import Session

from app.models import User


def create(session: Session, email: str) -> User:
    user = User(email=email)
    session.add(user)
    session.commit()
    return user


def titles(user: User) -> list[str]:
    return [post.title for post in user.posts]
'''


@pytest.fixture
def project(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'app'\n")
    (tmp_path / "app" / "__init__.py").write_text("")
    (tmp_path / "app" / "models.py").write_text(MODELS)
    (tmp_path / "app" / "services.py").write_text(SERVICES)
    return tmp_path


@pytest.fixture
def diagnose(aludel, project):
    def run(text, line=9, source="session.commit()", *args):
        frame = 'Traceback (most recent call last):\n  File "/srv/code/app/services.py", line %d, in f\n    %s\n' % (line, source)
        result = aludel.run("diagnose", "--json", *(args or ["--no-run"]), input=frame + text, cwd=project)
        assert result.code == 0, result
        return json.loads(result.out)

    return run


def shown(d, evidence="shown"):
    return [(c["path"], c["line"], c["text"]) for c in d["causes"] if c["evidence"] == evidence]


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


def test_the_frame_is_found_in_the_project(diagnose):
    d = diagnose("sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: users.email")
    assert d["frame"] == {"path": "app/services.py", "line": 9, "function": "f", "source": "session.commit()", "in_project": True}
    ((path, line, text),) = shown(d)
    assert (path, line) == ("app/models.py", line_of(MODELS, "email:")) and "User.email is declared unique" in text
    other = diagnose("sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: users.email", 9, "something_else()")
    assert other["frame"]["in_project"] is False


def test_constraints_are_resolved_to_columns(diagnose):
    prefix = "sqlalchemy.exc.IntegrityError: (sqlalchemy.dialects.postgresql.asyncpg.UniqueViolationError) duplicate key value violates unique constraint "
    d = diagnose(prefix + '"uq_tenant_number"')
    assert (d["table"], d["columns"]) == ("users", ["tenant", "number"])
    assert shown(d)[0][:2] == ("app/models.py", line_of(MODELS, "UniqueConstraint(\"tenant\""))
    d = diagnose(prefix + '"users_email_key"')
    assert (d["table"], d["columns"]) == ("users", ["email"])
    d = diagnose(prefix + '"users_pkey"')
    assert d["entry"] == "DB-UQ-PG"


def test_a_deleted_parent_gets_its_cascade(diagnose, project):
    d = diagnose(
        "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) NOT NULL constraint failed: posts.user_id\n"
        "[SQL: UPDATE posts SET user_id=? WHERE posts.id = ?]\n[parameters: (None, 1)]"
    )
    assert "User.posts" in shown(d)[0][2] or "posts" in shown(d)[0][2]
    diff = d["fix"]["diff"]
    assert '+        cascade="all, delete-orphan",' in diff.splitlines()
    done = subprocess.run(["patch", "-p1"], input=diff.encode(), cwd=project, capture_output=True)
    assert done.returncode == 0, done.stdout
    after = (project / "app" / "models.py").read_text()
    assert after == MODELS.replace('back_populates="user",\n', 'back_populates="user",\n        cascade="all, delete-orphan",\n')


def test_a_value_that_was_not_set(diagnose):
    d = diagnose("sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) NOT NULL constraint failed: users.tenant\n[SQL: INSERT INTO users (email) VALUES (?)]")
    assert shown(d)[0][:2] == ("app/models.py", line_of(MODELS, "tenant: Mapped")) and d["fix"]["diff"] is None


def test_lazy_relationships(diagnose):
    d = diagnose(
        "sqlalchemy.orm.exc.DetachedInstanceError: Parent instance <User at 0x7f> is not bound to a Session; lazy load operation of attribute 'posts' cannot proceed",
        14, "return [post.title for post in user.posts]",
    )  # fmt: skip
    assert "selectinload(User.posts)" in shown(d)[0][2]
    d = diagnose("sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called; can't call await_only() here. Was IO attempted in an unexpected place?", 14, "return [post.title for post in user.posts]")
    assert "selectinload(User.posts)" in shown(d, "likely")[0][2]


def test_misspelt_names_are_mended(diagnose, project):
    broken = MODELS.replace('user: Mapped["User"] = relationship(', 'user = relationship("Uzer", ')
    (project / "app" / "models.py").write_text(broken)
    d = diagnose("sqlalchemy.exc.InvalidRequestError: When initializing mapper Mapper[Post(posts)], expression 'Uzer' failed to locate a name ('Uzer'). If this is a class name, consider adding this relationship() to the <class 'app.models.Post'> class after both dependent classes have been defined.")
    assert '+    user = relationship("User", back_populates="posts")' in d["fix"]["diff"]
    broken = MODELS.replace('ForeignKey("users.id")', 'ForeignKey("user.id")')
    (project / "app" / "models.py").write_text(broken)
    d = diagnose("sqlalchemy.exc.NoReferencedTableError: Foreign key associated with column 'posts.user_id' could not find table 'user' with which to generate a foreign key to target column 'id'")
    assert '+    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))' in d["fix"]["diff"]


def test_what_the_database_has_not(diagnose):
    d = diagnose("sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such column: users.number\n[SQL: SELECT users.number FROM users]")
    assert "User.number is in the model" in shown(d)[0][2]
    d = diagnose("sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no such table: users\n[SQL: SELECT users.id FROM users]")
    assert shown(d)[0][:2] == ("app/models.py", line_of(MODELS, "class User(Base)"))


def test_the_text_reads_from_cause_to_check(aludel, project, sa20):
    text = "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: users.email\n[SQL: INSERT INTO users (email) VALUES (?)]\n(Background on this error at: https://sqlalche.me/e/20/gkpj)"
    result = aludel.run("diagnose", input=text, cwd=project, env={"VIRTUAL_ENV": os.path.dirname(os.path.dirname(sa20))})
    assert result.code == 0, result
    order = ["What happened", "table users, column email", "Why", "User.email is declared unique", "Fix", "How to check", "A program that raises the same", "class Users(Base)", "It was run with SQLAlchemy 2.0"]
    positions = [result.out.index(part) for part in order]
    assert positions == sorted(positions), result.out


# ---- reproductions

REPROS = re.findall(r"(?m)^# ([A-Z0-9 -]+) \| (\w+)$", (ROOT / "src" / "diagnose" / "repros.md").read_text())
# 2.1 has no such error any more: a warning, or a type that SQLite got.
GONE_IN_21 = {"SA-RESERVED", "SA-CANTRENDER"}


def raised(aludel, tmp_path, python, entry, cls):
    messages = [json.loads(line) for line in (ROOT / "tests" / "diagnose" / "messages.jsonl").open(encoding="utf-8")]
    fitting = [m for m in messages if m["entry"] == entry and m["sure"] and (m["cls"].endswith("." + cls) or "." not in m["cls"])]
    if not fitting:  # recorded under another database's class only
        return None
    m = fitting[0]
    result = aludel.run("diagnose", "--json", input=m["cls"] + ": " + m["text"], cwd=tmp_path, env={"VIRTUAL_ENV": os.path.dirname(os.path.dirname(python))})
    d = json.loads(result.out)
    assert d["entry"] == entry, d
    return d["repro"]


def check_repros(aludel, tmp_path, python, chosen, gone=()):
    tried = 0
    for ids, cls in chosen:
        for entry in ids.split()[:1]:
            repro = raised(aludel, tmp_path, python, entry, cls)
            if repro is None or entry in gone:
                continue
            assert repro["code"] and repro["raises"] == cls, (entry, repro)
            assert "raises it" in repro["note"], (entry, repro)
            tried += 1
    return tried


def test_reproductions_raise_the_same(aludel, tmp_path, sa20):
    assert check_repros(aludel, tmp_path, sa20, REPROS[::7]) >= 5


@pytest.mark.oracle
@pytest.mark.parametrize("version", ("sa20", "sa21"))
def test_all_reproductions(aludel, tmp_path, request, version):
    python = request.getfixturevalue(version)
    gone = GONE_IN_21 if version == "sa21" else ()
    assert check_repros(aludel, tmp_path, python, REPROS, gone) > 40
