// parse.c: how fast files are read, apart from the disk: all of them are held in memory.
//
//   bench_parse FILE-LIST ROUNDS
//
// Prints one JSON object: bytes, and the best seconds of ROUNDS for a search of one
// string (memmem, the floor of anything that looks at every byte), for parsing with
// interned names, and for parsing and binding; and the bytes of the trees.
#define _GNU_SOURCE // memmem
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "python/parse.h"
#include "python/scope.h"

typedef struct {
  Source *files;
  size_t count, bytes;
  Arena arena;
} Corpus;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void read_corpus(Corpus *c, const char *list) {
  Str names, line;
  Err err = {0};
  if (!io_read_file(&c->arena, list, SOURCE_MAX_BYTES, 1, &names, NULL, &err)) {
    fprintf(stderr, "%s\n", err.message);
    exit(2);
  }
  Vec(Source) files = {0};
  while (str_next_part(&names, '\n', &line)) {
    Source s;
    if (line.len && source_read(&s, &c->arena, str_copy(&c->arena, line).ptr, &err)) {
      c->bytes += s.text.len;
      vec_push(&files, s);
    }
  }
  c->files = files.items;
  c->count = files.len;
}

static size_t search(const Corpus *c) {
  size_t found = 0;
  for (size_t i = 0; i < c->count; i++)
    found += memmem(c->files[i].text.ptr, c->files[i].text.len, "\x01zq", 3) != NULL;
  return found;
}

static size_t parse(const Corpus *c, bool bind) {
  size_t words = 0;
  Interner *names = interner_new();
  InternCache *cache = intern_cache_new(names);
  for (size_t i = 0; i < c->count; i++) {
    Arena arena = {0};
    PyTree tree = {0};
    DiagSink diags = {.arena = &arena};
    py_parse(&tree, &c->files[i], cache, &diags);
    words += tree.used;
    if (bind) {
      PyScopes scopes;
      py_bind(&scopes, &tree, cache, &arena);
      words += scopes.symbol_count > UINT32_MAX / 2;
    }
    py_tree_free(&tree);
    diag_sink_free(&diags);
    arena_reset(&arena);
  }
  intern_cache_free(cache);
  interner_free(names);
  return words * 4;
}

int main(int argc, char **argv) {
  Corpus c = {0};
  if (argc != 3) {
    fprintf(stderr, "usage: bench_parse FILE-LIST ROUNDS\n");
    return 2;
  }
  read_corpus(&c, argv[1]);
  double best[3] = {1e9, 1e9, 1e9};
  size_t tree = 0;
  for (int round = 0; round < atoi(argv[2]); round++)
    for (int what = 0; what < 3; what++) {
      double start = now();
      size_t n = what == 0 ? search(&c) : parse(&c, what == 2);
      volatile size_t used = n; // so that no work is left out as useless
      (void)used;
      double took = now() - start;
      best[what] = took < best[what] ? took : best[what];
      tree = what == 1 ? n : tree;
    }
  printf("{\"files\": %zu, \"bytes\": %zu, \"memmem\": %.6f, \"parse\": %.6f, "
         "\"bind\": %.6f, \"tree\": %zu}\n",
         c.count, c.bytes, best[0], best[1], best[2], tree);
  mem_free(c.files);
  arena_reset(&c.arena);
  return 0;
}
