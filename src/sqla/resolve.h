// Resolve: what a name means, across files.
//
//   Resolver *r = resolver_new(project, arena);
//   if (resolve_api(r, file, call->func) == API_sqlalchemy_orm_relationship) ...
//
// Follows imports, aliases, re-exports, star imports, packages, assignments of one name
// to another (`C = Column`), attributes of modules, classes and of a Flask-SQLAlchemy
// extension (`db.Column` is sqlalchemy.Column). It never looks at spelling: an unknown
// name is ORIGIN_UNKNOWN.
//
// - `proven` means that the name is bound once (or by alternatives that all mean the
//   same, as an import in `try` and in `except`) and that the binding was followed to its
//   end. A name that is bound to several things gives the first meaning, not proven.
// - A resolver belongs to one thread; several may read one project. Its answers do not
//   depend on the order of questions. Chains are cut after RESOLVE_MAX_STEPS.
#ifndef SQLA_RESOLVE_H
#define SQLA_RESOLVE_H

#include "project/project.h"
#include "sqla/api.h"
#include "sqla/place.h"

enum {
  RESOLVE_MAX_STEPS = 100 // imports, aliases and attributes on the way to one origin
};

typedef enum {
  ORIGIN_UNKNOWN,
  ORIGIN_API,        // a known symbol: `api`
  ORIGIN_API_MEMBER, // an attribute of one: `api` is the owner (func.count, Session.get)
  ORIGIN_EXTERNAL,   // outside the project, no known symbol: `dotted`
  ORIGIN_BUILTIN,    // a Python builtin: `dotted` is its bare name
  ORIGIN_MODULE,     // a module of the project: `module`
  ORIGIN_CLASS,      // a class statement of the project: `at` is its ClassDef
  ORIGIN_FUNCTION,   // `at` is its FunctionDef
  ORIGIN_VARIABLE,   // assigned: `at` is the Name (or target) that binds it first
  ORIGIN_PARAMETER,  // `at` is its Param
  ORIGIN_IMPORTED_UNKNOWN, // imported from a module that could not be found
} OriginKind;

typedef struct {
  uint8_t kind; // OriginKind
  bool proven;
  uint16_t api;    // ApiId: API, API_MEMBER
  Atom dotted;     // full dotted name where there is one, also of project symbols
  uint32_t module; // MODULE
  Place at;        // CLASS, FUNCTION, VARIABLE, PARAMETER
  Place value;     // VARIABLE: the expression assigned by a plain `x = value` (or
                   // `x: T = value`, `x := value`), nowhere for other bindings
} Origin;

typedef struct Resolver Resolver;

// `arena` keeps the resolver's tables and must outlive it.
Resolver *resolver_new(const Project *project, Arena *arena);
void resolver_free(Resolver *r); // accepts NULL; the arena stays

// What a Name or Attribute is. Other expressions are ORIGIN_UNKNOWN.
Origin resolve_expr(Resolver *r, uint32_t file, Ref expr);
// What `dotted` ("Name" or "a.b.C") would be at `node`, any node of the file: string
// annotations and string arguments.
Origin resolve_text(Resolver *r, uint32_t file, Ref node, Str dotted);
// A name as seen from the end of the file's module.
Origin resolve_global(Resolver *r, uint32_t file, Atom name);
// An attribute of what `owner` is.
Origin resolve_member(Resolver *r, Origin owner, Atom name);
// The known symbol that `expr` is (api_current applied), proven or not; else API_NONE.
ApiId resolve_api(Resolver *r, uint32_t file, Ref expr);
// As above for the function of a Call node; API_NONE for anything else.
ApiId resolve_call_api(Resolver *r, uint32_t file, Ref call);

// The dotted name of what a def or class statement defines: "app.models.User",
// "app.models.User.Meta". Locals of functions carry the function's name.
Atom resolve_dotted_name(Resolver *r, Place def);
// The interner cache of the resolver, for its owner's thread.
InternCache *resolver_names(Resolver *r);
const Project *resolver_project(const Resolver *r);

#endif
