// T125: `relationship("B", backref="a")` becomes two relationships that name each other
// by back_populates; what SQLAlchemy gives the other side by itself is written there.
#include "codemod/declared.h"
#include "codemod/layout.h"
#include "codemod/py_type.h"

static const CodemodCode codes[] = {
    {"T125", "backref-to-back-populates", "relationship(backref=...)"}, {.code = NULL}};

typedef struct {
  CodemodCtx *cx;
  RuleCtx *in; // of the side that has the backref
  const PyTree *t;
  uint32_t file;
  const Model *model, *target;
  const Relationship *rel;
  Ref call;    // relationship(...)
  Ref keyword; // backref=...
  Str name;    // of the other side's attribute
  Ref options; // backref(name, ...), 0: a plain string
} Back;

static Str atom_text(const Back *b, Atom atom) {
  return atom_str(b->cx->project->names, atom);
}

static Atom atom_of(const Back *b, const char *name) {
  return intern(resolver_names(b->cx->resolver), str_from(name));
}

static bool is_self(const Back *b) {
  return b->model == b->target;
}

// ---- Values that move to the other class

typedef struct {
  const Back *b;
  Ref bad;
} Names;

// A name of the class body, or one that means something else (or nothing yet) in the
// other class.
static bool find_bad_name(void *data, Ref r) {
  Names *n = data;
  const Back *b = n->b;
  PyKind kind = py_kind(b->t, r);
  if (kind == PY_LAMBDA || kind == PY_NAMED_EXPR || kind == PY_AWAIT) {
    n->bad = r;
    return false;
  }
  if (kind != PY_NAME || n->bad)
    return !n->bad;
  Origin o = resolve_expr(b->cx->resolver, b->file, r);
  if (o.kind == ORIGIN_BUILTIN)
    return true;
  n->bad = r;
  return false;
}

// In the same class: a name that an attribute of the class takes over, as `friends` in
// `friends = relationship(secondary=friends)`.
static bool find_rebound_name(void *data, Ref r) {
  Names *n = data;
  const Back *b = n->b;
  if (py_kind(b->t, r) != PY_NAME || n->bad)
    return !n->bad;
  const PyScopes *s = b->in->file->scopes;
  Atom name = PY_AS(Name, b->t, r)->id;
  uint32_t own = py_scopes_find(s, py_scopes_of(s, b->model->node.ref), name);
  if (own != NO_SYMBOL && s->symbols[own].flags & SYMBOL_BOUND &&
      !model_column(b->model, name))
    n->bad = r;
  return true;
}

// The text of an argument for the other class; absent where it cannot be used there.
static Str moved(const Back *b, Ref value) {
  Names n = {b, 0};
  PyVisitor v = {.enter = is_self(b) ? find_rebound_name : find_bad_name, .data = &n};
  py_walk(b->t, value, &v);
  return n.bad ? (Str){0} : rule_text(b->in, value);
}

static bool is_string(const Back *b, Ref value) {
  return value && string_value(b->in, value).ptr;
}

// ---- Values as strings that the registry evaluates

// The class of `Post.id`, or of `cls.id` in the declared_attr that makes the
// relationship.
static const Model *owner_of(const Back *b, Ref owner) {
  Ref function = declared_function(b->cx, b->file, b->call);
  const PyScopes *s = b->in->file->scopes;
  uint32_t symbol =
      py_kind(b->t, owner) == PY_NAME ? py_scopes_symbol_of(s, owner) : NO_SYMBOL;
  if (function && symbol != NO_SYMBOL &&
      s->symbols[symbol].scope == py_scopes_of(s, function))
    return s->bindings[s->symbols[symbol].first].kind == BIND_PARAM ? b->model : NULL;
  Origin o = resolve_expr(b->cx->resolver, b->file, owner);
  return o.kind == ORIGIN_CLASS && o.proven ? models_of_class(b->cx->models, o.at) : NULL;
}

static bool is_known_by_name(const Back *b, const Model *m) {
  return models_by_class_name(b->cx->models, m->name) == m ||
         models_in_registry(b->cx->models, m->name, b->model->base) == m;
}

