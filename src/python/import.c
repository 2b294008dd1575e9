// import.c: what import statements say.
#include "python/import.h"

ImportItem py_import_read(const PyTree *tree, Ref stmt, Ref alias) {
  const PyAlias *a = PY_AS(Alias, tree, alias);
  ImportItem out = {.stmt = stmt, .alias = alias};
  if (py_kind(tree, stmt) == PY_IMPORT) {
    out.module = a->name;
    out.whole_path = a->asname == 0;
    return out;
  }
  const PyImportFrom *from = PY_AS(ImportFrom, tree, stmt);
  out.level = from->node.aux;
  out.module = from->module;
  out.name = a->name;
  Span span = py_span(tree, alias);
  out.star = span.end - span.start == 1 && tree->source->text.ptr[span.start] == '*';
  if (out.star)
    out.name = 0;
  return out;
}
