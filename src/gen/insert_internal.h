// insert_internal.h: what the parts of insertion share; see insert.h.
//
//   insert_plan.c     the sample, names of tables
//   insert_habits.c   what the classes of a project have in common
//   insert.c          where new classes go, and in which order files are edited
//   insert_style.c    the style of a file, and generated text in its spelling
//   insert_imports.c  imports, `if TYPE_CHECKING:`
//   insert_change.c   columns and relationships that stand already
//   insert_class.c    columns and relationships for classes that exist
//   insert_file.c     a class in a file of its own
//   insert_package.c  the package's __init__, which imports that file
//   insert_metadata.c where the metadata of the models is
//   insert_alembic.c  env.py, which has to see the new module
//
// A FileEdit is one file that is being changed: its edits are collected and applied at
// once by insert_finish_file. Text lives in the arena of the generator.
#ifndef GEN_INSERT_INTERNAL_H
#define GEN_INSERT_INTERNAL_H

#include "gen/insert.h"
#include "gen/python.h"
#include "text/edit.h"

typedef struct {
  const Insertion *in;
  uint32_t file;
  const ProjectFile *f;
  const PyTree *t;
  EditList edits;
  PyWriter m;
  Str orm_prefix, core_prefix; // "sa.", "" where names are imported
  Str mapped_prefix;           // of Mapped in annotations
  bool single_quotes;
  uint32_t helper_at;   // where the function enum_values is defined; UINT32_MAX: nowhere
  bool closed;          // a last line without an end was given one
  Str placed;           // the last import that was placed, with its line end
  int placed_group;     // its group + 1, 0: none
  StrVec type_checking; // imports of classes for annotations: "from .post import Post"
} FileEdit;

// ---- insert_plan.c

// Association tables of a completed schema as the classes that SQLModel wants.
void insert_name_links(const Insertion *in);

// What most classes around the sample have in common, for those that are new: mixins, the
// columns that these and the base give, the key, the schema. The sample becomes one that
// has it all.
void insert_follow_habits(Insertion *in);
// True where `cls` is `of`, or one of its bases is, on the way up.
bool insert_descends(const Insertion *in, Place cls, Place of, int depth);
// True where new classes inherit from this class, by their base or a mixin.
bool insert_gives_all(const Insertion *in, Place cls);

// True where the module of the file binds the name.
bool insert_binds(const Insertion *in, uint32_t file, Str name);

// ---- insert.c

const PyTree *insert_tree(const Insertion *in, uint32_t file);
Str insert_name(const Insertion *in, Atom atom);
Str insert_folder(Str path);                        // "app/models/", "" for none
const Model *insert_model_of(const SchemaTable *t); // NULL for a new table
// True where the file has the class of `t` and columns or relationships are added to it.
bool insert_is_extended_in(const SchemaTable *t, uint32_t file);
// Path and module of the file that new classes go to.
void insert_home(const Insertion *in, Str *path, Str *module);
Str insert_file_name(const Insertion *in); // of a new file, without ".py"
// A file in the style of `m`, which stands in it. To be ended by insert_finish_file.
void insert_start_file(FileEdit *e, const Insertion *in, const Model *m);
// The same for a file that has no model: its style is not looked at.
void insert_start_plain(FileEdit *e, const Insertion *in, uint32_t file);
// Adds the edited text to the change set and frees the edits, whatever comes of it.
MUST_USE bool insert_finish_file(FileEdit *e, ChangeSet *set, Err *err);
void insert_discard_file(FileEdit *e); // without a change
// The new classes as text in the file's spelling; an absent Str where it fails.
Str insert_render_classes(FileEdit *e, Err *err);

// ---- insert_style.c

