#!/usr/bin/env python3
"""Sets up Alembic for a project: alembic.ini, migrations/env.py, migrations/script.py.mako.

    setup_alembic_env.py --metadata app.models:Base              # prints env.py
    setup_alembic_env.py --metadata app.models:Base --write      # writes what is missing

The env.py compares types and server defaults, uses batch mode on SQLite, reads the URL from
DATABASE_URL (or alembic.ini), and works for a sync or an async engine (--async). Files that
exist are left alone unless --force.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from assets import AssetError, render, write


def env_source(metadata: str, is_async: bool) -> str:
    """The env.py for `metadata`: "module:Base" or "module:metadata_object"."""
    module, _, name = metadata.partition(":")
    names = module.split(".")
    if not name or not all(part.isidentifier() for part in [*names, *name.split(".")]):
        raise AssetError(f"{metadata!r}: write it as module:Base or module:metadata")
    first = name.split(".")[0]
    is_metadata = name.split(".")[-1].lower().endswith("metadata")
    return render(
        "alembic_env_template.jinja2",
        {
            "is_async": is_async,
            "metadata_import": f"from {module} import {first}",
            "metadata": name if is_metadata else f"{name}.metadata",
            "url_import": "",
            "url": "",
        },
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--metadata", default="app.models:Base", help="MODULE:BASE")
    parser.add_argument("--async", action="store_true", dest="is_async", help="async engine")
    parser.add_argument("--folder", default="migrations", help="of the migrations")
    parser.add_argument("--write", action="store_true", help="write the files")
    parser.add_argument("--force", action="store_true", help="write over files that exist")
    arguments = parser.parse_args(argv)
    try:
        env = env_source(arguments.metadata, arguments.is_async)
        if not arguments.write:
            print(env, end="")
            return 0
        folder = Path(arguments.folder)
        wanted = {
            Path("alembic.ini"): render(
                "alembic_ini_template.jinja2", {"folder": folder.as_posix()}
            ),
            folder / "env.py": env,
            folder / "script.py.mako": render("alembic_script_template.jinja2", {}),
        }
        for path, text in wanted.items():
            if path.exists() and not arguments.force:
                print(f"left {path} alone (--force writes over it)", file=sys.stderr)
            else:
                write(path, text, force=True)
        (folder / "versions").mkdir(parents=True, exist_ok=True)
    except (AssetError, OSError) as error:
        print(f"setup_alembic_env: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
