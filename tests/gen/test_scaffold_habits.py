"""`scaffold model` has the habits of the project: keys, mixins, names and schemas of tables, imports."""

import os
import subprocess

import pytest

PROJECTS = {}
PROJECTS["intpk"] = dict(
    module='models',
    user='models',
    files={
        "models.py": '''import datetime
import uuid
from typing import Annotated, Optional

from sqlalchemy import DateTime, ForeignKey, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

uuidpk = Annotated[uuid.UUID, mapped_column(primary_key=True, default=uuid.uuid4)]
str50 = Annotated[str, 50]
created = Annotated[
    datetime.datetime, mapped_column(DateTime(timezone=True), server_default=func.now())
]


class Base(DeclarativeBase):
    type_annotation_map = {str50: String(50)}


class User(Base):
    __tablename__ = "user"

    id: Mapped[uuidpk]
    name: Mapped[str50]
    created_at: Mapped[created]
    teams: Mapped[list["Membership"]] = relationship(back_populates="user")


class Team(Base):
    __tablename__ = "team"

    id: Mapped[uuidpk]
    title: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[created]


class Membership(Base):
    __tablename__ = "membership"

    id: Mapped[uuidpk]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id"))
    user: Mapped["User"] = relationship(back_populates="teams")
''',
    },
    expected=[
        '    id: Mapped[uuidpk]\n',
        '__tablename__ = "oauth2_token"',
    ],
)
PROJECTS["uuid_plain"] = dict(
    module='app.models',
    user='app.models',
    files={
        "app/__init__.py": "",
        "app/models.py": '''from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(sa.String(200), unique=True)


class Invoice(Base):
    __tablename__ = "invoices"

    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)
    number: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id"))
''',
    },
    expected=[
        '    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)\n',
    ],
)
PROJECTS["sqlmodel_uuid"] = dict(
    module='app.models',
    user='app.models',
    files={
        "app/__init__.py": "",
        "app/models.py": '''import uuid

from pydantic import EmailStr
from sqlmodel import Field, Relationship, SQLModel


class UserBase(SQLModel):
    email: str = Field(unique=True, index=True, max_length=255)
    is_active: bool = True
    full_name: str | None = Field(default=None, max_length=255)


class UserCreate(UserBase):
    password: str = Field(min_length=8, max_length=40)


class User(UserBase, table=True):
    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    hashed_password: str
    items: list["Item"] = Relationship(back_populates="owner", cascade_delete=True)


class UserPublic(UserBase):
    id: uuid.UUID


class ItemBase(SQLModel):
    title: str = Field(min_length=1, max_length=255)


class Item(ItemBase, table=True):
    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    owner_id: uuid.UUID = Field(foreign_key="user.id", nullable=False, ondelete="CASCADE")
    owner: User | None = Relationship(back_populates="items")
''',
    },
    expected=[
        'class OAuth2Token(SQLModel, table=True):\n    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)\n',
    ],
)
PROJECTS["prefix_pkg"] = dict(
    module='crm.models',
    user='crm.models',
    files={
        "crm/__init__.py": "",
        "crm/models/__init__.py": '''from .base import Base
from .account import Account
from .user import User

__all__ = [
    'Account',
    'Base',
    'User',
]
''',
        "crm/models/base.py": '''from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass
''',
        "crm/models/account.py": '''from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base

if TYPE_CHECKING:
    from .user import User


class Account(Base):
    __tablename__ = 'crm_accounts'

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    note: Mapped[Optional[str]] = mapped_column(String(500))
    users: Mapped[list[User]] = relationship(back_populates='account')
''',
        "crm/models/user.py": '''from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base

if TYPE_CHECKING:
    from .account import Account


class User(Base):
    __tablename__ = 'crm_users'

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[Optional[int]] = mapped_column(ForeignKey('crm_accounts.id'))
    account: Mapped[Optional[Account]] = relationship(back_populates='users')
''',
    },
    expected=[
        "__tablename__ = 'crm_oauth2_tokens'",
        'from __future__ import annotations\n',
        'Mapped[Optional[datetime]]',
    ],
)
PROJECTS["old_template"] = dict(
    module='app.db.base',
    user='app.models.user',
    files={
        "app/__init__.py": "",
        "app/db/__init__.py": "",
        "app/models/__init__.py": "",
        "app/db/base_class.py": '''from typing import Any

from sqlalchemy.ext.declarative import as_declarative, declared_attr


@as_declarative()
class Base:
    id: Any
    __name__: str
    # Generate __tablename__ automatically
    @declared_attr
    def __tablename__(cls) -> str:
        return cls.__name__.lower()
''',
        "app/db/base.py": '''# Import all the models, so that Base has them before being
# imported by Alembic
from app.db.base_class import Base  # noqa
from app.models.item import Item  # noqa
from app.models.user import User  # noqa
''',
        "app/models/item.py": '''from typing import TYPE_CHECKING

from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import relationship

from app.db.base_class import Base

if TYPE_CHECKING:
    from .user import User  # noqa: F401


class Item(Base):
    id = Column(Integer, primary_key=True, index=True)
    title = Column(String, index=True)
    owner_id = Column(Integer, ForeignKey("user.id"))
    owner = relationship("User", back_populates="items")
''',
        "app/models/user.py": '''from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Column, Integer, String
from sqlalchemy.orm import relationship

from app.db.base_class import Base

if TYPE_CHECKING:
    from .item import Item  # noqa: F401


class User(Base):
    id = Column(Integer, primary_key=True, index=True)
    full_name = Column(String, index=True)
    is_active = Column(Boolean(), default=True)
    items = relationship("Item", back_populates="owner")
''',
    },
    expected=[
        'from app.models.oauth2_token import OAuth2Token  # noqa\n',
        '    id = Column(Integer, primary_key=True, index=True)\n',
        '__tablename__ = "oauth2_token"',
    ],
)
PROJECTS["dataclass_kw"] = dict(
    module='models',
    user='models',
    files={
        "models.py": '''import uuid

from sqlalchemy import String, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default_factory=uuid.uuid4, init=False)
    name: Mapped[str] = mapped_column(String(50))


class Bill(Base):
    __tablename__ = "bills"

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default_factory=uuid.uuid4, init=False)
    total: Mapped[int]
''',
    },
    expected=[
        'primary_key=True, default_factory=uuid.uuid4, init=False',
    ],
)
PROJECTS["classname_tables"] = dict(
    module='tables',
    user='tables',
    files={
        "tables.py": '''from sqlalchemy import orm
import sqlalchemy as sa


class Entity(orm.DeclarativeBase):
    pass


class User(Entity):
    __tablename__ = "User"

    userId: orm.Mapped[int] = orm.mapped_column("userId", primary_key=True)
    fullName: orm.Mapped[str] = orm.mapped_column(sa.String(50))


class ShopOrder(Entity):
    __tablename__ = "ShopOrder"

    orderId: orm.Mapped[int] = orm.mapped_column("orderId", primary_key=True)
    placedOn: orm.Mapped[str] = orm.mapped_column(sa.String(50))
''',
    },
    expected=[
        '__tablename__ = "OAuth2Token"',
    ],
)
PROJECTS["mixin_all"] = dict(
    module='core.models',
    user='core.models',
    files={
        "core/__init__.py": "",
        "core/mixins.py": '''from __future__ import annotations

import datetime
import uuid

from sqlalchemy import DateTime, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column


class UUIDMixin:
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)


class TimestampMixin:
    created_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )
''',
        "core/db.py": '''from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass
''',
        "core/models.py": '''from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.mixins import TimestampMixin, UUIDMixin


class User(UUIDMixin, TimestampMixin, Base):
    __tablename__ = "users"

    name: Mapped[str] = mapped_column(String(50))


class Asset(UUIDMixin, TimestampMixin, Base):
    __tablename__ = "assets"

    label: Mapped[str] = mapped_column(String(50))


class Ticket(UUIDMixin, TimestampMixin, Base):
    __tablename__ = "tickets"

    subject: Mapped[str] = mapped_column(String(50))
''',
    },
    expected=[
        'class OAuth2Token(UUIDMixin, TimestampMixin, Base):\n',
        'owner_id: Mapped[UUID]',
    ],
)
PROJECTS["base_id_declared_attr"] = dict(
    module='db.models',
    user='db.models',
    files={
        "db/__init__.py": "",
        "db/models/__init__.py": '''from .user import User
from .article import Article

__all__ = ["Article", "User"]
''',
        "db/base.py": '''import re

from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class Base(DeclarativeBase):
    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower() + "s"
''',
        "db/models/user.py": '''from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class User(Base):
    name: Mapped[str] = mapped_column()
''',
        "db/models/article.py": '''from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class Article(Base):
    title: Mapped[str] = mapped_column()
''',
    },
    expected=[
        'class OAuth2Token(Base):\n    __tablename__ = "oauth2_tokens"\n\n    value:',
    ],
)
PROJECTS["schema_args"] = dict(
    module='models',
    user='models',
    files={
        "models.py": '''from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.orm import Mapped, mapped_column, registry, relationship

mapper_registry = registry(metadata=MetaData(naming_convention={"ix": "ix_%(column_0_label)s", "pk": "pk_%(table_name)s"}))


@mapper_registry.mapped
class User:
    __tablename__ = "users"
    __table_args__ = {"schema": "main"}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    teams: Mapped[list["Team"]] = relationship(back_populates="user")


@mapper_registry.mapped
class Team:
    __tablename__ = "teams"
    __table_args__ = {"schema": "main"}

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("main.users.id"))
    user: Mapped["User"] = relationship(back_populates="teams")
''',
    },
    expected=[
        '__table_args__ = {"schema": "main"}\n',
    ],
)
PROJECTS["pyproject_79"] = dict(
    module='svc.models',
    user='svc.models',
    files={
        "pyproject.toml": '''[project]
name = "svc"
version = "0"

[tool.black]
line-length = 79
''',
        "svc/__init__.py": "",
        "svc/models.py": '''import enum
import typing as t

import sqlalchemy as sa
import sqlalchemy.orm as so


class Base(so.DeclarativeBase):
    pass


class Kind(enum.Enum):
    A = "a"
    B = "b"


class User(Base):
    __tablename__ = "users"

    user_id: so.Mapped[int] = so.mapped_column(primary_key=True)
    name: so.Mapped[str] = so.mapped_column(sa.String(50))
    nick: so.Mapped[t.Optional[str]] = so.mapped_column(sa.String(50))
    kind: so.Mapped[Kind] = so.mapped_column(default=Kind.A)


class Room(Base):
    __tablename__ = "rooms"

    room_id: so.Mapped[int] = so.mapped_column(primary_key=True)
    name: so.Mapped[str] = so.mapped_column(sa.String(50))
''',
    },
    expected=[
        '    oauth2_token_id: so.Mapped[int] = so.mapped_column(primary_key=True)\n',
        't.Optional[datetime]',
    ],
)
PROJECTS["own_sa"] = dict(
    module='app.models',
    user='app.models',
    files={
        "app/__init__.py": "",
        "app/models/__init__.py": '''from .user import User
from .city import City
''',
        "app/models/base.py": '''import sqlalchemy.orm as so


class Base(so.DeclarativeBase):
    pass
''',
        "app/models/user.py": '''import uuid

import sqlalchemy as sa
import sqlalchemy.orm as so

from .base import Base


class User(Base):
    __tablename__ = "users"

    id: so.Mapped[uuid.UUID] = so.mapped_column(sa.Uuid(), primary_key=True, default=uuid.uuid4)
    name: so.Mapped[str] = so.mapped_column(sa.String(50))
''',
        "app/models/city.py": '''import uuid

import sqlalchemy as sa
import sqlalchemy.orm as so

from .base import Base


class City(Base):
    __tablename__ = "cities"

    id: so.Mapped[uuid.UUID] = so.mapped_column(sa.Uuid(), primary_key=True, default=uuid.uuid4)
    name: so.Mapped[str] = so.mapped_column(sa.String(50))
''',
    },
    expected=[
        'import sqlalchemy as sa\nimport sqlalchemy.orm as so\n\nfrom .base import Base\n',
        'sa.Uuid(), primary_key=True, default=uuid.uuid4',
    ],
)
PROJECTS["own_flask"] = dict(
    module='app.models',
    user='app.models',
    files={
        "app/__init__.py": '''from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
''',
        "app/models/__init__.py": '''from app.models.user import User  # noqa
from app.models.city import City  # noqa
''',
        "app/models/user.py": '''from app import db


class User(db.Model):
    __tablename__ = "users"

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(50))
''',
        "app/models/city.py": '''from app import db


class City(db.Model):
    __tablename__ = "cities"

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(50))
''',
    },
    expected=[
        'from app import db\n',
        'from app.models.oauth2_token import OAuth2Token, Scope  # noqa\n',
    ],
)

