"""Prints what SQLAlchemy says of the models and tables of modules, as JSON:

python ask_package.py MODULE...
"""

import importlib
import json
import sys
import warnings

warnings.simplefilter("ignore")
from sqlalchemy import MetaData  # noqa: E402
from sqlalchemy.orm import configure_mappers  # noqa: E402
from sqlalchemy.orm.mapper import _all_registries  # noqa: E402


def column(c):
    return [c.name, repr(c.type), bool(c.nullable), bool(c.primary_key),
            sorted(f.target_fullname for f in c.foreign_keys)]


def dotted(cls):
    return cls.__module__ + "." + cls.__qualname__


def main():
    named = [importlib.import_module(module) for module in sys.argv[1:]]
    configure_mappers()
    models, tables = {}, {}
    for mapper in (m for registry in _all_registries() for m in registry.mappers):
        columns = {p.key: column(p.columns[0]) for p in mapper.column_attrs
                   if getattr(p.columns[0], "table", None) is not None}
        relationships = {p.key: [dotted(p.mapper.class_), p.direction.name, bool(p.uselist),
                                 None if p.secondary is None else p.secondary.fullname]
                         for p in mapper.relationships}
        models[dotted(mapper.class_)] = [mapper.local_table.fullname, columns, relationships]
    for module in named:
        holders = [module] + [v for v in vars(module).values()
                              if isinstance(v, type) and v.__module__ == module.__name__]
        for value in (v for holder in holders for v in vars(holder).values()):
            if isinstance(value, MetaData):
                for table in value.tables.values():
                    tables[table.fullname] = {c.key: column(c) for c in table.columns}
    json.dump({"models": models, "tables": tables}, sys.stdout)


main()
