#!/usr/bin/env python3
"""The field grammar of scaffold_orm_model.py and scaffold_core_table.py.

    name:type[:flag...][=default]

types   str str(N) text int bigint smallint float decimal(P,S) bool date datetime time
        json uuid bytes
flags   pk, unique, index, null, now (the current time), fk(table.column)
default a literal behind `=`: status:str(20)=open  total:decimal(10,2)=0  active:bool=true

A field is NOT NULL unless it says null. Without a pk an integer `id` is put first.
`aludel scaffold` understands a larger grammar (relations, enums, mixins).
"""

from __future__ import annotations

import argparse
import builtins
import keyword
import re
import sys
from dataclasses import dataclass

# word -> (SQLAlchemy type, Python type, import of the Python type)
TYPES = {
    "str": ("String", "str", None),
    "text": ("Text", "str", None),
    "int": ("Integer", "int", None),
    "bigint": ("BigInteger", "int", None),
    "smallint": ("SmallInteger", "int", None),
    "float": ("Float", "float", None),
    "decimal": ("Numeric", "Decimal", "from decimal import Decimal"),
    "bool": ("Boolean", "bool", None),
    "date": ("Date", "date", "from datetime import date"),
    "datetime": ("DateTime", "datetime", "from datetime import datetime"),
    "time": ("Time", "time", "from datetime import time"),
    "json": ("JSON", "dict[str, Any]", "from typing import Any"),
    "uuid": ("Uuid", "UUID", "from uuid import UUID"),
    "bytes": ("LargeBinary", "bytes", None),
}
RESERVED = {"metadata", "registry", "query", "query_class"}
FIELD = re.compile(r"([A-Za-z_]\w*):([a-z]+)(?:\(([\d, ]*)\))?((?::[^=]*)?)(?:=(.*))?", re.ASCII)


class FieldError(ValueError):
    """A field cannot be understood; the message names it."""


@dataclass
class Field:
    name: str
    type: str
    arguments: str = ""  # "320", "10, 2"
    primary_key: bool = False
    unique: bool = False
    index: bool = False
    nullable: bool = False
    now: bool = False
    foreign_key: str | None = None
    default: str | None = None

    @property
    def sql_type(self) -> str:
        name = TYPES[self.type][0]
        if self.type == "datetime":
            return f"{name}(timezone=True)"
        return f"{name}({self.arguments})" if self.arguments else name

    @property
    def python_type(self) -> str:
        return TYPES[self.type][1]

    def default_source(self) -> str:
        """The default as Python. Raises FieldError where it does not fit the type."""
        value, kind = self.default or "", self.type
        try:
            if kind in ("int", "bigint", "smallint"):
                return str(int(value))
            if kind == "float":
                return repr(float(value))
            if kind == "bool":
                return {"true": "True", "false": "False"}[value.lower()]
            if kind == "decimal":
                float(value)
                return f'Decimal("{value}")'
            if kind in ("str", "text"):
                return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        except (ValueError, KeyError):
            raise FieldError(f"{self.name}: {value!r} is no default of type {kind}") from None
        raise FieldError(f"{self.name}: a {kind} field takes no literal default")


