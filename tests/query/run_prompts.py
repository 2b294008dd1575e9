"""Runs answers over a seeded database. Reads [{request, sql, markdown}] and prints [{request, verdict}].

    run_prompts.py FOLDER_OF_THE_PROJECT < answers.json
"""

import collections
import datetime
import decimal
import enum
import inspect
import json
import re
import sys

sys.path.insert(0, sys.argv[1])

from app import models  # noqa: E402
from sqlalchemy import Row, create_engine, text  # noqa: E402
from sqlalchemy.orm import Session, configure_mappers  # noqa: E402

ROWS = {"rows": [{"name": "X"}, {"name": "Y"}], "name": "X", "email": "ann@example.com", "term": "chair"}
UPSERT_ROWS = [{"name": "X", "email": "ann@example.com"}, {"name": "Y", "email": "y@example.com"}]


NOW = datetime.datetime.now().replace(microsecond=0)


def seed(engine):
    m, now = models, NOW
    paid, shipped, pending, cancelled = (m.OrderStatus[n] for n in ("paid", "shipped", "pending", "cancelled"))
    m.Base.metadata.create_all(engine)
    with Session(engine) as s:
        people = [("Ann", "Berlin", "Germany", True), ("Bob", "Paris", "France", True), ("Cleo", "Berlin", "Germany", False),
                  ("Dan", None, None, True), ("Eve", "Munich", "Germany", True), ("Alf", "Rome", "Italy", False)]
        s.add_all(m.Customer(id=i, name=n, email=n.lower() + ("@example.com" if i < 5 else "@mail.org"), city=c, country=k,
                             active=a) for i, (n, c, k, a) in enumerate(people, 1))
        s.add_all(m.Category(id=i, name=n, parent_id=p) for i, (n, p) in enumerate(
            [("Home", None), ("Furniture", 1), ("Books", None), ("Novels", 3), ("Chairs", 2), ("Toys", None)], 1))
        things = [("Oak chair", 120, 4, 2), ("Pine chair", 60, 12, 5), ("Desk", 250, 0, 2), ("Cook book", 25, 30, 3),
                  ("Atlas", 45, 8, 3), ("Short tales", 9, 100, 4), ("Lamp", 35, 10, 1)]
        s.add_all(m.Product(id=i, name=n, sku="S%d" % i, price=decimal.Decimal(p), stock=q, category_id=c)
                  for i, (n, p, q, c) in enumerate(things, 1))
        s.flush()
        orders = [(1, paid, 180, 3), (1, shipped, 25, 40), (1, cancelled, 60, 200), (2, paid, 45, 5), (2, pending, 250, 100),
                  (3, cancelled, 9, 12), (5, shipped, 70, 20), (5, paid, 310, 400), (5, pending, 35, 1)]
        for i, (customer, status, total, days) in enumerate(orders, 1):
            s.add(m.Order(id=i, customer_id=customer, status=status, total=decimal.Decimal(total),
                          created_at=now - datetime.timedelta(days=days)))
        for i, days in enumerate(("2024-01-05", "2024-01-20", "2024-02-10", "2024-03-15"), 10):
            s.add(m.Order(id=i, customer_id=1 + i % 3, status=paid, total=decimal.Decimal(i * 7),
                          created_at=datetime.datetime.fromisoformat(days + " 15:30:00")))
        s.flush()
        for i, (order, product, quantity) in enumerate([(1, 1, 1), (1, 2, 1), (2, 4, 1), (4, 5, 1), (5, 3, 1), (7, 7, 2), (9, 7, 1)], 1):
            s.add(m.OrderItem(id=i, order_id=order, product_id=product, quantity=quantity, unit_price=decimal.Decimal(things[product - 1][1])))
        for i, (product, author, rating, body) in enumerate(
                [(1, "Bob", 5, "Fine"), (1, "Zoe", 4, None), (1, "Max", 1, "Broke"), (4, "Bob", 3, None), (5, "Zoe", 5, "Good")], 1):
            s.add(m.Review(id=i, product_id=product, author=author, rating=rating, body=body, written_on=now.date()))
        s.commit()


