// mask.c: what nobody may read in a report: passwords of URLs, values of secrets.
#include "diagnose/internal.h"

static bool contains_word(Str name, const char *word) {
  size_t n = strlen(word);
  for (size_t i = 0; i + n <= name.len; i++)
    if (str_eq_nocase(str_slice(name, i, i + n), (Str){word, n}))
      return true;
  return false;
}

bool mask_is_secret_name(Str name) {
  static const char *const words[] = {
      "passw",  "pwd",           "secret",     "token",       "api_key",
      "apikey", "private_key",   "salt",       "hash",        "otp",
      "cvv",    "ssn",           "iban",       "card_number", "session_id",
      "cookie", "authorization", "credential", "signature"};
  for (size_t i = 0; i < ARRAY_LEN(words); i++)
    if (contains_word(name, words[i]))
      return true;
  return str_eq_nocase(name, STR("pin")) || str_eq_nocase(name, STR("key"));
}

// Replaces group 2 of every match by ***.
static Str mask_group(Arena *a, Str text, const Regex *r) {
  RegexMatch m;
  size_t from = 0;
  Buf out = {0};
  while (from < text.len && regex_find(r, text, from, &m)) {
    size_t at = (size_t)(m.groups[2].ptr - text.ptr);
    buf_add_str(&out, str_slice(text, from, at));
    buf_add_text(&out, "***");
    from = at + max_size(m.groups[2].len, 1);
  }
  if (!from)
    return text;
  buf_add_str(&out, str_slice(text, from, text.len));
  Str done = str_copy(a, buf_str(&out));
  buf_free(&out);
  return done;
}

Str mask_secrets(Arena *a, Str text) {
  static const char *const patterns[] = {
      // scheme://user:password@host, the last @ before the path
      "(?i)([a-z][a-z0-9+.]*://[^\\s:/@'\"]*:)([^\\s'\"]+)(?=@[^\\s@]*)",
      // password = 'value', token == b'value', password=hashed('value') in SQL or code
      ("(?i)\\b(\\w*(?:passw|pwd|secret|token|api_?key|private_key)\\w*\\s*==?\\s*"
       "(?:[\\w.]+\\(|[bfru]{0,2}))"
       "('(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\")"),
      "(?i)\\b((?:password|passwd|pwd|sslpassword)=)([^\\s&;,'\")]+)",
      // 'password_hash': 'value' in a dict, secret=… in keyword form
      "(?i)(['\"]\\w*(?:passw|pwd|secret|token|api_?key|private_key|salt|hash|otp|cvv|"
      "ssn|"
      "iban|card_number|session_id|cookie|authorization|credential|signature)\\w*['\"]: "
      "?)(b?'(?:[^'\\\\]|\\\\.)*'|b?\"(?:[^\"\\\\]|\\\\.)*\"|[^,}\\])]+)",
      "(Failing row contains \\()([^\\n]*)(?=\\)\\.)",
  };
  for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
    Regex *r = regex_new(str_from(patterns[i]));
    text = mask_group(a, text, r);
    regex_free(r);
  }
  return text;
}

// The end of one literal of a printed tuple.
static size_t value_end(Str s, size_t at) {
  int depth = 0;
  while (at < s.len) {
    char c = s.ptr[at];
    if (c == '\'' || c == '"') {
      size_t i = at + 1;
      while (i < s.len && s.ptr[i] != c)
        i += s.ptr[i] == '\\' ? 2 : 1;
      at = min_size(i + 1, s.len);
      continue;
    }
    if (c == '(' || c == '[' || c == '{')
      depth++;
    if (c == ')' || c == ']' || c == '}') {
      if (!depth)
        return at;
      depth--;
    }
    if (c == ',' && !depth)
      return at;
    at++;
  }
  return at;
}

Str mask_parameters(Arena *a, Str statement, Str parameters) {
  Str columns[64];
  parameters = mask_secrets(a, parameters);
  size_t n = statement_columns(statement, columns, ARRAY_LEN(columns));
  bool any = false;
  for (size_t i = 0; i < n; i++)
    any |= mask_is_secret_name(columns[i]);
  if (!any)
    return parameters;
  Buf out = {0};
  size_t index = 0, i = 0;
  bool inside = false;
  while (i < parameters.len) {
    char c = parameters.ptr[i];
    if (c == '(') { // one set of values
      inside = true;
      index = 0;
      buf_add_char(&out, c);
      i++;
    } else if (c == ')' || c == '[' || c == ']' || c == ' ' || !inside) {
      inside = inside && c != ')';
      buf_add_char(&out, c);
      i++;
    } else if (c == ',') {
      index++;
      buf_add_char(&out, c);
      i++;
    } else {
      size_t end = max_size(value_end(parameters, i), i + 1);
      if (index < n && mask_is_secret_name(columns[index]))
        buf_add_text(&out, "'***'");
      else
        buf_add_str(&out, str_slice(parameters, i, end));
      i = end;
    }
  }
  Str done = str_copy(a, buf_str(&out));
  buf_free(&out);
  return done;
}