REQUEST = "OAuth2Token value:str(64):unique owner:->User expires_at:datetime:null scopes:<->Scope Scope name:str(20)".split()
RUN = """
import importlib, sys
import sqlalchemy as sa
from sqlalchemy.orm import Session, configure_mappers
importlib.import_module(sys.argv[1])
User = importlib.import_module(sys.argv[2]).User
configure_mappers()
registry = sa.inspect(User).registry
classes = {mapper.class_.__name__: mapper.class_ for mapper in registry.mappers}
metadata = sa.inspect(User).local_table.metadata
engine = sa.create_engine("sqlite://")
metadata.create_all(engine)
def values(table):
    for c in table.columns:
        if not c.foreign_keys and not c.default and not c.server_default and not c.nullable and not c.primary_key:
            yield c.key, True if isinstance(c.type, sa.Boolean) else 1 if isinstance(c.type, sa.Integer) else "x"
with Session(engine) as session:
    user = User(**dict(values(sa.inspect(User).local_table)))
    token = classes["OAuth2Token"](value="v", owner=user, scopes=[classes["Scope"](name="read")])
    session.add(token)
    session.commit()
    session.expire_all()
    found = session.scalars(sa.select(classes["OAuth2Token"])).one()
    assert found.owner.oauth2_tokens == [found] and found.scopes[0].name == "read", found
    assert found.scopes[0].oauth2_tokens == [found]
"""


