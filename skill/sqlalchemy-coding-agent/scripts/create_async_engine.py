#!/usr/bin/env python3
"""The engine and the session factory of an asyncio application.

As a module (it needs create_sync_engine.py beside it, which has the settings):

    from create_async_engine import DatabaseSettings, make_engine, make_session_factory

    engine = make_engine(DatabaseSettings.from_env())
    Session = make_session_factory(engine)
    async with Session.begin() as session:
        ...
    await engine.dispose()  # before the event loop ends

One AsyncSession belongs to one task. Objects stay readable after a commit because
expire_on_commit is off; relations still have to be loaded eagerly.

As a program it prints what the settings give, with the password hidden; --check connects.
The environment is that of create_sync_engine.py.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from create_sync_engine import (
    ASYNC_DRIVERS,
    DatabaseSettings,
    SettingsError,
    add_arguments,
    describe,
    enforce_foreign_keys,
    engine_arguments,
    read_settings,
)


def make_engine(settings: DatabaseSettings) -> AsyncEngine:
    """One engine for one event loop; `await engine.dispose()` before the loop ends."""
    url = settings.sqlalchemy_url(ASYNC_DRIVERS)
    engine = create_async_engine(url, **engine_arguments(settings, url))
    enforce_foreign_keys(engine.sync_engine)
    return engine


def make_session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions whose objects stay readable after a commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


async def check(settings: DatabaseSettings) -> None:
    """Connects and runs SELECT 1."""
    engine = make_engine(settings)
    try:
        async with make_session_factory(engine)() as session:
            await session.execute(text("SELECT 1"))
    finally:
        await engine.dispose()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser)
    arguments = parser.parse_args(argv)
    try:
        settings = read_settings(arguments)
        print(describe(settings.sqlalchemy_url(ASYNC_DRIVERS), settings))
        if arguments.check:
            asyncio.run(check(settings))
            print("connected")
    except (SettingsError, SQLAlchemyError, ImportError, OSError) as error:
        print(f"create_async_engine: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
