"""Engine and session of the application."""
import os

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import scoped_session, sessionmaker

DATABASE_URL = os.environ.get("SHOP_DATABASE_URL", "sqlite:///shop.db")

session = scoped_session(sessionmaker())


@event.listens_for(Engine, "connect")
def use_foreign_keys(connection, record):
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA foreign_keys=ON")


def connect(url=DATABASE_URL):
    engine = create_engine(url)
    session.remove()
    session.configure(bind=engine)
    return engine
