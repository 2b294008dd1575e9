// complete.c: what follows from what was stated: keys, foreign keys, association tables,
// the other sides of relationships, and names.
#include "base/buf.h"
#include "schema/complete_internal.h"

Str complete_shown(const SchemaTable *t) {
  return t->class_name.len ? t->class_name : t->name;
}

bool complete_wrong(const Cx *cx, const SchemaTable *t, Str field, const char *what) {
  return err_set(cx->err, ERR_USAGE, "field '%.*s' of %.*s: %s", STR_ARG(field),
                 STR_ARG(complete_shown(t)), what);
}

static void insert_column(SchemaTable *t, size_t at) { // moves the last one there
  SchemaColumn *c = vec_pop(&t->columns);
  vec_push(&t->columns, c);
  memmove(t->columns.items + at + 1, t->columns.items + at,
          (t->columns.len - 1 - at) * sizeof *t->columns.items);
  t->columns.items[at] = c;
}

static void fix_ondelete(SchemaColumn *c, SchemaTable *target, Str ondelete, Schema *s) {
  SchemaForeignKey *key = arena_new(s->arena, SchemaForeignKey);
  key->table = target;
  key->column = schema_primary_key(target);
  key->ondelete = ondelete;
  c->foreign_key = key;
  c->type = key->column->type;
  c->type.enumeration = key->column->type.enumeration;
}

// ---- Parents and targets

static SchemaTable *add_stub(Schema *s, Str class_name) {
  SchemaTable *t = schema_add_table(
      s, class_name, name_plural(s->arena, name_snake(s->arena, class_name)));
  t->stub = true;
  schema_assume(s,
                "%.*s is not described: it is taken to be a table `%.*s` with an integer "
                "key `id`",
                STR_ARG(class_name), STR_ARG(t->name));
  return t;
}

static bool find_target(const Cx *cx, Str name, SchemaTable *from, Str field,
                        SchemaTable **out) {
  *out = schema_find(cx->s, name);
  if (*out)
    return true;
  if (cx->options->no_stubs)
    return complete_wrong(cx, from, field, "the model it names is not known");
  if (name.len && name.ptr[0] >= 'a' && name.ptr[0] <= 'z')
    return complete_wrong(
        cx, from, field,
        "the model it names is not known, and the name of a new one begins "
        "with a capital letter");
  *out = add_stub(cx->s, name);
  return true;
}

static void add_discriminator(Schema *s, SchemaTable *root) {
  if (root->discriminator.len || root->external)
    return;
  SchemaColumn *type = schema_column(root, STR("type"));
  if (!type) {
    type = schema_add_column(s, root, STR("type"), TYPE_STRING);
    type->type.length = 50;
    schema_assume(s, "%.*s.type tells the subclasses of %.*s apart",
                  STR_ARG(root->class_name), STR_ARG(root->class_name));
  }
  root->discriminator = type->name;
  if (!root->identity.len)
    root->identity = name_snake(s->arena, root->class_name);
}

static bool complete_parent(const Cx *cx, SchemaTable *t) {
  if (!t->parent_name.len || t->parent)
    return true;
  if (!find_target(cx, t->parent_name, t, t->parent_name, &t->parent))
    return false;
  int depth = 0;
  for (SchemaTable *up = t->parent; up; up = up->parent)
    if (up == t || ++depth > 30)
      return err_set(cx->err, ERR_USAGE, "model '%.*s' inherits from itself",
                     STR_ARG(t->class_name));
  if (!t->parent_kind) {
    t->parent_kind = cx->options->inheritance ? cx->options->inheritance : PARENT_JOINED;
    if (!cx->options->inheritance)
      schema_assume(cx->s,
                    "%.*s has a table of its own that is joined to the one of %.*s "
                    "(%.*s(%.*s:single) would share it)",
                    STR_ARG(t->class_name), STR_ARG(t->parent->class_name),
                    STR_ARG(t->class_name), STR_ARG(t->parent->class_name));
  }
  if (!t->identity.len)
    t->identity = name_snake(cx->s->arena, t->class_name);
  return true;
}

