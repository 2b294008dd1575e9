// Bulk methods of sessions that statements of 2.0 stand for:
//
//   session.bulk_insert_mappings(User, rows)   if rows:
//                                                  session.execute(insert(User), rows)
//
// Only with --unsafe: execute() flushes before, and fires the events of statements.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M342", "bulk-insert-mappings", "Session.bulk_insert_mappings()"},
    {"M343", "bulk-update-mappings", "Session.bulk_update_mappings()"},
    {"M344", "bulk-save-objects", "Session.bulk_save_objects()"},
    {.code = NULL}};

// A list of rows that has some, as it stands there.
static bool has_rows(const PyTree *t, Ref rows) {
  PyRefs elts = py_kind(t, rows) == PY_LIST ? py_list(t, PY_AS(List, t, rows)->elts)
                                            : (PyRefs){NULL, 0};
  return elts.len && py_kind(t, elts.at[0]) != PY_STARRED;
}

static void write(const CodemodWalk *w, Ref call, const char *function) {
  Ref cls = call_positional(w->t, call, 0), rows = call_positional(w->t, call, 1);
  Ref stmt = rule_parent(w->in, call);
  bool guarded = !has_rows(w->t, rows);
  Str indent;
  if (py_kind(w->t, stmt) != PY_EXPR_STMT ||
      (guarded && (!is_simple(w->t, rows) || !rule_indent(w->in, stmt, &indent)))) {
    codemod_refuse(w->cx, (Place){w->file, rows},
                   "whether there are rows would have to be asked first: without any, "
                   "execute() runs the statement once");
    return;
  }
  if (rule_has_comment(w->in, py_span(w->t, call))) {
    codemod_refuse(w->cx, (Place){0, 0}, "a comment stands in it");
    return;
  }
  Str name = codemod_import(w->cx, w->file, call, "sqlalchemy", function);
  if (!name.ptr)
    return;
  Str session = rule_text(w->in, call_receiver(w->t, call));
  Str text = rule_text(w->in, rows), eol = rule_newline(w->in);
  Str head = guarded ? str_format(w->cx->arena, "if %.*s:%.*s%.*s    ", STR_ARG(text),
                                  STR_ARG(eol), STR_ARG(indent))
                     : STR("");
  fix_printf(w->in, py_span(w->t, stmt), "%.*s%.*s.execute(%.*s(%.*s), %.*s)",
             STR_ARG(head), STR_ARG(session), STR_ARG(name),
             STR_ARG(rule_text(w->in, cls)), STR_ARG(text));
}

static void mappings(const CodemodWalk *w, Ref call, const char *code,
                     const char *function) {
  Ref of = call_receiver(w->t, call);
  Value v = codemod_value(w, of);
  if ((v.kind != VALUE_SESSION && v.kind != VALUE_SCOPED_SESSION) ||
      !codemod_begin(w, code, call, "execute() of a statement does what this does"))
    return;
  Ref cls = call_positional(w->t, call, 0);
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, call)->args);
  if (!w->cx->unsafe)
    codemod_refuse(w->cx, (Place){0, 0},
                   "it still works, and execute() flushes the session before; --unsafe "
                   "converts it");
  else if (args.len != 2 || call_positional_count(w->t, call) != 2)
    codemod_refuse(w->cx, (Place){0, 0}, "it is not called with a class and rows alone");
  else if (codemod_value(w, cls).kind != VALUE_MAPPED_CLASS)
    codemod_refuse(w->cx, (Place){w->file, cls},
                   "that this is a mapped class is not known");
  else
    write(w, call, function);
  codemod_close(w->cx);
}

static void objects(const CodemodWalk *w, Ref call) {
  ValueKind kind = (ValueKind)codemod_value(w, call_receiver(w->t, call)).kind;
  if (kind == VALUE_SESSION || kind == VALUE_SCOPED_SESSION)
    codemod_report(w, "M344", call, "add_all() of 2.0 inserts in batches as well",
                   "it keeps the objects in the session and sets their keys, which "
                   "bulk_save_objects() did not");
}

static void visit(const CodemodWalk *w, Ref r) {
  if (py_kind(w->t, r) != PY_CALL)
    return;
  Str method = call_method_text(w->in, r);
  if (str_is(method, "bulk_insert_mappings"))
    mappings(w, r, "M342", "insert");
  else if (str_is(method, "bulk_update_mappings"))
    mappings(w, r, "M343", "update");
  else if (str_is(method, "bulk_save_objects"))
    objects(w, r);
}

const Codemod codemod_bulk = {.name = "bulk",
                              .codes = codes,
                              .profile = PROFILE_MODERN,
                              .on = {PY_CALL},
                              .visit = visit};
