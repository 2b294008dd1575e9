"""Code that is run before it is shown: what runs, what fails, what is kept from running."""

import json
import os
import subprocess
import time

import pytest

MODELS = """
from sqlalchemy import Column, ForeignKey, Integer, String, select
from sqlalchemy.orm import Session, declarative_base, relationship

Base = declarative_base()


class User(Base):
    __tablename__ = "user"
    id = Column(Integer, primary_key=True)
    email = Column(String(50), nullable=False, unique=True)
"""


@pytest.fixture(scope="module")
def verify(program, sa20):
    def run(*blocks, python=sa20, **request):
        request["blocks"] = [b if isinstance(b, dict) else {"code": b} for b in blocks]
        venv = os.path.dirname(os.path.dirname(python))
        done = subprocess.run(
            [program("verify_blocks")],
            input=json.dumps(request).encode(),
            capture_output=True,
            env=dict(os.environ, VIRTUAL_ENV=venv),
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def steps(report, kind, status=None):
    found = [s for s in report["steps"] if s["step"] == kind]
    if status:
        assert [s["status"] for s in found] == [status] * len(found), found
    assert found, report
    return found


def test_each_version(verify, each_sa):
    report = verify(
        MODELS + "statement = select(User.email).where(User.id > 3)\n",
        "def by_email(session: Session, email: str):\n"
        "    return session.execute(select(User).where(User.email == email)).scalars().first()\n",
        python=each_sa,
        dialect="mysql",
    )
    assert report["ran"] and not report["failed"], report
    assert report["interpreter"] == each_sa
    assert len(steps(report, "block", "ok")) == 2
    assert steps(report, "tables", "ok")[0]["name"] == "user"
    assert {s["detail"] for s in steps(report, "statements", "ok")} == {
        "compiles for sqlite",
        "compiles for mysql",
    }
    (helper,) = steps(report, "helpers", "ok")
    assert helper["name"] == "by_email" and helper["detail"].endswith("compiles for mysql")


def test_errors_have_their_place(verify):
    report = verify(MODELS, "\nUser.nope\n")
    assert report["failed"]
    step = steps(report, "block")[-1]
    assert (step["block"], step["line"]) == (1, 2)
    assert step["detail"].startswith("AttributeError: ")
    report = verify("x = (\n")
    assert steps(report, "block", "failed")[0]["detail"].startswith("SyntaxError")


def test_what_only_shows_later(verify):
    bad_mapper = MODELS + "User.posts = relationship('Post')\n"
    report = verify(bad_mapper)
    assert "InvalidRequestError" in steps(report, "mappers", "failed")[0]["detail"]
    bad_helper = "def f(session: Session):\n    return session.execute(select(User)).nope()\n"
    report = verify(MODELS, bad_helper)
    (step,) = steps(report, "helpers", "failed")
    assert (step["block"], step["line"]) == (1, 2)
    bad_statement = "from sqlalchemy import func, literal_column, tuple_, Sequence\nstatement = select(Sequence('s').next_value())\n"
    report = verify(MODELS, bad_statement)
    assert report["failed"] or steps(report, "statements"), report


def test_files_and_script(verify):
    report = verify(
        {"path": "app/db.py", "code": "from sqlalchemy import create_engine\nengine = create_engine('postgresql+psycopg2://u:p@db/x', pool_size=3, connect_args={'a': 1})\n"},
        {"path": "app/models.py", "code": MODELS},
        "from app.db import engine\nfrom app.models import Base, User\nBase.metadata.create_all(engine)\n"
        "from sqlalchemy.orm import Session\n"
        "with Session(engine) as session:\n    session.add(User(email='a'))\n    session.commit()\n",
    )
    assert not report["failed"], report
    assert len(steps(report, "block", "ok")) == 3


def test_asynchronous_code(verify, each_sa):
    report = verify(
        MODELS,
        "import asyncio\n"
        "from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine\n"
        "engine = create_async_engine('postgresql+asyncpg://u:p@db/x', pool_size=3)\n"
        "async def emails(session: AsyncSession):\n"
        "    return (await session.execute(select(User.email))).scalars().all()\n"
        "async def main():\n"
        "    async with engine.begin() as connection:\n"
        "        await connection.run_sync(Base.metadata.create_all)\n"
        "    async with AsyncSession(engine) as session:\n"
        "        assert await emails(session) == []\n"
        "if __name__ == '__main__':\n    asyncio.run(main())\n",
        python=each_sa,
    )
    assert not report["failed"], report
    assert {s["name"] for s in steps(report, "helpers", "ok")} == {"emails"}
    wrong = "from sqlalchemy.ext.asyncio import create_async_engine\ncreate_async_engine('postgresql+psycopg2://u:p@db/x')\n"
    report = verify(wrong, python=each_sa)
    assert "InvalidRequestError" in steps(report, "block", "failed")[0]["detail"]


def test_the_expected_error(verify):
    code = MODELS + (
        "from sqlalchemy import create_engine\nengine = create_engine('sqlite://')\nBase.metadata.create_all(engine)\n"
        "with Session(engine) as session:\n"
        "    session.add_all([User(email='a'), User(email='a')])\n    session.commit()\n"
    )
    report = verify(code, raises="IntegrityError")
    assert not report["failed"], report
    assert "UNIQUE constraint failed" in steps(report, "raises", "ok")[0]["detail"]
    assert verify(code, raises="OperationalError")["failed"]
    assert verify(MODELS, raises="IntegrityError")["failed"]


def test_types_that_sqlite_has_not(verify):
    code = MODELS + (
        "from sqlalchemy.dialects.postgresql import ARRAY\n"
        "class Tag(Base):\n    __tablename__ = 'tag'\n    id = Column(Integer, primary_key=True)\n    words = Column(ARRAY(String))\n"
    )
    report = verify(code)
    assert not report["failed"], report
    assert "compiled for postgresql" in steps(report, "tables", "skipped")[0]["detail"]


def test_what_is_not_allowed(verify, tmp_path):
    for code, reason in (
        ("import socket\nsocket.create_connection(('127.0.0.1', 9))\n", "network"),
        ("import urllib.request\nurllib.request.urlopen('http://example.org')\n", "network"),
        ("import subprocess\nsubprocess.run(['true'])\n", "programs"),
        ("import os\nos.system('true')\n", "programs"),
    ):
        (step,) = steps(verify(code), "block", "skipped")
        assert reason in step["detail"], step
    report = verify({"path": "../escaped.py", "code": "x = 1\n"})
    assert report["failed"], report


def test_bounds(verify):
    start = time.monotonic()
    report = verify("while True: pass\n", timeout_ms=1500)
    assert "did not end" in steps(report, "process", "failed")[0]["detail"]
    assert time.monotonic() - start < 20
    report = verify("x = bytearray(8 << 30)\n")
    assert "MemoryError" in steps(report, "block", "failed")[0]["detail"]
    report = verify("print('x' * (64 << 20))\n")
    assert not report["failed"], report


def test_what_is_not_installed(verify):
    report = verify("import no_such_package_at_all\n")
    assert not report["failed"]
    assert "not installed" in steps(report, "block", "skipped")[0]["detail"]


def test_nothing_stays_behind(verify, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    verify({"path": "app/models.py", "code": MODELS}, "open('x', 'w').write('y')\n")
    assert list(tmp_path.iterdir()) == []


def test_the_projects_environment_comes_first(verify, sa14, sa20, tmp_path):
    venv = os.path.dirname(os.path.dirname(sa14))
    (tmp_path / ".venv").symlink_to(venv)
    report = verify(MODELS, python=sa20, project=str(tmp_path))
    assert report["sqlalchemy"].startswith("1.4.")


def test_no_interpreter(program, tmp_path):
    done = subprocess.run(
        [program("verify_blocks")],
        input=b'{"blocks": [{"code": "x = 1"}]}',
        capture_output=True,
        env={"PATH": str(tmp_path)},
        timeout=60,
    )
    report = json.loads(done.stdout)
    assert (report["ran"], report["failed"], report["interpreter"]) == (False, False, None)
