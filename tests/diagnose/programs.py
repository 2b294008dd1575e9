"""Little programs that fail as real ones do: under web frameworks, workers and test runners, their text in the forms of logs.

A case: (name, environment, driver of the URL or "", program, form, what the diagnosis must say). The program is app.py beside
models.py; it is run with the URL in DATABASE_URL, and what it prints is put into the form.
"""

import json
import re
import textwrap

MODELS = '''
import datetime as dt
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import declarative_base, relationship
Base = declarative_base()

class Guest(Base):
    __tablename__ = "guests"
    id = Column(Integer, primary_key=True)
    email = Column(String(40), unique=True, nullable=False)
    name = Column(String(30), nullable=False)
    bookings = relationship("Booking", back_populates="guest")

class Room(Base):
    __tablename__ = "rooms"
    id = Column(Integer, primary_key=True)
    floor = Column(Integer, nullable=False)
    number = Column(String(10), nullable=False)
    __table_args__ = (UniqueConstraint("floor", "number", name="uq_rooms_floor_number"),)

class Booking(Base):
    __tablename__ = "bookings"
    id = Column(Integer, primary_key=True)
    guest_id = Column(ForeignKey("guests.id", name="fk_bookings_guest"), nullable=False)
    nights = Column(Integer, nullable=False)
    guest = relationship("Guest", back_populates="bookings")
    __table_args__ = (CheckConstraint("nights > 0", name="ck_bookings_nights"),)
'''
SYNC = '''
import os
from sqlalchemy import create_engine, event, select, text, func
from sqlalchemy.orm import Session, sessionmaker, selectinload, joinedload
from models import *
engine = create_engine(os.environ["DATABASE_URL"])
if engine.dialect.name == "sqlite":
    event.listen(engine, "connect", lambda c, r: c.execute("PRAGMA foreign_keys = ON"))
Base.metadata.drop_all(engine)
Base.metadata.create_all(engine)
with Session(engine) as s:
    s.add(Guest(email="a@x.test", name="A")); s.add(Room(floor=1, number="1")); s.flush()
    s.add(Booking(guest_id=1, nights=2)); s.commit()
'''
ASYNC = '''
import asyncio, os
from sqlalchemy import select, text, func
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload
from models import *
engine = create_async_engine(os.environ["DATABASE_URL"])
make_session = async_sessionmaker(engine)
async def prepare():
    async with engine.begin() as c:
        await c.run_sync(Base.metadata.drop_all)
        await c.run_sync(Base.metadata.create_all)
    async with make_session() as s:
        s.add(Guest(email="a@x.test", name="A")); s.add(Room(floor=1, number="1")); await s.flush()
        s.add(Booking(guest_id=1, nights=2)); await s.commit()
'''

# ---- Forms

def plain(out):
    return out

def compose(out):
    return "".join("web-1  | %s\n" % line for line in out.splitlines())

def journald(out):
    return "".join("Nov 03 11:02:%02d host7 booking[8812]: %s\n" % (i % 60, line) for i, line in enumerate(out.splitlines()))

def gunicorn(out):
    return "[2026-11-03 11:02:17 +0000] [41] [ERROR] Exception in worker process\n" + out + "[2026-11-03 11:02:17 +0000] [41] [INFO] Worker exiting (pid: 41)\n"

def structlog(out):
    return json.dumps({"event": "request_failed", "level": "error", "timestamp": "2026-11-03T11:02:17Z", "exception": out.strip()}) + "\n"

def logging_json(out):
    return json.dumps({"levelname": "ERROR", "name": "app", "message": "unhandled", "exc_info": out.strip()}) + "\n"

def kubernetes(out):
    return "".join("2026-11-03T11:02:17.%06dZ stderr F %s\n" % (i, line) for i, line in enumerate(out.splitlines()))

def celery(out):
    return "[2026-11-03 11:02:17,133: ERROR/ForkPoolWorker-3] Task app.tasks.bill[6f0c] raised unexpected: boom\n" + out

