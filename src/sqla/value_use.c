// value_use.c: what a parameter is by its name and by what its function does with it.
//
//   def search(db):                     # db may be anything, but
//     return db.query(User).all()       # only a Session has query(User)
#include "sqla/value_internal.h"

bool may_name_session(ValueCtx *cx, Atom name) {
  static const char *const names[] = {"db", "sess", "s", "database", "_db", "_session"};
  Str text = atom_str(cx->project->names, name);
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(text, names[i]))
      return true;
  return false;
}

// The calls of one name that stand in one file.
static PlaceList calls_in_file(const ValueCtx *cx, Atom name, uint32_t file) {
  PlaceList all = name_map_get(&cx->index->calls, name);
  uint32_t low = 0, high = all.len;
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    if (all.at[mid].file < file)
      low = mid + 1;
    else
      high = mid;
  }
  uint32_t end = low;
  while (end < all.len && all.at[end].file == file)
    end++;
  return (PlaceList){all.len ? all.at + low : NULL, end - low};
}

static bool is_awaited(ValueCtx *cx, uint32_t file, Ref call) {
  return py_kind(tree_of(cx, file), value_parent(cx, file, call)) == PY_AWAIT;
}

// `await session.execute(...)`: a session that the module does not bind.
bool is_awaited_receiver(ValueCtx *cx, uint32_t file, Ref name) {
  const PyTree *t = tree_of(cx, file);
  Ref attribute = value_parent(cx, file, name);
  Ref call =
      py_kind(t, attribute) == PY_ATTRIBUTE ? value_parent(cx, file, attribute) : 0;
  return py_kind(t, call) == PY_CALL && is_awaited(cx, file, call);
}

// What has a method that takes `call`'s arguments: query(User), execute(select(User)).
static Value user_of(ValueCtx *cx, uint32_t file, Ref call, const char *method) {
  const PyTree *t = tree_of(cx, file);
  Value arg = value_statement_arg(cx, file, call);
  bool query = strcmp(method, "query") == 0, get = strcmp(method, "get") == 0;
  bool known = query || get ? arg.kind == VALUE_MAPPED_CLASS || arg.kind == VALUE_COLUMN
                            : value_is_statement(arg) && has_entity(arg.shape);
  if (!known || arg.sure != SURE_PROVEN)
    return is_bottom(arg) ? arg : value_unknown();
  bool awaited = is_awaited(cx, file, call);
  if (query && awaited)
    return value_unknown();
  Ref receiver = PY_AS(Attribute, t, PY_AS(Call, t, call)->func)->value;
  return value_likely(
      value_make(awaited ? VALUE_ASYNC_SESSION : VALUE_SESSION, file, receiver));
}

Value value_by_use(ValueCtx *cx, uint32_t file, Atom name, Ref function) {
  static const char *const methods[] = {"query", "execute", "scalars", "scalar",
                                        "get",   "commit",  "flush",   "refresh"};
  const PyTree *t = tree_of(cx, file);
  Value habit = habit_of_name(cx, name, file, function);
  if (!may_name_session(cx, name) && habit.kind != VALUE_SESSION)
    return value_unknown();
  for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
    PlaceList calls = calls_in_file(cx, intern(cx->names, str_from(methods[i])), file);
    for (uint32_t k = 0; k < calls.len; k++) {
      Ref func = PY_AS(Call, t, calls.at[k].ref)->func;
      Ref receiver =
          py_kind(t, func) == PY_ATTRIBUTE ? PY_AS(Attribute, t, func)->value : 0;
      if (py_kind(t, receiver) != PY_NAME || PY_AS(Name, t, receiver)->id != name ||
          !span_covers(py_span(t, function), py_span(t, receiver)))
        continue;
      bool awaited = is_awaited(cx, file, calls.at[k].ref);
      // The name says what it is: arguments, which may rest on it, are not asked.
      if (habit.kind == VALUE_SESSION && !awaited)
        continue;
      Value v = habit.kind == VALUE_SESSION && strcmp(methods[i], "get") != 0
                    ? value_likely(value_make(VALUE_ASYNC_SESSION, file, receiver))
                    : user_of(cx, file, calls.at[k].ref, methods[i]);
      if (v.kind != VALUE_UNKNOWN)
        return v;
    }
  }
  return value_unknown();
}
