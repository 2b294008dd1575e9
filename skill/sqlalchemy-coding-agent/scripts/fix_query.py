#!/usr/bin/env python3
"""Rewrites plain `session.query(...)` expressions as 2.x select(); names what it leaves.

    fix_query.py app.py              # a diff, and the places that are left
    fix_query.py app.py --write
    echo 'session.query(User).filter(User.id == 1).one()' | fix_query.py -
    fix_query.py --patterns          # the table of rewrites

Only a query that is written and run in one expression is rewritten, and only from methods
whose meaning is the same. A query that is kept in a variable, passed on, joined-loaded or
counted over several things is left, with the reason. `aludel modernize` follows queries
through variables and functions.

Exit status: 0 nothing is left, 1 something is left, 2 an input cannot be read.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import sys
from pathlib import Path

PATTERNS = """\
session.query(A).filter(c).all()              session.scalars(select(A).where(c)).all()
session.query(A).filter_by(x=1).one()         session.scalars(select(A).filter_by(x=1)).one()
session.query(A).first()                      session.scalars(select(A).limit(1)).first()
session.query(A).get(key)                     session.get(A, key)
session.query(A.x, A.y).all()                 session.execute(select(A.x, A.y)).all()
session.query(A).count()                      session.scalar(select(func.count()).select_from(select(A).subquery()))
session.query(A).filter(c).delete()           session.execute(delete(A).where(c)).rowcount
session.query(A).filter(c).update({...})      session.execute(update(A).where(c).values({...})).rowcount
session.query(exists().where(c)).scalar()     session.scalar(select(exists().where(c)))
"""

KEPT = {
    "filter_by", "order_by", "group_by", "having", "limit", "offset", "join", "outerjoin",
    "select_from", "distinct", "options", "with_for_update", "execution_options", "where",
}  # fmt: skip
RENAMED = {"filter": "where"}
ENDS = {"all", "first", "one", "one_or_none", "count", "get", "delete", "update", "scalar"}
SESSIONS = {"session", "db", "sess", "s", "db_session"}


class Left(Exception):
    """A query that is not rewritten; says why."""


def _is_session(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in SESSIONS
    return isinstance(node, ast.Name) and node.id in SESSIONS


def _chain(call: ast.Call) -> tuple[ast.Call, list[tuple[str, ast.Call]]] | None:
    """The session.query(...) call at the root, and the methods after it, in order."""
    methods: list[tuple[str, ast.Call]] = []
    node: ast.expr = call
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "query" and _is_session(node.func.value):
            return node, methods[::-1]
        methods.append((node.func.attr, node))
        node = node.func.value
    return None


def _is_entity(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return bool(name) and name[0].isupper() and not name.isupper()


class Rewriter(ast.NodeVisitor):
    """Collects (start, end, new text) of queries, and what is left."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.splitlines(keepends=True)
        self.edits: list[tuple[int, int, str]] = []
        self.left: list[tuple[int, str]] = []
        self.names: set[str] = set()  # to import from sqlalchemy

    def offset(self, line: int, column: int) -> int:
        before = sum(len(text) for text in self.lines[: line - 1])
        return before + len(self.lines[line - 1].encode()[:column].decode())

    def text(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.source, node) or ""

    def arguments(self, call: ast.Call) -> str:
        parts = [self.text(argument) for argument in call.args]
        parts += [f"{k.arg}={self.text(k.value)}" if k.arg else f"**{self.text(k.value)}" for k in call.keywords]  # fmt: skip
        return ", ".join(parts)

    def visit_Call(self, node: ast.Call) -> None:
        chain = _chain(node)
        if chain is None:
            self.generic_visit(node)
            return
        try:
            new = self.rewrite(*chain)
            segment = self.text(node)
            if "#" in segment or segment.count("\n") > 20:
                raise Left("a comment stands within the query")
            start = self.offset(node.lineno, node.col_offset)
            self.edits.append((start, start + len(segment), new))
        except Left as reason:
            self.left.append((node.lineno, str(reason)))

    def rewrite(self, query: ast.Call, methods: list[tuple[str, ast.Call]]) -> str:
        if not methods or methods[-1][0] not in ENDS:
            raise Left("the query is not run in this expression")
        end, last = methods[-1]
        steps = methods[:-1]
        session = self.text(query.func.value)  # type: ignore[attr-defined]
        entity = len(query.args) == 1 and _is_entity(query.args[0])
        what = self.arguments(query)
        if query.keywords or not query.args:
            raise Left("session.query() has unusual arguments")
        if end == "get":
            if steps or not entity or len(last.args) != 1 or last.keywords:
                raise Left("get() after other methods")
            return f"{session}.get({what}, {self.arguments(last)})"
        if end in ("delete", "update"):
            return self.change(session, what, entity, steps, end, last)
        if last.args or last.keywords:
            raise Left(f"{end}() has arguments")
        return self.read(session, what, entity, f"select({what})" + self.steps(steps), end, steps)

    def steps(self, steps: list[tuple[str, ast.Call]]) -> str:
        out = ""
        for name, call in steps:
            if name not in KEPT and name not in RENAMED:
                raise Left(f"{name}() has no plain counterpart")
            text = self.arguments(call)
            if name == "options" and "joinedload" in text:
                raise Left("joinedload of a collection needs unique(); decide by hand")
            if name in ("join", "outerjoin") and (len(call.args) != 1 or call.keywords):
                raise Left(f"{name}() has arguments that select() reads differently")
            out += f".{RENAMED.get(name, name)}({text})"
        self.names.add("select")
        return out

    def read(
        self, session: str, what: str, entity: bool, statement: str, end: str,
        steps: list[tuple[str, ast.Call]],
    ) -> str:  # fmt: skip
        joins = any(name in ("join", "outerjoin") for name, _ in steps)
        if end == "count":
            self.names.add("func")
            return f"{session}.scalar(select(func.count()).select_from({statement}.subquery()))"
        if joins and entity:
            raise Left("Query drops duplicates that a join makes, select() does not")
        if end == "scalar":
            if what.startswith("exists(") and not steps:
                return f"{session}.scalar({statement})"
            raise Left("scalar() raises on a second row, session.scalar() does not")
        if end == "first":
            if any(name == "limit" for name, _ in steps):
                raise Left("first() after limit()")
            statement += ".limit(1)"
        run = "scalars" if entity else "execute"
        return f"{session}.{run}({statement}).{end}()"

    def change(
        self, session: str, what: str, entity: bool, steps: list[tuple[str, ast.Call]],
        end: str, last: ast.Call,
    ) -> str:  # fmt: skip
        if not entity or any(name not in ("filter", "filter_by", "where") for name, _ in steps):
            raise Left(f"{end}() over more than one plain entity")
        if last.keywords or len(last.args) != (end == "update"):
            raise Left(f"{end}() has options; they go to execution_options()")
        names = set(self.names)
        where = self.steps(steps)
        self.names = names | {end}
        values = f".values({self.arguments(last)})" if end == "update" else ""
        return f"{session}.execute({end}({what}){where}{values}).rowcount"


