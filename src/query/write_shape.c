// write_shape.c: values of a row that look at other rows (windows), labels, unions.
#include "query/write_internal.h"

// The key tells rows apart that are equal by what they are ordered by.
static Str tie_code(Writer *w) {
  const Window *v = &w->m->window;
  int key = v->kind == WINDOW_RUNNING ? w->s->tables[v->of.table].key_column : -1;
  Item item = {ITEM_COLUMN, 0, 0, v->of.table, (int16_t)key};
  return key < 0 || item_eq(item, v->by) ? STR("") : column_code(w, item);
}

static Str ordered_code(Writer *w) {
  const Window *v = &w->m->window;
  Str by = item_code(w, v->by);
  return v->direction == DESCENDING ? str_format(w->arena, "%.*s.desc()", STR_ARG(by))
                                    : by;
}

Str window_code(Writer *w) {
  const Window *v = &w->m->window;
  Str by = ordered_code(w), tie = tie_code(w), within = STR(""),
      what = STR("func.rank()");
  add_import(w, "sqlalchemy", STR("func"));
  if (v->kind == WINDOW_RUNNING) {
    Item sum = v->of;
    sum.agg = sum.kind == ITEM_COUNT ? AGG_NONE : AGG_SUM;
    what = item_code(w, sum);
  }
  if (v->within.kind)
    within =
        str_format(w->arena, "partition_by=%.*s, ", STR_ARG(column_code(w, v->within)));
  if (tie.len)
    by = str_format(w->arena, "[%.*s, %.*s]", STR_ARG(by), STR_ARG(tie));
  return str_format(w->arena, "%.*s.over(%.*sorder_by=%.*s).label(\"%s\")", STR_ARG(what),
                    STR_ARG(within), STR_ARG(by),
                    v->kind == WINDOW_RANK ? "rank" : "running_total");
}

Str window_type(Writer *w) {
  return w->m->window.kind == WINDOW_RANK ? STR("int") : bare_type(w, w->m->window.of);
}

void window_order(Writer *w, Call *call) {
  Str tie = tie_code(w);
  call->head = STR(".order_by");
  if (w->m->window.within.kind)
    call_add(call, column_code(w, w->m->window.within));
  call_add(call, ordered_code(w));
  if (tie.len)
    call_add(call, tie);
}

Str label_code(Writer *w) {
  const Label *l = &w->m->label;
  add_import(w, "sqlalchemy", STR("case"));
  Str when = condition_code(w, &l->when), yes = python_string(w->arena, l->yes.text);
  return str_format(w->arena, "case((%.*s, %.*s), else_=%.*s).label(\"label\")",
                    STR_ARG(when), STR_ARG(yes),
                    STR_ARG(python_string(w->arena, l->no.text)));
}

bool union_code(Writer *w, Buf *body) {
  const Meaning *m = w->m;
  if (m->output_count != 1 || m->outputs[0].kind != ITEM_COLUMN || m->condition_count ||
      m->scope_count || m->group_count)
    return false;
  add_import(w, "sqlalchemy", STR("select"));
  add_import(w, "sqlalchemy", STR("union"));
  Call call = {.head = STR("union")};
  call_add(&call,
           str_format(w->arena, "select(%.*s)", STR_ARG(column_code(w, m->outputs[0]))));
  call_add(&call,
           str_format(w->arena, "select(%.*s)", STR_ARG(column_code(w, m->united))));
  chain_write(body, STR("stmt = "), &call, 1, 4);
  return true;
}
