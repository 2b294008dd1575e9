// names.c: names as Python and English have them.
#include "schema/schema.h"

static bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
static bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
static char lower(char c) {
  return is_upper(c) ? (char)(c + 32) : c;
}
static char upper(char c) {
  return is_lower(c) ? (char)(c - 32) : c;
}

// An underscore goes where a word begins: before a capital behind a small letter or
// digit, and before the last capital of a run that a small letter follows (HTTPLog).
// Names that are written with a capital inside, and are one word all the same.
static const char *const one_word[] = {"GitHub", "GitLab", "IPv4",   "IPv6",   "LinkedIn",
                                       "MySQL",  "OAuth",  "PayPal", "YouTube"};

// The length of such a name where one stands at `at` and a word ends behind it.
static size_t one_word_at(Str name, size_t at) {
  for (size_t i = 0; i < ARRAY_LEN(one_word); i++) {
    Str word = str_from(one_word[i]);
    Str rest = str_slice(name, at, name.len);
    if (str_starts(rest, word) && (rest.len == word.len || !is_lower(rest.ptr[word.len])))
      return word.len;
  }
  return 0;
}

Str name_snake(Arena *a, Str name) {
  char *out = arena_alloc(a, name.len * 2 + 1, 1);
  size_t n = 0;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    size_t whole = !i || !is_upper(name.ptr[i - 1]) ? one_word_at(name, i) : 0;
    if (whole) {
      if (n && out[n - 1] != '_')
        out[n++] = '_';
      for (size_t end = i + whole; i < end; i++)
        out[n++] = lower(name.ptr[i]);
      i--;
      continue;
    }
    if (c == ' ' || c == '-' || c == '_') {
      if (n && out[n - 1] != '_')
        out[n++] = '_';
      continue;
    }
    bool begins =
        is_upper(c) && i &&
        (is_lower(name.ptr[i - 1]) || is_digit(name.ptr[i - 1]) ||
         (is_upper(name.ptr[i - 1]) && i + 1 < name.len && is_lower(name.ptr[i + 1])));
    if (begins && n && out[n - 1] != '_')
      out[n++] = '_';
    out[n++] = lower(c);
  }
  return (Str){out, n};
}

Str name_camel(Arena *a, Str name) {
  char *out = arena_alloc(a, name.len + 1, 1);
  size_t n = 0;
  bool begins = true;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    if (c == ' ' || c == '-' || c == '_') {
      begins = true;
      continue;
    }
    out[n++] = begins ? upper(c) : c;
    begins = false;
  }
  return (Str){out, n};
}

// Words whose plural no rule gives; {singular, plural}. The same word twice: no plural.
static const char *const irregular[][2] = {
    {"person", "people"},
    {"child", "children"},
    {"man", "men"},
    {"woman", "women"},
    {"mouse", "mice"},
    {"goose", "geese"},
    {"foot", "feet"},
    {"tooth", "teeth"},
    {"criterion", "criteria"},
    {"phenomenon", "phenomena"},
    {"datum", "data"},
    {"medium", "media"},
    {"index", "indexes"},
    {"matrix", "matrices"},
    {"vertex", "vertices"},
    {"analysis", "analyses"},
    {"basis", "bases"},
    {"crisis", "crises"},
    {"diagnosis", "diagnoses"},
    {"thesis", "theses"},
    {"status", "statuses"},
    {"bus", "buses"},
    {"virus", "viruses"},
    {"bonus", "bonuses"},
    {"campus", "campuses"},
    {"menu", "menus"},
    {"alias", "aliases"},
    {"atlas", "atlases"},
    {"leaf", "leaves"},
    {"life", "lives"},
    {"knife", "knives"},
    {"shelf", "shelves"},
    {"half", "halves"},
    {"wolf", "wolves"},
    {"hero", "heroes"},
    {"potato", "potatoes"},
    {"tomato", "tomatoes"},
    {"echo", "echoes"},
    {"quiz", "quizzes"},
    {"move", "moves"},
    {"movie", "movies"},
    {"cookie", "cookies"},
    {"tie", "ties"},
    {"series", "series"},
    {"species", "species"},
    {"news", "news"},
    {"sheep", "sheep"},
    {"fish", "fish"},
    {"deer", "deer"},
    {"equipment", "equipment"},
    {"information", "information"},
    {"staff", "staff"},
    {"metadata", "metadata"},
    {"software", "software"},
    {"hardware", "hardware"},
    {"feedback", "feedback"},
    {"inventory", "inventories"},
    {"cache", "caches"},
    {"house", "houses"},
    {"warehouse", "warehouses"},
    {"course", "courses"},
    {"purchase", "purchases"},
    {"release", "releases"},
    {"license", "licenses"},
    {"expense", "expenses"},
    {"invoice", "invoices"},
    {"response", "responses"},
    {"case", "cases"},
    {"database", "databases"},
    {"base", "bases"},
    {"nurse", "nurses"},
    {"horse", "horses"},
    {"lens", "lenses"},
    {"canvas", "canvases"},
    {"gas", "gases"},
};

// Where the last word of a snake_case, spaced or CamelCase name begins.
static size_t last_word(Str name) {
  for (size_t i = name.len; i-- > 1;) {
    char c = name.ptr[i - 1];
    if (c == '_' || c == ' ' || c == '-')
      return i;
    if (is_upper(name.ptr[i]) && (is_lower(c) || is_digit(c)))
      return i;
  }
  return 0;
}

// `word` put in the place of the last word, whose first letter's case is kept.
static Str replaced(Arena *a, Str name, size_t at, const char *word) {
  Str out = str_format(a, "%.*s%s", (int)at, name.ptr, word);
  if (at < name.len && is_upper(name.ptr[at]))
    ((char *)out.ptr)[at] = upper(out.ptr[at]);
  return out;
}

