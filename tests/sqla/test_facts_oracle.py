"""What `dump facts` reads from syntax against what SQLAlchemy says of the same models.

Each set of models is imported on each SQLAlchemy that can import it; tables, columns, types,
nullability, keys and relationships must be the same.
"""

import json
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

ASK = r"""
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
import models
from sqlalchemy import inspect
from sqlalchemy.orm import configure_mappers
configure_mappers()
out = {}
def classes(holder):
    for value in list(vars(holder).values()):
        if isinstance(value, type) and value.__module__ == "models":
            yield value
            if value.__name__ == "Elsewhere":
                yield from classes(value)


for value in classes(models):
    mapper = inspect(value, raiseerr=False) if isinstance(value, type) else None
    if mapper is None or not hasattr(mapper, "local_table"):
        continue
    columns = {}
    for prop in mapper.column_attrs:
        column = prop.columns[0]
        if not hasattr(column, "foreign_keys") or getattr(column, "table", None) is None:
            continue
        columns[prop.key] = [column.name, repr(column.type), bool(column.nullable),
                             bool(column.primary_key),
                             sorted(f.target_fullname for f in column.foreign_keys)]
    relationships = {}
    for prop in mapper.relationships:
        secondary = prop.secondary
        relationships[prop.key] = [prop.mapper.class_.__name__, prop.direction.name,
                                   bool(prop.uselist),
                                   None if secondary is None else secondary.fullname]
    out[value.__qualname__] = [mapper.local_table.fullname, columns, relationships]
json.dump(out, sys.stdout)
"""

CLASSIC = '''
from sqlalchemy import (BigInteger, Boolean, Column, DateTime, ForeignKey, Integer, Numeric,
                        PrimaryKeyConstraint, String, Table, Text, UniqueConstraint)
from sqlalchemy.ext.declarative import declarative_base, declared_attr
from sqlalchemy.orm import backref, deferred, relationship, synonym

Base = declarative_base()
LENGTH = 40


class Named(object):
    name = Column(String(LENGTH), nullable=False)
    worked_out = Column(String(4 * LENGTH - 2))
    shifted = Column(String((1 << 10) // 3 + 2 ** 5))
    grouped = Column(String(0x_ff + 1_000))

    @declared_attr
    def __tablename__(cls):
        return cls.__name__.lower() + "s"


class Arguments(object):
    """__table_args__ of each class and of all, put together."""

    @declared_attr
    def __table_args__(cls):
        if cls.__tablename__.upper() == "SHORT":
            return (PrimaryKeyConstraint("b"), *cls._own, {"mysql_engine": "InnoDB"})
        elif cls.__tablename__ != "long":
            return (PrimaryKeyConstraint("a", "b"),)
        return cls._own + (UniqueConstraint("a", "b"), {"mysql_engine": "InnoDB"})


class Long(Base, Arguments):
    __tablename__ = "long"
    a = Column(Integer)
    b = Column(Integer)
    _own = (PrimaryKeyConstraint("a", name="pk_long"),)


class Short(Base, Arguments):
    __tablename__ = "short"
    a = Column(Integer)
    b = Column(Integer)
    _own = (UniqueConstraint("a"),)


class Other(Base, Arguments):
    __tablename__ = "other"
    a = Column(Integer)
    b = Column(Integer)


def money(scale=2, **kw):
    return Column(Numeric(10, scale))


class Abstract(Base):
    __abstract__ = True
    id = Column(Integer, primary_key=True)


link = Table("link", Base.metadata, Column("left_id", ForeignKey("employees.id"), primary_key=True),
             Column("right_id", Integer, ForeignKey("tags.id"), primary_key=True))


class Employee(Named, Abstract):
    kind = Column("type", String(20))
    salary = Column(Numeric(10, 2))
    notes = deferred(Column(Text))
    boss_id = Column(Integer, ForeignKey("employees.id"))
    boss = relationship("Employee", remote_side="Employee.id", backref="staff")
    tags = relationship("Tag", secondary=link, backref=backref("employees", lazy="dynamic"))
    alias = synonym("name")
    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "employee"}


class Manager(Employee):
    __tablename__ = "managers"
    id = Column(Integer, ForeignKey("employees.id"), primary_key=True)
    level = Column(Integer)
    __mapper_args__ = {"polymorphic_identity": "manager"}


class Engineer(Employee):
    __tablename__ = None
    language = Column(String(30))
    __mapper_args__ = {"polymorphic_identity": "engineer"}


class Clerk(Employee):
    __tablename__ = None
    desk = Column("desk_number", Integer)
    __mapper_args__ = {"polymorphic_identity": "clerk"}


class HeadClerk(Clerk):
    __tablename__ = None
    room = Column("room_number", Integer)


class Tag(Named, Abstract):
    active = Column(Boolean, default=True)


class Badge(Base):
    __tablename__ = "badges"
    __table_args__ = (PrimaryKeyConstraint("owner_id", "number"), UniqueConstraint("number"),
                      {"schema": "hr"})
    owner_id = Column(BigInteger)
    number = Column(Integer)
    given = Column(DateTime(timezone=True), nullable=False)
    employee_id = Column(None, ForeignKey(Employee.id))
    employee = relationship(Employee, backref=backref("badge", uselist=False))


class Mapped1(Base):
    __table__ = Table("mapped1", Base.metadata, Column("id", Integer, primary_key=True),
                      Column("other", ForeignKey("mapped1.id")))
'''

