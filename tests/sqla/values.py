"""Programs for test_values.py. `#: expression -> value` says what `aludel dump values` prints for
that expression on its line; the text is the program's own."""

MODELS = '''
from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(back_populates="user")


class Post(Base):
    __tablename__ = "posts"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"))
    title = Column(String(20))
    user = relationship("User", back_populates="posts")
'''

QUERIES = '''
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, aliased
from app.models import Post, User


def legacy(session: Session):
    q = session.query(User)  #: q -> Query<instance of app.models.User>, proven
    q = q.filter(User.id == 1)  #: User.id == 1 -> boolean clause<bool>, proven
    q.all()  #: q.all() -> list<instance of app.models.User>, proven
    q.first()  #: q.first() -> instance of app.models.User or None, proven
    q.count()  #: q.count() -> int, proven
    names = session.query(User.name)  #: names -> Query<str or None>, proven
    names.all()  #: names.all() -> list<Row<str or None>>, proven
    pairs = session.query(User.name, func.count(Post.id))  #: pairs -> Query<str or None, int>, proven
    for name, count in pairs:
        print(name, count)  #: count -> int, proven
    session.query(User).get(1)  #: session.query(User).get(1) -> instance of app.models.User or None, proven


def modern(session: Session):
    stmt = select(User).where(User.name.in_(["a"]))  #: stmt -> Select<instance of app.models.User>, proven
    result = session.execute(stmt)  #: result -> Result<instance of app.models.User>, proven
    result.scalars()  #: result.scalars() -> ScalarResult<instance of app.models.User>, proven
    session.scalars(stmt).all()  #: session.scalars(stmt).all() -> list<instance of app.models.User>, proven
    row = session.execute(select(User.id, Post.title)).one()  #: row -> Row<int or None, str or None>, proven
    row.title  #: row.title -> str or None, proven
    session.scalar(select(func.count()).select_from(User))
    session.get(User, 1)  #: session.get(User, 1) -> instance of app.models.User or None, proven
    session.execute(update(User).values(name="x"))  #: update(User).values(name="x") -> Update<>, proven
    session.execute(text("select 1"))  #: text("select 1") -> TextClause, proven


def branches(session: Session, flag):
    q = session.query(User)
    if flag:
        q = q.filter(User.name == "x")
    q.all()  #: q -> Query<instance of app.models.User>, proven
    if flag:
        thing = session.query(User)
    else:
        thing = session.query(Post)
    thing.all()  #: thing -> Query, proven


def habit(session, engine, other):
    session.query(User)  #: session -> Session, likely
    engine.connect()  #: engine.connect() -> Connection, likely
    other.query(User)


def attributes(session: Session):
    user = session.get(User, 1)
    user.posts  #: user.posts -> list<instance of app.models.Post>, proven
    for post in user.posts:
        post.title  #: post -> instance of app.models.Post, proven
    User.posts  #: User.posts -> relationship attribute, proven
    Post.title  #: Post.title -> column<str>, proven
    Twin = aliased(User)  #: Twin -> aliased class of app.models.User, proven
'''

SOURCES = '''
from contextlib import contextmanager
import functools
from fastapi import Depends
from typing import Annotated
from sqlalchemy import create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from app.models import User

engine = create_engine("sqlite://")  #: engine -> Engine, proven
Local = sessionmaker(bind=engine)  #: Local -> sessionmaker<Session>, proven
scoped = scoped_session(Local)  #: scoped -> scoped_session<Session>, proven
AsyncLocal = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"))


def get_session():
    with Local() as s:  #: s -> Session, proven
        yield s


async def get_async():
    async with AsyncLocal() as s:  #: s -> AsyncSession, proven
        yield s


@contextmanager
def unit():
    s = Local()
    yield s


Given = Annotated[Session, Depends(get_session)]


def depends_alone(db=Depends(get_session)):
    db.query(User)  #: db -> Session, proven


async def depends_async(db: AsyncSession = Depends(get_async)):
    result = await db.execute(select(User))  #: result -> Result<instance of app.models.User>, proven


def annotated(db: Given):
    db.get(User, 1)  #: db -> Session, proven


def in_unit():
    with unit() as s:
        s.query(User)  #: s -> Session, proven


class Repository:
    def __init__(self, session: Session):
        self.session = session

    def users(self):
        return self.session.query(User)  #: self.session -> Session, proven

    def one(self):
        return self.users().first()  #: self.users() -> Query<instance of app.models.User>, proven


def passes(query):
    return query.filter(User.id == 1)  #: query -> Query<instance of app.models.User>, likely


def uses():
    repo = Repository(Local())  #: repo -> object of Repository, proven
    repo.one()  #: repo.one() -> instance of app.models.User or None, proven
    passes(Local().query(User))


@functools.lru_cache()
def cached():
    return Local()


def rebound():
    s = Local()

    def later():
        nonlocal s
        s = None

    later()
    s.flush()  #: s -> Session or None, proven


class Lazy:
    session = None

    def connect(self):
        self.session = Local()

    def read(self):
        return self.session.query(User)  #: self.session -> Session or None, proven
'''

FIXTURES = '''
import pytest
from app.sources import Local
from app.models import User


@pytest.fixture
def connected():
    with Local() as s:
        yield s


@pytest.fixture
def user(connected):
    return connected.get(User, 1)  #: connected -> Session, proven


def test_one(connected, user):
    connected.query(User)  #: connected -> Session, proven
    user.name  #: user -> instance of app.models.User or None, proven
'''

FILES = {
    "app/__init__.py": "",
    "app/models.py": MODELS,
    "app/queries.py": QUERIES,
    "app/sources.py": SOURCES,
    "tests/test_app.py": FIXTURES,
}
