"""Run by the interpreter of an environment: what SQLAlchemy makes of mapped modules.

stdin: {"name": {"file.py": text, ...}, ...}, each a project whose files are imported in
order; stdout: {"name": facts or {"error": ...}}.
"""

import json
import os
import re
import sys
import types
import warnings

from sqlalchemy import Enum, MetaData
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import configure_mappers
from sqlalchemy.schema import CreateIndex, CreateTable

warnings.simplefilter("ignore")


def load(files):
    names = []
    for path, text in files.items():
        name = path[:-3].replace("/", ".")
        if name.endswith(".__init__"):
            name = name[: -len(".__init__")]
        module = types.ModuleType(name)
        module.__file__ = path
        if path.endswith("__init__.py"):
            module.__path__ = []
            module.__package__ = name
        else:
            module.__package__ = name.rpartition(".")[0]
        sys.modules[name] = module
        names.append(name)
        exec(compile(text, path, "exec"), module.__dict__)
    return names


def tables(metadata):
    found = {}
    for table in sorted(metadata.tables.values(), key=lambda t: t.fullname):
        for dialect in (sqlite, postgresql, mysql):
            try:
                ddl = str(CreateTable(table).compile(dialect=dialect.dialect()))
            except Exception as error:  # a type that this dialect does not have
                ddl = type(error).__name__
            found[f"{table.fullname} {dialect.__name__}"] = ddl
        found[f"{table.fullname} indexes"] = sorted(
            str(CreateIndex(i).compile(dialect=postgresql.dialect())) for i in table.indexes
        )
        found[f"{table.fullname} python"] = [
            [c.key, repr(c.type), str(c.default), str(c.onupdate), c.nullable, c.info.get("x"), c.doc]
            for c in table.columns
        ]
    return found


def relationships(mapper):
    return {
        r.key: {
            "target": r.mapper.class_.__name__,
            "direction": r.direction.name,
            "uselist": r.uselist,
            "cascade": str(r.cascade),
            "lazy": r.lazy,
            "viewonly": r.viewonly,
            "back": sorted(x.key for x in r._reverse_property),
            "join": str(r.primaryjoin),
            "secondary": str(r.secondaryjoin),
            "table": str(r.secondary),
            "order": str(r.order_by),
            "remote": sorted(str(c) for c in r.remote_side),
            "passive": [str(r.passive_deletes), str(r.passive_updates), r.post_update],
            "collection": getattr(r.collection_class or list, "__name__", "made"),
        }
        for r in mapper.relationships
    }


def new_instance(cls):
    """What a call of the class without arguments and with one column gives."""
    out = []
    for values in ({}, {"id": 1}, {"no_such": 1}):
        try:
            out.append(sorted(k for k in vars(cls(**values)) if k != "_sa_instance_state"))
        except Exception as error:
            out.append(f"{type(error).__name__}: {error}")
    return out


def facts(files):
    names = load(files)
    configure_mappers()
    mappers, metadatas = {}, {}
    for name in names:
        for value in list(vars(sys.modules[name]).values()):
            mapper = getattr(value, "__mapper__", None)
            if isinstance(value, type) and mapper is not None:
                mappers[value.__name__] = mapper
            if isinstance(value, MetaData):
                metadatas[id(value)] = value
            if isinstance(getattr(value, "metadata", None), MetaData):
                metadatas[id(value.metadata)] = value.metadata
    found = {"tables": {}, "classes": {}}
    for metadata in metadatas.values():
        found["tables"].update(tables(metadata))
    for name, mapper in sorted(mappers.items()):
        found["classes"][name] = {
            "relationships": relationships(mapper),
            "columns": {
                a.key: [str(a.columns[0]), a.deferred, str(a.group)] for a in mapper.column_attrs
            },
            "synonyms": sorted(s.key for s in mapper.synonyms),
            "descriptors": sorted(
                f"{key} {d.extension_type.name}" for key, d in mapper.all_orm_descriptors.items()
            ),
            "polymorphic": [str(mapper.polymorphic_on), str(mapper.polymorphic_identity)],
            "new": new_instance(mapper.class_),
            "enums": [
                [c.key, getattr(c.type.enum_class, "__name__", None)]
                for c in mapper.local_table.c
                if isinstance(c.type, Enum)
            ],
        }
    return found


def in_child(files):
    """What a process of its own says: mapped classes of one project are none of another's."""
    read, write = os.pipe()
    if not os.fork():
        try:
            found = facts(files)
        except Exception as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        with open(write, "w") as pipe:
            json.dump(found, pipe)
        os._exit(0)
    os.close(write)
    with open(read) as pipe:
        text = pipe.read()
    os.wait()
    return json.loads(text)


result = {name: in_child(files) for name, files in json.load(sys.stdin).items()}
sys.stdout.write(re.sub(r" at 0x[0-9a-f]+", "", json.dumps(result)))