static bool complete_parents(const Cx *cx) {
  Schema *s = cx->s;
  for (size_t i = 0; i < s->tables.len; i++)
    if (!complete_parent(cx, s->tables.items[i]))
      return false;
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i];
    if (t->external || !t->parent)
      continue;
    SchemaTable *root = t->parent;
    while (root->parent)
      root = root->parent;
    add_discriminator(s, root);
    if (t->parent_kind == PARENT_SINGLE) {
      t->name = t->parent->name;
      for (size_t k = 0; k < t->columns.len; k++)
        if (!t->columns.items[k]->nullable && !t->columns.items[k]->default_kind) {
          t->columns.items[k]->nullable = true;
          schema_assume(s, "%.*s.%.*s may be null: rows of other classes share the table",
                        STR_ARG(t->class_name), STR_ARG(t->columns.items[k]->name));
        }
    }
  }
  return true;
}

static bool complete_targets(const Cx *cx) {
  for (size_t i = 0; i < cx->s->tables.len; i++) {
    SchemaTable *t = cx->s->tables.items[i];
    for (size_t k = 0; k < t->relations.len; k++) {
      SchemaRelation *r = t->relations.items[k];
      if (!r->target && !find_target(cx, r->target_name, t, r->name, &r->target))
        return false;
    }
  }
  return true;
}

// ---- Keys

static void add_mixin_columns(Schema *s, SchemaTable *t) {
  static const char *const names[] = {"created_at", "updated_at", "deleted_at"};
  for (int i = 0; i < 3; i++) {
    bool wanted = i < 2 ? t->timestamps : t->soft_delete;
    if (!wanted || schema_column_inherited(t, str_from(names[i])))
      continue;
    SchemaColumn *c = schema_add_column(s, t, str_from(names[i]), TYPE_DATETIME);
    c->inherited = true;
    c->nullable = i == 2;
    c->index = i == 2;
    c->default_kind = i == 2 ? DEFAULT_NONE : DEFAULT_NOW;
    c->update_now = i == 1;
  }
}

static void add_key(const Cx *cx, SchemaTable *t) {
  Schema *s = cx->s;
  SchemaColumn *id = schema_column(t, STR("id"));
  if (id && (id->type.kind == TYPE_UUID || id->type.kind == TYPE_INTEGER ||
             id->type.kind == TYPE_BIGINT || id->type.kind == TYPE_STRING)) {
    id->primary_key = true;
    id->unique = id->index = false;
  } else {
    id = schema_add_column(s, t, STR("id"), t->uuid_key ? TYPE_UUID : TYPE_INTEGER);
    id->primary_key = true;
    id->inherited = t->uuid_key;
    insert_column(t, 0);
    if (!t->stub && !t->uuid_key)
      schema_assume(s,
                    "without a key of their own, tables get an integer primary key `id`");
  }
}

