// async_internal.h: between reading (async_form.c) and writing (async_write.c) of
// async_form.h.
#ifndef AGENT_ASYNC_INTERNAL_H
#define AGENT_ASYNC_INTERNAL_H

#include "agent/async_form.h"
#include "python/ast.h"
#include "text/edit.h"

typedef struct {
  Ref def, klass; // klass 0: a function of the module; def 0: lines without a function
  Atom name;
  bool sql;    // runs SQL by itself
  bool runs;   // does, or calls what does
  Str refused; // why it stays as it is
} Fn;

enum {
  NO_FN = -1
};

typedef struct {
  Ref ref;
  int caller, called; // functions, NO_FN
  const char *within; // what no await crosses stands between: "a lambda"; NULL
} FormCall;

typedef struct {
  Arena *arena;
  Interner *names;
  PyTree tree;
  Ref *parents;
  Vec(Fn) fns;
  Vec(FormCall) calls;
  Vec(Ref) withs, yields, uses, assigns; // uses: Name nodes
  EditList edits;
  AsyncForm *out;
} Form;

Str form_name(const Form *f, Atom a);
uint32_t form_line(const Form *f, Ref r);
// The function whose body runs the node, NO_FN at the module's level; `*within` as above.
int form_around(Form *f, Ref r, const char **within);
bool form_is_async(const Form *f, int fn);
// Becomes a coroutine.
bool form_changes(const Form *f, int fn);
// The method of a session that is called, "" where something else is.
Str form_session_method(const Form *f, Ref call);
// Whether the method is awaited on an AsyncSession.
bool form_is_awaited(Str method);
// Whether all that the `with` enters are sessions or their transactions; `*some` are.
bool form_enters_sessions(const Form *f, Ref with, bool *some);
bool form_yields(Form *f, int fn);
// One sentence that the answer shows.
void form_tell(Form *f, const char *format, ...) PRINTF_LIKE(2, 3);
// The edits, once it is known what changes.
void form_write(Form *f);

#endif
