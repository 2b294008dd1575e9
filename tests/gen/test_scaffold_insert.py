"""`aludel scaffold model` in a project: the files that are there are edited, in their style, and run."""

import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

SINGLE = {
    "app/__init__.py": "",
    "app/models.py": '''"""Models."""

from typing import Optional

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Optional[str]] = mapped_column(String(50))  # the name

    def hello(self) -> str:
        return "hello"


def helper() -> None:
    pass
''',
}

PREFIXED = {
    "models.py": """import sqlalchemy as sa\r
import sqlalchemy.orm as so\r
\r
\r
class Base(so.DeclarativeBase):\r
    pass\r
\r
\r
class User(Base):\r
    __tablename__ = 'users'\r
    id: so.Mapped[int] = so.mapped_column(primary_key=True)\r
    name: so.Mapped[str] = so.mapped_column(sa.String(50))\r
    items: so.Mapped[list['Item']] = so.relationship(back_populates='user')\r
\r
\r
class Item(Base):\r
    __tablename__ = 'items'\r
    id: so.Mapped[int] = so.mapped_column(primary_key=True)\r
    user_id: so.Mapped[int] = so.mapped_column(sa.ForeignKey('users.id'))\r
    user: so.Mapped['User'] = so.relationship(back_populates='items')\r
""",
}

FLASK = {
    "models.py": """from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite://'
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(50), nullable=False)
""",
}

PACKAGE = {
    "app/__init__.py": "",
    "app/models/__init__.py": 'from .base import Base\nfrom .user import User\nfrom .item import Item\n\n'
    '__all__ = ["Base", "User", "Item"]\n',
    "app/models/base.py": "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n",
    "app/models/user.py": '''from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
''',
    "app/models/item.py": '''from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class Item(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
''',
}

SQLMODEL = {
    "models.py": """from sqlmodel import Field, Relationship, SQLModel


class UserBase(SQLModel):
    name: str = Field(max_length=50)


class User(UserBase, table=True):
    id: int | None = Field(default=None, primary_key=True)

    items: list["Item"] = Relationship(back_populates="user")


class Item(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", ondelete="CASCADE")

    user: User = Relationship(back_populates="items")
""",
}

DATACLASS = {
    "models.py": """from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, registry

reg = registry()


@reg.mapped_as_dataclass
class User:
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    nick: Mapped[str | None] = mapped_column(String(50), default=None)
""",
}

# The base gives a key, times and the name of the table.
ABSTRACT = {
    "app/__init__.py": "",
    "app/base.py": """import datetime as dt

from sqlalchemy import DateTime, func
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class Base(DeclarativeBase):
    pass


class Entity(Base):
    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return cls.__name__.lower()
""",
    "app/models.py": """from app.base import Entity
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column


class Named:
    name: Mapped[str] = mapped_column(String(50))


class User(Entity, Named):
    age: Mapped[int | None]
""",
}

CLASSIC = {"models.py": (ROOT / "examples/shop/models.py").read_text()}

