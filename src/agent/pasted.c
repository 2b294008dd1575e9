// pasted.c: names that pasted code uses and does not bind, and what they are taken for.
#include "agent/pasted.h"

#include "project/project.h"
#include "sqla/api.h"

// Names that are no public name of the packages of `sqlalchemy`, or not there first.
static const struct {
  const char *name, *module;
} known[] = {
    {"Annotated", "typing"},
    {"Any", "typing"},
    {"ClassVar", "typing"},
    {"Dict", "typing"},
    {"List", "typing"},
    {"Literal", "typing"},
    {"Optional", "typing"},
    {"Set", "typing"},
    {"Union", "typing"},
    {"TYPE_CHECKING", "typing"},
    {"Decimal", "decimal"},
    {"UTC", "datetime"},
    {"date", "datetime"},
    {"timedelta", "datetime"},
    {"timezone", "datetime"},
    {"uuid4", "uuid"},
    {"contextmanager", "contextlib"},
    {"asynccontextmanager", "contextlib"},
    {"dataclass", "dataclasses"},
    {"partial", "functools"},
    {"StrEnum", "enum"},
    {"IntEnum", "enum"},
    {"APIRouter", "fastapi"},
    {"Depends", "fastapi"},
    {"FastAPI", "fastapi"},
    {"HTTPException", "fastapi"},
    {"Request", "fastapi"},
    {"BaseModel", "pydantic"},
    {"op", "alembic"},
};

static const struct {
  const char *name, *line;
} modules[] = {
    {"asyncio", "import asyncio"},
    {"datetime", "import datetime"},
    {"dt", "import datetime as dt"},
    {"decimal", "import decimal"},
    {"enum", "import enum"},
    {"json", "import json"},
    {"logging", "import logging"},
    {"os", "import os"},
    {"sa", "import sqlalchemy as sa"},
    {"so", "import sqlalchemy.orm as so"},
    {"orm", "from sqlalchemy import orm"},
    {"sqlalchemy", "import sqlalchemy"},
    {"time", "import time"},
    {"typing", "import typing"},
    {"uuid", "import uuid"},
};

// What the usual names of a module's own objects stand for, and what that needs.
static const struct {
  const char *name, *line, *import;
} objects[] = {
    {"app", "app = FastAPI()", "from fastapi import FastAPI"},
    {"router", "router = APIRouter()", "from fastapi import APIRouter"},
    {"metadata", "metadata = MetaData()", "from sqlalchemy import MetaData"},
    {"engine", "engine = create_engine(\"sqlite://\")",
     "from sqlalchemy import create_engine"},
    {"async_engine", "async_engine = create_async_engine(\"sqlite+aiosqlite://\")",
     "from sqlalchemy.ext.asyncio import create_async_engine"},
    {"SessionLocal", "SessionLocal = sessionmaker()",
     "from sqlalchemy.orm import sessionmaker"},
    {"SessionFactory", "SessionFactory = sessionmaker()",
     "from sqlalchemy.orm import sessionmaker"},
    {"AsyncSessionLocal", "AsyncSessionLocal = async_sessionmaker()",
     "from sqlalchemy.ext.asyncio import async_sessionmaker"},
    {"async_session", "async_session = async_sessionmaker()",
     "from sqlalchemy.ext.asyncio import async_sessionmaker"},
};

typedef struct {
  const PyTree *tree;
  const PyScopes *scopes;
  const Interner *names;
  bool alone, base, annotated, enum_base, datetime_class;
  Buf imports, lines;
} Reader;

static bool is_unbound(const Reader *r, Ref name) {
  return py_kind(r->tree, name) == PY_NAME &&
         py_scopes_target(r->scopes, py_scopes_symbol_of(r->scopes, name)) == NO_SYMBOL;
}

static Str name_of(const Reader *r, Ref name) {
  return py_kind(r->tree, name) == PY_NAME
             ? atom_str(r->names, PY_AS(Name, r->tree, name)->id)
             : STR("");
}

// How names that can mean several things are used.
static bool see(void *data, Ref ref) {
  static const char *const members[] = {"datetime", "date", "timedelta",
                                        "timezone", "time", "UTC"};
  Reader *r = data;
  PyKind kind = py_kind(r->tree, ref);
  if (kind == PY_CLASS_DEF) {
    PyRefs bases = py_list(r->tree, PY_AS(ClassDef, r->tree, ref)->args);
    for (uint32_t i = 0; i < bases.len; i++) {
      r->base |= is_unbound(r, bases.at[i]) && str_is(name_of(r, bases.at[i]), "Base");
      r->enum_base |= str_is(name_of(r, bases.at[i]), "Enum");
    }
  } else if (kind == PY_ATTRIBUTE) {
    const PyAttribute *a = PY_AS(Attribute, r->tree, ref);
    Str attr = atom_str(r->names, a->attr);
    bool member = false;
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
      member |= str_is(attr, members[i]);
    r->datetime_class |= !member && str_is(name_of(r, a->value), "datetime");
  } else if (kind == PY_NAME) {
    r->annotated |= str_is(name_of(r, ref), "Mapped");
    // alone, as in Mapped[datetime], it is the class
    r->datetime_class |=
        str_is(name_of(r, ref), "datetime") && py_node(r->tree, ref)->start > 0 &&
        r->tree->source->text.ptr[py_node(r->tree, ref)->start - 1] == '[';
  }
  return true;
}

