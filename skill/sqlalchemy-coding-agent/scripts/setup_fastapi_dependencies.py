#!/usr/bin/env python3
"""FastAPI dependencies that give each request a SQLAlchemy session.

As a program it prints (or with --output writes) a module of dependencies for the session
factories of your project:

    setup_fastapi_dependencies.py --mode async --module app.database --factory SessionFactory

As a module it makes dependencies for factories that are there:

    from typing import Annotated
    from setup_fastapi_dependencies import async_session_dependency

    get_session = async_session_dependency(SessionFactory)
    SessionDep = Annotated[AsyncSession, Depends(get_session)]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assets import AssetError, render, write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
    from sqlalchemy.orm import Session, sessionmaker


def session_dependency(factory: sessionmaker[Session]) -> Callable[[], Iterator[Session]]:
    """A dependency for `def` endpoints: a session that is closed after the response."""

    def get_session() -> Iterator[Session]:
        with factory() as session:
            yield session

    return get_session


def async_session_dependency(
    factory: async_sessionmaker[AsyncSession],
) -> Callable[[], AsyncIterator[AsyncSession]]:
    """A dependency for `async def` endpoints."""

    async def get_session() -> AsyncIterator[AsyncSession]:
        async with factory() as session:
            yield session

    return get_session


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mode", choices=["sync", "async", "both"], default="sync")
    parser.add_argument("--module", default="app.database", help="where the factories are")
    parser.add_argument("--factory", default="SessionFactory", help="name of the sync factory")
    parser.add_argument(
        "--async-factory", help="name of the async factory; else AsyncSessionFactory, or --factory"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write instead of printing")
    parser.add_argument("--force", action="store_true", help="write over a file that exists")
    arguments = parser.parse_args(argv)
    other = "AsyncSessionFactory" if arguments.mode == "both" else arguments.factory
    names = [*arguments.module.split("."), arguments.factory, arguments.async_factory or other]
    for name in names:
        if not name.isidentifier():
            parser.error(f"{name!r} is not a name")
    try:
        text = render(
            "fastapi_dependency_template.jinja2",
            {
                "mode": arguments.mode,
                "module": arguments.module,
                "sync_factory": arguments.factory,
                "async_factory": arguments.async_factory or other,
            },
        )
        if arguments.output:
            write(arguments.output, text, arguments.force)
        else:
            print(text, end="")
    except (AssetError, OSError) as error:
        print(f"setup_fastapi_dependencies: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