TYPED = '''
import datetime
import decimal
import uuid
from typing import List, Optional
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import (DeclarativeBase, DynamicMapped, Mapped, WriteOnlyMapped,
                            mapped_column, relationship)
from typing_extensions import Annotated

intpk = Annotated[int, mapped_column(primary_key=True)]
label = Annotated[str, mapped_column(String(30))]


class Base(DeclarativeBase):
    type_annotation_map = {str: Text()}


class User(Base):
    __tablename__ = "user"
    id: Mapped[intpk]
    name: Mapped[label]
    nick: Mapped[Optional[str]]
    full: Mapped["str | None"] = mapped_column(String(50))
    born: Mapped[datetime.date] = mapped_column(nullable=True)
    paid: Mapped[Optional[decimal.Decimal]]
    key: Mapped[uuid.UUID] = mapped_column("user_key")
    addresses: Mapped[List["Address"]] = relationship(back_populates="user")
    orders: WriteOnlyMapped["Order"] = relationship()
    visits: DynamicMapped["Order"] = relationship(viewonly=True)
    only: Mapped["Address"] = relationship(viewonly=True)


class Address(Base):
    __tablename__ = "address"
    id: Mapped[intpk]
    user_id = mapped_column(ForeignKey("user.id"))
    user: Mapped["User"] = relationship(back_populates="addresses")


class Order(Base):
    __tablename__ = "order"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
'''

# Names that only a run would tell at first sight: made by functions, partials, wrappers.
MADE = '''
import enum
import functools
import re
from typing import TYPE_CHECKING, Any
from sqlalchemy import Column as C, Enum, ForeignKey, Integer, Numeric, String, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import declarative_base, relationship
from sqlalchemy.ext.declarative import declared_attr
from sqlalchemy.types import TypeDecorator

def Wrapped(*args, **kwargs):
    kwargs["comment"] = "wrapped"
    return C(*args, **kwargs)


Column = functools.partial(C, nullable=False)
NullableColumn = functools.partial(C, nullable=True)


class Color(enum.Enum):
    RED = "r"
    GREEN = "g"
    ALSO_RED = "r"
    _private = "p"

    def label(self):
        return self.value


class Size(str, enum.Enum):
    small = "S"
    large = "L"


class Trimmed(TypeDecorator):
    impl = String
    cache_ok = True


class Short(Trimmed):
    impl = String(10)


class Money(TypeDecorator):
    impl = Numeric(10, 2)
    cache_ok = True

    def __init__(self, currency):
        super().__init__()
        self.currency = currency


def table_name(name):
    names = re.split("(?=[A-Z])", name)
    return "_".join([x.lower() for x in names if x])


class Naming(object):
    @declared_attr
    def __tablename__(cls):
        return table_name(cls.__name__)


if TYPE_CHECKING:
    Base = Any
else:
    Base = declarative_base(cls=Naming)
Other = declarative_base()


class PaintBucket(Base):
    id = C(Integer, primary_key=True)
    color = Column(Enum(Color))
    other = Column(Enum(Color, name="shade", native_enum=False, length=20))
    size = NullableColumn(Enum(Size, values_callable=lambda e: [m.value for m in e]))
    native = Column(postgresql.ENUM(Color, name="colour"))
    text = Column(Trimmed)
    more = Column(Trimmed(40))
    short = Column(Short())
    price = Column(Money("EUR"), nullable=True)
    weight = Wrapped("grams", Integer, nullable=False)
    shelf_id = Column(ForeignKey("shelf.id"))
    shelf = relationship("Shelf", backref="buckets")


class Shelf(Base):
    id = C(Integer, primary_key=True)


class Elsewhere:
    class Shelf(Other):  # of the same name and table, in another registry
        __tablename__ = "shelf"
        id = C(Integer, primary_key=True)
        bucket_id = C(Integer)
'''

