#!/usr/bin/env python3
"""Prints a SQLAlchemy Core table.

scaffold_core_table.py users email:str(320):unique created_at:datetime:now
"""

from __future__ import annotations

import sys

from fields import Field, command_line, import_lines, read_command_line, wrap_call


def column_source(field: Field, names: set[str]) -> list[str]:
    names.update({"Column", field.sql_type.split("(")[0]})
    arguments = [f'"{field.name}"', field.sql_type]
    if field.foreign_key:
        names.add("ForeignKey")
        arguments.append(f'ForeignKey("{field.foreign_key}")')
    if field.primary_key:
        arguments.append("primary_key=True")
    else:
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
    return wrap_call("Column", arguments, "    ", ",")


def core_table(name: str, fields: list[Field]) -> str:
    """The source of a module with a MetaData and the table."""
    names = {"MetaData", "Table"}
    columns = [line for field in fields for line in column_source(field, names)]
    lines = [
        *import_lines(fields, names, set()),
        "",
        "metadata = MetaData()",
        "",
        f"{name} = Table(",
        f'    "{name}",',
        "    metadata,",
        *columns,
        ")",
    ]
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> int:
    parser = command_line(__doc__ or "", "table")
    _, name, fields = read_command_line(parser, argv, "table")
    print(core_table(name, fields), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
