// value_symbols.c: names of SQLAlchemy and of the standard library (value_symbols.def).
#include "sqla/value_internal.h"

static const Symbol symbols[] = {
#define SYMBOL(package, name, form, result, rule, flags)                                 \
  {package, name, SYMBOL_##form, VALUE_##result, RULE_##rule, (flags)},
#include "sqla/value_symbols.def"
#undef SYMBOL
};

static const char *symbol_name(uint32_t row) {
  return symbols[row].name;
}

// A column's type may come from an annotation: its name need not stand in the project.
void symbols_index(ValueIndex *index) {
  InternCache *names = intern_cache_new(index->project->names);
  for (uint32_t i = 0; i < ARRAY_LEN(symbols); i++)
    if (!strcmp(symbols[i].package, "sqlalchemy") && !strchr(symbols[i].name, '.'))
      intern(names, str_from(symbols[i].name));
  intern_cache_free(names);
  name_rows_build(&index->symbols, index, ARRAY_LEN(symbols), symbol_name);
}

const Symbol *symbol_at(uint16_t number) {
  return number ? &symbols[number - 1] : NULL;
}

static Str first_part(Str dotted) {
  size_t dot = str_find_char(dotted, '.', 0);
  return str_slice(dotted, 0, dot);
}

// "datetime.now" stands at the end of "datetime.datetime.now".
static bool name_fits(const Symbol *s, Str module, Str name) {
  const char *dot = strchr(s->name, '.');
  if (!dot)
    return true;
  Str class_name = {s->name, (size_t)(dot - s->name)};
  (void)name;
  size_t at = str_rfind_char(module, '.');
  Str last = at == SIZE_MAX ? module : str_slice(module, at + 1, module.len);
  return str_eq(last, class_name);
}

static uint16_t find_symbol(ValueCtx *cx, Str module, Atom name) {
  const NameRows *rows = name_rows_find(&cx->index->symbols, name);
  Str package = first_part(module);
  if (str_is(package, "typing_extensions"))
    package = STR("typing");
  uint16_t plain = 0;
  for (uint32_t i = 0; rows && i < rows->len; i++) {
    uint16_t row = cx->index->symbols.rows[rows->first + i];
    const Symbol *s = &symbols[row];
    if (!str_is(package, s->package) ||
        !name_fits(s, module, atom_str(cx->project->names, name)))
      continue;
    if (strchr(s->name, '.'))
      return (uint16_t)(row + 1);
    plain = (uint16_t)(row + 1);
  }
  return plain;
}

Value symbol_value(ValueCtx *cx, Atom module, Atom name, uint32_t file, Ref at) {
  Str dotted = atom_str(cx->project->names, module);
  uint16_t number = find_symbol(cx, dotted, name);
  if (!number)
    return value_unknown();
  const Symbol *s = symbol_at(number);
  ValueKind kind = s->form == SYMBOL_VALUE      ? (ValueKind)s->result
                   : s->form == SYMBOL_FUNCTION ? VALUE_FUNCTION
                                                : VALUE_CLASS;
  Value v = value_make(kind, file, at);
  v.symbol = number;
  Buf path = {0};
  buf_add_str(&path, dotted);
  buf_add_char(&path, '.');
  buf_add_str(&path, atom_str(cx->project->names, name));
  v.key = intern(cx->names, buf_str(&path));
  buf_free(&path);
  return v;
}

Value symbol_attribute(ValueCtx *cx, Value v, Atom name, uint32_t file, Ref at) {
  if (!v.key)
    return value_unknown();
  return value_lower(symbol_value(cx, v.key, name, file, at), (Sure)v.sure);
}

Value builtin_value(ValueCtx *cx, Atom name, uint32_t file, Ref at) {
  return symbol_value(cx, intern(cx->names, STR("builtins")), name, file, at);
}

static ValueKind type_rule_kind(uint8_t rule) {
  switch (rule) {
  case RULE_TYPE_INT:
    return VALUE_INT;
  case RULE_TYPE_STR:
    return VALUE_STR;
  case RULE_TYPE_BOOL:
    return VALUE_BOOL;
  case RULE_TYPE_FLOAT:
    return VALUE_FLOAT;
  case RULE_TYPE_DATE:
    return VALUE_DATE;
  case RULE_TYPE_DATETIME:
    return VALUE_DATETIME;
  case RULE_TYPE_TIME:
    return VALUE_TIME;
  case RULE_TYPE_TIMEDELTA:
    return VALUE_TIMEDELTA;
  case RULE_TYPE_BYTES:
    return VALUE_BYTES;
  default:
    return VALUE_UNKNOWN;
  }
}

Value type_reads(ValueCtx *cx, Value type) {
  (void)cx;
  if (is_bottom(type))
    return type;
  if (type.kind == VALUE_TYPE && type.item)
    return value_item(type);
  const Symbol *s = symbol_at(type.symbol);
  if (!s || (type.kind != VALUE_CLASS && type.kind != VALUE_TYPE))
    return value_unknown();
  ValueKind kind = type_rule_kind(s->rule);
  Value v = value_make(kind, type.root.file, type.root.ref);
  return value_lower(v, (Sure)type.sure);
}

Value symbol_type_reads(ValueCtx *cx, Str type_name, uint32_t file, Ref at) {
  Atom name = interner_find(cx->project->names, type_name);
  Atom module = intern(cx->names, STR("sqlalchemy.types"));
  return name ? type_reads(cx, symbol_value(cx, module, name, file, at))
              : value_unknown();
}
