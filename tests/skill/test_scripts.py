"""The scripts of the skill package: each is run as a user would, on SQLAlchemy 2.0 and 2.1."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "skill" / "sqlalchemy-coding-agent" / "scripts"
NAMES = sorted(path.name for path in SCRIPTS.glob("*.py"))
PROGRAMS = [name for name in NAMES if name not in ("assets.py", "fields.py")]


def long(value):
    """A case beside one that `make test` runs."""
    return pytest.param(value, marks=pytest.mark.oracle)


@pytest.fixture(scope="module", params=["sa20", "sa21"])
def python(request):
    return request.getfixturevalue(request.param)


def run(python, name, *args, cwd=None, code=0, input="", **env):
    variables = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **env)
    for key in list(variables):
        if key.startswith("DATABASE_") and key not in env:
            del variables[key]
    done = subprocess.run(
        [python, str(SCRIPTS / name), *map(str, args)],
        cwd=cwd,
        env=variables,
        input=input,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def execute(python, source, cwd, **env):
    done = subprocess.run(
        [python, "-W", "error::sqlalchemy.exc.SAWarning", "-c", source],
        cwd=cwd,
        env=dict(os.environ, PYTHONPATH=str(SCRIPTS), PYTHONDONTWRITEBYTECODE="1", **env),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_all_scripts_of_the_package_are_there():
    assert PROGRAMS == [
        "create_async_engine.py",
        "create_sync_engine.py",
        "fix_query.py",
        "generate_alembic_migration.py",
        "scaffold_core_table.py",
        "scaffold_orm_model.py",
        "setup_alembic_env.py",
        "setup_fastapi_dependencies.py",
    ]


@pytest.mark.parametrize("name", PROGRAMS)
def test_help(sa20, name):
    out = run(sa20, name, "--help").stdout
    assert out.startswith("usage: " + name) and len(out) > 300


def test_style():
    for arguments in (
        ["ruff", "check", "--select", "E,F,I,UP,B", "--line-length", "110", "--ignore", "E501"],
        ["ruff", "format", "--check", "--line-length", "100"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *arguments, "--no-cache", "."], cwd=SCRIPTS, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("script", ["create_sync_engine.py", long("create_async_engine.py")])
def test_engine_settings(sa20, script, tmp_path):
    out = run(sa20, script, "--check", DATABASE_URL="sqlite:///" + str(tmp_path / "a.db")).stdout
    assert out.endswith("connected\n") and "a.db" in out
    out = run(
        sa20,
        script,
        DATABASE_BACKEND="postgresql",
        DATABASE_USER="u",
        DATABASE_PASSWORD="p@ss/word",
        DATABASE_NAME="shop",
        DATABASE_POOL_SIZE="7",
    ).stdout
    driver = "psycopg" if "sync_engine" in script and "async" not in script else "asyncpg"
    assert out.splitlines()[0] == f"url: postgresql+{driver}://u:***@localhost/shop"
    assert "pool_size: 7" in out and "pool_pre_ping: True" in out and "p@ss" not in out
    run(sa20, script, DATABASE_BACKEND="oracle7", code=2)
    run(sa20, script, DATABASE_POOL_SIZE="many", code=2)
    run(sa20, script, DATABASE_URL="nonsense", code=2)
    failed = run(sa20, script, "--check", DATABASE_URL="sqlite:////no/such/folder/a.db", code=2)
    assert "unable to open" in failed.stderr


def test_engine_modules(python, tmp_path):
    execute(
        python,
        """
import asyncio
from sqlalchemy import text
import create_sync_engine as sync_, create_async_engine as async_
settings = sync_.DatabaseSettings(url="sqlite:///one.db")
engine = sync_.make_engine(settings)
with sync_.make_session_factory(engine)() as session:
    assert session.scalar(text("PRAGMA foreign_keys")) == 1
engine.dispose()
async def main():
    engine = async_.make_engine(settings)
    factory = async_.make_session_factory(engine)
    async with factory() as session:
        assert await session.scalar(text("PRAGMA foreign_keys")) == 1
    assert factory.kw["expire_on_commit"] is False
    await engine.dispose()
asyncio.run(main())
""",
        tmp_path,
    )


FIELDS = ["email:str(320):unique", "age:int:null:index", "total:decimal(10,2)=0", "data:json"]
FIELDS += ["created_at:datetime:now", "on:bool=true", "status:str(20)=open", "key:uuid", "raw:bytes:null"]
FIELDS += [
    "born:date:null",
    "note:text:null",
    "ratio:float=1.5",
    "big:bigint",
    "parent_id:int:null:fk(users.id)",
]


def test_orm_model(python, tmp_path):
    source = run(python, "scaffold_orm_model.py", "User", *FIELDS).stdout
    (tmp_path / "models.py").write_text(source)
    execute(
        python,
        """
