"""`scaffold project`, every kind of it, in an environment of its own: what a new user does first."""

import os
import shutil
import subprocess
import sys
import venv

import pytest

from test_project import assert_clean, call, make
from test_scaffold_databases import CLEAN, SYNC

DRIVERS = {
    ("sqlite", False): "sqlite",
    ("sqlite", True): "sqlite+aiosqlite",
    ("postgresql", False): "postgresql+psycopg",
    ("postgresql", True): "postgresql+asyncpg",
    ("mysql", False): "mysql+pymysql",
    ("mysql", True): "mysql+asyncmy",
}
MODELS = "Author name:str(80):unique Book title:str author:->Author:cascade price:decimal(10,2)=0 made:datetime:now".split()


@pytest.mark.oracle
@pytest.mark.parametrize("web", [True, False], ids=["fastapi", "plain"])
@pytest.mark.parametrize("database,is_async", DRIVERS, ids=lambda value: {True: "async", False: "sync"}.get(value, value))
def test_a_new_user_installs_it(aludel, sa20, tmp_path, request, mypy_cache, database, is_async, web):
    options = ["--database", database] + ["--async"] * is_async + ["--no-fastapi"] * (not web)
    project = make(aludel, tmp_path, *MODELS, *options)
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "-e", ".[test]"], cwd=project, check=True, timeout=900
    )
    url = f"sqlite{'+aiosqlite' * is_async}:///{tmp_path}/live.db"
    variables = {}
    if database != "sqlite":
        kind = "postgresql" if database == "postgresql" else "mariadb"
        server = request.getfixturevalue(kind)
        call(sa20, "-c", CLEAN, server.url(f"{kind}+{SYNC[kind]}"), cwd=tmp_path)
        url = server.url(DRIVERS[database, is_async])
        variables = {"TEST_DATABASE_URL": url}
    out = call(python, "-m", "pytest", "-q", cwd=project, **variables)
    assert "passed" in out and "skipped" not in out
    if variables:
        call(sa20, "-c", CLEAN, server.url(f"{kind}+{SYNC[kind]}"), cwd=tmp_path)
    alembic = [str(folder / "bin" / "alembic")]
    env = dict(os.environ, DATABASE_URL=url)
    for step in (["upgrade", "head"], ["check"], ["downgrade", "base"], ["upgrade", "head"], ["check"]):
        done = subprocess.run(alembic + step, cwd=project, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(project / "shop.egg-info")
    assert_clean(aludel, python, project, mypy_cache)