static bool find_irregular(Arena *a, Str name, int from, Str *out) {
  size_t at = last_word(name);
  Str word = str_slice(name, at, name.len);
  for (size_t i = 0; i < ARRAY_LEN(irregular); i++)
    if (str_eq_nocase(word, str_from(irregular[i][from]))) {
      *out = replaced(a, name, at, irregular[i][1 - from]);
      return true;
    }
  return false;
}

static bool is_vowel(char c) {
  return c && strchr("aeiouAEIOU", c);
}
static bool ends(Str s, const char *tail) {
  Str end = str_from(tail);
  return s.len >= end.len && str_eq_nocase(str_slice(s, s.len - end.len, s.len), end);
}

Str name_plural(Arena *a, Str name) {
  Str out;
  if (!name.len || find_irregular(a, name, 0, &out))
    return name.len ? out : name;
  if (find_irregular(a, name, 1, &out)) // is one already
    return name;
  if (ends(name, "y") && name.len > 1 && !is_vowel(name.ptr[name.len - 2]))
    return str_format(a, "%.*sies", (int)name.len - 1, name.ptr);
  if (ends(name, "s") || ends(name, "x") || ends(name, "z") || ends(name, "ch") ||
      ends(name, "sh"))
    return str_format(a, "%.*ses", STR_ARG(name));
  return str_format(a, "%.*ss", STR_ARG(name));
}

Str name_singular(Arena *a, Str name) {
  Str out;
  if (!name.len || find_irregular(a, name, 0, &out))
    return name;
  if (find_irregular(a, name, 1, &out))
    return out;
  if (ends(name, "ies") && name.len > 4)
    return str_format(a, "%.*sy", (int)name.len - 3, name.ptr);
  if (ends(name, "sses") || ends(name, "xes") || ends(name, "ches") ||
      ends(name, "shes") || ends(name, "zes"))
    return str_slice(name, 0, name.len - 2);
  if (ends(name, "s") && !ends(name, "ss") && !ends(name, "us") && !ends(name, "is"))
    return str_slice(name, 0, name.len - 1);
  return name;
}

// ---- Names that cannot be

static bool in_list(Str name, const char *const *list, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (str_is(name, list[i]))
      return true;
  return false;
}

static bool is_keyword(Str name) {
  static const char *const keywords[] = {
#define TOKEN(kind, text)
#define KEYWORD(kind, name) #name,
#include "python/tokens.def"
#undef KEYWORD
#undef TOKEN
  };
  return in_list(name, keywords, ARRAY_LEN(keywords));
}

static bool is_builtin(Str name) {
  static const char *const builtins[] = {
#define BUILTIN(name) name,
#include "sqla/builtins.def"
#undef BUILTIN
  };
  return in_list(name, builtins, ARRAY_LEN(builtins));
}

static bool is_identifier(Str name) {
  if (!name.len || is_digit(name.ptr[0]))
    return false;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    if (!is_lower(c) && !is_upper(c) && !is_digit(c) && c != '_')
      return false;
  }
  return true;
}

// Builtins that are everyday column names and that nothing in a class body calls.
static const char *const harmless[] = {
    "id",    "type",  "hash",   "format",    "min",     "max",     "sum",
    "range", "input", "filter", "zip",       "open",    "next",    "round",
    "help",  "map",   "slice",  "copyright", "license", "credits",
};

const char *name_refused_attribute(Str name) {
  static const char *const declarative[] = {"metadata", "registry"};
  static const char *const used[] = {"mapped_column", "relationship", "func"};
  if (!is_identifier(name))
    return "is not an identifier of letters, digits and underscores";
  if (is_keyword(name))
    return "is a Python keyword";
  if (in_list(name, declarative, ARRAY_LEN(declarative)))
    return "is reserved by SQLAlchemy's declarative base";
  if (str_is(name, "self"))
    return "is what __init__ calls the new object";
  if (str_is(name, "query"))
    return "is reserved: scoped sessions and Flask-SQLAlchemy put Model.query there";
  if (str_starts(name, STR("__")) || str_starts(name, STR("_sa_")))
    return "is reserved by Python and SQLAlchemy";
  if (in_list(name, used, ARRAY_LEN(used)))
    return "would hide the SQLAlchemy function of that name in the class";
  if (is_builtin(name) && !in_list(name, harmless, ARRAY_LEN(harmless)))
    return "would hide the Python builtin of that name in the class";
  return NULL;
}

const char *name_refused_class(Str name) {
  static const char *const imported[] = {
      "Any",
      "ARRAY",
      "AssociationProxy",
      "Base",
      "BigInteger",
      "Boolean",
      "CheckConstraint",
      "CITEXT",
      "Column",
      "Computed",
      "Date",
      "DateTime",
      "Decimal",
      "DeclarativeBase",
      "Double",
      "Enum",
      "Float",
      "ForeignKey",
      "HSTORE",
      "Identity",
      "Index",
      "Integer",
      "Interval",
      "JSON",
      "JSONB",
      "LargeBinary",
      "Mapped",
      "MappedAsDataclass",
      "MetaData",
      "Numeric",
      "SmallInteger",
      "SoftDeleteMixin",
      "String",
      "Table",
      "Text",
      "Time",
      "TimestampMixin",
      "UniqueConstraint",
      "UUID",
      "UUIDMixin",
      "Uuid",
      "enum",
      "datetime",
  };
  if (!is_identifier(name))
    return "is not an identifier of letters, digits and underscores";
  if (is_keyword(name))
    return "is a Python keyword";
  if (is_builtin(name))
    return "is a Python builtin";
  if (in_list(name, imported, ARRAY_LEN(imported)))
    return "clashes with a name that the module imports or defines";
  return NULL;
}
