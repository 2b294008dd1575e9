"""Runs the blocks of an answer: the half of src/agent/verify.h that needs Python.

Started in an empty folder as `python -I -B -c <this>`, with the request as JSON on
standard input. Each step is one line of JSON on what was standard output; what the code
itself prints goes nowhere. Works with Python 3.8 and SQLAlchemy 1.4 or later.
"""

import asyncio
import datetime
import decimal
import enum
import importlib
import importlib.util
import inspect
import io
import json
import os
import sys
import traceback
import types
import typing
import uuid
import warnings

# Steps go to a copy of standard output that the code does not know.
STEPS = os.fdopen(os.dup(1), "w", encoding="utf-8")
HERE = os.getcwd()
# What DATABASE_URL and its like give; engines of servers are replaced by SQLite.
PLACEHOLDERS = {
    "sqlite": ("sqlite://", "sqlite+aiosqlite://"),
    "postgresql": ("postgresql+psycopg://u:p@localhost/db", "postgresql+asyncpg://u:p@localhost/db"),
    "mysql": ("mysql+pymysql://u:p@localhost/db", "mysql+aiomysql://u:p@localhost/db"),
    "mariadb": ("mariadb+pymysql://u:p@localhost/db", "mariadb+aiomysql://u:p@localhost/db"),
}
URL_NAMES = (
    "DATABASE_URL", "DB_URL", "SQLALCHEMY_DATABASE_URL", "SQLALCHEMY_DATABASE_URI",
    "ASYNC_DATABASE_URL", "SQLALCHEMY_URL", "TEST_DATABASE_URL",
)  # fmt: skip
# What create_engine() takes whatever the database is.
ENGINE_OPTIONS = {
    "echo", "echo_pool", "future", "execution_options", "hide_parameters", "json_deserializer",
    "json_serializer", "label_length", "logging_name", "max_overflow", "pool_logging_name",
    "pool_pre_ping", "pool_recycle", "pool_reset_on_return", "pool_size", "pool_timeout",
    "pool_use_lifo", "poolclass", "query_cache_size", "use_insertmanyvalues",
}  # fmt: skip


def step(status, kind, name=None, detail=None, block=-1, line=0):
    record = {"status": status, "step": kind, "block": block, "line": line}
    if name:
        record["name"] = str(name)
    if detail:
        record["detail"] = str(detail)[:2000]
    STEPS.write(json.dumps(record) + "\n")
    STEPS.flush()


class Forbidden(PermissionError):
    """The code wanted the network or another program."""


def forbid(event, args):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"):
        raise Forbidden("the network is not available here")
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"):
        raise Forbidden("starting programs is not allowed here")


def describe(error):
    name = type(error).__name__
    module = type(error).__module__
    if module.startswith(("sqlalchemy.", "sqlite3", "asyncpg", "psycopg")):
        name = module.replace("sqlalchemy.orm.exc", "sqlalchemy.exc") + "." + name
    return ("%s: %s" % (name, error)).strip()


class Blocks:
    """The code, by the file names that tracebacks show."""

    def __init__(self, blocks):
        self.blocks = blocks
        self.names = {}
        for i, block in enumerate(blocks):
            path = block.get("path")
            name = os.path.join(HERE, path) if path else "<block %d>" % (i + 1)
            self.names[name] = i

    def place(self, error):
        """The block and line of the innermost frame that is in a block."""
        found = (-1, 0)
        if isinstance(error, SyntaxError) and error.filename in self.names:
            return self.names[error.filename], error.lineno or 0
        for frame, line in traceback.walk_tb(error.__traceback__):
            name = frame.f_code.co_filename
            if name in self.names:
                found = (self.names[name], line)
        return found


def cannot_run(error, blocks):
    """Why an error tells nothing about the code, or None."""
    if isinstance(error, Forbidden) or isinstance(error.__context__, Forbidden):
        return str(error if isinstance(error, Forbidden) else error.__context__)
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        own = {os.path.normpath(b["path"]).split(os.sep)[0] for b in blocks.blocks if b.get("path")}
        if top not in getattr(sys, "stdlib_module_names", ()):
            if top != "sqlalchemy" and top not in own and top + ".py" not in own:
                return "%s is not installed in this environment" % top
    if isinstance(error, Unavailable):
        return str(error)
    return None


