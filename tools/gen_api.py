#!/usr/bin/env python3
"""Writes src/sqla/api.def from the installed packages.

    ALUDEL_VENVS=build/venvs tools/gen_api.py [--check]

Each of the environments sa14, sa20 and sa21 is asked, by its own Python, for the public
names of SQLAlchemy, Flask-SQLAlchemy, SQLModel and alembic.op. Names that stand for one
object become one symbol, named by the place the documentation imports it from.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "sqla" / "api.def"
ENVIRONMENTS = {"sa14": 1, "sa20": 2, "sa21": 4}

# Runs inside an environment; prints {dotted: [group, kind, preferred, flags, params]}.
PROBE = r"""
import importlib, inspect, json, pkgutil, sys, types, warnings
warnings.simplefilter("ignore")
names, objects = {}, {}

def signature_of(cls):
    # Constructor arguments as sqlalchemy.util.generic_repr sees them.
    out, seen = [], set()
    for klass in cls.__mro__:
        init = klass.__dict__.get("__init__")
        if init is None or not isinstance(init, types.FunctionType):
            if init is not None:
                break
            continue
        try:
            parameters = list(inspect.signature(init).parameters.values())[1:]
        except (TypeError, ValueError):
            break
        more = False
        for p in parameters:
            if p.kind is p.VAR_POSITIONAL:
                out.append("*" + p.name)
                continue
            if p.kind is p.VAR_KEYWORD:
                more = True
                continue
            if p.name in seen:
                continue
            seen.add(p.name)
            default = p.default
            if default is p.empty:
                out.append(p.name)
            else:
                text = repr(default)
                if default is not None and not isinstance(default, (bool, int, str, float)):
                    text = "?"
                out.append("%s=%s" % (p.name, text))
        if not more:
            break
    return " ".join(out)

def add(dotted, value, in_all):
    if inspect.ismodule(value):
        kind = "MODULE"
    elif inspect.isclass(value):
        kind = "CLASS"
    elif callable(value) and (inspect.isroutine(value)):
        kind = "FUNCTION"
    else:
        kind = "CONSTANT"
    plain = isinstance(value, (bool, int, str, float, tuple, list, dict, set, frozenset, type(None)))
    group = dotted if plain else id(value)
    objects[id(value)] = value
    flags, params = [], ""
    if kind == "CLASS":
        if issubclass(value, TypeEngine):
            flags.append("TYPE")
            params = signature_of(value)
            if issubclass(value, TypeDecorator):
                flags.append("DECORATOR")
        if issubclass(value, SchemaItem):
            flags.append("SCHEMA")
        if issubclass(value, BaseException):
            flags.append("ERROR")
    if kind == "MODULE" and dotted in names:
        return  # the package binds a function over its submodule: orm.mapper of 1.4
    names[dotted] = [group, kind, in_all, "|".join(flags) or "0", params]

def owned(value, package):
    home = getattr(value, "__module__", None)
    if not isinstance(home, str):
        home = type(value).__module__
    return home.split(".")[0] in PACKAGES

def walk_module(name, package):
    try:
        module = importlib.import_module(name)
    except Exception:
        return
    add(name, module, True)
    public = getattr(module, "__all__", None)
    for attr, value in sorted(vars(module).items()):
        if attr.startswith("_") or inspect.ismodule(value):
            continue
        listed = public is not None and attr in public
        if not listed and not owned(value, package):
            continue
        if not listed and not hasattr(module, "__path__") and name not in OPEN \
                and getattr(value, "__module__", None) != name:
            continue  # what a module merely uses
        if isinstance(value, (bool, int, str, float, tuple, list, dict)) and not listed:
            continue
        if getattr(value, "__module__", "") == "sqlalchemy.util.langhelpers":
            continue
        add(name + "." + attr, value, listed or name in OPEN)

OPEN = ("sqlalchemy", "sqlalchemy.orm", "sqlalchemy.types", "sqlalchemy.schema",
        "sqlalchemy.sql.expression", "sqlalchemy.engine", "flask_sqlalchemy", "sqlmodel")
import sqlalchemy
from sqlalchemy.types import TypeEngine, TypeDecorator
from sqlalchemy.schema import SchemaItem
PACKAGES = {"sqlalchemy", "flask_sqlalchemy", "sqlmodel", "alembic"}
SKIP = ("sqlalchemy.testing", "sqlalchemy.util", "sqlalchemy.cyextension", "sqlalchemy.connectors",
        "sqlalchemy.ext.mypy", "sqlalchemy.future")
