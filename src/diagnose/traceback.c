// traceback.c: from lines to exceptions.
//
// Three states: outside, among the frames of a traceback, within a message. A chain
// ("The above exception was …") keeps its number; everything else begins a new record.
// pytest prints frames as "file.py:12: in name" and the message in "E   " lines; rich
// prints "/path/file.py:12 in name".
#include "diagnose/internal.h"

typedef enum {
  OUTSIDE,
  FRAMES,
  MESSAGE
} State;

typedef struct {
  Blocks *out;
  Arena *arena;
  Regex *python_frame, *short_frame, *last_line, *named, *warning;
  State state;
  Vec(DiagFrame) frames; // of the block that is being read
  Str cls;
  Buf message;
  uint32_t record;
  bool chained;   // the next block belongs to the record of the last one
  bool in_pytest; // the block's message came in E lines
  bool blank;     // the message's last line was blank
  bool any;
} Reader;

static void finish(Reader *r) {
  if (r->state != OUTSIDE && (r->cls.len || r->frames.len)) {
    if (!r->chained)
      r->record++;
    Block b = {.cls = r->cls, .record = r->record, .message = STR("")};
    b.message = str_copy(r->arena, str_trim(buf_str(&r->message)));
    b.frame_count = (uint32_t)r->frames.len;
    b.frames = arena_array(r->arena, DiagFrame, r->frames.len + 1);
    if (r->frames.len)
      memcpy(b.frames, r->frames.items, r->frames.len * sizeof *b.frames);
    vec_push(r->out, b);
    r->chained = false;
    r->any = true;
  }
  r->frames.len = 0;
  r->cls = STR("");
  buf_clear(&r->message);
  r->state = OUTSIDE;
  r->in_pytest = r->blank = false;
}

static uint32_t number(Str s) {
  uint32_t n = 0;
  for (size_t i = 0; i < s.len && i < 9; i++)
    n = n * 10 + (uint32_t)(s.ptr[i] - '0');
  return n;
}

static void add_frame(Reader *r, Str path, Str line, Str function) {
  if (r->frames.len == FRAMES_MAX) { // recursion: the last calls tell
    memmove(r->frames.items, r->frames.items + FRAMES_MAX / 2,
            FRAMES_MAX / 2 * sizeof *r->frames.items);
    r->frames.len = FRAMES_MAX / 2;
  }
  DiagFrame f = {.path = path,
                 .line = number(line),
                 .function = function.ptr ? str_trim(function) : STR(""),
                 .source = STR("")};
  vec_push(&r->frames, f);
}

static bool frame_line(Reader *r, Str text) {
  RegexMatch m;
  if (regex_find(r->python_frame, text, 0, &m)) {
    add_frame(r, m.groups[1], m.groups[2], m.groups[3]);
    return true;
  }
  if (regex_find(r->short_frame, text, 0, &m)) {
    add_frame(r, m.groups[1], m.groups[2], m.groups[3].ptr ? m.groups[3] : m.groups[4]);
    return true;
  }
  return false;
}

static void begin_message(Reader *r, Str cls, Str text) {
  r->cls = cls;
  r->state = MESSAGE;
  buf_clear(&r->message);
  buf_add_str(&r->message, text);
}

// "file.py:12: IntegrityError" closes a test's report and shows the innermost frame.
static bool pytest_end(Reader *r, Str text) {
  RegexMatch m;
  if (!regex_find(r->short_frame, text, 0, &m) || !m.groups[1].len)
    return false;
  if (r->state == MESSAGE && r->in_pytest)
    add_frame(r, m.groups[1], m.groups[2], (Str){0});
  return true;
}

static bool separator(Str text) {
  return str_find(text, STR("The above exception was the direct cause of"), 0) !=
             SIZE_MAX ||
         str_find(text, STR("During handling of the above exception, another"), 0) !=
             SIZE_MAX;
}

// A blank line ends a message, unless a statement is open.
static bool message_open(const Buf *message) {
  Str s = str_trim(buf_str(message));
  if (str_find(s, STR("[SQL:"), 0) == SIZE_MAX)
    return false;
  return s.len && s.ptr[s.len - 1] != ']' && s.ptr[s.len - 1] != ')';
}

static bool indented(Str s) {
  return s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t');
}

// A line that names an exception outside of a traceback.
static bool outside_line(Reader *r, const Line *line) {
  RegexMatch m;
  Str text = line->text;
  if (line->pytest || !indented(text)) {
    if (regex_find(r->warning, text, 0, &m)) {
      add_frame(r, m.groups[1], m.groups[2], (Str){0});
      begin_message(r, m.groups[3], m.groups[4]);
      return true;
    }
    if (regex_find(r->named, text, 0, &m)) {
      Str rest = str_slice(text, m.groups[0].len, text.len);
      begin_message(r, m.groups[1], rest);
      r->in_pytest = line->pytest;
      return true;
    }
  }
  return false;
}

