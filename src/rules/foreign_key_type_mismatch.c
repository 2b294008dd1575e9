// D105: a foreign key whose type is not that of what it refers to.
#include "rules/util.h"

typedef enum {
  FAMILY_OTHER,
  FAMILY_INTEGER,
  FAMILY_STRING,
  FAMILY_UUID
} Family;

static Family family_of(SqlType t) {
  switch ((ApiId)t.api) {
  case API_sqlalchemy_Integer:
  case API_sqlalchemy_BigInteger:
  case API_sqlalchemy_SmallInteger:
    return FAMILY_INTEGER;
  case API_sqlalchemy_String:
  case API_sqlalchemy_Unicode:
  case API_sqlalchemy_Text:
  case API_sqlalchemy_UnicodeText:
  case API_sqlalchemy_VARCHAR:
    return FAMILY_STRING;
  case API_sqlalchemy_Uuid:
  case API_sqlalchemy_UUID:
    return FAMILY_UUID;
  default:
    return FAMILY_OTHER;
  }
}

static bool differs(SqlType own, SqlType target) {
  Family a = family_of(own), b = family_of(target);
  if (a == FAMILY_OTHER || b == FAMILY_OTHER)
    return false;
  return a != b || (a == FAMILY_INTEGER && own.api != target.api);
}

static void check(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->column_count; i++) {
    const SqlColumn *c = m->columns[i].column;
    if (m->columns[i].inherited || c->node.file != cx->file_id || !c->node.ref ||
        !place_eq(m->columns[i].declared_in, m->node) || !c->type.node.ref)
      continue;
    for (uint32_t k = 0; k < c->foreign_key_count; k++) {
      const SqlColumn *target = c->foreign_keys[k].column;
      if (target && c->type.known && target->type.known && differs(c->type, target->type))
        rule_report(cx, py_span(cx->tree, c->node.ref),
                    "%.*s refers to `%.*s`, which is %.*s", STR_ARG(c->type.text),
                    STR_ARG(c->foreign_keys[k].target), STR_ARG(target->type.text));
    }
  }
}

const Rule rule_foreign_key_type_mismatch = {
    .code = "D105",
    .name = "foreign-key-type-mismatch",
    .category = CAT_DESIGN,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "A foreign key column of another type than the column it refers to",
    .why =
        "Some databases refuse the constraint, others convert in every join; leave the "
        "type out and it is taken from the other column",
    .check_model = check,
};
