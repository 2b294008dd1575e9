"""What `aludel scaffold` writes, at work: each generator, sync and async, on SQLite, PostgreSQL and MariaDB.

A package is generated, its tables are made by the generated engine, rows are written and read by the
generated repositories, relationships are walked, and the generated routers answer concurrent requests
through uvicorn.
"""

import os
import subprocess

import model_specs
import pytest

SHOP = [
    "User", "email:str(320):unique", "name:str(50):null", "status:enum(active,on\u00a0hold)=active",
    "born:date:null", "balance:decimal(10,2)=0", "settings:json={}", "created_at:datetime:now",
    "changed_at:datetime:now:update",
    "Post", "title:str(80)", "author:->User:cascade", "tags:<->Tag", "views:int=0:min(0)",
    "Tag", "name:str(30):unique",
    "Profile", "user:->User:one:cascade", "bio:text:null",
    "Node", "label:str(20)", "parent:->self:null",
    "Employee", "name:str(40)", "Manager(Employee)", "level:int=1",
]  # fmt: skip
SHOP = [word.replace("\u00a0", " ") for word in SHOP]

# driver -> (server, flags)
TARGETS = {
    "sqlite": (None, []),
    "aiosqlite": (None, ["--async"]),
    "psycopg": ("postgresql", []),
    "asyncpg": ("postgresql", ["--async"]),
    "pymysql": ("mariadb", []),
    "asyncmy": ("mariadb", ["--async"]),
}
SYNC = {"postgresql": "psycopg", "mariadb": "pymysql"}

# The database of the servers is shared by all tests of a run.
CLEAN = """
import sys
import sqlalchemy as sa
with sa.create_engine(sys.argv[1]).begin() as connection:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("drop schema public cascade")
        connection.exec_driver_sql("create schema public")
    else:
        connection.exec_driver_sql("set foreign_key_checks = 0")
        for table in sa.inspect(connection).get_table_names():
            connection.exec_driver_sql(f"drop table `{table}`")
"""


@pytest.fixture
def database_url(request, sa20):
    """Gives the URL of an empty database of a server; it is empty again behind the test."""
    used = []

    def clean(server):
        url = request.getfixturevalue(server).url(f"{server}+{SYNC[server]}")
        subprocess.run([sa20, "-c", CLEAN, url], check=True, timeout=400)

    def url_of(server, driver):
        clean(server)
        used.append(server)
        return request.getfixturevalue(server).url(f"{server}+{driver}")

    yield url_of
    for server in used:
        clean(server)


# The same for both worlds: `await_` runs a coroutine, or gives back what is none.
PROGRAM = """
import asyncio, concurrent.futures, datetime, decimal, enum, importlib, inspect, json, sys, threading, time, uuid
import sqlalchemy as sa

loop = asyncio.new_event_loop()
await_ = lambda x: loop.run_until_complete(x) if inspect.isawaitable(x) else x
database = importlib.import_module("app.database")
m = importlib.import_module("app.models")
is_async = "async" in type(database.engine).__name__.lower()


def create_all(metadata):
    if not is_async:
        return metadata.create_all(database.engine)
    async def run():
        async with database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
    loop.run_until_complete(run())


def scope(work):
    if not is_async:
        with database.session_scope() as session:
            return work(session)
    async def run():
        async with database.session_scope() as session:
            return await session.run_sync(work)
    return loop.run_until_complete(run())


create_all(m.Base.metadata)


def write(session):
    user = m.User(email="a@example.org", settings={"a": [1]}, balance=decimal.Decimal("12.50"))
    user.posts = [m.Post(title="one", tags=[m.Tag(name="x"), m.Tag(name="y")]), m.Post(title="two")]
    user.profile = m.Profile(bio="hello")
    top = m.Node(label="top", children=[m.Node(label="below")])
    session.add_all([user, top, m.Manager(name="boss", level=3), m.Employee(name="clerk")])


scope(write)


def walk(session):
    user = session.scalars(sa.select(m.User)).one()
    assert user.status is m.UserStatus.ACTIVE and user.balance == decimal.Decimal("12.50")
    assert user.settings == {"a": [1]} and user.created_at and user.changed_at
    assert sorted(p.title for p in user.posts) == ["one", "two"] and user.profile.bio == "hello"
    one = next(p for p in user.posts if p.title == "one")
    assert one.author is user and sorted(t.name for t in one.tags) == ["x", "y"]
    assert one.tags[0].posts == [one]
    below = session.scalars(sa.select(m.Node).where(m.Node.label == "below")).one()
    assert below.parent.label == "top" and below.parent.children == [below]
    assert {type(e).__name__ for e in session.scalars(sa.select(m.Employee))} == {"Manager", "Employee"}
    session.delete(user)
    session.flush()
    assert not session.scalars(sa.select(m.Post)).all() and not session.scalars(sa.select(m.Profile)).all()


scope(walk)
for bad in ({"title": "no author", "author_id": 999999}, {"title": "few", "views": -1, "author_id": 1}):
    try:
        scope(lambda session: session.add(m.Post(**bad)))
    except sa.exc.DBAPIError:
        continue
    raise AssertionError("stored: %r" % bad)

# Repositories.
UserRepository = importlib.import_module("app.user_repository").UserRepository


async def use_async():
    async with database.SessionFactory() as session:
        users = UserRepository(session)
        user = await users.create(email="r@example.org")
        assert (await users.get(user.id)) is user and (await users.get_by_email("r@example.org")) is user
        await users.update(user, name="renamed")
        assert user.changed_at
        assert [u.id for u in await users.page(limit=5)] == [user.id] and await users.count() == 1
        await users.delete(user)
        assert await users.count() == 0
        await session.commit()


def use_sync():
    with database.SessionFactory() as session:
        users = UserRepository(session)
        user = users.create(email="r@example.org")
        assert users.get(user.id) is user and users.get_by_email("r@example.org") is user
        users.update(user, name="renamed")
        assert user.changed_at
        assert [u.id for u in users.page(limit=5)] == [user.id] and users.count() == 1
        users.delete(user)
        assert users.count() == 0
        session.commit()


await_(use_async() if is_async else use_sync())
await_(database.dispose_engine())

# Routers, through a real server, with concurrent requests.
import fastapi, httpx, uvicorn

app = fastapi.FastAPI()
for name in ("user", "post", "tag"):
    app.include_router(importlib.import_module(f"app.{name}_router").router)
server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
thread = threading.Thread(target=server.run)
thread.start()
while not server.started:
    time.sleep(0.05)
port = server.servers[0].sockets[0].getsockname()[1]
with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda i: client.post("/users", json={"email": f"u{i}@example.org"}), range(24)))
    assert {r.status_code for r in made} == {201}, [r.text for r in made if r.status_code != 201][:1]
    user = made[0].json()
    assert client.get(f"/users/{user['id']}").json() == user
    assert client.post("/users", json={"email": "u1@example.org"}).status_code == 409
    assert client.post("/users", json={"email": "x" * 400}).status_code == 422
    assert client.get("/users/2000000000").status_code == 404
    assert len(client.get("/users", params={"limit": 10, "offset": 20}).json()) == 4
    changed = client.patch(f"/users/{user['id']}", json={"name": "n", "status": "on hold"})
    assert changed.status_code == 200 and changed.json()["status"] == "on hold", changed.text
    assert client.patch(f"/users/{user['id']}", json={"email": None}).status_code == 422
    post = client.post("/posts", json={"title": "t", "author_id": user["id"]})
    assert post.status_code == 201, post.text
    assert client.post("/posts", json={"title": "t", "author_id": 1900000000}).status_code == 409
    assert client.delete(f"/users/{user['id']}").status_code == 204
    assert client.get(f"/posts/{post.json()['id']}").status_code == 404
server.should_exit = True
thread.join()
print("worked")
"""