from decimal import Decimal
from uuid import uuid4
from sqlalchemy import create_engine, inspect, select
from sqlalchemy.orm import Session
from models import Base, User
engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
columns = {c["name"]: c for c in inspect(engine).get_columns("users")}
assert len(columns) == 15 and columns["age"]["nullable"] and not columns["email"]["nullable"]
assert inspect(engine).get_foreign_keys("users")[0]["referred_table"] == "users"
with Session(engine) as session:
    session.add(User(email="a", data={}, key=uuid4(), big=1))
    session.commit()
    user = session.scalars(select(User)).one()
    assert user.total == Decimal("0") and user.status == "open" and user.on is True
    assert user.created_at is not None and "email='a'" in repr(user)
""",
        tmp_path,
    )
    check_style(tmp_path / "models.py")


def test_core_table(python, tmp_path):
    source = run(python, "scaffold_core_table.py", "users", *FIELDS).stdout
    (tmp_path / "tables.py").write_text(source)
    execute(
        python,
        """
from uuid import uuid4
from sqlalchemy import create_engine
from tables import metadata, users
engine = create_engine("sqlite://")
metadata.create_all(engine)
with engine.begin() as connection:
    connection.execute(users.insert().values(email="a", data={}, key=uuid4(), big=1))
    row = connection.execute(users.select()).one()
    assert row.status == "open" and row.age is None
""",
        tmp_path,
    )
    check_style(tmp_path / "tables.py")


def check_style(path):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "E,F,I", str(path)],
        capture_output=True,
        text=True,
        cwd=path.parent,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "field, message",
    [
        ("metadata:str", "metadata"),
        ("class:str", "class"),
        ("a:strr", "unknown type 'strr'"),
        ("a:str:uniq", "unknown flag 'uniq'"),
        ("a", "name:type"),
        ("a:int=x", "no default of type int"),
        ("a:json={}", "no literal default"),
        ("a:int(5)", "takes no length"),
        ("a:int:pk:null", "primary key"),
        ("id:int", "id:int:pk"),
    ],
)
def test_wrong_fields_are_named(sa20, field, message):
    done = run(sa20, "scaffold_orm_model.py", "User", field, code=2)
    assert message in done.stderr and done.stdout == ""


def test_names_are_checked(sa20):
    for name in ("class", "1a", "dict", "Exception"):
        run(sa20, "scaffold_orm_model.py", name, "a:int", code=2)
    assert "given twice" in run(sa20, "scaffold_orm_model.py", "U", "a:int", "a:int", code=2).stderr
    assert "--interactive" in run(sa20, "scaffold_orm_model.py", code=2).stderr


def test_interactive(sa20):
    answers = "User\nemail:strr\nemail:str\n\n"
    done = run(sa20, "scaffold_orm_model.py", "--interactive", input=answers)
    assert "email: Mapped[str]" in done.stdout and "unknown type" in done.stderr


@pytest.mark.parametrize("mode", [long("sync"), long("async"), "both"])
def test_fastapi_dependencies(sa20, mode, tmp_path):
    run(sa20, "setup_fastapi_dependencies.py", "--mode", mode, "--output", "deps.py", cwd=tmp_path)
    run(sa20, "setup_fastapi_dependencies.py", "--output", "deps.py", cwd=tmp_path, code=2)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "database.py").write_text(
        """
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
sync = sessionmaker(create_engine("sqlite://"))
asynchronous = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"), expire_on_commit=False)
SessionFactory = asynchronous if %r == "async" else sync
AsyncSessionFactory = asynchronous
"""
        % mode
    )
    endpoints = {
        "sync": "@app.get('/s')\ndef s(session: deps.SessionDep) -> int:\n    return session.scalar(text('SELECT 7'))\n",
        "async": "@app.get('/a')\nasync def a(session: deps.AsyncSessionDep) -> int:\n"
        "    return await session.scalar(text('SELECT 7'))\n",
    }
    wanted = ["sync", "async"] if mode == "both" else [mode]
    execute(
        sa20,
        "from fastapi import FastAPI\nfrom fastapi.testclient import TestClient\nfrom sqlalchemy import text\n"
        "import deps\napp = FastAPI()\n"
        + "".join(endpoints[name] for name in wanted)
        + "client = TestClient(app)\n"
        + "".join("assert client.get('/%s').json() == 7\n" % name[0] for name in wanted),
        tmp_path,
    )
    check_style(tmp_path / "deps.py")


MODELS = """
from datetime import datetime
from sqlalchemy import MetaData, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={"uq": "uq_%(table_name)s_%(column_0_name)s"})
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
"""


@pytest.mark.parametrize("is_async", [long(False), True])
def test_alembic(sa20, sa21, is_async, tmp_path):
    python = sa21 if is_async else sa20
    (tmp_path / "models.py").write_text(MODELS)
    url = "sqlite%s:///a.db" % ("+aiosqlite" if is_async else "")
    env = {"DATABASE_URL": url, "PYTHONPATH": str(tmp_path)}
    flags = ["--async"] if is_async else []
    run(python, "setup_alembic_env.py", "--metadata", "models:Base", "--write", *flags, cwd=tmp_path)
    assert (
        "left alembic.ini alone"
        in run(python, "setup_alembic_env.py", "--metadata", "models:Base", "--write", cwd=tmp_path).stderr
    )
    run(python, "setup_alembic_env.py", "--metadata", "models", cwd=tmp_path, code=2)

    def alembic(*args, code=0):
        done = subprocess.run(
            [python, "-m", "alembic", *args],
            cwd=tmp_path,
            env=dict(os.environ, **env),
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    make = ["generate_alembic_migration.py", "-m", "first", "--autogenerate"]
    out = run(python, *make, cwd=tmp_path, **env).stdout
    assert "destructive" not in out
    alembic("upgrade", "head")
    alembic("check")
    assert "CREATE TABLE users" in alembic("upgrade", "head", "--sql")
    (tmp_path / "models.py").write_text(
        MODELS.replace("    email:", "    name: Mapped[str] = mapped_column()\n    #")
    )
    out = run(python, *make, cwd=tmp_path, code=1, **env).stdout
    assert "drop_column" in out and "drops a column" in out and "adds a NOT NULL column" in out
    assert [p.name for p in tmp_path.rglob("*.rejected")] and "set aside" in out
    assert len(list((tmp_path / "migrations" / "versions").glob("*.py"))) == 1
    run(python, *make, "--allow-destructive", cwd=tmp_path, **env)
    (tmp_path / "models.py").write_text("broken(")
    assert "SyntaxError" in run(python, *make, cwd=tmp_path, code=2, **env).stderr
    run(python, "generate_alembic_migration.py", cwd=tmp_path, code=2)


def test_review_of_a_revision(sa20, tmp_path):
    (tmp_path / "r.py").write_text(
        """