static bool complete_keys(const Cx *cx) {
  Schema *s = cx->s;
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i];
    if (t->external || t->association || t->stub)
      continue;
    bool root = !t->parent;
    t->timestamps |= cx->options->timestamps && root;
    t->soft_delete |= cx->options->soft_delete && root;
    t->uuid_key |= cx->options->uuid_keys && root;
  }
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i];
    uint32_t own = 0;
    for (size_t k = 0; k < t->columns.len; k++)
      own += t->columns.items[k]->primary_key;
    if (own && t->uuid_key)
      t->uuid_key = false; // has a key of its own
    if (t->external || t->parent || t->association)
      continue;
    if (!own)
      add_key(cx, t);
    for (size_t k = 0; k < t->columns.len; k++) {
      SchemaColumn *c = t->columns.items[k];
      if (c->primary_key && c->type.kind == TYPE_UUID && !c->default_kind) {
        c->default_kind = DEFAULT_UUID;
        if (!c->inherited)
          schema_assume(s, "%.*s.%.*s is a random UUID made by Python",
                        STR_ARG(complete_shown(t)), STR_ARG(c->name));
      }
    }
  }
  for (size_t i = 0; i < s->tables.len; i++) { // parents have theirs now
    SchemaTable *t = s->tables.items[i];
    if (!t->external && t->parent_kind == PARENT_JOINED && !schema_column(t, STR("id"))) {
      SchemaColumn *up = schema_primary_key(t->parent);
      if (!up || schema_primary_key_count(t->parent) != 1)
        return err_set(cx->err, ERR_USAGE,
                       "model '%.*s': its parent has no single primary "
                       "key to join",
                       STR_ARG(t->class_name));
      SchemaColumn *c = schema_add_column(s, t, up->name, up->type.kind);
      c->primary_key = true;
      fix_ondelete(c, t->parent, STR("CASCADE"), s);
      insert_column(t, 0);
    }
    if (!t->external)
      add_mixin_columns(s, t);
  }
  return true;
}

// ---- Relations

static bool name_taken(const SchemaTable *t, Str name) {
  return schema_has_attribute(t, name) || name_refused_attribute(name);
}

// A name for the other side: `wanted`, or with what the relation is called.
static Str free_name(const Cx *cx, const SchemaTable *t, Str wanted, Str relation) {
  if (!name_taken(t, wanted))
    return wanted;
  Arena *a = cx->s->arena;
  Str name = str_format(a, "%.*s_as_%.*s", STR_ARG(wanted), STR_ARG(relation));
  for (int n = 2; name_taken(t, name) && n < 100; n++)
    name = str_format(a, "%.*s_as_%.*s_%d", STR_ARG(wanted), STR_ARG(relation), n);
  return name;
}

static SchemaRelation *add_other_side(const Cx *cx, SchemaRelation *r, RelationKind kind,
                                      Str name) {
  SchemaRelation *b =
      schema_add_relation(cx->s, r->target, kind, name, complete_shown(r->table));
  b->target = r->table;
  b->inferred = true;
  b->added = r->target->external;
  b->back = r;
  r->back = b;
  return b;
}

// A relation on the other side that was stated too and has no partner yet.
static SchemaRelation *find_partner(const SchemaRelation *r, RelationKind kind) {
  for (size_t i = 0; i < r->target->relations.len; i++) {
    SchemaRelation *b = r->target->relations.items[i];
    bool many = kind == RELATION_MANY_TO_MANY;
    bool fits = b != r && b->target == r->table && !b->back && b->kind == kind &&
                (many || b->owner != r->owner);
    // Two of a class to itself are two: friends and followers.
    if (many && r->table == r->target && !r->back_name.len && !b->back_name.len)
      fits = false;
    bool named = !r->back_name.len || str_eq(r->back_name, b->name);
    if (fits && named && !b->table->external &&
        (!b->back_name.len || str_eq(b->back_name, r->name)))
      return b;
  }
  return NULL;
}

// The primary key serves look-ups by its first column, no others.
static bool leads_key(const SchemaColumn *c) {
  for (size_t i = 0; i < c->table->columns.len; i++)
    if (c->table->columns.items[i]->primary_key)
      return c->table->columns.items[i] == c;
  return false;
}