class Unavailable(Exception):
    """Needs what this environment does not have."""


# ---- engines: whatever they are for, SQLite files here


class Engines:
    def __init__(self):
        self.files = {}
        self.replaced = set()

    def url(self, url, driver):
        from sqlalchemy.engine import make_url

        url = make_url(url)
        if url.get_backend_name() == "sqlite":
            if url.database in (None, "", ":memory:") and driver and str(url) == PLACEHOLDERS["sqlite"][0]:
                return make_url("sqlite+aiosqlite://"), False
            return url, False
        key = url.set(drivername=url.get_backend_name())
        name = self.files.setdefault(key, "verify%d.db" % len(self.files))
        self.replaced.add(url.get_backend_name())
        return make_url("sqlite%s:///%s" % (driver, os.path.join(HERE, name))), True

    def make(self, real, url, args, keywords, driver):
        from sqlalchemy.engine import make_url

        new, replaced = self.url(url, driver)
        if not replaced:
            return real(new, *args, **keywords)
        make_url(url).get_dialect()  # an unknown one is an error whatever is there
        if driver:
            try:
                import aiosqlite  # noqa: F401
            except ImportError:
                raise Unavailable("aiosqlite is not installed, and there is no other database")
            dialect = make_url(url).get_dialect()
            if not dialect.is_async:
                from sqlalchemy.exc import InvalidRequestError

                raise InvalidRequestError(
                    "The asyncio extension requires an async driver to be used. "
                    "The loaded %r is not async." % dialect.driver
                )
        keywords = {k: v for k, v in keywords.items() if k in ENGINE_OPTIONS}
        try:
            return real(new, *args, **keywords)
        except TypeError:  # options that the pool of SQLite does not know
            keywords = {k: v for k, v in keywords.items() if "pool" not in k and k != "max_overflow"}
            return real(new, *args, **keywords)

    def install(self):
        import sqlalchemy
        import sqlalchemy.engine
        import sqlalchemy.engine.create as create

        real = create.create_engine

        def create_engine(url, *args, **keywords):
            return self.make(real, url, args, keywords, "")

        for module in (sqlalchemy, sqlalchemy.engine, create):
            module.create_engine = create_engine
        try:
            import sqlalchemy.ext.asyncio as aio
            import sqlalchemy.ext.asyncio.engine as aio_engine
        except ImportError:
            return
        # The asynchronous one calls the synchronous one of its module.
        aio_engine._create_engine = real
        real_async = aio_engine.create_async_engine

        def create_async_engine(url, *args, **keywords):
            return self.make(real_async, url, args, keywords, "+aiosqlite")

        aio.create_async_engine = aio_engine.create_async_engine = create_async_engine


# ---- running the blocks


def only_parsed(code):
    if "from alembic import context" in code or "alembic.context" in code:
        return "it runs inside Alembic"
    return None


def module_name(path):
    parts = os.path.normpath(path)[:-3].split(os.sep)
    if parts[0] == "src":
        parts = parts[1:]
    if parts and parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts) if parts and all(p.isidentifier() for p in parts) else None


