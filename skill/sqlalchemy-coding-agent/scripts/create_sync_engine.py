#!/usr/bin/env python3
"""The engine and the session factory of a synchronous application.

As a module:

    from create_sync_engine import DatabaseSettings, make_engine, make_session_factory

    engine = make_engine(DatabaseSettings.from_env())
    Session = make_session_factory(engine)
    with Session.begin() as session:
        ...
    engine.dispose()  # when the process ends

As a program it prints what the settings give, with the password hidden; --check connects.
Settings come from the environment: DATABASE_URL, or DATABASE_BACKEND, DATABASE_USER,
DATABASE_PASSWORD, DATABASE_HOST, DATABASE_PORT, DATABASE_NAME; and DATABASE_POOL_SIZE,
DATABASE_MAX_OVERFLOW, DATABASE_POOL_TIMEOUT, DATABASE_POOL_RECYCLE, DATABASE_ECHO,
DATABASE_SSL_CA.
"""

from __future__ import annotations

import argparse
import os
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

SYNC_DRIVERS = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
ASYNC_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "mysql": "mysql+aiomysql",
    "mariadb": "mariadb+aiomysql",
}


class SettingsError(ValueError):
    """A setting is missing or wrong."""


@dataclass(frozen=True)
class DatabaseSettings:
    """Everything that an engine needs to know. `url` wins over its parts."""

    url: str | None = None
    backend: str = "sqlite"
    user: str | None = None
    password: str | None = None
    host: str | None = None
    port: int | None = None
    name: str = "app.db"
    pool_size: int = 5
    max_overflow: int = 10
    pool_timeout: float = 30.0  # seconds to wait for a connection
    pool_recycle: int = 1800  # seconds; below the server's idle timeout
    echo: bool = False
    ssl_ca: str | None = None  # file with the certificates to trust

    @classmethod
    def from_env(
        cls, env: Mapping[str, str] = os.environ, prefix: str = "DATABASE_"
    ) -> DatabaseSettings:
        """Reads the environment. Raises SettingsError where a value has the wrong form."""
        values: dict[str, Any] = {}
        kinds = {"port": int, "pool_size": int, "max_overflow": int, "pool_recycle": int}
        for field in cls.__dataclass_fields__:
            raw = env.get(prefix + field.upper())
            if raw is None or raw == "":
                continue
            try:
                if field == "echo":
                    values[field] = raw.lower() in ("1", "true", "yes", "on")
                elif field == "pool_timeout":
                    values[field] = float(raw)
                else:
                    values[field] = kinds.get(field, str)(raw)
            except ValueError:
                raise SettingsError(f"{prefix}{field.upper()} is not a number: {raw!r}") from None
        return cls(**values)

    def sqlalchemy_url(self, drivers: Mapping[str, str] = SYNC_DRIVERS) -> URL:
        """The URL, with the driver of `drivers` where none is named."""
        if self.url is not None:
            try:
                url = make_url(self.url)
            except ArgumentError:
                raise SettingsError("the database URL cannot be read") from None
            plain = url.drivername in drivers or url.drivername == "postgres"
            backend = "postgresql" if url.drivername == "postgres" else url.drivername
            return url.set(drivername=drivers[backend]) if plain else url
        if self.backend not in drivers:
            raise SettingsError(
                f"unknown backend {self.backend!r}: one of {', '.join(sorted(drivers))}"
            )
        if self.backend == "sqlite":
            return URL.create(drivers["sqlite"], database=self.name)
        return URL.create(
            drivers[self.backend],
            username=self.user,
            password=self.password,
            host=self.host or "localhost",
            port=self.port,
            database=self.name,
        )


def ssl_arguments(url: URL, ssl_ca: str | None) -> dict[str, Any]:
    """connect_args that make the driver of `url` check the server against `ssl_ca`."""
    if ssl_ca is None:
        return {}
    driver = url.get_driver_name()
    if driver in ("psycopg", "psycopg2"):
        return {"sslmode": "verify-full", "sslrootcert": ssl_ca}
    if url.get_backend_name() == "sqlite":
        raise SettingsError("SQLite has no connection that SSL could protect")
    try:
        context = ssl.create_default_context(cafile=ssl_ca)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"the certificates in {ssl_ca} cannot be read: {error}") from None
    return {"ssl": context}


def engine_arguments(settings: DatabaseSettings, url: URL) -> dict[str, Any]:
    """Keywords of create_engine() and create_async_engine()."""
    arguments: dict[str, Any] = {"echo": settings.echo}
    connect = ssl_arguments(url, settings.ssl_ca)
    if connect:
        arguments["connect_args"] = connect
    if url.get_backend_name() != "sqlite":  # SQLite chooses its pool by itself
        arguments.update(
            pool_pre_ping=True,  # a connection that the server closed is replaced
            pool_size=settings.pool_size,
            max_overflow=settings.max_overflow,
            pool_timeout=settings.pool_timeout,
            pool_recycle=settings.pool_recycle,
        )
    return arguments


def enforce_foreign_keys(engine: Engine) -> None:
    """SQLite ignores foreign keys unless each connection asks for them."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _switch_on(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


def make_engine(settings: DatabaseSettings) -> Engine:
    """One engine for the whole process; dispose of it before a fork and at the end."""
    url = settings.sqlalchemy_url(SYNC_DRIVERS)
    engine = create_engine(url, **engine_arguments(settings, url))
    enforce_foreign_keys(engine)
    return engine


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose objects stay readable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="database URL; else the environment tells")
    parser.add_argument("--ssl-ca", metavar="FILE", help="certificates to trust")
    parser.add_argument("--echo", action="store_true", help="log the SQL")
    parser.add_argument("--check", action="store_true", help="connect and run SELECT 1")


def read_settings(arguments: argparse.Namespace) -> DatabaseSettings:
    env = dict(os.environ)
    if arguments.url:
        env["DATABASE_URL"] = arguments.url
    if arguments.ssl_ca:
        env["DATABASE_SSL_CA"] = arguments.ssl_ca
    if arguments.echo:
        env["DATABASE_ECHO"] = "1"
    return DatabaseSettings.from_env(env)


def describe(url: URL, settings: DatabaseSettings) -> str:
    lines = [f"url: {url.render_as_string(hide_password=True)}"]
    for name, value in sorted(engine_arguments(settings, url).items()):
        lines.append(f"{name}: {sorted(value) if name == 'connect_args' else value}")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser)
    arguments = parser.parse_args(argv)
    try:
        settings = read_settings(arguments)
        print(describe(settings.sqlalchemy_url(SYNC_DRIVERS), settings))
        if arguments.check:
            engine = make_engine(settings)
            try:
                with make_session_factory(engine)() as session:
                    session.execute(text("SELECT 1"))
            finally:
                engine.dispose()
            print("connected")
    except (SettingsError, SQLAlchemyError, ImportError) as error:
        print(f"create_sync_engine: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
