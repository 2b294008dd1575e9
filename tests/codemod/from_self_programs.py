"""Random programs with Query.from_self(), which 2.0 does not have: they are compared on 1.4."""

import random

FIRST = 3000000

CRITERIA = {
    "User": ["User.score > 1", 'User.name == "a"', "User.id.in_([1, 2, 3])", "User.active == True"],
    "Order": ["Order.total > 2", 'Order.note == "a"', "Order.user_id == 1"],
    "Person": ["Person.age > 30", "Person.id > 1", "Person.is_old"],
    "Engineer": ["Engineer.id > 1", 'Engineer.skill == "c"', "Engineer.name != None"],
    "Manager": ["Manager.age > 3", "Manager.id < 3"],
    "Node": ["Node.id > 1", 'Node.word == "a"', "Node.parent_id == 1"],
}
ORDERS = {
    "User": ["User.name", "User.score.desc()", "desc(User.id)", 'getattr(User, "name")'],
    "Order": ["Order.total", "Order.id.desc()"],
    "Person": ["Person.age", "Person.name.desc()"],
    "Engineer": ["Engineer.skill", "Engineer.name.desc()"],
    "Manager": ["Manager.name"],
    "Node": ["Node.word", "Node.id.desc()"],
}
JOINS = {
    "User": [".join(User.orders)", ".outerjoin(User.tags)"],
    "Order": [".join(Order.user)"],
    "Person": [".outerjoin(Person.team)"],
    "Engineer": [""],
    "Manager": [".outerjoin(Manager.team)"],
    "Node": [".outerjoin(Node.children)"],
}
HEAD = """from sqlalchemy import desc, func, or_

from models_%d import Engineer, Manager, Node, Order, Person, User


def case_0(session, n=2):
"""


def before(rng, entity):
    out = ""
    if rng.random() < 0.3:
        out += rng.choice(JOINS[entity])
    if rng.random() < 0.5:
        out += ".filter(%s)" % rng.choice(CRITERIA[entity])
    if rng.random() < 0.2:
        out += ".distinct()"
    if rng.random() < 0.8:
        out += ".order_by(%s, %s.id)" % (rng.choice(ORDERS[entity]), entity)
    if rng.random() < 0.7:
        out += rng.choice([".limit(3)", ".slice(1, 4)", ".offset(1)", ".limit(2)"])
    return out


def behind(rng, entity):
    criteria = CRITERIA[entity]
    return rng.choice(
        [
            ".filter(%s)" % rng.choice(criteria),
            ".filter(or_(%s, %s))" % (rng.choice(criteria), rng.choice(criteria)),
            ".filter(%s.id >= n)" % entity,
            ".filter_by(id=%d)" % rng.randrange(1, 5),
            ".order_by(%s, %s.id)" % (rng.choice(ORDERS[entity]), entity),
            ".order_by(func.coalesce(%s.id, 0))" % entity,
            ".limit(2)",
        ]
    )


def program(number):
    rng = random.Random(number)
    entity = rng.choice(sorted(CRITERIA))
    first, end = before(rng, entity), rng.choice([".all()", ".count()", ".first()", ".one_or_none()", "[:2]"])
    text = HEAD % rng.randrange(6)
    form = rng.random()
    if form < 0.3:
        text += "    return session.query(%s)%s.from_self()" % (entity, first)
        text += rng.choice(["", "", ".limit(2)"]) + end + "\n"
    elif form < 0.65:
        text += "    q = session.query(%s)%s.from_self()\n" % (entity, first)
        for _ in range(rng.randrange(3)):
            text += "    q = q%s\n" % behind(rng, entity)
        text += "    return q%s\n" % end
    else:
        text += "    q = session.query(%s)%s\n    q = q.from_self()\n" % (entity, first)
        text += "    if n > %d:\n        q = q%s\n" % (rng.choice([1, 2]), behind(rng, entity))
        text += "    else:\n        q = q%s\n    return q%s\n" % (behind(rng, entity), end)
    return text
