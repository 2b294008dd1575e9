// dump.h: the syntax tree as text.
//
// py_dump_json mirrors CPython's `ast` (3.14): an object per node with `_type` (CPython's
// class name), every field under CPython's name but `ctx` and `type_comment`, and, where
// CPython has positions, `start` and `end` as byte offsets in Source.text. Strings are
// decoded and implicit concatenations joined; bytes are given as latin-1 text, numbers as
// they are written, `...` as "...". The tree must have no errors.
//
// py_dump_tree prints our own tree, one node per line, for people and golden tests:
//
//   (Module
//     body:
//       (Assign
//         targets: (Name x)
//         value: (Num 1)))
#ifndef PYTHON_DUMP_H
#define PYTHON_DUMP_H

#include "base/json.h"
#include "python/ast.h"

void py_dump_json(const PyTree *tree, const Interner *names, JsonWriter *out);

// `spans`: with the byte range of every node.
void py_dump_tree(const PyTree *tree, const Interner *names, bool spans, Buf *out);

#endif