def fresh():
    engine = create_engine("sqlite://")
    seed(engine)
    return engine


def plain(value):
    if isinstance(value, models.Base):
        return value.id
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, (decimal.Decimal, float)):
        return round(float(value), 4)
    if isinstance(value, bool):
        return int(value)
    return value


def rows_of(result):
    if result is None:
        return []
    if isinstance(result, (list, tuple)) and not isinstance(result, Row):
        return [tuple(plain(v) for v in r) if isinstance(r, Row) else (plain(r),) for r in result]
    return [tuple(map(plain, result))] if isinstance(result, Row) else [(plain(result),)]


def dump(session):
    """Everything that is stored, but for when a customer was made."""
    out = {}
    for t in models.Base.metadata.sorted_tables:
        names = ", ".join(c.name for c in t.columns if (t.name, c.name) != ("customers", "created_at"))
        rows = session.execute(text("SELECT %s FROM %s" % (names, t.name)))
        out[t.name] = sorted(repr(tuple(map(plain, r))) for r in rows)
    return out


def code_of(markdown):
    return "\n\n".join(re.findall(r"^```python[^\n]*\n(.*?)^```", markdown, re.S | re.M))


def call(code, session):
    names = {}
    exec(compile(code, "answer", "exec"), names)
    function = [v for v in names.values() if inspect.isfunction(v) and v.__module__ == names.get("__name__", v.__module__)
                and v.__code__.co_filename == "answer"][-1]
    given = {}
    for p in list(inspect.signature(function).parameters.values())[1:]:
        if p.default is p.empty:
            given[p.name] = UPSERT_ROWS if "upsert" in function.__name__ else ROWS[p.name]
    core = next(iter(inspect.signature(function).parameters)) == "connection"
    return function(session.connection() if core else session, **given)


def same(mine, theirs, ordered):
    if ordered:
        return mine == theirs
    if collections.Counter(mine) == collections.Counter(theirs):
        return True
    # columns in any order
    return collections.Counter(map(frozenset, map(collections.Counter, mine))) == collections.Counter(map(frozenset, map(collections.Counter, theirs)))


def without_rest(mine, theirs):
    """Whole rows of a Table, without the columns that are not expected."""
    if len(mine) != len(theirs) or not mine or len(mine[0]) <= len(theirs[0]):
        return mine
    left = list(theirs)
    for row in mine:
        fits = [t for t in left if not collections.Counter(t) - collections.Counter(row)]
        if fits:
            left.remove(fits[0])
    return mine if left else theirs


def verdict(answer):
    code, sql = code_of(answer["markdown"]), answer["sql"]
    if not code:
        return "no code"
    with Session(fresh()) as session:
        try:
            result = call(code, session)
            session.flush()
        except Exception as e:
            return "fails: %s: %s" % (type(e).__name__, e)
        if not sql.upper().startswith(("SELECT", "WITH")):
            mine = dump(session)
            with Session(fresh()) as other:
                other.execute(text(sql))
                return "right" if repr(mine) == repr(dump(other)) else "wrong: another change"
        mine = rows_of(result)
        theirs = [tuple(map(plain, r)) for r in session.execute(text(sql))]
        if answer.get("core"):
            if "(connection: Connection" not in re.sub(r"\(\s+", "(", code):
                return "wrong: no Connection"
            mine = without_rest(mine, theirs)
        if same(mine, theirs, "ORDER BY" in sql and "OVER" not in sql):
            return "right"
        return "wrong: %r instead of %r" % (mine[:4], theirs[:4])


def main():
    configure_mappers()
    answers = json.load(sys.stdin)
    out = []
    for a in answers:
        v = verdict(a)
        found = {"request": a["request"], "verdict": v}
        if v != "right":
            found["code"] = code_of(a["markdown"]).split("def ", 1)[-1]
        out.append(found)
    json.dump(out, sys.stdout)


main()
