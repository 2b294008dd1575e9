// Async form: a module's functions that use a Session, as coroutines that use an
// AsyncSession.
//
//   def get(db: Session): return db.scalars(select(User)).all()
//   →  async def get(db: AsyncSession): return (await db.scalars(select(User))).all()
//
// - What runs SQL is awaited, `with` on sessions and transactions becomes `async with`;
//   functions that call such a function follow, with an await.
// - Methods are followed where the class of their object is seen in the module; calls of
//   a like name on others are told, as are functions that are handed on.
// - A function is left as it is, with the reason, where something in it has no async form
//   (Query, lambdas and generators that run SQL, properties).
// - The source of what is awaited: AsyncSession, "Asynchronous I/O" of the documentation.
#ifndef AGENT_ASYNC_FORM_H
#define AGENT_ASYNC_FORM_H

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

enum {
  ASYNC_FORM_MAX = 256 << 10 // bytes of code that are looked at
};

typedef struct {
  Str code;
  uint32_t functions; // that became coroutines; 1 for lines without a function, which
                      // then belong into one
  bool coroutines;    // some were there before
  Vec(Str) left;      // one sentence each, without a full stop
} AsyncForm;

// Texts live in the arena. False where the code cannot be read or no function changes;
// `left` tells why, then, too. async_form_free in every case.
bool async_form(Arena *arena, Str code, AsyncForm *out);
void async_form_free(AsyncForm *f);

#endif
