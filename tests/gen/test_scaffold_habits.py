"""`scaffold model` has the habits of the project: keys, mixins, names and schemas of tables, imports."""

import os
import pathlib
import subprocess

import pytest

HABITS = pathlib.Path(__file__).parent / "habits"  # a project in each folder

# {project: (module of the models, module of User, what the new code must hold)}
PROJECTS = {
    "intpk": (
        "models", "models",
        [
            '    id: Mapped[uuidpk]\n',
            '__tablename__ = "oauth2_token"',
        ],
    ),
    "uuid_plain": (
        "app.models", "app.models",
        [
            '    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)\n',
        ],
    ),
    "sqlmodel_uuid": (
        "app.models", "app.models",
        [
            'class OAuth2Token(SQLModel, table=True):\n    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)\n',
        ],
    ),
    "prefix_pkg": (
        "crm.models", "crm.models",
        [
            "__tablename__ = 'crm_oauth2_tokens'",
            'from __future__ import annotations\n',
            'Mapped[Optional[datetime]]',
        ],
    ),
    "old_template": (
        "app.db.base", "app.models.user",
        [
            'from app.models.oauth2_token import OAuth2Token  # noqa\n',
            '    id = Column(Integer, primary_key=True, index=True)\n',
            '__tablename__ = "oauth2_token"',
        ],
    ),
    "dataclass_kw": (
        "models", "models",
        [
            'primary_key=True, default_factory=uuid.uuid4, init=False',
        ],
    ),
    "classname_tables": (
        "tables", "tables",
        [
            '__tablename__ = "OAuth2Token"',
        ],
    ),
    "mixin_all": (
        "core.models", "core.models",
        [
            'class OAuth2Token(UUIDMixin, TimestampMixin, Base):\n',
            'owner_id: Mapped[UUID]',
        ],
    ),
    "base_id_declared_attr": (
        "db.models", "db.models",
        [
            'class OAuth2Token(Base):\n    __tablename__ = "oauth2_tokens"\n\n    value:',
        ],
    ),
    "schema_args": (
        "models", "models",
        [
            '__table_args__ = {"schema": "main"}\n',
        ],
    ),
    "pyproject_79": (
        "svc.models", "svc.models",
        [
            '    oauth2_token_id: so.Mapped[int] = so.mapped_column(primary_key=True)\n',
            't.Optional[datetime]',
        ],
    ),
    "own_sa": (
        "app.models", "app.models",
        [
            'import sqlalchemy as sa\nimport sqlalchemy.orm as so\n\nfrom .base import Base\n',
            'sa.Uuid(), primary_key=True, default=uuid.uuid4',
        ],
    ),
    "own_flask": (
        "app.models", "app.models",
        [
            'from app import db\n',
            'from app.models.oauth2_token import OAuth2Token, Scope  # noqa\n',
        ],
    ),
}  # fmt: skip