def upgrade():
    op.drop_table("a")
    with op.batch_alter_table("b") as batch:
        batch.alter_column("x", type_=sa.Integer())
        batch.alter_column("y", nullable=False)
    op.execute("DELETE FROM c")
    op.execute(sa.text("UPDATE c SET x = 1"))
    op.add_column("c", sa.Column("z", sa.Integer(), nullable=False))
    op.add_column("c", sa.Column("w", sa.Integer(), nullable=False, server_default="0"))
def downgrade():
    op.drop_table("d")
"""
    )
    out = run(sa20, "generate_alembic_migration.py", "--review", "r.py", cwd=tmp_path, code=1).stdout
    assert [line.split(":")[1].strip() for line in out.splitlines() if "destructive" in line] == [
        "line 3",
        "line 5",
        "line 6",
        "line 7",
    ]
    assert out.count("warning") == 1 and "line 9" in out
    assert (tmp_path / "r.py").exists()


LEGACY = '''"""Doc."""
from sqlalchemy.orm import Session

def run(session: Session):
    é = "é"; a = session.query(User).filter(User.name == "é", User.id > 0).all()
    b = session.query(User).filter_by(name="x").one()
    c = session.query(User).order_by(User.id).first()
    d = session.query(User.name, User.id).all()
    e = session.query(User).get(1)
    f = session.query(User).filter(User.id > 1).count()
    g = session.query(User).filter(User.id == 2).update({"name": "y"})
    h = session.query(User).filter(User.id == 3).delete()
    left = session.query(User).filter(User.id == 1)
    left2 = session.query(User).join(Post).all()
    left3 = session.query(User.name).scalar()
    return a, b, c, d, e, f, g, h
'''


def test_fix_query(python, tmp_path):
    (tmp_path / "q.py").write_text(LEGACY)
    done = run(python, "fix_query.py", "q.py", cwd=tmp_path, code=1)
    assert (tmp_path / "q.py").read_text() == LEGACY and done.stdout.startswith("--- q.py")
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == ["13", "14", "15"]
    run(python, "fix_query.py", "--write", "q.py", cwd=tmp_path, code=1)
    new = (tmp_path / "q.py").read_text()
    assert new.count("session.query(") == 3 and "from sqlalchemy import delete, func, select, update" in new
    (tmp_path / "old.py").write_text(LEGACY)
    execute(
        python,
        """
import importlib
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
class Base(DeclarativeBase): pass
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
results = []
for name in ("old", "q"):
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    module = importlib.import_module(name)
    module.User, module.Post = User, Post
    source = open(name + ".py").read().split("    left =")[0] + "    return a, b, c, d, e, f, g, h\\n"
    scope = {"User": User, "Post": Post}
    exec(source, scope)
    with Session(engine) as session:
        session.add_all([User(id=1, name="é"), User(id=2, name="x"), User(id=3, name="z")])
        session.commit()
        a, b, c, d, e, f, g, h = scope["run"](session)
        results.append(([u.id for u in a], b.id, c.id, [tuple(r) for r in d], e.id, f, g, h))
assert results[0] == results[1], results
""",
        tmp_path,
    )
    assert (
        run(python, "fix_query.py", "-", input="session.query(User).get(5)\n").stdout
        == "session.get(User, 5)\n"
    )
    run(python, "fix_query.py", "-", input="def (", code=2)
    assert "select(A)" in run(python, "fix_query.py", "--patterns").stdout