// A foreign key to the target that a class of the project has already, and that no
// relationship of its own goes along.
static SchemaColumn *standing_key(const Cx *cx, const SchemaRelation *r) {
  SchemaColumn *only = NULL;
  size_t count = 0;
  if (!r->table->external)
    return NULL;
  for (size_t i = 0; i < r->table->columns.len; i++) {
    SchemaColumn *c = r->table->columns.items[i];
    if (c->added || !c->foreign_key || c->foreign_key->table != r->target)
      continue;
    if (str_eq(c->name, str_format(cx->s->arena, "%.*s_id", STR_ARG(r->name))))
      return c;
    only = c;
    count++;
  }
  for (size_t i = 0; i < r->table->relations.len; i++) {
    const SchemaRelation *other = r->table->relations.items[i];
    if (other != r && !other->added && other->target == r->target &&
        other->kind == RELATION_MANY_TO_ONE)
      return NULL;
  }
  return count == 1 ? only : NULL;
}

static bool use_standing_key(const Cx *cx, SchemaRelation *r, SchemaColumn *key) {
  r->key = key;
  r->nullable = key->nullable;
  r->self_parent = r->target == r->table;
  if (r->unique && !key->unique && !key->primary_key) {
    key->unique = key->made_unique = true;
    schema_assume(cx->s,
                  "%.*s.%.*s becomes unique: rows that share a value make the "
                  "migration fail",
                  STR_ARG(complete_shown(r->table)), STR_ARG(key->name));
  }
  return true;
}

static bool make_key(const Cx *cx, SchemaRelation *r) {
  SchemaColumn *up = schema_primary_key(r->target);
  SchemaColumn *standing = r->key ? NULL : standing_key(cx, r);
  if (standing)
    return use_standing_key(cx, r, standing);
  if (!up || schema_primary_key_count(r->target) != 1)
    return complete_wrong(cx, r->table, r->name,
                          "the model it points to has no single primary key");
  if (!r->key) {
    r->key = schema_add_column(cx->s, r->table,
                               str_format(cx->s->arena, "%.*s_id", STR_ARG(r->name)),
                               TYPE_INTEGER);
    r->key->nullable = r->nullable;
    r->key->added = r->table->external;
  }
  if (r->primary_key)
    r->key->primary_key = true, r->key->nullable = false;
  // a key that exists keeps what its database does
  if (!r->table->external || r->key->added || !r->key->foreign_key)
    fix_ondelete(r->key, r->target, r->ondelete, cx->s);
  r->key->comment = r->comment;
  r->key->unique = r->unique && !r->primary_key;
  r->key->index = !r->no_index && (r->primary_key ? !leads_key(r->key) : !r->unique);
  r->self_parent = r->target == r->table;
  return true;
}

// The side that holds the foreign key is `r`.
static bool complete_to_one(const Cx *cx, SchemaRelation *r) {
  bool one = r->kind == RELATION_ONE_TO_ONE;
  SchemaRelation *b = r->back;
  if (!make_key(cx, r))
    return false;
  if (r->self_parent && !r->nullable && !r->key->primary_key) {
    r->nullable = r->key->nullable = true;
    schema_assume(cx->s, "%.*s.%.*s may be null: the topmost rows have none",
                  STR_ARG(complete_shown(r->table)), STR_ARG(r->name));
  }
  if (!b && !str_is(r->back_name, "-"))
    b = find_partner(r, one ? RELATION_ONE_TO_ONE : RELATION_ONE_TO_MANY);
  if (!b && !str_is(r->back_name, "-")) {
    Str class_snake = name_snake(cx->s->arena, complete_shown(r->table));
    Str wanted = one ? class_snake : name_plural(cx->s->arena, class_snake);
    if (r->self_parent)
      wanted = one ? STR("child") : STR("children");
    if (r->back_name.len && name_taken(r->target, r->back_name))
      return complete_wrong(cx, r->table, r->name,
                            "the attribute asked for on the other side is taken");
    Str name =
        r->back_name.len ? r->back_name : free_name(cx, r->target, wanted, r->name);
    b = add_other_side(cx, r, one ? RELATION_ONE_TO_ONE : RELATION_ONE_TO_MANY, name);
  }
  if (b) {
    b->back = r;
    r->back = b;
    b->key = r->key;
    b->delete_orphan = str_is(r->ondelete, "CASCADE");
    b->ondelete = r->ondelete;
  }
  return true;
}

