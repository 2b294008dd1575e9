// value_core.c: the memory of answers, cycles, and the joining of values.
//
// One question is one Entry. While an entry is being worked out it answers with what it
// has so far, at first "bottom". Questions that need each other in a circle are answered
// together: the outermost of them is repeated until no answer changes from one round to
// the next; past MAX_ROUNDS it is unknown. An inner answer holds for the round: it waits
// on a stack, is the start of the next round, and is kept for good when the outermost is.
// What met a limit on its way depends on where the question began: it holds for that
// question only.
#include "sqla/value_internal.h"

enum {
  MAX_ROUNDS = 8,
  MAX_STEPS = 1500 // of one question from outside; reached only inside tangled cycles
};
enum {
  ENTRY_EMPTY,
  ENTRY_AGAIN, // has the answer of the round before
  ENTRY_OPEN,
  ENTRY_WAITING, // its answer holds in this round
  ENTRY_DONE
};

static const char *const kind_names[] = {
#define VALUE(kind, name, part) name,
#include "sqla/value_kinds.def"
#undef VALUE
};

const char *value_kind_name(ValueKind kind) {
  return kind < VALUE_KIND_COUNT ? kind_names[kind] : "?";
}

Value value_unknown(void) {
  return (Value){.kind = VALUE_UNKNOWN};
}

Value value_bottom(void) {
  return (Value){.kind = VALUE_BOTTOM};
}

Value value_make(ValueKind kind, uint32_t file, Ref root) {
  if (kind == VALUE_UNKNOWN)
    return value_unknown();
  return (Value){
      .kind = (uint8_t)kind, .sure = SURE_PROVEN, .root = {.file = file, .ref = root}};
}

const Value *value_keep(ValueCtx *cx, Value v) {
  Value *kept = arena_new(cx->arena, Value);
  *kept = v;
  return kept;
}

Value value_with_item(ValueCtx *cx, ValueKind kind, Value item, uint32_t file, Ref root) {
  if (is_bottom(item))
    return item;
  Value v = value_make(kind, file, root);
  if (item.kind != VALUE_UNKNOWN)
    v.item = value_keep(cx, item);
  return v;
}

Value value_likely(Value v) {
  return value_lower(v, SURE_LIKELY);
}

Value value_lower(Value v, Sure by) {
  if (!is_known(v))
    return v;
  if (by == SURE_NONE)
    return value_unknown();
  if (v.sure > by)
    v.sure = (uint8_t)by;
  return v;
}

Value value_item(Value v) {
  return v.item ? value_lower(*v.item, (Sure)v.sure) : value_unknown();
}

static bool equal_to_depth(const Value *a, const Value *b, int depth) {
  if (a == b)
    return true;
  if (!a || !b || a->kind != b->kind || a->sure != b->sure || a->flags != b->flags ||
      a->key != b->key || a->symbol != b->symbol || !place_eq(a->owner, b->owner))
    return false;
  if (depth == 0)
    return true;
  return equal_to_depth(a->item, b->item, depth - 1) && shape_equal(a->shape, b->shape);
}

bool value_equal(Value a, Value b) {
  return equal_to_depth(&a, &b, 8);
}

static bool is_number(uint8_t kind) {
  return kind == VALUE_BOOL || kind == VALUE_INT || kind == VALUE_FLOAT;
}

// The kind that stands for both, or UNKNOWN.
static ValueKind common_kind(uint8_t a, uint8_t b) {
  if (a == b)
    return (ValueKind)a;
  bool sequences = (a == VALUE_LIST || a == VALUE_TUPLE || a == VALUE_SEQUENCE) &&
                   (b == VALUE_LIST || b == VALUE_TUPLE || b == VALUE_SEQUENCE);
  if (sequences)
    return VALUE_SEQUENCE;
  if ((a == VALUE_CLAUSE || a == VALUE_EXPRESSION || a == VALUE_COLUMN) &&
      (b == VALUE_CLAUSE || b == VALUE_EXPRESSION || b == VALUE_COLUMN))
    return VALUE_EXPRESSION;
  if (is_number(a) && is_number(b))
    return VALUE_PY_OTHER;
  return VALUE_UNKNOWN;
}

static const Value *join_items(ValueCtx *cx, const Value *a, const Value *b) {
  if (!a || !b)
    return NULL;
  if (equal_to_depth(a, b, 8))
    return a;
  Value v = value_join(cx, *a, *b);
  return is_known(v) ? value_keep(cx, v) : NULL;
}

