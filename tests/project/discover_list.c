// discover_list PATH...: what discovery finds for these paths with the config that holds
// for the current folder. "F path", "P path: problem", "C file:line:column: problem".
#include <stdio.h>

#include "project/discover.h"

int main(int argc, char **argv) {
  Arena arena = {0};
  Config config;
  Discovery found = {0};
  Err err;
  bool ok = config_find(&config, &arena, ".", &err) &&
            discover(&found, &arena, (const char *const *)argv + 1, (size_t)argc - 1,
                     &config, &err);
  if (!ok)
    fprintf(stderr, "%s\n", err.message);
  for (size_t i = 0; i < config.problems.len; i++) {
    const ConfigProblem *p = &config.problems.items[i];
    printf("C %.*s:%u:%u: %.*s\n", STR_ARG(p->path), p->line, p->column,
           STR_ARG(p->message));
  }
  for (size_t i = 0; i < found.problems.len; i++)
    printf("P %.*s: %s\n", STR_ARG(found.problems.items[i].path),
           found.problems.items[i].error.message);
  for (size_t i = 0; i < found.files.len; i++)
    printf("F %.*s\n", STR_ARG(found.files.items[i].path));
  discovery_free(&found);
  config_free(&config);
  arena_reset(&arena);
  return ok ? 0 : 2;
}