// Stated on the side that does not hold the key: the other side is found or made.
static bool complete_from_one(const Cx *cx, SchemaRelation *r) {
  bool one = r->unique;
  if (one)
    r->kind = RELATION_ONE_TO_ONE;
  SchemaRelation *owner = NULL;
  RelationKind kind = one ? RELATION_ONE_TO_ONE : RELATION_MANY_TO_ONE;
  for (size_t i = 0; i < r->target->relations.len; i++) {
    SchemaRelation *b = r->target->relations.items[i];
    if (b->owner && b->target == r->table && !b->back && !str_is(b->back_name, "-") &&
        (!b->back_name.len || str_eq(b->back_name, r->name)) && b->kind == kind)
      owner = b;
  }
  if (!owner) {
    Str wanted = r->table == r->target
                     ? STR("parent")
                     : name_snake(cx->s->arena, complete_shown(r->table));
    Str name = r->back_name.len && !str_is(r->back_name, "-") ? r->back_name : wanted;
    if (r->back_name.len && name_taken(r->target, name))
      return complete_wrong(cx, r->table, r->name,
                            "the attribute asked for on the other side is taken");
    name = free_name(cx, r->target, name, r->name);
    owner = add_other_side(cx, r, kind, name);
    owner->owner = true;
    owner->ondelete = r->ondelete;
    owner->nullable = r->nullable;
    owner->unique = one;
    owner->no_index = r->no_index;
  }
  owner->back = r;
  r->back = owner;
  return complete_to_one(cx, owner);
}

static SchemaColumn *association_key(const Cx *cx, SchemaTable *t, SchemaTable *target,
                                     Str name) {
  SchemaColumn *c = schema_add_column(cx->s, t, name, TYPE_INTEGER);
  c->primary_key = true;
  fix_ondelete(c, target, STR("CASCADE"), cx->s);
  return c;
}

static bool complete_association(const Cx *cx, SchemaRelation *r) {
  Arena *a = cx->s->arena;
  SchemaTable *left = r->table, *right = r->target;
  if (schema_primary_key_count(left) != 1 || schema_primary_key_count(right) != 1)
    return complete_wrong(cx, left, r->name, "both models need a single primary key");
  Str left_name = name_snake(a, complete_shown(left)),
      right_name = name_snake(a, complete_shown(right));
  Str name =
      str_format(a, "%.*s%.*s_%.*s", STR_ARG(cx->s->table_prefix), STR_ARG(left_name),
                 STR_ARG(left == right ? r->name : name_plural(a, right_name)));
  if (r->through.len && r->through.ptr[0] == '=')
    name = str_slice(r->through, 1, r->through.len);
  if (schema_find(cx->s, name))
    name = str_format(a, "%.*s_%.*s", STR_ARG(left_name), STR_ARG(r->name));
  if (schema_find(cx->s, name))
    return complete_wrong(cx, left, r->name,
                          "its association table has the name of another "
                          "table; add table(name)");
  SchemaTable *t = schema_add_table(cx->s, (Str){"", 0}, name);
  t->association = true;
  association_key(cx, t, left, str_format(a, "%.*s_id", STR_ARG(left_name)));
  Str other = left == right ? name_singular(a, r->name) : right_name;
  if (left == right && str_eq(other, left_name))
    other = str_format(a, "other_%.*s", STR_ARG(left_name));
  // The reverse lookup: the primary key begins with the other column.
  association_key(cx, t, right, str_format(a, "%.*s_id", STR_ARG(other)))->index = true;
  r->secondary = t;
  r->owner = true;
  schema_assume(cx->s, "%.*s.%.*s is many-to-many by the association table `%.*s`",
                STR_ARG(complete_shown(left)), STR_ARG(r->name), STR_ARG(name));
  return true;
}

