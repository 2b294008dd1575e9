// Reading .gitignore files, and which of their patterns decides.
#include "project/ignore.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/vec.h"

enum {
  IGNORE_MAX_BYTES = 16 << 20
};

typedef Vec(IgnorePattern) PatternList;

// Spaces at the end do not count unless a backslash stands before them.
static Str trim_unescaped_spaces(Str s) {
  size_t end = 0;
  for (size_t i = 0; i < s.len; i++) {
    bool escaped = s.ptr[i] == '\\';
    if (escaped && ++i >= s.len)
      return s;
    if (escaped || s.ptr[i] != ' ')
      end = i + 1;
  }
  return str_slice(s, 0, end);
}

static uint32_t literal_length(Str pattern) {
  uint32_t len = 0;
  while (len < pattern.len && !strchr("*?[\\", pattern.ptr[len]))
    len++;
  return len;
}

static void add_pattern(PatternList *list, Str line, uint32_t number) {
  IgnorePattern p = {.line = number};
  if (line.ptr[0] == '!') {
    p.negated = true;
    line = str_slice(line, 1, line.len);
  }
  if (line.len && line.ptr[line.len - 1] == '/') {
    p.folder_only = true;
    line = str_slice(line, 0, line.len - 1);
  }
  p.by_name = str_find_char(line, '/', 0) == SIZE_MAX;
  if (line.len && line.ptr[0] == '/')
    line = str_slice(line, 1, line.len);
  if (!line.len)
    return; // matches nothing
  p.pattern = line;
  p.literal = literal_length(line);
  vec_push(list, p);
}

IgnoreFile *ignore_parse(Arena *arena, Str text, Str base, const IgnoreFile *next) {
  PatternList list = {0};
  Str line;
  uint32_t number = 0;
  if (str_starts(text, STR("\xEF\xBB\xBF")))
    text = str_slice(text, 3, text.len);
  while (str_next_part(&text, '\n', &line)) {
    number++;
    if (line.len && line.ptr[line.len - 1] == '\r')
      line.len--;
    size_t nul = str_find_char(line, '\0', 0);
    line = str_slice(line, 0, nul);
    if (line.len && line.ptr[0] != '#')
      line = trim_unescaped_spaces(line);
    if (line.len && line.ptr[0] != '#')
      add_pattern(&list, line, number);
  }
  IgnoreFile *file = arena_new(arena, IgnoreFile);
  *file = (IgnoreFile){.next = next, .base = base, .count = (uint32_t)list.len};
  file->patterns = arena_array(arena, IgnorePattern, list.len + 1);
  if (list.len)
    memcpy(file->patterns, list.items, list.len * sizeof *list.items);
  vec_free(&list);
  return file;
}

// `path` is relative to the pattern's folder.
static bool pattern_matches(const IgnorePattern *p, Str path, Str name, bool is_folder) {
  if (p->folder_only && !is_folder)
    return false;
  Str subject = p->by_name ? name : path;
  if (!str_starts(subject, str_slice(p->pattern, 0, p->literal)))
    return false;
  if (p->literal == p->pattern.len)
    return subject.len == p->literal;
  // As git: the wildcards are matched behind the literal start, so that `**` right
  // behind it counts as one that stands at the start. Names are matched as a whole.
  size_t skip = p->by_name ? 0 : p->literal;
  return glob_match(str_slice(p->pattern, skip, p->pattern.len),
                    str_slice(subject, skip, subject.len));
}

IgnoreVerdict ignore_match(const IgnoreFile *files, Str path, bool is_folder) {
  size_t slash = str_rfind_char(path, '/');
  Str name = slash == SIZE_MAX ? path : str_slice(path, slash + 1, path.len);
  for (const IgnoreFile *f = files; f; f = f->next) {
    if (!str_starts(path, f->base))
      continue;
    Str relative = str_slice(path, f->base.len, path.len);
    for (uint32_t i = f->count; i-- > 0;)
      if (pattern_matches(&f->patterns[i], relative, name, is_folder))
        return f->patterns[i].negated ? IGNORE_INCLUDED : IGNORE_EXCLUDED;
  }
  return IGNORE_NO_MATCH;
}