// `id` of the class body, `Post.id`: Post.id
static bool add_column(const Back *b, Ref x, Buf *out) {
  const Model *m = b->model;
  Atom key = 0;
  if (py_kind(b->t, x) == PY_NAME) {
    key = PY_AS(Name, b->t, x)->id;
  } else if (py_kind(b->t, x) == PY_ATTRIBUTE) {
    key = PY_AS(Attribute, b->t, x)->attr;
    m = owner_of(b, PY_AS(Attribute, b->t, x)->value);
  }
  if (!key || !m || !model_column(m, key) || !is_known_by_name(b, m))
    return false;
  buf_printf(out, "%.*s.%.*s", STR_ARG(atom_text(b, m->name)),
             STR_ARG(atom_text(b, key)));
  return true;
}

// The same with a direction: Post.id.desc()
static bool add_ordered(const Back *b, Ref x, Buf *out) {
  static const char *const methods[] = {"desc",       "asc",        "nulls_first",
                                        "nulls_last", "nullsfirst", "nullslast"};
  if (py_kind(b->t, x) != PY_CALL)
    return add_column(b, x, out);
  Ref func = PY_AS(Call, b->t, x)->func;
  if (py_kind(b->t, func) != PY_ATTRIBUTE ||
      py_list(b->t, PY_AS(Call, b->t, x)->args).len ||
      !add_ordered(b, PY_AS(Attribute, b->t, func)->value, out))
    return false;
  Str name = atom_text(b, PY_AS(Attribute, b->t, func)->attr);
  for (size_t i = 0; i < ARRAY_LEN(methods); i++)
    if (str_is(name, methods[i])) {
      buf_printf(out, ".%s()", methods[i]);
      return true;
    }
  return false;
}

// `foreign_keys=[a_id]` of the class body as the string that the registry evaluates.
static Str as_string(const Back *b, Ref value) {
  if (is_string(b, value) || is_self(b))
    return moved(b, value);
  PyRefs items = {&value, 1};
  if (py_kind(b->t, value) == PY_LIST)
    items = py_list(b->t, PY_AS(List, b->t, value)->elts);
  else if (py_kind(b->t, value) == PY_TUPLE)
    items = py_list(b->t, PY_AS(Tuple, b->t, value)->elts);
  Buf out = {0};
  bool good = items.len > 0;
  for (uint32_t i = 0; i < items.len && good; i++) {
    if (i)
      buf_add_str(&out, STR(", "));
    good = add_ordered(b, items.at[i], &out);
  }
  Str text = {0};
  if (good)
    text = str_format(b->cx->arena, items.len > 1 ? "\"[%.*s]\"" : "\"%.*s\"",
                      STR_ARG(buf_str(&out)));
  buf_free(&out);
  return text;
}

// ---- The arguments of the new side

static bool carry(const Back *b, Buf *out, const char *name, Str text, Ref stop) {
  if (!text.ptr) {
    codemod_refuse(b->cx, (Place){b->file, stop},
                   "`%s=` cannot be written in the other class as it stands", name);
    return false;
  }
  buf_printf(out, ", %s=%.*s", name, STR_ARG(text));
  return true;
}

static Ref own_argument(const Back *b, const char *name) {
  return call_keyword(b->t, b->call, atom_of(b, name));
}

static Ref given(const Back *b, const char *name) {
  return b->options ? call_keyword(b->t, b->options, atom_of(b, name)) : 0;
}

static bool is_identifier(Str name) {
  bool good = name.len && !(name.ptr[0] >= '0' && name.ptr[0] <= '9');
  for (size_t i = 0; i < name.len && good; i++)
    good = (unsigned char)name.ptr[i] >= 0x80 || name.ptr[i] == '_' ||
           (name.ptr[i] >= '0' && name.ptr[i] <= '9') ||
           ((name.ptr[i] | 0x20) >= 'a' && (name.ptr[i] | 0x20) <= 'z');
  return good;
}

// "schema.name" as SQLAlchemy evaluates it: as an expression of Python.
static bool is_evaluable(Str name) {
  Str rest = name, part;
  bool good = true;
  while (good && str_next_part(&rest, '.', &part))
    good = is_identifier(part);
  return good && name.len;
}

