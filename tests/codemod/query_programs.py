"""Random programs that use the legacy Query, written as source.

One program is one module with a few functions `case_0(session)`, `case_1(session)` ...; the models
are one of the modules `models_0` ... that model_modules() gives. Every program is decided by its
seed alone.
"""

import random

import from_self_programs
import set_programs
import wide_programs

WIDE = 1000000

MODELS = '''
from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, func
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import backref, declarative_base, relationship

Base = declarative_base()

user_tags = Table(
    "user_tags",
    Base.metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("tag_id", ForeignKey("tags.id"), primary_key=True),
)


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(String(20))
    active = Column(Boolean)
    score = Column(Integer)
    orders = relationship("Order", back_populates="user", order_by="Order.id"%(orders)s)
    tags = relationship("Tag", secondary=user_tags, back_populates="users", order_by="Tag.id"%(tags)s)


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    user_id = Column(ForeignKey("users.id"))
    total = Column(Integer)
    note = Column(String(20))
    user = relationship("User", back_populates="orders"%(user)s)


class Tag(Base):
    __tablename__ = "tags"
    id = Column(Integer, primary_key=True)
    label = Column(String(20))
    users = relationship("User", secondary=user_tags, back_populates="tags", order_by="User.id")


class Node(Base):
    __tablename__ = "nodes"
    id = Column(Integer, primary_key=True)
    parent_id = Column(ForeignKey("nodes.id"))
    word = Column(String(20))
    children = relationship(
        "Node", order_by="Node.id", backref=backref("parent", remote_side=[id])%(nodes)s
    )


class Team(Base):
    __tablename__ = "teams"
    id = Column(Integer, primary_key=True)
    name = Column(String(20))
    members = relationship("Person", lazy="dynamic", order_by="Person.id", back_populates="team")


class Person(Base):
    __tablename__ = "people"
    id = Column(Integer, primary_key=True)
    kind = Column(String(20))
    name = Column(String(20))
    age = Column(Integer)
    team_id = Column(ForeignKey("teams.id"))
    boss_id = Column(ForeignKey("people.id"))
    team = relationship("Team", back_populates="members"%(team)s)
    boss = relationship("Person", remote_side=[id])
    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "person"}

    @hybrid_property
    def is_old(self):
        return self.age > 40

    @hybrid_property
    def name_length(self):
        return len(self.name)

    @name_length.expression
    def name_length(cls):
        return func.length(cls.name)


class Engineer(Person):
    __tablename__ = "engineers"
    id = Column(ForeignKey("people.id"), primary_key=True)
    skill = Column(String(20))
    __mapper_args__ = {"polymorphic_identity": "engineer"}


class Manager(Person):
    __mapper_args__ = {"polymorphic_identity": "manager"}
'''

LAZY = ["", ', lazy="select"', ', lazy="selectin"', ', lazy="joined"', ", lazy=False"]


def model_modules():
    """Name -> text of the modules that the programs take their models from."""
    rng = random.Random(11)
    out = {"models_0": MODELS % dict(orders="", tags="", user="", nodes="", team="")}
    for i in range(1, 6):
        choice = {key: rng.choice(LAZY) for key in ("orders", "tags", "nodes")}
        choice["team"] = LAZY[i % len(LAZY)]
        choice["user"] = rng.choice(LAZY) if not choice["orders"].count("joined") else ""
        choice["nodes"] = "" if "join" in choice["nodes"] or "False" in choice["nodes"] else choice["nodes"]
        out["models_%d" % i] = MODELS % choice
    return out


class Entity:
    def __init__(self, name, columns, joins, relations):
        self.name = name
        self.columns = columns  # name -> kind
        self.joins = joins  # text of the argument -> name of the entity
        self.relations = relations