def head_cut(out):
    return "...\n" + "\n".join(out.splitlines()[-14:]) + "\n"

def tail_cut(out):
    return out.split("(Background on")[0]

def quoted(out):
    return "".join("> %s\n" % line for line in out.splitlines())

def indented(out):
    return "I deploy and get this:\n\n" + textwrap.indent(out, "    ") + "\nwhat now?\n"

def colours(out):
    return re.sub(r"^(\S*Error)", "\x1b[31m\\1\x1b[0m", out, flags=re.M)

# ---- Programs

def sync(body):
    return SYNC + textwrap.dedent(body)

def asynchronous(body):
    return ASYNC + textwrap.dedent(body) + "\nasync def run():\n    await prepare()\n    await main()\nasyncio.run(run())\n"

CASES = []

def case(name, env, url, program, form=plain, **expected):
    CASES.append((name, env, url, program, form, expected))

IE, OE, PE, DE = ("sqlalchemy.exc." + n for n in ("IntegrityError", "OperationalError", "ProgrammingError", "DataError"))
ADD = '''
def register(session, email, name):
    guest = Guest(email=email, name=name)
    session.add(guest)
    session.commit()

def handle(email, name):
    with Session(engine) as session:
        register(session, email, name)
'''
case("unique, docker compose", "sa20", "postgresql+psycopg", sync(ADD + 'handle("a@x.test", "B")\n'), compose, entry="DB-UQ-PG", exception=IE, driver="psycopg", series="2.0", table="guests", columns=["email"], frame="register")
case("unique pair, journald", "sa21", "postgresql+psycopg2", sync('''
    def book():
        with Session(engine) as session:
            session.add(Room(floor=1, number="1"))
            session.commit()
    book()
'''), journald, entry="DB-UQ-PG", exception=IE, driver="psycopg2", series="2.1", constraint="uq_rooms_floor_number", table="rooms", frame="book")
case("not null, gunicorn", "sa20", "mysql+pymysql", sync(ADD + 'handle("b@x.test", None)\n'), gunicorn, entry="DB-NN-MYSQL", exception=IE, driver="pymysql", columns=["name"], frame="register")
case("foreign key, structlog", "sa20", "mysql+mysqldb", sync('''
    def take(guest_id):
        with Session(engine) as session:
            session.add(Booking(guest_id=guest_id, nights=1))
            session.commit()
    take(99)
'''), structlog, entry="DB-FK-MYSQL-CHILD", exception=IE, driver="mysqlclient", constraint="fk_bookings_guest", table="bookings", frame="take")
case("check, kubernetes", "sa14", "postgresql+psycopg2", sync('''
    def take(nights):
        with Session(engine) as session:
            session.add(Booking(guest_id=1, nights=nights))
            session.commit()
    take(0)
'''), kubernetes, entry="DB-CK-PG", exception=IE, driver="psycopg2", series="1.4", constraint="ck_bookings_nights", table="bookings", frame="take")
case("delete with nulls, celery log", "sa20", "sqlite", sync('''
    def leave():
        with Session(engine) as session:
            session.delete(session.get(Guest, 1))
            session.commit()
    leave()
'''), celery, entry="DB-NN-SQLITE", exception=IE, driver="sqlite3", table="bookings", columns=["guest_id"], frame="leave")
case("asyncpg unique under gather", "sa20", "postgresql+asyncpg", asynchronous('''
    async def add():
        async with make_session() as session:
            session.add(Guest(email="a@x.test", name="C"))
            await session.commit()
    async def main():
        await asyncio.gather(add())
'''), plain, entry="DB-UQ-PG", exception=IE, driver="asyncpg", table="guests", columns=["email"], frame="add")
case("task group", "sa21", "postgresql+asyncpg", asynchronous('''
    async def add(nights):
        async with make_session() as session:
            session.add(Booking(guest_id=1, nights=nights))
            await session.commit()
    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(add(3))
            group.create_task(add(-1))
'''), plain, entry="DB-CK-PG", exception=IE, driver="asyncpg", series="2.1", constraint="ck_bookings_nights", frame="add")
case("asyncpg wrong argument", "sa20", "postgresql+asyncpg", asynchronous('''
    async def main():
        async with make_session() as session:
            await session.execute(text("select * from guests where id = :id"), {"id": "seven"})
'''), journald, entry="DB-ASYNCPG-ARG", driver="asyncpg", frame="main")
case("too long, psycopg", "sa20", "postgresql+psycopg", sync(ADD + 'handle("c@x.test", "n" * 50)\n'), head_cut, entry="DB-LEN-PG", exception=DE, driver="psycopg")
case("too long, pymysql", "sa21", "mysql+pymysql", sync(ADD + 'handle("c@x.test", "n" * 50)\n'), compose, entry="DB-LEN-MYSQL", exception=DE, driver="pymysql", columns=["name"], frame="register")
case("no such table in a worker", "sa20", "sqlite", sync('''
    from sqlalchemy import MetaData
    def work():
        with engine.connect() as connection:
            connection.execute(text("select * from invoices"))
    work()
'''), indented, entry="DB-NOTABLE-SQLITE", exception=OE, driver="sqlite3", table="invoices", frame="work")
case("no such column", "sa20", "postgresql+psycopg2", sync('''
    with engine.begin() as connection:
        connection.execute(text("alter table guests drop column name"))
    def listing():
        with Session(engine) as session:
            return session.scalars(select(Guest)).all()
    listing()
'''), quoted, entry="DB-NOCOL-PG", exception=PE, driver="psycopg2", frame="listing")
case("cast in filter", "sa20", "postgresql+psycopg", sync('''
    def find(number):
        with Session(engine) as session:
            return session.scalars(select(Room).where(Room.number == number)).all()
    find(12)
'''), plain, entry=("DB-OP-PG",), driver="psycopg", frame="find")
case("group by, psycopg2", "sa20", "postgresql+psycopg2", sync('''
    def report():
        with Session(engine) as session:
            return session.execute(select(Booking, func.count()).group_by(Booking.guest_id)).all()
    report()
'''), logging_json, entry="DB-GROUP-PG", exception=PE, frame="report")
case("failed transaction goes on", "sa20", "postgresql+psycopg2", sync('''
    def job():
        with engine.connect() as connection:
            try:
                connection.execute(text("select 1/0"))
            except Exception:
                pass
            connection.execute(text("select 1"))
    job()
'''), plain, entry="DB-INFAILED-PG", driver="psycopg2", frame="job")
case("wrong password", "sa20", "postgresql+psycopg", '''
import os
from sqlalchemy import create_engine
url = os.environ["DATABASE_URL"].replace(":test@", ":hunter2secret@")
def start():
    create_engine(url).connect()
start()
''', compose, entry="DB-AUTH", exception=OE, driver="psycopg", frame="start")
case("server is not there", "sa20", "", '''
from sqlalchemy import create_engine, text
def ping():
    with create_engine("postgresql+psycopg2://app:topsecretpw@127.0.0.1:1/app").connect() as c:
        c.execute(text("select 1"))
ping()
''', gunicorn, entry="DB-REFUSED", exception=OE, driver="psycopg2", frame="ping")
case("mysql not there", "sa21", "", '''
from sqlalchemy import create_engine, text
def ping():
    with create_engine("mysql+pymysql://app:topsecretpw@127.0.0.1:1/app").connect() as c:
        c.execute(text("select 1"))
ping()
''', plain, entry="DB-REFUSED", exception=OE, driver="pymysql", frame="ping")
case("pool timeout in threads", "sa20", "sqlite", '''
from sqlalchemy import create_engine, text
from sqlalchemy.pool import QueuePool
engine = create_engine("sqlite:///x.db", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.1)
def handler():
    first = engine.connect()
    second = engine.connect()
handler()
''', journald, entry="SA-QUEUEPOOL", exception="sqlalchemy.exc.TimeoutError", frame="handler")
case("detached under flask", "sa20", "sqlite", sync('''
    from flask import Flask
    app = Flask(__name__)
    def load():
        with Session(engine) as session:
            return session.get(Guest, 1)
    @app.get("/")
    def index():
        guest = load()
        return {"n": len(guest.bookings)}
    app.testing = True
    app.test_client().get("/")
'''), plain, entry="SA-DETACHED-LAZY", exception="sqlalchemy.orm.exc.DetachedInstanceError", frame="index")
case("expired and detached", "sa21", "sqlite", sync('''
    def create():
        with Session(engine) as session:
            guest = Guest(email="z@x.test", name="Z")
            session.add(guest)
            session.commit()
        return guest
    print(create().name)
'''), colours, entry="SA-DETACHED-REFRESH", exception="sqlalchemy.orm.exc.DetachedInstanceError")
case("missing greenlet in fastapi", "sa20", "sqlite+aiosqlite", ASYNC + '''
from fastapi import FastAPI
from fastapi.testclient import TestClient
from contextlib import asynccontextmanager
@asynccontextmanager
async def lifespan(app):
    await prepare()
    yield
app = FastAPI(lifespan=lifespan)
@app.get("/guests/{id}")
async def read(id: int):
    async with make_session() as session:
        guest = await session.get(Guest, id)
        return [b.nights for b in guest.bookings]
with TestClient(app) as client:
    client.get("/guests/1")
''', plain, entry=("AS-GREENLET",), exception="sqlalchemy.exc.MissingGreenlet", frame="read")
case("pydantic from attributes", "sa20", "sqlite+aiosqlite", asynchronous('''
    from pydantic import BaseModel, ConfigDict
    class BookingOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        nights: int
    class GuestOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        name: str
        bookings: list[BookingOut]
    async def main():
        async with make_session() as session:
            guest = (await session.scalars(select(Guest))).one()
            return GuestOut.model_validate(guest)
'''), compose, entry=("FA-GETATTR",), frame="main")
case("await forgotten", "sa20", "sqlite+aiosqlite", asynchronous('''
    async def main():
        async with make_session() as session:
            rows = session.execute(select(Guest))
            return rows.scalars().all()
'''), plain, entry="AS-COROUTINE", exception="AttributeError", frame="main")
case("session shared by tasks", "sa20", "postgresql+asyncpg", asynchronous('''
    async def main():
        async with make_session() as session:
            session.add(Room(floor=2, number="2"))
            await asyncio.gather(session.commit(), session.commit())
'''), plain, entry=("SA-CONCURRENT", "AS-INPROGRESS", "SA-ILLEGAL-STATE"))
case("sync driver for async", "sa20", "", '''
from sqlalchemy.ext.asyncio import create_async_engine
engine = create_async_engine("postgresql+psycopg2://u:p@h/d")
''', plain, entry="AS-NODRIVER", exception="sqlalchemy.exc.InvalidRequestError")
case("async url in sync engine", "sa20", "sqlite+aiosqlite", '''
import os
from sqlalchemy import create_engine
def start():
    create_engine(os.environ["DATABASE_URL"]).connect()
start()
''', gunicorn, entry=("AS-GREENLET",), exception="sqlalchemy.exc.MissingGreenlet", frame="start")
case("lazy raise", "sa20", "sqlite", sync('''
    from sqlalchemy.orm import raiseload
    def show():
        with Session(engine) as session:
            guest = session.scalars(select(Guest).options(raiseload(Guest.bookings))).first()
            return guest.bookings
    show()
'''), plain, entry="SA-RAISELOAD", frame="show")
case("stale data", "sa20", "sqlite", sync('''
    def rename():
        with Session(engine) as session:
            guest = session.get(Guest, 1)
            session.execute(text("delete from bookings"))
            session.execute(text("delete from guests"))
            guest.name = "New"
            session.commit()
    rename()
'''), journald, entry="SA-STALE", exception="sqlalchemy.orm.exc.StaleDataError", frame="rename")
case("flush without key", "sa20", "sqlite", '''
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import declarative_base, Session
Base = declarative_base()
class Code(Base):
    __tablename__ = "codes"
    id = Column(String(10), primary_key=True)
    label = Column(String(10))
engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
def add():
    with Session(engine) as session:
        session.add(Code(label="x"))
        session.commit()
add()
''', plain, entry=("SA-FLUSH-NULLPK", "DB-NN-SQLITE", "SA-BLANK-PK"), frame="add")
case("autoflush raises", "sa20", "sqlite", sync('''
    def count():
        with Session(engine) as session:
            session.add(Guest(email="a@x.test", name="D"))
            return session.scalar(select(func.count()).select_from(Guest))
    count()
'''), plain, entry="DB-UQ-SQLITE", autoflush=True, table="guests", columns=["email"], frame="count")
case("pending rollback", "sa20", "sqlite", sync('''
    def twice():
        with Session(engine) as session:
            for email in ("a@x.test", "q@x.test"):
                try:
                    session.add(Guest(email=email, name="D"))
                    session.commit()
                except ValueError:
                    pass
                except Exception:
                    if email == "q@x.test":
                        raise
    twice()
'''), compose, entry="SA-PENDING-ROLLBACK", exception="sqlalchemy.exc.PendingRollbackError", frame="twice")
case("two sessions", "sa20", "sqlite", sync('''
    def move():
        a, b = Session(engine), Session(engine)
        guest = a.get(Guest, 1)
        b.add(guest)
    move()
'''), plain, entry="SA-ALREADY-ATTACHED", exception="sqlalchemy.exc.InvalidRequestError", frame="move")
case("no row", "sa20", "sqlite", sync('''
    def find():
        with Session(engine) as session:
            return session.scalars(select(Guest).where(Guest.id == 5)).one()
    find()
'''), structlog, entry="SA-NORESULT", exception="sqlalchemy.exc.NoResultFound", frame="find")
case("unique is missing", "sa20", "sqlite", sync('''
    def load():
        with Session(engine) as session:
            return session.scalars(select(Guest).options(joinedload(Guest.bookings))).all()
    load()
'''), plain, entry="SA-UNIQUE", exception="sqlalchemy.exc.InvalidRequestError", frame="load")
case("plain sql", "sa21", "sqlite", sync('''
    def raw():
        with engine.connect() as connection:
            return connection.execute("select 1")
    raw()
'''), plain, entry="SA-TEXT-EXEC", exception="sqlalchemy.exc.ObjectNotExecutableError", frame="raw")
case("and of two columns", "sa20", "sqlite", sync('''
    def find():
        return select(Guest).where(Guest.id > 1 and Guest.id < 5)
    find()
'''), plain, entry="SA-BOOL", exception="TypeError", frame="find")
case("name of a class is wrong", "sa20", "", '''
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import declarative_base, relationship, configure_mappers
Base = declarative_base()
class Truck(Base):
    __tablename__ = "trucks"
    id = Column(Integer, primary_key=True)
    trips = relationship("Tripp", back_populates="truck")
def boot():
    configure_mappers()
boot()
''', gunicorn, entry="SA-REL-NAME", exception="sqlalchemy.exc.InvalidRequestError", frame="boot")
case("mapper already failed", "sa20", "", '''
from sqlalchemy import Column, ForeignKey, Integer, select
from sqlalchemy.orm import declarative_base, relationship, configure_mappers
Base = declarative_base()
class Truck(Base):
    __tablename__ = "trucks"
    id = Column(Integer, primary_key=True)
    trips = relationship("Tripp", back_populates="truck")
try:
    Truck()
except Exception:
    pass
def handler():
    return Truck()
handler()
''', compose, entry="SA-MAPPER-INIT", inner="SA-REL-NAME", exception="sqlalchemy.exc.InvalidRequestError", frame="handler")
case("no foreign key", "sa20", "", '''
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base, relationship, configure_mappers
Base = declarative_base()
class Truck(Base):
    __tablename__ = "trucks"
    id = Column(Integer, primary_key=True)
    trips = relationship("Trip")
class Trip(Base):
    __tablename__ = "trips"
    id = Column(Integer, primary_key=True)
configure_mappers()
''', plain, entry="SA-NOFK", exception="sqlalchemy.exc.NoForeignKeysError")
case("ambiguous keys", "sa14", "", '''
from sqlalchemy import Column, Integer, ForeignKey
from sqlalchemy.orm import declarative_base, relationship, configure_mappers
Base = declarative_base()
class City(Base):
    __tablename__ = "cities"
    id = Column(Integer, primary_key=True)
class Flight(Base):
    __tablename__ = "flights"
    id = Column(Integer, primary_key=True)
    from_id = Column(ForeignKey("cities.id"))
    to_id = Column(ForeignKey("cities.id"))
    city = relationship("City")
configure_mappers()
''', quoted, entry="SA-AMBFK", exception="sqlalchemy.exc.AmbiguousForeignKeysError")
case("back_populates is missing", "sa20", "", '''
from sqlalchemy import Column, Integer, ForeignKey
from sqlalchemy.orm import declarative_base, relationship, configure_mappers
Base = declarative_base()
class City(Base):
    __tablename__ = "cities"
    id = Column(Integer, primary_key=True)
class Street(Base):
    __tablename__ = "streets"
    id = Column(Integer, primary_key=True)
    city_id = Column(ForeignKey("cities.id"))
    city = relationship("City", back_populates="streets")
configure_mappers()
''', plain, entry="SA-NOPROP", exception="sqlalchemy.exc.InvalidRequestError")
case("reserved name", "sa20", "", '''
from sqlalchemy import Column, Integer, JSON
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class Doc(Base):
    __tablename__ = "docs"
    id = Column(Integer, primary_key=True)
    metadata = Column(JSON)
''', plain, entry="SA-RESERVED", exception="sqlalchemy.exc.InvalidRequestError", frame="<module>")
case("no primary key", "sa20", "", '''
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class Log(Base):
    __tablename__ = "logs"
    line = Column(Integer)
''', plain, entry="SA-NOPK", exception="sqlalchemy.exc.ArgumentError")
case("table twice", "sa20", "", '''
from sqlalchemy import Column, Integer
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class A(Base):
    __tablename__ = "things"
    id = Column(Integer, primary_key=True)
class B(Base):
    __tablename__ = "things"
    id = Column(Integer, primary_key=True)
''', compose, entry="SA-TABLE-DUP", exception="sqlalchemy.exc.InvalidRequestError")
case("annotation without Mapped", "sa20", "", '''
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    pass
class Tag(Base):
    __tablename__ = "tags"
    id: Mapped[int] = mapped_column(primary_key=True)
    extra: Mapped[dict]
''', plain, entry=("SA-MAPPED-NOTYPE", "SA-MAPPED-SQLTYPE"), exception=("sqlalchemy.exc.ArgumentError", "sqlalchemy.orm.exc.MappedAnnotationError"))
case("circular import", "sa20", "", '''
import sys, types, pathlib
pathlib.Path("orders.py").write_text("from clients import Client\\nclass Order: pass\\n")
pathlib.Path("clients.py").write_text("from orders import Order\\nclass Client: pass\\n")
from orders import Order
''', plain, entry=None, exception="ImportError")
case("wrong keyword", "sa20", "sqlite", sync('''
    def add():
        return Guest(mail="x")
    add()
'''), plain, entry="SA-CTOR-KW", exception="TypeError", frame="add")
case("attribute chain", "sa20", "sqlite", sync('''
    def find():
        return select(Booking).where(Booking.guest.name == "A")
    find()
'''), plain, entry="SA-ATTR-CHAIN", exception="AttributeError", frame="find")
case("flask without context", "sa20", "", '''
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
db = SQLAlchemy(app)
class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
def seed():
    db.session.add(Note())
seed()
''', plain, entry="FS-APPCTX", exception="RuntimeError", frame="seed")
case("flask without uri", "sa20", "", '''
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__)
db = SQLAlchemy(app)
''', plain, entry="FS-NOURI", exception="RuntimeError")
case("pytest", "sa20", "sqlite", "PYTEST" + SYNC + '''
def save(session, guest):
    session.add(guest)
    session.commit()
def test_saves():
    with Session(engine) as session:
        save(session, Guest(email="a@x.test", name="T"))
''', plain, entry="DB-UQ-SQLITE", table="guests", columns=["email"], frame="save")
case("handling another", "sa20", "sqlite", sync('''
    class ServiceError(Exception): pass
    def save():
        with Session(engine) as session:
            session.add(Room(floor=1, number="1"))
            try:
                session.commit()
            except Exception as error:
                raise ServiceError("could not save") from error
    save()
'''), compose, entry="DB-UQ-SQLITE", table="rooms", columns=["floor", "number"], frame="save")
case("handler of errors fails", "sa20", "sqlite", sync('''
    def save():
        session = Session(engine)
        room = Room(floor=1, number="1")
        session.add(room)
        try:
            session.commit()
        except Exception:
            print(room.id, session.scalar(select(func.count(Room.id))))
    save()
'''), plain, entry=("SA-PENDING-ROLLBACK", "SA-TX-INACTIVE"), inner=None, frame="save")
case("locked", "sa20", "sqlite", '''
import os
from sqlalchemy import create_engine, text
a = create_engine("sqlite:///l.db", connect_args={"timeout": 0.1})
with a.begin() as c: c.execute(text("create table t (x int)"))
def write():
    one = a.connect(); one.execute(text("begin immediate"))
    two = a.connect(); two.execute(text("insert into t values (1)"))
write()
''', journald, entry="DB-SQLITE-LOCK", exception=OE, frame="write")
case("thread of sqlite", "sa20", "", '''
import sqlite3, threading
from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool
engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": True})
engine.connect().execute(text("select 1"))
def work():
    engine.connect().execute(text("select 2"))
threading.Thread(target=work).start()
''', plain, entry="DB-SQLITE-THREAD", frame="work")
case("dict as parameter", "sa20", "postgresql+psycopg2", sync('''
    def save():
        with engine.begin() as c:
            c.execute(text("insert into rooms (floor, number) values (1, :n)"), {"n": {"a": 1}})
    save()
'''), plain, entry="DB-ADAPT-PG", driver="psycopg2", frame="save")
case("deadlock", "sa20", "postgresql+psycopg", sync('''
    import threading, time
    from sqlalchemy import update
    with Session(engine) as s:
        s.add(Guest(id=2, email="b@x.test", name="B")); s.commit()
    gate = threading.Barrier(2)
    def swap(first, second):
        with Session(engine) as session:
            session.execute(update(Guest).where(Guest.id == first).values(name="x"))
            gate.wait()
            session.execute(update(Guest).where(Guest.id == second).values(name="y"))
            session.commit()
    for pair in ((1, 2), (2, 1)):
        threading.Thread(target=swap, args=pair).start()
'''), plain, entry="DB-DEADLOCK", driver="psycopg", frame="swap")
case("secret parameters", "sa20", "sqlite", sync('''
    with engine.begin() as c:
        c.execute(text("create table accounts (id int, login text unique, password text, api_token text)"))
        c.execute(text("insert into accounts values (1, 'a', 'x', 'y')"))
    def create():
        with engine.begin() as c:
            c.execute(text("insert into accounts (login, password, api_token) values (:login, :password, :api_token)"), {"login": "a", "password": "hunter2secret", "api_token": "topsecretpw"})
    create()
'''), compose, entry="DB-UQ-SQLITE", table="accounts", columns=["login"], frame="create")
case("secret in ORM flush", "sa20", "postgresql+psycopg", '''
import os
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import declarative_base, Session
Base = declarative_base()
class Account(Base):
    __tablename__ = "accounts2"
    id = Column(Integer, primary_key=True)
    login = Column(String(5), unique=True)
    password_hash = Column(String(40))
    api_key = Column(String(40))
engine = create_engine(os.environ["DATABASE_URL"])
Base.metadata.drop_all(engine); Base.metadata.create_all(engine)
def create():
    with Session(engine) as session:
        session.add(Account(login="toolonglogin", password_hash="hunter2secret", api_key="topsecretpw"))
        session.commit()
create()
''', tail_cut, entry="DB-LEN-PG", driver="psycopg", frame="create")
ALEMBIC = '''
import os, pathlib, subprocess, sys
def run(*args):
    return subprocess.run([sys.executable, "-m", "alembic", *args], capture_output=True, text=True)
run("init", "migrations")
ini = pathlib.Path("alembic.ini"); ini.write_text(ini.read_text().replace("driver://user:pass@localhost/dbname", "sqlite:///m.db"))
def last(*args):
    done = run(*args); sys.stderr.write(done.stderr + done.stdout); sys.exit(1)
'''
case("alembic two heads", "sa20", "", ALEMBIC + '''
run("revision", "-m", "a"); run("revision", "-m", "b", "--head", "base", "--splice")
last("upgrade", "head")
''', compose, entry="AL-MULTIHEAD")
case("alembic unknown revision", "sa21", "", ALEMBIC + '''
run("revision", "-m", "a", "--rev-id", "aaa1"); run("upgrade", "head")
[p.unlink() for p in pathlib.Path("migrations/versions").glob("*.py")]
last("current")
''', plain, entry=("AL-NOREV",))
case("alembic no metadata", "sa20", "", ALEMBIC + '''
last("revision", "--autogenerate", "-m", "x")
''', journald, entry="AL-NOMETADATA")
case("alembic not up to date", "sa20", "", ALEMBIC + '''
env = pathlib.Path("migrations/env.py"); env.write_text(env.read_text().replace("target_metadata = None", "import sqlalchemy as sa\\ntarget_metadata = sa.MetaData()"))
run("revision", "-m", "a")
last("revision", "--autogenerate", "-m", "x")
''', plain, entry="AL-NOTUPTODATE")
case("alembic alter on sqlite", "sa20", "", ALEMBIC + '''
run("revision", "-m", "a")
p = next(pathlib.Path("migrations/versions").glob("*.py")); t = p.read_text()
p.write_text(t.replace("""    pass""", """    op.create_table("t", sa.Column("x", sa.Integer)); op.create_unique_constraint("uq", "t", ["x"])""", 1))
last("upgrade", "head")
''', plain, entry="AL-SQLITE-ALTER", exception="NotImplementedError", frame="upgrade")
case("alembic drops a constraint of no name", "sa20", "", ALEMBIC + '''
run("revision", "-m", "a")
p = next(pathlib.Path("migrations/versions").glob("*.py")); t = p.read_text()
p.write_text(t.replace("""    pass""", """    op.create_table("t", sa.Column("x", sa.Integer))
    with op.batch_alter_table("t") as b:
        b.drop_constraint(None, type_="unique")""", 1))
last("upgrade", "head")
''', compose, entry=("AL-BATCH-NONAME", "AL-NONAME", "AL-DROPNONE"), exception=("ValueError", "sqlalchemy.exc.CompileError"), frame="upgrade")
case("alembic cannot import the models", "sa20", "", ALEMBIC + '''
env = pathlib.Path("migrations/env.py"); env.write_text(env.read_text().replace("target_metadata = None", "from myshop.models import Base\\ntarget_metadata = Base.metadata"))
last("upgrade", "head")
''', plain, entry=("AL-IMPORT", "AL-NOMODULE"), exception="ModuleNotFoundError")