// The association table that a name means; in `friends = relationship(secondary=friends)`
// it is still the module's.
static const SqlTable *association(const Back *b, Ref name) {
  if (b->rel->secondary || py_kind(b->t, name) != PY_NAME)
    return b->rel->secondary;
  const PyScopes *s = b->in->file->scopes;
  Atom atom = PY_AS(Name, b->t, name)->id;
  uint32_t own = py_scopes_find(s, py_scopes_of(s, b->model->node.ref), atom);
  if (own != NO_SYMBOL && s->symbols[own].first != NO_BINDING &&
      s->bindings[s->symbols[own].first].stmt != rule_parent(b->in, b->call))
    return NULL;
  Origin o = resolve_global(b->cx->resolver, b->file, atom);
  return o.proven && o.value.ref ? models_table_of(b->cx->models, o.value) : NULL;
}

// What SQLAlchemy's own backref takes over from this side.
static bool inherit(const Back *b, Buf *out) {
  static const char *const flags[] = {"viewonly", "post_update", "passive_updates",
                                      "sync_backref"};
  for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
    Ref value = own_argument(b, flags[i]);
    if (value && !given(b, flags[i]) && !carry(b, out, flags[i], moved(b, value), value))
      return false;
  }
  Ref keys = own_argument(b, "foreign_keys");
  if (keys && !given(b, "foreign_keys") &&
      !carry(b, out, "foreign_keys", as_string(b, keys), keys))
    return false;
  Ref secondary = own_argument(b, "secondary");
  Ref primary = own_argument(b, "primaryjoin"), second = own_argument(b, "secondaryjoin");
  if (secondary) {
    Str text = moved(b, secondary);
    const SqlTable *table = text.ptr ? NULL : association(b, secondary);
    if (table && is_evaluable(table->full_name))
      text = str_format(b->cx->arena, "\"%.*s\"", STR_ARG(table->full_name));
    if (!carry(b, out, "secondary", text, secondary))
      return false;
    if (second && !carry(b, out, "primaryjoin", moved(b, second), second))
      return false;
    return !primary || carry(b, out, "secondaryjoin", moved(b, primary), primary);
  }
  if (!primary || given(b, "primaryjoin"))
    return true;
  Str text = moved(b, primary);
  if (text.ptr && (str_find(text, STR("remote("), 0) != SIZE_MAX ||
                   str_find(text, STR("foreign("), 0) != SIZE_MAX || is_self(b)))
    text = (Str){0};
  return carry(b, out, "primaryjoin", text, primary);
}

static bool own_options(const Back *b, Buf *out) {
  PyRefs args =
      b->options ? py_list(b->t, PY_AS(Call, b->t, b->options)->args) : (PyRefs){NULL, 0};
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(b->t, args.at[i]) != PY_KEYWORD) {
      if (i == 0)
        continue;
      codemod_refuse(b->cx, (Place){b->file, args.at[i]},
                     "backref() has another argument");
      return false;
    }
    const PyKeyword *k = PY_AS(Keyword, b->t, args.at[i]);
    Str name = k->arg ? atom_text(b, k->arg) : STR("**");
    if (str_is(name, "name"))
      continue;
    char key[64];
    if (!k->arg || name.len >= sizeof key) {
      codemod_refuse(b->cx, (Place){b->file, args.at[i]}, "its options stand elsewhere");
      return false;
    }
    memcpy(key, name.ptr, name.len);
    key[name.len] = 0;
    bool columns = str_is(name, "foreign_keys") || str_is(name, "remote_side");
    Str text = columns ? as_string(b, k->value) : moved(b, k->value);
    if (!text.ptr && str_is(name, "order_by"))
      text = as_string(b, k->value);
    if (!carry(b, out, key, text, k->value))
      return false;
  }
  return true;
}

// ---- Writing

// Not `relation`: the name that is imported for it may become another in this round.
static bool has_lasting_name(const Back *b, uint32_t file, Ref call) {
  const PyTree *t = &b->cx->project->files[file]->tree;
  return py_kind(t, call) == PY_CALL &&
         resolve_expr(b->cx->resolver, file, PY_AS(Call, t, call)->func).api ==
             API_sqlalchemy_orm_relationship;
}

