"""What a file means does not depend on how it was named: its project is read around it."""

import shutil

import pytest
from conftest import ROOT

MODELS = """from sqlalchemy import Boolean, Column, ForeignKey, Integer
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    active = Column(Boolean, nullable=False)
    posts = relationship("Post", backref="user")


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"))
"""
REPOSITORY = """from sqlalchemy.orm import Session
from app.models import User


def active(session: Session):
    return session.query(User).filter(User.active == True)


def count(session: Session):
    return session.query(User).count()
"""
VIEW = """from sqlalchemy.orm import Session
from app.repository import active


def show(session: Session):
    return active(session).all()
"""


@pytest.fixture
def project(tmp_path):
    files = {"__init__.py": "", "models.py": MODELS, "repository.py": REPOSITORY, "view.py": VIEW}
    (tmp_path / "app").mkdir()
    for name, text in files.items():
        (tmp_path / "app" / name).write_text(text)
    return tmp_path


def findings(done, name):
    """(line, column, code) of the findings in the file of this name; there are no others."""
    assert done.code in (0, 1), done
    found = [line.split(":", 3) for line in done.out.splitlines() if ".py:" in line]
    return [(line, column, rest.split()[0]) for path, line, column, rest in found if path.endswith(name)], len(found)


def test_a_file_alone_has_the_findings_of_the_whole_run(aludel, tmp_path):
    shop = tmp_path / "shop"
    shutil.copytree(ROOT / "examples" / "shop", shop)
    whole = aludel.run("check", "--output-format", "concise", cwd=shop)
    assert whole.code == 1
    for path in sorted(shop.rglob("*.py")):
        name = str(path.relative_to(shop))
        expected, _ = findings(whole, name)
        alone, count = findings(aludel.run("check", "--output-format", "concise", name, cwd=shop), name)
        assert alone == expected and count == len(expected), name
        for shown, folder in ((name, shop), (str(path), tmp_path)):
            text = aludel.run(
                "check", "--output-format", "concise", "--stdin-filename", shown, input=path.read_text(), cwd=folder
            )
            assert findings(text, shown) == (expected, len(expected)), shown


def test_a_folder_below_and_one_seen_from_inside(aludel, project):
    for name, folder in (("app/repository.py", project), ("repository.py", project / "app"), (".", project / "app")):
        done = aludel.run("check", "--select", "Q107", "--output-format", "concise", name, cwd=folder)
        assert findings(done, "repository.py") == ([("6", "39", "Q107")], 1), done


SCRIPT = """import sqlalchemy as sa
from alembic import op

revision = "{0}"
down_revision = {1}


def upgrade():
    op.drop_column("users", "name{0}")


def downgrade():
    op.add_column("users", sa.Column("name{0}", sa.String()))
"""


def test_a_script_is_the_newest_or_not_however_it_is_named(aludel, tmp_path):
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("sqlalchemy\n")
    (tmp_path / "migrations" / "alembic.ini").write_text("")
    (tmp_path / "migrations" / "env.py").write_text("")
    for number, down in ((1, "None"), (2, '"1"')):
        (versions / f"r{number}.py").write_text(SCRIPT.format(number, down))
    for number, expected in ((1, []), (2, [("9", "5", "B103")])):
        script = versions / f"r{number}.py"
        for name, folder in ((script, tmp_path), (script, "/"), (script.name, versions), ("../versions", versions)):
            done = aludel.run("check", "--select", "B103", "--output-format", "concise", str(name), cwd=folder)
            found, _ = findings(done, script.name)
            assert found == expected, (name, done)


def test_an_alembic_ini_beside_scripts_is_no_project(aludel, project):
    (project / "requirements.txt").write_text("sqlalchemy\n")
    (project / "jobs").mkdir()
    (project / "jobs" / "alembic.ini").write_text("")
    (project / "jobs" / "job.py").write_text(REPOSITORY)
    for name, folder in (("jobs/job.py", project), ("job.py", project / "jobs"), (project / "jobs" / "job.py", "/")):
        done = aludel.run("check", "--select", "Q107", "--output-format", "concise", str(name), cwd=folder)
        assert findings(done, "job.py") == ([("6", "39", "Q107")], 1), done


