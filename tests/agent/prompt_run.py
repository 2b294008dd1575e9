"""Runs prompts' code with their checks: jobs as JSON on standard input, one line of JSON for each on standard output.

A job runs in a child of its own that has SQLAlchemy loaded already: {"code", "check", "answer", "cwd", "seed"}.
"""

import io
import json
import os
import shutil
import sys
import tempfile
import traceback
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy
import sqlalchemy.orm
from sqlalchemy import create_engine, event, inspect
from sqlalchemy.orm import Session, object_session

now = datetime.now()


def open_session(base, keys=False):
    """`keys`: foreign keys are enforced."""
    engine = create_engine("sqlite://")
    if keys:
        event.listen(engine, "connect", lambda connection, _: connection.execute("pragma foreign_keys = on"))
    base.metadata.create_all(engine)
    return Session(engine)


def shop():
    """A session on the example shop with few rows, each different in what queries ask for."""
    import models as m

    session = open_session(m.Base)
    session.add_all(
        [
            m.Customer(id=1, email="ann@example.org", active=True, created_at=now - timedelta(days=400)),
            m.Customer(id=2, email="bob@example.com", active=False, created_at=now - timedelta(days=20)),
            m.Customer(id=3, email="cid@example.org", active=True, created_at=now - timedelta(days=2)),
            m.Category(id=1, name="Drinks"),
            m.Category(id=2, name="Tea", parent_id=1),
            m.Category(id=3, name="Pots"),
            m.Category(id=4, name="Green", parent_id=2),
        ]
    )
    new, sale = m.Tag(id=1, name="new"), m.Tag(id=2, name="sale")
    session.add_all(
        [
            m.Product(id=1, name="Green Tea", price=Decimal("5.00"), category_id=2, tags=[new]),
            m.Product(id=2, name="Black Tea", price=Decimal("8.00"), category_id=2, tags=[new, sale]),
            m.Product(id=3, name="Pot", price=Decimal("30.00"), category_id=3),
            m.Product(id=4, name="Cup", price=Decimal("12.00")),
            m.Order(id=1, customer_id=1, status="new", created_at=now - timedelta(days=90)),
            m.Order(id=2, customer_id=1, status="paid", created_at=now - timedelta(days=10)),
            m.Order(id=3, customer_id=2, status="paid", created_at=now - timedelta(days=2)),
            m.OrderLine(id=1, order_id=1, product_id=1, quantity=3, price=Decimal("5.00")),
            m.OrderLine(id=2, order_id=2, product_id=3, quantity=1, price=Decimal("30.00")),
            m.OrderLine(id=3, order_id=3, product_id=1, quantity=2, price=Decimal("4.00")),
        ]
    )
    session.commit()
    session.expunge_all()
    return session


def ids(rows):
    return [row.id for row in rows]


def pk(rows):
    """The keys of rows that are entities, or begin with an entity or a key."""
    return [row.id if hasattr(row, "id") else row if isinstance(row, int) else getattr(row[0], "id", row[0]) for row in rows]


def named(rows):
    """Rows as tuples in which an entity is told by its name."""
    return [tuple(next((getattr(x, n) for n in ("name", "title", "plate", "subject") if hasattr(x, n)), x) for x in row) for row in rows]


def has(model, *names):
    missing = set(names) - set(inspect(model).columns.keys())
    assert not missing, (model, missing)


def kind(model, name):
    return inspect(model).columns[name].type


def rel(model, name):
    return inspect(model).relationships[name]


def uniques(model):
    """The sets of columns that are unique, by a constraint, an index or the primary key."""
    kinds = (sqlalchemy.UniqueConstraint, sqlalchemy.PrimaryKeyConstraint)
    keys = [k for k in model.__table__.constraints if isinstance(k, kinds)]
    keys += [i for i in model.__table__.indexes if i.unique]
    return [{c.name for c in k.columns} for k in keys]


def refs(model):
    """The tables that the model's foreign keys refer to, sorted."""
    return sorted(k.column.table.name for k in model.__table__.foreign_keys)


