// layout.c: breaking what got too long for one line.
#include "codemod/layout.h"

#include "rules/run.h"

uint32_t layout_limit(const RuleCtx *in) {
  return config_line_length(in->project->config);
}

uint32_t layout_line_end(const RuleCtx *in, uint32_t at) {
  Str text = in->tree->source->text;
  while (at < text.len && text.ptr[at] != '\n' && text.ptr[at] != '\r')
    at++;
  return at;
}

static uint32_t line_start(const RuleCtx *in, uint32_t at) {
  Str text = in->tree->source->text;
  while (at && text.ptr[at - 1] != '\n' && text.ptr[at - 1] != '\r')
    at--;
  return at;
}

Str layout_indent(const RuleCtx *in, uint32_t at) {
  uint32_t start = line_start(in, at);
  Str indent = str_slice(in->tree->source->text, start, at);
  for (size_t i = 0; i < indent.len; i++)
    if (indent.ptr[i] != ' ' && indent.ptr[i] != '\t')
      return (Str){0};
  return indent;
}

static long added(const RuleCtx *in, Span span) {
  long n = 0;
  for (size_t i = 0; i < in->run->edits.len; i++) {
    const Edit *e = &in->run->edits.items[i];
    if (span.start <= e->span.start && e->span.end <= span.end)
      n += (long)e->text.len - (long)(e->span.end - e->span.start);
  }
  return n;
}

static bool is_gone(const RuleCtx *in, Span span) {
  for (size_t i = 0; i < in->run->edits.len; i++)
    if (!in->run->edits.items[i].text.len &&
        span_covers(in->run->edits.items[i].span, span))
      return true;
  return false;
}

void layout_wrap_call(RuleCtx *in, Ref stmt, Ref call) {
  Span span = py_span(in->tree, stmt);
  Str indent = layout_indent(in, span.start), eol = rule_newline(in);
  long limit = layout_limit(in);
  uint32_t line_end = layout_line_end(in, span.start);
  if (!in->run->fixing || !indent.ptr || span.end > line_end ||
      py_node(in->tree, call)->end != span.end)
    return;
  long length = (long)(span.end - span.start) + (long)indent.len + added(in, span);
  if (length <= limit)
    return;
  PyRefs args = py_list(in->tree, PY_AS(Call, in->tree, call)->args);
  Span inside = call_arguments_span(in, call);
  long inner =
      (long)(inside.end - inside.start) + (long)indent.len + 4 + added(in, inside);
  Ref last = 0;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < args.len; i++)
    if (!is_gone(in, rule_paren_span(in, args.at[i]))) {
      last = args.at[i];
      kept++;
    }
  if (!last || in->tree->source->text.ptr[inside.end - 1] == ',')
    return;
  bool each = inner > limit;
  bool first = true;
  for (uint32_t i = 0; i < args.len; i++) {
    Span arg = rule_paren_span(in, args.at[i]);
    if (is_gone(in, arg))
      continue;
    if (!first && each) { // the blank behind the comma becomes a line end
      uint32_t from = arg.start;
      while (in->tree->source->text.ptr[from - 1] == ' ')
        from--;
      fix_printf(in, (Span){arg.start, arg.start}, "%.*s%.*s    ", STR_ARG(eol),
                 STR_ARG(indent));
      if (from < arg.start && !is_gone(in, (Span){from, arg.start}))
        fix_delete(in, (Span){from, arg.start});
    } else if (first) {
      fix_printf(in, (Span){inside.start, inside.start}, "%.*s%.*s    ", STR_ARG(eol),
                 STR_ARG(indent));
    }
    first = false;
  }
  fix_printf(in, (Span){inside.end, inside.end}, "%s%.*s%.*s", each ? "," : "",
             STR_ARG(eol), STR_ARG(indent));
}
