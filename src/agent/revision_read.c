// revision_read.c: the steps that the words of a request ask for, in their order.
#include "agent/revision_internal.h"
#include "base/regex.h"

#include <ctype.h>

static const struct {
  StepKind kind;
  bool follows; // only behind another step
  const char *pattern;
} rows[] = {
#define REVISION(kind, pattern) {STEP_##kind, false, "(?iJ)" pattern},
#define FOLLOWING(kind, pattern) {STEP_##kind, true, "(?iJ)" pattern},
#include "agent/revision.def"
};

// Words that say nothing of what is to be done.
static const char fillers[] =
    "a,an,the,please,pls,migration,migrations,alembic,revision,script,write,create,make,"
    "generate,give,show,me,i,we,want,need,would,like,that,which,to,for,with,and,then,"
    "also,"
    "too,both,in,one,by,via,using,through,as,so,should,can,you,could,do,does,how,my,our,"
    "its,their,it,data,values,value,rows,row,keep,keeping,keeps,over,postgres,postgresql,"
    "sqlite,mysql,mariadb,pg,database,db,of,on,new,single,same,is,are,be,will,must,after,"
    "afterwards,first,next,table,tables,column,columns,add,adds,creates,now,thanks,they,"
    "move,moves,moving,file,upgrade,downgrade,type,enum,not,lose,losing,without,loss,i'd,"
    "there,up,statement,op,sqlalchemy,let's,us,have,get,existing,all";

static bool is_any_column(Str s) {
  return !s.len || ask_says(s, "it,them,column,field,columns");
}

static Step step_of(StepKind kind, const Regex *r, const RegexMatch *match) {
  return (Step){.kind = kind,
                .table = regex_group(r, match, "table"),
                .cols = regex_group(r, match, "cols"),
                .to = regex_group(r, match, "to"),
                .how = regex_group(r, match, "how"),
                .phrase = regex_group(r, match, "phrase"),
                .value = regex_group(r, match, "value"),
                .old = regex_group(r, match, "old")};
}

// The next step at or behind `*at`, which is put behind it; `*from` is where it begins.
static bool find_step(Str clause, const Step *before, bool told, size_t *at, size_t *from,
                      Step *out) {
  size_t best = SIZE_MAX, end = 0;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    RegexMatch match;
    if (rows[i].follows && !told)
      continue;
    // a list goes on only with what it began with
    if ((!before || before->kind != rows[i].kind) &&
        str_find(str_from(rows[i].pattern), STR("(?iJ)\\G"), 0) == 0)
      continue;
    Regex *r = regex_new(str_from(rows[i].pattern));
    if (regex_find(r, clause, *at, &match) && match.groups[0].len &&
        (size_t)(match.groups[0].ptr - clause.ptr) < best) {
      best = (size_t)(match.groups[0].ptr - clause.ptr);
      end = best + match.groups[0].len;
      *out = step_of(rows[i].kind, r, &match);
    }
    regex_free(r);
  }
  *from = best;
  *at = end;
  return best != SIZE_MAX;
}

// What the step leaves out is that of the one before; false where nothing tells it.
static bool complete_step(Step *s, const Step *before, Str scope) {
  bool renamed = before && before->kind == STEP_RENAME_TABLE;
  if (!s->table.len && renamed)
    s->table = before->to;
  if (!s->table.len)
    s->table = scope.len ? scope : before ? before->table : (Str){0};
  if (is_any_column(s->cols) && before && !renamed && !s->phrase.len)
    s->cols =
        before->to.len && before->kind != STEP_FOREIGN_KEY ? before->to : before->cols;
  return s->table.len > 0;
}

bool revision_next_name(Str *list, Str *name) {
  for (size_t i = 0; i < list->len;) {
    size_t from = i;
    while (i < list->len && (list->ptr[i] == '_' || isalnum((unsigned char)list->ptr[i])))
      i++;
    *name = str_slice(*list, from, i);
    if (name->len && !str_eq_nocase(*name, STR("and"))) {
      *list = str_slice(*list, i, list->len);
      return true;
    }
    i += i == from;
  }
  return false;
}

static bool has_name(Str list, Str name) {
  Str one;
  while (revision_next_name(&list, &one))
    if (str_eq(one, name))
      return true;
  return false;
}

// Values for rows that exist belong to the step that needs them; a column that was copied
// elsewhere is not dropped but moved.
static bool joined(Step *last, const Step *s) {
  bool same = str_eq(last->table, s->table);
  if (s->kind == STEP_FILL && same &&
      (last->kind == STEP_NULLABLE || last->kind == STEP_ADD_COLUMN)) {
    last->value = s->value;
    return true;
  }
  if (s->kind == STEP_DROP_COLUMN && same && last->kind == STEP_COPY &&
      str_eq(last->cols, s->cols)) {
    last->how = STR("move");
    return true;
  }
  return same && s->kind == STEP_DROP_COLUMN &&
         (last->kind == STEP_SPLIT || last->kind == STEP_MERGE) &&
         has_name(last->cols, s->cols);
}

static void push_unused(Arena *a, Str text, StrVec *left) {
  for (size_t i = 0; i < text.len;) {
    size_t from = i;
    while (i < text.len &&
           (isalnum((unsigned char)text.ptr[i]) || strchr("_'", text.ptr[i]) ||
            (unsigned char)text.ptr[i] > 127))
      i++;
    Str word = str_slice(text, from, i);
    if (word.len && !ask_says(word, fillers))
      vec_push(left, str_copy(a, word));
    i += i == from;
  }
}

bool revision_read(Arena *a, Str clause, StepVec *out, StrVec *left) {
  enum {
    MAX_STEPS = 12 // of one revision
  };
  size_t at = 0, from, covered = 0;
  Str scope = {0};
  Step s;
  while (out->len < MAX_STEPS && find_step(clause, out->len ? &vec_last(out) : NULL,
                                           out->len || scope.len, &at, &from, &s)) {
    push_unused(a, str_slice(clause, covered, from), left);
    covered = at;
    if (s.kind == STEP_SCOPE) {
      scope = s.table;
      continue;
    }
    if (!complete_step(&s, out->len ? &vec_last(out) : NULL, scope))
      return false;
    if (!out->len || !joined(&vec_last(out), &s))
      vec_push(out, s);
  }
  push_unused(a, str_slice(clause, covered, clause.len), left);
  return out->len > 0;
}
