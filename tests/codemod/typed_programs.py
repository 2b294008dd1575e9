"""Modules of SQLAlchemy 1.x with annotations that mypy accepts on 2.0, at random.

What they read of an instance is left out: a Column has no type of its values there.
"""

import random

HEAD = """\
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, desc, func, or_
from sqlalchemy.orm import Query, Session, aliased, backref, joinedload, relationship
from sqlalchemy.orm import declarative_base, selectinload

Base: Any = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    name = Column(String(20), nullable=False)
    score = Column(Integer)
    active = Column(Boolean, default=True)
    orders = relationship("Order", backref=backref("user"))


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    total = Column(Integer, nullable=False)
    user_id = Column(Integer, ForeignKey("users.id"))
    lines = relationship("Line", back_populates="order", lazy="joined")


class Line(Base):
    __tablename__ = "lines"
    id = Column(Integer, primary_key=True)
    order_id = Column(Integer, ForeignKey("orders.id"), nullable=False)
    order = relationship("Order", back_populates="lines")


def size(found: List[Any]) -> int:
    return len(found)


def first_of(found: "list[User]", number: int = 0) -> Optional[User]:
    return found[number] if found else None


"""
CRITERIA = {
    "User": [
        "User.id > 1", "User.name == 'a'", "User.active == True", "User.score == None",
        "User.id.in_([1, 2])", "or_(User.id < 3, User.name.like('%a'))", "User.orders.any()",
        "User.name.in_(['a', 'b'])",
    ],
    "Order": [
        "Order.total > 2", "Order.user_id == 1", "Order.total.between(1, 5)",
        "Order.user_id != None",
    ],
}  # fmt: skip
STEPS = [
    ".order_by({E}.id)", ".order_by(desc({E}.id))", ".limit(3)", ".offset(1)", ".distinct()",
    ".options(selectinload({R}))", ".options(joinedload({R}))", ".filter_by(id=1)", "",
]  # fmt: skip
# {q}: a query of {E}; {c}: a criterion.
FUNCTIONS = [
    "(session: Session) -> List[{E}]:\n    return {q}.all()",
    "(session: Session) -> 'List[{E}]':\n    found = {q}.all()\n    return found",
    "(session: Session) -> list[{E}]:\n    found: List[{E}] = {q}.all()\n    return found",
    "(session: Session) -> Optional[{E}]:\n    return {q}.first()",
    "(session: Session) -> Optional[{E}]:\n    return {f}.one_or_none()",
    "(session: Session) -> {E}:\n    return {f}.one()",
    "(session: Session, key: int) -> Optional[{E}]:\n    return session.query({E}).get(key)",
    "(session: Session) -> int:\n    return {q}.count()",
    "(session: Session) -> int:\n    n = {f}.count()\n    return n + 1",
    "(session: Session) -> bool:\n    return {q}.count() > 0",
    "(session: Session) -> float:\n    return {q}.count() / 2",
    "(session: Session) -> Tuple[List[{E}], int]:\n    q = {f}\n    return q.limit(2).all(), q.count()",
    "(session: Session) -> int:\n    return {f}.delete(synchronize_session=False)",
    "(session: Session) -> int:\n    n = {f}.update({{'id': 1}}, synchronize_session=False)\n    return n",
    "(session: Session) -> None:\n    {f}.delete()",
    "(session: Session) -> List[Any]:\n    return [x for x in {q}]",
    "(session: Session) -> Iterator[{E}]:\n    for x in {q}:\n        yield x",
    "(session: Session) -> Iterator[{E}]:\n    yield from {q}",
    "(session: Session) -> int:\n    return size({q}.all())",
    "(session: Session) -> int:\n    found = {q}.all()\n    return size(found=found)",
    "(session: Session) -> int:\n    found = {q}.all()\n    found.append({E}())\n    return len(found)",
    "(session: Session) -> int:\n    return len({q}.all() + [{E}()])",
    "(session: Session) -> bool:\n    found = {q}.all()\n    return bool(found)",
    "(session: Session, x: bool) -> List[{E}]:\n    q = session.query({E})\n    if x:\n"
    "        q = q.filter({c})\n    return q.all()",
    "(session: Session) -> Optional[User]:\n    return first_of(session.query(User).all(), 0)",
    "(session: Session) -> Any:\n    return session.query(func.max({E}.id)).scalar()",
    "(session: Session) -> Any:\n    return session.query({f}.exists()).scalar()",
    "(session: Session) -> List[Any]:\n    return session.query({E}.id, User.name).filter({c}).all()",
    "(session: Session) -> Set[Any]:\n    return {{id for (id,) in session.query({E}.id)}}",
    "(session: Session) -> Dict[Any, {E}]:\n    return {{x.id: x for x in {q}.all()}}",
    "(session: Session) -> Any:\n    sub = session.query({E}.id).filter({c}).subquery()\n"
    "    return session.query(func.count(sub.c.id)).scalar()",
    "(session: Session, *names: str) -> Optional[List[{E}]]:\n    if not names:\n        return None\n"
    "    return {q}.all()",
    "(session: Session) -> List[{E}]:\n    try:\n        return {q}.all()\n    except ValueError:\n"
    "        return []",
]  # fmt: skip
METHODS = """\


class Repository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def all(self) -> List[{E}]:
        return self.session.query({E}).filter({c}).all()

    def one(self, id: int) -> Optional[{E}]:
        return self.session.query({E}).filter({E}.id == id).one_or_none()

    def base(self) -> "Query[{E}]":
        return self.session.query({E})

    def number(self) -> int:
        return self.session.query({E}).count()
"""


def module(seed):
    rng = random.Random(seed)
    out = [HEAD]
    for i in range(rng.randint(4, 8)):
        entity = rng.choice(["User", "Order"])
        criterion = rng.choice(CRITERIA[entity])
        filtered = f"session.query({entity}).filter({criterion})"
        step = rng.choice(STEPS).format(
            E=entity, R={"User": "User.orders", "Order": "Order.lines"}[entity]
        )
        body = rng.choice(FUNCTIONS).format(
            E=entity, c=criterion, f=filtered, q=filtered + step
        )
        out.append(f"def case_{i}{body}\n\n\n")
    if rng.random() < 0.5:
        entity = rng.choice(["User", "Order"])
        out.append(METHODS.format(E=entity, c=rng.choice(CRITERIA[entity])).lstrip("\n"))
    return "".join(out).rstrip() + "\n"
