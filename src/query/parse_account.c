// parse_account.c: which words of the request the meaning has to say something of.
//
// Many words do nothing at once: "average", "more than 3", a column before its
// comparison wait in a slot of the state until other words come. Here the words behind
// each slot are kept. A slot that is emptied while the meaning stays as it was, or that
// still waits at the end, has lost its words: they count as skipped, like those that
// no handler took, so that no answer leaves out what it was told without saying so.
#include "query/parse_internal.h"

void words_skip(State *s, uint32_t from, uint32_t to) {
  for (uint32_t i = from; i < to; i++)
    s->skipped.bits[i / 64] |= UINT64_C(1) << i % 64;
}

static void lose(State *s, Slot slot) {
  if (s->held[slot].to) {
    words_skip(s, s->held[slot].from, s->held[slot].to);
    s->lost = true;
  }
  s->held[slot] = (WordSpan){0, 0};
}

// How much waits in a slot; 0: nothing.
static int waits(const State *s, Slot slot) {
  switch (slot) {
  case SLOT_PENDING:
    return s->pending.kind != ITEM_NONE;
  case SLOT_COMPARISON:
    return s->waiting;
  case SLOT_AGGREGATE:
    return s->agg_count;
  case SLOT_COUNT:
    return s->count != 0;
  case SLOT_NEGATION:
    return s->negate;
  case SLOT_OR:
    return s->or_next;
  case SLOT_ORDER:
    return s->mode == MODE_ORDER && !s->m.order_count;
  case SLOT_GROUP:
    return s->mode == MODE_GROUP && !s->m.group_count;
  case SLOT_EAGER:
    return s->eager;
  case SLOT_DISTINCT:
    return s->distinct;
  case SLOT_PART:
    return s->part;
  case SLOT_NTH:
    return s->nth;
  case SLOT_TOP:
    return s->top > 0 ? s->top : 0;
  case SLOTS:
    break;
  }
  return 0;
}

// True where something else stands in the slot than before.
static bool replaced(const State *before, const State *s, Slot slot) {
  if (slot == SLOT_PENDING)
    return !item_eq(before->pending, s->pending);
  if (slot == SLOT_COMPARISON)
    return before->wait_op != s->wait_op ||
           before->wait_value.number != s->wait_value.number;
  return waits(before, slot) != waits(s, slot);
}

void account_step(const State *before, State *s, uint32_t from, uint32_t to) {
  WordSpan words = {(uint8_t)from, (uint8_t)to};
  // "with their customer": said, though more may come with it: ", and their lines"
  if (s->m.eager_count > before->m.eager_count)
    s->held[SLOT_EAGER] = (WordSpan){0, 0};
  bool emptied[SLOTS], any = false, filled = false;
  for (Slot i = 0; i < SLOTS; i++) {
    bool was = waits(before, i) != 0, is = waits(s, i) != 0;
    bool other = was && is && replaced(before, s, i);
    emptied[i] = was && (!is || (other && i != SLOT_AGGREGATE));
    any |= emptied[i];
    filled |= is && (!was || other);
  }
  if (!any && !filled)
    return;
  bool told = any && !meaning_eq(&before->m, &s->m);
  for (Slot i = 0; i < SLOTS; i++) {
    // whether rows are told apart shows at the end
    if (!emptied[i] || i == SLOT_DISTINCT)
      continue;
    bool moved = filled && !waits(s, i); // "number of orders" waits for its comparison
    if (moved && !told && s->held[i].from < words.from)
      words.from = s->held[i].from;
    if (!told && !moved)
      lose(s, i);
    s->held[i] = (WordSpan){0, 0};
  }
  for (Slot i = 0; i < SLOTS; i++) {
    int was = waits(before, i), is = waits(s, i);
    if (is && (!was || replaced(before, s, i))) {
      if (!s->held[i].to || emptied[i])
        s->held[i] = words;
      s->held[i].to = (uint8_t)to;
    }
  }
}

static bool tells_apart(const Meaning *m) {
  bool distinct = m->distinct;
  for (uint32_t i = 0; i < m->output_count; i++)
    distinct |= m->outputs[i].distinct || m->outputs[i].agg == AGG_MAX ||
                m->outputs[i].agg == AGG_MIN;
  for (uint32_t i = 0; i < m->having_count; i++)
    distinct |= m->having[i].left.distinct;
  for (uint32_t i = 0; i < m->order_count; i++)
    distinct |= m->orders[i].item.distinct;
  return distinct || m->group_count > 0;
}

void account_end(const Parser *p, State *s) {
  for (Slot i = 0; i < SLOT_TOP; i++)
    if (i != SLOT_DISTINCT && waits(s, i))
      lose(s, i);
  if (!tells_apart(&s->m))
    lose(s, SLOT_DISTINCT);
  if (s->top <= 0)
    return;
  WordSpan top = s->held[SLOT_TOP];
  if (s->m.limit != s->top || s->m.kind != MEANS_SELECT) {
    lose(s, SLOT_TOP);
  } else if (!s->m.order_count && unit_at(p, top.from, CAT_SUPER) &&
             !unit_at(p, top.from, CAT_FIRST)) {
    words_skip(s, top.from, top.from + 1u); // "the best 3": by nothing that was said
    s->lost = true;
  }
}