// `relationship` as the other class or file spells it.
static Str function_name(const Back *b, uint32_t file, Ref at) {
  if (file == b->file && has_lasting_name(b, file, b->call))
    return py_text(b->t, PY_AS(Call, b->t, b->call)->func);
  for (uint32_t i = 0; i < b->target->relationship_count; i++) {
    const Relationship *r = &b->target->relationships[i];
    const PyTree *t = &b->cx->project->files[file]->tree;
    if (!r->from_backref && r->node.file == file &&
        has_lasting_name(b, file, r->node.ref))
      return py_text(t, PY_AS(Call, t, r->node.ref)->func);
  }
  return codemod_import(b->cx, file, at, "sqlalchemy.orm", "relationship");
}

static bool assigns_mapped(const Back *b, const PyTree *t, Ref stmt) {
  Ref target = 0;
  if (py_kind(t, stmt) == PY_ANN_ASSIGN) {
    target = PY_AS(AnnAssign, t, stmt)->target;
  } else if (py_kind(t, stmt) == PY_ASSIGN) {
    PyRefs targets = py_list(t, PY_AS(Assign, t, stmt)->targets);
    target = targets.len == 1 ? targets.at[0] : 0;
  }
  if (py_kind(t, target) != PY_NAME)
    return false;
  Atom name = PY_AS(Name, t, target)->id;
  return model_column(b->target, name) || model_relationship(b->target, name);
}

// The statement of the class body behind which attributes go: the last one that assigns
// a mapped attribute, so that columns that are named are there; in a class without any,
// the last assignment before methods.
static Ref last_attribute(const Back *b, const PyTree *t, RuleCtx *in) {
  PyRefs body = py_list(t, PY_AS(ClassDef, t, b->target->node.ref)->body);
  Ref last = 0, plain = 0;
  bool ended = false;
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(t, body.at[i]);
    bool assigns = kind == PY_ASSIGN || kind == PY_ANN_ASSIGN;
    if (assigns && assigns_mapped(b, t, body.at[i]))
      last = body.at[i];
    if (assigns && !ended)
      plain = body.at[i];
    ended = ended || (plain && (kind == PY_FUNCTION_DEF || kind == PY_CLASS_DEF));
  }
  last = last ? last : plain;
  return last && layout_indent(in, py_node(t, last)->start).ptr ? last : 0;
}

static void insert_side(const Back *b, Str arguments) {
  uint32_t file = b->target->node.file;
  RuleCtx *in = codemod_in(b->cx, file);
  Ref last = last_attribute(b, in->tree, in);
  if (!last) {
    codemod_refuse(b->cx, b->target->node,
                   "the other class has no attributes to stand by");
    return;
  }
  uint32_t at = layout_line_end(in, py_node(in->tree, last)->end);
  Str indent = layout_indent(in, py_node(in->tree, last)->start), eol = rule_newline(in);
  Str function = function_name(b, file, last);
  Str head = str_format(in->scratch, "%.*s = %.*s(", STR_ARG(b->name), STR_ARG(function));
  Str inner = str_format(in->scratch, "\"%.*s\", back_populates=\"%.*s\"%.*s",
                         STR_ARG(atom_text(b, b->model->name)),
                         STR_ARG(atom_text(b, b->rel->key)), STR_ARG(arguments));
  if (indent.len + head.len + inner.len + 1 <= layout_limit(in))
    fix_printf(in, (Span){at, at}, "%.*s%.*s%.*s%.*s)", STR_ARG(eol), STR_ARG(indent),
               STR_ARG(head), STR_ARG(inner));
  else
    fix_printf(in, (Span){at, at}, "%.*s%.*s%.*s%.*s%.*s    %.*s%.*s%.*s)", STR_ARG(eol),
               STR_ARG(indent), STR_ARG(head), STR_ARG(eol), STR_ARG(indent),
               STR_ARG(inner), STR_ARG(eol), STR_ARG(indent));
}

static void write(const Back *b) {
  Buf arguments = {0};
  if (inherit(b, &arguments) && own_options(b, &arguments)) {
    if (rule_has_comment(b->in, py_span(b->t, b->keyword)))
      codemod_refuse(b->cx, (Place){b->file, b->keyword}, "a comment stands in it");
    fix_printf(b->in, py_span(b->t, b->keyword), "back_populates=\"%.*s\"",
               STR_ARG(b->name));
    insert_side(b, buf_str(&arguments));
  }
  buf_free(&arguments);
}

// ---- Finding

