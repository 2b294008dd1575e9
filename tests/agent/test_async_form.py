"""Pasted sync code becomes async code, which runs on an AsyncSession and gives the same."""

import textwrap

import pytest
from test_ask import BLOCK, ask

MODELS = """
import asyncio
from sqlalchemy import select, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import StaticPool

class Base(DeclarativeBase): pass
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)

engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
SessionLocal = async_sessionmaker(engine, expire_on_commit=False)

def run(check):
    async def all_of():
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with SessionLocal() as session:
            session.add_all([User(id=1, name="ann"), User(id=2, name="bob", active=False)])
            await session.commit()
            await check(session)
        await engine.dispose()
    asyncio.run(all_of())
"""

CODE = """
from sqlalchemy.orm import Session, selectinload


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


def active_users(db: Session):
    return db.query(User).filter(User.active == True).all()


def rename(db: Session, id: int, name: str):
    # the comment stays
    user = db.get(User, id)
    user.name = name
    db.commit()
    db.refresh(user)
    return user


def counted(db: Session) -> int:
    with db.begin_nested():
        return len([user.name for user in active_users(db)])


class Repository:
    def __init__(self, session: Session):
        self.session = session

    def get(self, id):
        return self.session.get(User, id)

    def shouted(self, id):
        return self.get(id).name.upper()


def lazily(db: Session):
    return (db.get(User, id) for id in (1, 2))


def nothing(name):
    return name.strip()
"""

CHECK = """
async def check(session):
    assert [u.id for u in await active_users(session)] == [1]
    assert (await rename(session, 2, "rob")).name == "rob"
    assert await counted(session) == 1
    assert await Repository(session).shouted(2) == "ROB"
    assert nothing(" a ") == "a"
    async for db in get_db():
        assert (await db.get(User, 1)).name == "ann"
run(check)
"""


@pytest.fixture(scope="module")
def answer(aludel, tmp_path_factory):
    request = "Make this async\n```python\n%s```\n" % CODE.lstrip()
    return ask(aludel, request, "--no-run", cwd=tmp_path_factory.mktemp("empty"))


def after(answer):
    return BLOCK.findall(answer["markdown"])[1]


def test_runs_on_an_async_session(answer, sa20, tmp_path):
    import subprocess

    code = MODELS + textwrap.dedent(after(answer)) + CHECK
    done = subprocess.run([sa20, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 0, done.stderr + code


def test_what_has_no_async_form_stays_and_is_told(answer):
    code = after(answer)
    assert "# the comment stays" in code and "def nothing(name):" in code and "async def nothing" not in code
    assert "async def lazily" not in code
    assert "`lazily()` is left as it is: a generator expression runs SQL" in answer["markdown"]
    assert not answer["confident"]
    # lazily() still takes one
    assert "from sqlalchemy.orm import Session, selectinload" in code


@pytest.mark.parametrize(
    "code, line",
    [
        ("db.query(User).all()", "(await db.scalars(select(User))).all()"),
        (
            "def f(session):\n    return session.query(User).filter_by(id=1).one().name\n",
            "    return (await session.scalars(select(User).filter_by(id=1))).one().name",
        ),
        (
            "def f(session):\n    return session.scalar(select(User).where(User.id == 1))\n",
            "    return await session.scalar(select(User).where(User.id == 1))",
        ),
        (
            "def f(ids):\n    with Session(engine) as session:\n        return [session.get(User, i) for i in ids]\n",
            "        return [await session.get(User, i) for i in ids]",
        ),
        (
            "class A:\n    @property\n    def user(self):\n        return self.session.get(User, 1)\n",
            "        return self.session.get(User, 1)",
        ),
        (
            "def f(s):\n    return s.execute(q).all()\n\n\nprint(sorted(map(lambda s: f(s), many)))\n",
            "    return s.execute(q).all()",
        ),
        ("def rows(db):\n    for row in db.execute(q):\n        yield row\n", "    for row in db.execute(q):"),
    ],
)
def test_lines(aludel, tmp_path, code, line):
    answer = ask(aludel, "convert to async:\n```python\n%s\n```" % code, "--no-run", cwd=tmp_path)
    assert line in after(answer).splitlines()
    if "await" not in line:
        assert "is left as it is" in answer["markdown"] and not answer["confident"]


def converted(aludel, tmp_path, code):
    request = "convert to async:\n```python\n%s\n```" % textwrap.dedent(code).strip("\n")
    return ask(aludel, request, "--no-run", cwd=tmp_path)


def test_coroutines_that_were_there_await_what_they_call(aludel, tmp_path):
    code = """
    def load(db):
        return db.scalars(q).all()


    async def endpoint(db):
        return load(db)
    """
    assert "    return await load(db)" in after(converted(aludel, tmp_path, code)).splitlines()


def test_methods_of_objects_whose_class_is_seen(aludel, tmp_path):
    code = """
    class Base:
        def one(self):
            return self.session.scalar(q)


    class Repo(Base):
        def two(self):
            return self.one() + 1


    def made(db):
        return Repo(db).one()


    def assigned(db):
        repo = Repo(db)
        return repo.two()


    def annotated(repo: Repo):
        return repo.two()


    def unknown(thing):
        return thing.two()
    """
    answer = converted(aludel, tmp_path, code)
    lines = after(answer).splitlines()
    assert "        return await self.one() + 1" in lines
    assert "    return await Repo(db).one()" in lines
    assert lines.count("    return await repo.two()") == 2
    assert "    return thing.two()" in lines
    assert "await `thing.two` where it calls the method of line 7" in answer["markdown"]
    assert not answer["confident"]


def test_no_byte_changes_but_those(aludel, tmp_path):
    code = '''
    """What this is."""
    from __future__ import annotations


    @cached  # a def of its own
    # and another def
    def load(db: Session):
        return db.scalar(q)
    '''
    text = after(converted(aludel, tmp_path, code))
    assert text == textwrap.dedent(
        '''\
        """What this is."""
        from __future__ import annotations


        from sqlalchemy.ext.asyncio import AsyncSession


        @cached  # a def of its own
        # and another def
        async def load(db: AsyncSession):
            return await db.scalar(q)
        '''
    )


@pytest.mark.parametrize(
    "code, stays",
    [
        ("def page(session):\n    return session.get(url)", "def page(session):"),
        (
            "def a(db):\n    return db.query(X).frobnicate()\n\n\ndef b(db):\n    return a(db)",
            "def b(db):",
        ),
        (
            "from app.http import Session\n\n\ndef a(db: Session):\n    return db.scalar(q)",
            "async def a(db: Session):",
        ),
    ],
)
def test_what_is_something_else_stays(aludel, tmp_path, code, stays):
    assert stays in after(converted(aludel, tmp_path, code)).splitlines()


def test_functions_that_are_handed_on_are_told(aludel, tmp_path):
    code = """
    def load(db):
        return db.scalar(q)


    def later(db):
        return pool.submit(load, db)


    @app.get("/")
    def endpoint(x=Depends(load)):
        return x
    """
    text = converted(aludel, tmp_path, code)["markdown"]
    assert "line 6 hands `load` on, which is a coroutine now" in text and "line 10" not in text
