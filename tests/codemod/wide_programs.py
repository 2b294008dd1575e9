"""Programs that handle queries in the ways that people write, from templates.

A template is the text of a module. `{{a|b|c}}` is one of its alternatives, `@name` one of the lines
of PARTS: both are chosen anew wherever they stand. A template has one function `case_N` or
several; what it defines beside them has to stand at its top.
"""

import random
import re

PARTS = {
    # Criteria of users, orders and people.
    "user": """
        User.score > 1
        User.name == "a"
        User.active == True
        User.active.is_(True)
        User.id != 2
        User.id.in_([1, 2, 3])
        User.score == None
        User.name.like("%a%")
        or_(User.name == "a", User.score == None)
        ~User.active
        User.orders.any(Order.total > 2)
        User.tags.any(label="a")
        User.id.in_(session.query(Order.user_id))
        User.id.in_(session.query(Order.user_id).filter(Order.total > 1))
        User.id.notin_(session.query(Order.user_id).filter(Order.user_id != None).subquery().select())
        session.query(Order).filter(Order.user_id == User.id).exists()
        ~session.query(Order.id).filter(Order.user_id == User.id, Order.total > 4).exists()
        User.score > session.query(func.min(Order.total)).scalar_subquery()
        User.id == session.query(func.max(Order.user_id)).scalar_subquery()
        text("users.id > 1")
        true()
        """,
    "order": """
        Order.total > 2
        Order.note == "a"
        Order.total == None
        Order.user.has(User.name == "a")
        Order.user.has(name="a")
        Order.user_id.in_([1, 2])
        Order.user_id.in_(session.query(User.id).filter(User.active == True))
        Order.id < 4
        """,
    "person": """
        Person.age > 30
        Person.is_old
        Person.name_length == 3
        ~Person.is_old
        Person.kind == "engineer"
        Person.team_id == 1
        Person.team.has(Team.name == "red")
        Person.boss_id != None
        Person.boss.has(Person.age > 40)
        Person.id > 1
        """,
    # What may stand behind a query of users, before its end.
    "step": """
        .filter(@user)
        .filter(@user)
        .filter(@user)
        .filter(@user, @user)
        .filter_by(name="a")
        .filter_by(active=True, name="a")
        .filter_by(**{"name": "a"})
        .order_by(User.name)
        .order_by(User.id.desc())
        .order_by(User.name, User.id)
        .join(User.orders)
        .join(User.orders).filter(@order)
        .join(Order, Order.user_id == User.id)
        .join(Order, User.orders).filter(@order)
        .outerjoin(User.orders)
        .join(User.tags).filter(Tag.label == "a")
        .options(joinedload(User.orders))
        .options(selectinload(User.orders))
        .options(joinedload(User.orders), selectinload(User.tags))
        .options(joinedload(User.tags), joinedload(User.orders))
        .options(load_only(User.name))
        .options(defer(User.name))
        .join(User.orders).options(contains_eager(User.orders))
        .outerjoin(User.orders).options(contains_eager(User.orders)).filter(@order)
        .limit(2)
        .limit(3).offset(1)
        .slice(1, 3)
        .distinct()
        .with_for_update()
        .populate_existing()
        .execution_options(yield_per=2)
        .yield_per(2)
        """,
    "steps": """
        @step
        @step@step
        @step@step
        """,
    # Ends of a query of users.
    "end": """
        .all()
        .all()
        .first()
        .first()
        .count()
        .one()
        .one_or_none()
        .scalar()
        [0]
        [:2]
        [1:3]
        [0:2][0]
        .limit(1).all()
        .order_by(User.id).first()
        .filter(@user).all()
        .filter(@user).first()
        .filter(@user).count()
        .with_entities(User.id).all()
        .with_entities(func.count(User.id)).scalar()
        .with_entities(User.id, User.name).order_by(User.id).first()
        .order_by(None).order_by(User.id).all()
        .all()[0].name
        .first().id
        .join(User.orders).all()
        .join(User.orders).count()
        .join(User.orders).first()
        """,
    # A query, `q`, that is used.
    "use": """
        q@end
        q@end
        q@end
        [u.id for u in q]
        [u.name for u in q if u.id > 1]
        {u.id: u.name for u in q}
        {u for u in q}.__len__()
        list(q)
        tuple(q)
        set(q).__len__()
        sorted(q, key=lambda u: -u.id)
        sorted((u.id for u in q), reverse=True)
        [n for n, u in enumerate(q)]
        list(map(lambda u: u.id, q))
        list(filter(lambda u: u.id > 1, q))
        [a.id + b.id for a, b in zip(q, q)]
        sum(u.id for u in q)
        any(u.id == 2 for u in q)
        max(q, key=lambda u: u.id).id
        len(list(q))
        len(q.all())
        [*q]
        [*q, *q.filter(@user)]
        next(iter(q)).id
        next((u for u in q), None)
        session.query(q.exists()).scalar()
        session.query(User.id).filter(User.id.in_(q.with_entities(User.id))).order_by(User.id).all()
        session.query(func.count()).select_from(q.subquery()).scalar()
        session.query(q.subquery()).count()
        bool(q.first())
        q.first() is not None
        (q.count(), q.all())
        [q.count(), q.filter(@user).count(), q.first()]
        q.count() if q.first() else None
        [q.filter(User.id == i).count() for i in (1, 2, 3)]
        [q.filter(User.name == n).all() for n in ("a", "b")]
        (lambda: q.all())()
        ",".join(str(u.id) for u in q)
        session.get(User, 2) in q
        session.get(User, 2) in q.all()
        """,
    "uses": """
        return @use
        return @use
        return [@use, @use]
        a = @use; return (a, @use)
        """,
    "cond": """
        True
        False
        session is not None
        len(str(session)) < 3
        """,
    "root": """
        session.query(User)
        session.query(User)
        session.query(User)@step
        session.query(User)@steps
        session.query(User).filter(@user)
        session.query(User).select_from(User)
        session.query(User).select_from(Order).join(Order.user)
        """,
}

