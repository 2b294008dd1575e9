#!/usr/bin/env python3
"""Prints a typed SQLAlchemy 2.x ORM model.

scaffold_orm_model.py User email:str(320):unique created_at:datetime:now
"""

from __future__ import annotations

import re
import sys

from fields import (
    Field,
    command_line,
    constraint_arguments,
    import_lines,
    read_command_line,
    wrap_call,
)

BASE = "class Base(DeclarativeBase):\n    pass"


def table_name(class_name: str) -> str:
    """OrderItem -> order_items; Category -> categories."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    return name + ("es" if re.search(r"(s|x|z|ch|sh)$", name) else "s")


def implied(field: Field) -> bool:
    """The annotation alone gives this type."""
    return field.type in ("int", "float", "bool", "date", "time", "uuid", "bytes") or (
        field.type == "str" and not field.arguments
    )


def column_lines(field: Field, names: set[str]) -> list[str]:
    arguments = []
    if not implied(field) or (field.type == "bytes" and field.arguments):
        names.add(field.sql_type.split("(")[0])
        arguments.append(field.sql_type)
    arguments += constraint_arguments(field, names, nullable=False)
    python = field.python_type + (" | None" if field.nullable else "")
    head = f"{field.name}: Mapped[{python}]"
    if not arguments:
        return [f"    {head}"]
    return wrap_call(f"{head} = mapped_column", arguments, "    ")


def orm_model(name: str, fields: list[Field], table: str | None = None) -> str:
    """The source of a module with a Base and the model."""
    names: set[str] = set()
    columns = [line for field in fields for line in column_lines(field, names)]
    orm = {"DeclarativeBase", "Mapped"}
    if any("mapped_column(" in line for line in columns):
        orm.add("mapped_column")
    imports = import_lines(fields, names, orm)
    if not names:
        imports = [line for line in imports if line != "from sqlalchemy import "]
    shown = [field.name for field in fields if field.type not in ("json", "bytes", "text")][:3]
    values = ", ".join(f"{name}={{self.{name}!r}}" for name in shown)
    lines = [
        *imports,
        "",
        "",
        BASE,
        "",
        "",
        f"class {name}(Base):",
        f'    __tablename__ = "{table or table_name(name)}"',
        "",
        *columns,
        "",
        "    def __repr__(self) -> str:",
        f'        return f"{name}({values})"',
    ]
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> int:
    parser = command_line(__doc__ or "", "class")
    parser.add_argument("--table", help="name of the table; else the plural of the class")
    arguments, name, fields = read_command_line(parser, argv, "class")
    print(orm_model(name, fields, arguments.table), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
