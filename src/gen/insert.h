// Insert: new models among the models of a project, in their style.
//
//   Insertion in = {0};
//   insert_plan(&in, gen, project, models, &err);   // before schema_complete: names,
//   style schema_complete(...) insert_models(&in, &set, &err);                 // edits
//   go into the change set
//
// - A new class goes behind the last model of the file that holds what it relates to;
// where
//   each model has a file of its own, into a new file beside, which the package imports
//   as it imports the others.
// - The style is that of the model it goes beside: base, annotated or not, how names of
//   SQLAlchemy are spelled (`Column`, `sa.Column`, `db.Column`), quotes, Optional,
//   singular or plural table names, line ends.
// - Columns are added to the classes that exist behind their last column, relationships
//   (the other sides of new ones too) behind their last relationship; an enumeration goes
//   before the class. Imports are added to what the file imports from the same
//   module.
// - Alembic's env.py sees the new module (insert_alembic.c).
#ifndef GEN_INSERT_H
#define GEN_INSERT_H

#include "gen/generator.h"
#include "sqla/model.h"
#include "text/changeset.h"

typedef struct {
  Gen *gen;
  const Project *project;
  Resolver *resolver;
  const Models *models;
  const Model *sample; // whose style is taken
  bool own_files;      // each model has a file of its own
  uint32_t *models_in; // how many, by file
  bool *named;         // by file: where the new module was named
  Str *habits;         // arguments of its class that new classes have too
  uint32_t habit_count;
  uint32_t python_minor; // of the oldest Python 3 that counts; 0: not known
  bool links_follow;     // SQLModel names the tables of link models
} Insertion;

// Looks at the project and names the new tables of the schema, which is not completed
// yet, as the others are. False where the project has no model to go by.
MUST_USE bool insert_plan(Insertion *in, Gen *gen, const Project *project,
                          Resolver *resolver, const Models *models);
// What a new env.py of Alembic imports so that it sees all models of the project, some
// lines, and the expression of their metadata. False where no import can give it.
MUST_USE bool insert_metadata_imports(const Insertion *in, Str *imports, Str *metadata);
// Adds the changed and new files. False where a file cannot be changed.
MUST_USE bool insert_models(Insertion *in, ChangeSet *set, Err *err);

// What a column or relationship that stands is to become.
typedef struct {
  Str attribute;
  Str type;                // "String(50)", as generated code would say it; "": as it is
  const char *type_import; // its name in `sqlalchemy`; NULL: none
  bool unique, index, nullable, required;
  Str cascade; // of a relationship: "all, delete-orphan"
} InsertChange;
// Changes one attribute of a class where it stands. False where it is not written there.
MUST_USE bool insert_change(const Insertion *in, const Model *m, const InsertChange *c,
                            ChangeSet *set, Err *err);

#endif