static void in_frames(Reader *r, const Line *line) {
  RegexMatch m;
  Str text = line->text;
  if (frame_line(r, text) || !text.len)
    return;
  if (indented(text) && !line->pytest) {
    Str t = str_trim(text);
    bool marks = t.len && (t.ptr[0] == '^' || t.ptr[0] == '~');
    if (r->frames.len && !vec_last(&r->frames).source.len && !marks)
      vec_last(&r->frames).source = t;
    return;
  }
  if (regex_find(r->last_line, text, 0, &m)) {
    begin_message(r, m.groups[1], m.groups[2].ptr ? m.groups[2] : STR(""));
    return;
  }
  if (line->prefixed) { // the traceback was cut off
    finish(r);
    outside_line(r, line);
  }
}

static bool section(Str t) {
  return str_starts(t, STR("=====")) || str_starts(t, STR("_____")) ||
         str_starts(t, STR("_ _ _")) || str_starts(t, STR("-----")) ||
         str_starts(t, STR("╰──")) || str_starts(t, STR("```"));
}

// Lines of one message that loggers may print one by one.
static bool continues(Str text) {
  static const char *const starts[] = {
      "[SQL: ",  "[parameters: ", "(Background on this",
      "DETAIL:", "HINT:",         "[SQL parameters hidden",
      "LINE ",   "CONTEXT:"};
  for (size_t i = 0; i < ARRAY_LEN(starts); i++)
    if (str_starts(text, str_from(starts[i])))
      return true;
  return false;
}

// True where the message goes on with this line. A blank line ends it, unless a statement
// is open or what SQLAlchemy adds follows (psycopg2's messages end with a blank line).
static bool goes_on(Reader *r, const Line *line) {
  if (line->boundary || section(line->text) || (r->in_pytest && !line->pytest))
    return false;
  if (continues(line->text))
    return true;
  return !line->prefixed && !(r->blank && !message_open(&r->message));
}

static void in_message(Reader *r, const Line *line) {
  Str text = line->text;
  if (!goes_on(r, line)) {
    if (r->in_pytest && pytest_end(r, text)) {
      finish(r);
    } else if (!r->in_pytest || text.len) { // pytest's last frame follows a blank line
      finish(r);
      outside_line(r, line);
    }
    return;
  }
  r->blank = !text.len;
  if (r->message.len < MESSAGE_MAX_BYTES) {
    buf_add_char(&r->message, '\n');
    buf_add_str(&r->message, text);
  }
}

static void read_line(Reader *r, const Line *line) {
  Str text = line->text;
  if (str_find(text, STR("Traceback (most recent call last)"), 0) != SIZE_MAX) {
    finish(r);
    r->state = FRAMES;
    return;
  }
  if (separator(text)) {
    finish(r);
    r->chained = r->any;
    return;
  }
  if (line->boundary) {
    finish(r);
    r->chained = false;
    return;
  }
  switch (r->state) {
  case FRAMES:
    in_frames(r, line);
    break;
  case MESSAGE:
    in_message(r, line);
    break;
  case OUTSIDE:
    // Frames without a head: a traceback that was cut, or pytest's.
    if (!outside_line(r, line))
      frame_line(r, text);
    break;
  }
}

void find_blocks(Blocks *out, Arena *a, const Lines *lines) {
  Reader r = {
      .out = out,
      .arena = a,
      .python_frame = regex_new(STR("^\\s*File \"([^\"]+)\", line (\\d+)(?:, in (.+))?")),
      .short_frame =
          regex_new(STR("^\\s*((?:[A-Za-z]:)?[^\\s:\"]+\\.py):(\\d+)(?:: in (\\S+)| in "
                        "(\\S+)|:(?: [A-Z]\\w*)?\\s*$)")),
      .last_line =
          regex_new(STR("^((?:[A-Za-z_]\\w*\\.)*[A-Za-z_]\\w*)(?:: ?([\\s\\S]*))?$")),
      .named =
          regex_new(STR("^(?:FAILED \\S+ - |Exception in .*?: |.*?raised unexpected: "
                        ")?((?:[A-Za-z_]\\w*\\.)"
                        "+[A-Z]\\w*(?=: "
                        "|$)|[A-Z]\\w*(?:Error|Exception|Warning|Found|Greenlet|Required|"
                        "NotFound|Detected|Dereferenced|Violation|NotBegun|NotStarted|"
                        "AtHead|Group)(?=: "
                        "|$))(?:: ?)?")),
      .warning = regex_new(STR("^\\s*((?:[A-Za-z]:)?[^\\s:]+\\.py):(\\d+): "
                               "((?:\\w+\\.)*\\w*Warning): ([\\s\\S]*)$")),
      .cls = STR(""),
  };
  for (size_t i = 0; i < lines->len; i++)
    read_line(&r, &lines->items[i]);
  finish(&r);
  vec_free(&r.frames);
  buf_free(&r.message);
  regex_free(r.python_frame);
  regex_free(r.short_frame);
  regex_free(r.last_line);
  regex_free(r.named);
  regex_free(r.warning);
}
