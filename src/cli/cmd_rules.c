// cmd_rules.c: `aludel rules` lists the rules, `aludel explain` tells about one.
#include "base/json.h"
#include "cli/command.h"
#include "codemod/codemod.h"
#include "rules/registry.h"

typedef enum {
  AS_TEXT,
  AS_JSON,
  AS_MARKDOWN
} Format;

static void write_json(const Rule *r, JsonWriter *w) {
  json_begin_object(w);
  json_field(w, "code", str_from(r->code));
  json_field(w, "name", str_from(r->name));
  json_field(w, "category", str_from(category_name(r->category)));
  json_field(w, "fix", str_from(fix_level_name(r->fix)));
  json_field(w, "severity", str_from(severity_name(r->severity)));
  json_field_bool(w, "default", !r->off);
  json_field(w, "since", str_from(r->since));
  json_field(w, "what", str_from(r->what));
  json_field(w, "why", str_from(r->why));
  json_end_object(w);
}

static const char *modernizes(const CodemodEntry *e) {
  return e->since == SQLALCHEMY_2_1     ? "--target 2.1"
         : e->profile == PROFILE_MODERN ? "modern"
                                        : "compat";
}

static void write_codemod_json(const CodemodEntry *e, JsonWriter *w) {
  json_begin_object(w);
  json_field(w, "code", str_from(e->code.code));
  json_field(w, "name", str_from(e->code.name));
  json_field(w, "category", STR("modernize"));
  json_field(w, "fix", STR("modernize"));
  json_field(w, "profile", e->profile == PROFILE_MODERN ? STR("modern") : STR("compat"));
  json_field(w, "target", e->since == SQLALCHEMY_2_1 ? STR("2.1") : STR("2.0"));
  json_field(w, "what", str_from(e->code.what));
  json_end_object(w);
}

// What `aludel modernize` rewrites and `aludel check` does not report.
static void write_codemods(Format format, JsonWriter *w, Buf *out) {
  Arena arena = {0};
  const CodemodEntry *all;
  uint32_t count = codemod_entries(&arena, &all);
  if (format == AS_TEXT)
    buf_add_text(out, "\nRewritten by `aludel modernize`\n");
  else if (format == AS_MARKDOWN)
    buf_add_text(out, "\n## Rewritten by `aludel modernize`\n\n| code | name | profile | "
                      "what it rewrites |\n|---|---|---|---|\n");
  for (uint32_t i = 0; i < count; i++) {
    const CodemodEntry *e = &all[i];
    if (rule_find(str_from(e->code.code)))
      continue;
    if (format == AS_TEXT)
      buf_printf(out, "  %-5s %-12s %s\n", e->code.code, modernizes(e), e->code.name);
    else if (format == AS_MARKDOWN)
      buf_printf(out, "| %s | `%s` | %s | %s |\n", e->code.code, e->code.name,
                 modernizes(e), e->code.what);
    else
      write_codemod_json(e, w);
  }
  arena_reset(&arena);
}

static void write_rules(Format format, Buf *out) {
  JsonWriter w = {.out = out, .indent = 2};
  if (format == AS_JSON)
    json_begin_array(&w);
  for (int c = 0; c < CAT_COUNT; c++) {
    bool any = false;
    for (uint32_t i = 0; i < rules_count; i++) {
      const Rule *r = rules[i];
      if (r->category != (RuleCategory)c)
        continue;
      if (!any && format == AS_TEXT)
        buf_printf(out, "%s%s\n", out->len ? "\n" : "", category_title((RuleCategory)c));
      if (!any && format == AS_MARKDOWN)
        buf_printf(
            out, "%s## %s\n\n| code | name | fix | what it finds |\n|---|---|---|---|\n",
            out->len ? "\n" : "", category_title((RuleCategory)c));
      any = true;
      if (format == AS_TEXT)
        buf_printf(out, "  %-5s %-6s %s\n", r->code, fix_level_name(r->fix), r->name);
      else if (format == AS_MARKDOWN)
        buf_printf(out, "| %s | `%s` | %s | %s |\n", r->code, r->name,
                   fix_level_name(r->fix), r->what);
      else
        write_json(r, &w);
    }
  }
  write_codemods(format, &w, out);
  if (format == AS_JSON) {
    json_end_array(&w);
    buf_add_char(out, '\n');
  }
}

static int run_rules(CommandCtx *cx) {
  write_rules((Format)option_get(cx, "output-format")->choice, &cx->out);
  return EXIT_FINE;
}

static void write_page(const Rule *r, Buf *out) {
  static const char *const fixes[] = {"There is no automatic fix.",
                                      "A fix is shown; a person has to apply it.",
                                      "`--fix --unsafe-fixes` applies a fix.",
                                      "`--fix` applies a fix where it is proven right."};
  buf_printf(out, "# %s %s\n\n%s.\n\n%s.\n\n%s\n", r->code, r->name, r->what, r->why,
             fixes[r->fix]);
  if (r->off)
    buf_printf(out, "The rule is not in the default selection: `--extend-select %s`.\n",
               r->code);
  Str page = rule_page(r);
  if (page.len) {
    buf_add_char(out, '\n');
    buf_add_str(out, page);
  }
}

// False where no codemod has the code or name.
static bool write_codemod_page(Str name, Buf *out) {
  Arena arena = {0};
  const CodemodEntry *all, *found = NULL;
  uint32_t count = codemod_entries(&arena, &all);
  for (uint32_t i = 0; i < count && !found; i++)
    if (str_is(name, all[i].code.code) || str_is(name, all[i].code.name))
      found = &all[i];
  if (found) {
    if (out->len)
      buf_add_char(out, '\n');
    bool modern = found->profile == PROFILE_MODERN,
         newest = found->since == SQLALCHEMY_2_1;
    buf_printf(
        out,
        "# %s %s\n\n%s.\n\n`aludel modernize%s%s` rewrites it where the meaning is "
        "proven the same, and reports every other place with the reason.\n",
        found->code.code, found->code.name, found->code.what,
        modern ? " --profile modern" : "", newest ? " --target 2.1" : "");
  }
  arena_reset(&arena);
  return found;
}

static int run_explain(CommandCtx *cx) {
  for (size_t i = 0; i < cx->arg_count; i++) {
    const Rule *r = rule_find(str_from(cx->args[i]));
    if (!r && write_codemod_page(str_from(cx->args[i]), &cx->out))
      continue;
    if (!r)
      return command_error("there is no rule '%s'; `aludel rules` lists them",
                           cx->args[i]);
    if (i)
      buf_add_char(&cx->out, '\n');
    write_page(r, &cx->out);
  }
  return EXIT_FINE;
}

static const char *const formats[] = {"text", "json", "markdown", NULL};
static const Option rules_options[] = {
    {"output-format", 0, OPTION_CHOICE, "FORMAT", formats, "How the list is printed"},
    {.name = NULL},
};

const Command command_rules = {
    .name = "rules",
    .summary = "List the rules",
    .options = rules_options,
    .run = run_rules,
};

const Command command_explain = {
    .name = "explain",
    .summary = "Tell what a rule finds, why, and how it is mended",
    .positional = "RULE...",
    .args_min = 1,
    .args_max = UINT32_MAX,
    .run = run_explain,
};
