"""Random programs with a set operation of queries, and criteria that mean its result."""

import random

import from_self_programs as parts

FIRST = 4000000


def operand(rng, entity):
    text = "session.query(%s)" % entity
    if rng.random() < 0.25:
        text += rng.choice(parts.JOINS[entity])
    if rng.random() < 0.7:
        text += ".filter(%s)" % rng.choice(parts.CRITERIA[entity])
    if rng.random() < 0.2:
        text += ".distinct()"
    return text


def operation(rng, entity):
    method = rng.choice(["union", "union", "union_all", "intersect", "except_"])
    second = ", ".join(operand(rng, entity) for _ in range(rng.choice([1, 1, 1, 2])))
    return ".%s(%s)" % (method, second)


def chain(rng, entity, pieces):
    """An assignment of it to `q`, in one of the layouts that people write."""
    first, *more = pieces
    if rng.random() < 0.3:
        return "    q = (\n%s    )\n" % "".join("        %s\n" % p for p in pieces)
    return "    q = %s%s\n" % (first, "".join(more))


def program(number):
    rng = random.Random(number)
    entity = rng.choice(sorted(parts.CRITERIA))
    order = ".order_by(%s.id)" % entity
    end = rng.choice([".all()", ".count()", ".first()", "[:2]", ".all()"])
    text = parts.HEAD % rng.randrange(6)
    pieces = [operand(rng, entity), operation(rng, entity)]
    if rng.random() < 0.15:
        pieces.append(operation(rng, entity))
    form = rng.random()
    if form < 0.4:
        pieces += [parts.behind(rng, entity) for _ in range(rng.randrange(1, 3))]
        text += chain(rng, entity, pieces) + "    return q%s\n" % end
    elif form < 0.55:
        pieces += [parts.behind(rng, entity), order]
        text += "    return %s%s\n" % ("".join(pieces), end)
    elif form < 0.7:
        text += "    q = %s\n    p = %s\n" % (pieces[0], operand(rng, entity))
        text += "    q = q.union(p)%s\n    return q%s%s\n" % (parts.behind(rng, entity), order, end)
    elif form < 0.85:
        text += chain(rng, entity, pieces)
        text += "    p = %s%s\n" % (operand(rng, entity), operation(rng, entity))
        text += "    q = q%s\n    p = p%s\n" % (parts.behind(rng, entity), parts.behind(rng, entity))
        text += "    return q%s, p%s\n" % (end, rng.choice([".all()", ".count()"]))
    else:
        text += chain(rng, entity, pieces)
        text += "    if n > %d:\n        q = q%s\n" % (rng.choice([1, 2]), parts.behind(rng, entity))
        text += "    return q%s%s\n" % (order, end)
    return text
