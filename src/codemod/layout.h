// Layout: lines of rewritten code, as ruff and black would break them.
#ifndef CODEMOD_LAYOUT_H
#define CODEMOD_LAYOUT_H

#include "codemod/codemod.h"

// Breaks the arguments of `call`, the end of the one-line statement `stmt`, over lines
// where the edits of the open group make that line too long.
void layout_wrap_call(RuleCtx *in, Ref stmt, Ref call);
// The indentation of the line that `at` is on; absent where other code stands before it.
Str layout_indent(const RuleCtx *in, uint32_t at);
uint32_t layout_line_end(const RuleCtx *in, uint32_t at);
uint32_t layout_limit(const RuleCtx *in);

#endif