Value value_join(ValueCtx *cx, Value a, Value b) {
  if (is_bottom(a))
    return b;
  if (is_bottom(b) || value_equal(a, b))
    return a;
  if (a.kind == VALUE_UNKNOWN || b.kind == VALUE_UNKNOWN)
    return value_likely(a.kind == VALUE_UNKNOWN ? b : a);
  if (a.kind == VALUE_NONE || b.kind == VALUE_NONE) {
    Value v = a.kind == VALUE_NONE ? b : a;
    v.flags |= VALUE_OR_NONE;
    return value_lower(v, (Sure)(a.sure < b.sure ? a.sure : b.sure));
  }
  ValueKind kind = common_kind(a.kind, b.kind);
  if (kind == VALUE_UNKNOWN)
    return value_unknown();
  const uint16_t any = VALUE_OR_NONE | VALUE_SUBCLASS | VALUE_OPTIONS_UNKNOWN |
                       VALUE_LEGACY | VALUE_COLLECTION;
  Value v = value_make(kind, a.root.file, a.root.ref);
  v.sure = a.sure < b.sure ? a.sure : b.sure;
  v.flags = (uint16_t)((a.flags & b.flags) | ((a.flags | b.flags) & any));
  if ((a.flags ^ b.flags) & (VALUE_FUTURE | VALUE_AUTOCOMMIT | VALUE_NO_AUTOFLUSH))
    v.flags |= VALUE_OPTIONS_UNKNOWN;
  if (a.key == b.key)
    v.key = a.key;
  if (a.symbol == b.symbol)
    v.symbol = a.symbol;
  if (place_eq(a.owner, b.owner))
    v.owner = a.owner;
  if (!place_eq(a.root, b.root))
    v.root = (Place){0};
  v.item = join_items(cx, a.item, b.item);
  if (kind == a.kind && kind == b.kind)
    v.shape = shape_join(cx, a.shape, b.shape);
  bool needs_key = kind == VALUE_METHOD || kind == VALUE_MODULE || kind == VALUE_CLASS ||
                   kind == VALUE_FUNCTION;
  if (needs_key && (a.key != b.key || !place_eq(a.owner, b.owner)))
    return value_unknown();
  return v;
}

// ---- trees

const PyTree *tree_of(const ValueCtx *cx, uint32_t file) {
  return &cx->project->files[file]->tree;
}

Ref value_parent(ValueCtx *cx, uint32_t file, Ref r) {
  FileState *state = &cx->files[file];
  if (!state->parents)
    state->parents = py_build_parents(tree_of(cx, file), cx->arena);
  return py_parent(state->parents, r);
}

// ---- memory

enum {
  ASK_BITS = 6, // at least ASK_KIND_COUNT
  BLOCK = 512   // entries
};
_Static_assert(ASK_BITS >= (int)ASK_KIND_COUNT, "a bit for each Ask");

static Entry *entry_at(const ValueCtx *cx, uint32_t number) {
  return &cx->blocks.items[(number - 1) / BLOCK][(number - 1) % BLOCK];
}

static uint32_t *asked_about(ValueCtx *cx, uint32_t file, Ref r) {
  FileState *state = &cx->files[file];
  if (!state->asked)
    state->asked =
        mem_zalloc(tree_of(cx, file)->used / PY_NODE_WORDS + 1, sizeof *state->asked);
  return &state->asked[r / PY_NODE_WORDS];
}

static uint32_t find_entry(const ValueCtx *cx, uint32_t asked, Ask what) {
  uint32_t number = asked >> ASK_BITS;
  while (number && entry_at(cx, number)->what != what)
    number = entry_at(cx, number)->next;
  return number;
}

static uint32_t new_entry(ValueCtx *cx) {
  uint32_t number = cx->spare;
  if (number) {
    cx->spare = entry_at(cx, number)->next;
    return number;
  }
  if (cx->count % BLOCK == 0)
    vec_push(&cx->blocks,
             arena_alloc_raw(cx->arena, BLOCK * sizeof(Entry), _Alignof(Entry)));
  if (++cx->count >= UINT32_MAX >> ASK_BITS)
    BUG("too many values");
  return cx->count;
}

static Entry *entry_for(ValueCtx *cx, uint32_t *asked, Ask what) {
  uint32_t number = find_entry(cx, *asked, what);
  if (number)
    return entry_at(cx, number);
  number = new_entry(cx);
  *entry_at(cx, number) = (Entry){.what = (uint8_t)what, .next = *asked >> ASK_BITS};
  *asked = number << ASK_BITS | (*asked & ((1u << ASK_BITS) - 1));
  return entry_at(cx, number);
}

