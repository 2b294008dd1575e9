"""`aludel detect`: every kind of file that says what a project uses."""

import json

import pytest

MODELS = "from sqlalchemy import Column, Integer\n"
POETRY = '[tool.poetry.dependencies]\npython = "^3.9"\nSQLAlchemy = {version = "%s", extras = ["asyncio"]}\n'

# name, files, target, the lines it may run on, exact version or constraint
VERSIONS = [
    ("exact", {"requirements.txt": "SQLAlchemy==1.4.54\n"}, "1.4", ["1.4"], "1.4.54"),
    ("range", {"requirements.txt": "sqlalchemy >= 1.4 , < 2\n"}, "1.4", ["1.4"], ">= 1.4 , < 2"),
    ("open", {"requirements.txt": "sqlalchemy[asyncio]>=2.0.20  # orm\n"}, "2.0", ["2.0", "2.1"], ">=2.0.20"),
    ("star", {"requirements.txt": "sqlalchemy==2.0.*\n"}, "2.0", ["2.0"], "==2.0.*"),
    ("compatible", {"requirements/base.in": "sqlalchemy~=2.0.1\n"}, "2.0", ["2.0"], "~=2.0.1"),
    ("hashes", {"requirements.txt": "sqlalchemy==2.1.9 \\\n    --hash=sha256:00\n"}, "2.1", ["2.1"], "2.1.9"),
    ("marker", {"requirements.txt": 'sqlalchemy>=1.4,<2.1; python_version > "3.6"\n'}, "1.4", ["1.4", "2.0"], ">=1.4,<2.1"),
    ("pep621", {"pyproject.toml": '[project]\nname = "a"\ndependencies = ["SQLAlchemy>=2.1"]\n'}, "2.1", ["2.1"], ">=2.1"),
    ("group", {"pyproject.toml": '[dependency-groups]\ndev = ["sqlalchemy<2"]\n'}, "1.4", ["1.4"], "<2"),
    ("poetry", {"pyproject.toml": POETRY % "^1.4"}, "1.4", ["1.4"], "^1.4"),
    ("poetry two", {"pyproject.toml": POETRY % "^2.0"}, "2.0", ["2.0", "2.1"], "^2.0"),
    ("poetry lock", {"pyproject.toml": POETRY % "^2.0", "poetry.lock": '[[package]]\nname = "sqlalchemy"\nversion = "2.1.3"\n'}, "2.1", ["2.0", "2.1"], "2.1.3"),
    ("uv", {"uv.lock": '[[package]]\nname = "sqlalchemy"\nversion = "2.0.58"\n'}, "2.0", ["2.0"], "2.0.58"),
    ("pdm", {"pdm.lock": '[[package]]\nname = "SQLAlchemy"\nversion = "1.4.2"\n'}, "1.4", ["1.4"], "1.4.2"),
    ("pipfile", {"Pipfile": '[packages]\nsqlalchemy = "<2.1,>=2.0"\n'}, "2.0", ["2.0"], "<2.1,>=2.0"),
    ("pipfile lock", {"Pipfile.lock": '{"default": {"sqlalchemy": {"version": "==1.4.41"}}}'}, "1.4", ["1.4"], "1.4.41"),
    ("setup.cfg", {"setup.cfg": "[options]\ninstall_requires =\n    alembic\n    SQLAlchemy>=1.4,<1.5\n"}, "1.4", ["1.4"], ">=1.4,<1.5"),
    ("setup.py", {"setup.py": 'from setuptools import setup\nsetup(install_requires=["sqlalchemy<=1.4.46"])\n'}, "1.4", ["1.4"], "<=1.4.46"),
    ("conda", {"environment.yml": "dependencies:\n  - sqlalchemy=2.0\n  - pip:\n    - alembic\n"}, "2.0", ["2.0"], "==2.0.*"),
    ("installed", {".venv/pyvenv.cfg": "", ".venv/lib/python3.12/site-packages/SQLAlchemy-2.0.49.dist-info/METADATA": ""}, "2.0", ["2.0"], "2.0.49"),
    ("idioms", {"m.py": "from sqlalchemy.orm import Mapped\n"}, "2.0", [], None),
    ("module", {"m.py": "import sqlalchemy.orm as o\nx: o.Mapped[int] = o.mapped_column()\n"}, "2.0", [], None),
    ("nothing", {"m.py": MODELS}, None, [], None),
]