// Many-to-many over a class: two many-to-one relations on it, and a way through.
static bool complete_through(const Cx *cx, SchemaRelation *r) {
  Schema *s = cx->s;
  Arena *a = s->arena;
  SchemaTable *t = schema_find(s, r->through);
  if (t && t->external)
    return complete_wrong(cx, r->table, r->name, "its association class exists already");
  if (t == r->table || t == r->target)
    return complete_wrong(cx, r->table, r->name,
                          "its association class is one of the two it joins");
  if (!t)
    t = schema_add_table(s, r->through, name_plural(a, name_snake(a, r->through)));
  SchemaTable *ends[2] = {r->table, r->target};
  SchemaRelation *sides[2];
  bool keyless = schema_primary_key_count(t) == 0;
  for (int i = 0; i < 2; i++) {
    sides[i] = NULL;
    for (size_t k = 0; k < t->relations.len; k++)
      if (t->relations.items[k]->owner && t->relations.items[k]->target == ends[i] &&
          (!i || t->relations.items[k] != sides[0]))
        sides[i] = t->relations.items[k];
    if (sides[i])
      continue;
    Str name = i && ends[0] == ends[1] ? name_singular(a, r->name)
                                       : name_snake(a, complete_shown(ends[i]));
    sides[i] =
        schema_add_relation(s, t, RELATION_MANY_TO_ONE, name, complete_shown(ends[i]));
    sides[i]->target = ends[i];
    sides[i]->owner = true;
    sides[i]->ondelete = STR("CASCADE");
    sides[i]->primary_key = keyless;
    sides[i]->key =
        schema_add_column(s, t, str_format(a, "%.*s_id", STR_ARG(name)), TYPE_INTEGER);
    if (keyless) {
      sides[i]->key->primary_key = true;
      insert_column(t, (size_t)i);
    }
  }
  sides[1]->primary_key = sides[0]->primary_key;
  sides[1]->key->primary_key = sides[0]->primary_key;
  r->via = sides[0]; // its other side is known after completion
  r->via_attribute = sides[1]->name;
  return true;
}

static bool complete_many_to_many(const Cx *cx, SchemaRelation *r) {
  Arena *a = cx->s->arena;
  SchemaRelation *b =
      str_is(r->back_name, "-") ? NULL : find_partner(r, RELATION_MANY_TO_MANY);
  if (!complete_association(cx, r))
    return false;
  if (str_is(r->back_name, "-"))
    return true;
  if (!b) {
    Str wanted = r->table == r->target
                     ? str_format(a, "%.*s_of", STR_ARG(name_singular(a, r->name)))
                     : name_plural(a, name_snake(a, complete_shown(r->table)));
    if (r->back_name.len && name_taken(r->target, r->back_name))
      return complete_wrong(cx, r->table, r->name,
                            "the attribute asked for on the other side is taken");
    b = add_other_side(cx, r, RELATION_MANY_TO_MANY,
                       r->back_name.len ? r->back_name
                                        : free_name(cx, r->target, wanted, r->name));
  }
  b->back = r;
  r->back = b;
  b->secondary = r->secondary;
  b->inferred = true; // what it is follows from `r`
  return true;
}