def check_name(name: str, what: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise FieldError(f"{name!r} is not a name for a {what}")
    if name in RESERVED:
        raise FieldError(f"{name!r} is reserved by SQLAlchemy")
    if what == "class" and hasattr(builtins, name):
        raise FieldError(f"{name!r} is the name of a Python builtin")
    return name


def parse_field(text: str) -> Field:
    match = FIELD.fullmatch(text)
    if not match:
        raise FieldError(f"{text!r} is not a field: write name:type[:flags][=default]")
    name, kind, arguments, flags, default = match.groups()
    if kind not in TYPES:
        raise FieldError(f"{name}: unknown type {kind!r}: one of {' '.join(TYPES)}")
    if arguments and kind not in ("str", "decimal", "bytes"):
        raise FieldError(f"{name}: {kind} takes no length")
    field = Field(check_name(name, "field"), kind, default=default)
    field.arguments = ", ".join(part.strip() for part in (arguments or "").split(",") if part)
    for flag in filter(None, flags.split(":")):
        target = re.fullmatch(r"fk\((\w+\.\w+)\)", flag)
        if target:
            field.foreign_key = target.group(1)
        elif flag == "now" and kind in ("datetime", "date", "time"):
            field.now = True
        elif flag in ("pk", "unique", "index", "null"):
            setattr(field, {"pk": "primary_key", "null": "nullable"}.get(flag, flag), True)
        else:
            raise FieldError(f"{name}: unknown flag {flag!r}")
    if field.primary_key and field.nullable:
        raise FieldError(f"{name}: a primary key cannot be null")
    if default is not None:
        field.default_source()
    return field


def parse_fields(texts: list[str]) -> list[Field]:
    """All fields, with an integer `id` first where there is no primary key."""
    fields = [parse_field(text) for text in texts]
    names = [field.name for field in fields]
    for name in names:
        if names.count(name) > 1:
            raise FieldError(f"{name}: the field is given twice")
    if not any(field.primary_key for field in fields):
        if "id" in names:
            raise FieldError("id: say id:int:pk, or give another field the flag pk")
        fields.insert(0, Field("id", "int", primary_key=True))
    return fields


def ask_fields() -> list[str]:
    """Asks on the terminal until an empty line; a wrong answer is asked again."""
    texts: list[str] = []
    while True:
        text = input("field (name:type[:flags][=default], empty to end): ").strip()
        if not text:
            return texts
        try:
            parse_field(text)
        except FieldError as error:
            print(error, file=sys.stderr)
            continue
        texts.append(text)


def command_line(description: str, what: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description + "\n\nFields:\n" + (__doc__ or ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", help=f"name of the {what}")
    parser.add_argument("fields", nargs="*", metavar="field", help="name:type[:flags][=default]")
    parser.add_argument("--interactive", action="store_true", help="ask for what is missing")
    return parser


def read_command_line(
    parser: argparse.ArgumentParser, argv: list[str] | None, what: str
) -> tuple[argparse.Namespace, str, list[Field]]:
    """The arguments, the checked name and the fields; asks only when --interactive."""
    arguments = parser.parse_args(argv)
    name, texts = arguments.name, arguments.fields
    if arguments.interactive:
        name = name or input(f"name of the {what}: ").strip()
        texts = texts or ask_fields()
    if not name:
        parser.error(f"the name of the {what} is missing (--interactive asks for it)")
    try:
        return arguments, check_name(name, what), parse_fields(texts)
    except FieldError as error:
        parser.error(str(error))


def constraint_arguments(field: Field, names: set[str], nullable: bool) -> list[str]:
    """What Column() and mapped_column() are told behind the type; adds what has to be imported.

    `nullable` says so where no annotation does.
    """
    arguments = []
    if field.foreign_key:
        names.add("ForeignKey")
        arguments.append(f'ForeignKey("{field.foreign_key}")')
    if field.primary_key:
        arguments.append("primary_key=True")
    elif nullable:
        arguments.append(f"nullable={field.nullable}")
    if field.unique:
        arguments.append("unique=True")
    if field.index:
        arguments.append("index=True")
    if field.now:
        names.add("func")
        now = {"datetime": "now", "date": "current_date", "time": "current_time"}
        arguments.append(f"server_default=func.{now[field.type]}()")
    if field.default is not None:
        arguments.append(f"default={field.default_source()}")
    return arguments


def wrap_call(head: str, arguments: list[str], indent: str, tail: str = "") -> list[str]:
    """`head(arguments)tail` on one line of at most 88 columns, or one argument a line."""
    line = f"{indent}{head}({', '.join(arguments)}){tail}"
    if len(line) <= 88:
        return [line]
    inner = [f"{indent}    {argument}," for argument in arguments]
    return [f"{indent}{head}(", *inner, f"{indent}){tail}"]


def import_lines(fields: list[Field], names: set[str], orm: set[str]) -> list[str]:
    """Sorted imports: the standard library's, a blank line, SQLAlchemy's."""
    modules: dict[str, set[str]] = {}
    for field in fields:
        line = TYPES[field.type][2]
        if line and (orm or (field.type == "decimal" and field.default is not None)):
            _, module, _, name = line.split(" ")
            modules.setdefault(module, set()).add(name)
    lines = [f"from {m} import {', '.join(sorted(modules[m]))}" for m in sorted(modules)]
    if lines:
        lines.append("")
    order = sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    lines.append(f"from sqlalchemy import {', '.join(order)}")
    if len(lines[-1]) > 88:
        lines[-1] = "from sqlalchemy import (\n" + "".join(f"    {n},\n" for n in order) + ")"
    if orm:
        lines.append(f"from sqlalchemy.orm import {', '.join(sorted(orm))}")
    return lines
