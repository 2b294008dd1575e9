// Rule: one thing worth finding, with its words, its check and its fix.
//
// One rule is one file src/rules/<name>.c with one `const Rule rule_<name>`, one row in
// rules.def and one golden test tests/rules/<name>.md, whose first section is its page in
// the documentation.
//
//   static void check(RuleCtx *cx, Ref call) {
//     if (resolve_call_api(cx->resolver, cx->file_id, call) != API_sqlalchemy_case)
//       return;
//     Finding *f = rule_report(cx, py_span(cx->tree, call), "case() takes a list");
//     if (rule_fix(cx, f, FIX_SAFE, "Pass the pairs one by one"))
//       fix_replace(cx, span, STR("..."));
//   }
//
// - A rule only reads; everything it says goes through rule_report and the fix_* calls.
// - A fix is a group of edits that are applied together or not at all. Edits of one fix
//   must not overlap. After fix_refuse nothing of the fix is left but the reason.
// - Calls with a NULL finding do nothing, so a rule need not test for suppression.
// - Findings are sorted by path, offset and code, the same for any number of threads.
#ifndef RULES_RULE_H
#define RULES_RULE_H

#include "project/project.h"
#include "sqla/model.h"
#include "sqla/resolve.h"
#include "sqla/value.h"
#include "text/edit.h"

typedef enum { // in the order of the documentation
#define CATEGORY(id, name, title) CAT_##id,
#include "rules/categories.def"
#undef CATEGORY
  CAT_COUNT
} RuleCategory;

typedef enum {
  FIX_NONE,   // nothing to apply
  FIX_SHOW,   // an edit that a person has to decide on; displayed, never applied
  FIX_UNSAFE, // meaning may change under the condition that the rule names
  FIX_SAFE    // meaning proven the same
} FixLevel;

typedef enum {
  SEVERITY_INFO,
  SEVERITY_WARNING,
  SEVERITY_ERROR
} Severity;

typedef struct RuleCtx RuleCtx;
typedef struct Rule Rule;

enum {
  RULE_MAX_KINDS = 8 // node kinds that one rule may ask for
};

struct Rule {
  const char *code; // "Q101": stable for ever; printed, used in suppressions
  const char *name; // "comparison-with-none": the pattern that is wrong, not the cure
  RuleCategory category;
  FixLevel fix;      // the safest level that a fix of this rule may claim
  const char *since; // version of Aludel that has it first
  uint8_t priority;  // 0 very common .. 2 rare
  bool off;          // not in the default selection
  Severity severity;
  const char *what;           // one sentence: what it finds
  const char *why;            // one or two sentences: what goes wrong
  uint8_t on[RULE_MAX_KINDS]; // PyKinds that `check` is called for, 0-terminated
  // PY_CALL and PY_ATTRIBUTE only, and what makes the engine fast: `check` is called
  // where the last name of what is called (of the attribute) is one of `names`, or the
  // call is one of `apis` (as resolve_call_api gives them). Both NULL: for every node.
  // Each ends with NULL, API_NONE.
  const char *const *names;
  const ApiId *apis;
  void (*check)(RuleCtx *cx, Ref node);
  void (*check_file)(RuleCtx *cx); // once per file, after its walk; may be NULL
  // Once per mapped class, in the context of the file its class statement is in.
  void (*check_model)(RuleCtx *cx, const Model *model);
};

typedef struct {
  Edit *edits; // group 0; sorted by start
  uint32_t edit_count;
  FixLevel level;
  Str title;             // imperative, without a full stop: "Replace by `is_not()`"
  bool adds_import_line; // one of the edits inserts a line of imports at import_at
  uint32_t import_at;
} Fix;

typedef struct {
  const Rule *rule; // NULL: a syntax error of the file
  uint32_t file;
  Span span;
  Str message;        // one sentence without a full stop
  Str refused;        // why there is no fix, "" where there is one or none could be
  Fix fix;            // level FIX_NONE: none
  uint32_t line;      // from 1, of span.start
  uint32_t noqa_line; // line whose comment suppresses it: the last of the logical line
                      // part that span.start is in
} Finding;

