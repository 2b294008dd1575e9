"""`aludel scaffold model` in files as people have them: what no edit is about stays byte for byte, in its place."""

import ast
import subprocess

import pytest

MODELS = """from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
"""
POST = ["Post", "title:str(50)", "status:enum(a,b)", "at:datetime:now", "user:->User"]
SHORT = ["Post", "title:str(50)", "user:->User"]
BASE = "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n"


def own_file(name, table):
    return (
        "from sqlalchemy.orm import Mapped, mapped_column\n\nfrom .base import Base\n\n\n"
        f'class {name}(Base):\n    __tablename__ = "{table}"\n\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
    )


def package(init):
    return {
        "app/__init__.py": "",
        "app/models/__init__.py": init,
        "app/models/base.py": BASE,
        "app/models/user.py": own_file("User", "users"),
        "app/models/user_base.py": own_file("UserBase", "user_bases"),
    }


def beside(item):
    return {
        "app/__init__.py": "from app import a, b\n",
        "app/a.py": MODELS,
        "app/b.py": item,
        "app/z.py": "Z = 1\n",
    }


ITEM = """{imports}
from sqlalchemy.orm import Mapped, mapped_column
from app.a import Base

{check}

class Item(Base):
  __tablename__ = 'items'
  id: Mapped[int] = mapped_column(primary_key=True)
"""
BOTH = ["Post", "title:str", "user:->User", "item:->Item"]
AT = (
    "    at: Mapped[datetime.datetime] = mapped_column(default=datetime.datetime.now)\n"
)
IMPORTS = ("from sqlalchemy", "from app import a, b")  # lines that may be written anew: they get more names

