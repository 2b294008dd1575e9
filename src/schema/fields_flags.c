// fields_flags.c: flags of columns and relationships.
#include "project/config.h"
#include "schema/fields_internal.h"

static const struct {
  const char *word;
  int where;
} flags[F_COUNT] = {
    [F_NULL] = {"null", ON_COLUMN | ON_RELATION},
    [F_UNIQUE] = {"unique", ON_COLUMN | ON_RELATION},
    [F_INDEX] = {"index", ON_COLUMN | ON_RELATION},
    [F_PK] = {"pk", ON_COLUMN | ON_RELATION},
    [F_NOW] = {"now", ON_COLUMN},
    [F_UPDATE] = {"update", ON_COLUMN},
    [F_SERVER] = {"server", ON_COLUMN},
    [F_NAIVE] = {"naive", ON_COLUMN},
    [F_MIN] = {"min", ON_COLUMN | TAKES},
    [F_MAX] = {"max", ON_COLUMN | TAKES},
    [F_POSITIVE] = {"positive", ON_COLUMN},
    [F_CHECK] = {"check", ON_COLUMN | TAKES},
    [F_COLUMN] = {"column", ON_COLUMN | TAKES},
    [F_COMMENT] = {"comment", ON_COLUMN | ON_RELATION | TAKES},
    [F_COMPUTED] = {"computed", ON_COLUMN | TAKES},
    [F_IDENTITY] = {"identity", ON_COLUMN},
    [F_ONE] = {"one", ON_RELATION},
    [F_NOINDEX] = {"noindex", ON_RELATION},
    [F_CASCADE] = {"cascade", ON_RELATION},
    [F_SETNULL] = {"setnull", ON_RELATION},
    [F_RESTRICT] = {"restrict", ON_RELATION},
    [F_BACK] = {"back", ON_RELATION | TAKES},
    [F_NOBACK] = {"noback", ON_RELATION},
    [F_THROUGH] = {"through", ON_RELATION | TAKES},
    [F_TABLE] = {"table", ON_RELATION | TAKES},
    [F_LAZY] = {"lazy", ON_RELATION | TAKES},
};

bool field_read_flag(const FieldCx *cx, Str text, int where, Flag *flag, Str *argument,
                     Str *value) {
  Part part;
  *argument = *value = (Str){0};
  if (!field_split_part(text, &part))
    return field_wrong(cx, "a bracket is not closed");
  const char *words[F_COUNT];
  uint32_t n = 0;
  for (int f = 0; f < F_COUNT; f++)
    if (flags[f].where & where)
      words[n++] = flags[f].word;
  *flag = F_COUNT;
  for (int f = 0; f < F_COUNT; f++)
    if ((flags[f].where & where) && str_eq_nocase(part.word, str_from(flags[f].word)))
      *flag = (Flag)f;
  if (str_eq_nocase(part.word, STR("primary_key")) ||
      str_eq_nocase(part.word, STR("primary")))
    *flag = F_PK;
  if (str_eq_nocase(part.word, STR("nullable")) ||
      str_eq_nocase(part.word, STR("optional")))
    *flag = F_NULL;
  if (*flag == F_COUNT) {
    Str near = nearest_name(part.word, words, n);
    return near.len ? field_wrong(cx, "unknown flag '%.*s'; did you mean '%.*s'?",
                                  STR_ARG(part.word), STR_ARG(near))
                    : field_wrong(cx, "unknown flag '%.*s'", STR_ARG(part.word));
  }
  Str behind = str_trim(part.rest);
  if (behind.len && behind.ptr[0] != '=')
    return field_wrong(cx, "'%.*s' behind the flag is not understood", STR_ARG(behind));
  bool takes = flags[*flag].where & TAKES;
  if (part.parenthesised)
    *argument = field_unquoted(part.argument);
  if (behind.len && takes && !part.parenthesised)
    *argument = field_unquoted(str_slice(behind, 1, behind.len));
  else if (behind.len)
    *value = str_slice(behind, 1, behind.len);
  if (takes && !argument->len)
    return field_wrong(cx, "flag '%s' needs a value: %s(...)", flags[*flag].word,
                       flags[*flag].word);
  if (!takes && part.parenthesised)
    return field_wrong(cx, "flag '%s' takes no value", flags[*flag].word);
  return true;
}

static bool is_number_type(TypeKind k) {
  return k == TYPE_INTEGER || k == TYPE_BIGINT || k == TYPE_SMALLINT || k == TYPE_FLOAT ||
         k == TYPE_DOUBLE || k == TYPE_DECIMAL;
}

static bool add_bound(const FieldCx *cx, const SchemaColumn *c, const char *operator,
                      Str number, const char *name) {
  if (!is_number_type(c->type.kind))
    return field_wrong(cx, "'%s' is for numbers", name);
  if (!field_is_number(number, false))
    return field_wrong(cx, "'%.*s' is not a number", STR_ARG(number));
  Arena *a = cx->s->arena;
  SchemaConstraint *k = schema_add_constraint(cx->s, cx->t, CHECK_CONSTRAINT);
  vec_push(&k->columns, c->name);
  k->bound = str_format(a, "%s %.*s", operator, STR_ARG(number));
  k->expression = str_format(a, "%.*s %.*s", STR_ARG(c->name), STR_ARG(k->bound));
  k->name = str_format(a, "%.*s_%s", STR_ARG(c->name), name);
  return true;
}

