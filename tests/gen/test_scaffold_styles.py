"""`aludel scaffold model` in projects of many styles: what joins them configures, and no linter has more to say."""

import subprocess
import sys

import pytest

STYLES = {}
STYLES["abc one models.py, sa alias"] = dict(v='sa20',m='models',files={'models.py':'''
import sqlalchemy as sa
from sqlalchemy import orm

Base = orm.declarative_base()


class User(Base):
    __tablename__ = "user"

    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False)
    addresses = orm.relationship("Address", back_populates="user")


class Address(Base):
    __tablename__ = "address"

    id = sa.Column(sa.Integer, primary_key=True)
    email = sa.Column(sa.String, nullable=False, index=True)
    user_id = sa.Column(sa.Integer, sa.ForeignKey("user.id"))
    user = orm.relationship("User", back_populates="addresses")
'''})
STYLES["1.4 declarative_base ext"] = dict(v='sa14',m='app.models',files={'app/__init__.py':'','app/database.py':'''
from sqlalchemy import create_engine
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy.orm import sessionmaker

engine = create_engine("sqlite:///./test.db")
SessionLocal = sessionmaker(autocommit=False, autoflush=False, bind=engine)
Base = declarative_base()
''','app/models.py':'''
from sqlalchemy import Boolean, Column, ForeignKey, Integer, String
from sqlalchemy.orm import relationship

from .database import Base


class User(Base):
    __tablename__ = "users"

    id = Column(Integer, primary_key=True, index=True)
    email = Column(String, unique=True, index=True)
    hashed_password = Column(String)
    is_active = Column(Boolean, default=True)

    items = relationship("Item", back_populates="owner")


class Item(Base):
    __tablename__ = "items"

    id = Column(Integer, primary_key=True, index=True)
    title = Column(String, index=True)
    owner_id = Column(Integer, ForeignKey("users.id"))

    owner = relationship("User", back_populates="items")
'''})
STYLES["src layout package, annotated types"] = dict(v='sa20',m='shop.models',root='src',files={'pyproject.toml':'[project]\nname="shop"\nversion="0"\n','src/shop/__init__.py':'','src/shop/models/__init__.py':'''
from shop.models.base import Base
from shop.models.user import User

__all__ = [
    "Base",
    "User",
]
''','src/shop/models/base.py':'''
import datetime
from typing import Annotated

from sqlalchemy import DateTime, func
from sqlalchemy.orm import DeclarativeBase, mapped_column

intpk = Annotated[int, mapped_column(primary_key=True)]
timestamp = Annotated[datetime.datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]


class Base(DeclarativeBase):
    pass
''','src/shop/models/user.py':'''
from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shop.models.base import Base, intpk, timestamp


class User(Base):
    __tablename__ = "users"

    id: Mapped[intpk]
    name: Mapped[str] = mapped_column(String(30))
    created_at: Mapped[timestamp]
''','src/shop/models/group.py':'''
from __future__ import annotations

from sqlalchemy.orm import Mapped

from shop.models.base import Base, intpk


class Group(Base):
    __tablename__ = "groups"

    id: Mapped[intpk]
'''})
STYLES["flask factory package"] = dict(v='sa20',m='app.models',files={'app/__init__.py':'''
from flask import Flask

from app.extensions import db


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    return app
''','app/extensions.py':'''
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()
''','app/models.py':'''
from datetime import datetime

from app.extensions import db


class TimestampMixin(object):
    created = db.Column(db.DateTime, default=datetime.utcnow)


class User(TimestampMixin, db.Model):
    __tablename__ = 'users'
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(64), unique=True, index=True)
    posts_count = db.Column(db.Integer, default=0)

    def __repr__(self):
        return '<User %r>' % self.username
'''})
STYLES["flask 3 typed"] = dict(v='sa20',m='models',files={'models.py':'''
from typing import Optional

import sqlalchemy as sa
import sqlalchemy.orm as so
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class User(db.Model):
    id: so.Mapped[int] = so.mapped_column(primary_key=True)
    username: so.Mapped[str] = so.mapped_column(sa.String(64), index=True, unique=True)
    email: so.Mapped[Optional[str]] = so.mapped_column(sa.String(120))
'''})
STYLES["mixins last"] = dict(v='sa20',m='models',files={'models.py':'''
from datetime import datetime

from sqlalchemy import DateTime, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class TimestampMixin:
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), onupdate=func.now())


class User(Base, TimestampMixin):
    """A user."""

    __tablename__ = "users"
    __table_args__ = {"comment": "people"}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30))

    @property
    def initials(self) -> str:
        return self.name[:1]
'''})
STYLES["async attrs, schema"] = dict(v='sa21',m='models',files={'models.py':'''
import uuid

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(AsyncAttrs, DeclarativeBase):
    metadata = MetaData(schema="main")


class User(Base):
    __tablename__ = "users"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    name: Mapped[str]
'''})
STYLES["dataclass base"] = dict(v='sa20',m='models',files={'models.py':'''
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column


class Base(MappedAsDataclass, DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    name: Mapped[str] = mapped_column(String(30))
    nick: Mapped[str | None] = mapped_column(String(30), default=None)
'''})
STYLES["star import, tabs"] = dict(v='sa14',m='models',files={'models.py':'''
from sqlalchemy import *
from sqlalchemy.orm import relationship, declarative_base

Base = declarative_base()

class User(Base):
\t__tablename__ = 'users'
\tid = Column(Integer, primary_key=True)
\tname = Column(String(50))
'''})
STYLES["sqlmodel dir per model"] = dict(v='sa20',m='app.models',files={'app/__init__.py':'','app/models/__init__.py':'from .hero import Hero\nfrom .user import User\n','app/models/user.py':'''
from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    name: str
''','app/models/hero.py':'''
from sqlmodel import Field, SQLModel


class Hero(SQLModel, table=True):
    __tablename__ = "heroes"

    id: int | None = Field(default=None, primary_key=True)
'''})
STYLES["imports of modules"] = dict(v='sa20',m='db.tables',files={'db/__init__.py':'','db/meta.py':'''
from sqlalchemy import orm


class Model(orm.DeclarativeBase):
    pass
''','db/tables.py':'''
from sqlalchemy import orm, types

from db import meta


class User(meta.Model):
    __tablename__ = "t_user"

    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(types.String(50), default="")


def all_tables():
    return [User]
'''})

