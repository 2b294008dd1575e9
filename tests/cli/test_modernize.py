"""`aludel modernize` from the command line: writing, undoing, refusing, reports."""

import html.parser
import json
import subprocess

import pytest

MODELS = """\
from sqlalchemy import Column, Integer, String
from sqlalchemy.ext.declarative import declarative_base

Base = declarative_base()


class User(Base):
    __tablename__ = "user"
    id = Column(Integer, primary_key=True)
    name = Column(String(30))
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "other.py").write_bytes(b"# caf\xe9, latin-1\n".replace(b"\xe9", b"e"))
    return tmp_path


def git(folder, *args):
    subprocess.run(
        ["git", "-c", "user.email=a@b.c", "-c", "user.name=n", *args],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def test_nothing_is_written_by_default(aludel, project):
    run = aludel.run("modernize", "--profile", "modern", ".", cwd=project)
    assert run.code == 1
    assert "Nothing was written" in run.out
    assert (project / "models.py").read_text() == MODELS


def test_write_undo_and_second_run(aludel, project):
    run = aludel.run("modernize", "--profile", "modern", "--write", ".", cwd=project)
    assert run.code == 0, run
    new = (project / "models.py").read_text()
    assert "class Base(DeclarativeBase):" in new and "Mapped[int]" in new
    again = aludel.run("modernize", "--profile", "modern", "--write", ".", cwd=project)
    assert again.code == 0 and "0 files changed" in again.out
    assert (project / "models.py").read_text() == new
    assert aludel.run("undo", cwd=project).code == 0
    assert (project / "models.py").read_text() == MODELS


def test_only_requirements_of_the_named_folder_change(aludel, project):
    line = "SQLAlchemy>=1.4,<2.0\n"
    (project / "requirements.txt").write_text(line)
    (project / "shop").mkdir()
    (project / "shop" / "requirements.txt").write_text(line)
    (project / "models.py").rename(project / "shop" / "models.py")
    for where, name in ((project, "shop"), (project / "shop", ".")):
        run = aludel.run("modernize", "--diff", name, cwd=where)
        changed = [l.split("/")[-1] for l in run.out.splitlines() if l.startswith("+++ ")]
        assert sorted(c.removeprefix("+++ ") for c in changed) == ["models.py", "requirements.txt"]
    run = aludel.run("modernize", "--write", ".", cwd=project / "shop")
    assert run.code == 0 and run.out.splitlines()[-1].startswith("1 file read"), run
    assert (project / "requirements.txt").read_text() == line
    assert (project / "shop" / "requirements.txt").read_text() != line
    run = aludel.run("modernize", "--diff", "shop/models.py", cwd=project)
    assert "requirements" not in run.out


def test_what_is_to_be_tested_is_said_once(aludel, project):
    lines = "".join(
        "\n\ndef f%d(s):\n    return s.query(User).all()\n" % n for n in range(9)
    )
    (project / "uses.py").write_text("from models import User\n" + lines)
    run = aludel.run("modernize", "--profile", "modern", ".", cwd=project)
    assert run.out.count("the receiver of query() is a Session") == 1
    assert "uses.py:5 uses.py:9" in run.out and " and 4 more places" in run.out


def test_dirty_tree(aludel, project):
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    (project / "models.py").write_text(MODELS + "\n# mine\n")
    run = aludel.run("modernize", "--write", ".", cwd=project)
    assert run.code == 2
    assert "models.py" in run.err and "--allow-dirty" in run.err
    assert (project / "models.py").read_text() == MODELS + "\n# mine\n"
    run = aludel.run("modernize", "--write", "--allow-dirty", ".", cwd=project)
    assert run.code == 0
    assert (project / "models.py").read_text().endswith("\n# mine\n")


def test_all_files_or_none(aludel, project):
    """A link that leads out of the project stops the whole set."""
    outside = project.parent / "outside.py"
    outside.write_text(MODELS.replace("user", "second"))
    (project / "second.py").symlink_to(outside)
    run = aludel.run("modernize", "--write", "second.py", "models.py", cwd=project)
    assert run.code == 2, run
    assert (project / "models.py").read_text() == MODELS
    assert outside.read_text() == MODELS.replace("user", "second")


def test_select_and_ignore(aludel, project):
    run = aludel.run("modernize", "--profile", "modern", "--select", "T110", "--diff", ".", cwd=project)
    assert "Mapped[int]" in run.out and "DeclarativeBase" not in run.out
    run = aludel.run("modernize", "--profile", "modern", "--ignore", "T", "--diff", ".", cwd=project)
    assert "Mapped" not in run.out and "from sqlalchemy.orm import declarative_base" in run.out
    run = aludel.run("modernize", "--select", "T999", ".", cwd=project)
    assert run.code == 2 and "T999" in run.err


def test_options_that_exclude_each_other(aludel, project):
    run = aludel.run("modernize", "--diff", "--write", ".", cwd=project)
    assert run.code == 2 and "exclude" in run.err


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.links += [v for k, v in attrs if k in ("src", "href")]

    def handle_data(self, data):
        self.text.append(data)


def test_reports_agree(aludel, project):
    (project / "bad.py").write_text(
        "from sqlalchemy.orm import sessionmaker\n\nS = sessionmaker(autocommit=True)  # <b>\n"
    )
    (project / "first.py").write_text(
        "from sqlalchemy.orm import Session\n\nfrom models import User\n\n\n"
        "def first(session: Session):\n    return session.query(User).first()\n"
    )
    args = ("modernize", "--profile", "modern", "--output-format")
    report = json.loads(aludel.run(*args, "json", ".", cwd=project).out)
    assert report["converted"] == sum(s["converted"] for s in report["sites"])
    assert report["left"] == len(report["sites"]) - report["converted"]
    assert sum(r["converted"] for r in report["rules"]) == report["converted"]
    assert sum(f["left"] for f in report["files"]) == report["left"]
    forms = {s["file"]: s["query"] for s in report["sites"]}
    assert (forms["first.py"], forms["bad.py"]) == ("direct", None)
    left = [s for s in report["sites"] if not s["converted"]]
    assert [(s["file"], s["line"], s["code"]) for s in left] == [("bad.py", 3, "M260")]
    assert left[0]["stopped_at"] == {"file": "bad.py", "line": 3}
    page = Page()
    page.feed(aludel.run(*args, "html", ".", cwd=project).out)
    text = "".join(page.text)
    assert page.links == []
    notes = {s["test_by_hand"] for s in report["sites"] if s["test_by_hand"]}
    by_hand = text[text.index("To test by hand") :] if notes else ""
    assert notes and all(n.replace("`", "") in by_hand for n in notes)
    for site in report["sites"]:
        assert site["code"] in text and site["message"].replace("`", "") in text
    text = aludel.run(*args, "text", ".", cwd=project).out
    assert "bad.py:3: M260" in text and left[0]["reason"] in text


def test_lines_are_those_of_the_file_on_disk(aludel, project):
    text = MODELS.replace("\nBase =", "\n\n\nBase =") + "    x = Column(odd(), nullable=maybe())\n"
    (project / "models.py").write_text(text)
    report = json.loads(
        aludel.run("modernize", "--profile", "modern", "--output-format", "json", ".", cwd=project).out
    )
    lines = text.splitlines()
    for site in report["sites"]:
        if site["code"] == "T110":
            assert "Column(" in lines[site["line"] - 1], site
        if site["code"] == "T101":
            assert "declarative_base()" in lines[site["line"] - 1], site


def test_threads_do_not_matter(aludel, project):
    for i in range(8):
        (project / f"m{i}.py").write_text(MODELS.replace("User", f"U{i}").replace('"user"', f'"u{i}"'))
    outs = {
        aludel.run("modernize", "--profile", "modern", "--diff", "-j", n, ".", cwd=project).out
        for n in (1, 2, 5)
    }
    assert len(outs) == 1
    args = ("modernize", "--profile", "modern", "--output-format", "json")
    assert len({aludel.run(*args, "-j", n, ".", cwd=project).out for n in (1, 2, 5)}) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_bytes_that_are_not_edited_stay(aludel, project, end):
    text = ("# -*- coding: latin-1 -*-\n# caf\xe9\n" + MODELS + "\tx = 1\n"[1:]).replace("\n", end)
    (project / "models.py").write_bytes(text.encode("latin-1"))
    run = aludel.run("modernize", "--write", ".", cwd=project)
    assert run.code == 0, run
    new = (project / "models.py").read_bytes().decode("latin-1")
    assert new == text.replace("sqlalchemy.ext.declarative", "sqlalchemy.orm")


def test_what_a_query_rests_on_is_said(aludel, tmp_path):
    (tmp_path / "app.py").write_text(
        "from sqlalchemy import Column, Integer\n"
        "from sqlalchemy.orm import declarative_base\n"
        "\n"
        "Base = declarative_base()\n"
        "\n"
        "\n"
        "class Job(Base):\n"
        '    __tablename__ = "jobs"\n'
        "    id = Column(Integer, primary_key=True)\n"
        "\n"
        "\n"
        "def first(session):\n"
        "    return session.query(Job).first()\n"
    )
    run = aludel.run(
        "modernize", "--isolated", "--profile", "modern", "--select", "M2",
        "--output-format", "json", ".", cwd=tmp_path,
    )  # fmt: skip
    (site,) = json.loads(run.out)["sites"]
    assert site["converted"]
    assert site["test_by_hand"] == (
        "`first()` of a Query adds LIMIT 1: it is written out; "
        "assumed: the receiver of query() is a Session"
    )


def test_lines_are_those_of_the_file_as_it_was(aludel, tmp_path):
    """Imports and a base class that other rounds wrote anew move no line of the report."""
    code = '''import sqlalchemy
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(
        String
    )

def names(users):
    return [user.name for user in users]

def all_names(session):
    return names(session.query(User).filter(User.id > 1))
'''
    (tmp_path / "a.py").write_text(code)
    done = aludel.run("modernize", "--profile", "modern", "--output-format", "json", "a.py", cwd=tmp_path)
    left = [site for site in json.loads(done.out)["sites"] if not site["converted"]]
    lines = code.splitlines()
    assert [lines[site["line"] - 1].strip() for site in left] == [
        "return [user.name for user in users]",
        "return names(session.query(User).filter(User.id > 1))",
    ], left