static void add_import(Reader *r, const char *module, Str name) {
  buf_printf(&r->imports, "from %s import %.*s\n", module, STR_ARG(name));
}

const char *pasted_package(Arena *arena, Str name) {
  static const char *const packages[] = {
      "sqlalchemy.orm",        "sqlalchemy",         "sqlalchemy.ext.asyncio",
      "sqlalchemy.exc",        "sqlalchemy.orm.exc", "sqlalchemy.dialects.postgresql",
      "sqlalchemy.ext.hybrid", "sqlalchemy.pool"};
  for (size_t i = 0; i < ARRAY_LEN(packages); i++) {
    ApiId id = api_find(str_format(arena, "%s.%.*s", packages[i], STR_ARG(name)), NULL);
    if (id != API_NONE && api_row(id)->kind != API_MODULE)
      return packages[i];
  }
  return NULL;
}

static bool add_api(Reader *r, Arena *arena, Str name) {
  const char *package = pasted_package(arena, name);
  if (package)
    add_import(r, package, name);
  return package != NULL;
}

// "async with SessionLocal() as session": a factory of async sessions, whatever its name.
static bool is_async_factory(Reader *r, Arena *arena, Str name) {
  Str use = str_format(arena, "async with %.*s(", STR_ARG(name));
  bool factory = str_starts(name, STR("Session")) &&
                 str_find(r->tree->source->text, use, 0) != SIZE_MAX;
  if (!factory)
    return false;
  add_import(r, "sqlalchemy.ext.asyncio", STR("async_sessionmaker"));
  buf_printf(&r->lines, "%.*s = async_sessionmaker()\n", STR_ARG(name));
  return true;
}

static void add_name(Reader *r, Arena *arena, Str name) {
  if (str_is(name, "datetime") && r->datetime_class) {
    add_import(r, "datetime", name);
    return;
  }
  if (str_is(name, "Enum") && r->enum_base) {
    add_import(r, "enum", name);
    return;
  }
  for (size_t i = 0; i < ARRAY_LEN(known); i++)
    if (str_is(name, known[i].name)) {
      add_import(r, known[i].module, name);
      return;
    }
  for (size_t i = 0; i < ARRAY_LEN(modules); i++)
    if (str_is(name, modules[i].name)) {
      buf_printf(&r->imports, "%s\n", modules[i].line);
      return;
    }
  for (size_t i = 0; i < ARRAY_LEN(objects) && r->alone; i++)
    if (str_is(name, objects[i].name) && !is_async_factory(r, arena, name)) {
      buf_printf(&r->imports, "%s\n", objects[i].import);
      buf_printf(&r->lines, "%s\n", objects[i].line);
      return;
    }
  add_api(r, arena, name);
}

// A name that some scope uses and none binds, once.
static void read_symbols(Reader *r, Arena *arena) {
  const PyScopes *s = r->scopes;
  for (uint32_t i = 0; i < s->symbol_count; i++) {
    if (!(s->symbols[i].flags & SYMBOL_USED) || py_scopes_target(s, i) != NO_SYMBOL)
      continue;
    bool seen = false;
    for (uint32_t k = 0; k < i && !seen; k++)
      seen = s->symbols[k].name == s->symbols[i].name &&
             (s->symbols[k].flags & SYMBOL_USED) && py_scopes_target(s, k) == NO_SYMBOL;
    if (!seen)
      add_name(r, arena, atom_str(r->names, s->symbols[i].name));
  }
  if (!r->alone)
    return; // the base is the project's
  if (r->base && r->annotated) {
    add_import(r, "sqlalchemy.orm", STR("DeclarativeBase"));
    buf_add_text(&r->lines, "class Base(DeclarativeBase):\n    pass\n");
  } else if (r->base) {
    add_import(r, "sqlalchemy.orm", STR("declarative_base"));
    buf_add_text(&r->lines, "Base = declarative_base()\n");
  }
}

Str pasted_prelude(Arena *arena, Str code, bool alone) {
  Config config;
  Project project = {0};
  Str out = STR("");
  config_init(&config, arena, "/");
  project_init(&project, &config);
  uint32_t file = project_add_text(&project, STR("pasted.py"), code);
  const ProjectFile *f = project.files[file];
  if (f->in_use && !f->tree.has_errors && !f->scopes->star_count) {
    Reader r = {
        .alone = alone, .tree = &f->tree, .scopes = f->scopes, .names = project.names};
    PyVisitor visitor = {.enter = see, .data = &r};
    py_walk(r.tree, r.tree->root, &visitor);
    read_symbols(&r, arena);
    if (r.imports.len || r.lines.len)
      out = str_format(arena, "%.*s%s%.*s%s", STR_ARG(buf_str(&r.imports)),
                       r.lines.len ? "\n" : "", STR_ARG(buf_str(&r.lines)), "\n\n");
    buf_free(&r.imports);
    buf_free(&r.lines);
  }
  project_free(&project);
  config_free(&config);
  return out;
}