# name: (files, environment, module, fields, what must stand in the files)
PROJECTS = {
    "single": (
        SINGLE, "sa20", "app.models",
        ["Post", "title:str(80)", "author:->User:cascade", "body:text:null", "tags:<->Tag", "Tag", "name:str(20)"],
        {
            "app/models.py": [
                '    posts: Mapped[list["Post"]] = relationship(',
                '    __tablename__ = "post"\n',
                "    body: Mapped[Optional[str]] = mapped_column(Text)",
                "from sqlalchemy import Column, ForeignKey, String, Table, Text\n",
                "# the name",
            ]
        },
    ),
    "prefixed": (
        PREFIXED, "sa21", "models", ["Post", "title:str(80)", "author:->User", "items:<->Item"],
        {
            "models.py": [
                "    posts: so.Mapped[list['Post']] = so.relationship(back_populates='author')\r\n",
                "    title: so.Mapped[str] = so.mapped_column(sa.String(80))\r\n",
            ]
        },
    ),
    "flask": (
        FLASK, "sa20", "models", ["Post", "title:str(80)", "author:->User", "created_at:datetime:now"],
        {
            "models.py": [
                "    posts = db.relationship('Post', back_populates='author')\n",
                "    title = db.Column(db.String(80), nullable=False)\n",
            ]
        },
    ),
    "sqlmodel": (
        SQLMODEL, "sa20", "models",
        ["Post", "title:str(80)", "author:->User:cascade", "items:<->Item", "data:json={}", "n:bigint=0",
         "at:datetime:now", "parent:->self:null"],
        {
            "models.py": [
                '    posts: list["Post"] = Relationship(\n        back_populates="author", cascade_delete=True, ',
                "class Post(SQLModel, table=True):\n    id: int | None = Field(default=None, primary_key=True)\n",
                "    title: str = Field(max_length=80)\n",
                "class PostItem(SQLModel, table=True):\n    post_id: int = Field(",
                '    items: list["Item"] = Relationship(back_populates="posts", link_model=PostItem)\n',
                "    n: int = Field(default=0, sa_type=BigInteger)\n",
            ]
        },
    ),
    "dataclass": (
        DATACLASS, "sa21", "models", ["Post", "title:str(80)", "author:->User:cascade"],
        {
            "models.py": [
                "@reg.mapped_as_dataclass(kw_only=True)\nclass Post:\n",
                "        default_factory=list,\n        kw_only=True,\n",
            ]
        },
    ),
    "abstract": (
        ABSTRACT, "sa20", "app.models", ["Post", "title:str(80)", "author:->User:cascade"],
        {
            "app/models.py": [
                "class Post(Entity):\n",
                "    posts: Mapped[list[\"Post\"]] = relationship(",
            ]
        },
    ),
    "package": (
        PACKAGE, "sa20", "app.models", ["Post", "title:str(80)", "author:->User:cascade", "items:<->Item"],
        {
            "app/models/__init__.py": ["from .post import Post\n", '"Post"'],
            "app/models/user.py": ["if TYPE_CHECKING:\n    from .post import Post\n", "posts: Mapped["],
            "app/models/post.py": ["if TYPE_CHECKING:\n    from .item import Item\n    from .user import User\n"],
        },
    ),
    "classic": (
        CLASSIC, "sa14", "models", ["Review", "product:->Product:cascade", "stars:int:min(1)", "body:text:null"],
        {"models.py": ['    product = relationship("Product", back_populates="reviews")\n', "    body = Column(Text)\n"]},
    ),
}

USE = """
import importlib, sys
import sqlalchemy as sa
from sqlalchemy.orm import Session, configure_mappers
module = importlib.import_module(sys.argv[1])
new = getattr(module, sys.argv[2])
configure_mappers()
base = new.metadata if hasattr(new, "metadata") else module.reg.metadata
engine = sa.create_engine("sqlite://")
base.create_all(engine)
owner_name, back = sys.argv[3].split(".")
owner = getattr(module, owner_name)
if owner_name == "Product":
    parent, child = owner(name="p", price=1), new(stars=3)
else:
    named = hasattr(owner, "name") or "name" in getattr(owner, "model_fields", {})
    parent = owner(name="n") if named else owner()
    by_init = hasattr(owner, "__dataclass_fields__")
    child = new(title="t", author=parent) if by_init else new(title="t")
if child not in getattr(parent, back):
    getattr(parent, back).append(child)
with Session(engine) as session:
    session.add(parent)
    session.commit()
    assert len(getattr(parent, back)) == 1
    assert child.id
print("used")
"""


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


