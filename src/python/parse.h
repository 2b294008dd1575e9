// parse.h: from text to tree. Python 3.8 to 3.14 in one grammar.
#ifndef PYTHON_PARSE_H
#define PYTHON_PARSE_H

#include "python/ast.h"

// Parses source->text. Names are interned through `names`; the tree's words and comments
// are freed by py_tree_free. Syntax errors go to `diags` (positions in the text) and
// leave ErrorStmt or ErrorExpr nodes; tree->has_errors tells that a file would not
// compile. Linear in the size of the text; nesting is limited as in CPython (200
// brackets, 100 indentations, and a bound on recursion), past which a Diag is reported.
void py_parse(PyTree *tree, const Source *source, InternCache *names, DiagSink *diags);
void py_tree_free(PyTree *tree);
// True where py_parse would report nothing. Stops at the first error, keeps no tree.
bool py_is_valid(const Source *source, InternCache *names);

// The value of a Str node: escapes decoded, implicit concatenation joined. Text as UTF-8
// (lone surrogates as WTF-8), bytes as they are. False where it cannot be decoded.
bool py_str_value(const PyTree *t, Ref str, Buf *out);
// A StrPart's text with escapes and doubled braces decoded.
bool py_str_part_value(const PyTree *t, Ref part, Buf *out);

#endif
