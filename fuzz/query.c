// libFuzzer target: any words as a question over a small set of models; the code that is
// answered must parse.
#include "python/parse.h"
#include "query/answer.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char models[] = "from sqlalchemy import *\n"
                             "from sqlalchemy.orm import declarative_base, relationship\n"
                             "Base = declarative_base()\n"
                             "class User(Base):\n"
                             "    __tablename__ = 'users'\n"
                             "    id = Column(Integer, primary_key=True)\n"
                             "    name = Column(String(20))\n"
                             "    active = Column(Boolean)\n"
                             "    created_at = Column(DateTime)\n"
                             "    orders = relationship('Order', back_populates='user')\n"
                             "class Order(Base):\n"
                             "    __tablename__ = 'orders'\n"
                             "    id = Column(Integer, primary_key=True)\n"
                             "    total = Column(Numeric(10, 2))\n"
                             "    status = Column(Enum('open', 'paid', name='status'))\n"
                             "    user_id = Column(ForeignKey('users.id'))\n"
                             "    user = relationship('User', back_populates='orders')\n";

static void check_code(Arena *arena, Str code) {
  Source source;
  Interner *in = interner_new();
  InternCache *names = intern_cache_new(in);
  DiagSink diags = {.arena = arena};
  PyTree tree = {0};
  if (source_init(&source, arena, STR("answer.py"), code, NULL)) {
    py_parse(&tree, &source, names, &diags);
    ASSERT(!tree.has_errors);
    py_tree_free(&tree);
  }
  diag_sink_free(&diags);
  intern_cache_free(names);
  interner_free(in);
}

// The models are read once: what is fuzzed is the question.
static struct {
  Arena arena;
  Config config;
  Project project;
  Resolver *resolver;
  Models *read;
  QSchema *schema;
} shop;

static void read_shop(void) {
  project_init(&shop.project, &shop.config);
  project_add_text(&shop.project, STR("models.py"), str_from(models));
  shop.resolver = resolver_new(&shop.project, &shop.arena);
  shop.read = models_read(&shop.project, shop.resolver, 20, &shop.arena);
  shop.schema = qschema_read(&shop.project, shop.read, shop.resolver, &shop.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum {
    MOST = 300
  };
  if (!shop.schema)
    read_shop();
  Arena arena = {0};
  Str question = str_copy(&arena, (Str){(const char *)data, size < MOST ? size : MOST});
  QueryAnswer q = {0};
  if (query_answer(question, shop.schema, (WriteOptions){.core = size % 2}, &arena, &q))
    check_code(&arena, q.code);
  arena_reset(&arena);
  return 0;
}
