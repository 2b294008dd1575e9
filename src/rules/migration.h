// Migration: scripts of Alembic as rules ask about them.
#ifndef RULES_MIGRATION_H
#define RULES_MIGRATION_H

#include "rules/util.h"
#include "sqla/place_map.h"

typedef struct {
  Ref revision, down;     // the values of `revision` and `down_revision`
  Ref upgrade, downgrade; // the defs; downgrade 0: none
  bool labelled;          // branch_labels is given
} MigrationScript;

// What scripts do to tables; migration_key() of the script's file and the table's name.
typedef struct {
  PlaceMap created; // by op.create_table(), or in SQL
  PlaceMap emptied; // in SQL: DELETE FROM, TRUNCATE
  // By the value of a string that may be a name, and by the types that SQL makes: the
  // file that holds it.
  PlaceMap holders;
} MigrationEffects;
#define MIGRATION_SEVERAL (UINT32_MAX - 1) // several files hold the string
uint64_t migration_key(uint32_t place, Atom name);
void migration_effects_add(RuleCtx *cx, MigrationEffects *e); // those of cx->file
void migration_effects_free(MigrationEffects *e);

// All scripts of the project and what follows what, read once for a check. Made in
// cx->scratch, which has to outlive it; of the context only project, resolver and scratch
// are used. migrations_free afterwards.
typedef struct Migrations Migrations;
Migrations *migrations_read(RuleCtx *cx);
void migrations_free(Migrations *m);

// False where the file is no script: it has to say `revision`, `down_revision` and
// upgrade().
bool migration_read(RuleCtx *cx, const ProjectFile *file, MigrationScript *out);
// The value that a name at the top of the file is assigned first, 0: none.
Ref migration_top_value(const ProjectFile *file, Atom name);
// True where no other script follows the one of the context: it may not have been run
// yet.
bool migration_is_head(RuleCtx *cx);
// True where the file of the context creates the table, by op.create_table() or in SQL.
bool migration_creates_table(RuleCtx *cx, Str table);
// True where SQL in the file takes all rows of the table away.
bool migration_empties_table(RuleCtx *cx, Str table);

// One call of op, or of what `with op.batch_alter_table("t") as batch:` gives.
typedef struct {
  ApiId api; // API_alembic_op_add_column ...
  Ref batch; // the call of batch_alter_table() around it, 0: none
  Str table; // that it works on, absent where that is no literal
  MigrationScript script;
  bool upgrades; // it stands in upgrade()
} Operation;

// False where the call is none, or stands in no script. For operations whose table is not
// the first argument (create_index, drop_constraint ...) `table` is that argument too.
bool migration_operation(RuleCtx *cx, Ref call, Operation *out);
// True for an operation of upgrade() in the newest script on a table that was there
// before.
bool migration_pending(RuleCtx *cx, Ref call, Operation *out);
// True where the call in `function` runs outside of the transaction of the script: in an
// autocommit_block(), or behind a COMMIT of its own.
bool migration_leaves_transaction(RuleCtx *cx, Ref call, Ref function);
// An argument as op has it by position: one less within a batch, which knows the table.
Ref operation_argument(RuleCtx *cx, const Operation *o, Ref call, const char *name,
                       uint32_t index);
// True where another script of the project holds the name as a string.
bool migration_others_hold(RuleCtx *cx, Str name);
// True where the file is a script.
bool migrations_have(const Migrations *m, uint32_t file);
// True where the project has scripts at all.
bool migrations_exist(const RuleCtx *cx);

#endif
