// Codemod: a change of many places that is made for a whole project: the parts of
// `aludel modernize`.
//
// One codemod is one file src/codemod/<name>.c with one `const Codemod codemod_<name>`
// and one row in codemods.def.
//
//   static void visit(const CodemodWalk *w, Ref r) {   // every node of every file
//     if (py_kind(w->t, r) != PY_CALL || codemod_value(w, r).kind != VALUE_COLUMN)
//       return;
//     Site *s = codemod_site(w->cx, "T110", w->file, span, "`%s` is a Column", name);
//     if (codemod_open(w->cx, s)) {                // a group of edits
//       fix_replace(w->in, span, STR("..."));      // fix_* join the group
//       Str name = codemod_import(w->cx, w->file, r, "sqlalchemy.orm", "Mapped");
//       if (!type) codemod_refuse(w->cx, node_place, "its type is not known");
//       codemod_close(w->cx);
//     }
//   }
//
// - A codemod only reads; the driver (codemod/modernize.h) applies. Edits of one group
//   may lie in several files and are applied all or none. Edits of one group must not
//   overlap; a group that overlaps an earlier one waits for the next round.
// - Every place worth knowing is a Site, converted or left with the reason and the line
//   that stops it. A site that neither has a group nor a reason is a bug.
// - Rounds: after each one the project is parsed, linked and read anew, until nothing is
//   left to apply. So a codemod sees what others did, and must find nothing to do in its
//   own output. Left sites are those of the last round.
// - `visit` is called for every node of a file, in source order, `run_file` for the file
//   itself: every readable one without syntax errors, by several threads at once. `run`
//   is called once, by one. Results are the same for any number of threads.
// - All calls accept a NULL site (suppressed or not selected) and then do nothing.
#ifndef CODEMOD_CODEMOD_H
#define CODEMOD_CODEMOD_H

#include "project/detect.h"
#include "rules/rule.h"
#include "rules/util.h"

typedef enum {
  PROFILE_COMPAT, // what the target removed or silently changed
  PROFILE_MODERN  // and the style of 2.x: select(), Mapped[], DeclarativeBase
} CodemodProfile;

typedef struct {
  const char *code; // "T110"; NULL ends the list
  const char *name; // "column-to-mapped-column"
  const char *what; // what is rewritten, one sentence without a full stop
} CodemodCode;

typedef struct CodemodCtx CodemodCtx;

// A file that is walked.
typedef struct {
  CodemodCtx *cx;
  RuleCtx *in; // codemod_in(cx, file)
  const PyTree *t;
  uint32_t file;
} CodemodWalk;

// What it does is in `visit`, `run_file` or `run`.
enum {
  CODEMOD_MAX_KINDS = 8 // node kinds that one codemod may ask for
};

typedef struct {
  const char *name;              // of the file
  const CodemodCode *codes;      // of the sites it may report
  CodemodProfile profile;        // the smallest profile that it belongs to
  SqlalchemyTarget since;        // the oldest target that it belongs to; UNKNOWN: any
  uint8_t on[CODEMOD_MAX_KINDS]; // PyKinds of `visit`, 0-terminated
  void (*visit)(const CodemodWalk *w, Ref node);   // in source order; may be NULL
  void (*run_file)(CodemodCtx *cx, uint32_t file); // may be NULL
  void (*run)(CodemodCtx *cx);                     // may be NULL
} Codemod;

// How much of a Query a site has.
typedef enum {
  FORM_NONE,     // the site is none
  FORM_DIRECT,   // root and end in one expression
  FORM_VARIABLE, // one of both: the rest comes from a variable, a call, an argument
} SiteForm;

typedef struct {
  const char *code;
  const char *name; // of the code
  SiteForm form;
  uint32_t file; // of the project
  Span span;     // in the text of the round that found it
  uint32_t line; // from 1, in the text as it was before the first round
  Str what;      // one sentence without a full stop
  bool converted;
  Str reason;                    // why it was left, "" where it was converted
  uint32_t stop_file, stop_line; // what stops it; NO_FILE: nothing but the site itself
  Str by_hand;                   // what a person should test or look at, "" for nothing
} Site;

struct CodemodCtx {
  const Project *project;
  Resolver *resolver; // of this thread
  ValueCtx *values;   // of this thread
  const Models *models;
  SqlalchemyTarget source; // the line the code was written for; UNKNOWN: not known
  bool source_proven;      // by more than idioms, which 2.0 and 2.1 share
  SqlalchemyTarget target; // 2.0 or 2.1
  CodemodProfile profile;
  uint32_t databases;   // DETECTED_*, where the project names their drivers
  bool unsafe;          // apply also what changes meaning under a named condition
  uint8_t python_minor; // of the oldest Python 3 that the code has to run on
  Arena *arena;         // until the round ends
  const Codemod *codemod;
  struct CodemodRun *run; // of the driver
};

