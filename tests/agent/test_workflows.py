"""The four workflows of the skill, and the handler of its fourth example: from prompts to what runs."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from conftest import VENVS

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
PYTHON = VENVS / "sa20" / "bin" / "python"
MODELS = """from sqlalchemy import String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    active: Mapped[bool] = mapped_column(default=True)


engine = create_engine("sqlite:///app.db")
SessionFactory = sessionmaker(engine, expire_on_commit=False)
"""
LEGACY = """from models import SessionFactory, User


def active_users():
    session = SessionFactory()
    users = session.query(User).filter(User.active == True).order_by(User.email).all()
    session.close()
    return users


def by_id(key):
    session = SessionFactory()
    user = session.query(User).get(key)
    session.close()
    return user
"""


@pytest.fixture
def work(aludel, tmp_path):
    """A folder to ask in, and to run what came of it."""

    class Work:
        path = tmp_path

        def ask(self, request, *options):
            result = aludel.run("ask", request, "--json", *options, cwd=tmp_path, env=environment())
            assert result.code == 0, result
            answer = json.loads(result.out)
            assert not (answer["verification"] or {}).get("failed"), answer["verification"]
            return answer

        def apply(self, request):
            result = aludel.run("ask", request, "--project", ".", "--apply", cwd=tmp_path, env=environment())
            assert result.code == 0 and "aludel undo" in result.out, result
            return result.out

        def python(self, *args, folder=".", **variables):
            env = dict(environment(), PYTHONPATH=".", PYTHONDONTWRITEBYTECODE="1", **variables)
            command = [PYTHON, "-W", "ignore", *args]
            done = subprocess.run(command, cwd=tmp_path / folder, env=env, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        def write(self, name, text):
            (tmp_path / name).write_text(text)

    return Work()


def environment():
    return dict(os.environ, PATH="%s:%s" % (VENVS / "sa20" / "bin", os.environ["PATH"]))


def code_of(answer):
    return "\n".join(BLOCK.findall(answer["markdown"]))


def test_new_project(work, aludel):
    request = (
        "New project: sync SQLAlchemy on sqlite with models Author (name unique) and "
        "Book (title, isbn unique, belongs to an author), alembic and FastAPI"
    )
    result = aludel.run("ask", request, "--apply", cwd=work.path, env=environment())
    assert result.code == 0, result
    folder = next(path.parent for path in work.path.rglob("alembic.ini")).relative_to(work.path)
    work.python("-m", "alembic", "upgrade", "head", folder=folder, DATABASE_URL="sqlite:///new.db")
    work.python("-m", "alembic", "check", folder=folder, DATABASE_URL="sqlite:///new.db")
    work.python("-m", "pytest", "-q", "-p", "no:cacheprovider", folder=folder, DATABASE_URL="sqlite:///new.db")


def test_modernise_legacy_queries(work):
    work.write("models.py", MODELS)
    work.write("services.py", LEGACY)
    setup = "from models import *; Base.metadata.create_all(engine); s = SessionFactory(); s.add_all([User(email='b'), User(email='a'), User(email='c', active=False)]); s.commit()"
    work.python("-c", setup)
    probe = "import services; print([u.email for u in services.active_users()], services.by_id(3).email, services.by_id(9))"
    before = work.python("-c", probe)
    work.apply("modernise the legacy queries of this project")
    text = (work.path / "services.py").read_text()
    assert ".query(" not in text and "select(User)" in text and "session.get(User" in text
    assert work.python("-c", probe) == before == "['a', 'b'] c None\n"
    assert (work.path / "models.py").read_text() == MODELS  # the schema is what it was


def test_a_feature_with_relationships(work):
    work.write("models.py", MODELS)
    work.apply("add a Post model (title, body) that belongs to a user; a user has many posts")
    work.python("-c", "from models import *; Base.metadata.create_all(engine)")
    query = work.ask("the number of posts by user, most first", "--project", ".")
    assert query["intent"] == "query"
    rows = "from models import *\ns = SessionFactory()\nu = User(email='a'); u.posts = [Post(title='x', body='y'), Post(title='z', body='y')]\ns.add_all([u, User(email='b')]); s.commit()\n"
    names = re.findall(r"^def (\w+)", code_of(query), re.M)
    found = work.python("-c", rows + code_of(query) + "\nprint(sorted(row[-1] for row in %s(s) if row[-1]))" % names[-1])
    assert found == "[2]\n"
    revision = work.ask("alembic migration: create table posts (id, title varchar(255), body text, user_id references users)", "--project", ".")
    run = (
        "from alembic.migration import MigrationContext; from alembic.operations import Operations\n"
        "from sqlalchemy import create_engine, inspect\n" + code_of(revision) + "\n"
        "c = create_engine('sqlite://').connect(); c.exec_driver_sql('create table users (id integer primary key)')\n"
        "with Operations.context(MigrationContext.configure(c)):\n"
        "    upgrade(); print(sorted(inspect(c).get_table_names()), inspect(c).get_foreign_keys('posts')[0]['referred_table'])\n"
        "    downgrade(); print(inspect(c).get_table_names())\n"
    )
    assert work.python("-c", run) == "['posts', 'users'] users\n['users']\n"


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_fastapi(work, mode):
    answer = work.ask("Integrate %s SQLAlchemy with FastAPI: a session dependency and CRUD endpoints for an Item (name, price)" % mode)
    assert ("AsyncSession" in code_of(answer)) == (mode == "async")
    probe = (
        "\nfrom fastapi.testclient import TestClient\n"
        "with TestClient(app) as client:\n"
        "    paths = sorted((p for p in app.openapi()['paths'] if 'item' in p), key=len)\n"
        "    made = client.post(paths[0], json={'name': 'n', 'price': '2.50'})\n"
        "    assert made.status_code == 201, made.text\n"
        "    print(client.get(paths[0] + '/%s' % made.json()['id']).json()['name'])\n"
    )
    create = "" if mode == "async" else "\nBase.metadata.create_all(engine)\n"
    driver = "sqlite+aiosqlite:///w.db" if mode == "async" else "sqlite:///w.db"
    work.write("main_app.py", code_of(answer))
    if mode == "async":
        create = "\nimport asyncio\nasync def make():\n    async with engine.begin() as c:\n        await c.run_sync(Base.metadata.create_all)\nasyncio.run(make())\n"
    assert work.python("-c", "from main_app import *\n" + create + probe, DATABASE_URL=driver) == "n\n"


def test_a_handler_around_commit(work):
    answer = work.ask(
        "I get an IntegrityError about a unique email column when inserting users; "
        "explain what is happening and how to avoid it."
    )
    text, code = answer["markdown"], code_of(answer)
    assert "unique constraint" in text and "already exists" in text
    assert re.search(r"session\.commit\(\)\n +except IntegrityError:\n +session\.rollback\(\)", code)
    probe = "\nwith Session(engine) as s:\n    print(register(s, 'n'), register(s, 'n'), register(s, 'm'), s.scalar(select(func.count()).select_from(User)))\n"
    assert work.python("-c", code + probe) == "True False True 4\n"
