// Tools: what a request says of its tools, taken out of it.
//
//   request_without_tools(STR("Using SQLAlchemy Core, list the users"), s, arena)
//   → "list the users"
//
// - "SQLAlchemy", "Core", "ORM", "async", "AsyncSession", … go with the words around
//   them that belong to them ("in … style", "using …", "… statement"), whichever the
//   models do not have as a name of their own.
// - The text that is given back lives in `arena`; where nothing is taken it is `text`.
#ifndef QUERY_TOOLS_H
#define QUERY_TOOLS_H

#include "query/schema.h"

Str request_without_tools(Str text, const QSchema *schema, Arena *arena);

#endif
