#!/usr/bin/env python3
"""Makes an Alembic revision and reviews it before it can run.

    generate_alembic_migration.py -m "add users" --autogenerate
    generate_alembic_migration.py --review migrations/versions/3f2a_add_users.py

What loses data in upgrade() is listed with its line: dropped tables, columns and
constraints, changed types, columns that become NOT NULL, raw SQL that deletes. With such
operations the new file is set aside as FILE.rejected and the exit status is 1; with
--allow-destructive it stays. Also reported: columns that are added NOT NULL without a
server default, which fails on a table that has rows.

Exit status: 0 fine, 1 destructive operations, 2 Alembic or the command line failed.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from pathlib import Path

DESTRUCTIVE = {
    "drop_table": "drops a table and its rows",
    "drop_column": "drops a column and its values",
    "drop_constraint": "drops a constraint",
    "drop_index": "drops an index",
    "drop_table_comment": "drops a comment",
}
SQL = re.compile(r"\b(drop|truncate|delete)\b", re.IGNORECASE)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((k.value for k in call.keywords if k.arg == name), None)


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _text(call: ast.Call) -> str:
    parts = [n.value for n in ast.walk(call) if isinstance(n, ast.Constant)]
    return " ".join(part for part in parts if isinstance(part, str))


def _describe(call: ast.Call) -> str:
    names = [a.value for a in call.args if isinstance(a, ast.Constant) and a.value is not None]
    return ".".join(str(name) for name in names[:2])


def _destroys(call: ast.Call, method: str) -> str | None:
    if method in DESTRUCTIVE and method != "drop_table_comment":
        return DESTRUCTIVE[method]
    if method == "alter_column":
        if _keyword(call, "type_") is not None:
            return "changes a type: values may not fit"
        if _is(_keyword(call, "nullable"), False):
            return "becomes NOT NULL: fails where NULLs are"
        if _keyword(call, "new_column_name") is not None:
            return "renames a column: code that runs meanwhile does not know it"
    if method == "rename_table":
        return "renames a table: code that runs meanwhile does not know it"
    if method == "execute" and SQL.search(_text(call)):
        return "runs SQL that deletes"
    return None


def _warns(call: ast.Call, method: str) -> str | None:
    if method != "add_column":
        return None
    for argument in call.args:
        if isinstance(argument, ast.Call) and _is(_keyword(argument, "nullable"), False):
            if _keyword(argument, "server_default") is None:
                return "adds a NOT NULL column without a server default: fails where rows are"
    return None


def review(source: str) -> tuple[list[str], list[str]]:
    """("line: what" of destructive operations, warnings) of upgrade()."""
    destructive: list[str] = []
    warnings: list[str] = []
    for function in ast.parse(source).body:
        if not isinstance(function, ast.FunctionDef) or function.name != "upgrade":
            continue
        calls = [n for n in ast.walk(function) if isinstance(n, ast.Call)]
        for call in sorted(calls, key=lambda c: c.lineno):
            if not isinstance(call.func, ast.Attribute):
                continue
            method = call.func.attr
            where = f"line {call.lineno}: {method} {_describe(call)}".rstrip()
            what, warning = _destroys(call, method), _warns(call, method)
            if what:
                destructive.append(f"{where}: {what}")
            if warning:
                warnings.append(f"{where}: {warning}")
    return destructive, warnings


def generate(arguments: argparse.Namespace) -> Path:
    """Runs `alembic revision`; the path of the new file."""
    command = [sys.executable, "-m", "alembic", "-c", arguments.config, "revision"]
    command += ["-m", arguments.message]
    if arguments.autogenerate:
        command.append("--autogenerate")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise RuntimeError(lines[-1] if lines else "alembic failed")
    match = re.search(r"Generating (.*\.py)", done.stdout.replace("\n", ""))
    if not match:
        raise RuntimeError("alembic did not say what it wrote: " + done.stdout.strip())
    return Path(match.group(1).strip())


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-m", "--message", help="what the revision does")
    parser.add_argument("--autogenerate", action="store_true", help="compare models and database")
    parser.add_argument("-c", "--config", default="alembic.ini", help="Alembic's configuration")
    parser.add_argument("--review", type=Path, metavar="FILE", help="only review this revision")
    parser.add_argument("--allow-destructive", action="store_true", help="keep it nevertheless")
    arguments = parser.parse_args(argv)
    if not arguments.review and not arguments.message:
        parser.error("-m MESSAGE is missing (or --review FILE)")
    try:
        path = arguments.review or generate(arguments)
        destructive, warnings = review(path.read_text(encoding="utf-8"))
    except (OSError, RuntimeError, SyntaxError) as error:
        print(f"generate_alembic_migration: {error}", file=sys.stderr)
        return 2
    print(path)
    for line in warnings:
        print(f"  warning: {line}")
    for line in destructive:
        print(f"  destructive: {line}")
    if not destructive or arguments.allow_destructive:
        return 0
    if not arguments.review:
        rejected = path.with_name(path.name + ".rejected")
        path.rename(rejected)
        print(f"set aside as {rejected}; read it, then use --allow-destructive")
    return 1


if __name__ == "__main__":
    sys.exit(main())
