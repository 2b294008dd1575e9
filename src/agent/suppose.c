// suppose.c: models that the request itself describes beside its question.
#include "agent/suppose.h"

#include "agent/describe.h"
#include "agent/generate.h"
#include "base/regex.h"

static bool tells_models(Str sentence) {
  static const char pattern[] =
      "(?i)[a-z]\\w*\\s*\\(\\s*\\w+(?:\\s+\\w+)?\\s*,[^)]*\\)|\\bwith\\s+(?:the\\s+)?"
      "(?:columns|fields|attributes)\\b|\\b(?:model|table|class|entity)\\s+has\\b|"
      "\\bcolumns\\s+(?:are|of\\s+the)\\b|\\bbelongs\\s+to\\s+an?\\b";
  Regex *r = regex_new(str_from(pattern));
  bool found = regex_find(r, sentence, 0, NULL);
  regex_free(r);
  return found;
}

// Behind the sentence that begins at `at`: ". ", "? ", a line, or ": " behind a list of
// columns.
static size_t sentence_end(Str text, size_t at) {
  int depth = 0;
  for (size_t i = at; i < text.len; i++) {
    char c = text.ptr[i];
    depth += (c == '(') - (c == ')');
    bool last = i + 1 >= text.len || text.ptr[i + 1] == ' ' || text.ptr[i + 1] == '\n';
    bool list = c == ':' && i && text.ptr[i - 1] == ')';
    if (!depth &&
        (c == '\n' || (last && (c == '.' || c == '?' || c == '!' || c == ';' || list))))
      return i + 1;
  }
  return text.len;
}

// What is left over is a question or an order, no further statement.
static bool asks(Str rest) {
  return ask_says(
      str_slice(rest, 0, min_size(rest.len, 24)),
      "write,show,list,find,get,select,query,give,how,what,which,count,return,"
      "fetch,i want,i need,update,delete,insert,need,want,can,please,for,all,"
      "the,top,sum,average,load,build,create,make,add,retrieve,compute,now");
}

bool suppose_described_models(AskContext *cx, Str prose, Str *question, Supposed *out) {
  Buf models = {0}, rest = {0};
  bool announced = false; // "table t(a, b): what is wanted"
  for (size_t at = 0; at < prose.len;) {
    size_t end = sentence_end(prose, at);
    Str sentence = str_trim(str_slice(prose, at, end));
    bool list = sentence.len && sentence.ptr[sentence.len - 1] == ':';
    announced |= list && tells_models(sentence);
    if (tells_models(sentence))
      buf_printf(&models, "%s%.*s", models.len ? ". " : "",
                 STR_ARG(list ? str_slice(sentence, 0, sentence.len - 1) : sentence));
    else
      buf_printf(&rest, "%s%.*s", rest.len ? " " : "", STR_ARG(sentence));
    at = end;
  }
  Description d = {0};
  AskStyle style = ask_style(cx, prose);
  Schema *s = schema_new(cx->arena);
  Err err = {0};
  Gen g = {.arena = cx->arena,
           .schema = s,
           .settings = generate_settings(&style),
           .templates = STR("")};
  bool ok =
      models.len && rest.len && (announced || asks(buf_str(&rest))) &&
      describe_models(&d, cx->arena, str_copy(cx->arena, buf_str(&models)), s, &err) &&
      generator_find(STR("model"))->run(&g, &err) && g.files.len == 1;
  if (ok) {
    out->code = str_copy(cx->arena, g.files.items[0].text);
    out->sentence = STR("what you describe");
    *question = str_copy(cx->arena, buf_str(&rest));
    ask_know_models(cx, out->code);
  }
  gen_free(&g);
  describe_free(&d);
  schema_free(s);
  buf_free(&models);
  buf_free(&rest);
  return ok;
}