@pytest.mark.parametrize("name", PROJECTS)
def test_models_join_a_project(aludel, tmp_path, mypy_cache, name, request):
    files, version, module, fields, expected = PROJECTS[name]
    python = request.getfixturevalue(version)
    write(tmp_path, files)
    shown = aludel.run("scaffold", "model", *fields, cwd=tmp_path)
    assert shown.code == 0, shown
    for path, text in files.items():
        assert (tmp_path / path).read_bytes() == text.encode(), "nothing is written without --write"
    done = aludel.run("scaffold", "model", "--write", *fields, cwd=tmp_path)
    assert done.code == 0, done
    for path, parts in expected.items():
        text = (tmp_path / path).read_bytes().decode()
        for part in parts:
            assert part in text, (path, part, text)
    back = "Product.reviews" if name == "classic" else "User.posts"
    used = subprocess.run(
        [python, "-c", USE, module, fields[0], back], cwd=tmp_path, capture_output=True, text=True
    )
    assert used.stdout.strip() == "used", used.stderr
    if name not in ("flask", "classic", "prefixed"):
        for check in (["ruff", "check", "--isolated", "--no-cache", "."],
                      ["mypy", "--strict", "--cache-dir", mypy_cache, "--python-executable", python, "."]):
            tool = shutil.which(check[0], path=str(sys.prefix) + "/bin")
            result = subprocess.run([tool, *check[1:]], cwd=tmp_path, capture_output=True, text=True)
            assert result.returncode == 0, result.stdout
    undone = aludel.run("undo", cwd=tmp_path)
    assert undone.code == 0, undone
    for path, text in files.items():
        assert (tmp_path / path).read_bytes() == text.encode()


def test_what_exists_is_not_written_again(aludel, tmp_path):
    write(tmp_path, SINGLE)
    done = aludel.run("scaffold", "model", "User", "name:str", cwd=tmp_path)
    assert done.code == 2 and "the name 'name' is taken" in done.err
    done = aludel.run("scaffold", "model", "Post", "author:->User:back(name)", cwd=tmp_path)
    assert done.code == 2 and "is taken" in done.err


def test_schemas_repository_and_crud_of_a_model_that_exists(aludel, tmp_path):
    write(tmp_path, SINGLE)
    done = aludel.run("scaffold", "schemas", "--stdout", "User", cwd=tmp_path)
    assert done.code == 0 and "name: str | None = Field(default=None, max_length=50)" in done.out, done
    done = aludel.run("scaffold", "repository", "--stdout", "User", cwd=tmp_path)
    assert done.code == 0 and "from app.models import User\n" in done.out, done
    done = aludel.run("scaffold", "crud", "--stdout", "User", cwd=tmp_path)
    assert done.code == 0 and "from app.schemas import UserCreate, UserRead, UserUpdate\n" in done.out, done
    done = aludel.run("scaffold", "schemas", "--stdout", "User", "more:str(9)", cwd=tmp_path)
    assert done.code == 0 and "more: str = Field(max_length=9)" in done.out and "name" not in done.out, done


EXTENDED = {
    "single": (
        ["User", "phone:str:null", "role:enum(admin,reader)=reader", "company:->Company:null", "Company", "title:str(9)"],
        ["    role: Mapped[UserRole] = mapped_column(\n",
         "    company: Mapped[Optional[\"Company\"]] = relationship(back_populates=\"users\")\n\n    def hello",
         "class UserRole(enum.Enum):", "phone: Mapped[Optional[str]] = mapped_column(String(32))"],
    ),
    "sqlmodel": (
        ["User", "phone:str:null", "score:int=0", "boss:->self", "tags:<->Tag", "Tag", "label:str:unique"],
        ["    phone: str | None = Field(default=None, max_length=32)\n", "    score: int = 0\n",
         'sa_relationship_kwargs={"remote_side": "User.id"}', '    tags: list["Tag"] = Relationship(\n'],
    ),
    "dataclass": (
        ["User", "age:int", "phone:str:null", "role:enum(a,b)=a", "boss:->self"],
        ["    age: Mapped[int] = mapped_column(kw_only=True)\n", "        default=UserRole.A,\n        kw_only=True,\n"],
    ),
    "abstract": (["User", "phone:str:null"], ["    phone: Mapped[str | None] = mapped_column(String(32))\n"]),
    "prefixed": (
        ["Author", "name:str(9)", "books:<-User", "Item", "+timestamps"],
        ["    author_id: so.Mapped[int] = so.mapped_column(\r\n",
         "    author: so.Mapped['Author'] = so.relationship(back_populates='books')\r\n",
         "    updated_at: so.Mapped[datetime] = "],
    ),
    "flask": (["User", "phone:str:null", "boss:->self"], ["    phone = db.Column(db.String(32))\n"]),
    "package": (
        ["User", "phone:str:null", "items:<->Item"],
        ["    phone: Mapped[str | None] = mapped_column(String(32))\n",
         "from sqlalchemy import Column, ForeignKey, String, Table\nfrom sqlalchemy.orm"],
    ),
    "classic": (["Product", "weight:decimal(6,2)=0"], ["    weight = Column(Numeric(6, 2), nullable=False, default="]),
}


