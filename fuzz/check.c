// libFuzzer target: any module through models, values and every rule, and its fixes. What
// the fixes make of a module that parses must parse, and ask for nothing more.
#include "rules/check.h"
#include "rules/fixer.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_text(Project *p, const Config *config, Arena *arena, Str text) {
  *p = (Project){0};
  project_init(p, config);
  project_add_text(p, STR("fuzz.py"), str_copy(arena, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum {
    MOST = 1 << 14
  };
  static const SqlalchemyTarget targets[] = {SQLALCHEMY_UNKNOWN, SQLALCHEMY_1_4,
                                             SQLALCHEMY_2_0, SQLALCHEMY_2_1};
  if (!size || size > MOST)
    return 0;
  Arena arena = {0};
  Config config = {0};
  Selection selection = {0};
  selection_init(&selection, &arena);
  SqlalchemyTarget target = targets[data[0] % ARRAY_LEN(targets)];
  CheckSettings settings = {
      .target = target, .oldest = target, .selection = &selection, .threads = 1};
  Project project;
  open_text(&project, &config, &arena, (Str){(const char *)data, size});
  FixResult fixes = {0};
  CheckResult left = {0};
  fix_project(&fixes, &left, &project, &settings, FIX_UNSAFE);
  ASSERT(fixes.bugs.len == 0); // no fix broke the syntax
  ASSERT(!fixes.unstable);
  check_result_free(&left);
  fix_result_free(&fixes);
  project_free(&project);
  arena_reset(&arena);
  return 0;
}
