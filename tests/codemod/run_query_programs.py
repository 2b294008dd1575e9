"""Runs programs before and after their conversion and prints where they differ.

Usage: python run_query_programs.py OLD NEW FIRST LAST

OLD and NEW are folders with the modules p000000.py ...; the models come from OLD for both. Each
case runs in a session of its own whose changes are rolled back. What is compared: the value, with
types; or the class of the exception; the rows of all tables; and the number of statements, which
may not grow. `legacy` has a number for each case
that tells what the old program gave. One JSON object on standard output.
"""

import gc
import hashlib
import json
import sys
import types
import warnings

old, new, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sys.path.insert(0, old)
warnings.simplefilter("ignore")

from sqlalchemy import create_engine, event, inspect, text  # noqa: E402
from sqlalchemy.engine import Row  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402
from sqlalchemy.pool import StaticPool  # noqa: E402

sent = []


class Database:
    def __init__(self, models):
        self.models = models
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        models.Base.metadata.create_all(self.engine)
        event.listen(self.engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
        with Session(self.engine) as s:
            tags = [models.Tag(id=i, label=x) for i, x in enumerate("abc", 1)]
            rows = [("a", True, 3), ("b", False, None), ("a", None, 7), (None, True, 1)]
            for i, (name, active, score) in enumerate(rows, 1):
                user = models.User(id=i, name=name, active=active, score=score)
                user.tags = tags[: i % 3]
                s.add(user)
            s.flush()
            totals = [(1, 5, "a"), (1, 2, None), (2, None, "b"), (3, 9, "a"), (1, 5, "a")]
            for i, (user, total, note) in enumerate(totals, 1):
                s.add(models.Order(id=i, user_id=user, total=total, note=note))
            for i, (parent, word) in enumerate([(None, "a"), (1, "b"), (1, "a"), (2, None)], 1):
                s.add(models.Node(id=i, parent_id=parent, word=word))
            self.add_people(s)
            s.commit()

    def add_people(self, s):
        m = self.models
        s.add_all([m.Team(id=1, name="red"), m.Team(id=2, name="blue")])
        s.flush()
        people = [
            m.Manager(id=1, name="ann", age=50, team_id=1),
            m.Engineer(id=2, name="bob", age=30, team_id=1, boss_id=1, skill="c"),
            m.Engineer(id=3, name="cyd", age=45, team_id=2, boss_id=1, skill=None),
            m.Person(id=4, name="dan", age=None, team_id=None, boss_id=2, kind="person"),
        ]
        for person in people:
            s.add(person)
            s.flush()

    def dump(self, session):
        """The rows of all tables; None where no statement could have changed them."""
        if all(s.lstrip().upper().startswith("SELECT") for s in sent):
            return None
        out = []
        for table in self.models.Base.metadata.sorted_tables:
            rows = session.connection().execute(text("SELECT * FROM %s" % table.name)).fetchall()
            out.append([tuple(r) for r in rows])
        return out


def plain(x):
    if isinstance(x, (str, int, float, type(None), bool)):
        return x
    if isinstance(x, Row):
        return ("Row",) + tuple(plain(i) for i in x)
    if isinstance(x, dict):
        return ("dict",) + tuple((plain(k), plain(v)) for k, v in x.items())
    if isinstance(x, (list, tuple)):
        return (type(x).__name__,) + tuple(plain(i) for i in x)
    state = inspect(x, raiseerr=False)
    if state is not None and hasattr(state, "identity"):
        loaded = sorted(k for k in state.dict if not k.startswith("_"))
        return (type(x).__name__, state.identity, tuple(loaded))
    return "object " + type(x).__name__


def run(db, function):
    session = Session(db.engine)
    del sent[:]
    try:
        value = plain(function(session))
    except Exception as e:
        value = "raises " + type(e).__name__
    count = len(sent)
    try:
        rows = db.dump(session)
    except Exception as e:
        rows = type(e).__name__
    session.rollback()
    session.close()
    return value, rows, count


def load(folder, name):
    path = "%s/%s.py" % (folder, name)
    with open(path) as f:
        module = types.ModuleType(name)
        exec(compile(f.read(), path, "exec"), module.__dict__)
    return module


def main():
    databases, bad, legacy, raised = {}, [], {}, 0
    # Related objects are cycles: which of them a session still knows must not depend on when
    # the collector comes by.
    gc.disable()
    gc.freeze()
    for number in range(first, last):
        if number % 50 == 0:
            gc.collect()
        name = "p%06d" % number
        before = load(old, name)
        try:
            after = load(new, name)
        except Exception as e:
            bad.append([name, "module", "", "%s: %s" % (type(e).__name__, e)])
            continue
        models = before.User.__module__
        if models not in databases:
            databases[models] = Database(sys.modules[models])
        for case in sorted(k for k in before.__dict__ if k.startswith("case_")):
            was = run(databases[models], before.__dict__[case])
            now = run(databases[models], after.__dict__[case])
            legacy[name + "." + case] = hashlib.md5(repr(was[:2]).encode()).hexdigest()[:12]
            raised += isinstance(was[0], str) and was[0].startswith("raises")
            if was[:2] != now[:2] or now[2] > was[2]:
                bad.append([name, case, repr(was)[:400], repr(now)[:400]])
    print(json.dumps({"legacy": legacy, "raised": raised, "bad": bad}))


main()
