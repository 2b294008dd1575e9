// Translate: models from what is no model yet: classes with annotated fields (dataclass,
// pydantic, TypedDict, attrs), CREATE TABLE statements, examples of JSON.
//
// - All become words of the field grammar (schema/fields.h), as a description does.
// - A name that is another of the classes is a foreign key to it, a list of one a
//   collection. Types that nothing is known of become JSON, and the schema says so.
#ifndef AGENT_TRANSLATE_H
#define AGENT_TRANSLATE_H

#include "agent/ask.h"
#include "schema/schema.h"

// Classes of the pasted code that are not mapped. False where there are none.
bool translate_classes(AskContext *cx, Schema *schema, Err *err);
// The CREATE TABLE statements of a text. False where there are none.
bool translate_ddl(Arena *arena, Str text, Schema *schema, Err *err);
// An object of JSON, or the first of a list of them; `name` is what it is one of. Objects
// within it are models of their own.
bool translate_json(Arena *arena, Str text, Str name, Schema *schema, Err *err);

#endif