static bool has_attribute(const Back *b) {
  Atom name = intern(resolver_names(b->cx->resolver), b->name);
  const Relationship *r = model_relationship(b->target, name);
  const ModelAttr *a = model_attr(b->target, name);
  return model_column(b->target, name) || (r && !r->from_backref) || a;
}

static bool has_subclass_with(const Back *b) {
  Atom name = intern(resolver_names(b->cx->resolver), b->name);
  for (uint32_t i = 0; i < models_count(b->cx->models); i++) {
    const Model *m = models_at(b->cx->models, i);
    if (m == b->target || !model_is_a(m, b->target))
      continue;
    const Relationship *r = model_relationship(m, name);
    if (model_column(m, name) || (r && !r->from_backref && !r->inherited))
      return true;
  }
  return false;
}

static const char *obstacle(const Back *b) {
  const ProjectFile *f = b->cx->project->files[b->target->node.file];
  if (!place_eq(b->rel->declared_in, b->model->node))
    return "it stands in a mixin: every class that has it makes a backref of its own";
  if (!b->target->node.ref || f->tree.has_errors || f->is_stub ||
      py_kind(&f->tree, b->target->node.ref) != PY_CLASS_DEF)
    return "the other class cannot be edited";
  if (b->target->style == BASE_IMPERATIVE)
    return "the other class is mapped by a call: attributes of its body are not read";
  if (!b->rel->proven)
    return "one of its arguments is not understood";
  if (has_attribute(b) || has_subclass_with(b))
    return "the other class has an attribute of that name";
  if (models_by_class_name(b->cx->models, b->model->name) != b->model &&
      models_in_registry(b->cx->models, b->model->name, b->model->base) != b->model)
    return "several classes have the name of this one";
  if (!is_identifier(b->name))
    return "the name of the backref is no name of Python";
  if (b->target->style == BASE_SQLMODEL || b->target->dataclass ||
      b->target->style == BASE_AUTOMAP)
    return "the other class takes fields by annotation";
  return NULL;
}

static bool read_name(Back *b) {
  Ref value = PY_AS(Keyword, b->t, b->keyword)->value;
  b->name = string_value(b->in, value);
  if (b->name.ptr || py_kind(b->t, value) != PY_CALL ||
      resolve_call_api(b->cx->resolver, b->file, value) != API_sqlalchemy_orm_backref)
    return b->name.ptr != NULL;
  b->options = value;
  Ref name = call_argument(b->t, value, atom_of(b, "name"), 0);
  b->name = name ? string_value(b->in, name) : (Str){0};
  return b->name.ptr != NULL;
}

static void look_at(CodemodCtx *cx, const Model *m, const Relationship *r) {
  if (r->from_backref || r->inherited || !r->node.ref || !r->backref)
    return;
  const ProjectFile *f = cx->project->files[r->node.file];
  if (f->tree.has_errors || f->is_stub || py_kind(&f->tree, r->node.ref) != PY_CALL)
    return;
  Back b = {.cx = cx,
            .in = codemod_in(cx, r->node.file),
            .t = &f->tree,
            .file = r->node.file,
            .model = m,
            .target = r->target,
            .rel = r,
            .call = r->node.ref};
  b.keyword = call_keyword_node(b.t, b.call, atom_of(&b, "backref"));
  if (!b.keyword)
    return;
  Site *s = codemod_site(cx, "T125", b.file, py_span(b.t, b.keyword),
                         "`%.*s` is declared in another class by backref",
                         STR_ARG(atom_text(&b, r->backref)));
  if (!codemod_open(cx, s))
    return;
  const char *why = !b.target        ? "the class it points to is not known"
                    : !read_name(&b) ? "the name of the backref is not written here"
                                     : obstacle(&b);
  if (why)
    codemod_refuse(cx, b.target ? b.target->node : (Place){0, 0}, "%s", why);
  else
    write(&b);
  codemod_close(cx);
}

static void run(CodemodCtx *cx) {
  for (uint32_t i = 0; i < models_count(cx->models); i++) {
    const Model *m = models_at(cx->models, i);
    for (uint32_t k = 0; k < m->relationship_count; k++)
      look_at(cx, m, &m->relationships[k]);
  }
}

const Codemod codemod_backrefs = {
    .name = "backrefs", .codes = codes, .profile = PROFILE_MODERN, .run = run};