def fix(source: str) -> tuple[str, list[tuple[int, str]]]:
    """The new source, and (line, reason) of what is left. Raises SyntaxError."""
    rewriter = Rewriter(source)
    tree = ast.parse(source)
    rewriter.visit(tree)
    for start, end, new in sorted(rewriter.edits, reverse=True):
        source = source[:start] + new + source[end:]
    if rewriter.edits:
        source = add_import(source, tree, rewriter.names)
    return source, rewriter.left


def add_import(source: str, tree: ast.Module, names: set[str]) -> str:
    """Adds `from sqlalchemy import ...` for the names that are not imported."""
    known: set[str] = set()
    line = 0
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            known |= {alias.asname or alias.name for alias in node.names}
            line = node.end_lineno or line
        elif line == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            line = node.end_lineno or line
    missing = sorted(names - known)
    if not missing or not any(isinstance(n, (ast.Import, ast.ImportFrom)) for n in tree.body):
        return source
    lines = source.splitlines(keepends=True)
    lines.insert(line, f"from sqlalchemy import {', '.join(missing)}\n")
    return "".join(lines)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", help="Python files; - reads standard input")
    parser.add_argument("--write", action="store_true", help="change the files")
    parser.add_argument("--patterns", action="store_true", help="print the table of rewrites")
    arguments = parser.parse_args(argv)
    if arguments.patterns:
        print(PATTERNS, end="")
        return 0
    if not arguments.files:
        parser.error("no file is named (- reads standard input)")
    status = 0
    for name in arguments.files:
        try:
            source = sys.stdin.read() if name == "-" else Path(name).read_bytes().decode()
            new, left = fix(source)
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            print(f"fix_query: {name}: {error}", file=sys.stderr)
            return 2
        if name == "-":
            print(new, end="")
        elif arguments.write and new != source:
            Path(name).write_bytes(new.encode())
        else:
            diff = difflib.unified_diff(
                source.splitlines(keepends=True), new.splitlines(keepends=True), name, name
            )
            print("".join(diff), end="")
        for line, reason in left:
            print(f"{name}:{line}: left: {reason}", file=sys.stderr)
        status = status or int(bool(left))
    return status


if __name__ == "__main__":
    sys.exit(main())
