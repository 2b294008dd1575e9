"""Writes random modules of models, as projects of 1.x have them.

    files = model_programs.project(seed)     # {"m.py": text} or files of a package

The same seed gives the same text. A project stands in one flavour of base (declarative_base,
as_declarative, registry, Flask-SQLAlchemy, imperative, dataclasses, SQLModel) and has all kinds
of columns, keys, relationships and inheritance. What SQLAlchemy 2.x refuses of it says nothing;
such projects are rare.
"""

import random

HEAD = '''\
"""Models."""
import datetime
import enum
import uuid
from decimal import Decimal
from functools import partial

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger, Boolean, CheckConstraint, Column, Computed, Date, DateTime, Enum, FetchedValue, Float,
    ForeignKey, ForeignKeyConstraint, Index, Integer, Interval, JSON, LargeBinary, MetaData, Numeric,
    PickleType, SmallInteger, String, Table, Text, Time, Unicode, UniqueConstraint, and_, func, select,
    text,
)
from sqlalchemy.dialects import mysql, postgresql as pg
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.ext.mutable import MutableDict, MutableList
from sqlalchemy.ext.orderinglist import ordering_list
from sqlalchemy.orm import (
    backref, column_property, composite, deferred, reconstructor, registry, relationship, synonym, validates,
)
from sqlalchemy.orm.collections import attribute_mapped_collection
from sqlalchemy.types import TypeDecorator
{imports}

class Color(enum.Enum):
    red = 1
    blue = 2


class Money(TypeDecorator):
    impl = Integer
    cache_ok = True

    def process_result_value(self, value, dialect):
        return Decimal(value) if value is not None else None


class Tags(TypeDecorator):
    impl = String(200)
    cache_ok = True

    def process_bind_param(self, value: list[str], dialect) -> str:
        return ",".join(value or ())

    def process_result_value(self, value, dialect) -> list[str]:
        return value.split(",")


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __composite_values__(self):
        return self.x, self.y


STATES = ("new", "old")
Name = String(40)
required = partial(Column, nullable=False)


def now():
    return datetime.datetime(2020, 1, 1)


def key_to(target, **kw):
    return Column(Integer, ForeignKey(target), **kw)

'''  # noqa: E501

TYPES = """
Integer|Integer()|Integer|String|String(30)|String(length=9)|String(30)|Text|Text()|Boolean|Boolean()|DateTime
DateTime()|DateTime(timezone=True)|Date|Time|Float|Float()|Float(3)|Float(asdecimal=True)|Numeric|Numeric()
Numeric(10, 2)|Numeric(asdecimal=False)|BigInteger|SmallInteger|LargeBinary|LargeBinary(9)|JSON|JSON()|Interval
Unicode|Unicode(9)|Enum(Color)|Enum("a", "b", name="ab")|Enum(*STATES, name="state")|PickleType|sa.String(3)
Enum(Color, values_callable=lambda e: [x.name for x in e])|MutableDict.as_mutable(JSON)|sa.types.Integer
MutableList.as_mutable(PickleType)|String().with_variant(Text(), "mysql")|Money|Money()|Tags|Tags()|Name
sa.Uuid()|sa.Uuid|sa.UUID(as_uuid=False)|pg.ARRAY(Integer)|pg.ARRAY(String(5), dimensions=2)|pg.JSONB|pg.UUID
pg.UUID(as_uuid=True)|pg.UUID(as_uuid=False)|pg.INET|pg.HSTORE|pg.ENUM("x", "y", name="xy")|mysql.TINYINT(1)
mysql.INTEGER(unsigned=True)|mysql.LONGTEXT|mysql.DECIMAL(9, 3)|sa.TIMESTAMP|sa.CHAR(4)|sa.VARCHAR(7)|sa.REAL
sa.Enum(Color, native_enum=False, length=20)|Text(collation="x")|pg.TSVECTOR|pg.BYTEA|sa.Double|sa.ARRAY(Text)
pg.INT4RANGE|pg.TIMESTAMP(timezone=True)|BigInteger().with_variant(Integer, "sqlite")|sa.BINARY(4)|sa.NVARCHAR(3)
""".replace("\n", "|").strip("|").split("|")