// ---- files ----------------------------------------------------------------------------

static const IgnoreFile *read_patterns(Arena *arena, int fd, Str base,
                                       const IgnoreFile *next) {
  Str text;
  struct stat st;
  if (fd < 0)
    return next;
  bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
            io_read_all(arena, fd, IGNORE_MAX_BYTES, 1, &text, NULL);
  close(fd);
  return ok && text.len ? ignore_parse(arena, text, base, next) : next;
}

const IgnoreFile *ignore_enter(Arena *arena, int folder_fd, Str base,
                               const IgnoreFile *outer) {
  // git does not follow a .gitignore that is a symbolic link.
  int fd = openat(folder_fd, ".gitignore",
                  O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  return read_patterns(arena, fd, base, outer);
}

static const IgnoreFile *enter_path(Arena *arena, const char *folder, Str base,
                                    const IgnoreFile *outer) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return outer;
  const IgnoreFile *files = ignore_enter(arena, fd, base, outer);
  close(fd);
  return files;
}

// Length of the part of `folder` that is the repository's top folder, or 0.
static size_t repository_top(Arena *arena, Str folder) {
  for (size_t len = folder.len; len;) {
    Str git = str_format(arena, "%.*s/.git", (int)len, folder.ptr);
    struct stat st;
    if (stat(git.ptr, &st) == 0)
      return len;
    size_t slash = str_rfind_char(str_slice(folder, 0, len), '/');
    len = slash == SIZE_MAX ? 0 : slash;
  }
  return 0;
}

// .git/info/exclude of a repository; of the main one where `.git` is a file that names
// the folder of a linked worktree.
static const IgnoreFile *open_info_exclude(Arena *arena, Str top) {
  Str git = str_format(arena, "%.*s/.git", STR_ARG(top)), text;
  if (io_read_file(arena, git.ptr, IGNORE_MAX_BYTES, 1, &text, NULL, NULL) &&
      str_starts(text, STR("gitdir:"))) {
    git = str_copy(arena, str_trim(str_slice(text, strlen("gitdir:"), text.len)));
    if (!str_starts(git, STR("/")))
      git = str_format(arena, "%.*s/%s", STR_ARG(top), git.ptr);
    Str common = str_format(arena, "%s/commondir", git.ptr);
    if (io_read_file(arena, common.ptr, IGNORE_MAX_BYTES, 1, &text, NULL, NULL)) {
      text = str_trim(text);
      git = str_starts(text, STR("/"))
                ? str_copy(arena, text)
                : str_format(arena, "%s/%.*s", git.ptr, STR_ARG(text));
    }
  }
  Str exclude = str_format(arena, "%s/info/exclude", git.ptr);
  return read_patterns(arena, open(exclude.ptr, O_RDONLY | O_CLOEXEC), STR(""), NULL);
}

const IgnoreFile *ignore_open(Arena *arena, const char *folder, Str *top) {
  Str path = str_from(folder);
  while (path.len > 1 && path.ptr[path.len - 1] == '/')
    path.len--;
  size_t top_len = repository_top(arena, path);
  *top = str_copy(arena, top_len ? str_slice(path, 0, top_len) : path);
  const IgnoreFile *files = top_len ? open_info_exclude(arena, *top) : NULL;
  files = enter_path(arena, top->ptr, STR(""), files);
  for (size_t at = top->len; at < path.len;) {
    size_t slash = str_find_char(path, '/', at + 1);
    at = slash == SIZE_MAX ? path.len : slash;
    Str here = str_copy(arena, str_slice(path, 0, at));
    Str base = str_format(arena, "%s/", here.ptr + top->len + 1);
    files = enter_path(arena, here.ptr, base, files);
  }
  return files;
}
