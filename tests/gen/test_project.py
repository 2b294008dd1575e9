"""`scaffold project`, `fastapi`, `alembic`: what they write runs, and is clean."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from servers import free_port
from test_scaffold_databases import CLEAN, SYNC

MODELS = """
Category name:str(50):unique parent:->self:null
Product sku:str(20):unique name:str(200):index price:decimal(10,2):min(0) stock:int:min(0)=0 active:bool=true
 kind:enum(book,toy)=book weight:float:null released:date:null made_at:datetime:now data:json at:time:null
 took:interval:null uid:uuid raw:bytes:null note:text:null category:->Category tags:<->Tag
Tag label:str(30):unique
Customer email:str(320):unique name:str(100) +timestamps +soft_delete
Order status:enum(open,paid,sent)=open customer:->Customer:cascade placed_on:date total:decimal(12,2)=0
OrderItem order:->Order:pk:cascade product:->Product:pk quantity:int:positive
Person name:str(80) kind:str(20)
Grade mark:enum(low,high):pk Report grade:->Grade Slot day:date:pk hour:int:pk:min(0):max(23) due:date:unique
Employee(Person) salary:int
""".split()


# `make test` runs one of each pair, `make oracle` the other.
MODES = [pytest.param("sync", marks=pytest.mark.oracle), "async"]


def call(python, *args, cwd, **env):
    done = subprocess.run(
        [python, "-W", "ignore", *args],
        cwd=cwd,
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1", PYTHONPATH=str(cwd), **env),
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def make(aludel, folder, *options, name="shop"):
    result = aludel.run("scaffold", "project", name, *options, "--write", cwd=folder)
    assert result.code == 0, result
    return folder / name


def assert_clean(aludel, python, project, mypy_cache):
    """What its author would be asked: lint, layout, types, and our own rules."""
    call(sys.executable, "-m", "ruff", "check", "--no-cache", ".", cwd=project)
    call(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", ".", cwd=project)
    call(sys.executable, "-m", "mypy", "--cache-dir", mypy_cache, "--python-executable", python, ".", cwd=project)
    result = aludel.run("check", ".", cwd=project)
    assert result.code == 0, result


@pytest.mark.parametrize("mode", MODES)
def test_rich_project(aludel, sa20, sa21, tmp_path, mypy_cache, mode):
    flags = ["--async"] if mode == "async" else []
    project = make(aludel, tmp_path, *MODELS, *flags, name="big-shop")
    out = call(sa21 if flags else sa20, "-m", "pytest", "-q", cwd=project)
    assert "passed" in out and "skipped" not in out
    assert_clean(aludel, sa20, project, mypy_cache)


@pytest.mark.parametrize("mode", MODES)
def test_without_fastapi(aludel, sa20, sa21, tmp_path, mode):
    flags = ["--async"] if mode == "async" else []
    project = make(aludel, tmp_path, "--no-fastapi", *flags)
    assert not (project / "shop" / "main.py").exists()
    assert "fastapi" not in (project / "pyproject.toml").read_text()
    call(sa20 if flags else sa21, "-m", "pytest", "-q", cwd=project)
    call(sys.executable, "-m", "ruff", "check", "--no-cache", ".", cwd=project)


def test_what_is_asked_for_is_there(aludel, sa20, tmp_path):
    project = make(aludel, tmp_path, "--database", "postgresql", "--async")
    toml = (project / "pyproject.toml").read_text()
    assert "asyncpg" in toml and "[project.optional-dependencies]\ntest = [" in toml
    settings = (project / "shop" / "settings.py").read_text()
    assert "postgresql+asyncpg://USER:PASSWORD@HOST:5432/NAME" in settings
    assert "pool_pre_ping=True" in (project / "shop" / "database.py").read_text()
    call(sa20, "-c", "import shop.main", cwd=project)  # imports without a server
    call(sa20, "-m", "pytest", "-q", cwd=project)  # and its tests run on SQLite
    files = {str(p.relative_to(project)) for p in project.rglob("*") if p.is_file()}
    for path in (
        "README.md .env.example .gitignore alembic.ini migrations/env.py migrations/script.py.mako "
        "migrations/versions/0001_create_the_tables.py shop/models.py shop/schemas.py shop/py.typed "
        "shop/repositories/user.py shop/routers/item.py tests/conftest.py tests/test_api.py"
    ).split():
        assert path in files, sorted(files)


LONG = [pytest.param(name, marks=pytest.mark.oracle) for name in ("psycopg", "pymysql", "asyncmy")]


@pytest.mark.parametrize("driver", ["asyncpg", *LONG])
def test_on_a_server(aludel, sa20, sa21, tmp_path, request, driver):
    """Tests of the project, its migrations among them, on PostgreSQL and MariaDB."""
    is_async = driver.startswith("async")
    kind = "postgresql" if driver in ("psycopg", "asyncpg") else "mariadb"
    server = request.getfixturevalue(kind)
    models = [*MODELS, "Note", "marks:array(str)", "extra:jsonb"] if kind == "postgresql" else MODELS
    project = make(aludel, tmp_path, *models, "--database", kind, *(["--async"] if is_async else []))
    clean = server.url(f"{kind}+{SYNC[kind]}")
    call(sa20, "-c", CLEAN, clean, cwd=tmp_path)
    python = sa21 if is_async else sa20
    out = call(python, "-m", "pytest", "-q", cwd=project, TEST_DATABASE_URL=server.url(f"{kind}+{driver}"))
    assert "passed" in out and "skipped" not in out
    call(sa20, "-c", CLEAN, clean, cwd=tmp_path)


class Server:
    """The application under uvicorn, on a migrated SQLite file."""

    def __init__(self, python, project, is_async):
        self.port = free_port()
        driver = "sqlite+aiosqlite" if is_async else "sqlite"
        env = {"DATABASE_URL": f"{driver}:///{project}/live.db"}
        call(python, "-m", "alembic", "upgrade", "head", cwd=project, **env)
        call(python, "-m", "alembic", "check", cwd=project, **env)
        self.process = subprocess.Popen(
            [python, "-m", "uvicorn", "shop.main:app", "--port", str(self.port), "--log-level", "warning"],
            cwd=project,
            env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **env),
        )

    def __enter__(self):
        for _ in range(150):
            try:
                if self.request("GET", "/health")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.1)
        pytest.fail("the application does not answer")

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait(20)

    def request(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                text = response.read()
                return response.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


@pytest.mark.parametrize("mode", MODES)
def test_over_http(aludel, sa20, sa21, tmp_path, mode):
    """Concurrent requests: each address is created once, whatever comes at the same time."""
    is_async = mode == "async"
    project = make(aludel, tmp_path, *(["--async"] if is_async else []))
    with Server(sa21 if is_async else sa20, project, is_async) as server:

        def create(i):
            return server.request("POST", "/users", {"email": f"u{i // 2}@example.com", "name": "x"})

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            results = sorted(status for status, _ in pool.map(create, range(40)))
        assert results == [201] * 20 + [409] * 20
        status, users = server.request("GET", "/users?limit=100")
        assert status == 200 and len({user["email"] for user in users}) == len(users) == 20
        item = {"title": "t", "owner_id": users[0]["id"]}
        assert server.request("POST", "/items", item)[0] == 201
        assert server.request("POST", "/items", {**item, "owner_id": 999})[0] == 409
        assert server.request("POST", "/items", {"title": "t"})[0] == 422
        assert server.request("DELETE", f"/users/{users[0]['id']}")[0] == 204
        assert server.request("GET", "/items")[1] == []
        check_openapi(server, tmp_path)


# Starlette answers 405 with the methods of the first route of a path only. Digits of a decimal
# number cannot be said in JSON Schema, so what it lets through may be refused.
SCHEMATHESIS = """
[checks]
enabled = true
allow_header_conformance.enabled = false

