// util.h: small questions that many rules ask.
#ifndef RULES_UTIL_H
#define RULES_UTIL_H

#include "rules/rule.h"

// ---- Calls

// The value of a keyword argument, or the positional one with that number (from 0); 0
// where there is none. A positional argument behind `*args` is not found.
Ref call_keyword(const PyTree *t, Ref call, Atom name);
Ref call_positional(const PyTree *t, Ref call, uint32_t index);
Ref call_argument(const PyTree *t, Ref call, Atom name, uint32_t index);
// Positional arguments before the first `*args`.
uint32_t call_positional_count(const PyTree *t, Ref call);
// The Keyword node itself.
Ref call_keyword_node(const PyTree *t, Ref call, Atom name);
bool call_has_stars(const PyTree *t, Ref call); // *args or **kwargs
// The receiver of a method call, `x` in `x.name(...)`, and the name; 0 for other calls.
Ref call_receiver(const PyTree *t, Ref call);
Atom call_method(const PyTree *t, Ref call);
// The name of a method or function as a string, "" where there is none.
Str call_method_text(const RuleCtx *cx, Ref call);
// What the arguments cover, between the parentheses.
Span call_arguments_span(const RuleCtx *cx, Ref call);
// Deletes an argument with the comma that goes with it.
void fix_delete_argument(RuleCtx *cx, Ref call, Ref argument);
// Adds `text` as the last argument.
void fix_append_argument(RuleCtx *cx, Ref call, Str text);

// ---- Names and constants

Atom rule_atom(RuleCtx *cx, const char *name);
bool is_none(const PyTree *t, Ref expr);
bool is_true(const PyTree *t, Ref expr);
bool is_false(const PyTree *t, Ref expr);
// A string literal's value in scratch memory; absent for anything else, bytes included.
Str string_value(const RuleCtx *cx, Ref expr);
Str string_value_of(const RuleCtx *cx, const PyTree *t, Ref expr); // of any file
// The expression that a name holds, in whichever file of the project, where it holds one
// only: `URL = "sqlite://"`. The expression itself otherwise.
Place rule_held(RuleCtx *cx, Ref expr);
// The literal that a text begins with, also one that a name holds: f"sqlite:///{path}",
// "sqlite:///" + path. "" where it begins with none.
Str rule_text_head(RuleCtx *cx, Ref text);
// True for SQL that a connection of 1.x committed on its own, by its first word.
bool sql_autocommits(Str sql);
// True where evaluating it twice, or later, gives the same and has no effect: names,
// attributes of names, constants.
bool is_simple(const PyTree *t, Ref expr);

// ---- Imports

// How `name` of `module` is spelled at `at` where it can be used already: "select",
// "sa.select"; absent where it needs an import.
Str import_find(RuleCtx *cx, Ref at, const char *module, const char *name);
// The same for a module that is imported whole: "datetime" or "dt".
Str import_find_module(RuleCtx *cx, Ref at, const char *module);
// True where binding the name at the top of the module would change what something
// means, or `at` would not see it.
bool import_is_taken(RuleCtx *cx, Ref at, const char *name);

// ---- Facts

Value rule_value(RuleCtx *cx, Ref expr);
// The same context for another file, to ask about its nodes. Nothing may be reported by
// it, and rule_parent and what rests on it (rule_statement, enclosing_function) not
// asked.
RuleCtx rule_elsewhere(const RuleCtx *cx, uint32_t file);
// The def of the project that a call runs, functions and methods; nowhere where not
// known.
Place rule_callee(RuleCtx *cx, Ref call);
// The parameter that the argument (an item of the call's args, a Keyword or an
// expression) is bound to, 0: none that can be told. `def` as rule_callee gives it.
Ref rule_parameter(RuleCtx *cx, Ref call, Ref argument, Place def);
// The dotted name of what a Name or Attribute is, "" where it has none.
Str rule_dotted(RuleCtx *cx, Ref expr);
// A column, a boolean clause or another SQL expression; a relationship attribute is none.
bool is_sql(Value v);
// The fix level that rests on the value: SAFE where it is proven, else UNSAFE.
FixLevel level_of(Value v);

// The only target of an assignment, annotated or not, and what it is given; 0: none.
Ref assigned_target(const PyTree *t, Ref statement, Ref *value);
// `name` of a Name and of `x.name`, 0 for other expressions.
Atom last_name(const PyTree *t, Ref expr);
// True where something in `root` is called `name`: a keyword argument, a string as of a
// dictionary's key, a name or an attribute. Also where `**` may bring it.
bool rule_gives(const RuleCtx *cx, Ref root, const char *name);
// True where `word` is one of the words of the identifier: lock of `row_lock`, `RowLock`.
bool name_has_word(Str identifier, const char *word);
// True where a name or attribute in `root` has that word.
bool rule_names_word(const RuleCtx *cx, Ref root, const char *word);

// True where the expression is given to where(), filter() or having() of a query or
// statement, alone or through and_() and or_().
bool rule_is_criterion(RuleCtx *cx, Ref expr);

// ---- Places

// The innermost FunctionDef or Lambda around a node, 0 at module or class level.
Ref enclosing_function(RuleCtx *cx, Ref node);
// The Param nodes of a def, in order.
PyRefs def_params(const PyTree *t, Ref def);
// True for a def that answers web requests: `@app.get("/users/{id}")`.
bool is_route(RuleCtx *cx, Ref function);
// Calls visit(data, node) for `root` and what is below it in source order, leaving out
// what nested functions, lambdas and classes hold; `visit` returns false to leave out the
// children of a node. The body of `root` itself is walked where it is a def.
void rule_walk_body(const RuleCtx *cx, Ref root, bool (*visit)(void *data, Ref node),
                    void *data);
// True where `expr`, put where it stands, needs parentheses to be an operand of `.`.
bool needs_parens_for_member(const PyTree *t, Ref expr);
// True where a column of the class around a node may become a field of a dataclass:
// `default=` then is the field's, and callables belong into default_factory=.
bool may_be_dataclass_field(RuleCtx *cx, Ref call);
// The blanks before a statement that stands alone on its line; false where something
// else stands before it there.
bool rule_indent(const RuleCtx *cx, Ref statement, Str *indent);
// Where a statement starts: a decorated one with its first `@`.
uint32_t statement_start(const PyTree *t, Ref statement);
// Deletes a statement with its line; the only one of its block becomes `pass`. Refuses
// where a comment or another statement stands beside it.
void fix_delete_statement(RuleCtx *cx, Ref statement);
// The symbol that gives a Name its meaning in this file; NO_SYMBOL for anything else.
uint32_t rule_symbol(const RuleCtx *cx, Ref name);
// How lines of the file end: as the first one does.
Str rule_newline(const RuleCtx *cx);
// What a statement says on one line, for messages: cut to 60 bytes.
Str rule_excerpt(const RuleCtx *cx, Ref node);

#endif
