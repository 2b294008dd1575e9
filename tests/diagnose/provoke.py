"""Provokes errors through one driver and prints each as a program would: class and message, as JSON lines.

    python provoke.py URL [async]
"""

import asyncio
import json
import sys

from sqlalchemy import (
    CheckConstraint, Column, ForeignKey, Integer, MetaData, SmallInteger, String, Table, UniqueConstraint, create_engine, event, text,
)  # fmt: skip

metadata = MetaData()
Table(
    "parent", metadata, Column("id", Integer, primary_key=True), Column("email", String(10), unique=True, nullable=False),
    Column("age", Integer), Column("a", Integer), Column("b", Integer), Column("small", SmallInteger),
    CheckConstraint("age > 0", name="ck_age"), UniqueConstraint("a", "b", name="uq_ab"),
)  # fmt: skip
Table("child", metadata, Column("id", Integer, primary_key=True), Column("parent_id", ForeignKey("parent.id", name="fk_child_parent"), nullable=False))

ROWS = ["insert into parent (id, email, age, a, b) values (1, 'a', 1, 1, 1)", "insert into child (id, parent_id) values (1, 1)"]
CASES = {
    "unique": "insert into parent (id, email) values (2, 'a')",
    "unique pair": "insert into parent (id, email, a, b) values (2, 'b', 1, 1)",
    "primary key": "insert into parent (id, email) values (1, 'z')",
    "not null": "insert into parent (id, email) values (3, null)",
    "foreign key": "insert into child (id, parent_id) values (2, 999)",
    "delete parent": "delete from parent where id = 1",
    "check": "insert into parent (id, email, age) values (4, 'q', -1)",
    "too long": "insert into parent (id, email) values (5, 'aaaaaaaaaaaaaaaaaaaaaaaa')",
    "out of range": "insert into parent (id, email, small) values (6, 'r', 9999999)",
    "no table": "select * from no_such_table",
    "no column": "select no_such_column from parent",
    "syntax": "selec 1",
    "no function": "select no_such_function(1)",
    "exists": "create table parent (id integer)",
    "ambiguous": "select id from parent, child",
}


def report(label, error):
    cls = type(error)
    print(json.dumps({"case": label, "cls": cls.__module__ + "." + cls.__qualname__, "text": str(error)}))


def sync(url):
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda c, r: c.execute("PRAGMA foreign_keys = ON"))
    metadata.drop_all(engine)
    metadata.create_all(engine)
    with engine.begin() as connection:
        for row in ROWS:
            connection.execute(text(row))
    for label, sql in CASES.items():
        try:
            with engine.connect() as connection:
                connection.execute(text(sql)).close()
        except Exception as error:
            report(label, error)


async def asynchronous(url):
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", lambda c, r: c.execute("PRAGMA foreign_keys = ON"))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
        for row in ROWS:
            await connection.execute(text(row))
    for label, sql in CASES.items():
        try:
            async with engine.connect() as connection:
                await connection.execute(text(sql))
        except Exception as error:
            report(label, error)
    await engine.dispose()


if sys.argv[2:] == ["async"]:
    asyncio.run(asynchronous(sys.argv[1]))
else:
    sync(sys.argv[1])