ENTITIES = {
    "User": Entity(
        "User",
        {"id": "int", "name": "str", "active": "bool", "score": "int"},
        {"User.orders": "Order", "User.tags": "Tag", "Order": "Order"},
        ["orders", "tags"],
    ),
    "Order": Entity(
        "Order",
        {"id": "int", "user_id": "int", "total": "int", "note": "str"},
        {"Order.user": "User", "User": "User"},
        ["user"],
    ),
    "Tag": Entity("Tag", {"id": "int", "label": "str"}, {"Tag.users": "User"}, ["users"]),
    "Node": Entity(
        "Node", {"id": "int", "parent_id": "int", "word": "str"}, {}, ["children", "parent"]
    ),
}


class Writer:
    """One function: its lines, and what the query is at the moment."""

    def __init__(self, rng, session="session"):
        self.rng = rng
        self.session = session
        self.lines = []
        self.depth = 1
        self.joined = []
        self.limited = False

    def line(self, text):
        self.lines.append("    " * self.depth + text)

    # ---- what is selected

    def choose_root(self):
        rng = self.rng
        self.entity = ENTITIES[rng.choice(["User", "User", "User", "Order", "Order", "Tag", "Node"])]
        e = self.entity.name
        column = rng.choice(list(self.entity.columns))
        self.kind = rng.choice(["entity"] * 6 + ["column", "columns", "aggregate", "pair", "labelled", "mixed"])
        self.entities = [self.entity]
        if self.kind == "entity":
            self.select = rng.choice([e] * 40 + ["type(%s())" % e, "%s().__class__" % e])
        elif self.kind == "column":
            self.select = "%s.%s" % (e, column)
        elif self.kind == "columns":
            self.select = "%s.id, %s.%s" % (e, e, rng.choice([c for c in self.entity.columns if c != "id"]))
        elif self.kind == "aggregate":
            self.select = rng.choice(
                ["func.count(%s.id)", "func.max(%s.id)", "func.coalesce(func.sum(%s.id), 0)", "func.count()"]
            )
            self.select = self.select % e if "%" in self.select else self.select
        elif self.kind == "labelled":
            self.select = "%s.id, func.coalesce(%s.id, 0).label('other')" % (e, e)
        elif self.kind == "mixed":
            self.select = "%s, %s.id" % (e, e)
        else:
            self.select = "User, Order"
            self.entity = ENTITIES["User"]
            self.entities = [ENTITIES["User"], ENTITIES["Order"]]

    def root(self):
        return "%s.query(%s)" % (self.session, self.select)

    # ---- criteria

    def criterion(self, entity=None):
        rng = self.rng
        entity = entity or rng.choice(self.entities)
        column, kind = rng.choice(list(entity.columns.items()))
        name = "%s.%s" % (entity.name, column)
        if kind == "int":
            return rng.choice(
                ["%s == 1" % name, "%s > 1" % name, "%s.in_([1, 2, 3])" % name, "%s != 2" % name, "%s < 9" % name,
                 "%s == None" % name, "%s.isnot(None)" % name]
            )
        if kind == "bool":
            return rng.choice(["%s == True" % name, "%s.is_(True)" % name, name, "~%s" % name])
        return rng.choice(["%s == 'a'" % name, "%s.like('%%a%%')" % name, "%s != 'b'" % name, "%s.in_(['a', 'b'])" % name])

    def subquery_criterion(self):
        rng = self.rng
        if self.entity.name == "User":
            return rng.choice(
                [
                    "User.id.in_(%s.query(Order.user_id).filter(Order.total > 1))" % self.session,
                    "%s.query(Order).filter(Order.user_id == User.id).exists()" % self.session,
                    "User.orders.any(Order.total > 2)",
                    "User.id == Order.user_id",
                ]
            )
        return self.criterion()

    def keyword(self):
        entity = ENTITIES[self.joined[-1]] if self.joined else self.entity
        column, kind = self.rng.choice([c for c in entity.columns.items() if c[1] != "bool"])
        return "%s=%s" % (column, self.rng.choice(["1", "2"]) if kind == "int" else "'a'")

    # ---- steps

    def step(self):
        """One builder call, `.filter(...)`."""
        rng = self.rng
        options = ["filter"] * 5 + ["filter_by"] * 2 + ["order_by"] * 2
        if self.entity.joins and self.kind in ("entity", "columns", "column", "mixed") and not self.joined:
            options += ["join"] * 3 + ["outerjoin"]
        if self.kind == "pair" and not self.joined:
            return self.join_pair()
        options += ["options"] * (3 if self.kind == "entity" else 0)
        options += ["distinct", "limit", "rare"]
        if self.kind == "columns":
            options += ["group_by"]
        what = rng.choice(options)
        e = self.entity.name
        if what == "filter":
            if rng.random() < 0.25:
                return ".filter(%s)" % self.subquery_criterion()
            if rng.random() < 0.2:
                return ".filter(%s, %s)" % (self.criterion(), self.criterion())
            if rng.random() < 0.1:
                return ".filter(or_(%s, %s))" % (self.criterion(), self.criterion())
            return ".filter(%s)" % self.criterion()
        if what == "filter_by":
            return ".filter_by(%s)" % self.keyword()
        if what == "order_by":
            return ".order_by(%s.id%s)" % (e, rng.choice(["", ".desc()"]))
        if what in ("join", "outerjoin"):
            target, name = rng.choice(list(self.entity.joins.items()))
            self.joined.append(name)
            self.entities = self.entities + [ENTITIES[name]]
            return ".%s(%s)" % (what, target)
        if what == "options":
            loader = rng.choice(["joinedload", "selectinload", "joinedload", "subqueryload"])
            return ".options(%s(%s.%s))" % (loader, e, rng.choice(self.entity.relations))
        if what == "limit":
            self.limited = True
            return rng.choice([".limit(2)", ".limit(1)", ".limit(3).offset(1)", ".offset(1).limit(5)"])
        if what == "group_by":
            return ".group_by(%s.id)" % e
        if what == "distinct":
            return ".distinct()"
        return rng.choice(
            [
                ".populate_existing()",
                ".execution_options(stream_results=False)",
                ".enable_assertions(True)",
                ".with_for_update()",
                ".reset_joinpoint()",
                ".yield_per(10)",
                ".add_columns(%s.id.label('more'))" % e,
                ".add_columns(%s.id.label('other')).filter_by(id=1)" % e,
                ".with_entities(%s.id)" % e,
                ".autoflush(False)",
                ".having(%s.id > 0)" % e,
                ".select_from(%s)" % e,
            ]
        )

    def set_operation(self):
        """`.union(session.query(...))`, with what may come behind."""
        rng = self.rng
        criterion = ".filter(%s)" % self.criterion(self.entity)
        second = self.step() if rng.random() < 0.05 else rng.choice(["", criterion])
        method = rng.choice(["union", "union_all", "union", "intersect", "except_"])
        behind = rng.choice(["", "", ".limit(2)", ".distinct()", ".union_all(%s)" % self.root()])
        if rng.random() < 0.05:
            behind = self.step()
        return [".%s(%s%s)" % (method, self.root(), second), behind]

    def join_pair(self):
        self.joined.append("Order")
        return self.rng.choice([".join(User.orders)", ".join(Order, Order.user_id == User.id)", ".filter(User.id == Order.user_id)"])

    def order(self):
        if self.kind == "aggregate" or self.limited:
            return ""
        ids = ["%s.id" % e.name for e in self.entities]
        return ".order_by(%s)" % ", ".join(dict.fromkeys(ids))

    def steps(self, most=3):
        return [self.step() for _ in range(self.rng.randrange(most + 1))]

    # ---- ends

    def end(self, q, text_of_chain=False):
        """An expression that executes `q`."""
        rng = self.rng
        e = self.entity.name
        ends = (
            ["%s.all()"] * 6 + ["%s.first()"] * 4 + ["%s.count()"] * 3 + ["%s.one()", "%s.one_or_none()"] * 2
            + ["%s.scalar()"] * 2 + ["[x for x in %s]"] * 2 + ["list(%s)", "%s[0]", "%s[1:3]", "%s[:2]", "len(%s.all())"]
            + ["%s.exists()" if False else session_exists(self.session)] * 2
            + ["sorted(str(type(x)) for x in %s)", "%s.value(" + e + ".id)"]
            + [self.session + ".query(" + e + ".id).filter(" + e + ".id.in_(%s.with_entities(" + e + ".id))).order_by(" + e + ".id).all()"]
        )
        if self.kind == "columns" or self.kind == "labelled":
            ends += ["[(a, b) for a, b in %s]", "dict(%s.all())", "[r.id for r in %s]"]
        if self.kind == "column":
            ends += ["[a for a, in %s]", "[r[0] for r in %s.all()]"]
        if self.kind == "entity":
            ends += ["[x.id for x in %s]", "{x.id: x for x in %s}", "%s.get(1)", "%s.get(99)"]
            ends += ["[tuple(r) for r in " + self.session + ".query(" + e + ".id).filter(" + e + ".id.in_(%s.with_entities(" + e + ".id).subquery().select())).all()]"] if False else []
        return rng.choice(ends) % q

    def bulk(self, q):
        e = self.entity
        sync = self.rng.choice(["", ", synchronize_session=False", ", synchronize_session='fetch'"])
        if self.rng.random() < 0.5:
            column = self.rng.choice([c for c in e.columns if c not in ("id", "user_id", "parent_id", "active")])
            value = "5" if e.columns[column] == "int" else "'z'"
            key = self.rng.choice(["'%s'" % column, "%s.%s" % (e.name, column)])
            return "%s.update({%s: %s}%s)" % (q, key, value, sync)
        return "%s.delete(%s)" % (q, sync.lstrip(", "))

    # ---- shapes of functions

    def chain(self, parts):
        """The parts in one line, or over several."""
        rng = self.rng
        if rng.random() < 0.5 or not parts[1:]:
            return "".join(parts)
        style = rng.random()
        pad = "    " * (self.depth + 1)
        if style < 0.6:
            comment = rng.choice(["", "  # why", ""])
            body = (comment + "\n" + pad).join(parts)
            return "(\n%s%s\n%s)" % (pad, body, "    " * self.depth)
        return (" \\\n" + pad).join(parts)

    def inline(self):
        rng = self.rng
        self.choose_root()
        parts = [self.root()] + self.steps(3) + [self.order()]
        if rng.random() < 0.2 and self.kind not in ("pair", "mixed"):
            first = self.step() if rng.random() < 0.05 else ".filter(%s)" % self.criterion(self.entity)
            parts = [self.root(), first] + self.set_operation()
        chain = self.chain([p for p in parts if p])
        self.line("result = " + self.end(chain))
        self.line("return result")

    def variable(self):
        rng = self.rng
        self.choose_root()
        name = rng.choice(["q", "query", "rows"])
        self.line("%s = %s" % (name, self.chain([self.root()] + self.steps(1))))
        if rng.random() < 0.2:
            self.line("%s = None or %s" % (name, name) if rng.random() < 0.1 else "same = %s" % name)
        for _ in range(rng.randrange(1, 4)):
            self.statement(name)
        if rng.random() < 0.7:
            order = self.order()
            if order:
                self.line("%s = %s%s" % (name, name, order))
        if rng.random() < 0.35:
            self.line("total = " + self.end(name))
        if rng.random() < 0.2 and self.kind == "entity":
            self.line("changed = " + self.bulk(name))
        self.line("return [%s]" % ", ".join([self.end(name)] + [n for n in ("total", "changed") if any(l.strip().startswith(n + " =") for l in self.lines)]))

    def truth(self, name):
        rng = self.rng
        if rng.random() < 0.4:
            self.line("assert %s" % rng.choice(["%s", "not not %s", "%s or not session", "%s and session"]) % name)
        elif rng.random() < 0.3:
            self.line("if not %s:" % name)
            self.line("    return None")
        else:
            self.line("if %s:" % rng.choice(["%s", "%s and session", "len([x for x in (1, 2) if %s]) > 1"]) % name)
            self.line("    %s = %s%s" % (name, name, self.step()))

    def statement(self, name):
        rng = self.rng
        what = rng.random()
        if rng.random() < 0.1:
            self.truth(name)
        elif what < 0.35:
            self.line("%s = %s%s" % (name, name, self.step()))
        elif what < 0.6:
            self.line("if %s:" % rng.choice(["True", "False", "len(str(session)) > 3", "not session"]))
            self.depth += 1
            self.line("%s = %s%s" % (name, name, self.step()))
            self.depth -= 1
            if rng.random() < 0.4:
                self.line("else:")
                self.depth += 1
                self.line("%s = %s%s" % (name, name, self.step()))
                self.depth -= 1
        elif what < 0.75:
            self.line("for value in %s:" % rng.choice(["(1, 2)", "()", "[3]"]))
            self.depth += 1
            self.line("%s = %s.filter(%s.id != value)" % (name, name, self.entity.name))
            self.depth -= 1
        elif what < 0.83:
            self.line("try:")
            self.depth += 1
            self.line("%s = %s%s" % (name, name, self.step()))
            self.depth -= 1
            self.line("except ValueError:")
            self.depth += 1
            self.line("%s = %s" % (name, self.root()) if rng.random() < 0.5 else "raise")
            self.depth -= 1
        elif what < 0.9:
            self.line("%s = %s%s if session else %s" % (name, name, self.step(), name))
        else:
            self.line("before_%d = %s" % (len(self.lines), self.end(name)))


