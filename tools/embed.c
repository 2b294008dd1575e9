// embed.c: writes the first section of each rule's golden test as C, for `explain`.
//
//   embed OUT.c RULE.md ...
//
// The first section ends at the first line that starts with "## ". The title line gives
// the rule's name and is left out.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_file(const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) {
    perror(path);
    exit(1);
  }
  size_t len = 0, capacity = 1 << 16;
  char *text = malloc(capacity);
  size_t n;
  while (text && (n = fread(text + len, 1, capacity - len - 1, f)) > 0) {
    len += n;
    if (capacity - len < 2)
      text = realloc(text, capacity *= 2);
  }
  if (!text) {
    fputs("embed: out of memory\n", stderr);
    exit(1);
  }
  text[len] = 0;
  fclose(f);
  return text;
}

static void write_page(FILE *out, const char *path) {
  char *text = read_file(path);
  char *line_end = strchr(text, '\n');
  if (strncmp(text, "# ", 2) || !line_end) {
    fprintf(stderr, "%s: the first line is not `# rule-name`\n", path);
    exit(1);
  }
  *line_end = 0;
  char *body = line_end + 1;
  while (*body == '\n')
    body++;
  char *end = strstr(body, "\n## ");
  if (!end)
    end = body + strlen(body);
  fprintf(out, "  {\"%s\",\n   \"", text + 2);
  for (char *p = body; p < end; p++) {
    unsigned char c = (unsigned char)*p;
    if (c == '\n')
      fputs(p + 1 < end ? "\\n\"\n   \"" : "\\n", out);
    else if (c == '"' || c == '\\')
      fprintf(out, "\\%c", c);
    else if (c < 32 || c > 126)
      fprintf(out, "\\%03o", c);
    else
      fputc(c, out);
  }
  fprintf(out, "\",\n   %ld},\n", (long)(end - body));
  free(text);
}

int main(int argc, char **argv) {
  if (argc < 2)
    return 1;
  FILE *out = fopen(argv[1], "wb");
  if (!out) {
    perror(argv[1]);
    return 1;
  }
  fputs("// Written by tools/embed.c from tests/rules; do not edit.\n"
        "#include \"rules/registry.h\"\n\n"
        "extern const RulePage rule_pages[];\n"
        "extern const uint32_t rule_pages_count;\n"
        "const RulePage rule_pages[] = {\n",
        out);
  for (int i = 2; i < argc; i++)
    write_page(out, argv[i]);
  fprintf(out, "  {\"\", \"\", 0},\n};\nconst uint32_t rule_pages_count = %d;\n",
          argc - 2);
  return fclose(out) ? 1 : 0;
}