// A place. NULL where `code` is not selected or a comment suppresses it.
Site *codemod_site(CodemodCtx *cx, const char *code, uint32_t file, Span span,
                   const char *what, ...) PRINTF_LIKE(5, 6);
// Says why a site is left as it is; `stop` (ref 0: the site itself) is what stops it.
void codemod_leave(CodemodCtx *cx, Site *s, Place stop, const char *reason, ...)
    PRINTF_LIKE(4, 5);
// What to test by hand, whether converted or left.
void codemod_by_hand(CodemodCtx *cx, Site *s, const char *note, ...) PRINTF_LIKE(3, 4);

// Opens a group with its first site; further ones join. False where there is no site.
// Edits of the site's file join the group, of others those through codemod_in.
bool codemod_open(CodemodCtx *cx, Site *s);
void codemod_join(CodemodCtx *cx, Site *s);
// The context for reading and editing a file: fix_*, rule_* and rules/util.h work with
// it, edits join the open group. fix_refuse there refuses the group.
RuleCtx *codemod_in(CodemodCtx *cx, uint32_t file);
// What follows holds only where no file is left unread that has this word in its text.
// Where there is one, the round is run again with it.
void codemod_ask_word(CodemodCtx *cx, Atom word);
// A file that was read for a word only (is_far) takes part in what changes: the round is
// run again with all that codemods and rules do there.
void codemod_come_near(CodemodCtx *cx, uint32_t file);
// Makes `name` of `module` usable at `at` and gives its spelling there: an import that is
// there is used (`import sqlalchemy as sa` gives `sa.name`), else one is added in the
// file's own layout. `name` NULL: the module itself (`import datetime`). Where the name
// means something else the group is refused and the Str absent.
Str codemod_import(CodemodCtx *cx, uint32_t file, Ref at, const char *module,
                   const char *name);
// Adds `name` of `module` for a name whose own import goes in the same group.
void codemod_need(CodemodCtx *cx, uint32_t file, Ref at, Str module, Str name);
// Adds `name` of `module` for type checkers only, under TYPE_CHECKING.
void codemod_need_typing(CodemodCtx *cx, uint32_t file, Ref at, Str module, Str name);
// True where codemod_import would succeed.
bool codemod_can_import(CodemodCtx *cx, uint32_t file, Ref at, const char *module,
                        const char *name);
// Withdraws the open group: its sites are left for this reason.
void codemod_refuse(CodemodCtx *cx, Place stop, const char *reason, ...)
    PRINTF_LIKE(3, 4);
// True where a group of this round and thread edits inside the span: what else there is
// to do there can wait for the next round and see the result.
bool codemod_is_claimed(const CodemodCtx *cx, uint32_t file, Span span);
// Closes the group; true where it stands.
bool codemod_close(CodemodCtx *cx);

// ---- A file that is walked

CodemodWalk codemod_walk(CodemodCtx *cx, uint32_t file);
// False for a file that is not to be read: with syntax errors, or a stub.
bool codemod_reads(const CodemodCtx *cx, uint32_t file);
Value codemod_value(const CodemodWalk *w, Ref expr); // unknown for 0
Str codemod_name(const CodemodWalk *w, Atom atom);   // "" for 0
// Opens a group with the site of a node.
bool codemod_begin(const CodemodWalk *w, const char *code, Ref at, const char *what);
// The site of a node that is left, with the reason.
void codemod_report(const CodemodWalk *w, const char *code, Ref at, const char *what,
                    const char *why);
// Refuses the open group where what `expr` is is not proven, but for --unsafe.
void codemod_need_proven(const CodemodWalk *w, Ref expr);

// Tables, in the order of running.
extern const Codemod *const codemods[];
extern const uint32_t codemods_count;
// The name of a code, of codemods and rules; NULL where there is none.
const char *codemod_code_name(Str code);
// All codes of codemods, each once, in the order of codes; the smallest profile that it
// belongs to. Their number.
typedef struct {
  CodemodCode code;
  CodemodProfile profile;
  SqlalchemyTarget since;
} CodemodEntry;
uint32_t codemod_entries(Arena *arena, const CodemodEntry **out);

#endif