LIMITED = """from sqlalchemy.orm import Session
from app.models import User


def some(session: Session):
    return session.query(User).limit(5).all()
"""


def test_a_folder_above_the_project_makes_no_tests_of_its_files(aludel, project):
    shutil.copytree(project / "app", project / "test" / "shop" / "app")
    shop = project / "test" / "shop"
    (shop / "requirements.txt").write_text("sqlalchemy\n")
    (shop / "app" / "limited.py").write_text(LIMITED)
    (shop / "tests").mkdir()
    (shop / "tests" / "helper.py").write_text(LIMITED)
    for name, folder in ((".", shop), (shop, "/"), ("shop", project / "test"), ("app", shop), ("test/shop", project)):
        done = aludel.run("check", "--select", "Q117", "--output-format", "concise", str(name), cwd=folder)
        assert findings(done, "limited.py") == ([("6", "32", "Q117")], 1), (name, done)
    done = aludel.run("check", "--select", "Q117", "--output-format", "concise", "helper.py", cwd=shop / "tests")
    assert done.code == 0, done


def test_ignores_hold_from_inside_as_well(aludel, project):
    (project / "aludel.toml").write_text('[per-file-ignores]\n"app/*" = ["Q107"]\n')
    for name, folder in (("app", project), ("repository.py", project / "app"), (project / "app", project)):
        done = aludel.run("check", "--select", "Q107", "--output-format", "concise", str(name), cwd=folder)
        assert findings(done, "repository.py") == ([], 0), (name, done)


def test_files_beside_a_script_are_its_project(aludel, project):
    shutil.move(project / "app" / "models.py", project / "models.py")
    (project / "job.py").write_text(REPOSITORY.replace("app.models", "models"))
    shutil.rmtree(project / "app")
    done = aludel.run("check", "--output-format", "concise", "job.py", cwd=project)
    assert findings(done, "job.py") == ([("6", "39", "Q107")], 1), done


def test_what_was_not_named_is_neither_reported_nor_written(aludel, project):
    (project / "app" / "broken.py").write_text("def f(:\n")
    (project / "app" / "other.py").write_text(REPOSITORY)
    (project / "app" / "bytes.py").write_bytes(b"x = '\xff'\n")
    done = aludel.run("check", "--output-format", "concise", "app/view.py", cwd=project)
    assert done.code == 0 and not done.err, done
    done = aludel.run("check", "--fix", "app/repository.py", cwd=project)
    assert done.code == 0, done
    assert ".filter(User.active)" in (project / "app" / "repository.py").read_text()
    assert (project / "app" / "other.py").read_text() == REPOSITORY
    text = aludel.run("check", "--fix", "--stdin-filename", "app/other.py", input=REPOSITORY, cwd=project)
    assert ".filter(User.active)" in text.out and (project / "app" / "other.py").read_text() == REPOSITORY


def test_a_conversion_that_needs_another_file_is_left(aludel, project):
    both = aludel.run("modernize", "--profile", "modern", "app/repository.py", "app/view.py", cwd=project)
    assert both.code == 1 and "4 sites, 4 converted, 0 left; 2 files would change" in both.out, both
    one = aludel.run("modernize", "--profile", "modern", "--write", "app/repository.py", cwd=project)
    assert "it takes a change of app/view.py, which was not named" in one.out, one
    text = (project / "app" / "repository.py").read_text()
    assert "return session.query(User).filter(User.active)\n" in text and "select(func.count())" in text
    assert (project / "app" / "view.py").read_text() == VIEW and (project / "app" / "models.py").read_text() == MODELS