# name: (files, arguments, starts of lines that may change, what has to be in the changed file)
CASES = {
    "crlf, open end": (
        {"models.py": MODELS.rstrip().replace("\n", "\r\n")},
        POST,
        (*IMPORTS, "    name:"),
        {"models.py": "String(50))\r\n\r\n    posts: "},
    ),
    "byte order mark": ({"models.py": "\ufeff" + MODELS}, POST, ("\ufefffrom sqlalchemy", *IMPORTS), {}),
    "tabs": ({"models.py": MODELS.replace("    ", "\t")}, POST, IMPORTS, {"models.py": "\tposts: Mapped"}),
    "the module datetime": (
        {"models.py": "import datetime\n\n" + MODELS + AT},
        POST,
        IMPORTS,
        {"models.py": "at: Mapped[datetime.datetime] = mapped_column(\n        DateTime"},
    ),
    "the module datetime under a name that is not there": (
        {"models.py": "import datetime\n\n" + MODELS + AT},
        ["Post", "date:date", "at:datetime", "user:->User"],
        IMPORTS,
        {"models.py": "import datetime as dt\n"},
    ),
    "another Enum": (
        {"models.py": "from enum import Enum\n\n" + MODELS + "\n\nclass Color(str, Enum):\n    RED = 'red'\n\n\nassert Color.RED == 'red'\n"},
        POST,
        IMPORTS,
        {"models.py": "Enum as SaEnum"},
    ),
    "words of a docstring": (
        {"models.py": '"""We import enum here, and import datetime."""\n\n' + MODELS},
        POST,
        IMPORTS,
        {"models.py": "\nimport enum\n"},
    ),
    "a comment above an import": (
        {"models.py": "#!/usr/bin/env python\n# License.\n\n# Third party\n" + MODELS},
        POST,
        IMPORTS,
        {"models.py": "\n\n# Third party\nfrom sqlalchemy import"},
    ),
    "comments at the end of a class": (
        {"models.py": MODELS + "    # nick = Column(String)\n\n    # more of User\n\n# end\nX = 1\n"},
        POST,
        IMPORTS,
        {"models.py": "    # more of User\n\n\ndef enum_values"},
    ),
    "a class under a condition": (
        {
            "models.py": MODELS + "\n\nif True:\n    class Item(Base):\n        __tablename__ = 'items'\n"
            "        id: Mapped[int] = mapped_column(primary_key=True)\n    X = 1\nelse:\n    Y = 1\n"
        },
        POST,
        IMPORTS,
        {"models.py": "else:\n    Y = 1\n\n\ndef enum_values"},
    ),
    "comments within an import": (
        {"models.py": MODELS.replace("import DeclarativeBase, Mapped,", "import (DeclarativeBase,  # it\n   Mapped,").replace("mapped_column\n\n", "mapped_column)\n\n", 1)},
        POST,
        ("from sqlalchemy import",),
        {},
    ),
    "several statements on a line": (
        {"models.py": "import os; import sys\n" + MODELS.replace("import String\n", "import String; X = 1\n")},
        POST,
        IMPORTS,
        {"models.py": "func; X = 1\n"},
    ),
    "a checked block with another branch": (
        beside(ITEM.format(imports="from typing import TYPE_CHECKING", check="if not TYPE_CHECKING:\n  Q = 1\nif TYPE_CHECKING:\n  from app.z import Z\nelse:\n  Z = 'z'")),
        BOTH,
        IMPORTS,
        {"app/b.py": "  from app.z import Z\n  from app.post import Post\nelse:\n"},
    ),
    "a checked block with tabs and CRLF": (
        beside(ITEM.format(imports="import typing as t", check="if t.TYPE_CHECKING:\n\tfrom app.z import Z").replace("\n", "\r\n")),
        BOTH,
        IMPORTS,
        {"app/b.py": "\tfrom app.z import Z\r\n\tfrom app.post import Post\r\n"},
    ),
    "a checked block on one line": (
        beside(ITEM.format(imports="import typing", check="if typing.TYPE_CHECKING: from app.z import Z")),
        BOTH,
        IMPORTS,
        {"app/b.py": "\nif typing.TYPE_CHECKING:\n    from app.post import Post\n"},
    ),
    "an import without an end": (
        package("from .base import Base\nfrom .user import User"),
        ["Zone", "title:str(50)", "user:->User"],
        (*IMPORTS, "from .user"),
        {"app/models/__init__.py": "from .user import User\nfrom .zone import Zone\n"},
    ),
    "names that begin alike": (
        package("from .base import Base\nfrom .user import User\n\n__all__ = ['UserBase', 'User']\nUserBase = User\n"),
        SHORT,
        (*IMPORTS, "__all__"),
        {"app/models/__init__.py": "__all__ = ['UserBase', 'User', 'Post']\n"},
    ),
    "comments in __all__": (
        package("from .base import Base\nfrom .user import User\n\n__all__ = [\n    'Base',  # base\n    'User',  # the user\n]\n"),
        SHORT,
        IMPORTS,
        {"app/models/__init__.py": "    'User',  # the user\n    'Post',\n]\n"},
    ),
    "the last of __all__ without a comma": (
        package('from .base import Base\nfrom .user import User\n\n__all__ = (\n\t"Base",\n\t"User"  # the user\n)\n'),
        SHORT,
        (*IMPORTS, '\t"User"'),
        {"app/models/__init__.py": '\t"User",  # the user\n\t"Post",\n)\n'},
    ),
    "several of __all__ on a line": (
        package("from .base import Base\nfrom .user import User\n\n__all__: list[str] = [\n    'User', 'Base',\n    'X',\n]\nX = 1\n"),
        SHORT,
        (*IMPORTS, "    'User'"),
        {"app/models/__init__.py": "    'User', 'Post', 'Base',\n"},
    ),
    "a package of stars": (
        package("from .base import *\nfrom .user import *\nfrom .user_base import *\n"),
        SHORT,
        IMPORTS,
        {"app/models/__init__.py": "from .user_base import *\nfrom .post import *\n"},
    ),
    "a package of modules with comments": (
        package("from . import (  # noqa: F401\n    base,\n    user,  # users\n    user_base,\n)\n"),
        SHORT,
        IMPORTS,
        {"app/models/__init__.py": "    user_base,\n)\nfrom . import post  # noqa: F401\n"},
    ),
    "columns of a class without an end": (
        {"models.py": (MODELS.rstrip() + "  # the name").replace("\n", "\r\n")},
        ["User", "nick:str:null"],
        ("    name:",),
        {"models.py": "  # the name\r\n    nick: "},
    ),
    "an enumeration before a class with comments": (
        {"models.py": MODELS.replace("class User(", "# about User\n@(lambda c: c)\nclass User(")},
        ["User", "color:enum(red,blue)"],
        IMPORTS,
        {"models.py": "\n\n\n# about User\n@(lambda"},
    ),
}  # fmt: skip


def assert_kept(before, after, changed):
    """The lines of `before` are those of `after` in the same order, but for those that may change."""
    lines = iter(after.splitlines(keepends=True))
    for line in before.splitlines(keepends=True):
        if not line.strip() or line.decode().startswith(changed):
            continue
        assert line in lines, line


@pytest.mark.parametrize("case", CASES)
def test_all_else_stays(aludel, sa20, tmp_path, case):
    files, args, changed, wanted = CASES[case]
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    result = aludel.run("scaffold", "model", *args, "--write", cwd=tmp_path)
    assert result.code == 0, result
    for name, text in files.items():
        after = (tmp_path / name).read_bytes()
        ast.parse(after)
        assert_kept(text.encode(), after, changed)
        if b"\r\n" in after:
            assert after.count(b"\n") == after.count(b"\r\n")
        assert after.startswith(b"\xef\xbb\xbf") == text.startswith("\ufeff")
    for name, text in wanted.items():
        assert text in (tmp_path / name).read_bytes().decode(), (
            (tmp_path / name).read_bytes().decode()
        )
    module = (
        "models"
        if "models.py" in files
        else "app.models"
        if "app/models/__init__.py" in files
        else "app"
    )
    code = f"import {module}; from sqlalchemy.orm import configure_mappers; configure_mappers()"
    run = subprocess.run(
        [sa20, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
