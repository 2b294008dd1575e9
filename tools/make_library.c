// make_library.c: writes the indexes of the library as C; see agent/library_image.h.
//
//   make_library OUT.c
#include "agent/library_image.h"

#include <sqlite3.h>
#include <stdio.h>

static void write_index(FILE *out, const unsigned char *index, size_t size) {
  fputs("static const unsigned char index_bytes[] = {", out);
  for (size_t i = 0; i < size; i++)
    fprintf(out, "%s%d,", i % 24 ? "" : "\n", index[i]);
  fputs("};\n", out);
}

static void write_phrases(FILE *out, const PhraseTable *p) {
  fputs("static const PhraseTerm terms[] = {\n", out);
  for (uint32_t i = 0; i < p->term_count; i++) {
    Str text = p->terms[i].text;
    fputs("  {{\"", out);
    for (size_t k = 0; k < text.len; k++)
      fprintf(out, "\\%03o", (unsigned)(unsigned char)text.ptr[k]);
    fprintf(out, "\", %zu}, %d, %u},\n", text.len, p->terms[i].stop, p->terms[i].pages);
  }
  fputs("};\nstatic const uint32_t words[] = {", out);
  for (uint32_t i = 0; i < p->word_count; i++)
    fprintf(out, "%s%u,", i % 16 ? "" : "\n", p->words[i]);
  fputs("};\nstatic const Phrase phrases[] = {\n", out);
  for (uint32_t i = 0; i < p->phrase_count; i++)
    fprintf(out, "  {%u, %u, %u},\n", p->phrases[i].page, p->phrases[i].start,
            p->phrases[i].count);
  fputs("};\n", out);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fputs("usage: make_library OUT.c\n", stderr);
    return 1;
  }
  FILE *out = fopen(argv[1], "wb");
  if (!out) {
    perror(argv[1]);
    return 1;
  }
  Library *l = library_open();
  PhraseTable p;
  size_t size;
  unsigned char *index = library_indexes(l, &size, &p);
  fputs("// Written by tools/make_library.c; do not edit.\n#include "
        "\"agent/library_image.h\"\n\n",
        out);
  write_index(out, index, size);
  write_phrases(out, &p);
  fprintf(out,
          "const LibraryImage library_image = {\n  index_bytes, %zu,\n"
          "  {terms, words, phrases, %u, %u, %u, %u}};\n",
          size, p.term_count, p.word_count, p.phrase_count, p.pages);
  sqlite3_free(index);
  library_close(l);
  bool bad = ferror(out);
  if (fclose(out) || bad) {
    perror(argv[1]);
    return 1;
  }
  return 0;
}