def session_exists(session):
    return session + ".query(%s.exists()).scalar()"


def helper_functions(rng):
    """Functions that make, narrow and run queries, and a function that uses them."""
    w = Writer(rng)
    w.choose_root()
    e = w.entity.name
    style = rng.choice(["free", "class", "field", "keyword", "runner", "global", "generator"])
    out = []
    step = w.step
    if style == "class":
        out += ["class Repo:", "    def __init__(self, session):", "        self.session = session", ""]
        out += ["    def base(self):", "        return self.session.query(%s)%s" % (w.select, step()), ""]
        out += ["    def narrow(self, q, value):", "        if value:", "            q = q.filter(%s.id != value)" % e,
                "        return q%s" % step(), ""]
        w.session = "self.session"
        out += ["    def fetch(self, value):", "        q = self.narrow(self.base(), value)%s" % w.order(),
                "        return %s" % w.end("q"), "", ""]
        return out, ["repo = Repo(session)", "return [repo.fetch(0), repo.fetch(2), repo.base().count()]"]
    if style == "field":
        out += ["class Search:", "    def __init__(self, session, extra=None):", "        self.db = session",
                "        self.q = session.query(%s)%s" % (w.select, step()), ""]
        out += ["    def narrow(self, value):", "        if value:", "            self.q = self.q.filter(%s.id != value)" % e,
                "        return self", ""]
        w.session = "self.db"
        out += ["    def fetch(self):", "        q = self.q%s" % w.order(), "        return %s" % w.end("q"), "", ""]
        return out, ["search = Search(session).narrow(%s)" % rng.choice(["2", "None"]),
                     "return [search.fetch(), search.q.count(), search.narrow(1).fetch()]"]
    out += ["def base(session):", "    q = session.query(%s)%s" % (w.select, step())]
    if rng.random() < 0.5:
        out += ["    if session:", "        return q%s" % step()]
    out += ["    return q", "", ""]
    if style == "keyword":
        out += ["def narrow(*, query, value=None):", "    if value is not None:",
                "        query = query.filter(%s.id != value)" % e, "    return query", "", ""]
        call = "narrow(query=base(session), value=%s)" % rng.choice(["2", "None"])
    else:
        out += ["def narrow(q, value):", "    return q.filter(%s.id != value)%s" % (e, step()), "", ""]
        call = "narrow(base(session), 2)"
    if style == "runner":
        out += ["def fetch(session, q):", "    return %s" % w.end("q"), "", ""]
        return out, ["q = %s%s" % (call, w.order()), "return [fetch(session, q), fetch(session, base(session))]"]
    if style == "generator":
        out += ["def fetch(session, q):", "    for found in %s:" % w.end("q") if rng.random() < 0.2 else "    for found in q:",
                "        yield found", "", ""]
        return out, ["q = %s%s" % (call, w.order()), "return [list(fetch(session, q)), next(fetch(session, base(session)), 0)]"]
    if style == "global":
        out += ["def fetch(q):", "    return %s" % w.end("q").replace("session.query", "q.session.query"), "", ""]
        return out, ["return fetch(%s%s)" % (call, w.order())]
    return out, ["q = %s%s" % (call, w.order()), "return [%s, %s]" % (w.end("q"), w.end("base(session)"))]