REQUESTS = [
    ["Post", "title:str(80)", "body:text:null", "author:->User:cascade", "status:enum(draft,live)=draft",
     "price:decimal(8,2)=0", "tags:<->Tag", "at:datetime:now", "Tag", "label:str(20):unique"],
    ["User", "phone:str:null", "age:int=0", "boss:->self", "role:enum(a,b)=a"],
    ["Team", "name:str", "members:<-User", "+timestamps"],
]  # fmt: skip
CONFIGURE = """
import importlib, sys
import sqlalchemy as sa
from sqlalchemy.orm import configure_mappers
module = importlib.import_module(sys.argv[1])
configure_mappers()
module.User.metadata.create_all(sa.create_engine("sqlite://"))
print(*sorted(t.name for t in module.User.metadata.tables.values()))
"""
OFTEN = ("mixins last", "star import, tabs", "imports of modules")


def lint(folder):
    """How often ruff says what."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "E,F,I", "--ignore",
         "E501,F403,F405,E101,W191", "--output-format", "concise", "."],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    said = [line.split(" ")[1] for line in done.stdout.splitlines() if line.count(":") > 2]
    return {code: said.count(code) for code in said}


@pytest.mark.parametrize(
    "style", [pytest.param(s, marks=[] if s in OFTEN else pytest.mark.oracle) for s in STYLES]
)
def test_classes_join_a_project_of_this_style(aludel, tmp_path, style, request):
    project = STYLES[style]
    for number, fields in enumerate(REQUESTS):
        folder = tmp_path / str(number)
        for path, text in project["files"].items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text.lstrip("\n"))
        before = lint(folder)
        reported = aludel.run("check", ".", cwd=folder).out.count("\n   |\n")
        done = aludel.run("scaffold", "model", "--write", *fields, cwd=folder)
        assert done.code == 0, done
        ran = subprocess.run(
            [request.getfixturevalue(project["v"]), "-c", CONFIGURE, project["m"]],
            cwd=folder / project.get("root", "."), capture_output=True, text=True,
        )  # fmt: skip
        assert ran.returncode == 0, (fields, ran.stderr)
        after = lint(folder)
        for code in after:  # an import that a package gives on may be one more of what is there
            assert after[code] <= before.get(code, 0) + 2 * (code == "F401" and code in before), (after, done)
        assert aludel.run("check", ".", cwd=folder).out.count("\n   |\n") <= reported, done


def test_a_mixin_that_is_there_is_used(aludel, tmp_path):
    (tmp_path / "models.py").write_text(STYLES["mixins last"]["files"]["models.py"].lstrip("\n"))
    assert aludel.run("scaffold", "model", "--write", "Team", "name:str", "+timestamps", cwd=tmp_path).code == 0
    text = (tmp_path / "models.py").read_text()
    assert text.count("class TimestampMixin") == 1 and "class Team(TimestampMixin, Base):" in text


def test_a_name_that_is_taken_is_not_taken_again(aludel, tmp_path):
    text = STYLES["mixins last"]["files"]["models.py"].lstrip("\n") + "\n\nclass Team:\n    pass\n"
    (tmp_path / "models.py").write_text(text)
    done = aludel.run("scaffold", "model", "--write", "Team", "name:str", cwd=tmp_path)
    assert done.code == 2 and "the name 'Team' is taken in " in done.err, done
    renamed = text.replace("created_at", "born_at").replace("class Team:", "class Other:")
    (tmp_path / "models.py").write_text(renamed)
    done = aludel.run("scaffold", "model", "--write", "Team", "name:str", "+timestamps", cwd=tmp_path)
    assert done.code == 0, done
    joined = (tmp_path / "models.py").read_text()
    assert joined.count("class TimestampMixin") == 1 and "class Team(Base):" in joined
    assert joined.count("updated_at: Mapped[datetime]") == 2, joined