def refused(session, *rows):
    """Whether the database refuses the rows."""
    session.add_all(rows)
    try:
        session.commit()
    except sqlalchemy.exc.IntegrityError:
        session.rollback()
        return True
    return False


class Job:
    """What a check can use: the names of the code, those of this module, and these."""

    def __init__(self, job):
        self.answer = job["answer"]
        self.names = {"__name__": "prompt", **{k: v for k, v in globals().items() if not k.startswith("_")}}
        self.names.update(A=self.answer, text=self.answer["markdown"], code=job["code"], main=self.main, job=self)
        self.names.update(operations=self.operations, rows_of=self.rows_of, seeded=self.seeded)
        self.names.update(model=self.model, edited=self.edited)
        self.job = job

    def run(self):
        if not self.job["check"].startswith("#text"):
            exec(compile(self.job["code"], "answer", "exec"), self.names)
        exec(compile(self.job["check"], "check", "exec"), self.names)

    def main(self, *args, **kwargs):
        """Calls the last function of the code whose first parameter is a session or a connection."""
        import inspect as look

        found = None
        for value in list(self.names.values()):
            if look.isfunction(value) and value.__code__.co_filename == "answer":
                parameters = list(look.signature(value).parameters)
                if parameters and parameters[0] in ("session", "connection", "conn"):
                    found = value
        assert found, "no function that takes a session"
        return found(*args, **kwargs)

    def seeded(self):
        """A session on the pasted models with the rows of the context."""
        session = open_session(self.names["Base"])
        names = dict(self.names, session=session)
        exec(compile(self.job["seed"], "seed", "exec"), names)
        session.commit()
        session.expunge_all()
        return session

    def model(self, name, names=None):
        """The mapped class of the code whose name is, or else contains, `name`."""
        import inspect as look

        values = [v for v in (names or self.names).values() if look.isclass(v) and hasattr(v, "__mapper__")]
        same = [v for v in values if v.__name__.lower() == name.lower()]
        part = [v for v in values if name.lower() in v.__name__.lower()]
        assert same or part, (name, [v.__name__ for v in values])
        return (same or part)[0]

    def edited(self, name="models.py"):
        """What is in an edited file of the project when it is run: names, and model() for them."""
        text = [e["text"] for e in self.answer["edits"] if e["path"].endswith(name)]
        assert text, [e["path"] for e in self.answer["edits"]]
        names = {"__name__": "edited"}
        exec(compile(text[0], name, "exec"), names)
        sqlalchemy.orm.configure_mappers()
        return lambda part: self.model(part, names)

    def rows_of(self, result):
        return [tuple(row) for row in result]

    def operations(self, *statements, revision=None):
        """Runs upgrade() on a SQLite database made by the statements; the inspector, and back() for downgrade()."""
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        engine = create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
        connection = engine.connect()
        for statement in statements:
            connection.exec_driver_sql(statement)
        self.connection = connection

        def go(name):
            with Operations.context(MigrationContext.configure(connection)):
                self.names[name]()
            return inspect(connection)

        self.names["back"] = lambda: go("downgrade")
        return go("upgrade")


def main():
    jobs = json.load(sys.stdin)
    for job in jobs:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            folder = tempfile.mkdtemp()
            sys.path.insert(0, job["cwd"])
            os.chdir(job["cwd"])
            driver = "sqlite+aiosqlite" if "create_async_engine" in job["code"] else "sqlite"
            os.environ["DATABASE_URL"] = "%s:///%s/prompt.db" % (driver, folder)
            sys.stdout = io.StringIO()
            problem = ""
            try:
                Job(job).run()
            except BaseException:
                problem = traceback.format_exc(limit=-3)
            shutil.rmtree(folder)
            os.write(write, problem.encode()[:60000])
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as pipe:
            problem = pipe.read()
        os.waitpid(child, 0)
        print(json.dumps(problem), flush=True)


main()