TEMPLATES = [
    # Chains, and variables.
    """
def case_0(session):
    return @root@end
""",
    """
def case_0(session):
    q = @root
    @uses
""",
    """
def case_0(session):
    q = @root
    while @cond:
        q = q@step
        {{break|return q.all()|pass; return q.count()}}
    @uses
""",
    """
def case_0(session, term={{None|"a"}}, ids={{()|(1, 2)|(1, 2, 3)}}):
    q = @root
    if term:
        q = q.filter(User.name == term)
    elif ids:
        q = q.filter(User.id.in_(ids))
    else:
        q = q@step
    q = q.order_by(User.id)
    @uses
""",
    """
def case_0(session):
    q, p = @root, session.query(Order).filter(@order)
    return [p.order_by(Order.id).all(), @use]
""",
    """
def case_0(session):
    first = q = @root
    q = q@step
    return [first.count(), @use]
""",
    """
def case_0(session):
    if (q := @root) is not None:
        q = q.order_by(User.id)
    @uses
""",
    """
def case_0(session):
    q = @root if @cond else session.query(User).filter(@user)
    q = (q@step) if @cond else q
    @uses
""",
    """
def case_0(session):
    try:
        q = @root
        found = @use
    except {{ZeroDivisionError|KeyError|(ValueError, TypeError)}}:
        q = None
        found = None
    finally:
        session.expire_all()
    return found
""",
    """
def case_0(session):
    with session.no_autoflush:
        q = @root
        @uses
""",
    """
def case_0(session):
    session.add(User(id={{7|8}}, name="a", active=True, score=4))
    q = @root.order_by(User.id)
    @uses
""",
    """
def case_0(session):
    session.query(User).{{get(1)|first()|all()}}
    session.add(Order(id=9, user_id=1, total={{4|None}}))
    q = @root.order_by(User.id)
    @uses
""",
    # Closures, defaults, stars.
    """
def case_0(session):
    q = @root

    def narrow(value):
        nonlocal q
        q = q.filter(User.id != value)
        return value

    narrow({{1|2|5}})
    @uses
""",
    """
def case_0(session):
    q = @root

    def run(extra=None):
        narrowed = q if extra is None else q.filter(extra)
        return narrowed.order_by(User.id){{.all()|.count()|.first()|[:2]}}

    return [run(), run(@user), @use]
""",
    """
def case_0(session):
    narrow = lambda q, value: q.filter(User.id != value)
    q = narrow(@root, {{1|3}})
    @uses
""",
    """
def base(session, q=None, *, order=None):
    if q is None:
        q = @root
    if order is not None:
        q = q.order_by(order)
    return q


def case_0(session):
    q = base(session{{||, order=User.id|, session.query(User).filter(@user)}})
    @uses
""",
    """
def find(session, *criteria, **named):
    q = session.query(User)
    if criteria:
        q = q.filter(*criteria)
    return q.filter_by(**named)


def case_0(session):
    q = find(session{{|, @user|, @user, @user}})
    return [@use, find(session, name="a").order_by(User.id)@end]
""",
    """
def narrow(q, *criteria, limit=None, **options):
    for criterion in criteria:
        q = q.filter(criterion)
    if limit:
        q = q.limit(limit)
    return q


def case_0(session):
    q = narrow(@root{{||, @user|, @user, @user}})
    return [@use, narrow(q.order_by(User.id), limit=2).all()]
""",
    """
def narrow(q, names=()):
    for name in names:
        q = q.filter(User.name {{==|!=}} name)
    return q


def case_0(session):
    q = @root
    for step in {{(narrow,)|[narrow, narrow]}}:
        q = step(q)
    @uses
""",
    """
def case_0(session):
    criteria = [@user{{|, @user}}]
    if @cond:
        criteria.append(@user)
    q = session.query(User).filter({{*criteria|and_(*criteria)|or_(*criteria)}})
    @uses
""",
    """
def case_0(session):
    options = [joinedload(User.{{orders|tags}}){{|, selectinload(User.tags)}}]
    q = session.query(User).options(*options)@step.order_by(User.id)
    @uses
""",
    # Generator functions, pages, chunks.
    """
def pages(q, size):
    start = 0
    while True:
        found = q.offset(start).limit(size).all()
        if not found:
            return
        {{yield from found|yield found}}
        start += size


def case_0(session):
    q = session.query(User).filter(@user).order_by(User.id)
    return [list(pages(q, {{1|2|3}})), @use]
""",
    """
def each(session):
    for user in @root{{|.order_by(User.id)|.yield_per(2)}}:
        yield user.id


def case_0(session):
    return {{list(each(session))|sorted(each(session))|next(each(session), None)}}
""",
    """
def each(session):
    q = @root
    yield from q{{|.all()|.limit(2)}}


def case_0(session):
    return [u.id for u in each(session)]
""",
    """
def case_0(session):
    q = @root
    out = []
    for u in q{{||.all()|.limit(2)|[:2]|.order_by(User.id)}}:
        out.append((u.id, session.query(Order).filter(Order.user_id == u.id){{.count()|.order_by(Order.id).all()|.order_by(Order.id).first()}}))
    else:
        out.append(@use)
    return out
""",
    # Rows of several columns, and of one.
    """
def case_0(session):
    rows = session.query(User.id, User.name){{|.filter(@user)}}.order_by(User.id)
    return {{[(a, b) for a, b in rows]|dict(rows.all())|dict(rows)|[r.name for r in rows]|[r[1] for r in rows.all()]|rows.first()|rows[0].name|rows.limit(1).one()|{r.id: r for r in rows}|list(zip(*rows))|[r._asdict() for r in rows]|rows.all()[-1]|rows.count()|[tuple(r) for r in rows]}}
""",
    """
def case_0(session):
    ids = session.query(User.id){{|.filter(@user)|.join(User.orders)|.distinct()}}.order_by(User.id)
    return {{[i for i, in ids]|[r[0] for r in ids]|[r.id for r in ids.all()]|ids.first()|ids.first()[0]|ids.scalar()|ids.limit(1).scalar()|ids.one_or_none()|list(zip(*ids.all()))|{i for (i,) in ids}|sum(ids.first())|ids.all()|list(chain.from_iterable(ids))|list(chain(*ids))|ids.count()|(1,) in ids.all()|max(ids)[0]}}
""",
    """
def case_0(session):
    q = session.query(User, func.count(Order.id){{|.label("n")}}).outerjoin(User.orders).group_by(User.id){{|.having(func.count(Order.id) > 0)}}.order_by(User.id)
    return {{[(u.id, n) for u, n in q]|q.all()|q.first()|[r[1] for r in q]|q.count()|{u: n for u, n in q}.__len__()|[r.User.id for r in q]}}
""",
    """
def case_0(session):
    q = session.query(User.name, {{func.count()|func.sum(User.score)|func.max(User.id)|func.count(User.id.distinct())}}).group_by(User.name){{||.having(func.count() > 1)|.filter(@user)}}.order_by(User.name)
    return {{q.all()|dict(q.all())|[(n, c) for n, c in q]|q.first()|q.count()|q[0]|sorted(q, key=str)}}
""",
    """
def case_0(session):
    return session.query({{func.count(User.id)|func.max(User.score)|func.count(func.distinct(User.name))|func.coalesce(func.sum(User.score), 0)}}){{|.filter(@user)|.join(User.orders)|.select_from(User)|.select_from(User).join(User.orders)}}{{.scalar()|.one()|.first()[0]|.all()[0][0]|.one()[0]}}
""",
    """
def case_0(session):
    q = session.query({{User, Order|Order, User|User.name, Order|User, Order.total}}).{{join(User.orders)|join(Order, Order.user_id == User.id)|filter(User.id == Order.user_id)}}.filter(@order).order_by(User.id, Order.id)
    return {{q.all()|[tuple(r) for r in q]|q.first()|q.count()|[a for a, b in q]|[b for a, b in q.limit(2)]|q[1:3]}}
""",
    # Subqueries, exists, aliases, unions.
    """
def case_0(session):
    n = session.query(Order.user_id, func.count(Order.id).label("n")){{|.filter(@order)}}.group_by(Order.user_id).{{subquery()|cte()|subquery("counts")|cte("counts")}}
    q = session.query(User, {{n.c.n|func.coalesce(n.c.n, 0)}}).{{outerjoin|join}}(n, User.id == n.c.user_id){{|.filter(n.c.n > 1)|.filter(@user)}}.order_by(User.id)
    return {{q.all()|[(u.id, k) for u, k in q]|q.count()|q.first()}}
""",
    """
def case_0(session):
    total = session.query(func.{{sum|max|count}}(Order.total)).filter(Order.user_id == User.id){{|.correlate(User)}}.{{scalar_subquery()|label("total")}}
    q = session.query(User.id, total).order_by(User.id)
    return {{q.all()|[tuple(r) for r in q]|q.filter(@user).all()|q.first()}}
""",
    """
def case_0(session):
    sub = session.query(User){{|.filter(@user)|.order_by(User.id).limit(2)|.join(User.orders)}}.subquery()
    recent = aliased(User, sub)
    q = session.query(recent).{{filter(recent.id > 1)|order_by(recent.id)|join(Order, Order.user_id == recent.id).order_by(recent.id)}}
    return {{q.all()|[u.id for u in q]|q.count()|q.first()}}
""",
    """
def case_0(session):
    boss = aliased(Person{{|, name="boss"}})
    q = session.query({{Person|Person, boss|Person.name, boss.name|Person.name, boss.name.label("boss_name")}}).{{join|outerjoin}}({{boss, Person.boss_id == boss.id|boss, Person.boss|Person.boss.of_type(boss)}}){{|.filter(boss.age > 40)|.filter(@person)}}.order_by(Person.id)
    return {{q.all()|[tuple(r) if isinstance(r, tuple) else r for r in q]|q.count()|q.first()|q[:2]}}
""",
    """
def case_0(session):
    parent = aliased(Node)
    q = session.query(Node).{{join|outerjoin}}({{Node.parent.of_type(parent)|parent, Node.parent_id == parent.id|parent, Node.parent}}){{|.filter(parent.word == "a")|.options(joinedload(Node.children))}}
    return q.order_by(Node.id){{.all()|.first()|.count()|[:2]}}
""",
    """
def case_0(session):
    a = session.query({{User|User.id|User.id, User.name}}).filter(@user)
    b = session.query(User).filter(@user)
    q = b.{{union|union_all|intersect|except_}}(session.query(User).filter(@user){{|, session.query(User).filter(@user)}})
    return [a.count(), {{q.all()|q.count()|[u.id for u in q]|q.order_by(User.id).all()|q.filter(@user).all()|q.filter(User.id > 1).order_by(User.id).limit(2).all()|q.first()|q.join(User.orders).all()|q.options(joinedload(User.orders)).all()}}]
""",
    """
def case_0(session):
    q = session.query(User.id, User.name).filter(@user).{{union|union_all}}(session.query(User.id, User.name).filter(@user))
    return {{q.all()|q.count()|sorted(q, key=str)|[r[0] for r in q]|[r.id for r in q.all()]|q.first()}}
""",
    """
def case_0(session):
    q = @root
    sub = q.with_entities(User.id){{|.subquery()|.scalar_subquery()}}
    return session.query(Order).filter(Order.user_id.in_({{sub|sub}})).order_by(Order.id){{.all()|.count()|.first()}}
""",
    """
def case_0(session):
    q = session.query(User).filter(@user)
    return [session.query(Order).filter(q.filter(User.id == Order.user_id).exists()).order_by(Order.id).all(), @use]
""",
    """
def case_0(session):
    return session.query({{session.query(User).filter(@user).exists()|exists().where(User.id == 1)|literal(True)}}){{.scalar()|.one()|.all()|.first()}}
""",
    """
def case_0(session):
    q = session.query(User).from_statement({{text("SELECT * FROM users ORDER BY id")|text("SELECT * FROM users WHERE id > :low").params(low=1)|select(User).order_by(User.id)}})
    return {{q.all()|[u.id for u in q]|q.first()|q.one_or_none()}}
""",
    """
def case_0(session):
    q = session.query(User).filter(text("users.id > :low")){{|.filter(@user)}}.params(low={{1|2}}){{|.order_by(User.id)|.filter(@user)}}
    return {{q.all()|q.count()|q.first()|[u.id for u in q]}}
""",
    # Joined inheritance.
    """
def case_0(session):
    q = session.query({{Person|Engineer|Manager}}){{|.order_by(Person.id)}}.filter(@person){{|.filter(@person)|.options(joinedload(Person.team))}}
    return {{q.all()|[type(p).__name__ for p in q]|q.count()|q.first()|q.order_by(Person.id).all()|q.one_or_none()|q.order_by(Person.id)[:2]}}
""",
    """
def case_0(session):
    q = session.query(Person).{{join|outerjoin}}({{Person.team|Team, Person.team_id == Team.id|Team}}){{|.filter(Team.name == "red")|.options(contains_eager(Person.team))}}
    return q.order_by(Person.id){{.all()|.first()|.count()}}
""",
    """
def case_0(session):
    anyone = with_polymorphic(Person, {{"*"|[Engineer]|[Engineer, Manager]}})
    q = session.query(anyone).filter({{anyone.age > 20|anyone.Engineer.skill == "c"|or_(anyone.Engineer.skill == "c", anyone.id == 3)}}).order_by(anyone.id)
    return {{q.all()|[p.name for p in q]|q.count()|q.first()}}
""",
    """
def case_0(session):
    q = session.query({{Engineer.name, Engineer.skill|Engineer|Engineer.id}}){{|.filter(Engineer.age > 1)}}.order_by({{Engineer.id|Engineer.name}})
    return {{q.all()|q.count()|q.first()|[r for r in q]}}
""",
    """
def case_0(session):
    q = session.query(Person).get({{1|2|99}})
    return [q, session.query(Engineer).get({{1|2}}), session.query({{Engineer|Manager}}).filter_by({{name="ann"|kind="manager"|team_id=1}}).order_by(Person.id).{{first()|all()|count()}}]
""",
    """
def case_0(session):
    return [session.query(Person).filter(Person.id == 2).update({"age": 5}), session.query(Person.id).order_by(Person.id).all()]
""",
    # Dynamic relationships.
    """
def case_0(session):
    team = session.query(Team).{{get(1)|filter_by(name="red").one()|order_by(Team.id).first()}}
    q = team.members{{|.filter(@person)|.order_by(Person.age)|.filter_by(kind="engineer")|.filter(@person).order_by(None).order_by(Person.name)}}
    return {{q.all()|[p.name for p in q]|q.count()|q.first()|q[:2]|q[0]|list(q)|len(q.all())|q.one_or_none()|session.query(q.exists()).scalar()|q.filter(@person).all()|q.limit(1).all()|q.with_entities(Person.id).all()|sorted(q, key=lambda p: p.name)}}
""",
    """
def case_0(session):
    out = []
    for team in session.query(Team).order_by(Team.id):
        members = team.members
        if @cond:
            members = members.filter(@person)
        out.append((team.name, {{members.count()|members.all()|[m.name for m in members]|members.first()}}))
    return out
""",
    """
def case_0(session):
    team = session.query(Team).get(1)
    team.members.append(Person(id=20, name="new", age={{1|50}}, kind="person"))
    return [team.members.count(), [p.name for p in team.members], team.members.filter(@person).{{update({"age": 3}, synchronize_session=False)|count()}}, session.query(Person.age).order_by(Person.id).all()]
""",
    # Changes.
    """
def case_0(session):
    users = session.query(User).order_by(User.id).all()
    n = session.query(User).filter(@user){{|.filter(@user)}}.@bulk
    return [n, [u.score for u in session.query(User).order_by(User.id)], len(users)]
""",
    """
def case_0(session):
    q = session.query(User).filter(@user)
    if @cond:
        q = q.filter(@user)
    before = q.count()
    changed = q.@bulk
    return [before, changed, session.query(User.id, User.score).order_by(User.id).all()]
""",
    """
def case_0(session):
    q = session.query(User){{.join(User.orders)|.order_by(User.id)|.limit(1)|.distinct()|.options(joinedload(User.orders))|.group_by(User.id)|.filter(@user).order_by(User.id)|.select_from(User)}}
    return [q.@bulk, session.query(User.id, User.score).order_by(User.id).all()]
""",
    """
def case_0(session):
    chosen = session.query(Order.user_id).filter(@order)
    n = session.query(User).filter(User.id.in_(chosen{{|.subquery()|.distinct()}})).@bulk
    return [n, chosen.count(), session.query(User.id, User.score).order_by(User.id).all()]
""",
    """
def case_0(session):
    values = {{dict(score=9)|dict(score=User.score + 1, name="z")|dict([(User.name, func.upper(User.name))])|dict(score=None)}}
    session.query(User).filter(@user).update(values{{, synchronize_session=False|, synchronize_session="fetch"}})
    return session.query(User.id, User.name, User.score).order_by(User.id).all()
""",
    """
def case_0(session):
    n = session.query(Order).filter(Order.user_id == {{1|9}}){{|.filter(@order)}}.delete(synchronize_session={{False|"fetch"}})
    return {{[n, session.query(Order).count()]|n|bool(n)|dict(deleted=n, left=[o.id for o in session.query(Order).order_by(Order.id)])}}
""",
    # Containers, class attributes, repositories.
    """
def case_0(session):
    queries = {"all": @root, "some": session.query(User).filter(@user)}
    q = queries[{{"all"|"some"}}]
    return [@use, queries["some"].count(), sorted(queries)]
""",
    """
def case_0(session):
    out = []
    for q in {{(@root, session.query(User).filter(@user))|[@root, @root]}}:
        out.append(@use)
    return out
""",
    """
def case_0(session):
    counts = [q.count() for q in (@root, session.query(Order).filter(@order))]
    return counts + [q.first() for name, q in [("a", session.query(User).order_by(User.id))]]
""",
    """
class Repository:
    model = None
    order = None

    def __init__(self, session):
        self.session = session

    def query(self, **named):
        q = self.session.query(self.model)
        return q.filter_by(**named) if named else q

    def get(self, key):
        return self.query().get(key)

    def all(self, limit=None):
        q = self.query().order_by(self.model.id)
        if limit:
            q = q.limit(limit)
        return q.all()

    def count(self, **named):
        return self.query(**named).count()

    def first(self, **named):
        return self.query(**named).order_by(self.model.id).first()


class Users(Repository):
    model = User

    def named(self, name):
        return self.query().filter(User.name == name)@step


class Orders(Repository):
    model = Order


def case_0(session):
    users, orders = Users(session), Orders(session)
    return [users.all({{|2}}), users.get(1), users.count(name="a"), orders.first(total=5), users.named("a").count()]
""",
    """
class Repository:
    def __init__(self, session, model):
        self.session = session
        self.model = model

    def find(self, *criteria):
        return self.session.query(self.model).filter(*criteria)

    def all(self):
        return self.find().all()

    def page(self, number, size=2):
        return self.find().order_by(self.model.id).offset(number * size).limit(size).all()


def case_0(session):
    users = Repository(session, User)
    return [users.find(@user).{{count()|order_by(User.id).all()|order_by(User.id).first()}}, users.page({{0|1}}), Repository(session, Order).page(0)]
""",
    """
class View:
    model = User

    def __init__(self, session):
        self.session = session

    @property
    def queryset(self):
        return self.session.query(self.model)@step

    @staticmethod
    def narrow(q, value):
        return q.filter(User.id != value)

    @classmethod
    def ordered(cls, q):
        return q.order_by(cls.model.id)

    def fetch(self):
        q = self.ordered(self.narrow(self.queryset, {{1|2}}))
        return q@end


def case_0(session):
    view = View(session)
    return [view.fetch(), view.queryset.count()]
""",
    """
class Builder:
    def __init__(self, session):
        self._session = session
        self._q = @root

    def where(self, *criteria):
        self._q = self._q.filter(*criteria)
        return self

    def take(self, n):
        self._q = self._q.limit(n)
        return self

    def run(self):
        return self._q.{{all()|first()|count()}}

    def __iter__(self):
        return iter(self._q)

    def __len__(self):
        return self._q.count()


def case_0(session):
    b = Builder(session).where(@user){{|.take(2)}}
    return [b.run(), len(b), [u.id for u in b]]
""",
    """
class Node_:
    def __init__(self, session):
        self.session = session

    def query(self):
        return self.session.query(Node)

    def children(self, node):
        return self.query().filter(Node.parent_id == node.id){{|.order_by(Node.id)}}

    def walk(self, node):
        yield node.word
        for child in self.children(node):
            yield from self.walk(child)


def case_0(session):
    nodes = Node_(session)
    root = nodes.query().filter(Node.parent_id == None).{{one()|first()}}
    return [list(nodes.walk(root)), nodes.children(root).count()]
""",
    """
def case_0(session):
    q = Query({{User|[User]|User.id|[User.id, User.name]}}, session=session){{|.filter(@user)}}.order_by(User.id)
    return {{q.all()|q.count()|q.first()|[r for r in q]}}
""",
    """
def case_0(session):
    user = session.query(User).get({{1|3}})
    q = session.query(Order).{{with_parent(user)|with_parent(user, User.orders)|filter(with_parent(user, User.orders))}}
    return q.order_by(Order.id){{.all()|.count()|.first()}}
""",
    """
def case_0(session):
    q = @root
    p = q.with_entities({{User.name|User.id, User.name|func.count(User.id)|func.max(User.score), func.min(User.score)}})
    return [q.count(), p.{{all()|first()|count()}}]
""",
    """
def case_0(session):
    q = session.query(User.name){{|.filter(@user)}}.add_columns(User.id{{|.label("key")}}).order_by(User.id)
    return {{q.all()|[tuple(r) for r in q]|q.first()|q.count()}}
""",
]