KEYED = '''
import enum
from typing import Any, Dict, List, Literal, Optional
from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import DeclarativeBase, Mapped, foreign, mapped_column, relationship


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Base(DeclarativeBase):
    type_annotation_map = {Dict[str, Any]: JSON, List[str]: String(99), dict[str, int]: JSON(none_as_null=True),
                           int: BigInteger}


class Item(Base):
    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[Level]
    maybe: Mapped[Optional[Level]]
    kind: Mapped[Literal["a", "b"]]
    data: Mapped[Dict[str, Any]]
    counts: Mapped[Optional[dict[str, int]]]
    tags: Mapped[List[str]]
    owner: Mapped[int]
    parts: Mapped[List["Part"]] = relationship(
        primaryjoin="Item.id == foreign(Part.item)", viewonly=True)


class Part(Base):
    __tablename__ = "part"
    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[int]
    whole: Mapped["Item"] = relationship(
        primaryjoin=lambda: foreign(Part.item) == Item.id, viewonly=True)
'''

# Classes that say nothing of their mapping, or whose base a function makes.
APART = '''
from typing import Optional
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.orm import Mapped, as_declarative, backref, registry, relationship, synonym

mapper_registry = registry()
metadata = mapper_registry.metadata
Base = mapper_registry.generate_base()

group_table = Table("group", metadata, Column("id", Integer, primary_key=True),
                    Column("name", String(20), nullable=False), Column("head_id", Integer))
member_table = Table("member", metadata, Column("id", Integer, primary_key=True),
                     Column("group_id", ForeignKey("group.id")), Column("mail", String(80)))


class Group:
    id: Mapped[int]
    name: Mapped[str]
    members: Mapped[list["Member"]]


class Member:
    id: Mapped[int]
    group: Mapped[Optional[Group]]


mapper_registry.map_imperatively(Group, group_table, properties={
    "title": group_table.c.name,
    "label": synonym("title"),
})
mapper_registry.map_imperatively(Member, member_table, properties={
    "address": member_table.c["mail"],
    "group": relationship(Group, backref=backref("members", cascade="all, delete-orphan")),
})


class Event(Base):
    __table__ = Table("event", metadata, Column("id", Integer, primary_key=True),
                      Column("kind", String(10)))
    id: Mapped[int]
    kind: Mapped[Optional[str]]


def versioned_base(plugin: str, version: int):
    """A base for each plugin."""

    @as_declarative(metadata=metadata)
    class VersionedBase:
        _plugin = plugin
        _version = version

    return VersionedBase


PluginBase = versioned_base("notes", 3)


class Note(PluginBase):
    __tablename__ = "note"
    id = Column(Integer, primary_key=True)
    current_id = Column(Integer, ForeignKey("revision.id", use_alter=True))
    revisions = relationship(
        "Revision", primaryjoin=lambda: Note.id == Revision.note_id,
        foreign_keys=lambda: Revision.note_id, backref="note")
    current = relationship(
        "Revision", primaryjoin=lambda: Note.current_id == Revision.id,
        foreign_keys=current_id, post_update=True)


class Revision(PluginBase):
    __tablename__ = "revision"
    id = Column(Integer, primary_key=True)
    note_id = Column(Integer, ForeignKey("note.id"))
    stated = relationship("Note", primaryjoin="Revision.note_id == Note.id",
                          foreign_keys="[Revision.note_id]", viewonly=True)
'''

SETS = {
    "apart": (APART, ("20", "21")),
    "made": (MADE, ("14", "20", "21")),
    "keyed": (KEYED, ("20", "21")),
    "classic": (CLASSIC, ("14", "20", "21")),
    "typed": (TYPED, ("20", "21")),
    "shop": ((ROOT / "examples/shop/models.py").read_text(), ("14", "20", "21")),
}
NAMES = {"14": "1.4", "20": "2.0", "21": "2.1"}


def read(aludel, folder, version):
    result = aludel.run("dump", "facts", "--json", "--sqlalchemy", NAMES[version], cwd=folder)
    assert result.code == 0, result
    out = {}
    for m in json.loads(result.out)["models"]:
        assert m["complete"], m["class"]
        columns = {c["key"]: [c["name"], c["type"], c["nullable"], c["primary_key"],
                              sorted(c["foreign_keys"])] for c in m["columns"]}
        relationships = {r["key"]: [r["target"].rsplit(".", 1)[-1], r["direction"], r["uselist"],
                                    r["secondary"]] for r in m["relationships"]}
        out[m["class"].split(".", 1)[-1]] = [m["table"], columns, relationships]
    return out


@pytest.mark.parametrize("name, version",
                         [(n, v) for n, (_, versions) in SETS.items() for v in versions])
def test_same_as_sqlalchemy(name, version, aludel, sa14, sa20, sa21, tmp_path):
    (tmp_path / "models.py").write_text(SETS[name][0])
    python = {"14": sa14, "20": sa20, "21": sa21}[version]
    done = subprocess.run([python, "-c", ASK, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    theirs, ours = json.loads(done.stdout), read(aludel, tmp_path, version)
    assert ours.keys() == theirs.keys()
    for cls, facts in theirs.items():
        assert ours[cls] == facts, cls
