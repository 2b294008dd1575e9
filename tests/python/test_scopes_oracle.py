"""Our scopes against CPython's `symtable`: for each scope its kind, name, symbols and what
they mean, compared as a multiset of scopes per file.

Conventions, and nothing else:
- Names that the compiler adds are left out (`.0`, `__class__`, `__classdict__`, ...).
- Private names of classes are compared without their mangling.
- `symtable` lists a name that only inner scopes use in the scopes between as well.
- With `from __future__ import annotations` it leaves annotations out; such files are not
  compared, nor those in an encoding that we do not read.
- A function named `top` is left out: symtable mistakes it for the module.
- In the module's own scope every name is global.
- A name that `:=` binds around a comprehension is no name of the comprehension.
- `symtable` makes a scope for each lazily evaluated part of a type parameter; such files are
  compared without their type parameter scopes.
"""

import collections
import json
import pathlib
import re
import symtable
import sys
import sysconfig

import pytest

IMPLICIT = {".0", "__class__", "__classdict__", "__classcell__", ".type_params",
            ".generic_base", ".defaults", ".kwdefaults", "__conditional_annotations__"}
TYPE_PARAMS = re.compile(r"^\s*(?:(?:async\s+)?def|class|type)\s+\w+\s*\[", re.M)


def unmangle(name, classes):
    for cls in classes:
        prefix = "_" + cls.lstrip("_") + "__"
        if cls.strip("_") and name.startswith(prefix):
            return name[len(prefix) - 2:]
    return name


def theirs(table, classes=()):
    kind = str(getattr(table.get_type(), "value", table.get_type()))
    name = table.get_name()
    if kind == "class":
        classes = (*classes, name)
    if ".0" in table.get_identifiers():
        kind = "comprehension"
    elif name == "lambda":
        kind = "lambda"
    symbols = set()
    for s in table.get_symbols():
        if s.get_name() in IMPLICIT:
            continue
        declared = s.is_nonlocal() or s.is_declared_global()
        if kind == "comprehension" and declared and not s.is_referenced():
            continue
        if s.is_free() and not (s.is_referenced() or s.is_assigned() or declared):
            continue
        if kind == "module":
            meaning = "global"
        else:
            meaning = "free" if s.is_free() else "global" if s.is_global() else "local"
        symbols.add((unmangle(s.get_name(), classes), meaning, s.is_parameter(), s.is_imported()))
    yield (kind, "" if kind in ("module", "comprehension", "lambda") else name,
           frozenset(symbols))
    for child in table.get_children():
        yield from theirs(child, classes)


def ours(scopes):
    for scope in scopes:
        symbols = set()
        for s in scope["symbols"]:
            # `nonlocal x` without an enclosing x does not compile; symtable says free
            if s["name"] in IMPLICIT:
                continue
            meaning = "global" if scope["kind"] == "module" else s["meaning"]
            symbols.add((s["name"], meaning, s["parameter"],
                         s["imported"] and s["meaning"] != "free"))
        yield scope["kind"], scope["name"], frozenset(symbols)


def files_to_compare(every):
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    found = sorted(p for p in root.rglob("*.py")
                   if "lib2to3/tests/data" not in str(p) and "bad" not in p.name)
    return found[::every]


def compare(aludel, path):
    text = path.read_bytes()
    try:
        table = symtable.symtable(text, str(path), "exec")
    except (SyntaxError, ValueError):
        return 0
    source = text.decode("latin-1")
    if TYPE_PARAMS.search(source) or "import annotations" in source:
        return 0
    result = aludel.run("dump", "scopes", "--json", path)
    if result.code == 2 and "encod" in result.err:
        return 0
    assert result.code == 0, result
    left = collections.Counter(theirs(table))
    right = collections.Counter(ours(json.loads(result.out)))
    for scope in [*left, *right]:
        if scope[1] == "top":  # symtable takes any function of this name for the module
            left.pop(scope, 0), right.pop(scope, 0)
    if left != right:
        message = [f"{path}: symtable / ours"]
        message += [f"- {kind} {name} {sorted(s)}" for kind, name, s in (left - right)][:3]
        message += [f"+ {kind} {name} {sorted(s)}" for kind, name, s in (right - left)][:3]
        pytest.fail("\n".join(message))
    return 1


def test_sample(aludel):
    assert sys.version_info >= (3, 9)
    assert sum(compare(aludel, path) for path in files_to_compare(29)) > 20


@pytest.mark.oracle
def test_everything(aludel):
    assert sum(compare(aludel, path) for path in files_to_compare(1)) > 500
