// Unit tests of schema/: the field grammar, what completion infers, and what is refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>

#include "base/buf.h"
#include "schema/fields.h"

typedef struct {
  Arena arena;
  Schema *schema;
  Err err;
  bool good;
} Parsed;

// Words are separated by blanks.
static Parsed parse(const char *line) {
  Parsed p = {0};
  const char *words[64];
  size_t count = 0;
  Str rest = str_from(line), word;
  p.schema = schema_new(&p.arena);
  while (str_next_part(&rest, ' ', &word))
    words[count++] = str_copy(&p.arena, word).ptr;
  p.good = fields_parse(p.schema, words, count, &(FieldSettings){0}, &p.err) &&
           schema_complete(p.schema, &(SchemaOptions){0}, &p.err);
  return p;
}

static void finish(Parsed *p) {
  schema_free(p->schema);
  arena_reset(&p->arena);
}

static void assert_refused(const char *line, const char *part) {
  Parsed p = parse(line);
  assert_false(p.good);
  if (!strstr(p.err.message, part))
    print_error("%s\n  says: %s\n  not:  %s\n", line, p.err.message, part);
  assert_non_null(strstr(p.err.message, part));
  finish(&p);
}

static const SchemaColumn *column(const Parsed *p, const char *table, const char *name) {
  SchemaTable *t = schema_find(p->schema, str_from(table));
  assert_non_null(t);
  SchemaColumn *c = schema_column(t, str_from(name));
  assert_non_null(c);
  return c;
}

static const SchemaRelation *relation(const Parsed *p, const char *table,
                                      const char *name) {
  SchemaTable *t = schema_find(p->schema, str_from(table));
  assert_non_null(t);
  SchemaRelation *r = schema_relation(t, str_from(name));
  assert_non_null(r);
  return r;
}

static void test_fields__columns(void **state) {
  (void)state;
  Parsed p = parse("User email:str(320):unique:index total:decimal(10,2)=0 bio:text:null "
                   "status:enum(open,closed)=open created_at:datetime:now tags:str(20)[] "
                   "seen:time='08:00':naive");
  assert_true(p.good);
  assert_true(str_is(schema_find(p.schema, STR("User"))->name, "users"));
  assert_true(column(&p, "User", "id")->primary_key);
  const SchemaColumn *email = column(&p, "User", "email");
  assert_true(email->unique && email->index && !email->nullable);
  assert_int_equal(email->type.length, 320);
  const SchemaColumn *total = column(&p, "User", "total");
  assert_int_equal(total->type.precision, 10);
  assert_int_equal(total->type.scale, 2);
  assert_true(str_is(total->default_text, "0"));
  assert_true(column(&p, "User", "bio")->nullable);
  const SchemaColumn *status = column(&p, "User", "status");
  assert_int_equal(status->type.enumeration->values.len, 2);
  assert_true(str_is(status->type.enumeration->name, "UserStatus"));
  assert_int_equal(column(&p, "User", "created_at")->default_kind, DEFAULT_NOW);
  assert_int_equal(column(&p, "User", "tags")->type.item_length, 20);
  assert_true(str_is(column(&p, "User", "seen")->default_text, "08:00"));
  finish(&p);
}

static void test_fields__relations(void **state) {
  (void)state;
  Parsed p = parse("User name:str Post author:->User:cascade tags:<->Tag Tag name:str");
  assert_true(p.good);
  const SchemaColumn *key = column(&p, "Post", "author_id");
  assert_ptr_equal(key->foreign_key->table, schema_find(p.schema, STR("User")));
  assert_true(str_is(key->foreign_key->ondelete, "CASCADE"));
  assert_true(key->index && !key->nullable);
  const SchemaRelation *posts = relation(&p, "User", "posts");
  assert_int_equal(posts->kind, RELATION_ONE_TO_MANY);
  assert_ptr_equal(posts->back, relation(&p, "Post", "author"));
  assert_true(posts->delete_orphan);
  const SchemaRelation *tags = relation(&p, "Post", "tags");
  assert_true(str_is(tags->secondary->name, "post_tags"));
  assert_ptr_equal(tags->back, relation(&p, "Tag", "posts"));
  finish(&p);

  p = parse("User posts:<-Post profile:<-Profile:one Post title:str Profile bio:text");
  assert_true(p.good);
  assert_int_equal(relation(&p, "Post", "user")->kind, RELATION_MANY_TO_ONE);
  assert_true(column(&p, "Profile", "user_id")->unique);
  assert_int_equal(relation(&p, "User", "profile")->kind, RELATION_ONE_TO_ONE);
  finish(&p);

  p = parse("Node parent:->self name:str");
  assert_true(p.good);
  assert_true(column(&p, "Node", "parent_id")->nullable);
  assert_true(relation(&p, "Node", "parent")->self_parent);
  assert_int_equal(relation(&p, "Node", "children")->kind, RELATION_ONE_TO_MANY);
  finish(&p);

  p = parse("Team home:->Game away:->Game Game date:date");
  assert_true(p.good);
  assert_true(relation(&p, "Team", "home")->ambiguous);
  assert_non_null(
      schema_relation(schema_find(p.schema, STR("Game")), STR("teams_as_away")));
  finish(&p);
}