OFTEN = ("sqlite", "asyncpg", "pymysql")  # each server, sync and async


@pytest.mark.parametrize(
    "driver", [pytest.param(d, marks=[] if d in OFTEN else pytest.mark.oracle) for d in TARGETS]
)
def test_generated_code_works_on_a_database(aludel, tmp_path, driver, sa20, database_url):
    server, flags = TARGETS[driver]
    package = tmp_path / "app"
    package.mkdir()
    (package / "__init__.py").write_text("")
    if server:
        url = database_url(server, driver)
        flags = [*flags, "--database", server]
    else:
        url = "sqlite%s:///%s/test.db" % ("+aiosqlite" if driver == "aiosqlite" else "", tmp_path)
    for generator in ("model", "schemas", "repository", "crud", "engine"):
        words = [] if generator == "engine" else SHOP
        done = aludel.run(
            "scaffold", generator, "--write", "--project", package, "--package", "app", *flags, *words
        )
        assert done.code == 0, done
    done = subprocess.run(
        [sa20, "-c", PROGRAM], cwd=tmp_path, env=dict(os.environ, DATABASE_URL=url), capture_output=True,
        text=True, timeout=400,
    )
    assert done.stdout.strip() == "worked", done.stderr[-3000:]


CREATE = """
import importlib, json, os, sys
import sqlalchemy as sa
engine = sa.create_engine(os.environ["DATABASE_URL"])
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    metadata = getattr(module, "metadata", None)
    metadata = module.Base.metadata if metadata is None else metadata
    metadata.create_all(engine)
    found = sa.inspect(engine)
    for table in metadata.sorted_tables:
        columns = {c["name"]: c for c in found.get_columns(table.name)}
        for column in table.columns:
            assert columns[column.name]["nullable"] == column.nullable, column
    metadata.drop_all(engine)
print("created")
"""


@pytest.mark.parametrize(
    "server, driver",
    [("postgresql", "psycopg"), pytest.param("mariadb", "pymysql", marks=pytest.mark.oracle)],
)
def test_tables_are_created_on_servers(aludel, tmp_path, server, driver, sa20, database_url):
    names = []
    for spec in model_specs.SPECS:
        for generator in ("model", "table"):
            if generator == "table" and spec in ("joined", "single"):
                continue
            words = model_specs.words(spec) if generator == "model" else model_specs.table_words(spec)
            done = aludel.run("scaffold", generator, "--stdout", "--database", server, *words)
            assert done.code == 0, done
            names.append(f"{generator}_{spec}")
            (tmp_path / f"{names[-1]}.py").write_text(done.out)
    url = database_url(server, driver)
    done = subprocess.run(
        [sa20, "-c", CREATE, *names], cwd=tmp_path, env=dict(os.environ, DATABASE_URL=url), capture_output=True,
        text=True, timeout=400,
    )
    assert done.stdout.strip() == "created", done.stderr[-3000:]
