// The symbol table: rows by id, and names by binary search over the sorted rows.
#include "sqla/api.h"

#include "project/detect.h"

enum { // api.def says NONE where nothing took the place
  MOVED_NONE = API_NONE,
#define API(id, dotted, kind, versions, flags, moved_to, params) MOVED_##id = API_##id,
#include "sqla/api.def"
#undef API
};

static const ApiRow rows[API_COUNT] = {
    [API_NONE] = {.dotted = "", .params = ""},
#define API(id, dotted_, kind_, versions_, flags_, moved, params_)                       \
  [API_##id] = {.dotted = dotted_,                                                       \
                .kind = API_##kind_,                                                     \
                .versions = versions_,                                                   \
                .flags = flags_,                                                         \
                .moved_to = MOVED_##moved,                                               \
                .params = params_},
#include "sqla/api.def"
#undef API
};
_Static_assert(API_COUNT < UINT16_MAX, "an ApiId fits in 16 bits");

typedef struct {
  const char *dotted;
  uint16_t length, id;
  uint8_t versions;
} ApiName;

static const ApiName names[] = {
#define API_NAME(dotted_, id_, versions_)                                                \
  {.dotted = dotted_,                                                                    \
   .length = sizeof dotted_ - 1,                                                         \
   .id = API_##id_,                                                                      \
   .versions = versions_},
#include "sqla/api.def"
#undef API_NAME
};

static const char *const topics[] = {"sqlalchemy", "sqlmodel", "alembic", "down_revision",
                                     NULL};
static const char *const hints[] = {"async_session", "db_session", "dbsession", "engine",
                                    "session",       NULL}; // habits of value_names.c

// Values come through layers: a route, a service, a repository, the models.
enum {
  REACH = 3,
  DEPTH = 2
};

const ProjectFocus sqla_focus = {
    .topics = topics, .hints = hints, .reach = REACH, .depth = DEPTH};
const ProjectFocus sqla_rewrite_focus = {.topics = topics,
                                         .hints = hints,
                                         .reach = REACH,
                                         .depth = DEPTH,
                                         .keeps_text = true,
                                         .wants = detect_wants};

const ApiRow *api_row(ApiId id) {
  ASSERT(id < API_COUNT);
  return &rows[id];
}

ApiId api_find(Str dotted, uint8_t *versions) {
  size_t low = 0, high = ARRAY_LEN(names);
  while (low < high) {
    size_t middle = (low + high) / 2;
    const ApiName *name = &names[middle];
    int order = str_compare((Str){name->dotted, name->length}, dotted);
    if (order == 0) {
      if (versions)
        *versions = name->versions;
      return (ApiId)name->id;
    }
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  if (versions)
    *versions = 0;
  return API_NONE;
}

ApiId api_current(ApiId id) {
  for (int steps = 0; rows[id].moved_to && steps < 4; steps++)
    id = (ApiId)rows[id].moved_to;
  return id;
}

Str api_last_name(ApiId id) {
  Str dotted = str_from(api_row(id)->dotted);
  size_t dot = str_rfind_char(dotted, '.');
  return dot == SIZE_MAX ? dotted : str_slice(dotted, dot + 1, dotted.len);
}