static void test_fields__association_class(void **state) {
  (void)state;
  Parsed p = parse("Order products:<->Product:through(OrderItem) Product name:str "
                   "OrderItem quantity:int=1");
  assert_true(p.good);
  assert_true(column(&p, "OrderItem", "order_id")->primary_key);
  assert_true(column(&p, "OrderItem", "product_id")->primary_key);
  assert_null(schema_column(schema_find(p.schema, STR("OrderItem")), STR("id")));
  const SchemaRelation *r = relation(&p, "Order", "products");
  assert_ptr_equal(r->via, relation(&p, "Order", "order_items"));
  assert_true(str_is(r->via_attribute, "product"));
  finish(&p);
}

static void test_fields__inheritance_and_stubs(void **state) {
  (void)state;
  Parsed p = parse("Employee name:str Manager(Employee) level:int Clerk(Employee:single) "
                   "desk:str Badge owner:->Person");
  assert_true(p.good);
  assert_true(str_is(schema_find(p.schema, STR("Employee"))->discriminator, "type"));
  assert_non_null(column(&p, "Manager", "id")->foreign_key);
  assert_true(column(&p, "Clerk", "desk")->nullable);
  assert_true(schema_find(p.schema, STR("Person"))->stub);
  assert_true(p.schema->assumptions.len >= 3);
  finish(&p);
}

static void test_fields__refused(void **state) {
  (void)state;
  assert_refused("User class:str", "'class' is a Python keyword");
  assert_refused("User list:str", "builtin");
  assert_refused("User metadata:json", "reserved");
  assert_refused("User query:str", "reserved");
  assert_refused("User 1st:str", "identifier");
  assert_refused("User a:strr", "did you mean 'str'");
  assert_refused("User a:str:uniqe", "did you mean 'unique'");
  assert_refused("User a:int=x", "'x' is not a whole number");
  assert_refused("User a:date=2023-02-29", "not a date");
  assert_refused("User a:bool=maybe", "neither true nor false");
  assert_refused("User a:enum(x,y)=z", "not one of the values");
  assert_refused("User a:enum", "needs values");
  assert_refused("User a:str(0)", "length");
  assert_refused("User a:str(20", "not closed");
  assert_refused("User a:decimal(2,4)", "scale");
  assert_refused("User a:int a:str", "taken by another");
  assert_refused("User a:->B a_id:int", "taken by another");
  assert_refused("User a:int:cascade", "unknown flag");
  assert_refused("User a:str:now", "for date, time");
  assert_refused("User a:str:min(3)", "for numbers");
  assert_refused("User a:", "type is missing");
  assert_refused("User @unique(a,b) a:int", "field 'b'");
  assert_refused("user a:int", "capital");
  assert_refused("a:int", "name of a model comes before");
  assert_refused("String a:int", "clashes");
  assert_refused("Exception a:int", "builtin");
  assert_refused("User a:int User b:int", "stands twice");
  assert_refused("A(A) a:int", "inherits from itself");
}

static void assert_names(const char *singular, const char *plural) {
  Arena a = {0};
  assert_true(str_is(name_plural(&a, str_from(singular)), plural));
  assert_true(str_is(name_singular(&a, str_from(plural)), singular));
  arena_reset(&a);
}

static void test_names__english(void **state) {
  (void)state;
  assert_names("user", "users");
  assert_names("category", "categories");
  assert_names("order_item", "order_items");
  assert_names("address", "addresses");
  assert_names("box", "boxes");
  assert_names("SalesPerson", "SalesPeople");
  assert_names("house", "houses");
  assert_names("key", "keys");
  assert_names("series", "series");
  Arena a = {0};
  assert_true(str_is(name_snake(&a, STR("HTTPLog")), "http_log"));
  assert_true(str_is(name_snake(&a, STR("OrderItem2")), "order_item2"));
  assert_true(str_is(name_camel(&a, STR("order item")), "OrderItem"));
  assert_true(str_is(name_plural(&a, STR("people")), "people"));
  arena_reset(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fields__columns),
      cmocka_unit_test(test_fields__relations),
      cmocka_unit_test(test_fields__association_class),
      cmocka_unit_test(test_fields__inheritance_and_stubs),
      cmocka_unit_test(test_fields__refused),
      cmocka_unit_test(test_names__english),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
