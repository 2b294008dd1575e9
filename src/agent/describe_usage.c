// describe_usage.c: what a description asks to be done with the models, which is no part
// of them: "and show how to query a vehicle by plate".
#include "agent/describe_internal.h"

static const char openers[] =
    "show how|show me how|show us how|also show|show a|show an|show the|show me|how to|"
    "how do i|how do you|how can i|how would i|demonstrate|explain|illustrate|give an "
    "example|give me an example|with an example of|with an example|with a function|"
    "with a helper|and a function|and a helper|plus a function|plus a helper|and a "
    "query|plus a query|with a query|with a usage example|with usage|write a function|"
    "write a query|write the query|also a query|also a function|include a function|"
    "include a query|together with a function|together with a query";

// "show how to model a parent with children" asks for the models themselves.
static bool asks_models(const D *d, size_t from, size_t to) {
  for (size_t i = from; i < to; i++)
    if (is_word(d, i,
                "model modelled modeled define declare design represent map describe "
                "relate link connect"))
      return true;
  return false;
}

void find_usage(D *d) {
  enum {
    FIRST = 3 // words that can describe something stand in front of it
  };
  for (size_t i = FIRST; i < d->tokens.len; i++) {
    size_t end = after_any(d, i, openers), stop = end;
    if (end == i || d->tokens.items[i].mark)
      continue;
    while (!ends_sentence(d, stop))
      stop++;
    if (asks_models(d, end, stop))
      continue;
    blank(d, i - is_word(d, i - 1, "and then also please"), stop);
    i = stop;
  }
}
