// M371, M372, M373: what Flask-SQLAlchemy 3, which SQLAlchemy 2.x needs, took away.
//
//   query.paginate(page, 20)     query.paginate(page=page, per_page=20)
//   db.create_all(bind=None)     db.create_all(bind_key=None)
//
// The application is taken from the context only: calls that name it are reported.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M371", "flask-paginate", "Positional arguments of Query.paginate()"},
    {"M372", "flask-application", "Applications that are given to Flask-SQLAlchemy"},
    {"M373", "flask-arguments",
     "Arguments of Flask-SQLAlchemy that were renamed or went"},
    {.code = NULL}};

static Atom atom_of(const CodemodWalk *w, const char *name) {
  return intern(resolver_names(w->cx->resolver), str_from(name));
}

static Value receiver(const CodemodWalk *w, Ref call) {
  Ref r = call_receiver(w->t, call);
  return r ? codemod_value(w, r) : (Value){0};
}

// ---- paginate()

// True where an attribute `query` stands in the chain.
static bool starts_at_query(const CodemodWalk *w, Ref call) {
  Ref r = call_receiver(w->t, call);
  while (r) {
    if (py_kind(w->t, r) == PY_CALL) {
      r = call_receiver(w->t, r);
    } else if (py_kind(w->t, r) == PY_ATTRIBUTE) {
      if (PY_AS(Attribute, w->t, r)->attr == SYM_query)
        return true;
      r = PY_AS(Attribute, w->t, r)->value;
    } else {
      return false;
    }
  }
  return false;
}

static void paginate(const CodemodWalk *w, Ref call) {
  static const char *const names[] = {"page", "per_page", "error_out", "max_per_page"};
  if (!call_positional(w->t, call, 0))
    return;
  Value v = receiver(w, call);
  bool known = v.kind == VALUE_QUERY || v.kind == VALUE_DYNAMIC;
  if (!known && (v.kind != VALUE_UNKNOWN || !starts_at_query(w, call)))
    return;
  Site *s = codemod_site(w->cx, "M371", w->file, py_span(w->t, call),
                         "paginate() takes its arguments by name");
  if (!codemod_open(w->cx, s))
    return;
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, call)->args);
  if (!known || (v.sure != SURE_PROVEN && !w->cx->unsafe))
    codemod_refuse(w->cx, (Place){0, 0},
                   "it is not proven to be a Query of Flask-SQLAlchemy");
  for (uint32_t i = 0; i < args.len; i++) {
    PyKind kind = py_kind(w->t, args.at[i]);
    if (kind == PY_KEYWORD)
      break;
    if (kind == PY_STARRED || i >= ARRAY_LEN(names)) {
      codemod_refuse(w->cx, (Place){w->file, args.at[i]},
                     "its arguments are not written out");
      break;
    }
    fix_printf(w->in,
               (Span){rule_paren_span(w->in, args.at[i]).start,
                      rule_paren_span(w->in, args.at[i]).start},
               "%s=", names[i]);
  }
  codemod_close(w->cx);
}

// ---- the extension object

static void leave_application(const CodemodWalk *w, Ref at, const char *what) {
  Site *s = codemod_site(w->cx, "M372", w->file, py_span(w->t, at), "%s", what);
  codemod_leave(
      w->cx, s, (Place){0},
      "Flask-SQLAlchemy 3 takes the application from the context: run this, and "
      "what relies on it, within `app.app_context()`");
}

static void rename_bind(const CodemodWalk *w, Ref call) {
  Ref node = call_keyword_node(w->t, call, atom_of(w, "bind"));
  if (!node ||
      !codemod_open(w->cx, codemod_site(w->cx, "M373", w->file, py_span(w->t, node),
                                        "`bind=` is `bind_key=` now")))
    return;
  uint32_t start = py_node(w->t, node)->start;
  fix_replace(w->in, (Span){start, start + 4}, STR("bind_key"));
  codemod_close(w->cx);
}

static void extension_call(const CodemodWalk *w, Ref call, Str method) {
  bool tables = str_is(method, "create_all") || str_is(method, "drop_all") ||
                str_is(method, "reflect");
  bool engine = str_is(method, "get_engine");
  if ((!tables && !engine && !str_is(method, "get_app")) ||
      receiver(w, call).kind != VALUE_FLASK_DB)
    return;
  if (call_keyword_node(w->t, call, atom_of(w, "app")) ||
      (engine && call_positional(w->t, call, 0)) || str_is(method, "get_app"))
    leave_application(w, call, "the extension is given an application");
  else
    rename_bind(w, call);
}

static void constructor(const CodemodWalk *w, Ref call) {
  Ref node = call_keyword_node(w->t, call, atom_of(w, "use_native_unicode"));
  if (!node ||
      resolve_call_api(w->cx->resolver, w->file, call) != API_flask_sqlalchemy_SQLAlchemy)
    return;
  if (!codemod_open(w->cx, codemod_site(w->cx, "M373", w->file, py_span(w->t, node),
                                        "`use_native_unicode=` is no argument any more")))
    return;
  fix_delete_argument(w->in, call, node);
  codemod_close(w->cx);
}

// db.app = app: what ran outside of a context found its application there.
static void assignment(const CodemodWalk *w, Ref r) {
  PyRefs targets = py_list(w->t, PY_AS(Assign, w->t, r)->targets);
  for (uint32_t i = 0; i < targets.len; i++) {
    if (py_kind(w->t, targets.at[i]) != PY_ATTRIBUTE)
      continue;
    const PyAttribute *a = PY_AS(Attribute, w->t, targets.at[i]);
    if (a->attr == atom_of(w, "app") && codemod_value(w, a->value).kind == VALUE_FLASK_DB)
      leave_application(w, r, "the extension keeps no application");
  }
}

static void visit(const CodemodWalk *w, Ref r) {
  if (py_kind(w->t, r) == PY_ASSIGN)
    assignment(w, r);
  if (py_kind(w->t, r) != PY_CALL)
    return;
  Str method = call_method_text(w->in, r);
  if (str_is(method, "paginate"))
    paginate(w, r);
  else if (method.len)
    extension_call(w, r, method);
  constructor(w, r);
}

const Codemod codemod_flask_extension = {.name = "flask-extension",
                                         .codes = codes,
                                         .profile = PROFILE_COMPAT,
                                         .on = {PY_ASSIGN, PY_CALL},
                                         .visit = visit};
