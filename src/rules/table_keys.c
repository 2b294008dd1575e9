// table_keys.c: the foreign keys between two tables.
#include "rules/table_keys.h"

uint32_t keys_to(const SqlTable *from, const SqlTable *to) {
  uint32_t count = 0, composite = 0;
  for (uint32_t i = 0; i < from->column_count; i++)
    for (uint32_t k = 0; k < from->columns[i]->foreign_key_count; k++) {
      const SqlForeignKey *key = &from->columns[i]->foreign_keys[k];
      if (key->table != to || (key->constraint && key->constraint == composite))
        continue;
      composite = key->constraint;
      count++;
    }
  return count;
}

uint32_t keys_between(const SqlTable *a, const SqlTable *b) {
  return keys_to(a, b) + (a == b ? 0 : keys_to(b, a));
}

bool has_unknown_key(const SqlTable *t) {
  for (uint32_t i = 0; i < t->column_count; i++) {
    const SqlColumn *c = t->columns[i];
    if (!c->proven)
      return true;
    for (uint32_t k = 0; k < c->foreign_key_count; k++)
      if (!c->foreign_keys[k].table)
        return true;
  }
  return false;
}