def write_files(blocks):
    for block in blocks.blocks:
        path = block.get("path")
        if not path:
            continue
        full = os.path.normpath(os.path.join(HERE, path))
        if os.path.isabs(path) or not full.startswith(HERE + os.sep):
            raise ValueError("the path %s leads out of the folder" % path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        mode = "a" if os.path.exists(full) else "w"
        with open(full, mode, encoding="utf-8") as out:
            out.write(block["code"])


def import_file(path):
    """Imports a file by its dotted name, or by its path where it has none."""
    name = module_name(path)
    if name:
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location("file_%d" % len(sys.modules), os.path.join(HERE, path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def run_block(index, block, main, modules, blocks):
    """True when it ran to its end. Errors go up."""
    path, code = block.get("path"), block["code"]
    if path and not path.endswith(".py"):
        step("skipped", "block", path, "not Python", index)
        return
    reason = only_parsed(code)
    name = os.path.join(HERE, path) if path else "<block %d>" % (index + 1)
    if reason:
        compile(code, name, "exec")
        step("skipped", "block", path, "parsed only: " + reason, index)
        return
    if path:
        modules.append(import_file(path))
    else:
        import linecache

        linecache.cache[name] = (len(code), None, code.splitlines(True), name)
        exec(compile(code, name, "exec", dont_inherit=True), main.__dict__)
    step("ok", "block", path, None, index)


def run_blocks(blocks, request):
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    modules = [main]
    raises = request.get("raises")
    for index, block in enumerate(blocks.blocks):
        try:
            run_block(index, block, main, modules, blocks)
        except (Exception, SystemExit) as error:
            if isinstance(error, SystemExit) and not error.code:
                step("ok", "block", block.get("path"), None, index)
                continue
            where, line = blocks.place(error)
            reason = cannot_run(error, blocks)
            if reason:
                step("skipped", "block", block.get("path"), reason, index, line)
                return modules, False
            if raises and is_a(error, raises):
                step("ok", "raises", type(error).__name__, describe(error), where, line)
                return modules, False
            step("failed", "block", block.get("path"), describe(error), where if where >= 0 else index, line)
            return modules, False
    if raises:
        step("failed", "raises", raises, "the code ended without an exception")
        return modules, False
    return modules, True


def is_a(error, wanted):
    for cls in type(error).__mro__[:1]:
        full = cls.__module__ + "." + cls.__qualname__
        if wanted in (cls.__name__, full):
            return True
    orig = getattr(error, "orig", None)
    return orig is not None and wanted in (type(orig).__qualname__, type(orig).__module__ + "." + type(orig).__qualname__)


# ---- over what was defined


def check_mappers():
    from sqlalchemy.orm import configure_mappers

    configure_mappers()


def defined(modules):
    """What the blocks bound: (name, value), each value once."""
    seen = set()
    for module in modules:
        for name, value in list(vars(module).items()):
            if not name.startswith("__") and id(value) not in seen:
                seen.add(id(value))
                yield name, value, module


def all_metadata(modules):
    from sqlalchemy import MetaData, Table

    found = {}
    for _, value, _ in defined(modules):
        metadata = None
        if isinstance(value, MetaData):
            metadata = value
        elif isinstance(value, Table):
            metadata = value.metadata
        elif isinstance(value, type) and isinstance(getattr(value, "metadata", None), MetaData):
            metadata = value.metadata
        if metadata is not None and metadata.tables:
            found[id(metadata)] = metadata
    return list(found.values())


def memory_engine():
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import StaticPool

    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def connect(connection, record):
        connection.execute("PRAGMA foreign_keys = ON")
        connection.create_function("now", 0, lambda: str(datetime.datetime.now()))

    return engine


def own_dialect(table):
    """The dialect whose types a table uses, else PostgreSQL."""
    for column in table.columns:
        parts = type(column.type).__module__.split(".")
        if parts[:2] == ["sqlalchemy", "dialects"]:
            return parts[2]
    return "postgresql"


def dialect_named(name):
    from sqlalchemy.engine import make_url

    plain = {
        "postgresql": "sqlalchemy.dialects.postgresql.base:PGDialect",
        "mysql": "sqlalchemy.dialects.mysql.base:MySQLDialect",
        "mariadb": "sqlalchemy.dialects.mysql.base:MySQLDialect",
        "sqlite": "sqlalchemy.dialects.sqlite.base:SQLiteDialect",
        "oracle": "sqlalchemy.dialects.oracle.base:OracleDialect",
        "mssql": "sqlalchemy.dialects.mssql.base:MSDialect",
    }.get(name)
    if not plain:
        return make_url(name + "://").get_dialect()()
    module, _, cls = plain.partition(":")
    return getattr(importlib.import_module(module), cls)(paramstyle="named")


def check_tables(modules, dialect):
    """Creates every table in memory. True when all of them are there."""
    from sqlalchemy.exc import CompileError, UnsupportedCompilationError
    from sqlalchemy.schema import CreateTable

    engine = memory_engine()
    everything = True
    for metadata in all_metadata(modules):
        schemas = {t.schema for t in metadata.tables.values() if t.schema}
        target = engine
        if schemas:
            target = engine.execution_options(schema_translate_map={s: None for s in schemas})
        try:
            metadata.create_all(target)
            step("ok", "tables", ", ".join(sorted(metadata.tables)), "created on in-memory SQLite")
        except (UnsupportedCompilationError, CompileError) as error:
            everything = False
            for table in metadata.sorted_tables:
                name = dialect or own_dialect(table)
                CreateTable(table).compile(dialect=dialect_named(name))
            step(
                "skipped", "tables", ", ".join(sorted(metadata.tables)),
                "compiled for %s, not created: %s" % (name, str(error).split("\n")[0]),
            )  # fmt: skip
    return engine if everything else None


def check_statements(modules, dialect):
    from sqlalchemy.sql import ClauseElement
    from sqlalchemy.sql.base import Executable

    names = ["sqlite"] + ([dialect] if dialect and dialect != "sqlite" else [])
    for name, value, _ in defined(modules):
        if not (isinstance(value, Executable) and isinstance(value, ClauseElement)):
            continue
        module = type(value).__module__.split(".")
        own = module[2] if module[:2] == ["sqlalchemy", "dialects"] else None
        for target in [own] if own else names:
            try:
                value.compile(dialect=dialect_named(target))
                step("ok", "statements", name, "compiles for " + target)
            except Exception as error:
                failed = target == (own or dialect or "sqlite")
                step("failed" if failed else "skipped", "statements", name, "%s: %s" % (target, describe(error)))


# ---- helper functions

SESSIONS = {"Session": "session", "AsyncSession": "async session", "Connection": "connection",
            "AsyncConnection": "async connection", "scoped_session": "session"}  # fmt: skip
NAMES = {"session": "session", "db": "session", "db_session": "session", "conn": "connection",
         "connection": "connection", "sess": "session"}  # fmt: skip


def hints_of(function):
    try:
        return typing.get_type_hints(function)
    except Exception:
        return {}


def wants(function, hints):
    """What a helper's first parameter is, and the others."""
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        return None, []
    first = parameters[0]
    hint = hints.get(first.name)
    kind = SESSIONS.get(getattr(hint, "__name__", ""))
    if kind is None and first.annotation is inspect.Parameter.empty:
        kind = NAMES.get(first.name)
        if kind and inspect.iscoroutinefunction(function):
            kind = "async " + kind
    return kind, parameters[1:]


def enum_value(hint):
    return next(iter(hint))


VALUES = {
    int: 1, str: "text", float: 1.5, bool: True, bytes: b"x", decimal.Decimal: decimal.Decimal("1.50"),
    datetime.date: datetime.date(2024, 2, 29), datetime.time: datetime.time(12, 30),
    datetime.datetime: datetime.datetime(2024, 2, 29, 12, 30), datetime.timedelta: datetime.timedelta(days=1),
    uuid.UUID: uuid.UUID(int=7), dict: {}, list: [], typing.Any: 1,
}  # fmt: skip


class NoValue(Exception):
    pass


def row_for(function):
    """A row of the first mapped class that the function names: what it cannot do without, and one column more."""
    from sqlalchemy import inspect as look

    for name in function.__code__.co_names:
        mapper = look(function.__globals__.get(name), raiseerr=False)
        if isinstance(function.__globals__.get(name), type) and mapper is not None:
            break
    else:
        return {}
    row = {}
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if getattr(column, "primary_key", True) or column.nullable and row or column.default is not None:
            continue
        try:
            row[attribute.key] = value_for(column.type.python_type)
        except (NoValue, NotImplementedError):
            return {}
        if getattr(column.type, "enums", None) and row[attribute.key] == "text":
            row[attribute.key] = column.type.enums[0]
    return row


def value_for(hint, depth=0, row=None):
    if depth > 4 or hint is inspect.Parameter.empty:
        raise NoValue
    if hint is type(None):
        return None
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return enum_value(hint)
    try:
        if hint in VALUES:
            return VALUES[hint]
    except TypeError:
        pass
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union or type(hint).__name__ == "UnionType":
        return value_for(arguments[0] if arguments[0] is not type(None) else arguments[1], depth + 1)
    if origin is typing.Annotated if hasattr(typing, "Annotated") else False:
        return value_for(arguments[0], depth + 1)
    if origin is typing.Literal:
        return arguments[0]
    if origin in (dict,) or getattr(origin, "__name__", "") == "Mapping":
        return dict(row or {})
    if getattr(origin, "__name__", "") in ("list", "Sequence", "Iterable", "Collection", "set", "frozenset", "tuple"):
        inner = arguments[0] if arguments else int
        try:
            items = [value_for(inner, depth + 1, row)]
        except NoValue:
            items = []
        return origin(items) if origin in (set, frozenset, tuple) else items
    raise NoValue


def arguments_for(function, parameters, hints):
    args, keywords, row = [], {}, row_for(function)
    for p in parameters:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        if p.default is not p.empty:
            continue
        try:
            rows = p.name in ("row", "rows", "values")
            value = value_for(hints.get(p.name, p.annotation), 0, row if rows else None)
        except NoValue:
            raise NoValue("no value for the parameter `%s` could be made up" % p.name)
        if p.kind is p.KEYWORD_ONLY:
            keywords[p.name] = value
        else:
            args.append(value)
    return args, keywords


def consume(value):
    """Runs generators and results to their end."""
    if inspect.isgenerator(value):
        for _ in zip(range(1000), value):
            pass


def call_sync(function, kind, args, keywords, engine):
    from sqlalchemy.orm import Session

    with engine.connect() as connection:
        outer = connection.begin()
        try:
            if kind == "connection":
                consume(function(connection, *args, **keywords))
            else:
                options = {"future": True} if SA14 else {"join_transaction_mode": "create_savepoint"}
                with Session(bind=connection, **options) as session:
                    consume(function(session, *args, **keywords))
        finally:
            outer.rollback() if outer.is_active else None


def call_async(function, kind, args, keywords, metadata):
    try:
        import aiosqlite  # noqa: F401
        import greenlet  # noqa: F401
    except ImportError as error:
        raise Unavailable("%s is not installed" % error.name)
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
    from sqlalchemy.pool import StaticPool

    async def run():
        engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
        try:
            async with engine.begin() as connection:
                for m in metadata:
                    await connection.run_sync(m.create_all)
            if kind == "async connection":
                async with engine.connect() as connection:
                    result = function(connection, *args, **keywords)
                    if inspect.isawaitable(result):
                        await result
            else:
                async with AsyncSession(engine, expire_on_commit=False) as session:
                    result = function(session, *args, **keywords)
                    if inspect.isawaitable(result):
                        await result
                    elif inspect.isasyncgen(result):
                        async for _ in result:
                            pass
        finally:
            await engine.dispose()

    asyncio.run(run())


def made_up(error):
    """The error comes from made-up values or empty tables, not from the code."""
    from sqlalchemy import exc

    if isinstance(error, (exc.NoResultFound, exc.MultipleResultsFound, exc.IntegrityError, LookupError)):
        return True
    if type(error).__module__ in ("fastapi.exceptions", "starlette.exceptions", "werkzeug.exceptions"):
        return True
    # An exception class of the answer itself, raised on purpose for a missing row.
    return type(error).__module__ in ("__main__",) and not isinstance(error, exc.SQLAlchemyError)


def dialect_only(error):
    """SQLite cannot do what the statement asks."""
    from sqlalchemy.exc import OperationalError, UnsupportedCompilationError

    if isinstance(error, UnsupportedCompilationError):
        return True
    text = str(error)
    return isinstance(error, OperationalError) and ("no such function" in text or "near \"FOR\"" in text)


def dialect_of(function):
    """The database whose constructs the function names: insert() of sqlalchemy.dialects.mysql."""
    for name in function.__code__.co_names:
        module = getattr(function.__globals__.get(name), "__module__", None) or ""
        if module.startswith("sqlalchemy.dialects."):
            return module.split(".")[2]
    return None


def waits_for_constraint(error):
    """An upsert whose unique constraint is still to be made: the answer names it as an assumption."""
    from sqlalchemy.exc import OperationalError

    return isinstance(error, OperationalError) and "ON CONFLICT clause does not match" in str(error)


def watch(engine_class, statements):
    from sqlalchemy import event

    def before(connection, element, *rest):
        if len(statements) < 200:
            statements.append(element)

    event.listen(engine_class, "before_execute", before)


def check_helper(name, function, engine, metadata, dialect, blocks, statements):
    hints = hints_of(function)
    kind, rest = wants(function, hints)
    if kind is None:
        return
    try:
        args, keywords = arguments_for(function, rest, hints)
    except NoValue as error:
        step("skipped", "helpers", name, error)
        return
    dialect = dialect_of(function) or dialect
    start = len(statements)
    try:
        if kind.startswith("async"):
            call_async(function, kind, args, keywords, metadata)
        else:
            call_sync(function, kind, args, keywords, engine)
        note = "called with a session on in-memory SQLite" if "session" in kind else "called with a connection to in-memory SQLite"
    except Exception as error:
        where, line = blocks.place(error)
        if made_up(error):
            note = "called; with made-up values it raises " + type(error).__name__
        elif waits_for_constraint(error):
            step("skipped", "helpers", name, "it needs the unique constraint first", where, line)
            note = None
        elif dialect_only(error) and (dialect or "sqlite") != "sqlite":
            step("skipped", "helpers", name, "SQLite cannot run it: " + describe(error).split("\n")[0], where, line)
            note = None
        else:
            reason = cannot_run(error, blocks)
            step("skipped" if reason else "failed", "helpers", name, reason or describe(error), where, line)
            return
    if dialect and dialect != "sqlite":
        for element in statements[start:]:
            if not hasattr(element, "compile"):
                continue
            try:
                element.compile(dialect=dialect_named(dialect))
            except Exception as error:
                step("failed", "helpers", name, "%s: %s" % (dialect, describe(error)))
                return
        note = note or "its statements compile"
        note += "; compiles for " + dialect
    if note:
        step("ok", "helpers", name, note)


def check_helpers(modules, engine, dialect, blocks):
    from sqlalchemy.engine import Engine

    own = {m.__name__ for m in modules}
    functions = [
        (name, value) for name, value, _ in defined(modules)
        if inspect.isfunction(value) and value.__module__ in own
        and not name.startswith("_")
    ]  # fmt: skip
    if not functions:
        return
    if engine is None:
        for name, function in functions:
            if wants(function, hints_of(function))[0]:
                step("skipped", "helpers", name, "its tables cannot be created on SQLite")
        return
    statements = []
    watch(Engine, statements)
    metadata = all_metadata(modules)
    for name, function in functions:
        check_helper(name, function, engine, metadata, dialect, blocks, statements)


def after(modules, request, blocks):
    dialect = request.get("dialect")
    dialect = "mysql" if dialect == "mariadb" else dialect
    engine = None
    for kind, check in (
        ("mappers", lambda: check_mappers()),
        ("tables", lambda: check_tables(modules, dialect)),
        ("statements", lambda: check_statements(modules, dialect)),
    ):
        try:
            result = check()
            if kind == "mappers":
                step("ok", "mappers", None, "all mappers are configured")
            if kind == "tables":
                engine = result
        except Exception as error:
            where, line = blocks.place(error)
            step("failed", kind, None, describe(error), where, line)
            return
    if not request.get("no_helpers"):
        check_helpers(modules, engine, dialect, blocks)


def main():
    global SA14
    request = json.loads(sys.stdin.buffer.read().decode("utf-8", "surrogateescape"))
    sys.path.insert(0, HERE)
    sys.path.insert(1, os.path.join(HERE, "src"))
    for root in request.get("roots", ()):  # a project's own modules
        sys.path.append(root)
    head = {"step": "interpreter", "python": sys.version.split()[0], "path": sys.executable}
    try:
        import sqlalchemy
    except ImportError:
        head["sqlalchemy"] = None
    else:
        head["sqlalchemy"] = sqlalchemy.__version__
    STEPS.write(json.dumps(head) + "\n")
    STEPS.flush()
    if not head["sqlalchemy"]:
        return
    SA14 = sqlalchemy.__version__.startswith("1.")
    warnings.simplefilter("ignore")
    blocks = Blocks(request["blocks"])
    is_async = any("create_async_engine" in block["code"] for block in request["blocks"])
    urls = PLACEHOLDERS.get(request.get("dialect"), PLACEHOLDERS["sqlite"])
    for name in URL_NAMES:
        os.environ.setdefault(name, urls[is_async])
    sys.argv = ["script.py"]
    sys.stdin = io.StringIO()
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    Engines().install()
    sys.addaudithook(forbid)
    try:
        write_files(blocks)
    except (ValueError, OSError) as error:
        step("failed", "block", None, describe(error))
        return
    modules, go_on = run_blocks(blocks, request)
    if go_on:
        after(modules, request, blocks)


main()
STEPS.flush()
os._exit(0)  # threads of drivers and engines that were never disposed of