import sqlalchemy.future
walk_module("sqlalchemy", "sqlalchemy")
walk_module("sqlalchemy.future", "sqlalchemy")
for info in sorted(pkgutil.walk_packages(sqlalchemy.__path__, "sqlalchemy.",
                                         onerror=lambda n: None), key=lambda i: i.name):
    if info.name.startswith(SKIP) or any(p.startswith("_") for p in info.name.split(".")):
        continue
    walk_module(info.name, "sqlalchemy")
for package in ("flask_sqlalchemy", "sqlmodel"):
    try:
        top = importlib.import_module(package)
    except ImportError:
        continue
    walk_module(package, package)
    for info in sorted(pkgutil.walk_packages(top.__path__, package + "."),
                       key=lambda i: i.name):
        if not any(p.startswith("_") for p in info.name.split(".")):
            walk_module(info.name, package)
import flask_sqlalchemy
names["flask_sqlalchemy.SQLAlchemy"][2] = True
from flask import Flask
app = Flask("probe")
app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SQLALCHEMY_TRACK_MODIFICATIONS=False)
db = flask_sqlalchemy.SQLAlchemy(app)
import sqlalchemy.orm
for attr in sorted(set(dir(db))):
    if attr.startswith("_") or hasattr(sqlalchemy, attr) or hasattr(sqlalchemy.orm, attr):
        continue
    names["flask_sqlalchemy.SQLAlchemy." + attr] = [
        "db." + attr, "CLASS" if attr in ("Model", "Query") else "CONSTANT" if attr in
        ("session", "metadata", "metadatas", "engine", "engines") else "FUNCTION", True, "0", ""]
import alembic, alembic.op
add("alembic", alembic, True)
add("alembic.op", alembic.op, True)
for attr in sorted(dir(alembic.op)):
    value = getattr(alembic.op, attr)
    if not attr.startswith("_") and inspect.isroutine(value):
        add("alembic.op." + attr, value, True)
import alembic.context
add("alembic.context", alembic.context, True)
for attr in sorted(dir(alembic.context)):
    value = getattr(alembic.context, attr)
    if not attr.startswith("_") and inspect.isroutine(value):
        add("alembic.context." + attr, value, True)