@pytest.mark.parametrize("name", EXTENDED)
def test_classes_that_exist_are_extended(aludel, tmp_path, name, request):
    files, version, module = PROJECTS[name][:3]
    fields, expected = EXTENDED[name]
    write(tmp_path, files)
    done = aludel.run("scaffold", "model", "--write", *fields, cwd=tmp_path)
    assert done.code == 0, done
    assert f"added to {'Product' if name == 'classic' else 'User'} (" in done.out, done.out
    text = "".join((tmp_path / path).read_bytes().decode() for path in files)
    for part in expected:
        assert part in text, (part, text)
    for path, before in files.items():  # what was there is there, in its order
        lines = iter((tmp_path / path).read_bytes().decode().splitlines())
        for line in before.splitlines():
            assert line.startswith("from ") or line in lines, (line, text)
    configure = (
        "import sys, importlib, sqlalchemy as sa; m = importlib.import_module(sys.argv[1]);"
        "from sqlalchemy.orm import configure_mappers; configure_mappers();"
        "of = getattr(m, 'Base', None) or getattr(m, 'SQLModel', None) or getattr(m, 'reg', None) or m.User;"
        "base = of if hasattr(of, 'metadata') else m.db.Model; base.metadata.create_all(sa.create_engine('sqlite://'))"
    )
    ran = subprocess.run(
        [request.getfixturevalue(version), "-c", configure, module],
        cwd=tmp_path, capture_output=True, text=True,
    )
    assert ran.returncode == 0, (ran.stderr, text)
    assert aludel.run("undo", cwd=tmp_path).code == 0
    for path, before in files.items():
        assert (tmp_path / path).read_bytes() == before.encode()


@pytest.mark.parametrize(
    "fields, part",
    [
        (["User", "name:str"], "'name' is taken by another attribute of the class"),
        (["User", "hello:str"], "'hello' is taken by another attribute of the class"),
        (["User", "title:str:column(name)"], "the table has a column of that name"),
        (["User", "code:int:pk"], "the primary key of a model that exists is left as it is"),
        (["User"], "'User' exists in the project already"),
        (["User", "+uuid"], "+timestamps and +soft_delete"),
        (["Author", "books:<-User:back(name)"], "the attribute asked for on the other side is taken"),
    ],
)
def test_what_cannot_be_added_is_said(aludel, tmp_path, fields, part):
    write(tmp_path, SINGLE)
    done = aludel.run("scaffold", "model", "--write", *fields, cwd=tmp_path)
    assert done.code == 2 and part in done.err, done
    assert (tmp_path / "app/models.py").read_text() == SINGLE["app/models.py"]