def detect(aludel, folder, files):
    for name, text in {"a.py": MODELS, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    result = aludel.run("detect", "--output-format", "json", ".", cwd=folder)
    assert result.code == 0, result
    return json.loads(result.out)


@pytest.mark.parametrize("files, target, may_be, version", [v[1:] for v in VERSIONS], ids=[v[0] for v in VERSIONS])
def test_version(aludel, tmp_path, files, target, may_be, version):
    found = detect(aludel, tmp_path, files)
    assert found["target"] == target
    assert found["may_be"] == may_be
    assert found["sqlalchemy"]["version"] == version


def test_evidence_names_file_and_line(aludel, tmp_path):
    found = detect(aludel, tmp_path, {"requirements.txt": "flask\n# orm\nSQLAlchemy==1.4.54\n"})
    first = found["sqlalchemy"]["evidence"][0]
    assert first == {"kind": "requirement", "path": "requirements.txt", "line": 3, "text": "SQLAlchemy==1.4.54"}


def names(found, key):
    return [f["name"] for f in found[key]]


def test_drivers_frameworks_and_styles(aludel, tmp_path):
    found = detect(
        aludel,
        tmp_path,
        {
            "requirements.txt": "fastapi\nalembic==1.13\npsycopg2-binary\n",
            "db.py": "from sqlalchemy.ext.asyncio import create_async_engine\n"
            'engine = create_async_engine("postgresql+asyncpg://app:secret@db/app")\n',
            "q.py": "from sqlalchemy.orm import Session\n\n\ndef f(session: Session):\n"
            "    return session.query(User).all()\n",
            "alembic.ini": "[alembic]\nsqlalchemy.url = sqlite:///x.db\n",
        },
    )
    assert names(found, "packages") == ["Alembic", "FastAPI"]
    assert names(found, "drivers") == ["psycopg2", "asyncpg", "sqlite3"]
    assert names(found, "styles") == ["async", "sync", "ORM", "1.x style"]
    assert "secret" not in json.dumps(found)


def test_python(aludel, tmp_path):
    found = detect(aludel, tmp_path, {"pyproject.toml": '[project]\nname = "a"\nrequires-python = ">=3.9,<4"\n'})
    assert found["python"]["oldest"] == "3.9"


def test_threads_do_not_matter(aludel, tmp_path):
    files = {"m%d.py" % i: MODELS for i in range(40)}
    detect(aludel, tmp_path, files)
    outputs = {aludel.run("detect", "-j", n, cwd=tmp_path).out for n in (1, 2, 7)}
    assert len(outputs) == 1


def test_not_used(aludel, tmp_path):
    (tmp_path / "a.py").write_text("print(1)\n")
    result = aludel.run("detect", cwd=tmp_path)
    assert result.code == 1
    assert "not used here" in result.out


@pytest.mark.parametrize("name", ["pyproject.toml", "Pipfile.lock", "uv.lock", "setup.cfg", "requirements.txt"])
def test_broken_files_are_left_out(aludel, tmp_path, name):
    found = detect(aludel, tmp_path, {name: '[[[ = "\x01{{{\n\n==,,\n'})
    assert found["target"] is None


def test_check_takes_the_version_from_the_project(aludel, tmp_path):
    text = "from sqlalchemy import column\n\ncriterion = column('a') != None\n"
    (tmp_path / "a.py").write_text(text)
    wanted = {"sqlalchemy<1.4\n": "isnot(None)", "sqlalchemy>=2\n": "is_not(None)"}
    for requirement, method in wanted.items():
        (tmp_path / "requirements.txt").write_text(requirement)
        result = aludel.run("check", "--diff", cwd=tmp_path)
        assert "+criterion = column('a').%s" % method in result.out
