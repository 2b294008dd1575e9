"""Typed models create the same tables and map the same way as what they were made of."""

import collections
import io
import json
import pathlib
import subprocess
import tokenize

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import model_programs
from conftest import VENVS

HERE = pathlib.Path(__file__).parent
CORPUS = sorted((HERE / "models").iterdir())


def facts(venv, projects):
    run = subprocess.run(
        [VENVS / venv / "bin" / "python", HERE / "mapping_facts.py"],
        input=json.dumps(projects),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def modernized(aludel, folder, files, *options):
    write(folder, files)
    args = ("modernize", "--isolated", "--profile", "modern", *options)
    run = aludel.run(*args, "--write", ".", cwd=folder)
    assert run.code in (0, 1) and run.err == "", run
    again = aludel.run(*args, "--diff", ".", cwd=folder)
    assert again.out == "", again.out
    return {name: (folder / name).read_text() for name in files}


def differences(old, new, path=""):
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(set(old) | set(new)):
            yield from differences(old.get(key), new.get(key), f"{path}/{key}")
    elif old != new:
        yield f"{path}: {old!r} -> {new!r}"


def compare(aludel, folder, projects, may_fail=0):
    """`may_fail`: projects that SQLAlchemy itself may refuse, before and after."""
    after = {}
    for name, files in projects.items():
        after[name] = modernized(aludel, folder / name, files)
    for venv in ("sa20", "sa21"):
        old, new = facts(venv, projects), facts(venv, after)
        refused = [name for name in projects if "error" in old[name]]
        assert len(refused) <= may_fail, (venv, refused, old[refused[0]])
        for name in projects:
            if name in refused:
                continue
            text = "\n".join(after[name].values())
            found = "\n".join(differences(old[name], new[name]))
            assert not found, f"{venv} {name}:\n{text}\n{found}"
    return after


def read_project(path):
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    order = path / "ORDER" if path.is_dir() else None
    if order and order.exists():
        files = [path / line for line in order.read_text().split()]
    root = path.parent if path.is_file() else path
    return {str(f.relative_to(root)): f.read_text() for f in files}


def test_corpus(aludel, tmp_path):
    after = compare(
        aludel, tmp_path, {path.stem: read_project(path) for path in CORPUS}
    )
    left = [
        (name, line)
        for name, files in after.items()
        for text in files.values()
        for line in text.splitlines()
        if " = Column(" in line or "backref=" in line or "declarative_base()" in line
        if "# stays" not in line
    ]
    assert left == []


def test_mypy(aludel, tmp_path):
    """What the rewriting gives has no type errors.

    Models of Flask-SQLAlchemy have some before and after: mypy does not know `db.Model`.
    """
    for path in CORPUS:
        if path.stem == "flask_models":
            continue
        modernized(aludel, tmp_path / path.stem, read_project(path))
        run = subprocess.run(
            [
                VENVS / "test" / "bin" / "python",
                "-m",
                "mypy",
                "--python-executable",
                VENVS / "sa20" / "bin" / "python",
                "--cache-dir",
                tmp_path / "cache",
                "--ignore-missing-imports",
                ".",
            ],
            cwd=tmp_path / path.stem,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert run.returncode == 0, run.stdout + run.stderr


# ---- Generated models

TYPES = [
    "Integer", "Integer()", "String", "String(30)", "Text", "Boolean", "DateTime", "Date",
    "Time", "Float", "Numeric", "Numeric(10, 2)", "BigInteger", "SmallInteger", "LargeBinary",
    "JSON", "Interval", "Unicode(9)", "Enum(Color)", 'Enum("a", "b", name="ab")',
    "DateTime(timezone=True)", "Float(asdecimal=True)", "Numeric(asdecimal=False)", "PickleType",
    "sa.String(3)", "MutableDict.as_mutable(JSON)", "String().with_variant(Text(), 'mysql')",
    "Money", "Money()", "Uuid()" , "pg.ARRAY(Integer)", "pg.JSONB", "pg.UUID(as_uuid=True)",
]  # fmt: skip
FLAGS = [
    "nullable=False", "nullable=True", "index=True", "unique=True", "default=None",
    "comment='c'", "key='k%d'", "info={'x': 1}", "doc='text'", "server_default='1'",
]  # fmt: skip
HEAD = """\
import enum
import datetime
import sqlalchemy as sa
from sqlalchemy import *
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.declarative import declarative_base, declared_attr
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import relationship, backref, column_property, deferred, synonym
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.types import TypeDecorator

class Color(enum.Enum):
    red = 1
    blue = 2

class Money(TypeDecorator):
    impl = Integer
    cache_ok = True

"""


@st.composite
def column(draw, i):
    args = []
    if draw(st.integers(0, 5)) == 0:
        args.append(f'"c_{i}"')
    args.append(draw(st.sampled_from(TYPES)))
    flags = draw(
        st.lists(
            st.sampled_from(FLAGS), max_size=2, unique_by=lambda f: f.split("=")[0]
        )
    )
    args += [f % i if "%" in f else f for f in flags]
    call = f"Column({', '.join(args)})"
    kind = draw(st.integers(0, 9))
    if kind == 0:
        call = f"deferred({call})"
    elif kind == 1:
        call = f"deferred({call}, group='g')"
    elif kind == 2:
        call = call.replace("Column(", "sa.Column(")
    name = draw(
        st.sampled_from([f"f{i}", f"f{i}", f"f{i}", "date", "str_", "datetime", "type"])
    )
    return name, call


@st.composite
def relation(draw, i, name, others):
    other, nullable = (
        draw(st.sampled_from(others)),
        draw(st.sampled_from(["", ", nullable=False"])),
    )
    lines = [
        f'    r{i}_id = Column(Integer, ForeignKey("{other.lower()}.id"){nullable})'
    ]
    args = [f'"{other}"', f"foreign_keys=[r{i}_id]"]
    if other == name:
        args.append(f'remote_side="{name}.id"')
    back = draw(st.sampled_from(["", "plain", "call", "dynamic", "one", "lazy"]))
    if back == "plain":
        args.append(f'backref="b{name}{i}"')
    elif back:
        extra = {
            "call": 'cascade="all, delete-orphan"',
            "dynamic": 'lazy="dynamic"',
            "one": "uselist=False",
            "lazy": 'lazy="joined", passive_deletes=True',
        }[back]
        args.append(f'backref=backref("b{name}{i}", {extra})')
    if draw(st.integers(0, 4)) == 0:
        args.append("post_update=True")
    lines.append(f"    r{i} = relationship({', '.join(args)})")
    return lines


@st.composite
def mixin(draw):
    """Columns and relationships that every class below gets its own copy of."""
    lines = [
        "class Mixin:",
        f"    created = Column({draw(st.sampled_from(TYPES[:14]))})",
    ]
    for i in range(draw(st.integers(0, 2))):
        args = [draw(st.sampled_from(TYPES))]
        args += [
            f % 9 if "%" in f else f
            for f in draw(st.lists(st.sampled_from(FLAGS), max_size=1))
        ]
        lines.append("    @declared_attr")
        lines.append(f"    def d{i}(cls):")
        if draw(st.integers(0, 4)) == 0:
            lines.append('        """Told here."""')
        lines.append(f"        return Column({', '.join(args)})")
    if draw(st.booleans()):
        flags = draw(st.sampled_from(["", ", nullable=False", ", index=True"]))
        options = draw(st.sampled_from(["", ", viewonly=True"]))
        lines.append("    @declared_attr")
        lines.append(f'    def top_id(cls):\n        return Column(ForeignKey("top.id"){flags})')
        lines.append("    @declared_attr")
        lines.append(
            "    def top(cls):\n"
            f'        return relationship("Top", foreign_keys=[cls.top_id]{options})'
        )
    return lines


def subclass(draw, name, parent, schema):
    """Joined or single-table inheritance."""
    lines = [f"class {name}({parent}):"]
    lines.append(f'    __mapper_args__ = {{"polymorphic_identity": "{name.lower()}"}}')
    if draw(st.booleans()):
        lines.append(f'    __tablename__ = "{name.lower()}"')
        if schema:
            lines.append(f'    __table_args__ = {{"schema": "{schema}"}}')
        key = f"{schema + '.' if schema else ''}{parent.lower()}.id"
        lines.append(f'    id = Column(Integer, ForeignKey("{key}"), primary_key=True)')
    lines.append(f"    extra_{name.lower()} = Column({draw(st.sampled_from(TYPES))})")
    return lines


def many_to_many(draw, schema):
    """An association table, an association object with composite keys, and proxies."""
    at = f', schema="{schema}"' if schema else ""
    dot = f"{schema}." if schema else ""
    arg = f'    __table_args__ = {{"schema": "{schema}"}}' if schema else "    pass"
    secondary = draw(st.sampled_from(["tags", "lambda: tags"]))
    back = draw(
        st.sampled_from(
            ["", ', backref="posts"', ', backref=backref("posts", lazy="dynamic")']
        )
    )
    return [
        f"""
tags = Table("Tag Link", Base.metadata,
             Column("post_id", ForeignKey("{dot}post.id"), primary_key=True),
             Column("tag id", ForeignKey("{dot}tag.id"), primary_key=True){at})
class Tag(Base):
    __tablename__ = "tag"
{arg}
    id = Column(Integer, primary_key=True)
    name = Column("Tag Name", String(20){draw(st.sampled_from(["", ", nullable=False"]))})
    alias = synonym("name")
    loud = column_property(name + "!")
class Post(Base):
    __tablename__ = "post"
{arg}
    id = Column(Integer, primary_key=True)
    parent_id = Column(Integer, ForeignKey("{dot}post.id"))
    children = relationship("Post", backref=backref("parent", remote_side=[id]))
    tags = relationship("Tag", secondary={secondary}{back})
    names = association_proxy("tags", "name")
    votes = relationship("Vote", backref="post", cascade="all, delete-orphan")
    voters = association_proxy("votes", "tag")
class Vote(Base):
    __tablename__ = "vote"
{arg}
    post_id = Column(ForeignKey("{dot}post.id"), primary_key=True)
    tag_id = Column(ForeignKey("{dot}tag.id"), primary_key=True)
    weight = Column(Integer, default=1)
    tag = relationship(Tag{draw(st.sampled_from(["", ', backref="votes"', ", uselist=False"]))})
    tag_name = association_proxy("tag", "name")
"""
    ]


@st.composite
def models(draw):
    lines = [HEAD]
    lines.append(
        draw(
            st.sampled_from(
                [
                    "Base = declarative_base()",
                    "meta = MetaData()\nBase = declarative_base(metadata=meta)",
                    "class Common(object):\n    info = 'x'\nBase = declarative_base(cls=Common)",
                    "class Base:\n    info = 'x'\nBase = declarative_base(cls=Base)",
                ]
            )
        )
    )
    mixed = draw(st.booleans())
    if mixed:
        lines += draw(mixin())
    lines.append(
        'class Top(Base):\n    __tablename__ = "top"\n    id = Column(Integer, primary_key=True)'
    )
    names = [f"M{i}" for i in range(draw(st.integers(1, 3)))]
    for k, name in enumerate(names):
        lines.append(
            f"class {name}({'Mixin, ' if mixed and draw(st.booleans()) else ''}Base):"
        )
        lines.append(f'    __tablename__ = "{name.lower()}"')
        lines.append("    id = Column(Integer, primary_key=True)")
        seen = set()
        for i in range(draw(st.integers(0, 4))):
            attr, call = draw(column(i))
            if attr not in seen:
                seen.add(attr)
                lines.append(f"    {attr} = {call}")
        for i in range(draw(st.integers(0, 2))):
            lines += draw(relation(i, name, names[: k + 1]))
    if len(names) > 1 and draw(st.booleans()):
        lines.append(
            'link = Table("link", Base.metadata, Column("a", ForeignKey("m0.id")),'
            ' Column("b", ForeignKey("m1.id")))'
        )
        lines.append("class Last(Base):")
        lines.append('    __tablename__ = "last"')
        lines.append("    id = Column(Integer, primary_key=True)")
        lines.append('    a_id = Column(ForeignKey("m0.id"))')
        lines.append('    a = relationship("M0", backref="lasts")')
    if draw(st.booleans()):
        lines += many_to_many(draw, draw(st.sampled_from(["", "app"])))
    if draw(st.booleans()):
        lines.append("class Animal(Base):")
        lines.append('    __tablename__ = "animal"')
        lines.append("    id = Column(Integer, primary_key=True)")
        lines.append("    kind = Column(String(20))")
        lines.append(
            '    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "animal"}'
        )
        lines += subclass(draw, "Cat", "Animal", "")
        lines += subclass(
            draw,
            "Kitten",
            "Cat" if '"cat"\n    id' in "\n".join(lines) else "Animal",
            "",
        )
    return {"m.py": "\n".join(lines) + "\n"}


@settings(
    max_examples=2,  # the first one is made of the simplest choices everywhere
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a batch is too dear to be made smaller
    suppress_health_check=list(HealthCheck),
)
@given(batch=st.lists(models(), min_size=12, max_size=12))
def test_generated(aludel, tmp_path_factory, batch):
    compare(
        aludel, tmp_path_factory.mktemp("g"), {f"p{i}": p for i, p in enumerate(batch)}
    )


@pytest.mark.oracle
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(batch=st.lists(models(), min_size=20, max_size=20))
def test_generated_at_length(aludel, tmp_path_factory, batch):
    compare(
        aludel, tmp_path_factory.mktemp("g"), {f"p{i}": p for i, p in enumerate(batch)}
    )


def compare_programs(aludel, folder, seeds):
    projects = {f"p{seed}": model_programs.project(seed) for seed in seeds}
    after = compare(aludel, folder, projects, may_fail=len(projects) // 5)
    for name, files in projects.items():
        for path, text in files.items():
            lost = comments(text) - comments(after[name][path])
            assert set(lost) <= {"# type: ignore"}, (name, path, lost)


def comments(text):
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return collections.Counter(t.string for t in tokens if t.type == tokenize.COMMENT)


def test_programs(aludel, tmp_path):
    compare_programs(aludel, tmp_path, range(40))


@pytest.mark.oracle
@pytest.mark.parametrize("first", range(1000, 4000, 100))
def test_programs_at_length(aludel, tmp_path, first):
    compare_programs(aludel, tmp_path, range(first, first + 100))