def test_a_second_enumeration_shares_the_helper(aludel, tmp_path, sa20):
    write(tmp_path, SINGLE)
    for field in ("role:enum(a,b)", "mood:enum(c,d)"):
        assert aludel.run("scaffold", "model", "--write", "User", field, cwd=tmp_path).code == 0
    assert (tmp_path / "app/models.py").read_text().count("def enum_values(") == 1
    ran = subprocess.run([sa20, "-c", "import app.models"], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_constant_defaults_of_a_model_are_optional_in_its_schemas(aludel, tmp_path, sa20):
    columns = """    stock: Mapped[int] = mapped_column(default=3)
    active: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(9), default='new')
    token: Mapped[str] = mapped_column(String(9), default=str)
    debt: Mapped[int] = mapped_column(default=-1)
"""
    text = SINGLE["app/models.py"].replace("\n    def hello", columns + "\n    def hello")
    write(tmp_path, {**SINGLE, "app/models.py": text})
    made = aludel.run("scaffold", "schemas", "--stdout", "User", cwd=tmp_path)
    assert made.code == 0, made
    create = made.out.split("class UserUpdate")[0]
    assert 'state: str = Field(default="new", max_length=9)' in create, create
    assert "stock: int = Field(default=3" in create and "active: bool = False" in create, create
    assert "debt: int = Field(default=-1" in create and "token" not in create, create
    (tmp_path / "schemas.py").write_text(made.out)
    code = "import schemas; u = schemas.UserCreate(); print(u.stock, u.active, u.state, u.debt)"
    ran = subprocess.run([sa20, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert ran.stdout == "3 False new -1\n", ran.stderr


PLAIN = "class Base(DeclarativeBase):\n    pass\n"
COMMON = 'COMMON = {"comment": "seats"}\n\n\n' + PLAIN
ROW = 'Index("ix_seat_row", "row")'
ARGS = {
    "none": ("", PLAIN),
    "a tuple": ("    __table_args__ = (%s,)\n" % ROW, PLAIN),
    "a dictionary": ('    __table_args__ = {"comment": "seats"}\n', PLAIN),
    "both": ('    __table_args__ = (%s, {"comment": "seats"})\n' % ROW, PLAIN),
    "named dictionary": ("    __table_args__ = (%s, COMMON)\n" % ROW, COMMON),
    "made dictionary": ('    __table_args__ = (%s, dict(comment="seats"))\n' % ROW, PLAIN),
    "only a named dictionary": ("    __table_args__ = (COMMON,)\n", COMMON),
    "in parentheses": ('    __table_args__ = (%s, ({"comment": "seats"}))\n' % ROW, PLAIN),
    "no parentheses": ("    __table_args__ = %s,\n" % ROW, PLAIN),
    "empty": ("    __table_args__ = ()\n", PLAIN),
    "on lines": ("    __table_args__ = (\n        %s  # of the hall\n        ,\n        # no more\n    )\n" % ROW, PLAIN),
    "annotated": ("    __table_args__: tuple = (%s,)\n" % ROW, PLAIN),
    "only said": ("", PLAIN + "\n\n# no __table_args__ here\n"),
    "of the base": ("", 'class Base(DeclarativeBase):\n    __table_args__ = {"comment": "all"}\n'),
    "made elsewhere": ("    __table_args__ = usual()\n", 'def usual():\n    return {"comment": "x"}\n\n\n' + PLAIN),
    "one in parentheses": ("    __table_args__ = (%s, (Index(None, 'id')))\n" % ROW, PLAIN),
    "on a condition": ("    if Index:\n        __table_args__ = (%s,)\n" % ROW, PLAIN),
}
SEATS = """from sqlalchemy import Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


%s

class Seat(Base):
    __tablename__ = "seat"
%s    id: Mapped[int] = mapped_column(primary_key=True)
    row: Mapped[int]
    number: Mapped[int]
"""
LOOK = """
t = Seat.__table__
print(sorted(sorted(c.name for c in k.columns) for k in t.constraints if type(k).__name__ == "UniqueConstraint"),
      sorted(i.name for i in t.indexes), sum(type(k).__name__ == "CheckConstraint" for k in t.constraints), t.comment)
"""


@pytest.mark.parametrize("name", ARGS)
def test_constraints_of_a_class_that_exists(aludel, tmp_path, sa20, name):
    own, base = ARGS[name]
    write(tmp_path, {"models.py": SEATS % (base, own)})
    done = aludel.run("scaffold", "model", "--write", "Seat", "@unique(row,number)", "@index(number)", "price:int:min(0)", cwd=tmp_path)
    text = (tmp_path / "models.py").read_text()
    if name in ("of the base", "made elsewhere", "one in parentheses", "on a condition"):
        assert done.code == 2 and "left to you" in done.err and text == SEATS % (base, own), done
        return
    assert done.code == 0, done
    ran = subprocess.run([sa20, "-c", text + LOOK], capture_output=True, text=True)
    assert ran.returncode == 0, (ran.stderr, text)
    indexes = ["ix_seat_number"] + ["ix_seat_row"] * (ROW in own)
    assert ran.stdout.strip() == "[['number', 'row']] %s 1 %s" % (indexes, "seats" if "seats" in own + base else None), (ran.stdout, text)
    assert name != "on lines" or "# of the hall\n" in text and "# no more\n    )" in text
