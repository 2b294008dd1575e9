"""`aludel scaffold model|table|schemas|repository|crud|engine`: what is written is clean and runs."""

import contextlib
import os
import subprocess

import model_specs
import pytest

FLAGS = {"plain": [], "async": ["--async"], "dataclass": ["--dataclass"], "pg": ["--database", "postgresql"]}

# Configures the mappers of each module, creates its tables, and compiles those for PostgreSQL.
CONFIGURE = """
import importlib, sys
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import configure_mappers
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    metadata = module.metadata if hasattr(module, "metadata") else module.Base.metadata
    if not hasattr(module, "metadata"):
        configure_mappers()
    if not name.startswith("pg"):
        metadata.create_all(sa.create_engine("sqlite://"))
    for table in metadata.sorted_tables:
        str(sa.schema.CreateTable(table).compile(dialect=postgresql.dialect()))
print("configured", len(sys.argv) - 1)
"""

APP = ("model", "schemas", "repository", "crud", "engine")


def tool(name, *args, cwd):
    venv = os.path.dirname(os.environ["ALUDEL_TEST_PYTHON"])
    done = subprocess.run([os.path.join(venv, name), *args], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def generated(aludel, tmp_path_factory):
    """A folder: modules of all specifications and flags, and applications as packages."""
    import sys

    os.environ["ALUDEL_TEST_PYTHON"] = sys.executable
    folder = tmp_path_factory.mktemp("generated")
    for flag, arguments in FLAGS.items():
        for name in model_specs.SPECS:
            done = aludel.run("scaffold", "model", "--stdout", *arguments, *model_specs.words(name))
            assert done.code == 0, done
            (folder / f"{flag}_{name}.py").write_text(done.out)
    for name in ("columns", "relations", "ambiguous", "keys", "mixins"):
        done = aludel.run("scaffold", "table", "--stdout", *model_specs.table_words(name))
        assert done.code == 0, done
        (folder / f"core_{name}.py").write_text(done.out)
    for flag in ("plain", "async"):
        for name in ("columns", "mixins", "keys", "joined", "association"):
            package = folder / f"app_{flag}_{name}"
            package.mkdir()
            (package / "__init__.py").write_text("")
            for generator in APP:
                words = [] if generator == "engine" else model_specs.words(name)
                done = aludel.run(
                    "scaffold", generator, "--write", "--project", package, "--package", package.name,
                    *FLAGS[flag], *words,
                )
                assert done.code == 0, done
    return folder


def test_generated_code_is_formatted_and_clean(generated, aludel):
    tool("ruff", "check", "--isolated", "--no-cache", ".", cwd=generated)
    tool("ruff", "format", "--isolated", "--no-cache", "--diff", ".", cwd=generated)
    done = aludel.run("check", ".", cwd=generated)
    assert done.code == 0, done


def test_generated_code_is_typed(generated, mypy_cache, sa20):
    tool("mypy", "--strict", "--cache-dir", mypy_cache, "--python-executable", sa20, ".", cwd=generated)


@pytest.mark.parametrize("version", ["sa20", "sa21"])
def test_mappers_configure_and_tables_are_created(generated, version, request):
    python = request.getfixturevalue(version)
    for flag in (*FLAGS, "core"):  # one process for each: class names repeat, bases do not
        names = sorted(p.stem for p in generated.glob(f"{flag}_*.py"))
        done = subprocess.run(
            [python, "-W", "error", "-c", CONFIGURE, *names], cwd=generated, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == ["configured", str(len(names))]


def test_assumptions_are_stated(aludel):
    done = aludel.run("scaffold", "model", "--stdout", "User", "email:str", "post:->Post")
    assert done.code == 0
    assert "# - User.email holds up to 320 characters" in done.out
    assert "Post is not described" in done.out


@pytest.mark.parametrize(
    "words, part",
    [
        (["User", "class:str"], "field 'class:str' of User: the name 'class' is a Python keyword"),
        (["User", "metadata:json"], "'metadata' is reserved"),
        (["User", "a:strr"], "did you mean 'str'"),
        (["User", "a:str:unqiue"], "did you mean 'unique'"),
        (["User", "a:int=x"], "field 'a:int=x' of User"),
        ([], "needs a model"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(aludel, tmp_path, words, part):
    done = aludel.run("scaffold", "model", "--write", *words, cwd=tmp_path)
    assert done.code == 2
    assert part in done.err
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []


def test_diff_write_and_undo(aludel, tmp_path):
    words = ["scaffold", "model", "User", "email:str:unique"]
    shown = aludel.run(*words, cwd=tmp_path)
    assert shown.code == 0 and "+class User(Base):" in shown.out
    assert list(tmp_path.iterdir()) == []
    written = aludel.run(*words, "--write", cwd=tmp_path)
    assert written.code == 0 and "created models.py" in written.out
    assert "class User(Base):" in (tmp_path / "models.py").read_text()
    undone = aludel.run("undo", cwd=tmp_path)
    assert undone.code == 0, undone
    assert not (tmp_path / "models.py").exists()


def test_a_template_of_the_user_wins(aludel, tmp_path):
    folder = tmp_path / ".aludel" / "templates"
    folder.mkdir(parents=True)
    (folder / "orm_model_template.jinja2").write_text(
        "{% for model in models %}\n# {{ model.name }}\n{% endfor %}\n"
    )
    done = aludel.run("scaffold", "model", "--stdout", "User", "email:str(9)", cwd=tmp_path)
    assert done.code == 0 and done.out.endswith("# User\n"), done
    (folder / "orm_model_template.jinja2").write_text("{{ nothing }}\n")
    done = aludel.run("scaffold", "model", "--stdout", "User", "email:str(9)", cwd=tmp_path)
    assert done.code == 2 and "orm_model_template.jinja2:1" in done.err, done


def test_a_dialogue_on_a_terminal(aludel, tmp_path):
    import pty
    import select

    answers = ["user", "User", "email", "email:strr", "email:str:unique", "", "Post", "author:->User", "", ""]
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        os.execv(aludel, [str(aludel), "scaffold", "model", "--write"])
    seen = b""
    for answer in answers:
        while not seen.endswith(b": "):
            assert select.select([terminal], [], [], 20)[0], seen
            seen += os.read(terminal, 4096)
        os.write(terminal, answer.encode() + b"\n")
        seen += b"|"
    with contextlib.suppress(OSError):  # the end of a terminal
        while chunk := os.read(terminal, 4096):
            seen += chunk
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, seen
    assert b"does not begin with a capital" in seen and b"A field looks like" in seen
    assert b"did you mean 'str'" in seen
    text = (tmp_path / "models.py").read_text()
    assert "class User(Base):" in text and "class Post(Base):" in text