PARTS["bulk"] = """
    update({"score": 5})
    update({"score": 5}, synchronize_session=False)
    update({"score": 5}, "evaluate")
    update({User.score: 6}, synchronize_session="fetch")
    update(dict(score=7), False)
    update(values={"score": 8}, synchronize_session=False)
    delete()
    delete(False)
    delete(synchronize_session=False)
    delete(synchronize_session="fetch")
    """

HEAD = """\
from itertools import chain

from sqlalchemy import and_, exists, func, literal, or_, select, text, true
from sqlalchemy.orm import (
    Query, aliased, contains_eager, defer, joinedload, load_only, selectinload, with_parent,
    with_polymorphic,
)

from %s import Engineer, Manager, Node, Order, Person, Tag, Team, User

"""

CHOICES = {k: [line.strip() for line in v.strip().splitlines()] for k, v in PARTS.items()}
HOLE = re.compile(r"@([a-z]+)\b|\{\{((?:(?!\{\{|\}\}).)*)\}\}")


def fill(rng, template):
    """The template with all its holes filled, from the inside."""

    def one(hole):
        if hole.group(1):
            return rng.choice(CHOICES[hole.group(1)]) if hole.group(1) in CHOICES else hole.group()
        return rng.choice(hole.group(2).split("|"))

    for _ in range(12):
        filled = HOLE.sub(one, template)
        if filled == template:
            return filled
        template = filled
    return template


def program(rng, models):
    """The text of one module over the models of the named module."""
    return HEAD % models + fill(rng, rng.choice(TEMPLATES)).rstrip("\n") + "\n"
