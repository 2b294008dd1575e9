// Shared by the files that define filters, tests and methods of the Jinja engine.
#ifndef GEN_JINJA_FILTERS_H
#define GEN_JINJA_FILTERS_H

#include "gen/jinja_internal.h"

// The value of an argument, or `standard` where it was not given. They fail where the
// type is wrong.
bool arg_text(Run *r, JValue v, const char *standard, Str *out);
bool want_str(Run *r, JValue v, Str *out); // fails where it is no string
bool arg_int(Run *r, JValue v, int64_t standard, int64_t *out);
bool arg_bool(Run *r, JValue v, bool standard, bool *out);
// str.replace; a negative count: all.
bool text_replace(Run *r, Str s, Str old, Str new, int64_t count, JValue *out);

// Filters of sequences (jinja_filters_seq.c), long ones of text (jinja_filters_text.c)
// and those of addresses and sizes (jinja_filters_web.c).
JCall filter_batch, filter_dictsort, filter_first, filter_groupby, filter_items,
    filter_join, filter_last, filter_length, filter_list, filter_map, filter_max,
    filter_min, filter_reject, filter_rejectattr, filter_reverse, filter_select,
    filter_selectattr, filter_slice, filter_sort, filter_sum, filter_unique,
    filter_tojson, filter_wordwrap, filter_urlencode, filter_filesizeformat;

#endif