def write(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@pytest.mark.parametrize("name", PROJECTS)
def test_new_classes_are_as_their_neighbours(aludel, sa20, tmp_path, name):
    project = PROJECTS[name]
    write(tmp_path, project["files"])
    done = aludel.run("scaffold", "model", "--write", *REQUEST, cwd=tmp_path)
    assert done.code == 0, done
    text = "".join(path.read_text() for path in sorted(tmp_path.rglob("*.py")))
    for part in project["expected"]:
        assert part in text, text
    ran = subprocess.run(
        [sa20, "-B", "-W", "ignore", "-c", RUN, project["module"], project["user"]],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr + text
    length = 79 if name == "pyproject_79" else 88
    before = {line for file in project["files"].values() for line in file.splitlines()}
    assert not [line for line in text.splitlines() if len(line) > length and line not in before]


def test_one_class_of_another_kind_is_no_habit(aludel, tmp_path):
    write(tmp_path, {"models.py": PROJECTS["uuid_plain"]["files"]["app/models.py"].replace(
        "    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)\n    number",
        "    id: Mapped[int] = mapped_column(primary_key=True)\n    number",
    )})  # fmt: skip
    done = aludel.run("scaffold", "model", "--write", "Tag", "name:str", cwd=tmp_path)
    assert done.code == 0 and "    id: Mapped[int] = mapped_column(primary_key=True)\n    name" in (tmp_path / "models.py").read_text()


@pytest.mark.parametrize("field,flags", [("code:str(8):pk", []), ("id:bigint", []), ("name:str", ["--uuid"])])
def test_a_key_that_is_asked_for_wins(aludel, tmp_path, field, flags):
    write(tmp_path, PROJECTS["intpk"]["files"])
    done = aludel.run("scaffold", "model", "--write", "Tag", field, *flags, cwd=tmp_path)
    assert done.code == 0, done
    assert "uuidpk" not in (tmp_path / "models.py").read_text().split("class Tag(")[1]



METADATA = {
    "uuid_plain": ("from app.models import Base", "Base.metadata"),
    "base_id_declared_attr": ("import db.models  # noqa: F401\nfrom db.base import Base", "Base.metadata"),
    "sqlmodel_uuid": ("import app.models  # noqa: F401\nfrom sqlmodel import SQLModel", "SQLModel.metadata"),
    "prefix_pkg": ("from crm.models.base import Base", "Base.metadata"),
    "old_template": ("from app.db.base import Base", "Base.metadata"),
    "own_flask": ("import app.models  # noqa: F401\nfrom app import db", "db.metadata"),
    "classname_tables": ("from tables import Entity", "Entity.metadata"),
}


@pytest.mark.parametrize("name", METADATA)
def test_alembic_is_set_up_for_the_models_that_are_there(aludel, sa20, tmp_path, name):
    write(tmp_path, PROJECTS[name]["files"])
    done = aludel.run("scaffold", "alembic", "--write", cwd=tmp_path)
    assert done.code == 0 and "Assumptions" not in done.out, done
    env = (tmp_path / "migrations" / "env.py").read_text()
    imports, metadata = METADATA[name]
    assert f"\n{imports}\n" in env and f"target_metadata = {metadata}\n" in env, env
    variables = dict(os.environ, DATABASE_URL=f"sqlite:///{tmp_path}/x.db", PYTHONPATH=str(tmp_path))
    for step in (["revision", "--autogenerate", "-m", "first"], ["upgrade", "head"], ["check"], ["downgrade", "base"]):
        ran = subprocess.run(
            [sa20, "-B", "-W", "ignore", "-m", "alembic", *step],
            cwd=tmp_path, env=variables, capture_output=True, text=True,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert step[0] != "revision" or "Detected added table" in ran.stderr, ran.stderr


def test_alembic_of_a_project_with_async_engines(aludel, tmp_path):
    write(tmp_path, PROJECTS["uuid_plain"]["files"])
    (tmp_path / "app" / "db.py").write_text(
        "from sqlalchemy.ext.asyncio import create_async_engine\n\nengine = create_async_engine('sqlite+aiosqlite://')\n"
    )
    done = aludel.run("scaffold", "alembic", "--write", cwd=tmp_path)
    assert done.code == 0 and "async" in done.out, done
    assert "create_async_engine" in (tmp_path / "migrations" / "env.py").read_text()


def test_a_word_in_a_comment_makes_no_engine_async(aludel, tmp_path):
    write(tmp_path, PROJECTS["uuid_plain"]["files"])
    (tmp_path / "app" / "db.py").write_text("# create_async_engine() comes later\n")
    done = aludel.run("scaffold", "alembic", "--write", cwd=tmp_path)
    assert done.code == 0 and "async" not in (tmp_path / "migrations" / "env.py").read_text()


def test_annotations_of_a_new_file_are_read_as_those_of_its_neighbours(aludel, tmp_path):
    files = PROJECTS["prefix_pkg"]["files"]
    old, new = "import annotations\n", "import annotations, generator_stop  # both\n"
    write(tmp_path, {path: text.replace(old, new) for path, text in files.items()})
    done = aludel.run("scaffold", "model", "--write", "Tag", "name:str", cwd=tmp_path)
    text = (tmp_path / "crm" / "models" / "tag.py").read_text()
    assert done.code == 0 and text.startswith("from __future__ import annotations\n"), text


def test_an_old_python_gets_annotations_that_it_can_read(aludel, tmp_path):
    files = PROJECTS["uuid_plain"]["files"]
    write(tmp_path, {**files, "pyproject.toml": '[project]\nname = "app"\nversion = "0"\nrequires-python = ">=3.9"\n'})
    fields = "Note text:text:null rank:float size:bigint kind:enum(a,b) at:date:null ok:bool:null owner:->User:null".split()
    done = aludel.run("scaffold", "model", "--write", *fields, cwd=tmp_path)
    text = (tmp_path / "app" / "models.py").read_text()
    assert done.code == 0 and "Mapped[Optional[str]]" in text and 'Mapped[Optional["User"]]' in text, text
    assert " | None" not in text and all(len(line) <= 88 for line in text.splitlines()), text


def test_a_new_import_is_no_longer_than_a_line(aludel, tmp_path):
    files = PROJECTS["classname_tables"]["files"]["tables.py"].replace("import sqlalchemy as sa\n", "")
    write(tmp_path, {"tables.py": files.replace("sa.String(50)", "")})
    fields = "Note t:text r:float:null k:enum(a,b)=a at:datetime:now tags:<->Tag n:int:min(0) Tag name:str(9)".split()
    done = aludel.run("scaffold", "model", "--write", *fields, cwd=tmp_path)
    text = (tmp_path / "tables.py").read_text()
    assert done.code == 0 and "from sqlalchemy import (\n    CheckConstraint,\n" in text, text
