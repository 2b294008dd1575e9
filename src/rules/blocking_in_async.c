// A128: what waits without `await` in a coroutine that holds an async session.
#include "rules/util.h"

static const char *const blocking[] = {"time.sleep",
                                       "requests.get",
                                       "requests.post",
                                       "requests.put",
                                       "requests.patch",
                                       "requests.delete",
                                       "requests.head",
                                       "requests.request",
                                       "httpx.get",
                                       "httpx.post",
                                       "httpx.put",
                                       "httpx.patch",
                                       "httpx.delete",
                                       "httpx.request",
                                       "subprocess.run",
                                       "subprocess.call",
                                       "subprocess.check_output",
                                       "subprocess.check_call",
                                       "os.system",
                                       "urllib.request.urlopen"};

typedef struct {
  RuleCtx *cx;
  bool found;
} Held;

static bool see_session(void *data, Ref node) {
  Held *h = data;
  if (py_kind(h->cx->tree, node) != PY_NAME)
    return !h->found;
  ValueKind kind = rule_value(h->cx, node).kind;
  h->found |= kind == VALUE_ASYNC_SESSION || kind == VALUE_ASYNC_CONNECTION;
  return !h->found;
}

// async def sync(session: AsyncSession):
//     await session.execute(...)
//     time.sleep(1)                # everybody waits, and the connection is held
static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref function = enclosing_function(cx, call);
  if (py_kind(t, function) != PY_FUNCTION_DEF ||
      !(py_node(t, function)->flags & PYF_ASYNC))
    return;
  Str name = rule_dotted(cx, PY_AS(Call, t, call)->func);
  bool blocks = false;
  for (size_t i = 0; i < ARRAY_LEN(blocking) && !blocks; i++)
    blocks = str_is(name, blocking[i]);
  if (!blocks)
    return;
  Held h = {.cx = cx};
  rule_walk_body(cx, function, see_session, &h);
  if (!h.found)
    return;
  bool sleep = str_is(name, "time.sleep");
  rule_report(cx, py_span(t, call),
              "`%.*s()` blocks the event loop while the session holds its connection; %s",
              STR_ARG(name),
              sleep ? "use `await asyncio.sleep()`"
                    : "use an async client, or `await asyncio.to_thread(...)`");
}

const Rule rule_blocking_in_async = {
    .code = "A128",
    .name = "blocking-in-async",
    .category = CAT_ASYNC,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "A call that blocks, in a coroutine that works with an async session",
    .why =
        "Nothing else runs on the event loop meanwhile, and the connection is kept from "
        "all others",
    .on = {PY_CALL},
    .names =
        RULE_NAMES("sleep", "get", "post", "put", "patch", "delete", "head", "request",
                   "run", "call", "check_output", "check_call", "system", "urlopen"),
    .check = check,
};