// An answer that is unknown needs no entry: a bit says it.
static void give_back(ValueCtx *cx, uint32_t *asked, Ask what) {
  uint32_t number = *asked >> ASK_BITS, before = 0;
  for (; entry_at(cx, number)->what != what; number = entry_at(cx, number)->next)
    before = number;
  uint32_t after = entry_at(cx, number)->next;
  if (before)
    entry_at(cx, before)->next = after;
  else
    *asked = after << ASK_BITS | (*asked & ((1u << ASK_BITS) - 1));
  *asked |= 1u << what;
  entry_at(cx, number)->next = cx->spare;
  cx->spare = number;
}

// ---- answers that wait for an open entry

static void drop_waiting(ValueCtx *cx, size_t from, uint8_t state) {
  for (size_t i = from; i < cx->waiting.len; i++) {
    cx->waiting.items[i].entry->state = state;
    cx->waiting.items[i].entry->question = cx->question;
  }
  cx->waiting.len = from;
}

static void keep_answer(ValueCtx *cx, Entry *entry, uint32_t *asked) {
  entry->state = ENTRY_DONE;
  if (is_bottom(entry->value))
    entry->value = value_unknown();
  if (entry->value.kind == VALUE_UNKNOWN)
    give_back(cx, asked, (Ask)entry->what);
}

// A depth: waits for no entry, but for the end of the question.
#define UNTIL_END UINT32_MAX

// The entry on which those from `from` on may have waited has its answer.
static void settle_waiting(ValueCtx *cx, size_t from, uint32_t depth, bool is_cut) {
  size_t left = from;
  bool is_final = cx->lowest >= depth;
  for (size_t i = from; i < cx->waiting.len; i++) {
    Waiting w = cx->waiting.items[i];
    bool on_it = w.entry->depth >= depth && w.entry->depth != UNTIL_END;
    w.entry->cut = w.entry->cut || is_cut;
    if (on_it && is_final && !w.entry->cut) {
      keep_answer(cx, w.entry, w.asked);
      continue;
    }
    if (on_it && is_final)
      w.entry->depth = UNTIL_END;
    else if (w.entry->depth != UNTIL_END && cx->lowest < w.entry->depth)
      w.entry->depth = cx->lowest;
    cx->waiting.items[left++] = w;
  }
  cx->waiting.len = left;
}

// Sets cx->changed where an answer used in the last round, here or inside, is not the one
// that came out.
static Value repeat_until_stable(ValueCtx *cx, Entry *entry, uint32_t file, Ref r,
                                 InferFn infer) {
  size_t from = cx->waiting.len;
  for (int round = 0; round < MAX_ROUNDS; round++) {
    drop_waiting(cx, from, ENTRY_AGAIN);
    entry->used = cx->changed = false;
    Value v = infer(cx, file, r);
    cx->changed = cx->changed || (entry->used && !value_equal(v, entry->value));
    if (!cx->changed || cx->lowest < entry->depth)
      return v;
    entry->value = v;
  }
  drop_waiting(cx, from, ENTRY_EMPTY);
  return value_unknown();
}

bool value_is_answered(ValueCtx *cx, uint32_t file, Ref r) {
  uint32_t asked = *asked_about(cx, file, r);
  uint32_t number = find_entry(cx, asked, ASK_VALUE);
  return asked & 1u << ASK_VALUE || (number && entry_at(cx, number)->state == ENTRY_DONE);
}

// Closes an entry that is open no longer: its answer, and those that waited for it, are
// kept, or wait in turn.
static void close_entry(ValueCtx *cx, Entry *entry, uint32_t *asked, size_t from,
                        bool is_cut) {
  uint32_t depth = cx->depth;
  bool is_final = cx->lowest >= depth;
  entry->cut = is_cut;
  if (entry->used)
    settle_waiting(cx, from, depth, is_cut);
  if (is_final && (!is_cut || depth == 0)) {
    keep_answer(cx, entry, asked);
  } else {
    entry->state = ENTRY_WAITING;
    entry->depth = is_final ? UNTIL_END : cx->lowest;
    vec_push(&cx->waiting, ((Waiting){entry, asked}));
  }
  if (depth == 0)
    drop_waiting(cx, 0, ENTRY_EMPTY);
}