def files_of(name):
    """{path in the project: text}."""
    found = (path for path in (HABITS / name).rglob("*") if path.suffix in (".py", ".toml"))
    return {str(path.relative_to(HABITS / name)): path.read_text() for path in found}


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
    module, user, expected = PROJECTS[name]
    files = files_of(name)
    write(tmp_path, files)
    done = aludel.run("scaffold", "model", "--write", *REQUEST, cwd=tmp_path)
    assert done.code == 0, done
    text = "".join(path.read_text() for path in sorted(tmp_path.rglob("*.py")))
    for part in expected:
        assert part in text, text
    ran = subprocess.run(
        [sa20, "-B", "-W", "ignore", "-c", RUN, module, user],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr + text
    length = 79 if name == "pyproject_79" else 88
    before = {line for file in files.values() for line in file.splitlines()}
    assert not [line for line in text.splitlines() if len(line) > length and line not in before]


def test_one_class_of_another_kind_is_no_habit(aludel, tmp_path):
    write(tmp_path, {"models.py": files_of("uuid_plain")["app/models.py"].replace(
        "    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True, default=uuid4)\n    number",
        "    id: Mapped[int] = mapped_column(primary_key=True)\n    number",
    )})  # fmt: skip
    done = aludel.run("scaffold", "model", "--write", "Tag", "name:str", cwd=tmp_path)
    assert done.code == 0 and "    id: Mapped[int] = mapped_column(primary_key=True)\n    name" in (tmp_path / "models.py").read_text()


@pytest.mark.parametrize("field,flags", [("code:str(8):pk", []), ("id:bigint", []), ("name:str", ["--uuid"])])
def test_a_key_that_is_asked_for_wins(aludel, tmp_path, field, flags):
    write(tmp_path, files_of("intpk"))
    done = aludel.run("scaffold", "model", "--write", "Tag", field, *flags, cwd=tmp_path)
    assert done.code == 0, done
    assert "uuidpk" not in (tmp_path / "models.py").read_text().split("class Tag(")[1]



STEPS = """
import sys
from alembic.config import main
for step in ("revision --autogenerate -m first", "upgrade head", "check", "downgrade base"):
    print("==", step, file=sys.stderr, flush=True)
    main(argv=step.split())
"""
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
    write(tmp_path, files_of(name))
    done = aludel.run("scaffold", "alembic", "--write", cwd=tmp_path)
    assert done.code == 0 and "Assumptions" not in done.out, done
    env = (tmp_path / "migrations" / "env.py").read_text()
    imports, metadata = METADATA[name]
    assert f"\n{imports}\n" in env and f"target_metadata = {metadata}\n" in env, env
    variables = dict(os.environ, DATABASE_URL=f"sqlite:///{tmp_path}/x.db", PYTHONPATH=str(tmp_path))
    ran = subprocess.run(
        [sa20, "-B", "-W", "ignore", "-c", STEPS], cwd=tmp_path, env=variables, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Detected added table" in ran.stderr.split("== upgrade")[0], ran.stderr


def test_alembic_of_a_project_with_async_engines(aludel, tmp_path):
    write(tmp_path, files_of("uuid_plain"))
    (tmp_path / "app" / "db.py").write_text(
        "from sqlalchemy.ext.asyncio import create_async_engine\n\nengine = create_async_engine('sqlite+aiosqlite://')\n"
    )
    done = aludel.run("scaffold", "alembic", "--write", cwd=tmp_path)
    assert done.code == 0 and "async" in done.out, done
    assert "create_async_engine" in (tmp_path / "migrations" / "env.py").read_text()


def test_a_word_in_a_comment_makes_no_engine_async(aludel, tmp_path):
    write(tmp_path, files_of("uuid_plain"))
    (tmp_path / "app" / "db.py").write_text("# create_async_engine() comes later\n")
    done = aludel.run("scaffold", "alembic", "--write", cwd=tmp_path)
    assert done.code == 0 and "async" not in (tmp_path / "migrations" / "env.py").read_text()


def test_annotations_of_a_new_file_are_read_as_those_of_its_neighbours(aludel, tmp_path):
    files = files_of("prefix_pkg")
    old, new = "import annotations\n", "import annotations, generator_stop  # both\n"
    write(tmp_path, {path: text.replace(old, new) for path, text in files.items()})
    done = aludel.run("scaffold", "model", "--write", "Tag", "name:str", cwd=tmp_path)
    text = (tmp_path / "crm" / "models" / "tag.py").read_text()
    assert done.code == 0 and text.startswith("from __future__ import annotations\n"), text


def test_an_old_python_gets_annotations_that_it_can_read(aludel, tmp_path):
    files = files_of("uuid_plain")
    write(tmp_path, {**files, "pyproject.toml": '[project]\nname = "app"\nversion = "0"\nrequires-python = ">=3.9"\n'})
    fields = "Note text:text:null rank:float size:bigint kind:enum(a,b) at:date:null ok:bool:null owner:->User:null".split()
    done = aludel.run("scaffold", "model", "--write", *fields, cwd=tmp_path)
    text = (tmp_path / "app" / "models.py").read_text()
    assert done.code == 0 and "Mapped[Optional[str]]" in text and 'Mapped[Optional["User"]]' in text, text
    assert " | None" not in text and all(len(line) <= 88 for line in text.splitlines()), text


def test_a_new_import_is_no_longer_than_a_line(aludel, tmp_path):
    files = files_of("classname_tables")["tables.py"].replace("import sqlalchemy as sa\n", "")
    write(tmp_path, {"tables.py": files.replace("sa.String(50)", "")})
    fields = "Note t:text r:float:null k:enum(a,b)=a at:datetime:now tags:<->Tag n:int:min(0) Tag name:str(9)".split()
    done = aludel.run("scaffold", "model", "--write", *fields, cwd=tmp_path)
    text = (tmp_path / "tables.py").read_text()
    assert done.code == 0 and "from sqlalchemy import (\n    CheckConstraint,\n" in text, text


def test_what_is_said_in_another_spelling_counts(aludel, sa20, tmp_path):
    files = files_of("dataclass_kw")["models.py"].replace("kw_only=True", "kw_only = True")
    write(tmp_path, {"models.py": files})
    done = aludel.run("scaffold", "model", "--write", "Bill", "note:str(20):null", "at:date", cwd=tmp_path)
    text = (tmp_path / "models.py").read_text()
    assert done.code == 0 and "kw_only" not in text.split("class Bill(")[1], text
    write(tmp_path, {"models.py": text})
    ran = subprocess.run([sa20, "-B", "-c", "import models"], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_sqlmodel_under_another_name_is_a_base(aludel, sa20, tmp_path):
    text = files_of("sqlmodel_uuid")["app/models.py"].replace("import Field, Relationship, SQLModel", "import Field, Relationship, SQLModel as Row")
    write(tmp_path, {"app/__init__.py": "", "app/models.py": text.replace("(SQLModel)", "(Row)")})
    done = aludel.run("scaffold", "model", "--write", "Tag", "name:str(20)", cwd=tmp_path)
    text = (tmp_path / "app" / "models.py").read_text()
    assert done.code == 0 and "class Tag(Row, table=True):" in text, done.out + text
