// Focus: which files of a project have anything to do with a subject.
//
//   static const char *const topics[] = {"sqlalchemy", NULL};
//   static const char *const hints[] = {"session", NULL};
//   ProjectFocus focus = {topics, hints, .reach = 3, .depth = 2};
//
// A file in focus holds a topic or a hint in its text, or imports one that holds a topic,
// through so many files as the focus reaches; a test file also through the conftest.py
// files above it. A file in use is in focus, or imported, that deep, by one that is. All
// other files are looked through for syntax errors only, and neither text nor tree is
// kept; or (keeps_text) they are left as they are, to be read in full for a word of them.
//
// Imports are read from the bytes before anything is parsed: words that only look like an
// import (in a string) count too, so the answer may be too large, never too small.
#ifndef PROJECT_FOCUS_H
#define PROJECT_FOCUS_H

#include "project/project.h"

// Sets has_topic and in_focus of a file that was read, by its own text alone.
void focus_look(ProjectFile *f, const ProjectFocus *focus);
// When all files were looked at and the modules are linked: follows the imports, and sets
// in_use as well.
void focus_find(Project *p, int threads);
// Sets in_use and is_far of every file that is not in use and whose text has one of the
// words; false where there is none.
bool focus_use_words(Project *p, const Atom *words, size_t count, int threads);

#endif