static Value work_out(ValueCtx *cx, Entry *entry, uint32_t *asked, uint32_t file, Ref r,
                      InferFn infer) {
  bool is_again = entry->state == ENTRY_AGAIN && entry->question == cx->question;
  uint32_t depth = cx->depth++, outside = cx->lowest, cuts = cx->cuts;
  size_t from = cx->waiting.len;
  bool changed = cx->changed;
  entry->state = ENTRY_OPEN;
  entry->depth = depth;
  entry->value = is_again ? entry->value : value_bottom();
  cx->lowest = UINT32_MAX;
  Value v = repeat_until_stable(cx, entry, file, r, infer);
  cx->depth--;
  bool is_final = cx->lowest >= depth;
  v = is_final && is_bottom(v) ? value_unknown() : v;
  entry->value = v;
  cx->changed = changed || (cx->changed && !is_final);
  close_entry(cx, entry, asked, from, cx->cuts != cuts);
  if (is_final || outside < cx->lowest)
    cx->lowest = outside;
  return v;
}

Value value_ask(ValueCtx *cx, uint32_t file, Ref r, Ask what, InferFn infer) {
  uint32_t *asked = asked_about(cx, file, r);
  if (*asked & 1u << what)
    return value_unknown();
  Entry *entry = entry_for(cx, asked, what);
  if (entry->state == ENTRY_DONE)
    return entry->value;
  if (entry->state == ENTRY_OPEN || entry->state == ENTRY_WAITING) {
    entry->used = true;
    cx->cuts += entry->state == ENTRY_WAITING && entry->cut;
    if (entry->depth < cx->lowest)
      cx->lowest = entry->depth;
    return entry->value;
  }
  if (cx->depth == 0) { // a new question
    cx->steps = cx->cuts = 0;
    cx->question++;
  }
  if (cx->depth >= VALUE_MAX_DEPTH || cx->steps > MAX_STEPS) {
    cx->cuts++;
    return value_unknown();
  }
  cx->steps++;
  return work_out(cx, entry, asked, file, r, infer);
}

void **class_slot(ValueCtx *cx, Place cls) {
  return &entry_for(cx, asked_about(cx, cls.file, cls.ref), ASK_CLASS)->data;
}

// ---- public

ValueCtx *value_ctx_new(const ValueIndex *index, Arena *arena) {
  ValueCtx *cx = arena_new(arena, ValueCtx);
  cx->index = index;
  cx->project = index->project;
  cx->arena = arena;
  cx->names = intern_cache_new(index->project->names);
  cx->files = arena_array(arena, FileState, index->project->file_count + 1);
  cx->lowest = UINT32_MAX;
  return cx;
}

void value_ctx_free(ValueCtx *cx) {
  if (!cx)
    return;
  intern_cache_free(cx->names);
  vec_free(&cx->blocks);
  vec_free(&cx->waiting);
  for (uint32_t i = 0; i < cx->project->file_count; i++) {
    mem_free(cx->files[i].asked);
    cx->files[i].asked = NULL;
  }
}

static Value outside(Value v) {
  return is_bottom(v) ? value_unknown() : v;
}

Value value_of(ValueCtx *cx, uint32_t file, Ref expr) {
  return outside(value_ask(cx, file, expr, ASK_VALUE, infer_expression));
}

Value value_of_param(ValueCtx *cx, uint32_t file, Ref param) {
  return outside(value_ask(cx, file, param, ASK_VALUE, infer_param));
}

Value value_of_return(ValueCtx *cx, uint32_t file, Ref function) {
  return outside(value_ask(cx, file, function, ASK_RETURN, infer_return));
}

Value value_of_annotation(ValueCtx *cx, uint32_t file, Ref annotation) {
  return outside(value_ask(cx, file, annotation, ASK_ANNOTATION, infer_annotation));
}

bool value_is_session(Value v) {
  return v.kind == VALUE_SESSION || v.kind == VALUE_ASYNC_SESSION ||
         v.kind == VALUE_SCOPED_SESSION || v.kind == VALUE_ASYNC_SCOPED_SESSION;
}

bool value_is_executor(Value v) {
  return value_is_session(v) || v.kind == VALUE_CONNECTION ||
         v.kind == VALUE_ASYNC_CONNECTION || v.kind == VALUE_ENGINE;
}

bool value_is_statement(Value v) {
  return v.kind >= VALUE_SELECT && v.kind <= VALUE_DDL && v.kind != VALUE_VALUES;
}

bool value_is_result(Value v) {
  return v.kind >= VALUE_RESULT && v.kind <= VALUE_ASYNC_MAPPING_RESULT;
}

bool value_is_column(Value v) {
  return (v.kind >= VALUE_COLUMN && v.kind <= VALUE_SCALAR_SELECT) ||
         v.kind == VALUE_EXISTS;
}

bool value_is_plain(Value v) {
  return v.kind >= VALUE_NONE && v.kind <= VALUE_OBJECT;
}