#define RULE_NAMES(...)                                                                  \
  (const char *const[]) {                                                                \
    __VA_ARGS__, NULL                                                                    \
  }
#define RULE_APIS(...)                                                                   \
  (const ApiId[]) {                                                                      \
    __VA_ARGS__, API_NONE                                                                \
  }

// A rule of a file that has several: what every one of them says, then what only it does.
#define DEFINE_RULE(id, rule_code, title, in, level, finds, reason, ...)                 \
  const Rule rule_##id = {.code = rule_code,                                             \
                          .name = title,                                                 \
                          .category = in,                                                \
                          .since = "0.1.0",                                              \
                          .severity = level,                                             \
                          .what = finds,                                                 \
                          .why = reason,                                                 \
                          __VA_ARGS__}

struct RuleCtx {
  const Project *project;
  const ProjectFile *file;
  uint32_t file_id;
  const PyTree *tree;
  Resolver *resolver; // of this thread
  ValueCtx *values;   // of this thread
  const Models *models;
  const struct Migrations *migrations; // of the project; NULL outside of a check
  SqlalchemyTarget target; // the line that code is written for; UNKNOWN: not known
  SqlalchemyTarget oldest; // the oldest line that it has to run on
  uint32_t databases;      // DETECTED_*, where the project names their drivers
  const Rule *rule;        // that is being run
  Arena *scratch;          // until the file is done
  struct RuleRun *run;     // of the engine
};

// The parent of a node of the file, 0 for the root. Built on first use.
Ref rule_parent(RuleCtx *cx, Ref node);
// The statement that a node stands in (itself where it is one), 0 for the root.
Ref rule_statement(RuleCtx *cx, Ref node);

// Adds a finding. NULL where it is suppressed or not selected.
Finding *rule_report(RuleCtx *cx, Span span, const char *format, ...) PRINTF_LIKE(3, 4);
// Opens the fix of a finding: following fix_* calls belong to it. `level` is lowered to
// what the rule may claim. False where there is no finding (then fix_* do nothing).
bool rule_fix(RuleCtx *cx, Finding *f, FixLevel level, const char *title, ...)
    PRINTF_LIKE(4, 5);
void fix_replace(RuleCtx *cx, Span span, Str text);
void fix_printf(RuleCtx *cx, Span span, const char *format, ...) PRINTF_LIKE(3, 4);
void fix_insert(RuleCtx *cx, uint32_t at, Str text);
void fix_delete(RuleCtx *cx, Span span);
// Makes `name` of `module` ("sqlalchemy.orm", "selectinload") usable at `at`, with an
// import where needed, and returns how it is spelled there. Follows the file's own way:
// an import that is there is used, `import sqlalchemy as sa` gives `sa.name`, a list that
// imports from the module is extended in its layout and order, else a line is added after
// the last import. An absent Str where no sound spelling exists: the fix is refused.
Str fix_require_import(RuleCtx *cx, Ref at, const char *module, const char *name);
// Withdraws the open fix and says why: "the list is built elsewhere".
void fix_refuse(RuleCtx *cx, const char *reason, ...) PRINTF_LIKE(2, 3);
// A note on a finding without opening a fix.
void rule_refuse(RuleCtx *cx, Finding *f, const char *reason, ...) PRINTF_LIKE(3, 4);

// True where a comment stands in the span: a fix would drop it.
bool rule_has_comment(const RuleCtx *cx, Span span);
// The first comment that starts in the span; false where there is none.
bool rule_next_comment(const RuleCtx *cx, Span span, Span *out);
// The span of an expression with the parentheses next to it, where it stands in some.
Span rule_paren_span(const RuleCtx *cx, Ref node);
// Its text, those parentheses included: may stand wherever the expression stood.
Str rule_text(const RuleCtx *cx, Ref node);

// Registry, sorted by code.
extern const Rule *const rules[];
extern const uint32_t rules_count;
const Rule *rule_find(Str code_or_name);    // NULL where there is none
const char *category_name(RuleCategory c);  // "migration"
const char *category_title(RuleCategory c); // "1.x to 2.0"
const char *fix_level_name(FixLevel level); // "safe"
const char *severity_name(Severity s);      // "warning"

#endif