bool field_column_flag(const FieldCx *cx, SchemaColumn *c, Flag flag, Str argument) {
  TypeKind k = c->type.kind;
  bool is_clock = k == TYPE_DATE || k == TYPE_DATETIME || k == TYPE_TIME;
  SchemaConstraint *constraint;
  switch (flag) {
  case F_NULL:
    c->nullable = true;
    return true;
  case F_UNIQUE:
    c->unique = true;
    return true;
  case F_INDEX:
    c->index = true;
    return true;
  case F_PK:
    c->primary_key = true;
    return true;
  case F_NOW:
  case F_UPDATE:
    if (!is_clock)
      return field_wrong(cx, "'%s' is for date, time and datetime", flags[flag].word);
    if (flag == F_UPDATE)
      c->update_now = true;
    else if (c->default_kind)
      return field_wrong(cx, "it has two defaults");
    c->default_kind = DEFAULT_NOW;
    return true;
  case F_SERVER:
    c->server_side = true;
    return true;
  case F_NAIVE:
    if (k != TYPE_DATETIME && k != TYPE_TIME)
      return field_wrong(cx, "'naive' is for datetime and time");
    c->type.naive = true;
    return true;
  case F_MIN:
    return add_bound(cx, c, ">=", argument, "min");
  case F_MAX:
    return add_bound(cx, c, "<=", argument, "max");
  case F_POSITIVE:
    return add_bound(cx, c, ">", STR("0"), "positive");
  case F_CHECK:
    constraint = schema_add_constraint(cx->s, cx->t, CHECK_CONSTRAINT);
    constraint->expression = argument;
    constraint->name = str_format(cx->s->arena, "%.*s_valid", STR_ARG(c->name));
    return true;
  case F_COLUMN:
    c->column_name = argument;
    return true;
  case F_COMMENT:
    c->comment = argument;
    return true;
  case F_COMPUTED:
    c->computed = argument;
    return true;
  case F_IDENTITY:
    if (k != TYPE_INTEGER && k != TYPE_BIGINT && k != TYPE_SMALLINT)
      return field_wrong(cx, "'identity' is for whole numbers");
    c->identity = true;
    return true;
  default:
    BUG("a flag of relationships on a column");
  }
}

bool field_relation_flag(const FieldCx *cx, SchemaRelation *r, Flag flag, Str argument) {
  bool many = r->kind == RELATION_MANY_TO_MANY;
  switch (flag) {
  case F_NULL:
    r->nullable = true;
    break;
  case F_UNIQUE:
  case F_ONE:
    r->unique = true;
    if (flag == F_ONE && !many)
      r->kind = RELATION_ONE_TO_ONE;
    break;
  case F_INDEX:
    r->no_index = false;
    return true;
  case F_PK:
    r->primary_key = true;
    break;
  case F_NOINDEX:
    r->no_index = true;
    break;
  case F_CASCADE:
  case F_SETNULL:
  case F_RESTRICT:
    if (r->ondelete.len)
      return field_wrong(cx, "it says twice what ON DELETE does");
    r->ondelete = str_from(flag == F_CASCADE   ? "CASCADE"
                           : flag == F_SETNULL ? "SET NULL"
                                               : "RESTRICT");
    return true;
  case F_BACK:
    if (name_refused_attribute(argument))
      return field_wrong(cx, "the attribute '%.*s' %s", STR_ARG(argument),
                         name_refused_attribute(argument));
    r->back_name = argument;
    return true;
  case F_NOBACK:
    r->back_name = STR("-");
    return true;
  case F_COMMENT:
    r->comment = argument;
    return true;
  case F_LAZY:
    if (!field_is_word_of(argument,
                          "select selectin joined subquery raise raise_on_sql noload "
                          "immediate write_only dynamic"))
      return field_wrong(cx, "'%.*s' is no way of loading", STR_ARG(argument));
    r->lazy = argument;
    return true;
  case F_THROUGH:
    if (name_refused_class(argument))
      return field_wrong(cx, "the association class '%.*s' %s", STR_ARG(argument),
                         name_refused_class(argument));
    r->through = argument;
    break;
  case F_TABLE:
    r->through = str_format(cx->s->arena, "=%.*s", STR_ARG(argument));
    break;
  default:
    BUG("a flag of columns on a relationship");
  }
  bool of_many = flag == F_THROUGH || flag == F_TABLE;
  if (of_many != many)
    return field_wrong(cx, "'%s' is for %s", flags[flag].word,
                       of_many ? "many-to-many (<->)"
                               : "foreign keys, and many-to-many has none here");
  return true;
}

const char *field_flag_word(Flag flag, int where) {
  return flags[flag].where & where ? flags[flag].word : NULL;
}
