// embed_files.c: writes files as C, byte for byte, for what the program carries with it.
//
//   embed_files OUT.c SYMBOL FILE ...
//
// OUT.c defines `const EmbeddedFile SYMBOL[]` and `const uint32_t SYMBOL_count`. Bytes
// are written as numbers: the standard bounds the length of a string literal.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long write_bytes(FILE *out, const char *path, int index) {
  FILE *in = fopen(path, "rb");
  if (!in) {
    perror(path);
    exit(1);
  }
  fprintf(out, "static const char file%d[] = {", index);
  long len = 0;
  for (int c; (c = getc(in)) != EOF; len++)
    fprintf(out, "%s%d,", len % 24 ? "" : "\n", c < 128 ? c : c - 256);
  fputs("0};\n", out);
  fclose(in);
  return len;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fputs("usage: embed_files OUT.c SYMBOL FILE ...\n", stderr);
    return 1;
  }
  FILE *out = fopen(argv[1], "wb");
  long *lens = calloc((size_t)argc, sizeof *lens);
  if (!out || !lens) {
    perror(argv[1]);
    return 1;
  }
  fputs(
      "// Written by tools/embed_files.c; do not edit.\n#include \"base/embedded.h\"\n\n",
      out);
  for (int i = 3; i < argc; i++)
    lens[i] = write_bytes(out, argv[i], i);
  fprintf(out,
          "extern const EmbeddedFile %s[];\nextern const uint32_t %s_count;\n"
          "const EmbeddedFile %s[] = {\n",
          argv[2], argv[2], argv[2]);
  for (int i = 3; i < argc; i++) {
    const char *slash = strrchr(argv[i], '/');
    fprintf(out, "  {\"%s\", file%d, %ld},\n", slash ? slash + 1 : argv[i], i, lens[i]);
  }
  fprintf(out, "};\nconst uint32_t %s_count = %d;\n", argv[2], argc - 3);
  free(lens);
  return fclose(out) == 0 ? 0 : 1;
}
