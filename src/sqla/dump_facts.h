// dump_facts.h: what was read of a project's models, as text and JSON.
#ifndef SQLA_DUMP_FACTS_H
#define SQLA_DUMP_FACTS_H

#include "base/json.h"
#include "sqla/model.h"

// An object with `models` and `tables` (those that no class is mapped to). Files with
// models must have their lines indexed.
void dump_facts_json(const Project *project, const Models *models, JsonWriter *w);
void dump_facts_text(const Project *project, const Models *models, Buf *out);

#endif
