"""`aludel scaffold model` in a project with Alembic: its metadata sees the new class, and autogenerate finds it."""

import subprocess

import pytest
from test_scaffold_insert import PACKAGE, SINGLE, write

ENV = """from alembic import context
from sqlalchemy import create_engine, pool

%s

def run() -> None:
    engine = create_engine("sqlite:///a.db", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)
        with context.begin_transaction():
            context.run_migrations()


run()
"""
MAKO = '''"""${message}"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''
INI = "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n"


def project(models, env, **more):
    files = {k: v for k, v in models.items()}
    files.update(more)
    files["alembic.ini"] = INI
    files["migrations/env.py"] = ENV % env
    files["migrations/script.py.mako"] = MAKO
    files["migrations/versions/.keep"] = ""
    return files


BARE = {k: ("" if k == "app/models/__init__.py" else v) for k, v in PACKAGE.items()}
REGISTRY = {"app/db.py": "from app.models.base import Base\nfrom app.models.item import Item  # noqa: F401\n"
            "from app.models.user import User  # noqa: F401\n"}  # fmt: skip
STAR = {"app/db.py": "from app.models.base import Base\nfrom app.models.item import *\nfrom app.models.user import *\n"}
META = "target_metadata = Base.metadata\n"
WALK = """import importlib
import pkgutil

import app.models
from app.models.base import Base

for part in pkgutil.iter_modules(app.models.__path__):
    importlib.import_module(f"app.models.{part.name}")
"""

# name: (files, {file: a line that is new in it}); files that are not named stay as they were
PROJECTS = {
    "none, one file": (
        project(SINGLE, "# from myapp import mymodel\ntarget_metadata = None\n"),
        {"migrations/env.py": ["from app.models import Base", "target_metadata = Base.metadata"]},
    ),
    "none, package that imports": (
        project(PACKAGE, "target_metadata = None\n"),
        {"migrations/env.py": ["from app.models.base import Base", "target_metadata = Base.metadata"]},
    ),
    "none, package that does not": (
        project(BARE, "target_metadata: object = None\n"),
        {"migrations/env.py": ["import app.models.item  # noqa: F401",
                               "import app.models.post  # noqa: F401"]},
    ),  # fmt: skip
    "seen through the package": (project(PACKAGE, "from app.models import Base\n\n" + META), {}),
    "seen through a file": (project(SINGLE, "from app.models import Base\n\n" + META), {}),
    "not imported at all": (
        project(SINGLE | {"app/base.py": "from sqlalchemy.orm import DeclarativeBase\n\n\n"
                          "class Base(DeclarativeBase):\n    pass\n",
                          "app/models.py": SINGLE["app/models.py"].replace(
                              "class Base(DeclarativeBase):\n    pass\n", "from app.base import Base\n")},
                "from app.base import Base\n\n" + META),
        {"migrations/env.py": ["import app.models  # noqa: F401"]},
    ),  # fmt: skip
    "classes are imported": (
        project(BARE, "from app.models.base import Base\nfrom app.models.item import Item  # noqa\n"
                "from app.models.user import User  # noqa\n\n" + META),
        {"migrations/env.py": ["from app.models.post import Post  # noqa"]},
    ),  # fmt: skip
    "modules are imported": (
        project(BARE, "import app.models.item\nimport app.models.user\nfrom app.models.base import Base\n\n" + META),
        {"migrations/env.py": ["import app.models.post"]},
    ),
    "parts are imported": (
        project(BARE, "from app.models import item, user  # noqa: F401\nfrom app.models.base import Base\n\n" + META),
        {"migrations/env.py": ["from app.models import item, post, user  # noqa: F401"]},
    ),
    "a file between": (
        project(BARE, "from app.db import Base\n\n" + META, **REGISTRY),
        {"app/db.py": ["from app.models.post import Post  # noqa: F401"]},
    ),
    "stars": (
        project(BARE, "from app import db\n\ntarget_metadata = db.Base.metadata\n", **STAR),
        {"app/db.py": ["from app.models.post import *"]},
    ),
    "by name": (project(BARE, WALK + "\n" + META), {}),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_autogenerate_finds_the_new_class(aludel, tmp_path, name, sa20):
    files, expected = PROJECTS[name]
    write(tmp_path, files)
    done = aludel.run(
        "scaffold", "model", "--write", "Post", "title:str(80)", "author:->User:cascade", cwd=tmp_path
    )
    assert done.code == 0, done
    for path in ("migrations/env.py", "app/db.py"):
        if path not in files:
            continue
        text = (tmp_path / path).read_text()
        for line in expected.get(path, []):
            assert line in text.splitlines() or line in text, (path, text)
        assert path in expected or text == files[path], (path, text)
    ran = subprocess.run(
        [sa20, "-m", "alembic", "revision", "--autogenerate", "-m", "x", "--rev-id", "1"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    revision = (tmp_path / "migrations/versions/1_x.py").read_text()
    for table in ("post", "user") if "app/models.py" in files else ("posts", "users", "items"):
        assert f"op.create_table('{table}'" in revision, (table, (tmp_path / "migrations/env.py").read_text())
    assert aludel.run("undo", cwd=tmp_path).code == 0
    for path, text in files.items():
        assert (tmp_path / path).read_text() == text


def test_metadata_of_an_application_is_told(aludel, tmp_path):
    """Flask-Migrate's env.py asks the application; what it imports is not for us to change."""
    files = project(BARE, "from flask import current_app\n\n"
                    "target_metadata = current_app.extensions['migrate'].db.metadata_of()\n")  # fmt: skip
    write(tmp_path, files)
    done = aludel.run("scaffold", "model", "Post", "title:str", "author:->User", cwd=tmp_path)
    assert done.code == 0 and "takes its metadata from imports app.models.post" in done.out, done
    assert "env.py" not in done.out.split("Assumptions")[0]
