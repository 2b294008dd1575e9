// Project: all files of a run, parsed, and the modules they make.
//
// - Files are sorted by path and modules by name within their root; ids are indexes and
//   the same for any number of threads.
// - A file that cannot be read or decoded is there with readable false and its error. A
//   file with syntax errors is readable; its diags say what is wrong.
// - A root is a folder that top-level modules stand in: the config's `src` folders, the
//   project's folder, and for each file of a package the folder above the topmost folder
//   with an `__init__.py`. A folder without one is a namespace package where a root
//   stands above it. The same dotted name may exist in several roots: imports take the
//   importing file's own root first, then the folders above the file that are no
//   packages, the nearest first (a script finds what stands beside it), then the other
//   roots, the one with the longest common path first.
// - A stub (.pyi) stands for a module only where there is no .py of that name.
// After project_open everything but project_add_text is read-only and may be used from
// many threads.
#ifndef PROJECT_PROJECT_H
#define PROJECT_PROJECT_H

#include "project/config.h"
#include "python/scope.h"

#define NO_FILE UINT32_MAX
#define NO_MODULE UINT32_MAX

typedef struct {
  Str path;     // as shown
  Str absolute; // terminated
  Source source;
  PyTree tree;
  PyScopes *scopes; // NULL where not in use
  Arena arena;      // source, tree, scopes
  DiagSink diags;
  Err error;      // where not readable
  bool readable;  // source is there
  bool in_use;    // text, tree and scopes are there
  bool has_topic; // see ProjectFocus
  bool in_focus;  // see ProjectFocus; true for all files of a project without one
  bool is_far;    // in use for a word only (project_use_words)
  bool
      is_context; // around what was named: read for its meaning, never reported or edited
  bool is_stub;   // .pyi
  bool is_test;   // conftest.py, test_*.py, *_test.py, or below a folder named test(s)
  uint32_t module; // NO_MODULE where the name is not an identifier (scripts)
} ProjectFile;

typedef struct {
  Atom name;       // dotted: "app.models"
  Atom last;       // "models"
  uint32_t file;   // NO_FILE: namespace package
  uint32_t parent; // NO_MODULE: top level
  uint32_t root;
  bool is_package;
  uint32_t *children; // module ids, sorted by name
  uint32_t child_count;
} Module;

typedef struct {
  Str path; // absolute, ends with "/"
} ProjectRoot;

typedef struct {
  Str path;
  Err error;
} ProjectProblem; // a folder that could not be read

// What the reader of a project is after. Files that cannot have to do with it are only
// looked through for syntax errors: in_use is false, and tree and scopes are empty.
typedef struct {
  const char *const *topics; // a file whose text has one, and what imports it
  const char *const *hints;  // a file whose text has one as a name, alone
  int reach;                 // imports between a file and a topic, at most
  int depth;                 // imports between a file and what is read for it, at most
  bool keeps_text; // the text of the other files stays, and is not looked through: they
                   // can be read later (project_use_words)
  bool (*wants)(const ProjectFile *f); // a file that is to be read too; NULL: none
} ProjectFocus;

typedef struct Project {
  Arena arena;
  Str folder; // absolute root folder: the config's, else the common one of all files
  Str root;   // absolute: folders below it say by their names what their files are; ""
              // where nothing was read from disk
  const Config *config;
  const ProjectFocus *focus; // NULL: everything is read
  Interner *names;
  ProjectFile **files;
  uint32_t file_count;
  Module *modules;
  uint32_t module_count;
  ProjectRoot *roots;
  uint32_t root_count;
  ProjectProblem *problems;
  uint32_t problem_count;
  struct ProjectIndex *index; // look-up tables, of use to link.c only
} Project;

// Discovers, reads, parses and binds on `threads` threads (0: all processors), then
// links. False where a named path does not exist; files that cannot be read do not fail.
// `config` must outlive the project. Zero-initialise `p` before.
MUST_USE bool project_open(Project *p, const char *const *paths, size_t count,
                           const Config *config, int threads, Err *err);
// As above, reading in full only what the focus asks for; it must outlive the project.
MUST_USE bool project_open_focused(Project *p, const char *const *paths, size_t count,
                                   const Config *config, const ProjectFocus *focus,
                                   int threads, Err *err);
// As above, with what lies around the paths (project/around.h) as context, so that a
// file means the same however it was named.
MUST_USE bool project_open_around(Project *p, const char *const *paths, size_t count,
                                  const Config *config, const ProjectFocus *focus,
                                  int threads, Err *err);
// What lies around a file that need not be there, its text to be added: all is context.
MUST_USE bool project_open_beside(Project *p, const char *file, const Config *config,
                                  const ProjectFocus *focus, int threads, Err *err);
// Adds a file whose bytes are given (standard input, an editor's buffer), or gives the
// one with this path a new text. Modules are linked again where the file is new. Returns
// its id. Works on a zero-initialised project after project_init.
uint32_t project_add_text(Project *p, Str path, Str text);
void project_init(Project *p, const Config *config);
void project_free(Project *p);

// The file with this path as shown, or NO_FILE.
uint32_t project_file(const Project *p, Str path);
// True where `text` is one that the file can hold: it has its encoding and compiles. Its
// bytes are left in `bytes`.
bool project_still_parses(const Project *p, uint32_t file, Str text, Buf *bytes);
// Reads in full what was left out of use and has one of the words in its text, as is_far.
// False where there is no such file. Nothing may hold on to what was read of the project.
bool project_use_words(Project *p, const Atom *words, size_t count, int threads);
// The module of this dotted name seen from `from_file` (NO_FILE: from the project's
// folder), or NO_MODULE.
uint32_t project_module(const Project *p, uint32_t from_file, Str dotted);

typedef enum {
  TARGET_UNKNOWN,  // a relative import of what is not there, or a missing name
  TARGET_EXTERNAL, // outside the project: `dotted` (+ `name`)
  TARGET_MODULE,   // the module `module`
  TARGET_NAME,     // `name` as bound at the top level of the module `module`
} ImportTargetKind;

typedef struct {
  ImportTargetKind kind;
  uint32_t module; // MODULE, NAME
  Atom dotted;     // EXTERNAL: the module as written, "sqlalchemy.orm"
  Atom name;       // NAME, EXTERNAL: the imported name; 0 for a whole module
} ImportTarget;

// What an import in `file` means. `import a.b` is (0, "a.b", 0); `from ..a import b` is
// (2, "a", "b"); module is 0 in `from . import b`. A name that the module itself imported
// (re-export) is followed to where it is defined, through star imports and `__all__`, in
// and out of the project; a cycle gives TARGET_UNKNOWN. `import a.b` gives module a.b.
ImportTarget project_resolve_import(const Project *p, uint32_t file, uint32_t level,
                                    Atom module, Atom name);
// What `name` means as an attribute of the module: a submodule, a definition, or what the
// module imported under it, followed as above.
ImportTarget project_member(const Project *p, uint32_t module, Atom name);
// As project_member for one step only: TARGET_NAME where the module binds it itself,
// by whatever statement.
bool project_module_binds(const Project *p, uint32_t module, Atom name);
// True where `from module import *` would bring `name`, if the module has it.
bool project_exports(const Project *p, uint32_t module, Atom name);

#endif