[[operations]]
include-path-regex = "^/items"
checks.positive_data_acceptance.enabled = false
"""


def check_openapi(server, folder):
    """Requests that schemathesis makes up, against all of its checks and in chains of calls."""
    (folder / "schemathesis.toml").write_text(SCHEMATHESIS)
    done = subprocess.run(
        [
            str(pathlib.Path(sys.executable).parent / "schemathesis"),
            "--config-file",
            str(folder / "schemathesis.toml"),
            "run",
            f"http://127.0.0.1:{server.port}/openapi.json",
            "--max-examples",
            "8",
            "--no-color",
        ],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]


def test_alembic_alone(aludel, sa20, tmp_path):
    (tmp_path / "app").mkdir()
    models = aludel.run("scaffold", "model", "User", "email:str:unique", "--stdout", cwd=tmp_path).out
    (tmp_path / "app" / "models.py").write_text(models)
    result = aludel.run("scaffold", "alembic", "--package", "app", "--write", cwd=tmp_path)
    assert result.code == 0 and "app.models" in result.out, result
    env = {"DATABASE_URL": "sqlite:///a.db"}
    (tmp_path / "migrations" / "versions").mkdir(exist_ok=True)
    call(sa20, "-m", "alembic", "revision", "--autogenerate", "-m", "first", cwd=tmp_path, **env)
    call(sa20, "-m", "alembic", "upgrade", "head", cwd=tmp_path, **env)
    call(sa20, "-m", "alembic", "check", cwd=tmp_path, **env)
    again = aludel.run("scaffold", "alembic", "--package", "app", "--write", cwd=tmp_path)
    assert again.code == 2 and "left alone" in again.err


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_fastapi_alone(aludel, sa20, tmp_path, mode):
    flags = ["--async"] if mode == "async" else []
    fields = ["User", "email:str(50):unique"] if flags else []
    result = aludel.run("scaffold", "fastapi", *fields, *flags, "--write", cwd=tmp_path)
    assert result.code == 0, result
    driver = "sqlite+aiosqlite" if flags else "sqlite"
    call(
        sa20,
        "-c",
        "from fastapi.testclient import TestClient\nfrom main import app\n"
        "with TestClient(app) as client:\n"
        "    assert client.get('/health').json() == {'status': 'ok'}\n"
        f"    assert ('/users' in client.get('/openapi.json').json()['paths']) is {bool(flags)}\n",
        cwd=tmp_path,
        DATABASE_URL=f"{driver}:///a.db",
    )


@pytest.mark.parametrize("name", ["", "1shop", "../x", "class", "fastapi", "a b", "tests"])
def test_wrong_names(aludel, tmp_path, name):
    result = aludel.run("scaffold", "project", name, "--write", cwd=tmp_path)
    assert result.code == 2 and result.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(aludel, tmp_path):
    assert aludel.run("scaffold", "project", cwd=tmp_path).code == 2
    shown = aludel.run("scaffold", "project", "shop", cwd=tmp_path)
    assert shown.code == 0 and "+++ shop/shop/models.py" in shown.out
    assert not (tmp_path / "shop").exists()
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "README.md").write_text("mine")
    result = aludel.run("scaffold", "project", "shop", "--write", cwd=tmp_path)
    assert result.code == 2 and "README.md exists" in result.err
    assert [p.name for p in (tmp_path / "shop").iterdir()] == ["README.md"]
    (tmp_path / "shop" / "README.md").unlink()
    assert aludel.run("scaffold", "project", "shop", "--write", cwd=tmp_path).code == 0
    assert aludel.run("undo", cwd=tmp_path).code == 0
    assert not (tmp_path / "shop" / "pyproject.toml").exists()


def test_a_template_of_the_user_wins(aludel, tmp_path):
    own = tmp_path / ".aludel" / "templates"
    own.mkdir(parents=True)
    (own / "settings_template.jinja2").write_text("# mine {{ name }}\n")
    project = make(aludel, tmp_path)
    assert (project / "shop" / "settings.py").read_text() == "# mine shop\n"
    (own / "settings_template.jinja2").write_text("\n{{ nope }}\n")
    result = aludel.run("scaffold", "project", "other", "--write", cwd=tmp_path)
    assert result.code == 2 and "settings_template.jinja2:2: undefined: 'nope'" in result.err