FLAGS = """
nullable=False|nullable=False|nullable=True|index=True|unique=True|default=None|default=0|default=now|default=""
default=lambda: None|default=func.now()|onupdate=now|server_default="1"|server_default=text("1")|comment="c"
server_default=FetchedValue()|key="k%d"|info={"x": 1}|doc="text"|server_default=func.now()
default=dict|nullable=REQUIRED|system=False
""".replace("\n", "|").strip("|").split("|")

NAMES = "date datetime time type str list int bool text Enum Optional float uuid decimal any id_ Decimal".split()


class Writer:
    """One project."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.classes = {}  # name: lines
        self.after = {}  # name: lines behind the class
        self.count = 0

    def some(self, share):
        return self.r.random() < share

    def pick(self, *choices):
        return self.r.choice(choices)

    def fresh(self, stem):
        self.count += 1
        return f"{stem}{self.count}"

    # ---- Calls

    def call(self, head, args, comment=True):
        """A call in one line, or in several with comments."""
        args = [a for a in args if a]
        if self.some(0.88):
            return f"{head}({', '.join(args)})"
        notes = [self.pick("  # note", "") if comment else "" for _ in args]
        end = self.pick(",", "")
        lines = [
            f"        {a}{',' if i + 1 < len(args) else end}{notes[i]}" for i, a in enumerate(args)
        ]
        return "\n".join([f"{head}(", *lines, "    )"])

    def trailing(self):
        return self.pick("  # trailing", "  # type: ignore") if self.some(0.04) else ""

    def flags(self, most=2):
        chosen, seen = [], set()
        for _ in range(self.r.randint(0, most)):
            flag = self.r.choice(FLAGS)
            name = flag.split("=")[0]
            if name not in seen:
                seen.add(name)
                self.count += 1
                chosen.append(flag % self.count if "%d" in flag else flag)
        return chosen

    def column_call(self, *args, comment=True):
        head = self.pick("Column", "Column", "Column", "sa.Column")
        return self.call(head, args, comment)

    def column(self, taken):
        """Lines of a plain column."""
        self.count += 1
        name = self.r.choice(NAMES) if self.some(0.15) else f"f{self.count}"
        if name in taken:
            return []
        taken.add(name)
        label = f'"c_{self.count}"' if self.some(0.12) else ""
        kind = self.r.random()
        if kind < 0.03:
            return [f"    {name} = required({self.r.choice(TYPES)})"]
        if kind < 0.06:
            return [f"    {name} = composite(Point, Column('{name}_x', Integer), Column('{name}_y', Integer))"]
        if kind < 0.08:
            return [f"    {name} = Column(Integer, Computed('1 + 1'))"]
        if kind < 0.10:
            return [f"    {name} = Column(type_={self.r.choice(TYPES)})"]
        if kind < 0.12:
            return [f"    {name} = Column(Integer, CheckConstraint('1 > 0'), nullable=False)"]
        call = self.column_call(label, self.r.choice(TYPES), *self.flags(), comment=kind > 0.2)
        if kind < 0.17:
            call = f"deferred({call})"
        elif kind < 0.2:
            call = f"deferred({call}, group='g')"
        elif kind < 0.22:
            call = f"column_property({call})"
        return [f"    {name} = {call}{self.trailing()}"]

    def plain_column(self, taken):
        """One that may stand in a mixin."""
        odd = ("composite", "key=", "deferred(", "column_property(")
        return [x for x in self.column(taken) if not any(word in x for word in odd)]

    # ---- Relationships

    def settings(self, collection):
        chosen = []
        if self.some(0.15):
            chosen.append(f'lazy="{self.pick("joined", "select", "selectin", "subquery", "raise")}"')
        elif collection and self.some(0.12):
            chosen.append('lazy="dynamic"')
        if self.some(0.1):
            chosen.append(self.pick("post_update=True", "passive_updates=False", "doc='rel'"))
        if collection:
            if self.some(0.25):
                chosen.append(
                    self.pick(
                        'cascade="all, delete-orphan"', 'cascade="save-update, merge"', "cascade='all'"
                    )
                )
            if self.some(0.15):
                chosen.append("passive_deletes=True")
            if self.some(0.12) and 'lazy="dynamic"' not in chosen:
                chosen.append(
                    self.pick(
                        "collection_class=set", "collection_class=list",
                        'collection_class=attribute_mapped_collection("id")',
                        "collection_class=ordering_list('id')",
                    )
                )  # fmt: skip
        return chosen

    def target(self, name):
        return self.pick(f'"{name}"', f'"{name}"', f'"{name}"', f"lambda: {name}")

    def back(self, name, collection):
        """backref= in one of its forms."""
        options = self.settings(collection)
        if not options and self.some(0.7):
            return f'backref="{name}"'
        return f'backref=backref("{name}"{"".join(", " + o for o in options)})'

    def many_to_one(self, name, other):
        """Lines of a foreign key and a relationship in `name`, and perhaps one in `other`."""
        n = self.fresh("r")
        column = f"{n}_id"
        null = self.pick("", "", "nullable=False", "nullable=True")
        key = self.pick("id", "id")
        ref = self.pick(f"'{other.lower()}.{key}'", f'"{other.lower()}.{key}"')
        foreign = f"ForeignKey({ref}{self.pick('', ', ondelete=' + repr('CASCADE'))})"
        kind = self.r.random()
        if kind < 0.3:
            args = [foreign]
        elif kind < 0.4:
            args = [f"'db_{column}'", "Integer", foreign]
        else:
            args = ["Integer", foreign]
        call = self.column_call(*args, null, self.pick("", "", "index=True"))
        if kind > 0.97:
            call = f"key_to({ref})"
        lines = [f"    {column} = {call}"]
        self_ref = name == other
        options = [self.target(other)]
        reverse = [self.target(name)]
        where = self.pick(f"foreign_keys=[{column}]", f'foreign_keys="{name}.{column}"')
        options.append(where)
        remote = self.pick("remote_side=[id]", f'remote_side="{name}.id"', f"remote_side=lambda: {name}.id")
        one = self.some(0.2)
        form = self.r.random()
        if form < 0.35:  # the key's side has the backref
            if self_ref:
                options.append(remote)
            if one:
                options.append(f'backref=backref("back{n}", uselist=False)')
            else:
                options.append(self.back(f"back{n}", True))
            lines.append(f"    {n} = {self.call('relationship', options + self.settings(False))}")
        elif form < 0.65:  # the other side has it
            reverse.append(f'foreign_keys="{name}.{column}"')
            if self_ref:
                reverse.append(f'backref=backref("{n}", remote_side=[id])')
            else:
                reverse.append(self.back(n, False))
            if one:
                reverse.append("uselist=False")
            mine = [s for s in self.settings(not one) if not (one and "class" in s)]
            line = f"    back{n} = {self.call('relationship', reverse + mine)}"
            self.classes[other].append(line)
        elif form < 0.85:  # both are written
            if self_ref:
                options.append(remote)
            options.append(f'back_populates="back{n}"')
            reverse += [f'foreign_keys="{name}.{column}"', f'back_populates="{n}"']
            if one:
                reverse.append("uselist=False")
            lines.append(f"    {n} = {self.call('relationship', options + self.settings(False))}")
            mine = self.settings(not one)
            self.classes[other].append(f"    back{n} = {self.call('relationship', reverse + mine)}")
        elif form < 0.95:
            if self_ref:
                options.append(remote)
            lines.append(f"    {n} = {self.call('relationship', options + self.settings(False))}")
        else:
            join = f'"{other}.id == {name}.{column}"'
            options = [self.target(other), f"primaryjoin={join}", "viewonly=True"]
            if self_ref:
                options.append(remote)
            lines.append(f"    {n} = {self.call('relationship', options)}")
        return lines

    def many_to_many(self, name, other):
        n = self.fresh("m")
        table = f"{n}_table"
        table_key = self.pick("", ", primary_key=True")
        lines = [
            f'{table} = Table("{n}", {self.metadata},',
            f'    Column("a_id", ForeignKey("{name.lower()}.id"){table_key}),',
            f'    Column("b_id", Integer, ForeignKey("{other.lower()}.id"){table_key}))',
        ]
        options = [self.target(other)]
        options.append("secondary=" + self.pick(table, f'"{n}"', f"lambda: {table}"))
        if name == other:
            options.append(f"primaryjoin=lambda: {name}.id == {table}.c.a_id")
            options.append(f"secondaryjoin=lambda: {name}.id == {table}.c.b_id")
        if self.some(0.6):
            options.append(self.back(f"back{n}", True).replace("all, delete-orphan", "all"))
        mine = [s for s in self.settings(True) if "orphan" not in s and "passive" not in s]
        options += mine
        if self.some(0.3):
            options.append(self.pick(f'order_by="{other}.id"', f"order_by=lambda: {other}.id.desc()"))
        relation = [f"    {n} = {self.call('relationship', options)}"]
        if self.some(0.4):
            relation.append(f'    {n}_ids = association_proxy("{n}", "id")')
        return lines, relation

    # ---- Classes

    def extras(self, name):
        lines = []
        if self.some(0.25):
            lines += [
                "    label = Column(String(20))",
                self.pick(
                    '    alias_ = synonym("label")',
                    "    loud = column_property(label + '!')",
                    "    low = column_property(func.lower(label))",
                    "    both = column_property(label + ' ' + label, deferred=True)",
                ),
            ]
        if self.some(0.2):
            lines += [
                "    number = Column(Integer)",
                "    @hybrid_property\n    def double(self):\n        return self.number * 2",
                self.pick(
                    "    @double.expression\n    def double(cls):\n        return cls.number * 2",
                    "    @double.setter\n    def double(self, value):\n        self.number = value // 2",
                    "    @hybrid_method\n    def over(self, n):\n        return self.number > n",
                ),
            ]
        if self.some(0.1):
            lines += [
                "    word = Column(String(9))",
                '    @validates("word")\n    def check_word(self, key, value):\n        return value',
            ]
        return lines

    def table_args(self, name, own_columns):
        if self.some(0.75):
            return []
        named = [c for c in own_columns if c.isidentifier()]
        c = self.r.choice(named) if named else "id"
        return [
            self.pick(
                f'    __table_args__ = (UniqueConstraint("{c}", name="uq_{name}"),)',
                f'    __table_args__ = (Index("ix_{name}_x", "{c}"), {{"mysql_engine": "InnoDB"}})',
                '    __table_args__ = {"sqlite_autoincrement": True}',
                '    __table_args__ = (CheckConstraint("1 > 0", name="ck"),)',
                f'    __table_args__ = (Index("ix_{name}_y", id.desc()),)',
            )
        ]

    def primary_key(self):
        kind = self.r.random()
        if kind < 0.7:
            return f"    id = {self.column_call('Integer', 'primary_key=True')}"
        return "    id = " + self.pick(
            "Column(Integer, primary_key=True, autoincrement=True)",
            "Column('id', Integer, primary_key=True)",
            "Column(Integer, primary_key=True, nullable=False)",
            "Column(BigInteger, primary_key=True)",
            "sa.Column(sa.Integer(), sa.Sequence('seq'), primary_key=True)",
            "Column(Integer, sa.Identity(), primary_key=True)",
            "Column(primary_key=True, type_=Integer)",
        )

    def body(self, name):
        taken = {"id", "label", "number", "word"}
        lines = [self.primary_key()]
        for _ in range(self.r.randint(0, 4)):
            lines += self.column(taken)
        lines += self.extras(name)
        return lines + self.table_args(name, ["id"])

    def mixin(self):
        lines = ["class Stamped(object):"]
        taken = set()
        for _ in range(self.r.randint(0, 2)):
            lines += self.plain_column(taken)
        for i in range(self.r.randint(0, 2)):
            head = self.pick("@declared_attr", "@declared_attr", "@sa.orm.declared_attr")
            args = [self.r.choice(TYPES), *[f for f in self.flags(1) if "key=" not in f]]
            lines.append(f"    {head}\n    def d{i}(cls):\n        return Column({', '.join(args)})")
        if self.some(0.4):
            null = self.pick("", ", nullable=False")
            back = self.pick("", "", ', backref=cls.__name__.lower() + "s"', ', lazy="joined"')
            lines += [
                f'    @declared_attr\n    def owner_id(cls):\n        return Column(ForeignKey("top.id"){null})',
                "    @declared_attr\n    def owner(cls):\n"
                f'        return relationship("Top", foreign_keys=[cls.owner_id]{back})',
            ]
        if self.some(0.3):
            lines.append("    @declared_attr\n    def __tablename__(cls):\n        return cls.__name__.lower()")
        return lines if len(lines) > 1 else lines + ["    pass"]

    def family(self, base):
        """Joined, single-table or concrete inheritance."""
        how = self.pick("joined", "joined", "single", "concrete")
        lines = [f"class Animal({base}):", '    __tablename__ = "animal"', "    id = Column(Integer, primary_key=True)"]
        if how != "concrete":
            lines += [
                "    kind = Column(String(20))",
                self.pick(
                    '    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "animal"}',
                    "    @declared_attr\n    def __mapper_args__(cls):\n"
                    '        return {"polymorphic_on": cls.kind, "polymorphic_identity": cls.__name__}'
                    if how != "concrete" else "",
                ),
            ]  # fmt: skip
        lines += self.column({"id", "kind"})
        self.classes["Animal"] = lines
        for name in ("Cat", "Dog"):
            parent = self.pick("Animal", "Cat") if name == "Dog" and how != "concrete" else "Animal"
            lines = [f"class {name}({parent}):"]
            if how == "joined" or how == "concrete":
                lines.append(f'    __tablename__ = "{name.lower()}"')
            if how == "joined":
                key = self.pick("Integer, ", "")
                lines.append(f'    id = Column({key}ForeignKey("{parent.lower()}.id"), primary_key=True)')
            elif how == "concrete":
                lines.append("    id = Column(Integer, primary_key=True)")
            extra = ', "concrete": True' if how == "concrete" else ""
            lines.append(f'    __mapper_args__ = {{"polymorphic_identity": "{name}"{extra}}}')
            lines += self.column({"id", "kind"})
            self.classes[name] = lines

    def imports(self):
        return self.pick(
            "from sqlalchemy.orm import declarative_base, declared_attr, as_declarative, DeclarativeMeta",
            "from sqlalchemy.ext.declarative import declarative_base, declared_attr, as_declarative\n"
            "from sqlalchemy.orm import DeclarativeMeta",
        )

    def base(self):
        """Lines that make the base; its name; the classes' metadata; a decorator."""
        common = "class Common(object):\n    info = 'x'\n\n    def __repr__(self):\n        return 'x'\n\n\n"
        forms = [
            ("Base = declarative_base()", "Base"),
            ("Base = declarative_base()  # all models", "Base"),
            ("metadata = MetaData()\nBase = declarative_base(metadata=metadata)", "Base"),
            (
                'meta = MetaData(naming_convention={"ix": "ix_%(column_0_label)s", '
                '"fk": "fk_%(table_name)s_%(column_0_name)s"})\nModel = declarative_base(metadata=meta)',
                "Model",
            ),
            (common + "Base = declarative_base(cls=Common)", "Base"),
            (common + "Base = declarative_base(cls=(Common,))", "Base"),
            ("Base = declarative_base(name='Base')", "Base"),
            ("Base = declarative_base(name='ORMBase')", "Base"),
            ("Base = declarative_base(class_registry={})", "Base"),
            (
                "def init(self, **kw):\n    for k, v in kw.items():\n        setattr(self, k, v)\n\n\n"
                "Base = declarative_base(constructor=init)",
                "Base",
            ),
            ("Base = declarative_base(metadata=MetaData(schema=None))", "Base"),
            ("Base: 'sa.Any' = declarative_base()", "Base"),
            ("class Base:\n    info = 'x'\n\n\nBase = declarative_base(cls=Base)", "Base"),
            ("mapper_registry = registry()\nBase = mapper_registry.generate_base()", "Base"),
            (
                "mapper_registry = registry()\n\n\nclass Base(metaclass=DeclarativeMeta):\n"
                "    __abstract__ = True\n    registry = mapper_registry\n"
                "    metadata = mapper_registry.metadata\n    __init__ = mapper_registry.constructor",
                "Base",
            ),
            ("@as_declarative()\nclass Base(object):\n    pass", "Base"),
            (
                "@as_declarative()\nclass Base:\n    info = 'x'\n\n    @declared_attr\n"
                "    def __tablename__(cls):\n        return cls.__name__.lower()",
                "Base",
            ),
            (
                "metadata = MetaData()\n\n\n@as_declarative(metadata=metadata)\nclass Base:\n"
                "    id = Column(Integer, primary_key=True)",
                "Base",
            ),
        ]
        return self.r.choice(forms)

    def declarative(self):
        self.flavour = "declarative"
        text, base = self.base()
        self.metadata = f"{base}.metadata"
        self.setup = text
        self.graph(base)

    def graph(self, base):
        mixed = self.some(0.5)  # a mixin that no class has is left
        if mixed:
            self.classes["Stamped"] = self.mixin()
        abstract = base
        if self.some(0.25):
            abstract = "Root"
            lines = [f"class Root({base}):", "    __abstract__ = True"]
            if self.some(0.5):
                lines += self.plain_column(set())
            if self.some(0.3):
                lines.append("    created = Column(DateTime, default=now, nullable=False)")
            self.classes["Root"] = lines
        self.classes["Top"] = [
            f"class Top({base}):", "    __tablename__ = 'top'", "    id = Column(Integer, primary_key=True)"
        ]  # fmt: skip
        names = [f"M{i}" for i in range(self.r.randint(1, 4))]
        for name in names:
            first = "Stamped" if mixed and (name == "M0" or self.some(0.5)) else ""
            bases = [b for b in (first, self.pick(base, abstract)) if b]
            self.classes[name] = [f"class {name}({', '.join(bases)}):"]
            if self.some(0.2):
                self.classes[name].append('    """Told here."""')
            self.classes[name].append(f'    __tablename__ = "{name.lower()}"')
            self.classes[name] += self.body(name)
        self.tables = []
        for name in names:
            for _ in range(self.r.randint(0, 2)):
                other = self.r.choice(names + ["Top"])
                self.classes[name] += self.many_to_one(name, other)
            if self.some(0.3):
                other = self.r.choice(names)
                table, relation = self.many_to_many(name, other)
                self.tables.append("\n".join(table))
                self.classes[name] += relation
        if self.some(0.3):
            self.family(base)
        self.late(names)

    def late(self, names):
        """What is said of a class behind it."""
        name = self.r.choice(names)
        if self.some(0.15):
            self.after[name] = [
                self.pick(
                    f"{name}.more = Column(Integer)",
                    f"{name}.top_count = column_property(select(func.count(Top.id)).scalar_subquery())",
                    f'Index("late_{name}", {name}.id)',
                    f"{name}_table = {name}.__table__",
                )
            ]

    def flask(self):
        self.flavour = "flask"
        self.metadata = "db.metadata"
        self.setup = self.pick(
            "db = SQLAlchemy()",
            'db = SQLAlchemy(metadata=MetaData(naming_convention={"ix": "ix_%(column_0_label)s"}))',
        )
        self.graph("db.Model")
        for name, lines in self.classes.items():
            if self.some(0.7):
                text = "\n".join(lines).replace("sa.Column", "Column")
                for word in ("Column", "relationship", "ForeignKey", "Integer", "String", "backref"):
                    if word == "backref":
                        text = text.replace("backref(", "db.backref(")
                    else:
                        parts = text.split(word)
                        out = parts[0]
                        for a, b in zip(parts, parts[1:]):
                            whole = not (a[-1:].isalnum() or a[-1:] in "_.") and not (b[:1].isalnum() or b[:1] == "_")
                            out += ("db." if whole else "") + word + b
                        text = out
                self.classes[name] = text.split("\n")

    def mapped_decorator(self):
        self.flavour = "registry"
        self.metadata = "mapper_registry.metadata"
        self.setup = "mapper_registry = registry()"
        self.graph("object")
        for name, lines in self.classes.items():
            if name not in ("Stamped", "Root"):
                lines[0] = "@mapper_registry.mapped\n" + lines[0]

    def imperative(self):
        self.flavour = "imperative"
        self.metadata = "mapper_registry.metadata"
        self.setup = "mapper_registry = registry()"
        self.tables = [
            'parent = Table("parent", mapper_registry.metadata, Column("id", Integer, primary_key=True),\n'
            '               Column("name", String(9)))',
            'child = Table("child", mapper_registry.metadata, Column("id", Integer, primary_key=True),\n'
            '              Column("parent_id", ForeignKey("parent.id")))',
        ]
        back = self.pick('backref="parent"', 'back_populates="parent"')
        other = '"parent": relationship(Parent, back_populates="children")' if "pop" in back else ""
        self.classes["Parent"] = ["class Parent:", "    def __init__(self, name):", "        self.name = name"]
        self.classes["Child"] = ["class Child(object):", "    pass"]
        self.after["Child"] = [
            "mapper_registry.map_imperatively(Parent, parent, properties={\n"
            f'    "children": relationship(Child, {back}),\n    "label": synonym("name"),\n}})',
            f"mapper_registry.map_imperatively(Child, child, properties={{{other}}})",
        ]

    def dataclasses(self):
        self.flavour = "dataclasses"
        self.metadata = "mapper_registry.metadata"
        self.tables = []
        self.setup = (
            "from dataclasses import dataclass, field\nfrom typing import List, Optional\n"
            "mapper_registry = registry()"
        )
        if self.some(0.5):
            self.classes["User"] = [
                "@mapper_registry.mapped\n@dataclass\nclass User:",
                '    __table__ = Table("user", mapper_registry.metadata, Column("id", Integer, primary_key=True),\n'
                '                      Column("name", String(50)))',
                "    id: int = field(init=False)\n    name: Optional[str] = None",
                '    mails: list = field(default_factory=list)',
                '    __mapper_args__ = {"properties": {"mails": relationship("Mail")}}',
            ]
        else:
            self.classes["User"] = [
                "@mapper_registry.mapped\n@dataclass\nclass User:",
                '    __tablename__ = "user"\n    __sa_dataclass_metadata_key__ = "sa"',
                '    id: int = field(init=False, metadata={"sa": Column(Integer, primary_key=True)})',
                '    name: str = field(default=None, metadata={"sa": Column(String(50))})',
                '    mails: list = field(default_factory=list, metadata={"sa": relationship("Mail")})',
            ]
        self.classes["Mail"] = [
            "@mapper_registry.mapped\n@dataclass\nclass Mail:",
            '    __tablename__ = "mail"\n    __sa_dataclass_metadata_key__ = "sa"',
            '    id: int = field(init=False, metadata={"sa": Column(Integer, primary_key=True)})',
            '    user_id: int = field(init=False, metadata={"sa": Column(ForeignKey("user.id"))})',
        ]

    def sqlmodel(self):
        self.flavour = "sqlmodel"
        self.metadata = "SQLModel.metadata"
        self.tables = []
        self.setup = "from typing import List, Optional\nfrom sqlmodel import Field, Relationship, SQLModel"
        column = f"Column({self.r.choice([t for t in TYPES if 'String' in t])})"
        self.classes["Team"] = [
            "class Team(SQLModel, table=True):",
            "    id: Optional[int] = Field(default=None, primary_key=True)",
            f"    name: str = Field(sa_column={column})",
            '    heroes: List["Hero"] = Relationship(back_populates="team")',
        ]
        extra = self.pick("", ', sa_relationship_kwargs={"lazy": "selectin"}')
        self.classes["Hero"] = [
            "class Hero(SQLModel, table=True):",
            "    id: Optional[int] = Field(default=None, primary_key=True)",
            f"    age: int = Field({self.pick('index=True', 'default=3', 'nullable=False')})",
            '    team_id: Optional[int] = Field(default=None, foreign_key="team.id")',
            f'    team: Optional[Team] = Relationship(back_populates="heroes"{extra})',
        ]

    # ---- Text

    def text(self, name):
        lines = self.classes[name]
        if len(lines) == 1:
            lines = lines + ["    pass"]
        return "\n".join(lines + self.after.get(name, []))

    def write(self):
        self.r.choices(
            [self.declarative, self.flask, self.mapped_decorator, self.imperative, self.dataclasses, self.sqlmodel],
            [60, 22, 8, 4, 3, 3],
        )[0]()
        imports = self.imports()
        if self.flavour == "flask":
            imports += "\nfrom flask_sqlalchemy import SQLAlchemy"
        head = HEAD.replace("{imports}", imports) + f"\nREQUIRED = {self.pick(True, False)}\n\n"
        if self.flavour in ("declarative", "flask") and self.some(0.3):
            return self.package(head)
        parts = [head + self.setup, *self.tables, *map(self.text, self.classes)]
        return {"m.py": "\n\n\n".join(parts) + "\n"}

    def package(self, head):
        """A file for each class: other classes are known by their names only."""
        files = {"app/__init__.py": "", "app/base.py": head + self.setup + "\n"}
        shared = "from .base import *\nfrom . import base\n" + (
            "from .base import db\n" if self.flavour == "flask" else ""
        )
        if self.tables:
            files["app/links.py"] = shared + "\n\n" + "\n".join(self.tables) + "\n"
            shared += "from .links import *\n"
        order = list(self.classes)
        for name in order:
            text = self.text(name)
            head_lines = "".join(
                f"from .{other.lower()} import {other}\n"
                for other in order[: order.index(name)]
                if other + "(" not in text and other in text.split("\n")[0] or f"({other}.id)" in text
            )
            for other in order:
                if other != name:
                    text = text.replace(f"lambda: {other}.id.desc()", f'"{other}.id.desc()"')
                    text = text.replace(f"lambda: {other}", f'"{other}"')
            files[f"app/{name.lower()}.py"] = shared + head_lines + "\n\n" + text + "\n"
        return files


def project(seed):
    return Writer(seed).write()


if __name__ == "__main__":
    import sys

    for path, text in project(int(sys.argv[1])).items():
        print(f"# ==== {path}\n{text}")