// The argument of a class statement that makes it a model: its declarative or abstract
// base, else the last that is no keyword. `*base`: the class statement, where it is one.
Ref insert_base_argument(const Insertion *in, const Model *m, Place *base);
// What makes a class of the project a model: "Base", "db.Model"; "" where a decorator
// does.
Str insert_base_text(const Insertion *in, const Model *m);
// The class statement of it, where it is a class of the project.
Place insert_base(const Insertion *in, const Model *m);
void insert_read_style(FileEdit *e, const Model *m);
// True for `kw_only=True` among the arguments of a class or of what decorates it.
bool insert_is_keyword_only(const PyTree *t, PyRefs args);
// The name that `name` of `module` has in the file, absent where it is not imported.
Str insert_imported_as(const FileEdit *e, Str module, Str name);
// What `import module` binds in the file, `wanted` where that is among it; "" where it is
// not imported so.
Str insert_module_bound_as(const FileEdit *e, Str module, Str wanted);
// The name that an import can bind: its own, or an alias where the file has another of
// that name.
Str insert_free_name(const FileEdit *e, const PyWanted *import);
// "sa." where the file reaches the name of this import through a module.
Str insert_prefix_for(const FileEdit *e, const PyWanted *import);
// Generated text with the file's names of SQLAlchemy and its quotes.
Str insert_respelled(FileEdit *e, Str text);
// Adds an edit of its own group, with the file's line ends.
void insert_edit(FileEdit *e, uint32_t start, uint32_t end, Str text);
// The value of the class's own __table_args__, 0 where it has none. `*elsewhere`: it has
// them from another class, under a condition, or they are not understood.
Ref insert_own_args(const Insertion *in, const Model *m, bool *elsewhere);
// The constraints of an external table into the __table_args__ of its class, or as one to
// `statements`, the lines that are added behind its columns.
MUST_USE bool insert_table_args(FileEdit *e, const SchemaTable *t, Buf *statements,
                                Str indent, Err *err);
Str insert_indent(const FileEdit *e, Ref stmt);  // what stands before it on its line
uint32_t insert_width(const Insertion *in);      // of a line of the project
uint32_t insert_line_end(Str text, uint32_t at); // behind the line feed

// ---- insert_imports.c

// Where `name` of a module lives, as an import that a file of this folder can write.
Str insert_import_line(const Insertion *in, Str folder_of_reader, Str path, Str module,
                       Str name, bool relative);
// `line`, an import of a module of the project, where sorting puts it; false where the
// file's own are not sorted.
bool insert_place_import(FileEdit *e, uint32_t level, Str module, Str line);
bool insert_uses_relative(const FileEdit *e);
Str insert_module_of(const Insertion *in, uint32_t file); // dotted, "" where not known
void insert_push_sorted(StrVec *lines, Str line);         // once
// Annotations name the class: checkers want it imported, Python must not.
void insert_want_class(FileEdit *e, const SchemaTable *t, Str path, Str module);
Ref insert_type_checking_block(const FileEdit *e); // 0 where there is none
// `from M import a, b` with more names, sorted where it was.
void insert_extend_import(FileEdit *e, Ref stmt, const StrVec *names);
// What the generated text needs.
void insert_add_imports(FileEdit *e);
void insert_add_type_checking(FileEdit *e);

// ---- insert_class.c

// Adds what is `added` to the class of `t`, which stands in the file.
MUST_USE bool insert_extend_class(FileEdit *e, const SchemaTable *t, Err *err);
uint32_t insert_find_helper(const FileEdit *e);
// Rendered classes without the helper of enumerations where the file has it before `at`.
Str insert_without_helper(FileEdit *e, Str text, uint32_t at);

// ---- insert_change.c

// `unique=True` for a column of the class, where it is written there.
MUST_USE bool insert_make_unique(FileEdit *e, const Model *m, const SchemaColumn *c);

// ---- insert_file.c

MUST_USE bool insert_create_file(const Insertion *in, ChangeSet *set, Err *err);

// ---- insert_package.c

// Names the new classes in the package's __init__ where it names the sample, or their
// module where it names the neighbours'; `*imports` tells whether it does.
MUST_USE bool insert_edit_package(const Insertion *in, ChangeSet *set, bool *imports,
                                  Err *err);

// ---- insert_metadata.c

typedef struct {
  Str module, name;   // `name` of `module` has `.metadata`
  uint32_t module_id; // NO_MODULE where it is not of the project
} MetadataSource;

// Where the metadata of the models comes from; false where no import can give it.
MUST_USE bool insert_find_metadata(const Insertion *in, MetadataSource *out);

// ---- insert_alembic.c

// How many statements of the file import modules that hold models, beside the new one,
// only for the sake of importing them.
uint32_t insert_count_named(const Insertion *in, uint32_t file);
// The new module behind the last of these, of which there has to be one; once a file.
MUST_USE bool insert_name_module(const Insertion *in, uint32_t file, ChangeSet *set,
                                 Err *err);
// Names the new module in each file that imports several of its neighbours only for the
// sake of importing them.
MUST_USE bool insert_edit_gatherers(const Insertion *in, ChangeSet *set, Err *err);
// Lets each env.py of the project see the module that the new classes are in.
// `in_package`: the package's __init__ imports it.
MUST_USE bool insert_edit_alembic(const Insertion *in, bool in_package, ChangeSet *set,
                                  Err *err);

#endif