static bool complete_relations(const Cx *cx) {
  Schema *s = cx->s;
  // Association classes first: they bring relations of their own.
  for (size_t i = 0; i < s->tables.len; i++)
    for (size_t k = 0; k < s->tables.items[i]->relations.len; k++) {
      SchemaRelation *r = s->tables.items[i]->relations.items[k];
      if (r->kind == RELATION_MANY_TO_MANY && !r->via && r->through.len &&
          r->through.ptr[0] != '=' && (!r->table->external || r->added) &&
          !complete_through(cx, r))
        return false;
    }
  if (!complete_keys(cx))
    return false;
  for (int pass = 0; pass < 2; pass++) // sides that hold the key come first
    for (size_t i = 0; i < s->tables.len; i++) {
      SchemaTable *t = s->tables.items[i];
      for (size_t k = 0; k < t->relations.len; k++) {
        SchemaRelation *r = t->relations.items[k];
        if ((t->external && !r->added) || r->inferred || r->via || r->secondary)
          continue;
        bool good = true;
        if (r->kind == RELATION_MANY_TO_MANY && pass == 0)
          good = r->back ? true : complete_many_to_many(cx, r);
        else if (r->kind != RELATION_MANY_TO_MANY && r->owner && pass == 0 &&
                 !(r->key && r->key->foreign_key))
          good = complete_to_one(cx, r);
        else if (r->kind != RELATION_MANY_TO_MANY && !r->owner && pass == 1 && !r->back)
          good = complete_from_one(cx, r);
        if (!good)
          return false;
      }
    }
  return true;
}

static uint32_t keys_of(const SchemaTable *from, const SchemaTable *to) {
  uint32_t n = 0;
  for (size_t i = 0; i < from->columns.len; i++)
    for (const SchemaTable *t = to; t; t = t->parent)
      n += from->columns.items[i]->foreign_key &&
           str_eq(from->columns.items[i]->foreign_key->table->name, t->name);
  return n;
}

static bool is_above(const SchemaTable *t, const SchemaTable *of) {
  for (; of; of = of->parent)
    if (of == t)
      return true;
  return false;
}

// Foreign keys from the tables that a class is stored in (its own, those it is joined to,
// with what other classes have put there) to the tables of another.
static uint32_t keys_between(const Schema *s, const SchemaTable *from,
                             const SchemaTable *to) {
  uint32_t n = 0;
  for (const SchemaTable *f = from; f; f = f->parent)
    n += keys_of(f, to);
  for (size_t i = 0; (from->parent || from->discriminator.len) && i < s->tables.len;
       i++) {
    const SchemaTable *other = s->tables.items[i];
    if (other->parent_kind == PARENT_SINGLE && str_eq(other->name, from->name) &&
        !is_above(other, from))
      n += keys_of(other, to);
  }
  return n;
}

// foreign_keys= is needed where several lead from one class to the other.
static void mark_ambiguous(Schema *s) {
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i];
    for (size_t k = 0; k < t->relations.len; k++) {
      SchemaRelation *r = t->relations.items[k];
      if (r->kind == RELATION_MANY_TO_MANY || !r->target)
        continue;
      uint32_t n = keys_between(s, t, r->target);
      if (t != r->target)
        n += keys_between(s, r->target, t);
      r->ambiguous = n > 1;
    }
  }
}

// A foreign key that an index over several columns begins with needs none of its own.
static void drop_served_indexes(Schema *s) {
  for (size_t i = 0; i < s->tables.len; i++)
    for (size_t k = 0; k < s->tables.items[i]->constraints.len; k++) {
      const SchemaConstraint *of = s->tables.items[i]->constraints.items[k];
      if (of->kind == CHECK_CONSTRAINT || of->columns.len < 2)
        continue;
      SchemaColumn *first = schema_column(s->tables.items[i], of->columns.items[0]);
      if (first && first->foreign_key)
        first->index = false;
    }
}

bool schema_complete(Schema *s, const SchemaOptions *options, Err *err) {
  Cx cx = {.s = s, .options = options, .err = err};
  if (!complete_shared(&cx) || !complete_parents(&cx) || !complete_targets(&cx) ||
      !complete_relations(&cx) || !complete_names(&cx))
    return false;
  for (size_t i = 0; i < s->tables.len; i++)
    for (size_t k = 0; k < s->tables.items[i]->relations.len; k++) {
      SchemaRelation *r = s->tables.items[i]->relations.items[k];
      if (r->via)
        r->via = r->via->back;
    }
  mark_ambiguous(s);
  drop_served_indexes(s);
  return true;
}
