// Linking and resolving: small projects, and what names mean in them.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "sqla/resolve.h"

typedef struct {
  Project project;
  Config config;
  Arena arena;
  Resolver *resolver;
} World;

typedef struct {
  const char *path, *text;
} File;

static void open_world(World *w, const File *files) {
  *w = (World){0};
  config_init(&w->config, &w->arena, "/");
  project_init(&w->project, &w->config);
  for (; files->path; files++)
    project_add_text(&w->project, str_from(files->path), str_from(files->text));
  w->resolver = resolver_new(&w->project, &w->arena);
}

static void close_world(World *w) {
  resolver_free(w->resolver);
  project_free(&w->project);
  config_free(&w->config);
  arena_reset(&w->arena);
}

static const char *describe(World *w, Origin o) {
  static const char *const kinds[] = {
      "unknown", "api",      "member",   "external",  "builtin",         "module",
      "class",   "function", "variable", "parameter", "imported unknown"};
  const char *name = o.kind == ORIGIN_API ? api_row((ApiId)o.api)->dotted
                     : o.dotted           ? atom_str(w->project.names, o.dotted).ptr
                                          : "";
  return arena_printf(&w->arena, "%s %s%s", kinds[o.kind], name,
                      o.proven ? "" : " (not proven)");
}

// What `text` means at the end of the module of a file.
static void expect(World *w, const char *path, const char *text, const char *what) {
  uint32_t file = project_file(&w->project, str_from(path));
  assert_int_not_equal(file, NO_FILE);
  Ref root = w->project.files[file]->tree.root;
  Origin o = resolve_text(w->resolver, file, root, str_from(text));
  const char *got = describe(w, o);
  if (strcmp(got, what))
    printf("%s: %s: expected `%s`, got `%s`\n", path, text, what, got);
  assert_string_equal(got, what);
}

static void test_resolve__imports(void **state) {
  (void)state;
  World w;
  open_world(
      &w,
      (File[]){
          {"app/__init__.py", "from .models import User\nfrom . import db\n"},
          {"app/db.py", "from sqlalchemy.ext.declarative import declarative_base\n"
                        "import sqlalchemy as sa, sqlalchemy.orm\n"
                        "Base = declarative_base()\nC = sa.Column\n"},
          {"app/models.py", "from app.db import *\nfrom .db import Base as B\n"
                            "class User(B):\n  class Meta: pass\n  def f(self): pass\n"},
          {"app/sub/__init__.py", "from ..models import User as U\nfrom ... import x\n"},
          {"run.py",
           "import app.models\nfrom app import User, db\nimport app.missing as m\n"
           "import os.path\n"},
          {NULL, NULL}});
  expect(&w, "app/__init__.py", "User", "class app.models.User");
  expect(&w, "app/__init__.py", "db", "module app.db");
  expect(&w, "app/__init__.py", "db.Base", "variable app.db.Base");
  expect(&w, "app/db.py", "sa.Column", "api sqlalchemy.Column");
  expect(&w, "app/db.py", "C", "api sqlalchemy.Column");
  expect(&w, "app/db.py", "sqlalchemy.orm.relationship",
         "api sqlalchemy.orm.relationship");
  expect(&w, "app/db.py", "sa.func.count", "member sqlalchemy.func.count");
  expect(&w, "app/models.py", "C", "api sqlalchemy.Column");
  expect(&w, "app/models.py", "B", "variable app.db.Base");
  expect(&w, "app/models.py", "User.Meta", "class app.models.User.Meta");
  expect(&w, "app/models.py", "User.f", "function app.models.User.f");
  expect(&w, "app/sub/__init__.py", "U", "class app.models.User");
  expect(&w, "app/sub/__init__.py", "x", "imported unknown  (not proven)");
  expect(&w, "run.py", "app.models.User", "class app.models.User");
  expect(&w, "run.py", "User", "class app.models.User");
  expect(&w, "run.py", "m", "imported unknown  (not proven)");
  expect(&w, "run.py", "os.path.join", "external os.path.join");
  expect(&w, "run.py", "len", "builtin len");
  expect(&w, "run.py", "nothing", "unknown  (not proven)");
  close_world(&w);
}

static void test_resolve__alternatives(void **state) {
  (void)state;
  World w;
  open_world(
      &w, (File[]){{"a.py", "try:\n  from sqlalchemy.orm import declarative_base\n"
                            "except ImportError:\n"
                            "  from sqlalchemy.ext.declarative import declarative_base\n"
                            "if x:\n  from sqlalchemy import Column as C\n"
                            "else:\n  from sqlalchemy import Table as C\n"
                            "def f():\n  global G\n  from sqlalchemy import select as G\n"
                            "A = B\nB = A\n"
                            "class K:\n  name = 1\n  def m(self, p):\n    return name\n"},
                   {"cycle_a.py", "from cycle_b import *\n"},
                   {"cycle_b.py", "from cycle_a import *\nfrom cycle_a import thing\n"},
                   {NULL, NULL}});
  expect(&w, "a.py", "declarative_base", "api sqlalchemy.orm.declarative_base");
  expect(&w, "a.py", "C", "api sqlalchemy.Column (not proven)");
  expect(&w, "a.py", "G", "api sqlalchemy.select");
  expect(&w, "a.py", "K.name", "variable a.K.name");
  expect(&w, "a.py", "A", "variable a.A");
  expect(&w, "cycle_a.py", "thing", "unknown  (not proven)");
  close_world(&w);
}

static void test_resolve__flask(void **state) {
  (void)state;
  World w;
  open_world(&w, (File[]){{"shop/ext.py",
                           "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n"
                           "class Mine(SQLAlchemy):\n  def extra(self): pass\n"
                           "mine = Mine()\n"},
                          {"shop/models.py",
                           "from shop.ext import db, mine\nfrom alembic import op\n"},
                          {"alembic/env.py", "from alembic import context\n"},
                          {NULL, NULL}});
  expect(&w, "shop/models.py", "db.Column", "api sqlalchemy.Column");
  expect(&w, "shop/models.py", "db.relationship", "api sqlalchemy.orm.relationship");
  expect(&w, "shop/models.py", "db.Model", "api flask_sqlalchemy.SQLAlchemy.Model");
  expect(&w, "shop/models.py", "db.session",
         "member flask_sqlalchemy.SQLAlchemy.session");
  expect(&w, "shop/models.py", "mine.Integer", "api sqlalchemy.Integer");
  expect(&w, "shop/models.py", "mine.extra", "function shop.ext.Mine.extra");
  expect(&w, "shop/models.py", "op", "api alembic.op");
  expect(&w, "alembic/env.py", "context", "api alembic.context");
  close_world(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_resolve__imports),
                                     cmocka_unit_test(test_resolve__alternatives),
                                     cmocka_unit_test(test_resolve__flask)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