json.dump(names, sys.stdout)
"""

# Same meaning under a new name; both are importable in some version. These and all of
# sqlalchemy.future stay symbols of their own: 1.4 had other objects there.
MOVED = {
    "sqlalchemy.ext.declarative.declarative_base": "sqlalchemy.orm.declarative_base",
    "sqlalchemy.ext.declarative.as_declarative": "sqlalchemy.orm.as_declarative",
    "sqlalchemy.ext.declarative.declared_attr": "sqlalchemy.orm.declared_attr",
    "sqlalchemy.ext.declarative.has_inherited_table": "sqlalchemy.orm.has_inherited_table",
    "sqlalchemy.ext.declarative.synonym_for": "sqlalchemy.orm.synonym_for",
    "sqlalchemy.ext.declarative.DeclarativeMeta": "sqlalchemy.orm.DeclarativeMeta",
    "sqlalchemy.orm.relation": "sqlalchemy.orm.relationship",
    "sqlalchemy.orm.eagerload": "sqlalchemy.orm.joinedload",
    "sqlalchemy.orm.comparable_property": None,
    "sqlalchemy.orm.mapper": None,
    "sqlalchemy.future.create_engine": "sqlalchemy.create_engine",
    "sqlalchemy.future.Engine": "sqlalchemy.Engine",
    "sqlalchemy.future.Connection": "sqlalchemy.Connection",
    "sqlalchemy.future.select": "sqlalchemy.select",
    "sqlalchemy.future.Select": "sqlalchemy.Select",
    "sqlalchemy.orm.attribute_mapped_collection": "sqlalchemy.orm.attribute_keyed_dict",
    "sqlalchemy.orm.column_mapped_collection": "sqlalchemy.orm.column_keyed_dict",
    "sqlalchemy.orm.mapped_collection": "sqlalchemy.orm.keyfunc_mapping",
    "sqlalchemy.ext.declarative.api.declarative_base": "sqlalchemy.orm.declarative_base",
    "sqlalchemy.ext.declarative.api.declared_attr": "sqlalchemy.orm.declared_attr",
}

# Names of 1.3 and before that code in the wild still imports; no version here has them.
GONE = {
    "sqlalchemy.ext.declarative.api": ("MODULE", None),
    "sqlalchemy.ext.declarative.api.declarative_base": ("FUNCTION", None),
    "sqlalchemy.ext.declarative.api.declared_attr": ("CLASS", None),
    "flask_sqlalchemy.Model": ("CLASS", None),
}

ORDER = ["sqlalchemy", "sqlalchemy.orm", "sqlalchemy.ext.asyncio", "sqlalchemy.exc",
         "sqlalchemy.types", "sqlalchemy.schema", "sqlalchemy.engine", "sqlalchemy.event",
         "sqlalchemy.pool", "sqlalchemy.sql", "sqlalchemy.sql.expression",
         "sqlalchemy.ext.declarative"]


def rank(dotted, entry):
    module = dotted.rpartition(".")[0]
    place = ORDER.index(module) if module in ORDER else len(ORDER)
    owner = dotted.split(".")[0] != "sqlalchemy"
    return (owner, "future" in module, not entry[2], place, dotted.count("."), dotted)


def probe(venvs, name):
    python = venvs / name / "bin" / "python"
    done = subprocess.run([str(python), "-c", PROBE], capture_output=True, text=True)
    if done.returncode:
        sys.exit("%s: %s" % (name, done.stderr))
    return json.loads(done.stdout)


def canonical_names(names):
    groups = {}
    for dotted, entry in names.items():
        groups.setdefault(entry[0], []).append(dotted)
    chosen = {}
    for members in groups.values():
        best = min(members, key=lambda d: rank(d, names[d]))
        for dotted in members:
            chosen[dotted] = best
    return chosen


def collect(venvs):
    """{dotted: [canonical, mask, kind, flags, params]}; the newest version decides."""
    out = {}
    for name, bit in ENVIRONMENTS.items():
        names = probe(venvs, name)
        chosen = canonical_names(names)
        for dotted, entry in names.items():
            if entry[1] == "MODULE" and dotted in out and out[dotted][2] != "MODULE":
                continue  # another thing under this name; the older one is what code means
            mask = out[dotted][1] if dotted in out else 0
            own = dotted in MOVED or dotted.startswith("sqlalchemy.future.")
            out[dotted] = [dotted if own else chosen[dotted], mask | bit, entry[1], entry[3], entry[4]]
    for dotted, (kind, _) in GONE.items():
        out.setdefault(dotted, [dotted, 0, kind, "0", ""])
    # A name may be canonical for an old version only: its canonical name has its own
    # canonical name in a newer version.
    for dotted, entry in out.items():
        seen = {dotted}
        while out[entry[0]][0] != entry[0] and entry[0] not in seen:
            seen.add(entry[0])
            entry[0] = out[entry[0]][0]
    return out


def render(names):
    def symbol(dotted):
        return dotted.replace(".", "_")

    canonical = sorted(d for d, e in names.items() if e[0] == d)
    symbols = {}
    for dotted in canonical:
        if symbols.setdefault(symbol(dotted), dotted) != dotted:
            # sqlalchemy.orm.foo_bar and sqlalchemy.orm.foo.bar: the shorter path keeps it
            symbols[symbol(dotted) + "_"] = dotted
    by_name = {d: s for s, d in symbols.items()}
    lines = [
        "// api.def: known symbols of SQLAlchemy, Flask-SQLAlchemy, SQLModel and Alembic.",
        "// Written by tools/gen_api.py from SQLAlchemy 1.4, 2.0 and 2.1; do not edit.",
        "//",
        "//   API(id, dotted, kind, versions, flags, moved_to, params)   a symbol, by name",
        "//     versions  1: in 1.4, 2: in 2.0, 4: in 2.1 under this name",
        "//     moved_to  id of the symbol that means the same and should be used, or NONE",
        "//     params    SQL types: constructor arguments, as `name=default`",
        "//   API_NAME(dotted, id, versions)   every name it can be imported by, sorted",
        "#ifdef API",
    ]
    for dotted in canonical:
        _, mask, kind, flags, params = names[dotted]
        moved = MOVED.get(dotted)
        moved = by_name[names[moved][0]] if moved in names else "NONE"
        flags = " | ".join("API_IS_" + f for f in flags.split("|")) if flags != "0" else "0"
        params = params.replace("\\", "\\\\").replace('"', '\\"')
        lines.append('API(%s, "%s", %s, %d, %s, %s, "%s")' % (
            by_name[dotted], dotted, kind, mask, flags, moved, params))
    lines += ["#endif", "#ifdef API_NAME"]
    for dotted in sorted(names):
        canonical_name, mask = names[dotted][:2]
        lines.append('API_NAME("%s", %s, %d)' % (dotted, by_name[canonical_name], mask))
    lines.append("#endif")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    venvs = pathlib.Path(os.environ.get("ALUDEL_VENVS", ROOT / "build" / "venvs"))
    text = render(collect(venvs))
    if options.check:
        if TARGET.read_text() != text:
            sys.exit("src/sqla/api.def differs from what the packages say")
        return
    TARGET.write_text(text)


if __name__ == "__main__":
    main()
