#!/usr/bin/env python3
"""Prints a SQLAlchemy Core table.

scaffold_core_table.py users email:str(320):unique created_at:datetime:now
"""

from __future__ import annotations

import sys

from fields import (
    Field,
    command_line,
    constraint_arguments,
    import_lines,
    read_command_line,
    wrap_call,
)


def column_source(field: Field, names: set[str]) -> list[str]:
    names.update({"Column", field.sql_type.split("(")[0]})
    arguments = [f'"{field.name}"', field.sql_type]
    arguments += constraint_arguments(field, names, nullable=True)
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
