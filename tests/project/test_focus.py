"""Which files are read in full: those that can have to do with SQLAlchemy, through whatever form
of import; the others are still looked through for syntax errors."""

import json

import pytest

MAKER = "from sqlalchemy import create_engine as make\n"
CALL = "make('postgresql+asyncpg://localhost/shop')\n"  # A111

IMPORTS = {
    "plain": "from app.db import make\n",
    "relative": "from .db import make\n",
    "from package": "from . import db\nmake = db.make\n",
    "whole path": "import app.db\nmake = app.db.make\n",
    "whole path under a name": "import app.db as d\nmake = d.make\n",
    "several": "import os, app.db as d\nmake = d.make\n",
    "star": "from app.db import *\n",
    "brackets": "from app.db import (  # the maker\n    # of engines\n    make,\n)\n",
    "joined lines": "from app.db \\\n    import \\\n    make\n",
    "joined lines of DOS": "from app.db \\\r\n    import \\\r\n    make\r\n",
    "blanks around dots": "from app . db import make\n",
    "second in brackets": "from app import (\n    other,\n    db,\n)\nmake = db.make\n",
    "through a third": "from app.third import make\n",
    "in a function": "def f():\n    from app.db import make\n    return make\nif f():\n    from app.db import make\n",
    "tabs": "from\tapp.db\timport\tmake\n",
}


def findings(aludel, folder):
    result = aludel.run("check", "--output-format", "json", "--select", "A111", ".", cwd=folder)
    return sorted((f["filename"].rsplit("/", 1)[-1], f["code"]) for f in json.loads(result.out))


@pytest.mark.parametrize("form", IMPORTS)
def test_import_forms(aludel, tmp_path, form):
    package = tmp_path / "app"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "db.py").write_text(MAKER)
    (package / "other.py").write_text("")
    (package / "third.py").write_text("from app.db import make\n")
    (package / "use.py").write_bytes((IMPORTS[form] + CALL).encode())
    assert findings(aludel, tmp_path) == [("use.py", "A111")]


def test_what_an_unrelated_file_gives_is_known(aludel, tmp_path):
    """A file in use may import one that does not know SQLAlchemy: its values count."""
    (tmp_path / "urls.py").write_text("URL = 'postgresql+asyncpg://localhost/shop'\n")
    (tmp_path / "texts.py").write_text("SQL = 'select 1'\n")
    (tmp_path / "db.py").write_text(
        "from sqlalchemy.orm import Session\nfrom texts import SQL\n\n\n"
        "def run(s: Session):\n    return s.execute(SQL)\n"
    )
    result = aludel.run("check", "--output-format", "json", "--select", "M", ".", cwd=tmp_path)
    assert [f["code"] for f in json.loads(result.out)] == ["M105"]


def test_fixtures_of_conftest(aludel, tmp_path):
    tests = tmp_path / "tests" / "unit"
    tests.mkdir(parents=True)
    (tmp_path / "tests" / "conftest.py").write_text(
        "import pytest\nfrom sqlalchemy.orm import Session\n\n\n"
        "@pytest.fixture\ndef connected():\n    return Session()\n"
    )
    (tests / "test_it.py").write_text("def test_it(connected):\n    connected.execute('select 1')\n")
    result = aludel.run("check", "--output-format", "json", "--select", "M105", ".", cwd=tmp_path)
    assert [f["code"] for f in json.loads(result.out)] == ["M105"]


def test_unrelated_files_are_parsed(aludel, tmp_path):
    (tmp_path / "db.py").write_text("import sqlalchemy\n")
    (tmp_path / "bad.py").write_text("x = (\n")
    (tmp_path / "good.py").write_text("x = 1\n")
    assert findings(aludel, tmp_path) == [("bad.py", "invalid-syntax")]


def test_the_layers_of_an_application(aludel, tmp_path):
    """A value that comes through a repository and a service is known in the route."""
    (tmp_path / "db.py").write_text(MAKER)
    (tmp_path / "repository.py").write_text("from db import make\n")
    (tmp_path / "service.py").write_text("from repository import make\n")
    (tmp_path / "route.py").write_text("from service import make\n" + CALL)
    assert findings(aludel, tmp_path) == [("route.py", "A111")]


def test_a_habit_is_a_whole_name(aludel, tmp_path):
    """`session` alone is a session by habit; a name that only ends in it is none."""
    (tmp_path / "models.py").write_text(
        "from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\n"
        "class Base(DeclarativeBase):\n    pass\n\n\nclass User(Base):\n"
        "    __tablename__ = 'users'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
    )
    use = "def run(%s):\n    return %s.execute('select 1')\n"
    (tmp_path / "one.py").write_text(use % ("session", "session"))
    (tmp_path / "two.py").write_text(use % ("web_session", "web_session"))
    result = aludel.run("check", "--output-format", "json", "--select", "M105", ".", cwd=tmp_path)
    assert [f["filename"].rsplit("/", 1)[-1] for f in json.loads(result.out)] == ["one.py"]