IMPORTS = [
    "from sqlalchemy import func, or_",
    "from sqlalchemy import func, or_, select",
    "import sqlalchemy as sa\nfrom sqlalchemy import func, or_",
    "from sqlalchemy import (\n    func,\n    or_,\n)",
    "from sqlalchemy import func, or_\n\n\ndef select(*args):\n    return args",
]


def program(seed):
    """The text of one module; from WIDE on they are those of wide_programs.py, from
    from_self_programs.FIRST on those of from_self_programs.py, from set_programs.FIRST on
    those of set_programs.py.
    """
    if seed in range(from_self_programs.FIRST, from_self_programs.FIRST + 1000000):
        return from_self_programs.program(seed)
    if seed in range(set_programs.FIRST, set_programs.FIRST + 1000000):
        return set_programs.program(seed)
    rng = random.Random(seed)
    models = "models_%d" % rng.randrange(6)
    if seed >= WIDE:
        return wide_programs.program(rng, models)
    out = [rng.choice(IMPORTS) if rng.random() < 0.3 else IMPORTS[0]]
    out += ["from sqlalchemy.orm import joinedload, selectinload, subqueryload", ""]
    out += ["from %s import Node, Order, Tag, User" % models, "", ""]
    cases = []
    for number in range(2):
        head = "def case_%d(session):" % number
        shape = rng.random()
        if shape < 0.35:
            w = Writer(rng)
            w.inline()
            cases += [head] + w.lines + ["", ""]
        elif shape < 0.7:
            w = Writer(rng)
            w.variable()
            cases += [head] + w.lines + ["", ""]
        elif shape < 0.8:
            w = Writer(rng)
            w.kind, w.entity = "entity", ENTITIES[rng.choice(list(ENTITIES))]
            w.entities, w.select = [w.entity], w.entity.name
            chain = w.chain([w.root(), ".filter(%s)" % w.criterion(), w.bulk("")])
            w.line(rng.choice(["result = %s", "n = 3 + %s"]) % chain if rng.random() < 0.6 else chain)
            w.line("return %s.query(%s.id).order_by(%s.id).all()" % (w.session, w.entity.name, w.entity.name))
            cases += [head] + w.lines + ["", ""]
        elif number == 0:
            helpers, body = helper_functions(rng)
            cases += helpers + [head] + ["    " + line for line in body] + ["", ""]
        else:
            w = Writer(rng)
            w.inline()
            cases += [head] + w.lines + ["", ""]
    return "\n".join(out + cases).rstrip("\n") + "\n"
